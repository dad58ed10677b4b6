"""What a paper may say of a practice: only what the company did not deny and nobody saw otherwise."""

from collections.abc import Iterable
from typing import Literal

from tojimari.model import OPEN, Assessment, ControlStanding

Claim = Literal["stated", "not_yet", "unconfirmed", "left_out"]


def claim(controls: Iterable[str], assessment: Assessment) -> Claim:
    """Return what may be said of the practice of ``controls``.

    ``stated``: every one that applies is in place. ``not_yet``: one was denied, or seen to be open.
    ``unconfirmed``: of one nothing is known. ``left_out``: none applies to the company.
    """
    standings = [assessment.controls[id_] for id_ in controls]
    applying = [one for one in standings if one.state != "not_applicable"]
    if not applying:
        return "left_out"
    if any(_denied(one) for one in applying):
        return "not_yet"
    return "stated" if all(one.state == "met" for one in applying) else "unconfirmed"


def open_controls(controls: Iterable[str], assessment: Assessment) -> tuple[str, ...]:
    """Return those of ``controls`` that apply and of which a paper may not say that they are met."""
    return tuple(id_ for id_ in controls if claim((id_,), assessment) in ("not_yet", "unconfirmed"))


def _denied(standing: ControlStanding) -> bool:
    """Return whether anybody said, or any look saw, that it is not (wholly) in place.

    A paper or record takes the place of what was said without it; of a look it never does.
    """
    if standing.state in OPEN or any(finding.state in OPEN for finding in standing.measured):
        return True
    said = standing.said is not None and standing.said.state in OPEN
    return said and not (standing.state == "met" and standing.headline in standing.evidence)
