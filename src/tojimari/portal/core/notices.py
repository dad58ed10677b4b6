"""Notices: who is told what, once, by which way, until somebody has seen it."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_tasks import task

from tojimari.model import Lang
from tojimari.portal.core.claims import claim, free
from tojimari.portal.core.mail import not_taken, send
from tojimari.portal.core.models import Notice
from tojimari.portal.core.periodic import every
from tojimari.portal.core.permissions import Actor, holders, may
from tojimari.portal.core.scope import company_model
from tojimari.portal.words import current_lang, say

log = logging.getLogger("tojimari.notices")

Words = Callable[[Notice, Lang], Mapping[str, str]]
Address = Callable[[Notice], str]


class Kind(msgspec.Struct, frozen=True):
    """A declared kind of notice; ``notice.<name>`` in the portal's texts is its sentence.

    Attributes:
        name: a fixed text, e.g. ``site.alarm``.
        to: the right whose holders are told.
        page: the page that tells more, as a path.
        words: what stands in the places of the page's sentence.
        mail_words: what stands in the places of the mail, besides ``link``.
        urgent: somebody should act today; the page shows it as a warning.
        mail: key of the mail's text, ``<mail>_subject`` of its subject; "" for the page only.
    """

    name: str
    to: str
    page: Address
    words: Words
    mail_words: Words
    mail: str = ""
    urgent: bool = False


class Shown(msgspec.Struct, frozen=True):
    """A notice as the page shows it, in the reader's language."""

    notice: Any
    sentence: str
    page: str
    urgent: bool


_KINDS: dict[str, Kind] = {}


def _values(found: Notice, lang: Lang) -> Mapping[str, str]:
    return dict(found.values)


def notice(
    name: str,
    *,
    to: str,
    page: Address,
    words: Words = _values,
    mail: str = "",
    mail_words: Words = _values,
    urgent: bool = False,
) -> str:
    """Declare a kind of notice; returns its name. Raises ValueError for a second one."""
    if name in _KINDS:
        raise ValueError(f"{name}: there is such a notice already")
    _KINDS[name] = Kind(name, to, page, words, mail_words, mail, urgent)
    return name


def kinds() -> dict[str, Kind]:
    """Return every declared kind by its name."""
    return dict(_KINDS)


def tell(
    company: Any,
    kind: str,
    about: str,
    *,
    points: Iterable[str] = (),
    values: Mapping[str, Any] | None = None,
    by: Any = None,
) -> None:
    """Tell the people of ``company`` of something, once until it ends.

    about: id of the thing; with the kind it says which matter this is.
    points: what is to be told of it; a point that was not told yet makes the notice new again.
    by: the person who did it; when nobody else is to be told, there is no notice.
    Raises LookupError for a kind no app declares.
    """
    declared = _KINDS[kind]
    if not [one for one in holders(company, declared.to) if one.user != by]:
        return
    wanted, plain = sorted(set(points)), dict(values or {})
    with transaction.atomic():
        company_model().objects.select_for_update().get(pk=company.pk)
        found = _open(company, kind, about).first()
        if found is None:
            found = Notice.objects.of(company).create(
                company=company, kind=kind, about=about, points=wanted, values=plain, by=by
            )
        elif wanted != found.points:
            new = bool(set(wanted) - set(found.points))
            found.points, found.values = wanted, plain
            if new:
                found.made_at, found.by = timezone.now(), by
                found.mailed_to, found.mailed_at, found.claimed_at = [], None, None
                found.seen_at = found.seen_by = None
            found.save()
        if declared.mail and found.mailed_at is None:
            mail_notices.enqueue(str(company.pk))


def end(company: Any, kind: str, about: str, *, put_away: bool = False) -> None:
    """Note that a matter is over: it is not mailed any more, and the next one is told anew.

    What nobody has seen yet stays on the page, unless it is put away because it is not true any more.
    """
    now = timezone.now()
    over = {"ended_at": now, "seen_at": now} if put_away else {"ended_at": now}
    _open(company, kind, about).update(**over)


def _open(company: Any, kind: str, about: str) -> Any:
    return Notice.objects.of(company).filter(kind=kind, about=about, ended_at=None)


def unseen(company: Any, actor: Actor) -> list[Shown]:
    """Return what the actor is to be told of ``company``, newest first."""
    lang, found = current_lang(), []
    rows = Notice.objects.of(company).filter(seen_at=None).exclude(by=actor.user)
    for row in rows.order_by("-made_at", "-pk"):
        declared = _KINDS.get(row.kind)
        if declared is not None and may(actor, declared.to, company):
            sentence = say(f"notice.{row.kind}", lang, **declared.words(row, lang))
            found.append(Shown(row, sentence, declared.page(row), declared.urgent))
    return found


def see(company: Any, actor: Actor, notice_id: int) -> bool:
    """Put a notice away; returns whether there was one the actor is told of."""
    row = Notice.objects.of(company).filter(pk=notice_id).first()
    declared = _KINDS.get(row.kind) if row else None
    if declared is None or not may(actor, declared.to, company):
        return False
    Notice.objects.of(company).filter(pk=notice_id, seen_at=None).update(
        seen_at=timezone.now(), seen_by=actor.user
    )
    return True


@task()
def mail_notices(company_id: str) -> None:
    """Mail what waits in a company, each to everybody it is for; the rest is tried again later."""
    if not settings.MAIL_CONFIGURED:
        return
    mailed = [kind.name for kind in _KINDS.values() if kind.mail]
    waiting = Notice.objects.of(company_id).filter(
        kind__in=mailed, mailed_at=None, seen_at=None, ended_at=None
    )
    for key in list(waiting.filter(free("claimed_at")).order_by("pk").values_list("pk", flat=True)):
        one = Notice.objects.of(company_id).filter(pk=key)
        claimed = claim(one.filter(mailed_at=None), "claimed_at")
        if claimed is None:
            continue
        # What is new to be told takes the claim back: then it is told anew, by whoever is next.
        mine = one.filter(claimed_at=claimed)
        row = mine.select_related("company").first()
        done = row is not None and _mail(row, mine)
        mine.update(mailed_at=timezone.now() if done else None, claimed_at=None)


def _mail(row: Notice, mine: QuerySet[Notice]) -> bool:
    """Mail one notice; returns whether everybody has it who can have it, else it waits on.

    mine: the row, for as long as it is claimed. Who has the mail is written down at once.
    """
    declared = _KINDS[row.kind]
    taken = set(row.mailed_to)
    try:
        for one in holders(row.company, declared.to):
            if str(one.user.pk) in taken or one.user.pk == row.by_id:
                continue
            link = f"{settings.PUBLIC_URL}{declared.page(row)}"
            words = {**declared.mail_words(row, one.lang), "link": link}
            subject = say(f"{declared.mail}_subject", one.lang, **words)
            if send(subject, say(declared.mail, one.lang, **words), one.user.email):
                taken.add(str(one.user.pk))
                mine.update(mailed_to=sorted(taken))
    except OSError:
        not_taken(row.kind)
        return False
    except Exception:
        # A letter that cannot be written must not count as sent.
        log.exception("a notice was not mailed", extra={"reason": row.kind})
        return False
    return True


@every(timedelta(minutes=30))
def mail_again() -> None:
    """Try again what the mail server would not take before, or what no server was set for."""
    waiting = Notice.objects.across("notices that wait for the mail server").filter(
        kind__in=[kind.name for kind in _KINDS.values() if kind.mail],
        mailed_at=None,
        seen_at=None,
        ended_at=None,
    )
    for company in waiting.order_by().values_list("company", flat=True).distinct():
        mail_notices.enqueue(str(company))
