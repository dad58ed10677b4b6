"""Holds our verdicts on security headers against MDN's HTTP Observatory.

    npm i --ignore-scripts --prefix /some/folder @mdn/mdn-http-observatory@1.4
    PYTHONPATH=src:. python benchmarks/outside_headers.py \
        /some/folder/node_modules/@mdn/mdn-http-observatory [--record] [--seeds 5]

Writes benchmarks/outside_headers.md; with --record also what the ordinary tests read
(tests/assets/observatory.jsonl.gz: the first seed's cases). Ends with an error when a difference
has no explanation.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.support.made_up_sites import made_up_sites
from tests.support.observatory import (
    NO_NUMBER,
    NO_PLACE,
    ORIGIN_LOST,
    ROBOTS,
    both,
    differences,
    recorded,
    write_recorded,
)

from tojimari.assess.headers.results import TESTS

SCALE = 10
EXPLAINED = {
    NO_NUMBER: '`Strict-Transport-Security: max-age=abc`, `max-age=` or `max-age="60"`: a browser '
    "ignores a header without a number and reads a quoted one (RFC 6797, 6.1 and 6.1.1). The peer "
    "turns the value into a number, gets none, and finds that none is not too small: long enough. "
    "We follow the published rule: such a header cannot be recognised; a quoted number is read. "
    "Cookies without Secure count as guarded by HSTS there and not here.",
    NO_PLACE: "A 301 without Location: the peer goes on to the page `/undefined` of the same host "
    "and calls it a redirect that does not lead to https; we say that there is no redirect. Both "
    "cost 20 points.",
    ORIGIN_LOST: "A site that answers any origin with that origin and lets log-ins through "
    "(`universal-access`, 50 points) is `restricted-access` to the peer: it looks for the Origin "
    "header it sent in a place where its HTTP client does not keep it. Told the header, the peer's "
    "own function says what we say in every one of these cases. We follow the rule.",
    ROBOTS: "The peer also asks for robots.txt to find cookies, but keeps them only where the "
    "certificate was not valid (its client for further requests has no cookie jar otherwise). We "
    "never count them.",
}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("package", type=Path)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    agreed: Counter[str] = Counter()
    differed: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    seen: dict[str, set[str]] = {test: set() for test in TESTS}
    grades: set[str] = set()
    unexplained = []
    down = cases_in_all = scores = 0
    for seed in range(1, arguments.seeds + 1):
        rows = []
        cases = made_up_sites(seed, SCALE)
        cases_in_all += len(cases)
        with tempfile.TemporaryDirectory() as folder:
            for case, answers, peer in both(arguments.package, Path(folder), cases):
                if isinstance(answers, str) or "error" in peer:
                    if isinstance(answers, str) and "error" in peer:
                        down += 1
                    else:
                        unexplained.append((case["site"], str(answers)[:200], peer))
                    continue
                row = recorded(case, answers, peer)
                rows.append(row)
                found = differences(row)
                for test in TESTS:
                    seen[test].add(peer["tests"][test]["result"])
                    (differed if test in found else agreed)[test] += 1
                for test, (ours, theirs, why) in found.items():
                    reasons[why] += 1
                    if not why:
                        unexplained.append((case["site"], test, ours, theirs, json.dumps(case)))
                mine = row.judged()
                grades.add(mine.grade)
                same = (mine.score, mine.grade) == (peer["score"], peer["grade"])
                scores += same
                if not same and not found:
                    unexplained.append((case["site"], "score", mine.score, peer["score"]))
        print(f"seed {seed}: {len(rows)} sites compared", flush=True)
        if arguments.record and seed == 1:
            write_recorded(rows)
    compared = agreed[TESTS[0]] + differed[TESTS[0]]
    for row in unexplained[:20]:
        print("UNEXPLAINED", *row)
    version = json.loads((arguments.package / "package.json").read_text())["version"]
    lines = [
        "# Security headers: our verdicts and MDN's HTTP Observatory's",
        "",
        f"Peer: npm @mdn/mdn-http-observatory {version}, unchanged, on the same local servers "
        "(`benchmarks/outside_headers.py`; its connections are led to them, and its list of "
        "preloaded hosts holds `preloaded.test` alone). "
        f"{cases_in_all:,} made-up sites from {arguments.seeds} seeds; {down} answer nothing or an "
        f"error, which both say; {compared:,} were judged by both. Agreement means the same result "
        "code, the same pass and the same points.",
        "",
        "| test | different results seen | agreed | differed |",
        "|---|---|---|---|",
        *(
            f"| {test} | {len(seen[test])} | {agreed[test]:,} | {differed[test]} |"
            for test in TESTS
        ),
        f"| score and grade | {len(grades)} grades | {scores:,} | {compared - scores} |",
        "",
        "## Every difference",
        "",
        *(f"- **{why}** ({reasons[why]} times). {text}" for why, text in EXPLAINED.items()),
        f"- Without an explanation: {len(unexplained)}.",
        "",
        "## Where the peer is not a browser, and we say the same as the peer",
        "",
        "A header sent twice counts as one with a comma (so X-Frame-Options sent twice is invalid, "
        "and two policies are read as one); a site whose https does not answer counts as having no "
        "http redirect to judge when http leads there; `//host/x.js` counts as unencrypted; cookies "
        "that are being deleted count; the last `max-age` counts. These are the Observatory's "
        "verdicts, so they are ours.",
        "",
        "## What differs outside of these sites",
        "",
        "- The list of preloaded hosts (Chromium's) is not shipped. A site on it gets the result of "
        "its own header and redirects instead of `hsts-preloaded` and "
        "`redirection-all-redirects-preloaded`.",
        "- The peer carries cookies from one redirect to the next; a site that redirects to itself "
        "until its cookie comes back is a loop to us.",
        "- Of a page we read 2 MB, of its policies the first 50 and 64 K characters.",
        "- Certificates: the peer believes Node's list, we believe Mozilla's and the system's.",
        "",
    ]
    (Path(__file__).parent / "outside_headers.md").write_text("\n".join(lines))
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
