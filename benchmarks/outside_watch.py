"""Measures the watch for changed pages on made-up sites: what rings, and what rings for nothing.

    PYTHONPATH=src:. python benchmarks/outside_watch.py

Writes benchmarks/outside_watch.md. Ends with an error when a floor of the tests is missed.
"""

import sys
import tempfile
from pathlib import Path

from tests.support.stage import Stage
from tests.support.watched.measure import (
    PRECISION_FLOOR,
    RECALL_FLOOR,
    Case,
    cases,
    score,
)
from tests.support.watched.play import played
from tests.support.watched.sites import SITES

HERE = Path(__file__).parent


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, played() as server:
        stage = Stage(Path(folder), [])
        try:
            found = list(cases(server, stage.door()))
        finally:
            stage.stop()
    all_ = score(found)
    (HERE / "outside_watch.md").write_text(table(found), encoding="utf-8")
    print(f"precision {all_.precision:.3f}, recall {all_.recall:.3f} ({len(found)} looks)")
    return 0 if all_.precision >= PRECISION_FLOOR and all_.recall >= RECALL_FLOOR else 1


def table(found: list[Case]) -> str:
    all_ = score(found)
    lines = [
        "# Watching for changed pages: how often it rings, and for what",
        "",
        "Made by `python benchmarks/outside_watch.py`. **The set is made up by us**: four sites written the way",
        "WordPress, EC-CUBE, a hand in Shift_JIS and a site builder write pages, and edits of them that we thought of",
        "(`tests/support/watched/`), so the rules and the examples have one author. On other people's sites the figures",
        "will be lower; they show what is caught and what is not, not how often. Every case is a whole look before and",
        "a whole look after, over HTTP. An edit is counted as found when there is at least one alarm.",
        "",
        f"Precision {all_.precision:.3f} (of {all_.found + all_.false_alarms} cases that rang, {all_.found} were intruders'), "
        f"recall {all_.recall:.3f} (of {all_.intruders} intruders' edits {all_.found} rang). "
        f"Of {all_.owners} edits of owners {all_.false_alarms} rang.",
        "",
        "| site | owners' edits | rang | intruders' edits | rang | precision | recall |",
        "|---|---|---|---|---|---|---|",
    ]
    for site in SITES:
        one = score(case for case in found if case.site == site)
        lines.append(
            f"| {site} | {one.owners} | {one.false_alarms} | {one.intruders} | {one.found} "
            f"| {one.precision:.3f} | {one.recall:.3f} |"
        )
    for by, head in (("intruder", "What intruders do"), ("owner", "What owners do")):
        lines += ["", f"## {head}", "", "| edit | sites | rang | as |", "|---|---|---|---|"]
        mine = [case for case in found if case.by == by]
        for edit in dict.fromkeys(case.edit for case in mine):
            same = [case for case in mine if case.edit == edit]
            kinds = sorted({kind for case in same for kind in case.alarms})
            rang = sum(bool(case.alarms) for case in same)
            lines.append(f"| {edit} | {len(same)} | {rang} | {', '.join(kinds)} |")
    lines += [
        "",
        "## What it does not see, and what it tells all the same",
        "",
        "- **A file of a provider already in use**, and another container of a tag manager in use: a page looks the same",
        "  when its owner does it. They are told as ordinary changes. What a provider changes inside its own file is never seen.",
        "- **One or two hidden links at a time** are an ordinary change; five hidden ones on a page ring whenever they came.",
        "- **A new provider of a script, a form at a form service**: they ring although owners do it. A skimmer looks just",
        "  the same; the owner answers with `--accept`.",
        "- Pages behind a log-in or a shopping basket, pages beyond the first twenty, and what only a browser that runs",
        "  scripts would build are not looked at. Cloaking is tried on the first page only.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
