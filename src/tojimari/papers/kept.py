"""Papers a company has: approved, in force until a day, as observations like everything else."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from tojimari.catalog.paper import PaperKind
from tojimari.model import Observation, Subject, declared, seen
from tojimari.model.facts import PaperMade, PaperShows
from tojimari.papers.paper import Kept
from tojimari.papers.writing import Written

_PAPER = "paper"
_FOREVER = 36_500
_A_YEAR = 365


def until_of(kind: PaperKind, approved_on: date) -> date:
    """Return the last day on which a paper approved on a day counts."""
    return approved_on + timedelta(days=kind.renew_days or _FOREVER)


def made_observation(
    written: Written,
    kind: PaperKind,
    *,
    version: int,
    approved_on: date,
    sha256: str,
    at: datetime,
    holds: bool = True,
) -> Observation:
    """Return the observation that a paper was approved, or (not ``holds``) was taken back.

    sha256: fingerprint of what was approved. at: now (UTC).
    """
    return seen(
        PaperMade(
            paper=kind.id,
            version=version,
            approved_on=approved_on.isoformat(),
            until=until_of(kind, approved_on).isoformat(),
            shows=_shows(written, kind, approved_on),
            holds=holds,
            sha256=sha256,
        ),
        subject=Subject(_PAPER, kind.id),
        source=declared(_PAPER).evidence_source,
        at=at,
    )


def _shows(written: Written, kind: PaperKind, approved_on: date) -> tuple[PaperShows, ...]:
    """Return what a paper shows, each from the day it was done; never from a day after approval."""
    if not kind.renew_days:
        return ()
    day = approved_on.isoformat()

    def since(id_: str) -> str:
        return min(written.done_on(id_) or day, day)

    return (
        *(PaperShows("control", id_, since(id_)) for id_ in written.shows),
        *(PaperShows("criterion", id_, since(id_)) for id_ in written.covered),
    )


def kept_papers(observations: Iterable[Observation], day: date) -> dict[str, Kept]:
    """Return the papers that are in force on a day, by id of their kind. The newest word counts."""
    newest: dict[str, Observation] = {}
    for observation in observations:
        if isinstance(observation.fact, PaperMade):
            known = newest.get(observation.fact.paper)
            if known is None or _order(observation) > _order(known):
                newest[observation.fact.paper] = observation
    found = {}
    for id_, observation in sorted(newest.items()):
        fact = observation.fact
        assert isinstance(fact, PaperMade)  # noqa: S101  # chosen above
        until = date.fromisoformat(fact.until)
        if fact.holds and day <= until:
            approved_on = date.fromisoformat(fact.approved_on)
            found[id_] = Kept(id_, fact.version, approved_on, until, _criteria(fact, day))
    return found


def _criteria(fact: PaperMade, day: date) -> tuple[str, ...]:
    return tuple(
        one.id
        for one in fact.shows
        if one.what == "criterion"
        and day <= date.fromisoformat(one.done_on) + timedelta(days=_A_YEAR)
    )


def _order(observation: Observation) -> tuple[datetime, datetime, str]:
    return observation.last_confirmed_at, observation.observed_at, observation.id


def in_force(observations: Iterable[Observation], day: date) -> dict[str, date]:
    """Return id of a paper -> last day on which it counts, of every paper in force on ``day``.

    Ids are those of the catalog's papers: ``security-policy``, ``asset-list``, ``incident-plan``,
    ``backup-plan``, ``telework-rules``, ``security-action-declaration``, ``scs-self-declaration`` ...
    """
    return {id_: kept.until for id_, kept in kept_papers(observations, day).items()}
