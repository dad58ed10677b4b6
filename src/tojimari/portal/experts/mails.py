"""Mails about a visit to experts and to the people of the organisation."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django_tasks import task

from tojimari.model import Lang
from tojimari.portal.core.claims import claim, free
from tojimari.portal.core.mail import not_taken, send
from tojimari.portal.experts.models import Expert, ExpertVisit, VisitMail
from tojimari.portal.experts.rights import experts_of
from tojimari.portal.links import whole_address
from tojimari.portal.people.models import Membership
from tojimari.portal.supporters.models import Helper
from tojimari.portal.words import say

log = logging.getLogger("tojimari.experts")

TRIED_FOR = timedelta(days=3)
EXPERT, ORGANISATION = "expert", "organisation"
BOTH = ""
"""As the language of a mail: of the reader none is kept, so Japanese with English below it."""
KINDS = (
    *("asked", "proposed", "accepted", "declined", "agreed", "other_time", "moved"),
    *("cancelled", "gone", "lapsed", "reported", "not_right", "confirmed"),
)
"""What is told; ``visitmail.<kind>`` in the portal's texts says it."""


def write(visit: ExpertVisit, kind: str, *to: str, by: object = None) -> None:
    """Have a mail sent to the visit's expert, to the people of its organisation, or to both.

    kind: one of ``KINDS``. to: ``EXPERT`` and ``ORGANISATION``. by: the person who did it; they
    get none. Raises LookupError for another kind.
    """
    if kind not in KINDS:
        raise LookupError(kind)
    made = []
    if EXPERT in to and visit.expert is not None and visit.expert.user_id:
        made.append((visit.expert.user_id, True, visit.expert.lang))
    if ORGANISATION in to:
        helpers = Helper.objects.filter(organisation=visit.organisation_id).order_by("pk")
        users = list(helpers.values_list("user", flat=True))
        read = _languages(users)
        made += [(user, False, read.get(user, BOTH)) for user in users]
    mails = [
        VisitMail(
            company_id=visit.company_id,
            visit=visit,
            to_id=user,
            kind=kind,
            expert=str(visit.expert or visit.expert_name),
            as_expert=as_expert,
            lang=lang,
        )
        for user, as_expert, lang in made
        if user != getattr(by, "pk", None)
    ]
    if mails:
        VisitMail.objects.of(visit.company_id).bulk_create(mails)
        mail_visits.enqueue(str(visit.company_id))


def _languages(users: list[UUID]) -> dict[UUID, str]:
    """Return person -> the language they read, of those of whom one is kept.

    That in which they wrote their profile as an expert, else that of the reminders they get as
    one of a company's people.
    """
    members = Membership.objects.across("which language people of an organisation read")
    found = dict(members.filter(user__in=users).values_list("user", "remind_lang"))
    profiles = Expert.objects.filter(user__in=users).order_by("made_at")
    return found | dict(profiles.values_list("user", "lang"))


@task()
def mail_visits(company_id: str) -> None:
    """Send what waits about the visits of a company; the rest is tried again later.

    Who is not an expert or helper any more gets nothing.
    """
    if not settings.MAIL_CONFIGURED:
        return
    rows = VisitMail.objects.of(company_id)
    for mail in list(
        rows.filter(free("claimed_at"), sent_at=None)
        .select_related("to", "company", "visit__organisation", "visit__expert")
        .order_by("pk")
    ):
        own = rows.filter(pk=mail.pk)
        if claim(own.filter(sent_at=None), "claimed_at") is None:
            continue
        try:
            if _still_concerned(mail):
                _send(mail)
        except OSError:
            own.update(claimed_at=None)
            not_taken("visit")
            return
        except Exception:  # not tried for ever, and holds no other mail up
            log.exception("a mail about a visit was not written")
        own.update(sent_at=timezone.now(), expert="")


def _still_concerned(mail: VisitMail) -> bool:
    if mail.as_expert:
        return experts_of(mail.to).filter(organisation=mail.visit.organisation_id).exists()
    return Helper.objects.filter(user=mail.to, organisation=mail.visit.organisation_id).exists()


def _send(mail: VisitMail) -> bool:
    langs: tuple[Lang, ...] = ("ja", "en")
    if mail.lang != BOTH:
        langs = ("en",) if mail.lang == "en" else ("ja",)
    visit = mail.visit
    if mail.as_expert:
        link = whole_address("experts:own_visit", visit.pk)
    else:
        link = whole_address(
            "experts:arranged_visit", visit.organisation_id, visit.company_id, visit.pk
        )
    words = {
        "company": str(mail.company),
        "expert": mail.expert,
        "organisation": str(visit.organisation),
    }
    subjects = [say("mail.visit_subject", lang, **words) for lang in langs]
    texts = [
        say("mail.visit", lang, said=say(f"visitmail.{mail.kind}", lang, **words), link=link)
        for lang in langs
    ]
    return send(" / ".join(subjects), "\n\n----\n\n".join(texts), mail.to.email)


def waiting() -> Iterable[str]:
    """Return the companies about whose visits mails wait that are not given up yet."""
    rows = VisitMail.objects.across("mails about visits that wait for the mail server").filter(
        free("claimed_at"), sent_at=None, made_at__gt=timezone.now() - TRIED_FOR
    )
    return [str(one) for one in rows.order_by().values_list("company", flat=True).distinct()]
