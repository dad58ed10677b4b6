"""The rights of organisations, and where they come from: what a company grants."""

from django.db.models import QuerySet

from tojimari.portal.companies.rights import (
    CHAIN_READ,
    DRILLS_PLAN,
    FORMS_FILL,
    LOAN_JUDGE,
    MONEY_READ,
    PROOFS_REVIEW,
)
from tojimari.portal.core.permissions import Actor, Right, Source, right, rights_come_from, ticks
from tojimari.portal.core.rights import OWNER
from tojimari.portal.devices.rights import DEVICES_ISOLATE, UPDATES_PROPOSE
from tojimari.portal.incidents.rights import INCIDENTS_READ
from tojimari.portal.mailcheck.rights import MAIL_FIGURES, MAIL_WARNED
from tojimari.portal.supporters.models import Grant, Organisation

SHARING_MANAGE = right("sharing:manage", roles=(OWNER,))
"""Decide who may look."""
NOTES_WRITE = right("notes:write", granted="always")
"""Write notes, which the company can read."""
BOXES_LEND = right("boxes:lend", granted="always")
"""Keep which gateway box was lent to the company, and until when."""
REMINDERS_SEND = right("reminders:send", granted="ticked", tick="may_write")
"""Send reminders by mail."""

REPORTS_MONTHLY = right("reports:monthly", granted="ticked", tick="monthly_report")
"""Get a report of what changed, every month."""


def offered(organisation: Organisation) -> list[str]:
    """Return the boxes a company may tick for an organisation: those that it can make use of."""
    used = ticks().items()
    if organisation.kind == Organisation.SUPPORTER:
        return [tick for tick, name in used if name not in (CHAIN_READ, LOAN_JUDGE)]
    not_for_others = (
        REMINDERS_SEND,
        INCIDENTS_READ,
        MAIL_FIGURES,
        MAIL_WARNED,
        MONEY_READ,
        PROOFS_REVIEW,
        DEVICES_ISOLATE,
        UPDATES_PROPOSE,
        FORMS_FILL,
        DRILLS_PLAN,
    )
    return [tick for tick, name in used if name not in not_for_others]


def _rows(actor: Actor, wanted: Right | None) -> QuerySet | None:
    if actor.organisation is None or actor.expert is not None:
        return None
    rows = Grant.objects.across("what companies allow an organisation").filter(
        organisation=actor.organisation,
        organisation__approved_at__isnull=False,
        withdrawn_at=None,
    )
    if actor.user is not None:
        rows = rows.filter(organisation__helpers__user=actor.user)
    rows = rows.order_by("given_at", "pk")
    if wanted is None or wanted.granted == "always":
        return rows
    return rows.filter(scopes__has=wanted.name) if wanted.granted == "ticked" else rows.none()


def _gives(row: Grant, wanted: Right) -> bool:
    return wanted.granted == "always" or (wanted.granted == "ticked" and wanted.name in row.scopes)


def _role(row: Grant) -> str:
    return str(row.organisation.kind)


rights_come_from(Source("grant", _rows, _gives, _role))
