"""Our verdicts beside those of MDN's HTTP Observatory, on the same made-up sites.

The peer is the npm package @mdn/mdn-http-observatory, run by benchmarks/observatory_peer.mjs.
"""

import gzip
import json
import os
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec

from tests.support.made_up_sites import Case
from tests.support.stage import Stage
from tojimari.assess.headers import header_score
from tojimari.collect.host import Unavailable
from tojimari.collect.outside.cookies import read_cookie
from tojimari.collect.outside.guards import Answers, guards_of
from tojimari.collect.outside.probes.headers import answers_of
from tojimari.collect.outside.replies import RedirectChain, Reply
from tojimari.collect.outside.target import Target
from tojimari.collect.outside.visit import Visit
from tojimari.model.facts import HeaderScore, HeaderTest

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "tests" / "assets" / "observatory.jsonl.gz"

NO_NUMBER = "max-age without a plain number"
OTHER_NUMBER = "max-age twice, with spaces, or with more behind its number"
NO_PLACE = "redirect without a destination"
ROBOTS = "cookie of robots.txt"
ORIGIN_LOST = "shares with every origin"
IN_PAGE = "policy in the page, of which browsers take a part and from the head only"
FRAMES_FOR_ALL = "frame-ancestors lets everybody"
ALLOW_FROM = "ALLOW-FROM, which browsers pass over"
TWICE = "header with several values"
REFUSED = "cookie that browsers refuse or delete at once"
BROWSERS = frozenset({OTHER_NUMBER, IN_PAGE, FRAMES_FOR_ALL, ALLOW_FROM, TWICE, REFUSED})
"""Where the peer takes what browsers do not, or the other way round; the visitor has a browser."""
_LISTS = ("x-frame-options", "x-content-type-options", "strict-transport-security")


class Recorded(msgspec.Struct, frozen=True):
    """What a site answered and what the peer said about it."""

    about: str
    site: str
    plain: RedirectChain | None
    secure: RedirectChain | None
    plain_trusted: bool
    secure_trusted: bool
    shared: Reply | None
    peer: dict[str, Any]

    def judged(self) -> HeaderScore:
        """Return our verdict, by the peer's list of preloaded hosts."""
        answers = Answers(
            self.site,
            self.plain,
            self.secure,
            self.plain_trusted,
            self.secure_trusted,
            self.shared,
        )
        return header_score(guards_of(answers), site=self.site, preloaded=preloaded)


def row(score: HeaderScore, test: str) -> HeaderTest:
    """Return the outcome of one test."""
    return next(one for one in score.tests if one.test == test)


def preloaded(host: str) -> bool:
    """Say whether a host is on the list that observatory_peer.mjs gives to the peer."""
    return host == "preloaded.test" or host.endswith(".preloaded.test")


def looked_at(stage: Stage, case: Case) -> Answers | str:
    """Return what our probe fetches, or why it says "unknown"."""
    try:
        return answers_of(Visit(Target(case["site"], "shop.test"), stage.egress()))
    except Unavailable as error:
        return f"{type(error).__name__}: {error}"


def asked_peer(package: Path, stage: Stage, sites: list[str]) -> dict[str, dict[str, Any]]:
    """Return the peer's verdict for each site, or {"error": ...}."""
    done = subprocess.run(
        [
            "node",
            str(ROOT / "benchmarks" / "observatory_peer.mjs"),
            str(package),
            str(stage.http),
            str(stage.https),
        ],
        input=json.dumps(sites),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(stage.authority.file)},
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {row["site"]: row for row in found}


def both(package: Path, folder: Path, cases: list[Case]) -> Iterator[tuple[Case, Any, Any]]:
    """Yield (case, our answers or why there are none, the peer's verdict) for each case.

    SSL_CERT_FILE is set meanwhile: both believe the stage's authority.
    """
    stage = Stage(folder, cases)
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = str(stage.authority.file)
    try:
        with ThreadPoolExecutor(4) as pool:
            ours = list(pool.map(lambda case: looked_at(stage, case), cases))
        peers = asked_peer(package, stage, [case["site"] for case in cases])
        for case, mine in zip(cases, ours, strict=True):
            yield case, mine, peers[case["site"]]
    finally:
        stage.stop()
        os.environ.pop("SSL_CERT_FILE")
        if before is not None:
            os.environ["SSL_CERT_FILE"] = before


def recorded(case: Case, answers: Answers, peer: dict[str, Any]) -> Recorded:
    """Return what is kept of one case."""
    return Recorded(
        case["about"],
        answers.site,
        answers.plain,
        answers.secure,
        answers.plain_trusted,
        answers.secure_trusted,
        answers.shared,
        {key: value for key, value in peer.items() if key != "site"},
    )


def differences(row: Recorded) -> dict[str, tuple[str, str, str]]:
    """Return test -> (our result, the peer's, why; "" when nothing explains it)."""
    ours = row.judged()
    found = {}
    for mine in ours.tests:
        theirs = row.peer["tests"][mine.test]
        same = (mine.result, mine.passed, mine.points) == (
            theirs["result"],
            theirs["passed"],
            theirs["points"],
        )
        if not same:
            found[mine.test] = (mine.result, theirs["result"], _why(row, mine.test, mine.result))
    return found


def _why(row: Recorded, test: str, ours: str) -> str:
    """Return the one known reason for a difference that fits the case, "" for none."""
    if test == "cross-origin-resource-sharing" and row.peer.get("told_origin") == ours:
        return ORIGIN_LOST
    last = row.secure.replies[-1] if row.secure else None
    hsts = (last.header("strict-transport-security") or "") if last else ""
    numbers = [part.partition("=")[2].strip() for part in hsts.lower().split(";") if "=" in part]
    of_hsts = test in ("strict-transport-security", "cookies")
    if of_hsts and any(
        not number[:1].isdigit() and number[:1] not in ("+", "-") for number in numbers
    ):
        return NO_NUMBER
    spaced = " =" in hsts or "= " in hsts or hsts.lower().count("max-age") > 1
    if of_hsts and (spaced or any(not number.isdecimal() for number in numbers)):
        return OTHER_NUMBER
    stops = row.plain.replies[-1] if row.plain else None
    if (
        test == "redirection"
        and stops
        and 300 < stops.status < 400
        and not stops.header("location")
    ):
        return NO_PLACE
    if test == "cookies" and row.about == "robots" and not row.secure_trusted:
        return ROBOTS
    return _why_browsers(row, test)


def _why_browsers(row: Recorded, test: str) -> str:
    """Return what the peer takes otherwise than browsers do, "" for nothing."""
    answers = Answers(row.site, row.plain, row.secure)
    chain, page = answers.chain, answers.page
    if chain is None or page is None:
        return ""
    policies = (page.header("content-security-policy") or "").lower()
    if test == "cookies":
        if row.secure and len(row.secure.replies[-1].every("strict-transport-security")) > 1:
            return TWICE
        lines = [(line, reply.url) for reply in chain.replies for line in reply.every("set-cookie")]
        held = [read_cookie(line, url) for line, url in lines]
        return REFUSED if any(one is None or one.over for one in held) else ""
    if test in ("content-security-policy", "x-frame-options") and (
        "http-equiv" in page.body.decode("utf-8", "replace").lower()
    ):
        return IN_PAGE
    if test == "x-frame-options":
        if "frame-ancestors" in policies:
            return FRAMES_FOR_ALL
        if "allow-from" in (page.header(test) or "").lower() and "," not in (
            page.header(test) or ""
        ):
            return ALLOW_FROM
    return TWICE if test in _LISTS and "," in (page.header(test) or "") else ""


def read_recorded() -> list[Recorded]:
    """Return the recorded cases."""
    with gzip.open(RECORDED, "rb") as lines:
        return [msgspec.json.decode(line, type=Recorded) for line in lines]


def write_recorded(rows: list[Recorded]) -> None:
    """Replace the recorded cases; the same rows give the same bytes."""
    data = b"\n".join(msgspec.json.encode(row) for row in rows) + b"\n"
    RECORDED.write_bytes(gzip.compress(data, mtime=0))
