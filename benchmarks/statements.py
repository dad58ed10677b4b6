"""Statements: how many are issued a second, what checking one takes, and that no changed byte passes.

    PYTHONPATH=src:. python benchmarks/statements.py [--changes 20000] [--fuzz-seconds 0]

One process; times are of its processor, so that others on the machine do not count. ``--fuzz-seconds 3600`` is the hour of random texts, cut and spliced from right ones.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

from tests.support.statements import (
    HOLDER,
    KEY,
    KEYS,
    NOW,
    about,
    attacks,
    bound,
    issued,
    some_claims,
    status_list,
)

from tojimari.assess.assessment import assess_said
from tojimari.attest.claims import claims
from tojimari.attest.statement import check, issue_statement
from tojimari.catalog import Framework, load_catalog
from tojimari.model import State
from tojimari.model.japan import JAPAN

SLICES = 10


def rate(work: Callable[[], object], seconds: float = 3.0) -> float:
    """Return how often ``work`` is done in a second of the processor, in the best of ten slices.

    Others on the machine take no processor time of ours, but they slow it (caches, twin cores).
    """
    return max(_rate(work, seconds / SLICES) for _ in range(SLICES))


def _rate(work: Callable[[], object], seconds: float) -> float:
    begin, done = time.process_time(), 0
    while time.process_time() - begin < seconds:
        work()
        done += 1
    return done / (time.process_time() - begin)


def speeds() -> None:
    print(
        "| items | issued/s | bound and presented/s | ms a check | ms with a list | bytes | summary |"
    )
    for n in (6, 26, 43, 81):
        said, made = some_claims(n), issued(n)
        text, listed = bound(made), status_list(dict.fromkeys(range(1000, 2300), "revoked"))
        issue = rate(partial(issue_statement, said, about(), KEY, holder=HOLDER))
        present = rate(partial(bound, made))
        plain: list[float] = []
        whole: list[float] = []
        for _ in range(200):
            for times, status in ((plain, ""), (whole, listed)):
                begin = time.process_time()
                assert check(text, KEYS, now=NOW, status=status).state != "refused"
                times.append((time.process_time() - begin) * 1000)
        print(
            f"| {n} | {issue:.0f} | {present:.0f} | {statistics.median(plain):.2f} | "
            f"{statistics.median(whole):.2f} | {len(text)} | {len(made.summary)} |"
        )


def frameworks() -> None:
    """Say how many whole statements are made a second: claims of an assessment, signed and bound."""
    catalog, at = load_catalog(), datetime.fromtimestamp(NOW, JAPAN)
    states: dict[str, State] = dict.fromkeys(catalog.controls, "met")
    assessment = assess_said(states, {}, catalog=catalog, as_of=at)
    print("| framework | items | claimed/s | claimed, signed and bound/s |")
    for framework in sorted(catalog.frameworks.values(), key=lambda one: len(one.items)):

        def whole(one: Framework = framework) -> None:
            made = issue_statement(claims(one, assessment), about(), KEY, holder=HOLDER)
            bound(made)

        claimed = rate(partial(claims, framework, assessment), 1.0)
        print(
            f"| {framework.id} | {len(framework.items)} | {claimed:.0f} | {rate(whole, 2.0):.0f} |"
        )


def changed_bytes(count: int) -> None:
    draw, accepted = random.Random(20_000), 0
    texts = [bound(issued(n)) for n in (6, 26)] + [issued().summary]
    for _ in range(count):
        text = draw.choice(texts)
        at = draw.randrange(1, len(text) - 1)
        new = chr(draw.randrange(256))
        if new != text[at]:
            changed = text[:at] + new + text[at + 1 :]
            accepted += check(changed, KEYS, now=NOW).state != "refused"
    print(f"one byte changed: {accepted} of {count} accepted")


def fuzz(seconds: float) -> None:
    draw, tried, accepted = random.Random(1), 0, 0
    made = issued(26)
    right = {bound(made), made.summary}
    parts = [one.text for one in attacks().values()] + sorted(right) + list(made.shows.values())
    begin = time.process_time()
    while time.process_time() - begin < seconds:
        one, other = draw.choice(parts), draw.choice(parts)
        cut, go_on = draw.randrange(len(one) + 1), draw.randrange(len(other) + 1)
        text = one[:cut] + draw.choice(["", "~", ".", "\x00", "=", "{"]) + other[go_on:]
        found = check(text, KEYS, now=NOW, status=draw.choice(["", text]))
        if found.state != "refused":
            # Fewer items shown, or made for nobody, is a right statement as well.
            signed = text.strip().split("~")[0]
            whole = any(signed == each.split("~")[0] for each in parts)
            accepted += not whole
        tried += 1
    print(f"fuzz: {tried} texts in {seconds:.0f} s, {accepted} accepted that nobody signed")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--changes", type=int, default=20_000)
    parser.add_argument("--fuzz-seconds", type=float, default=0)
    asked = parser.parse_args()
    speeds()
    frameworks()
    refused = sum(
        check(one.text, KEYS, now=NOW, expected=one.expected).state == "refused"
        for one in attacks().values()
    )
    print(f"attacks refused: {refused} of {len(attacks())}")
    changed_bytes(asked.changes)
    if asked.fuzz_seconds:
        fuzz(asked.fuzz_seconds)


if __name__ == "__main__":
    main()
