"""Who may do what in which company: declared rights, where they come from, and one answer.

A right is a text, ``noun:verb``. An app declares the rights its pages ask for; other apps say where
rights come from: a role in the company, a grant to an organisation, running the portal. No right is
a column, so a new one needs no migration.
"""

from collections.abc import Callable, Iterator
from typing import Any, Literal

import msgspec
from django.db.models import Q, QuerySet

from tojimari.portal.core.scope import company_model


class Actor(msgspec.Struct, frozen=True):
    """Who acts: a person for themselves, or an organisation, by a person or by a task of its own.

    Attributes:
        user: the person; None when no person acts.
        organisation: the organisation they act for. What they may do as members of a company does
            not count then, and what the organisation may do does not count without it.
        expert: the profile by which they are sent to companies, with no organisation beside it.
            Then only what a visit gives counts, neither memberships nor what an organisation may.
    """

    user: Any = None
    organisation: Any = None
    expert: Any = None


class Right(msgspec.Struct, frozen=True):
    """A declared right.

    Attributes:
        name: ``noun:verb``.
        roles: roles in a company that have it.
        granted: whether a company gives it to an organisation: never, with every grant, or when
            the owner ticks it.
        tick: name of the box that is ticked; ``right.<tick>`` in the portal's texts is its sentence.
        portal: it is about the portal as a whole and about no company.
    """

    name: str
    roles: tuple[str, ...] = ()
    granted: Literal["never", "always", "ticked"] = "never"
    tick: str = ""
    portal: bool = False


class Holder(msgspec.Struct, frozen=True):
    """A person who has a right in a company, and the language they read."""

    user: Any
    lang: Literal["ja", "en"]


Rows = Callable[[Actor, Right | None], QuerySet | None]
"""For an actor: rows with a column ``company``, one for each company in which the right is had.

With None for the right: rows of every company in which the actor has anything at all. None for an
actor the source does not speak about.
"""
Holders = Callable[[Any, Right], list[Holder]]


class Source(msgspec.Struct, frozen=True):
    """Where rights in companies come from.

    Attributes:
        name: what the answer to "why" names, e.g. ``membership``.
        rows: see ``Rows``; with a right it is asked about many companies.
        gives: whether one of the rows of an actor gives a right: asked about one company.
        role: the part in which the actor acts, read from one of the rows; goes into the log.
        holders: people of a company who have a right by this source.
    """

    name: str
    rows: Rows
    gives: Callable[[Any, Right], bool]
    role: Callable[[Any], str]
    holders: Holders | None = None


class Ruling(msgspec.Struct, frozen=True):
    """An answer that can be explained.

    Attributes:
        allowed: whether the actor may.
        reason: ``source`` when allowed; else ``stranger`` (nothing gives this actor anything in
            this company) or ``not_given`` (something does, but not this right).
        source: name of the source that gives the right, or gives something; "" for a stranger.
        role: owner, staff, supporter, buyer ...; "" for a stranger.
    """

    allowed: bool
    reason: Literal["source", "stranger", "not_given"]
    source: str = ""
    role: str = ""


class UnknownRight(LookupError):
    """A right that no app declares. That is our own mistake."""


_RIGHTS: dict[str, Right] = {}
_SOURCES: dict[str, Source] = {}
_PORTAL: dict[str, Callable[[Actor, Right], bool]] = {}


def right(
    name: str,
    *,
    roles: tuple[str, ...] = (),
    granted: Literal["never", "always", "ticked"] = "never",
    tick: str = "",
    portal: bool = False,
) -> str:
    """Declare a right; returns its name. Raises ValueError when it is declared differently twice."""
    declared = Right(name, roles, granted, tick, portal)
    if (granted == "ticked") != bool(tick):
        raise ValueError(f"{name}: a right that is ticked names its box, no other does")
    if _RIGHTS.setdefault(name, declared) != declared:
        raise ValueError(f"{name}: declared twice")
    return name


def rights() -> dict[str, Right]:
    """Return every declared right by its name."""
    return dict(_RIGHTS)


def ticks() -> dict[str, str]:
    """Return box -> right for every right an owner may tick for an organisation."""
    return {one.tick: one.name for one in _RIGHTS.values() if one.granted == "ticked"}


def rights_come_from(source: Source) -> None:
    """Declare where rights in companies come from."""
    _SOURCES[source.name] = source


def portal_rights_come_from(name: str, has: Callable[[Actor, Right], bool]) -> None:
    """Declare where rights about the portal as a whole come from."""
    _PORTAL[name] = has


def _right(name: str) -> Right:
    try:
        return _RIGHTS[name]
    except KeyError:
        raise UnknownRight(name) from None


def _rows(actor: Actor, wanted: Right | None) -> Iterator[tuple[Source, QuerySet]]:
    for source in _SOURCES.values():
        rows = source.rows(actor, wanted)
        if rows is not None:
            yield source, rows


def may(actor: Actor, action: str, company: Any = None) -> bool:
    """Return whether ``actor`` may do ``action`` in ``company`` (a row or an id).

    For a right about the portal as a whole the company is None. Raises UnknownRight.
    """
    wanted = _right(action)
    if wanted.portal:
        return any(has(actor, wanted) for has in _PORTAL.values())
    return company is not None and CompanyRights(actor, company).may(action)


def companies_where(actor: Actor, action: str) -> QuerySet:
    """Return the ids of the companies in which ``actor`` may do ``action``, for ``company__in``.

    It is a query that has not run: a list of ten thousand asks once. Raises UnknownRight.
    """
    found = [rows.order_by().values("company") for _, rows in _rows(actor, _right(action))]
    if len(found) == 1:
        return found[0]
    any_of = Q(pk__in=())
    for ids in found:
        any_of |= Q(pk__in=ids)
    return company_model().objects.filter(any_of).values("pk")


def parts_of(actor: Actor, action: str) -> list[tuple[Any, str]]:
    """Return (company, the part the actor has there) wherever ``actor`` may do ``action``.

    In the order their sources give, the oldest first.
    """
    return [
        (row.company, source.role(row))
        for source, rows in _rows(actor, _right(action))
        for row in rows.select_related("company")
    ]


class CompanyRights:
    """What one actor has in one company, asked of the database once for all that is asked of it.

    Kept no longer than it takes to answer one request: rights are taken away at any moment.
    """

    def __init__(self, actor: Actor, company: Any) -> None:
        """Ask nothing yet. company: a row or an id."""
        self.actor, self.company = actor, company
        self._rows: dict[str, list[Any]] = {}

    def _of_sources(self) -> Iterator[tuple[Source, Any]]:
        for source in _SOURCES.values():
            if source.name not in self._rows:
                rows = source.rows(self.actor, None)
                mine = [] if rows is None else list(rows.filter(company=self.company))
                self._rows[source.name] = mine
            for row in self._rows[source.name]:
                yield source, row

    def may(self, action: str) -> bool:
        """Return whether the actor may do ``action`` here; of the portal as a whole ask ``may``."""
        wanted = _right(action)
        return any(source.gives(row, wanted) for source, row in self._of_sources())

    def why(self, action: str) -> Ruling:
        """Return whether the actor may do ``action`` here, by what, or what is missing."""
        wanted = _right(action)
        for source, row in self._of_sources():
            if source.gives(row, wanted):
                return Ruling(True, "source", source.name, source.role(row))
        for source, row in self._of_sources():
            return Ruling(False, "not_given", source.name, source.role(row))
        return Ruling(False, "stranger")


def why(actor: Actor, action: str, company: Any) -> Ruling:
    """Return whether ``actor`` may do ``action`` in ``company``, by what, or what is missing."""
    return CompanyRights(actor, company).why(action)


def holders(company: Any, action: str) -> list[Holder]:
    """Return the people of ``company`` who may do ``action`` there."""
    wanted = _right(action)
    return [
        one
        for source in _SOURCES.values()
        if source.holders is not None
        for one in source.holders(company, wanted)
    ]
