"""What the people of a company are told about its incidents."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone

from tojimari.model import Lang
from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import end, notice, tell
from tojimari.portal.core.rights import COMPANY_MANAGE
from tojimari.portal.incidents.models import Incident, IncidentHead
from tojimari.portal.incidents.rights import INCIDENTS_READ
from tojimari.portal.words import catalog


def _page(found: Notice) -> str:
    return reverse("incidents:incident", args=[found.company_id, found.about.partition(" ")[0]])


def _words(found: Notice, lang: Lang) -> Mapping[str, str]:
    """Values: kind; duty and day, of one that is due."""
    known = catalog().incidents
    playbook = known.playbooks.get(str(found.values.get("kind")))
    duty = known.duties.get(str(found.values.get("duty")))
    return {
        "kind": playbook.title.say(lang) if playbook else "",
        "duty": duty.title.say(lang) if duty else "",
        "day": str(found.values.get("day", "")),
    }


def _head_words(found: Notice, lang: Lang) -> Mapping[str, str]:
    """Values: kind, number, digest, when, signer (id of the key)."""
    said = {
        name: str(found.values.get(name, "")) for name in ("number", "digest", "when", "signer")
    }
    return {**_words(found, lang), **said}


def _declared(name: str, to: str, mail: str) -> str:
    return notice(name, to=to, page=_page, words=_words, mail=mail, mail_words=_words, urgent=True)


INCIDENT_OPENED = _declared("incident.opened", INCIDENTS_READ, "mail.incident")
"""An incident was opened. About: its id."""
INCIDENT_OPENED_OWNERS = _declared("incident.opened_owners", COMPANY_MANAGE, "mail.incident")
"""The same, where only owners may see it."""
INCIDENT_DUE = _declared("incident.due", INCIDENTS_READ, "mail.incident_due")
"""A report is due soon. About: the incident's id and the duty's."""
INCIDENT_DUE_OWNERS = _declared("incident.due_owners", COMPANY_MANAGE, "mail.incident_due")
"""The same, where only owners may see it."""

INCIDENT_RECORD = notice(
    "incident.record",
    to=COMPANY_MANAGE,
    page=lambda found: f"{_page(found)}#record",
    words=_head_words,
    mail="mail.incident_record",
    mail_words=_head_words,
)
"""What a record has reached: its digest, for those who keep the mail. About: the incident's id."""

INCIDENT_BROKEN = notice(
    "incident.broken",
    to=COMPANY_MANAGE,
    page=lambda found: f"{_page(found)}#record",
    words=_head_words,
    mail="mail.incident_broken",
    mail_words=_head_words,
    urgent=True,
)
"""The record is not as it was written, from a line on. About: the incident's id."""


def tell_opened(incident: Incident, by: Any) -> None:
    """Tell the company's people that an incident was opened."""
    owners = catalog().incidents.playbooks[incident.kind].owners_only
    kind = INCIDENT_OPENED_OWNERS if owners else INCIDENT_OPENED
    tell(incident.company, kind, str(incident.pk), values={"kind": incident.kind}, by=by)


def tell_due(incident: Incident, duty: str, day: str, *, point: str) -> None:
    """Tell them that a report is due soon, once for each ``point`` in time."""
    owners = catalog().incidents.playbooks[incident.kind].owners_only
    kind = INCIDENT_DUE_OWNERS if owners else INCIDENT_DUE
    values = {"kind": incident.kind, "duty": duty, "day": day}
    tell(incident.company, kind, f"{incident.pk} {duty}", points=[point], values=values)


def tell_head(incident: Incident, head: IncidentHead) -> None:
    """Tell the owners the digest a record has reached; a mail is out of the portal's hands."""
    from tojimari.respond.record.head import kid_of

    values = {
        "kind": incident.kind,
        "number": head.number,
        "digest": head.digest,
        "when": f"{timezone.localtime(head.made_at):%Y-%m-%d %H:%M}",
        "signer": kid_of(head.jws),
    }
    tell(
        incident.company,
        INCIDENT_RECORD,
        str(incident.pk),
        points=[str(head.number)],
        values=values,
    )


def tell_broken(incident: Incident, number: int) -> None:
    """Tell the owners that a record is not as it was written from the line ``number`` on."""
    values = {"kind": incident.kind, "number": number}
    point = [str(number)]
    tell(incident.company, INCIDENT_BROKEN, str(incident.pk), points=point, values=values)


def end_all(incident: Incident) -> None:
    """Put away what was told of an incident that is over."""
    for kind in (INCIDENT_OPENED, INCIDENT_OPENED_OWNERS):
        end(incident.company, kind, str(incident.pk), put_away=True)
    for duty in catalog().incidents.duties:
        for kind in (INCIDENT_DUE, INCIDENT_DUE_OWNERS):
            end(incident.company, kind, f"{incident.pk} {duty}", put_away=True)
