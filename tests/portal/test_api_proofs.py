"""Programs list proofs, chains and borrowers: as much as their people see on the pages, and logged."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from tests.support.lenders import agree, borrower, switched_on
from tests.support.proofs import FRAMEWORK, answer_everything, make_proof
from tests.support.supply_chains import grant, hidden_suppliers, looked, own, states
from tojimari.portal.core.models import AuditEvent
from tojimari.portal.lenders.models import Decision
from tojimari.portal.lenders.portfolio import policy_on
from tojimari.portal.operate.restored import hold_back
from tojimari.portal.people.models import SCOPES, ApiToken

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def file(settings, tmp_path):
    settings.STATEMENT_KEY = tmp_path / "keys" / "statement-key"
    return settings.STATEMENT_KEY


def asked(user, path, scopes=SCOPES):
    _, secret = ApiToken.make(user, "program", list(scopes), 30)
    return Client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {secret}"})


def actions(company):
    return set(AuditEvent.objects.of(company).values_list("action", flat=True))


def test_an_owners_program_lists_proofs_with_links_that_open(world):
    answer_everything(world.company)
    proof = make_proof(world.client("owner"), world.company, number="17")
    path = f"companies/{world.company.pk}/proofs"
    (one,) = asked(world.owner, path).json()
    assert (one["framework"], one["audience"], one["number"]) == (FRAMEWORK, proof.audience, "17")
    assert one["state"] == "good"
    assert one["link"].endswith(reverse("proofs:shown_proof", args=[proof.secret]))
    assert "proof.listed" in actions(world.company)
    for who in (world.staff, world.supporter, world.stranger):
        assert asked(who, path).status_code == 404
    assert asked(world.owner, path, ("fleet:read",)).status_code == 403
    hold_back()
    (one,) = asked(world.owner, path).json()
    assert (one["state"], one["link"]) == ("held", None)


def test_a_buyers_program_reads_the_chain_as_its_page_does(world):
    path = f"organisations/{world.bank.pk}/chain"
    nobody = asked(world.buyer, path).json()
    assert (nobody["at_risk"], nobody["firms"]) == (None, [])
    assert nobody["assumptions"]
    grant(world)
    states(world.company, "not_met")
    hidden_suppliers(world, 5)
    own(world, "add/", name="ひみつの部品屋", percent="10")
    found = asked(world.buyer, path)
    assert "ひみつの部品屋" not in found.content.decode()
    view = looked(world).context["view"]
    told = found.json()
    assert told["undisclosed"] == view["undisclosed"]
    rows = [(one["rank"], one["name"], one["share"]) for one in told["firms"]]
    assert rows == [(row["rank"], row["name"], row["share"]) for row in view["rows"]]
    assert str(world.company.pk) in {one["company"] for one in told["firms"]}
    assert "chain.seen" in actions(world.company)
    for who in (world.owner, world.supporter, world.stranger):
        assert asked(who, path).status_code == 404


def test_a_lenders_program_lists_who_agreed_and_nobody_else(world):
    path = f"organisations/{world.bank.pk}/borrowers"
    switched_on(world)
    assert asked(world.buyer, path).json()["borrowers"] == []
    agree(world)
    borrower(world, "進んだ会社", met=True)
    found = asked(world.buyer, path).json()
    assert (found["total"], found["version"]) == (2, 1)
    levels = {one["name"]: (one["level"], bool(one["missing"])) for one in found["borrowers"]}
    assert levels["進んだ会社"][0] != levels.get(world.company.name, ("", False))[0]
    assert "loan.listed" in actions(world.company)
    Decision.objects.of(world.company).create(
        company=world.company,
        organisation=world.bank,
        policy=policy_on(world.bank),
        judged="a",
        decided="a",
        at=datetime(2026, 3, 1, 20, tzinfo=UTC),  # in Japan it is the next day already
    )
    rows = {one["name"]: one for one in asked(world.buyer, path).json()["borrowers"]}
    assert rows[world.company.name]["decided_on"] == "2026-03-02"
    for who in (world.owner, world.supporter, world.stranger):
        assert asked(who, path).status_code == 404
    hold_back()
    assert asked(world.buyer, path).json()["borrowers"] == []
