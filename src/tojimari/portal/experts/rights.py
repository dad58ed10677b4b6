"""The rights over visits of experts, and what a visit lets an expert see."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from tojimari.portal.companies.rights import BASICS_READ, FINDINGS_READ
from tojimari.portal.core.permissions import Actor, Right, Source, right, rights_come_from
from tojimari.portal.core.rights import OWNER, STAFF
from tojimari.portal.devices.rights import DEVICES_READ
from tojimari.portal.experts.models import REPORTS_WITHIN, WAITS_FOR, Expert, ExpertVisit
from tojimari.portal.incidents.rights import INCIDENTS_READ
from tojimari.portal.supporters.models import Grant, Helper, Organisation

VISITS_READ = right("visits:read", roles=(OWNER, STAFF))
"""See who could come, the visits, and what they found."""
VISITS_MANAGE = right("visits:manage", roles=(OWNER,))
"""Ask for an expert, say yes or no, decide what they see, say that the report is right."""
VISITS_ARRANGE = right("visits:arrange", granted="always")
"""See what the company asked this organisation for, propose an expert, move, call off."""
SHOWN = (FINDINGS_READ, DEVICES_READ, INCIDENTS_READ)
"""What a company may show an expert beside the basics and the next step."""
EXPERT = "expert"
"""The part in which an expert acts in a company."""


def gone_by() -> Q:
    """Return which visits are over by themselves: nothing came in time.

    No report ``REPORTS_WITHIN`` after the appointment; no word of the company on a report, or of
    the expert on what is not right in it, that long after it was written; no appointment
    ``WAITS_FOR`` after the last step.
    """
    now = timezone.now()
    reported = Q(state=ExpertVisit.REPORTED, report__written_at__lt=now - REPORTS_WITHIN)
    to_change = Q(report__isnull=False, changed_at__lt=now - REPORTS_WITHIN)
    silent = Q(report__isnull=True) | to_change
    appointed = (ExpertVisit.ACCEPTED, ExpertVisit.AGREED)
    looking = (ExpertVisit.ASKED, ExpertVisit.PROPOSED)
    return (
        reported
        | (Q(state__in=appointed, at__lt=now - REPORTS_WITHIN) & silent)
        | Q(state__in=looking, changed_at__lt=now - WAITS_FOR)
    )


def looked_after() -> Exists:
    """Return whether the company of a visit still lets its organisation look."""
    return Exists(
        Grant.objects.across("whether a visit's organisation may still look").filter(
            company=OuterRef("company"), organisation=OuterRef("organisation"), withdrawn_at=None
        )
    )


def still_expert(prefix: str = "expert__") -> Q:
    """Return which rows name an expert who still is one: the organisation is open, and whoever is
    of its own people still works for it.
    """
    works = Helper.objects.filter(
        user=OuterRef(f"{prefix}user"), organisation=OuterRef(f"{prefix}organisation")
    )
    return Q(
        **{
            f"{prefix}organisation__approved_at__isnull": False,
            f"{prefix}organisation__kind": Organisation.SUPPORTER,
        }
    ) & (Q(**{f"{prefix}outside": True}) | Exists(works))


def experts_of(user: object) -> QuerySet[Expert]:
    """Return the profiles of a person that are good."""
    return Expert.objects.filter(still_expert(""), user=user).select_related("organisation")


def _rows(actor: Actor, wanted: Right | None) -> QuerySet | None:
    if actor.expert is None:
        return None
    rows = ExpertVisit.objects.across("what companies let an expert see").filter(
        still_expert(),
        looked_after(),
        expert=actor.expert,
        expert__user=actor.user,
        state__in=(ExpertVisit.AGREED, ExpertVisit.REPORTED),
        sees_until__gt=timezone.now(),
    )
    rows = rows.order_by("agreed_at", "pk")
    if wanted is None or wanted.name == BASICS_READ:
        return rows
    return rows.filter(scopes__has=wanted.name) if wanted.name in SHOWN else rows.none()


def _gives(row: ExpertVisit, wanted: Right) -> bool:
    return wanted.name == BASICS_READ or (wanted.name in SHOWN and wanted.name in row.scopes)


def _role(row: ExpertVisit) -> str:
    return EXPERT


rights_come_from(Source("visit", _rows, _gives, _role))
