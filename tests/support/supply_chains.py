"""Suppliers on the portal: what their pages are sent, and those that are counted without a name."""

from tojimari.portal.chains.models import ChainMember
from tojimari.portal.companies.models import Company, ControlState
from tojimari.portal.companies.rights import CHAIN_READ
from tojimari.portal.supporters.models import Grant

HIDDEN = "かくれ鋳造"


def grant(world, company=None, organisation=None, scopes=(CHAIN_READ,)):
    rows = Grant.objects.across("test")
    found, _ = rows.update_or_create(
        company=company or world.company,
        organisation=organisation or world.bank,
        withdrawn_at=None,
        defaults={"scopes": scopes},
    )
    return found


def own(world, path="", who="owner", **sent):
    address = f"/c/{world.company.pk}/chain/{path}"
    client = world.client(who)
    return client.post(address, sent) if path else client.get(address)


def looked(world, who="buyer", organisation=None, **query):
    return world.client(who).get(f"/s/{(organisation or world.bank).pk}/chain/", query)


def states(company, state, *controls):
    for control in controls or ("supported-os", "os-updates-pc", "backup-exists"):
        ControlState.objects.of(company).update_or_create(
            company=company, control=control, defaults={"state": state}
        )


def hidden_suppliers(world, n):
    """Name suppliers that agreed to be counted; returns their companies."""
    made = []
    for place in range(n):
        company = Company.objects.create(name=f"{HIDDEN}{place}")
        member = ChainMember.objects.of(company).create(company=company)
        states(company, "not_met")
        assert (
            own(world, "add/", name=f"{HIDDEN}{place}", percent="10", code=member.code).status_code
            == 302
        )
        made.append(company)
    return made
