"""The chain behind one buyer, made of what companies allow it, with undisclosed firms unnamed.

A company that granted the buyer its chain is a firm with its own states. A supplier it names is
undisclosed, unless it disclosed the name to this very buyer. An undisclosed supplier's own states
count only where that supplier agreed to be counted (its code was typed); a disclosed one that did
not grant this buyer anything is a name without states. The same company may stand there twice, as
itself and as somebody's undisclosed supplier: joining the two would tell who supplies whom.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from tojimari.chain.network import Firm, Link, Network, checked
from tojimari.portal.chains.models import ChainMember, Disclosure, Purchase, SupplyLink
from tojimari.portal.companies.models import Company, ControlState
from tojimari.portal.companies.rights import CHAIN_READ
from tojimari.portal.core.permissions import Actor, companies_where
from tojimari.portal.supporters.models import Grant, Organisation
from tojimari.portal.words import catalog
from tojimari.report.chain import model_of

BUYER = "buyer"
_OWN, _UNDISCLOSED, _NAMED, _UNKNOWN = "c:", "h:", "n:", "x:"
"""What ids begin with: a company that granted; one that is counted unnamed; a name; nothing known."""
_WHY = "the chain behind a buyer, of what companies allow it"


def company_key(company: UUID) -> str:
    """Return the id of a company that granted, as the buyer's page names it."""
    return f"{_OWN}{company}"


def granted(organisation: Organisation) -> list[Company]:
    """Return the companies that let a buyer see their chain now."""
    ids = companies_where(Actor(organisation=organisation), CHAIN_READ)
    return list(Company.objects.filter(pk__in=ids).order_by("name", "pk"))


def network_behind(organisation: Organisation, companies: Iterable[Company]) -> Network:
    """Return the network behind a buyer; the buyer itself is the firm ``BUYER``.

    companies: those that grant it, as ``granted`` gives them.
    """
    own = {one.pk: one for one in companies}
    firms = {BUYER: Firm(BUYER, organisation.name)}
    links = _purchases(organisation, own)
    named = _links_of(own)
    told = _told(organisation, own)
    counted = _counted(named)
    unnamed: set[UUID] = set()
    for row in named:
        firm = _firm(row, row.pk in told, own, counted)
        firms.setdefault(firm.id, firm)
        links.append(_link(row, firm.id, company_key(row.company_id)))
        if firm.id.startswith(_UNDISCLOSED):
            unnamed.add(row.partner_id)
    third = _links_of(unnamed)
    counted |= _counted(third)
    for row in third:
        firm = _firm(row, False, {}, counted)
        firms.setdefault(firm.id, firm)
        links.append(_link(row, firm.id, f"{_UNDISCLOSED}{row.company_id}"))
    states = _states({*own, *unnamed, *(row.partner_id for row in third if row.partner_id)})
    for id_, company in own.items():
        firms[company_key(id_)] = Firm(company_key(id_), str(company), states=states.get(id_, {}))
    for key in [key for key in firms if key.startswith(_UNDISCLOSED)]:
        known = states.get(UUID(key.removeprefix(_UNDISCLOSED)), {})
        firms[key] = Firm(key, hidden=True, states=known)
    return checked(list(firms.values()), links)


def _told(organisation: Organisation, own: dict[UUID, Company]) -> set[int]:
    """Return the links whose names a buyer is told; a grant given anew tells none from before."""
    grants = Grant.objects.across(_WHY).filter(
        organisation=organisation, company__in=own, withdrawn_at=None
    )
    since = dict(grants.values_list("company", "given_at"))
    rows = Disclosure.objects.across(_WHY).filter(organisation=organisation, company__in=own)
    return {row.link_id for row in rows if row.made_at >= since[row.company_id]}


def _purchases(organisation: Organisation, own: dict[UUID, Company]) -> list[Link]:
    said = {
        row.company_id: row
        for row in Purchase.objects.across(_WHY).filter(organisation=organisation, company__in=own)
    }
    return [
        Link(
            company_key(id_),
            BUYER,
            said[id_].percent / 100 if id_ in said and said[id_].percent else None,
            said[id_].replace if id_ in said else "unknown",
        )
        for id_ in own
    ]


def _links_of(companies: Iterable[UUID]) -> list[SupplyLink]:
    rows = SupplyLink.objects.across(_WHY).filter(company__in=list(companies))
    return list(rows.order_by("pk"))


def _counted(rows: list[SupplyLink]) -> set[UUID]:
    """Return the suppliers among ``rows`` that agree to be counted now."""
    ids = {row.partner_id for row in rows if row.partner_id}
    members = ChainMember.objects.across(_WHY).filter(company__in=ids)
    return set(members.values_list("company", flat=True))


def _firm(row: SupplyLink, told: bool, own: dict[UUID, Company], counted: set[UUID]) -> Firm:
    if told and row.partner_id in own:
        return Firm(company_key(row.partner_id))
    if told:
        return Firm(f"{_NAMED}{row.pk}", row.name)
    if row.partner_id in counted:
        return Firm(f"{_UNDISCLOSED}{row.partner_id}", hidden=True)
    return Firm(f"{_UNKNOWN}{row.pk}", hidden=True)


def _link(row: SupplyLink, supplier: str, buyer: str) -> Link:
    replace: Any = row.replace
    return Link(supplier, buyer, row.percent / 100 if row.percent else None, replace)


def _states(companies: set[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return the states of the controls that count, as the newest assessments say."""
    found: dict[UUID, dict[str, Any]] = {}
    rows = ControlState.objects.across(_WHY).filter(
        company__in=companies, control__in=list(model_of(catalog()).weights)
    )
    for company, control, state in rows.values_list("company", "control", "state"):
        found.setdefault(company, {})[control] = state
    return found
