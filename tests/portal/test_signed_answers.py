"""A company's answer goes with a proof that a worker signs for one buyer and one request."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.support.pressing import run_tasks
from tests.support.proofs import FRAMEWORK, answer_everything, make_proof
from tests.support.requests import asked_supplier, made_request
from tests.support.signed_answers import again, of_buyer, own, send, sent
from tojimari.attest.claims import observations_of
from tojimari.attest.keys import read_jwks
from tojimari.attest.own_list import own_framework
from tojimari.attest.requirements import OWN_LIST
from tojimari.attest.sd_jwt import Expected
from tojimari.attest.statement import check
from tojimari.cli.verify import sentences
from tojimari.portal.companies.assessments import result_of
from tojimari.portal.proofs import signing
from tojimari.portal.proofs.models import ItemReview, Proof, StatusEntry
from tojimari.portal.proofs.signing import claims_of
from tojimari.portal.proofs.statement_keys import NoStatementKey
from tojimari.portal.requests.models import BuyerRequest, Inquiry, InquiryView
from tojimari.portal.words import catalog, say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def file(settings, tmp_path):
    settings.STATEMENT_KEY = tmp_path / "keys" / "statement-key"
    return settings.STATEMENT_KEY


@pytest.fixture
def asked(world):
    answer_everything(world.company)
    return asked_supplier(made_request(world.bank, FRAMEWORK), company=world.company)


def verdict(text, inquiry, *, audience="", nonce=""):
    anyone = Client()
    keys = read_jwks(anyone.get(reverse("proofs:statement_keys")).content)
    listed = anyone.get(reverse("proofs:revoked")).content.decode()
    name = inquiry.request.organisation.name
    expected = Expected(audience or name, nonce or str(inquiry.request_id))
    return check(text, keys, now=int(timezone.now().timestamp()), expected=expected, status=listed)


def headline(state, **words):
    return catalog().ui(f"proof.{state}").say("ja", **words)


def test_a_buyer_reads_and_takes_a_proof_that_is_for_it_and_its_request(world, asked):
    one = sent(world, asked)
    buyer = world.client("buyer")
    page = buyer.get(of_buyer(one)).content.decode()
    assert headline("holds_not_revoked", day=f"{timezone.localdate()}") in page
    taken = buyer.get(of_buyer(one, "sd-jwt")).content.decode()
    found = verdict(taken, one)
    assert found.state == "holds_not_revoked"
    assert found.statement.counts == claims_of(world.company, FRAMEWORK).counts
    assert verdict(taken, one, audience="よその会社").why == "wrong_audience"
    assert verdict(taken, one, nonce="another").why == "replayed"
    assert b"<html" in buyer.get(of_buyer(one, "html")).content
    assert buyer.get(of_buyer(one, "pdf")).status_code == 404
    ways = InquiryView.objects.filter(inquiry=one).values_list("way", flat=True)
    assert sorted(ways) == ["page", "sign"]


def test_pages_never_sign(world, asked, monkeypatch):
    def unreadable():
        raise NoStatementKey("x", "x")

    with monkeypatch.context() as worker_only:
        worker_only.setattr(signing, "signing_key", unreadable)
        assert send(world, asked).status_code == 302
        page = world.client("buyer").get(of_buyer(asked)).content.decode()
        assert say("signed.waiting") in page
        assert world.client("buyer").get(of_buyer(asked, "sd-jwt")).status_code == 404
        assert not again(asked).proof.text
    run_tasks()
    assert again(asked).proof.text


def test_each_sending_has_a_fresh_proof_and_the_one_before_is_revoked(world, asked):
    first = sent(world, asked).proof
    second = sent(world, asked).proof
    assert first.pk != second.pk
    assert first.text != second.text
    assert verdict(first.text, again(asked)).why in ("revoked", "superseded")
    assert verdict(second.text, again(asked)).state == "holds_not_revoked"


def test_two_requests_of_one_buyer_do_not_supersede_each_other(world, asked):
    other = asked_supplier(made_request(world.bank, FRAMEWORK), company=world.company)
    name = world.bank.name
    by_hand = make_proof(world.client("owner"), world.company, audience=name)
    one, two = sent(world, asked), sent(world, other)
    by_hand.refresh_from_db()
    assert [by_hand.state, one.proof.state, two.proof.state] == ["good"] * 3
    assert one.proof.text != two.proof.text
    assert verdict(one.proof.text, two).why == "replayed"


def test_taking_back_ends_both_at_once_and_the_list_says_so(world, asked):
    one = sent(world, asked)
    proof = one.proof
    assert world.client("owner").post(own(one, "company_withdraw"), {"sure": "yes"})
    for address in (of_buyer(one), of_buyer(one, "sd-jwt"), of_buyer(one, "html")):
        assert world.client("buyer").get(address).status_code == 404
    assert StatusEntry.objects.get(number=proof.entry).status == "revoked"
    run_tasks()
    assert verdict(proof.text, one).why == "revoked"


def test_a_proof_taken_back_alone_is_refused_before_a_worker_signs_the_list(world, asked):
    one = sent(world, asked)
    place = [world.company.pk, one.proof_id]
    world.client("owner").post(reverse("proofs:withdraw_proof", args=place))
    page = world.client("buyer").get(of_buyer(one)).content.decode()
    assert headline("refused") in page
    assert headline("why.revoked") in page
    assert world.client("buyer").get(of_buyer(one, "sd-jwt")).status_code == 404


def test_taking_back_before_the_worker_came_hands_out_nothing(world, asked):
    send(world, asked)
    proof = again(asked).proof
    world.client("owner").post(own(asked, "company_withdraw"), {"sure": "yes"})
    run_tasks()
    proof.refresh_from_db()
    assert proof.text == ""


def test_what_was_not_seen_is_not_signed(world, asked):
    answer = send(world, asked, seen="of another day")
    assert answer.status_code == 400
    assert say("proofs.changed") in answer.content.decode()
    assert not Proof.objects.of(world.company).exists()
    assert again(asked).state == Inquiry.ASKED


def test_declined_items_are_in_no_proof(world, asked):
    first = asked.request.asked[0]
    client = world.client("owner")
    client.post(own(asked, "company_ask", 1), {"state": "declined", "words": "社外秘"})
    one = sent(world, asked)
    ids = {item.id for item in verdict(one.proof.text, one).statement.items}
    assert first.key.partition("/")[2] not in ids
    assert len(ids) == len(asked.request.asked) - 1


def own_list_asked(world, controls):
    found = made_request(world.bank, OWN_LIST, controls=controls)
    return asked_supplier(found, email="x@example.jp", company=world.company)


def test_a_buyers_own_list_of_controls_is_signed_as_well(world, asked):
    controls = tuple(dict.fromkeys(c for one in asked.request.asked for c in one.controls))[:4]
    one = sent(world, own_list_asked(world, controls))
    statement = verdict(one.proof.text, one).statement
    assert statement.framework == own_framework(controls[::-1], catalog()).id
    assert {item.id for item in statement.items} == set(controls)
    assert sum(statement.counts.values()) == len(controls)
    states = result_of(world.company).assessment.controls
    assert {i.id: i.state for i in statement.items} == {c: states[c].state for c in controls}
    page = world.client("buyer").get(of_buyer(one)).content.decode()
    taken = world.client("buyer").get(of_buyer(one, "html")).content.decode()
    told = "\n".join(sentences(verdict(one.proof.text, one), catalog(), "ja"))
    for control in controls:
        title = catalog().controls[control].title.ja
        assert title in page
        assert title in told
        assert title in taken
    # It is renewed as any other.
    own_page = reverse("proofs:proof", args=[world.company.pk, one.proof_id])
    seen = re.search(
        r'name="seen" value="([^"]*)"', world.client("owner").get(own_page).content.decode()
    )[1]
    renew = reverse("proofs:renew_proof", args=[world.company.pk, one.proof_id])
    world.client("owner").post(renew, {"seen": seen})
    run_tasks()
    assert verdict(one.proof.text, one).why == "superseded"
    assert verdict(again(one).proof.text, one).state == "holds_not_revoked"


def test_an_answer_without_a_proof_says_so(world, asked):
    one = asked_supplier(made_request(world.bank, FRAMEWORK), email="x@e.jp", company=world.company)
    assert sent(world, one, proof="").proof is None
    buyer = world.client("buyer").get(of_buyer(one)).content.decode()
    assert say("signed.none_company") in buyer
    assert (
        say("signed.none_sent")
        in world.client("owner").get(own(one, "company_inquiry")).content.decode()
    )
    # Of a list with something that left the catalog nothing is signed.
    listed = own_list_asked(world, asked.request.asked[0].controls[:1])
    sent(world, listed, proof="")
    asks = [{**ask, "controls": ["gone"]} for ask in listed.request.asks]
    BuyerRequest.objects.filter(pk=listed.request_id).update(asks=asks)
    page = world.client("owner").get(own(listed, "company_inquiry")).content.decode()
    assert say("signed.own_list") in page


def test_an_answer_by_link_is_a_word_and_says_so(world):
    one = asked_supplier(made_request(world.bank, "ipa-5"))
    base = reverse("requests:inquiry", args=[one.token])
    for number in range(1, len(one.request.asked) + 1):
        Client().post(f"{base}ask/{number}/", {"state": "met", "evidence": "said"})
    forged = {"person": "伊藤", "sure": "yes", "proof": "yes", "seen": "x"}
    assert Client().post(f"{base}check/", forged).status_code == 302
    assert again(one).proof is None
    page = world.client("buyer").get(of_buyer(one)).content.decode()
    assert say("signed.none_link") in page


def test_only_the_people_of_the_buyer_open_the_proof(world, asked):
    one = sent(world, asked)
    for form in ("sd-jwt", "html"):
        for who in ("supporter", "owner", "stranger"):
            assert world.client(who).get(of_buyer(one, form)).status_code == 404
        assert Client().get(of_buyer(one, form)).status_code == 302
    assert Client().get(reverse("proofs:shown_proof", args=[one.proof.secret])).status_code == 404
    owner = world.client("owner")
    page = owner.get(reverse("proofs:proof", args=[world.company.pk, one.proof_id]))
    assert one.proof.secret not in page.content.decode()


def test_the_page_of_sharing_lists_answers_with_each_look_and_takes_back(world, asked):
    one = sent(world, asked)
    sharing = reverse("supporters:sharing", args=[world.company.pk])
    owner = world.client("owner")
    world.client("buyer").get(of_buyer(one))
    page = owner.get(sharing).content.decode()
    assert own(one, "company_withdraw") in page
    assert say("sharing.handed_opened", n=1) in page
    assert reverse("proofs:withdraw_proof", args=[world.company.pk, one.proof_id]) not in page
    owner.post(own(one, "company_withdraw"))  # as the button there sends it
    assert world.client("buyer").get(of_buyer(one)).status_code == 404
    assert own(one, "company_withdraw") not in owner.get(sharing).content.decode()


def test_what_a_supporter_reviewed_counts_as_reviewed_in_the_answer(world, asked):
    result = result_of(world.company)
    item = result.standing_in(FRAMEWORK).items[0]
    ItemReview.objects.of(world.company).create(
        company=world.company,
        organisation=world.chamber,
        by="支援者",
        framework=FRAMEWORK,
        item=item.id,
        on=timezone.localdate(),
        rests_on=sorted(observations_of(item.controls, result.assessment)),
    )
    one = sent(world, asked)
    reply = one.shown_replies[f"{FRAMEWORK}/{item.id}"]
    claim = next(c for c in verdict(one.proof.text, one).statement.items if c.id == item.id)
    assert (reply.state, reply.evidence) == (claim.state, claim.evidence) == ("met", "reviewed")
