"""What companies show to others is held back after an older backup was restored.

A withdrawal made after the backup is not in it: what is put back would show again what a company took
back. So everything of the kinds that apps declare here is as good as withdrawn, until the company says
of each thing that it goes on.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from tojimari.portal.core.models import Hold, Notice
from tojimari.portal.core.notices import end, notice, tell
from tojimari.portal.core.rights import COMPANY_MANAGE
from tojimari.portal.core.scope import company_model


class Held(msgspec.Struct, frozen=True):
    """One thing that was held back.

    Attributes:
        about: its id.
        values: plain values: ``to`` (who saw it) and ``what``, for ``hold.<kind>`` in the portal's
            texts, as they are or by language; and what letting it go on needs.
    """

    company_id: Any
    about: str
    values: dict[str, Any]


class Kind(msgspec.Struct, frozen=True):
    """A kind of thing that can be held back.

    Attributes:
        take: holds back everything of this kind, in all companies, and says what.
        give: lets one thing go on.
        drop: ends one thing for good, where holding it back was not that already.
    """

    take: Callable[[], Iterable[Held]]
    give: Callable[[Hold], None]
    drop: Callable[[Hold], None] | None = None


_KINDS: dict[str, Kind] = {}


def holdable(
    name: str,
    *,
    take: Callable[[], Iterable[Held]],
    give: Callable[[Hold], None],
    drop: Callable[[Hold], None] | None = None,
) -> str:
    """Declare a kind; returns its name. Raises ValueError for a second one."""
    if name in _KINDS:
        raise ValueError(f"{name}: there is such a kind already")
    _KINDS[name] = Kind(take, give, drop)
    return name


def holdables() -> dict[str, Kind]:
    """Return every declared kind by its name."""
    return dict(_KINDS)


def _page(found: Notice) -> str:
    return reverse("core:holds", args=[found.company_id])


HOLDS_WAIT = notice(
    "holds.wait", to=COMPANY_MANAGE, page=_page, mail="mail.holds_wait", urgent=True
)
"""Things wait for the company's word after a restore. Values: n."""


def hold_everything() -> int:
    """Hold back what all companies show to others, and tell their owners; returns how much it is."""
    rows = [
        Hold(company_id=one.company_id, kind=name, about=one.about, values=one.values)
        for name, kind in _KINDS.items()
        for one in kind.take()
    ]
    held = Hold.objects.across("an older backup was restored")
    held.bulk_create(rows, batch_size=1000)
    waiting = held.filter(ended_at=None).values("company").annotate(n=Count("pk"))
    counts = {row["company"]: row["n"] for row in waiting}
    for company in company_model().objects.filter(pk__in=counts):
        day = f"{timezone.localdate()}"
        tell(company, HOLDS_WAIT, "", points=[day], values={"n": counts[company.pk]})
    return len(rows)


def is_held(kind: str, about: str) -> bool:
    """Return whether a thing waits for its company's word."""
    rows = Hold.objects.across("whether what somebody asks for is held back")
    return bool(rows.filter(kind=kind, about=about, ended_at=None).exists())


def decide(company: Any, hold_id: int, *, goes_on: bool, by: Any) -> bool | None:
    """Let one thing of ``company`` go on, or end it.

    Returns whether it was still to be decided; None where the company has no such thing.
    """
    with transaction.atomic():
        rows = Hold.objects.of(company).filter(pk=hold_id)
        found = rows.select_for_update().first()
        if found is None:
            return None
        if found.ended_at is not None:
            return False
        kind = _KINDS.get(found.kind)
        if kind is not None and goes_on:
            kind.give(found)
        elif kind is not None and kind.drop is not None:
            kind.drop(found)
        rows.update(ended_at=timezone.now(), ended_by=by, goes_on=goes_on)
        _told(company)
    return True


def settle(company: Any, kind: str, about: str) -> None:
    """Note that nothing is to be decided any more: the thing was replaced or withdrawn otherwise."""
    rows = Hold.objects.of(company).filter(kind=kind, about=about, ended_at=None)
    if rows.update(ended_at=timezone.now(), goes_on=False):
        _told(company)


def _told(company: Any) -> None:
    if not Hold.objects.of(company).filter(ended_at=None).exists():
        end(company, HOLDS_WAIT, "", put_away=True)
