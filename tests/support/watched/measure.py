"""Counts how many edits of owners ring the bell, and how many of intruders do."""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from tests.support.watched import finer_edits  # noqa: F401  # registers its edits
from tests.support.watched.edits import BENIGN, MALICIOUS
from tests.support.watched.play import Played, looked
from tests.support.watched.sites import SITES
from tojimari.collect.outside.egress import Egress

# Of the made-up set. What is missed and what rings for nothing by intention is in the benchmark.
PRECISION_FLOOR = 0.94
RECALL_FLOOR = 0.95


class Case(msgspec.Struct, frozen=True):
    """One edit of one site, and the kinds of alarm it gave."""

    edit: str
    by: Literal["owner", "intruder"]
    site: str
    alarms: tuple[str, ...]


def cases(server: Played, egress: Egress) -> Iterator[Case]:
    """Play every edit on every site it fits: a look before, and a look after."""
    for site, make in SITES.items():
        before = make()
        server.files = before
        kept = looked(server, egress, None).baseline
        for by, edits in (("owner", BENIGN), ("intruder", MALICIOUS)):
            for name, edit in edits.items():
                after = edit(before)
                if after is None:
                    continue
                assert after != before, (site, name)
                server.files = after
                changes = looked(server, egress, kept).changes
                kinds = {change.kind for change in changes if change.severity == "alarm"}
                yield Case(name, by, site, tuple(sorted(kinds)))  # type: ignore[arg-type]


class Score(msgspec.Struct, frozen=True):
    """How well the bell rings. Shares are None where nothing was counted."""

    owners: int
    false_alarms: int
    intruders: int
    found: int

    @property
    def precision(self) -> float:
        rung = self.found + self.false_alarms
        return self.found / rung if rung else 0.0

    @property
    def recall(self) -> float:
        return self.found / self.intruders if self.intruders else 0.0


def score(found: Iterable[Case]) -> Score:
    every = list(found)
    owners = [case for case in every if case.by == "owner"]
    intruders = [case for case in every if case.by == "intruder"]
    return Score(
        len(owners),
        sum(bool(case.alarms) for case in owners),
        len(intruders),
        sum(bool(case.alarms) for case in intruders),
    )
