"""Names told to buyers, and counting in chains, are held back after an older backup was restored."""

from tojimari.portal.chains.models import ChainMember, Disclosure, SupplyLink
from tojimari.portal.core.holds import Held, holdable
from tojimari.portal.core.models import Hold
from tojimari.portal.supporters.models import Organisation

_WHY = "disclosures are held back after a restore"


def _take_names() -> list[Held]:
    rows = Disclosure.objects.across(_WHY).select_related("link", "organisation")
    found = [
        Held(
            row.company_id,
            f"{row.link_id} {row.organisation_id}",
            {"to": row.organisation.name, "what": row.link.name},
        )
        for row in rows
    ]
    Disclosure.objects.across(_WHY).all().delete()
    return found


def _give_name(hold: Hold) -> None:
    link_id, _, organisation_id = hold.about.partition(" ")
    link = SupplyLink.objects.of(hold.company_id).filter(pk=link_id).first()
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if link is not None and organisation is not None:
        Disclosure.objects.of(hold.company_id).get_or_create(
            company_id=hold.company_id, link=link, organisation=organisation
        )


def _take_members() -> list[Held]:
    rows = ChainMember.objects.across(_WHY)
    found = [Held(row.company_id, str(row.company_id), {"code": row.code}) for row in rows.all()]
    rows.all().delete()
    return found


def _give_member(hold: Hold) -> None:
    ChainMember.objects.of(hold.company_id).get_or_create(
        company_id=hold.company_id, defaults={"code": hold.values["code"]}
    )


DISCLOSURE = holdable("disclosure", take=_take_names, give=_give_name)
CHAIN = holdable("chain", take=_take_members, give=_give_member)
