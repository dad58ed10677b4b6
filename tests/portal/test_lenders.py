"""Lenders on the portal: only who agreed is judged, a person decides, nobody else sees it."""

import msgspec
import pytest
from django.utils import timezone

from tests.support.lenders import OWN, SAMPLE, agree, borrower, page, send, switched_on, take
from tojimari.portal.core.models import AuditEvent, Notice
from tojimari.portal.lenders import lender_pages
from tojimari.portal.lenders.models import BorrowerStanding, Decision, PolicyVersion
from tojimari.portal.lenders.notices import LOAN_DECIDED
from tojimari.portal.lenders.periodic import take_over_borrowers
from tojimari.portal.lenders.portfolio import borrowers_of, fairness_of
from tojimari.portal.supporters.models import Grant, Helper, Organisation
from tojimari.portal.words import catalog, say

pytestmark = pytest.mark.django_db


def test_a_policy_is_tried_then_switched_on_and_its_next_version_takes_over(world):
    borrower(world, "進んだ会社", met=True)
    assert take(world).status_code == 302
    first = PolicyVersion.objects.get(organisation=world.bank)
    assert not first.is_on
    shown = page(world, f"policy/{first.pk}/")
    assert {level["title"]: level["n"] for level in shown.context["levels"]}[
        first.policy.levels[1].title.ja
    ] == 1
    send(world, f"policy/{first.pk}/switch/", on="yes")
    second = switched_on(world)
    first.refresh_from_db()
    assert (first.version, second.version) == (1, 2)
    assert second.is_on
    assert first.switched_off_at is not None
    send(world, f"policy/{second.pk}/switch/")
    second.refresh_from_db()
    assert not second.is_on
    actions = set(AuditEvent.objects.across("test").values_list("action", flat=True))
    assert {"policy.taken", "policy.switched_on", "policy.switched_off"} <= actions


def test_a_mistake_keeps_nothing_and_a_sample_is_never_on(world):
    answer = take(world, OWN.replace("valid_from", "refuse"))
    assert answer.status_code == 400
    assert not PolicyVersion.objects.exists()
    assert take(world, "[" * 50).status_code == 400
    take(world, SAMPLE)
    row = PolicyVersion.objects.get()
    answer = send(world, f"policy/{row.pk}/switch/", on="yes")
    assert answer.status_code == 400
    row.refresh_from_db()
    assert not row.is_on


def test_only_who_agreed_is_seen_and_nobody_after_the_end(world):
    switched_on(world)
    assert world.company.name not in page(world).content.decode()
    assert page(world, f"{world.company.pk}/").status_code == 404
    given = agree(world)
    assert world.company.name in page(world).content.decode()
    assert BorrowerStanding.objects.of(world.company).exists()
    assert page(world, f"{world.company.pk}/").status_code == 200
    Grant.objects.across("test").filter(pk=given.pk).update(withdrawn_at=timezone.now())
    assert world.company.name not in page(world).content.decode()
    for path in ("", "letter.pdf"):
        assert page(world, f"{world.company.pk}/{path}").status_code == 404
    assert send(world, f"{world.company.pk}/decide/", level="everybody").status_code == 404
    take_over_borrowers.call()
    assert not BorrowerStanding.objects.of(world.company).exists(), "forgotten"


def test_strangers_supporters_and_other_lenders_see_nothing(world):
    row = switched_on(world)
    agree(world)
    paths = ("", "fairness/", f"policy/{row.pk}/", f"{world.company.pk}/")
    for who in ("stranger", "supporter", "owner", "operator"):
        assert [page(world, path, who).status_code for path in paths] == [404] * 4
    assert page(world, "", "supporter", world.chamber).status_code == 404
    other = Organisation.objects.create(name="別の銀行", kind="buyer", approved_at=timezone.now())
    Helper.objects.create(user=world.stranger, organisation=other)
    assert page(world, "", "stranger", other).status_code == 200
    for path in paths[2:]:
        assert page(world, path, "stranger", other).status_code == 404


def test_a_person_decides_with_a_reason_and_the_company_is_told(world):
    switched_on(world)
    agree(world)
    address = f"{world.company.pk}/decide/"
    assert send(world, address, level="measured").status_code == 400, "another level, no reason"
    assert send(world, address, level="no-such-level", reason="x").status_code == 400
    assert not Decision.objects.of(world.company).exists()
    assert send(world, address, level="measured", reason="現地で確かめた").status_code == 302
    row = Decision.objects.of(world.company).get()
    assert (row.judged, row.decided, row.by) == ("everybody", "measured", world.buyer)
    assert Notice.objects.of(world.company).filter(kind=LOAN_DECIDED).exists()
    assert AuditEvent.objects.of(world.company).filter(action="loan.decided").exists()
    own = world.client("owner").get(f"/c/{world.company.pk}/loans/").content.decode()
    assert "現地で確かめた" in own
    assert row.policy.policy.levels[0].title.ja in own


def test_the_letter_names_one_step_in_both_languages(world):
    row = switched_on(world)
    agree(world)
    for lang in ("ja", "en"):
        client = world.client("owner")
        client.cookies["django_language"] = lang
        page_ = client.get(f"/c/{world.company.pk}/loans/").content.decode()
        assert say("lenders.own_step", lang, level=row.policy.levels[1].title.say(lang)) in page_
        made = client.get(f"/c/{world.company.pk}/loans/{world.bank.pk}/letter.pdf")
        assert made["Content-Type"] == "application/pdf"
        assert made.content.startswith(b"%PDF")
    letter = page(world, f"{world.company.pk}/letter.pdf")
    assert letter.content.startswith(b"%PDF")
    assert AuditEvent.objects.of(world.company).filter(action="loan.letter").exists()
    assert (
        world.client("stranger")
        .get(f"/c/{world.company.pk}/loans/{world.bank.pk}/letter.pdf")
        .status_code
        == 404
    )


def test_fairness_keeps_small_groups_back(world):
    row = switched_on(world)
    for place in range(6):
        borrower(world, f"大{place}", size="large", met=True)
        borrower(world, f"小{place}", size="small")
    borrower(world, "ひとり", size="one")
    groups = {one.name: one for one in fairness_of(borrowers_of(world.bank), row.policy)["size"]}
    assert groups["one"].n is None
    assert [name for name, one in groups.items() if one.n is None] != ["one"], "never one alone"
    shown = page(world, "fairness/")
    assert shown.status_code == 200
    assert say("lenders.kept_back", "ja") in shown.content.decode()


def test_a_portfolio_asks_no_more_where_it_is_longer(world, django_assert_max_num_queries):
    switched_on(world)
    for place in range(30):
        borrower(world, f"会社{place}", met=place % 2 == 0)
    with django_assert_max_num_queries(40):
        assert page(world).status_code == 200


def test_versions_read_back_as_the_policy(world):
    row = switched_on(world)
    assert msgspec.structs.replace(row.policy, sample=True) == catalog().policies["support-loan"]


def test_letters_are_printed_so_many_a_minute(world, monkeypatch):
    switched_on(world)
    agree(world)
    monkeypatch.setattr(lender_pages, "LETTERS_A_MINUTE", 0)
    for answer in (
        page(world, f"{world.company.pk}/letter.pdf"),
        world.client("owner").get(f"/c/{world.company.pk}/loans/{world.bank.pk}/letter.pdf"),
    ):
        assert answer.status_code == 429


def test_the_sample_can_be_taken_tried_and_not_used(world):
    sample = page(world, "sample.yaml").content.decode()
    assert 'href="' + f'/s/{world.bank.pk}/loans/sample.yaml"' in page(world).content.decode()
    assert take(world, sample).status_code == 302
    row = PolicyVersion.objects.get(organisation=world.bank)
    send(world, f"policy/{row.pk}/switch/", on="yes")
    row.refresh_from_db()
    assert not row.is_on
