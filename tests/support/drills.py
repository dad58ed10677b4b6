"""Drills as an owner makes them: a proven domain, people, a consent, a plan, the start."""

import html
from datetime import timedelta
from typing import Any, get_args

from django.utils import timezone

from tests.support.drill_mails import CONTACT, DOMAIN
from tojimari.portal.core.models import Employee
from tojimari.portal.drills.models import Drill, DrillMail
from tojimari.portal.outside.models import Site

IN_DOMAIN = "in.tojimari.example"


def text_of(response: Any) -> str:
    """Return a page as it is read."""
    return html.unescape(response.content.decode())


def operated(settings: Any) -> None:
    """Let the portal have a contact, and take mail in."""
    settings.LOCAL = False
    settings.OPERATOR_NAME, settings.OPERATOR_CONTACT = "町の会議所", CONTACT
    settings.MAIL_IN_DOMAIN = IN_DOMAIN
    settings.PUBLIC_URL = "http://portal.tojimari.example"


def prove(company: Any, domain: str = DOMAIN, **more: Any) -> Site:
    """Let the company's domain be proven by a line in its DNS, just now."""
    values = {"proven_by": Site.DNS, "proven_at": timezone.now(), **more}
    return Site.objects.of(company).create(
        company=company, name=domain, mail_domain=domain, **values
    )


def people(company: Any, number: int, domain: str = DOMAIN) -> list[Employee]:
    """Let people with addresses work there."""
    return Employee.objects.of(company).bulk_create(
        Employee(company=company, name=f"社員{at}", email=f"p{at}@{domain}") for at in range(number)
    )


def consents(world: Any, **more: str) -> Any:
    """Send the consent as the owner's page would."""
    sent = {"agree": "yes", "names": "nobody", "keep_days": "90", **more}
    return world.client("owner").post(f"/c/{world.company.pk}/drills/consent/", sent)


def plans(world: Any, **more: Any) -> Drill:
    """Send a plan as the owner's page would."""
    sent = {
        "title": "秋の訓練",
        "level": "easy",
        "lang": "ja",
        "starts_on": timezone.localdate().isoformat(),
        "days": "1",
        "everybody": "all",
        "templates": ["parcel-easy"],
        **more,
    }
    answer = world.client("owner").post(f"/c/{world.company.pk}/drills/new/", sent)
    assert answer.status_code == 302, text_of(answer)
    return Drill.objects.of(world.company).latest("made_at")


def starts(world: Any, drill: Drill) -> Any:
    """Press the button that starts it."""
    return world.client("owner").post(f"/c/{world.company.pk}/drills/{drill.pk}/")


def ready(world: Any, number: int = 3, **more: str) -> None:
    """Let a company have all that a drill needs."""
    prove(world.company)
    people(world.company, number)
    answer = consents(world, **more)
    assert answer.status_code == 302, text_of(answer)


def running(
    world: Any, number: int = 3, consent: dict[str, str] | None = None, **more: Any
) -> Drill:
    """Return a drill that was started, its mails all due now."""
    ready(world, number, **(consent or {}))
    drill = plans(world, **more)
    assert starts(world, drill).status_code == 302
    due_now(drill)
    return Drill.objects.of(world.company).get(pk=drill.pk)


def due_now(drill: Drill) -> None:
    """Let the time of every mail of a drill have come."""
    DrillMail.objects.of(drill.company_id).filter(drill=drill).update(
        send_at=timezone.now() - timedelta(minutes=1)
    )


def drill_keys() -> set[str]:
    """Return the keys of texts that pages of drills put together from parts."""
    from tojimari.catalog.drill_template import CuePlace
    from tojimari.catalog.phish_scale import APPLIES, LEVELS
    from tojimari.drills.comparison import Code
    from tojimari.drills.gophish.templates import LostKind
    from tojimari.drills.results import Hidden
    from tojimari.drills.trial import State
    from tojimari.portal.drills.consents import POINTS
    from tojimari.portal.drills.forms import PREMISES
    from tojimari.portal.drills.outcomes import Secret
    from tojimari.portal.drills.result_pages import MEASURES

    wrong = ("local_part", "imitates", "foreign_address", "no_link", "link_too_many", "no_file")
    lacks = ("no_server", "no_contact", "no_domain", "no_consent", "incident", "no_owner")
    refused = ("running", "too_many", "nobody", "no_template", "began", "restored")
    states = (Drill.PLANNED, Drill.RUNNING, Drill.STOPPED, Drill.OVER)
    lost = {one for part in get_args(LostKind) for one in (get_args(part) or (part,))}
    return {
        *(f"drillapplies.{one}" for one in APPLIES),
        *(f"drillcompare.{one}" for one in get_args(Code)),
        *(f"drillconsent.{one}" for one in POINTS),
        *(f"drillhidden.{one}" for one in get_args(Hidden) if one),
        *(f"drilllevel.{one}_about" for one in LEVELS),
        *(f"drilllost.{one}" for one in lost),
        *(f"drillmeasure.{one}" for one in MEASURES),
        *(f"drillmissing.{one}" for one in (*lacks, *refused)),
        *(f"drillnext.{one}" for one in ("lesson", "nobody")),
        *(f"drillroundnext.{one}" for one in ("begin", "wait")),
        *(f"drillout.{one}" for one in ("no_address", "domain", "objects", "doubled")),
        *(f"drillplace.{one}" for one in get_args(CuePlace)),
        *(f"drillpremise.{one}" for one in PREMISES),
        *(f"drillsecret.{one}" for one in get_args(Secret) if one),
        *(f"drillstate.{one}" for one in states),
        *(f"drilltemplate.{one}" for one in wrong),
        *(f"drilltrial.{one}" for one in get_args(State)),
        *(
            f"{kind}.{part}"
            for kind in ("drillthanks", "drillnotours")
            for part in ("subject", "text")
        ),
    }
