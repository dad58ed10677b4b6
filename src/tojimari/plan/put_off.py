"""Steps that are not done now: put off by the owner, or asked of somebody else."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from tojimari.model import Observation, Subject, seen
from tojimari.model.facts import StepPutOff

How = Literal["later", "asked", "now"]
RESTS = {"later": timedelta(days=7), "asked": timedelta(days=14)}
"""For how long a step gives way to the others."""
URGENT_RESTS = timedelta(days=1)
"""For how long what cannot wait gives way."""


class PutOff(msgspec.Struct, frozen=True):
    """That a step is not done now: since when, and whether somebody else was asked."""

    since: datetime
    asked: bool

    def until(self, *, urgent: bool) -> datetime:
        """Return when the step is due again."""
        return self.since + (URGENT_RESTS if urgent else RESTS["asked" if self.asked else "later"])


def put_off_observation(step: str, how: How, *, company: Subject, at: datetime) -> Observation:
    """Return the observation that the company does ``step`` later, asked somebody, or goes on."""
    return seen(StepPutOff(step, how), subject=company, source="answered", at=at)


def steps_put_off(observations: Iterable[Observation], as_of: datetime) -> dict[str, PutOff]:
    """Return step id -> that it was put off, by the newest word on each."""
    newest: dict[str, tuple[tuple[datetime, str], StepPutOff]] = {}
    for observation in observations:
        given = observation.fact
        if not isinstance(given, StepPutOff) or observation.observed_at > as_of:
            continue
        key = (observation.last_confirmed_at, observation.id)
        if given.step not in newest or key > newest[given.step][0]:
            newest[given.step] = key, given
    return {
        step: PutOff(since, given.how == "asked")
        for step, ((since, _), given) in newest.items()
        if given.how != "now"
    }
