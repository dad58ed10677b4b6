"""The consent to drills: shown, given, withdrawn, each on record."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from tojimari.model import Lang
from tojimari.portal.companies.models import Company
from tojimari.portal.drills.models import CONSENT_LETTERS, Drill, DrillConsent
from tojimari.portal.drills.sending import stop
from tojimari.portal.words import say

POINTS = ("who", "harmless", "password", "figures", "not_ranked", "stop", "kept", "objecting")
"""What whoever answers for the company agrees to; ``drillconsent.<point>`` in the texts says it."""


def words_of(lang: Lang) -> list[str]:
    """Return what is agreed to, as it stands on the page."""
    return [say(f"drillconsent.{one}", lang) for one in POINTS]


def give(company: Company, user: Any, lang: Lang, **choices: Any) -> DrillConsent:
    """Keep a consent with the very words; the one before ends, and a running drill with it."""
    text = "\n".join(words_of(lang))[:CONSENT_LETTERS]
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        _end(company, user)
        made: DrillConsent = DrillConsent.objects.of(company).create(
            company=company,
            text=text,
            lang=lang,
            by=user,
            by_name=str(user.name or user.email),
            **choices,
        )
    return made


def withdraw(company: Company, user: Any) -> bool:
    """End the consent that stands, and with it every drill that runs; returns whether one stood."""
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        return _end(company, user)


def _end(company: Company, user: Any) -> bool:
    standing = DrillConsent.objects.of(company).filter(withdrawn_at=None)
    ended = bool(standing.update(withdrawn_at=timezone.now()))
    if ended:
        for drill in (
            Drill.objects.of(company).filter(state=Drill.RUNNING).select_related("company")
        ):
            stop(drill, why="no_consent", by=user)
    return ended
