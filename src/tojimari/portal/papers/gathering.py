"""What is known of a company, gathered for its papers."""

from datetime import date

from django.utils import timezone

from tojimari.diagnose import Diagnosis
from tojimari.model import Lang, Subject, seen_from_outside
from tojimari.model.facts import DeviceOs
from tojimari.papers import Contact, Device, Known, Person, kept_papers
from tojimari.portal.companies.assessments import result_of
from tojimari.portal.companies.models import Company
from tojimari.portal.core.models import Employee
from tojimari.portal.incidents.contacts import contacts_of
from tojimari.portal.words import catalog
from tojimari.report.sheet import kind_title


def known_of(company: Company, lang: Lang, result: Diagnosis | None = None) -> Known:
    """Return everything that papers of a company may be made of.

    result: its diagnosis of now, where somebody has it already.
    """
    made = result or result_of(company)
    today = timezone.localdate()
    return Known(
        company=company.name,
        assessment=made.assessment,
        today=today,
        people=tuple(Person(one.name) for one in people_of(company)),
        contacts=_contacts(company, lang),
        devices=_devices(made),
        outside=tuple(
            (one.declaration.name.say(lang), one.id)
            for one in sorted(seen_from_outside(made.observations))
        ),
        due=tuple((one.control, one.due_on) for one in made.calendar),
        kept=kept_papers(made.observations, today),
    )


def papers_in_force(company: Company, day: date) -> dict[str, date]:
    """Return id of a paper -> last day on which it counts, of every paper a company has."""
    from tojimari.model.facts import PaperMade
    from tojimari.papers import in_force
    from tojimari.portal.companies.observations import current

    return in_force(current(company, PaperMade.KIND), day)


def people_of(company: Company) -> list[Employee]:
    """Return who works there now."""
    return list(Employee.objects.of(company).filter(left_at=None).order_by("name")[:300])


def _contacts(company: Company, lang: Lang) -> tuple[Contact, ...]:
    return tuple(
        Contact(
            one.kind,
            kind_title(one.kind, catalog()).say(lang),
            one.name,
            " ".join(part for part in (one.phone, one.mail) if part),
        )
        for one in contacts_of(company)
    )


def _devices(result: Diagnosis) -> tuple[Device, ...]:
    """Return the computers that are still there: what each is called, its system, when it was seen."""
    newest: dict[str, tuple[str, str]] = {}
    for one in sorted(result.observations, key=lambda o: o.last_confirmed_at):
        if isinstance(one.fact, DeviceOs) and one.subject == Subject("device", one.subject.id):
            seen = timezone.localtime(one.last_confirmed_at).date().isoformat()
            newest[one.subject.id] = one.fact.name, seen
    return tuple(
        Device(name, *newest[id_]) for id_, name in result.device_names.items() if id_ in newest
    )
