"""What a tabulation counts, and the design of the sample it counts in."""

import math
from collections.abc import Sequence

import msgspec

from tojimari.survey.coding import Variable, variables
from tojimari.survey.schema import Questionnaire
from tojimari.survey.violations import BadResponses

GROUPS_AT_MOST = 1024
"""Breaks are counted together while their combined groups, times units, stay below this."""
PLACES_AT_MOST = 4096
"""More combinations of raking margins, times units, than this are not counted apart."""


class Sample(msgspec.Struct, frozen=True):
    """The design of a sample.

    Attributes:
        respondents: responses in all.
        weighted: the file has a weight column.
        clustered: units are clusters; else units are strata.
        units: (stratum, cluster) of each unit, sorted; one unit of ("", "") for a simple sample.
        sizes: responses in each unit.
        raked: keys of the variables whose published margins the weights were raked to.
    """

    respondents: int
    weighted: bool
    clustered: bool
    units: tuple[tuple[str, str], ...]
    sizes: tuple[int, ...]
    raked: tuple[str, ...] = ()


class Plan(msgspec.Struct, frozen=True):
    """What is counted: every variable by every break; ``packs`` are breaks counted together.

    Attributes:
        margins: the variables the weights were raked to; empty also where their combinations are
            too many to be counted apart, and then the errors do not know of the raking.
    """

    questionnaire: Questionnaire
    variables: tuple[Variable, ...]
    breaks: tuple[Variable, ...]
    packs: tuple[tuple[int, ...], ...]
    sample: Sample
    margins: tuple[Variable, ...] = ()

    @property
    def margin_cells(self) -> int:
        """Return the number of combinations of the margins; "no answer" counts as one of each."""
        return math.prod(len(margin.answers) + 1 for margin in self.margins)

    @property
    def places(self) -> int:
        """Return how many parts of the sample are counted apart: units, times margin cells."""
        return len(self.sample.units) * self.margin_cells

    def width(self, pack: Sequence[int]) -> int:
        """Return the number of places of a pack: its combined groups, times those of the sample.

        "In no group" counts as one group of each break.
        """
        return math.prod(len(self.breaks[b].answers) + 1 for b in pack) * self.places


def make_plan(questionnaire: Questionnaire, by: Sequence[str], sample: Sample) -> Plan:
    """Return the plan for every variable by every break of ``by`` (keys of variables).

    Raises BadResponses for a break that does not exist or whose groups overlap.
    """
    known = variables(questionnaire)
    breaks = []
    for key in dict.fromkeys(by):
        variable = known.get(key)
        if variable is None:
            raise BadResponses(
                f"分け方「{key}」は調査票にありません。使えるのは: {', '.join(_possible(known))}",
                f"There is no break {key!r}. Possible: {', '.join(_possible(known))}",
            )
        if variable.kind != "single":
            raise BadResponses(
                f"分け方「{key}」は使えません。一つだけ選ぶ質問か、重ならないグループにしてください。",
                f"{key!r} cannot be a break: take a question with one answer, or groups that do "
                "not overlap.",
            )
        breaks.append(variable)
    margins = tuple(known[key] for key in sample.raked if key in known)
    cells = math.prod(len(margin.answers) + 1 for margin in margins)
    if len(margins) < len(sample.raked) or len(sample.units) * cells > PLACES_AT_MOST:
        margins, cells = (), 1
    places = len(sample.units) * cells
    packs: list[tuple[int, ...]] = []
    size = places
    pack: tuple[int, ...] = ()
    for number, variable in enumerate(breaks):
        grown = size * (len(variable.answers) + 1)
        if pack and grown > GROUPS_AT_MOST:
            packs.append(pack)
            size, pack = places, ()
            grown = size * (len(variable.answers) + 1)
        size, pack = grown, (*pack, number)
    packs.append(pack)
    return Plan(questionnaire, tuple(known.values()), tuple(breaks), tuple(packs), sample, margins)


def _possible(known: dict[str, Variable]) -> list[str]:
    return [key for key, variable in known.items() if variable.kind == "single"]
