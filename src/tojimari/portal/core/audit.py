"""Writes the audit log."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from tojimari.portal.core.models import AuditEvent
from tojimari.portal.words import texts

SEEN_AGAIN = timedelta(hours=1)
"""The same person opening the same page within this time is one event."""
_WHY = "an event is added to a log"


class UnknownAction(LookupError):
    """An action without a sentence in the portal's texts. That is our own mistake."""


def note_by(request: HttpRequest, action: str, company: Any, **about: Any) -> None:
    """Add an event of the person who opened a company's page, in the role they have there."""
    note(action, company=company, actor=request.user, actor_as=request.acting_as, **about)


def note_as(
    request: HttpRequest, organisation: Any, action: str, company: Any = None, **about: Any
) -> None:
    """Add an event of somebody who works for ``organisation``."""
    note(
        action,
        company=company,
        actor=request.user,
        actor_as=organisation.kind,
        organisation=organisation,
        **about,
    )


def note_each(
    request: HttpRequest, organisation: Any, action: str, companies: Iterable[UUID]
) -> None:
    """Add one event to the log of each of ``companies``."""
    _known(action)
    AuditEvent.objects.across("one event for each of many companies").bulk_create(
        [
            AuditEvent(
                action=action,
                company_id=company,
                actor=request.user,
                actor_as=organisation.kind,
                organisation=organisation,
            )
            for company in companies
        ],
        batch_size=1000,
    )


def note(
    action: str,
    *,
    company: Any,
    actor: Any,
    actor_as: str,
    organisation: Any = None,
    **about: Any,
) -> None:
    """Add one event; ``about`` holds plain values for its sentence. Raises UnknownAction.

    company: None for what concerns no company, e.g. an organisation's own list.
    """
    _known(action)
    of = AuditEvent.objects.of(company) if company else AuditEvent.objects.across(_WHY)
    if action.endswith(".seen"):
        recently = of.filter(
            action=action,
            company=company,
            actor=actor,
            organisation=organisation,
            about=about,
            at__gt=timezone.now() - SEEN_AGAIN,
        )
        if recently.exists():
            return
    of.create(
        action=action,
        company=company,
        actor=actor,
        actor_as=actor_as,
        organisation=organisation,
        about=about,
    )


def _known(action: str) -> None:
    if f"event.{action}" not in texts():
        raise UnknownAction(action)
