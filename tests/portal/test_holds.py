"""After an older backup was restored nothing is shown to others until the company says that it goes on.

Each case shows something, restores, and asks those who would see it.
"""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.support.desk import asked_at_desk
from tests.support.pressing import run_tasks
from tests.support.proofs import FRAMEWORK, answer_everything, make_proof
from tests.support.requests import asked_supplier, made_request
from tests.support.signed_answers import again, of_buyer, sent
from tests.support.visits import reported_visit
from tojimari.attest.keys import read_jwks
from tojimari.attest.statement import check
from tojimari.portal.chains.models import ChainMember, Disclosure, SupplyLink
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.rights import BASICS_READ
from tojimari.portal.core.holds import hold_everything, holdables
from tojimari.portal.core.models import Hold, Notice
from tojimari.portal.core.permissions import Actor, companies_where
from tojimari.portal.desk.models import Handover
from tojimari.portal.drills.models import DrillConsent
from tojimari.portal.operate.restored import hold_back
from tojimari.portal.people.models import ApiToken
from tojimari.portal.proofs.models import StatusEntry, StatusListFile
from tojimari.portal.proofs.signing import refresh_list
from tojimari.portal.requests.models import Inquiry
from tojimari.portal.supporters.models import Grant, Invitation
from tojimari.portal.words import say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def file(settings, tmp_path):
    settings.STATEMENT_KEY = tmp_path / "keys" / "statement-key"
    return settings.STATEMENT_KEY


def of_grant(world):
    actor = Actor(organisation=world.chamber)
    rows = Company.objects.filter(pk=world.company.pk)
    return lambda: rows.filter(pk__in=companies_where(actor, BASICS_READ)).exists()


def of_figures(world):
    Company.objects.filter(pk=world.company.pk).update(shares_figures=True)
    return lambda: Company.objects.get(pk=world.company.pk).shares_figures


def of_disclosure(world):
    link = SupplyLink.objects.of(world.company).create(company=world.company, name="部品屋")
    rows = Disclosure.objects.of(world.company)
    rows.create(company=world.company, link=link, organisation=world.bank)
    return lambda: rows.filter(link=link, organisation=world.bank).exists()


def of_chain(world):
    code = ChainMember.objects.of(world.company).create(company=world.company).code
    return lambda: ChainMember.objects.of(world.company).filter(code=code).exists()


def of_visit(world):
    made = reported_visit(world)

    def shown():
        made.refresh_from_db()
        return made.is_shown

    return shown


def of_handover(world):
    pk = asked_at_desk(world)["handover_id"]
    row = Handover.objects.of(world.company).filter(pk=pk)
    row.update(until=timezone.now() + timedelta(days=1))
    return lambda: row.filter(ended_at=None).exists()


def of_drills(world):
    DrillConsent.objects.of(world.company).create(company=world.company, text="x", lang="ja")
    return lambda: DrillConsent.standing(world.company) is not None


def of_proof(world):
    answer_everything(world.company)
    proof = make_proof(world.client("owner"), world.company)
    address = reverse("proofs:shown_proof", args=[proof.secret])
    return lambda: Client().get(address).status_code == 200


def of_answer(world):
    answer_everything(world.company)
    request = made_request(world.bank, FRAMEWORK)
    inquiry = sent(world, asked_supplier(request, company=world.company))
    file = of_buyer(inquiry, "sd-jwt")

    def shown():
        return (again(inquiry).is_shown, world.client("buyer").get(file).status_code) == (True, 200)

    return shown


SHOWN = {
    "grant": of_grant,
    "figures": of_figures,
    "disclosure": of_disclosure,
    "chain": of_chain,
    "visit": of_visit,
    "handover": of_handover,
    "drills": of_drills,
    "proof": of_proof,
    "answer": of_answer,
}


def waiting(world, kind):
    """Return what waits of a kind: of the two grants the chamber's."""
    rows = Hold.objects.of(world.company).filter(kind=kind, ended_at=None)
    return rows.filter(about=str(world.grant.pk)) if kind == "grant" else rows


def press(world, kind, goes_on, who="owner"):
    address = reverse("core:decide_hold", args=[world.company.pk, waiting(world, kind).get().pk])
    return world.client(who).post(address, {"goes_on": goes_on})


def test_every_kind_is_tried_here():
    assert set(SHOWN) == set(holdables())


@pytest.mark.parametrize("kind", SHOWN)
def test_nothing_is_shown_until_the_company_says_so(world, kind):
    shown = SHOWN[kind](world)
    assert shown()
    hold_back()
    assert not shown()
    page = world.client("owner").get(reverse("core:holds", args=[world.company.pk]))
    values = waiting(world, kind).get().values
    words = {name: values.get(name, "") for name in ("to", "what")}
    if isinstance(words["what"], dict):
        words["what"] = words["what"]["ja"]
    assert say(f"hold.{kind}", **words) in page.content.decode()
    assert press(world, kind, "yes", who="staff").status_code == 404
    assert not shown()
    assert press(world, kind, "yes").status_code == 302
    assert shown()


def test_where_nothing_was_restored_the_page_tells_of_nothing_that_ended(world):
    address = reverse("core:holds", args=[world.company.pk])
    ended = say("holds.also")
    assert ended not in world.client("owner").get(address).content.decode()
    hold_back()
    assert ended in world.client("owner").get(address).content.decode()


@pytest.mark.parametrize("kind", ["grant", "proof", "answer"])
def test_what_had_been_withdrawn_stays_so(world, kind):
    shown = SHOWN[kind](world)
    hold_back()
    press(world, kind, "no")
    assert not shown()
    assert not waiting(world, kind).exists()
    hold_everything()  # a second restore asks of nothing that was ended
    assert not waiting(world, kind).exists()


def test_the_link_of_a_held_proof_says_that_it_waits(world):
    of_proof(world)
    owner = world.client("owner")
    proof = world.company.proofs.get()
    hold_back()
    for name, rest in (("shown_proof", []), ("proof_file", ["sd-jwt"]), ("proof_file", ["pdf"])):
        answer = Client().get(reverse(f"proofs:{name}", args=[proof.secret, *rest]))
        assert answer.status_code == 409
        assert say("proofs.held", company=world.company.name) in answer.content.decode()
    assert (
        say("proofs.held_about")
        in owner.get(reverse("proofs:proof", args=[world.company.pk, proof.pk])).content.decode()
    )
    owner.post(reverse("proofs:withdraw_proof", args=[world.company.pk, proof.pk]))
    assert not waiting(world, "proof").exists()


def test_files_handed_out_before_are_held_by_the_list_and_forgotten_ones_refused(world):
    of_proof(world)
    proof = world.company.proofs.get()
    lost = make_proof(world.client("owner"), world.company, audience="写しのあとの相手")
    # The backup knows nothing of the second one.
    StatusEntry.objects.filter(number=lost.entry).delete()
    lost.delete()

    def why(one):
        keys = read_jwks(Client().get(reverse("proofs:statement_keys")).content)
        now = int(timezone.now().timestamp())
        listed = Client().get(reverse("proofs:revoked")).content.decode()
        return check(one.text, keys, now=now, status=listed).why

    hold_back()
    assert Client().get(reverse("proofs:revoked")).status_code == 404  # the list of then is gone
    refresh_list()
    assert (why(proof), why(lost)) == ("suspended", "revoked")
    press(world, "proof", "yes")
    run_tasks()
    assert (why(proof), why(lost)) == (None, "revoked")
    after = make_proof(world.client("owner"), world.company, audience="そのあとの相手")
    assert why(after) is None
    long_ago = timezone.now() - timedelta(days=91)
    StatusListFile.objects.update(restored_at=long_ago)
    refresh_list()
    assert why(lost) is None  # by then it has ended by itself: the list need not say so


def test_an_answer_without_an_account_is_sent_again_from_its_link(world):
    request = made_request(world.bank, FRAMEWORK)
    inquiry = asked_supplier(request)
    rows = Inquiry.objects.across("test").filter(pk=inquiry.pk)
    until = timezone.now() + timedelta(days=300)
    rows.update(state=Inquiry.ANSWERED, shown={"replies": {}}, shown_until=until)
    hold_back()
    assert not rows.get().is_shown
    page = Client().get(reverse("requests:inquiry", args=[inquiry.token])).content.decode()
    assert say("asked.is_held") in page
    buyer = world.client("buyer").get(of_buyer(again(inquiry))).content.decode()
    assert say("inquiry.is_held") in buyer


def test_what_opens_doors_ends_and_owners_are_told_once(world, mailoutbox, settings):
    settings.MAIL_CONFIGURED = True
    token, _ = ApiToken.make(world.owner, "own", [], 30)
    made, _ = Invitation.make("organisation", company=world.company)
    of_figures(world)
    hold_back()
    token.refresh_from_db()
    made.refresh_from_db()
    assert max(token.expires_at, made.expires_at) <= timezone.now()
    run_tasks()
    assert [say("mail.holds_wait_subject")] == [mail.subject for mail in mailoutbox]
    sharing = reverse("supporters:sharing", args=[world.company.pk])
    everything_waits = reverse("core:holds", args=[world.company.pk])
    assert everything_waits in world.client("owner").get(sharing).content.decode()
    notices = Notice.objects.of(world.company).filter(kind="holds.wait", seen_at=None)
    assert notices.exists()
    everything = reverse("core:decide_all_holds", args=[world.company.pk])
    assert world.client("staff").post(everything).status_code == 404
    world.client("owner").post(everything)
    assert Grant.objects.of(world.company).filter(withdrawn_at=None).exists()
    assert not notices.exists()
    assert everything_waits not in world.client("owner").get(sharing).content.decode()
