"""What an insurer is likely to ask, answered from the assessment: said and measured apart."""

from collections.abc import Iterable
from datetime import date

import msgspec

from tojimari.catalog.money import InsuranceTopic
from tojimari.model import Assessment, Observation, State
from tojimari.model.japan import JAPAN


class InsuranceAnswer(msgspec.Struct, frozen=True):
    """One control as an answer to an insurer.

    Attributes:
        state: where it stands; unknown is never a yes.
        basis: what that rests on (answered, measured, paper ...); ``none`` where on nothing.
        seen_on: the day of the oldest thing it rests on, in Japan; None where on nothing.
        contradiction: what was said and what was measured differ.
    """

    topic: str
    control: str
    state: State
    basis: str
    seen_on: date | None
    contradiction: bool


def insurance_answers(
    assessment: Assessment,
    observations: Iterable[Observation],
    topics: Iterable[InsuranceTopic],
) -> list[InsuranceAnswer]:
    """Return the answers, topic by topic, for the controls that the assessment knows."""
    days = {one.id: one.last_confirmed_at.astimezone(JAPAN).date() for one in observations}
    found = []
    for topic in topics:
        for id_ in topic.controls:
            standing = assessment.controls.get(id_)
            if standing is None:
                continue
            rests = [days[one] for one in standing.headline.rests_on if one in days]
            found.append(
                InsuranceAnswer(
                    topic.id,
                    id_,
                    standing.state,
                    standing.basis,
                    min(rests, default=None),
                    standing.contradiction,
                )
            )
    return found
