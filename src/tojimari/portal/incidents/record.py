"""What an incident is: its playbook and answers, what runs from it, and who may see it."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest

from tojimari.catalog.playbook import Playbook
from tojimari.model import DONT_KNOW, Answers, Given
from tojimari.portal.companies.models import Company
from tojimari.portal.core.permissions import Actor, may
from tojimari.portal.core.rights import COMPANY_MANAGE
from tojimari.portal.incidents.models import (
    EmergencyContact,
    Incident,
    IncidentTask,
)
from tojimari.portal.words import catalog
from tojimari.respond import Clock, clocks

DUTY = "duty-"
"""Before the id of a duty, where it stands in place of a task."""


def playbook_of(incident: Incident) -> Playbook:
    """Return the playbook of an incident."""
    return catalog().incidents.playbooks[incident.kind]


def answers_of(incident: Incident) -> dict[str, Given]:
    """Return the answers as the rules take them."""
    return {
        id_: tuple(given) if isinstance(given, list) else given
        for id_, given in incident.answers.items()
    }


def with_contacts(incident: Incident, answers: Answers) -> dict[str, Given]:
    """Return answers with what the company's contacts say where nobody knew: that it has an insurer,
    and a contract that names hours.
    """
    found: dict[str, Given] = dict(answers)
    rows = EmergencyContact.objects.of(incident.company_id)
    for question, own in (
        ("contract_says", rows.filter(kind="partners", within_hours__isnull=False)),
        ("insured", rows.filter(kind="insurer")),
    ):
        if found.get(question, DONT_KNOW) == DONT_KNOW and own.exists():
            found[question] = "yes"
    return found


def clocks_of(incident: Incident) -> tuple[Clock, ...]:
    """Return the clock of every duty for an incident."""
    answers = with_contacts(incident, answers_of(incident))
    return clocks(playbook_of(incident), answers, incident.known_at, catalog().incidents)


def told_duties(incident: Incident) -> set[str]:
    """Return the ids of the duties somebody was told by."""
    rows = IncidentTask.objects.of(incident.company_id).filter(
        incident=incident, task__startswith=DUTY, done_at__isnull=False
    )
    return {row.task.removeprefix(DUTY) for row in rows}


def hidden_kinds(actor: Actor, company: Company) -> set[str]:
    """Return the kinds of incidents that an actor does not see in a company."""
    if may(actor, COMPANY_MANAGE, company):
        return set()
    return owners_kinds()


def owners_kinds() -> set[str]:
    """Return the kinds of incidents that nobody but a company's owners sees."""
    return {one.id for one in catalog().incidents.playbooks.values() if one.owners_only}


def seen_by(actor: Actor, company: Company) -> Any:
    """Return the incidents of a company that an actor may see, the open ones first."""
    return (
        Incident.objects.of(company)
        .exclude(kind__in=hidden_kinds(actor, company))
        .order_by("-state", "-known_at")
    )


def incident_or_404(request: HttpRequest, company: Company, incident_id: uuid.UUID) -> Incident:
    """Return an incident that whoever asks may see. Raises Http404."""
    found: Incident | None = (
        seen_by(request.actor, company)
        .filter(pk=incident_id)
        .select_related("company", "opened_by")
        .first()
    )
    if found is None:
        raise Http404
    return found
