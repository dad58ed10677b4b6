"""Writes the audit log."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.people.models import AuditEvent, User
from tojimari.portal.supporters.models import Organisation

SEEN_AGAIN = timedelta(hours=1)
"""The same person opening the same page within this time is one event."""


def note_by(request: HttpRequest, action: str, company: Company, **about: Any) -> None:
    """Add an event of the person who opened a company's page, in the role they have there."""
    note(action, company=company, actor=request.user, actor_as=request.membership.role, **about)


def note_as(
    request: HttpRequest,
    organisation: Organisation,
    action: str,
    company: Company | None = None,
    **about: Any,
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
    request: HttpRequest, organisation: Organisation, action: str, companies: Iterable[UUID]
) -> None:
    """Add one event to the log of each of ``companies``."""
    AuditEvent.objects.bulk_create(
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
    company: Company | None,
    actor: User | None,
    actor_as: str,
    organisation: Organisation | None = None,
    **about: Any,
) -> None:
    """Add one event; ``about`` holds plain values for its sentence."""
    if action.endswith(".seen"):
        recently = AuditEvent.objects.filter(
            action=action,
            company=company,
            actor=actor,
            organisation=organisation,
            about=about,
            at__gt=timezone.now() - SEEN_AGAIN,
        )
        if recently.exists():
            return
    AuditEvent.objects.create(
        action=action,
        company=company,
        actor=actor,
        actor_as=actor_as,
        organisation=organisation,
        about=about,
    )
