"""What has to be so before a mail of a drill may go: asked when it is started and before mails go."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from tojimari.drills.schedule import REST_DAYS, may_send
from tojimari.portal.companies.models import Company
from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.core.rights import COMPANY_MANAGE
from tojimari.portal.drills.models import Drill, DrillConsent
from tojimari.portal.incidents.models import Incident
from tojimari.portal.outside.ownership import proven_domains
from tojimari.portal.words import say

PROOF_WITHIN = timedelta(days=90)
"""A proof of a domain that was last seen longer ago is asked for anew."""
DRILLS_A_MONTH = 4
"""Drills that a company may start within thirty days."""


def domains_of(company: Company) -> frozenset[str]:
    """Return the domains to which a company's drills may go."""
    return proven_domains(company, within=PROOF_WITHIN)


def may_be_sent_to(address: str, domains: Iterable[str]) -> bool:
    """Return whether a mail of a drill may go to ``address``: its very domain was proven."""
    local, _, domain = address.strip().lower().rpartition("@")
    return bool(local) and address.isascii() and domain in domains


def had_incident(company: Company) -> bool:
    """Return whether an incident is open, or was closed less than ``REST_DAYS`` ago."""
    rows = Incident.objects.of(company).values_list("known_at", "closed_at", "state")
    incidents = [
        (
            timezone.localdate(known),
            timezone.localdate(closed) if closed and state == Incident.CLOSED else None,
        )
        for known, closed, state in rows
    ]
    return not may_send(timezone.localdate(), incidents)


def missing(company: Company) -> list[str]:
    """Return what a company lacks for any drill, as names; see ``sentence``."""
    found = []
    if settings.LOCAL or not settings.MAIL_CONFIGURED:
        found.append("no_server")
    if not settings.OPERATOR_CONTACT:
        found.append("no_contact")
    if not domains_of(company):
        found.append("no_domain")
    if DrillConsent.standing(company) is None:
        found.append("no_consent")
    if had_incident(company):
        found.append("incident")
    return found


def why_not(drill: Drill) -> str:
    """Return why a running drill may send nothing right now, as a name; "" where it may.

    Its consent has to be the one it was started under, and to stand.
    """
    found = missing(drill.company)
    if found:
        return found[0]
    standing = DrillConsent.standing(drill.company)
    if standing is None or standing.pk != drill.consent_id:
        return "no_consent"
    starter = drill.started_by
    if starter is None or not may(Actor(user=starter), COMPANY_MANAGE, drill.company):
        return "no_owner"
    return ""


def sentence(name: str) -> str:
    """Return what is missing as a sentence of the reader's language."""
    return say(f"drillmissing.{name}", days=REST_DAYS)


def steps(company: Company, recipients: int) -> list[dict[str, Any]]:
    """Return what is missing with where it is put right; ``recipients`` could get a mail."""
    pages = {
        "no_domain": "outside:sites",
        "no_consent": "drills:consent",
        "nobody": "companies:employees",
    }
    names = missing(company)
    if not recipients and "no_domain" not in names:
        names.append("nobody")
    return [
        {"name": name, "sentence": sentence(name), "page": pages.get(name, "")} for name in names
    ]
