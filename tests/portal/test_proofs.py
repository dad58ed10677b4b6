"""Proofs in the portal: made by the owner, signed by a worker, read by others, withdrawn."""

import json
import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.support.pressing import run_tasks
from tests.support.proofs import FRAMEWORK, answer_everything, form_of, make_proof
from tojimari.attest.keys import key_id, new_key, read_jwks
from tojimari.attest.sd_jwt import Expected
from tojimari.attest.statement import About, Place, check, issue_statement
from tojimari.portal.core.models import AuditEvent, Job, Notice
from tojimari.portal.proofs import signing, statement_keys
from tojimari.portal.proofs.models import (
    ItemReview,
    Proof,
    ProofOpened,
    StatementKey,
    StatusEntry,
    StatusListFile,
)
from tojimari.portal.proofs.signing import (
    claims_of,
    refresh_list,
    seen_digest,
    tell_of_ends,
    tend_proofs,
)
from tojimari.portal.proofs.statement_keys import FILE
from tojimari.portal.supporters.models import Grant
from tojimari.portal.words import catalog, say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def file(settings, tmp_path):
    settings.STATEMENT_KEY = tmp_path / "keys" / "statement-key"
    return settings.STATEMENT_KEY


@pytest.fixture
def said(world):
    answer_everything(world.company)
    return claims_of(world.company, FRAMEWORK)


def page(name, company, *rest):
    return reverse(f"proofs:{name}", args=[company.pk, *rest])


def page_of(name, proof, rest):
    return reverse(f"proofs:{name}", args=[proof.secret, *rest])


def shown(proof, form=""):
    name, rest = ("proof_file", [form]) if form else ("shown_proof", [])
    return Client().get(page_of(name, proof, rest))


def by_a_buyer(proof, *, expected=None, status=True):
    """Check what the buyer took from the pages, with the keys and the list from there."""
    anyone = Client()
    keys = read_jwks(anyone.get(reverse("proofs:statement_keys")).content)
    listed = anyone.get(reverse("proofs:revoked")).content.decode() if status else ""
    now = int(timezone.now().timestamp())
    return check(proof.text, keys, now=now, expected=expected, status=listed)


def test_an_owner_makes_a_proof_that_a_buyer_checks(world, said):
    owner = world.client("owner")
    items = [item.id for item in said.items][:2]
    proof = make_proof(owner, world.company, shown=items, number="注文 17")
    assert proof.state == "good"
    found = by_a_buyer(proof, expected=Expected("買い手の会社", "注文 17"))
    assert found.state == "holds_not_revoked"
    assert found.statement.counts == said.counts
    assert {item.id for item in found.statement.items} == set(items)
    assert found.statement.hidden == len(said.items) - 2
    assert by_a_buyer(proof, expected=Expected("よその会社")).why == "wrong_audience"
    assert proof.expires_at - proof.signed_at == timedelta(days=90)
    assert f"{world.company.pk}" not in proof.text


def test_the_owner_sees_before_what_it_says_and_what_was_not_shown_is_not_told(world, said):
    owner = world.client("owner")
    before = owner.get(page("new_proof", world.company, FRAMEWORK)).content.decode()
    titles = {one.id: one.title.ja for one in catalog().frameworks[FRAMEWORK].items}
    for title in titles.values():
        assert title in before
    first = said.items[0].id
    proof = make_proof(owner, world.company, shown=[first])
    body = shown(proof).content.decode()
    assert titles[first] in body
    assert not any(title in body for id_, title in titles.items() if id_ != first)
    assert world.company.name in body


def test_a_proof_is_not_made_of_what_changed_meanwhile(world, said):
    owner = world.client("owner")
    form = form_of(owner, world.company)
    answer_everything(world.company, best=False)
    sent = {**form, "audience": "x"}
    answer = owner.post(page("new_proof", world.company, FRAMEWORK), sent)
    assert answer.status_code == 409
    assert not Proof.objects.of(world.company).exists()
    # Between the press and the signature as well.
    sent = {**form_of(owner, world.company), "audience": "x"}
    assert owner.post(page("new_proof", world.company, FRAMEWORK), sent).status_code == 302
    answer_everything(world.company)
    run_tasks()
    assert not Proof.objects.of(world.company).exists()
    assert Job.objects.of(world.company).get(kind="proof").say_problem("ja") == say(
        "proofs.changed"
    )


def test_a_withdrawn_proof_shows_nothing_and_is_refused(world, said):
    owner = world.client("owner")
    proof = make_proof(owner, world.company)
    old = Client().get(reverse("proofs:revoked")).content.decode()
    assert shown(proof).status_code == 200
    assert owner.post(page("withdraw_proof", world.company, proof.pk)).status_code == 302
    for form in ("", "sd-jwt", "pdf", "html"):
        assert shown(proof, form).status_code == 404
    run_tasks()
    assert by_a_buyer(proof).why == "revoked"
    now = int(timezone.now().timestamp())
    still = check(proof.text, statement_keys.trusted(), now=now, status=old)
    assert still.state == "holds_not_revoked"  # by the list of its own day, and that is said
    actions = AuditEvent.objects.of(world.company).values_list("action", flat=True)
    assert {"proof.made", "proof.signed", "proof.withdrawn"} <= set(actions)


def test_what_is_withdrawn_while_it_is_signed_is_not_handed_out(world, said, monkeypatch):
    owner = world.client("owner")

    def withdrawn_meanwhile(*words, **more):
        signing.withdraw(Proof.objects.of(world.company).get())
        return issue_statement(*words, **more)

    monkeypatch.setattr(signing, "issue_statement", withdrawn_meanwhile)
    proof = make_proof(owner, world.company)
    assert (proof.state, proof.text) == ("revoked", "")
    assert set(StatusEntry.objects.values_list("status", flat=True)) == {"revoked"}
    assert shown(proof).status_code == 404


def test_what_is_signed_anew_while_it_is_withdrawn_is_revoked_in_its_new_place(world, said):
    proof = make_proof(world.client("owner"), world.company)
    before = Proof.objects.of(world.company).get()  # as the page read it
    signing.sign_again.call(str(proof.pk))
    signing.withdraw(before)
    proof.refresh_from_db()
    assert StatusEntry.objects.get(number=proof.entry).status == "revoked"
    assert proof.entry != before.entry
    run_tasks()
    assert by_a_buyer(proof).why == "revoked"


def test_who_asks_for_the_head_alone_opened_nothing(world, said):
    proof = make_proof(world.client("owner"), world.company)
    for name, rest in (("shown_proof", []), ("proof_file", ["pdf"]), ("proof_file", ["sd-jwt"])):
        assert Client().head(page_of(name, proof, rest)).status_code == 200
    assert not ProofOpened.objects.of(world.company).exists()


def test_a_newer_one_for_the_same_reader_takes_its_place(world, said):
    owner = world.client("owner")
    first = make_proof(owner, world.company)
    other = make_proof(owner, world.company, audience="銀行")
    second = make_proof(owner, world.company)
    first.refresh_from_db()
    assert first.state == "superseded"
    assert by_a_buyer(first).why == "superseded"
    assert by_a_buyer(second).state == by_a_buyer(other).state == "holds_not_revoked"
    assert len({first.entry, second.entry, other.entry}) == 3
    body = shown(first).content.decode()
    assert catalog().ui("proof.why.superseded").ja in body


def press_renew(client, proof, seen=None):
    """Press "renew" as the proof's page offers it; ``seen`` is what an older page offered."""
    own = page("proof", proof.company, proof.pk)
    seen = seen or re.search(r'name="seen" value="([^"]*)"', client.get(own).content.decode())[1]
    return client.post(page("renew_proof", proof.company, proof.pk), {"seen": seen})


def moved(proof, days):
    """Let ``days`` pass for everything that is kept of a proof."""
    by = timedelta(days=days)
    rows = Proof.objects.of(proof.company).filter(pk=proof.pk)
    now = int(timezone.now().timestamp())
    key, claimed = statement_keys.signing_key(), claims_of(proof.company, FRAMEWORK)
    place = Place(reverse("proofs:revoked"), proof.entry)
    until = proof.expires_at - by
    about = About("x", proof.company.name, now - 86_400 * days, int(until.timestamp()), place)
    made = issue_statement(claimed, about, key, holder=None)
    rows.update(expires_at=until, signed_at=proof.signed_at - by, text=made.signed + "~")
    StatusEntry.objects.filter(number=proof.entry).update(until=until)
    return rows.get()


def test_one_press_renews_and_says_only_what_is_seen_now(world, said):
    owner = world.client("owner")
    items = [item.id for item in said.items][:2]
    proof = make_proof(owner, world.company, shown=items, number="注文 17")
    answer_everything(world.company, best=False)  # it is worse now than when it was made
    assert press_renew(owner, proof).status_code == 302
    assert by_a_buyer(proof).state == "holds_not_revoked"  # until the worker came
    run_tasks()
    renewed = Proof.objects.of(world.company).get()
    found = by_a_buyer(renewed, expected=Expected("買い手の会社", "注文 17")).statement
    assert found.counts == claims_of(world.company, FRAMEWORK).counts != said.counts
    assert {item.id for item in found.items} == set(items)
    assert renewed.secret == proof.secret
    assert by_a_buyer(proof).why == "superseded"
    assert AuditEvent.objects.of(world.company).filter(action="proof.renewed").count() == 1


def test_what_was_not_seen_is_not_renewed_and_the_old_one_stays(world, said):
    owner = world.client("owner")
    proof = make_proof(owner, world.company)
    before = seen_digest(said)
    answer_everything(world.company, best=False)
    assert press_renew(owner, proof, before).status_code == 409
    assert press_renew(owner, proof).status_code == 302
    answer_everything(world.company)  # between the press and the signature
    run_tasks()
    assert Proof.objects.of(world.company).get().text == proof.text
    assert by_a_buyer(proof).state == "holds_not_revoked"
    owner.post(page("withdraw_proof", world.company, proof.pk))
    assert press_renew(owner, proof, before).status_code == 400


def test_the_end_is_told_before_and_said_plainly_after(world, said, mailoutbox, settings):
    settings.MAIL_CONFIGURED = True
    owner = world.client("owner")
    proof = make_proof(owner, world.company)
    told = Notice.objects.of(world.company).filter(kind="proof.ends", seen_at=None)
    tell_of_ends.func()
    assert not told.exists()
    proof = moved(proof, 80)
    for _ in range(2):
        tell_of_ends.func()
        run_tasks()
    assert told.count() == 1
    mails = [mail for mail in mailoutbox if "買い手の会社" in mail.subject]
    assert len(mails) == 1
    assert page("proof", world.company, proof.pk) in mails[0].body
    ended = moved(proof, 20)
    day = f"{timezone.localdate(ended.expires_at)}"
    body = shown(ended).content.decode()
    assert say("proofs.ended", day=day) in body
    assert say("proofs.says") not in body
    press_renew(owner, ended)
    run_tasks()
    assert say("proofs.says") in shown(ended).content.decode()
    assert not told.exists()


def test_what_left_the_catalog_is_offered_to_nobody_for_renewing(world, said, mailoutbox, settings):
    settings.MAIL_CONFIGURED = True
    owner = world.client("owner")
    proof = moved(make_proof(owner, world.company), 80)
    tell_of_ends.func()
    run_tasks()
    rows = Proof.objects.of(world.company).filter(pk=proof.pk)
    rows.update(framework="gone-1")
    for _ in range(2):  # told once more, since it is news
        tell_of_ends.func()
        run_tasks()
    first, second = (mail.body for mail in mailoutbox if "買い手の会社" in mail.subject)
    assert say("mail.proof_ends_renew", "ja") in first
    assert say("mail.proof_ends_gone", "ja") in second
    assert say("mail.proof_ends_renew", "ja") not in second
    home = owner.get(reverse("companies:result", args=[world.company.pk])).content.decode()
    assert say("notice.proof.ends_gone", "ja") in home
    assert say("notice.proof.ends_renew", "ja") not in home
    own = owner.get(page("proof", world.company, proof.pk)).content.decode()
    assert say("proofs.gone") in own
    assert say("proofs.renew") not in own
    answer = owner.post(page("renew_proof", world.company, proof.pk), {"seen": seen_digest(said)})
    assert answer.status_code == 400
    assert say("proofs.not_in_catalog") in answer.content.decode()
    why = say("proofs.ended_gone", company=world.company.name)
    assert why not in shown(proof).content.decode()
    assert why in shown(moved(proof, 20)).content.decode()


def test_every_opening_is_told_to_the_company(world, said):
    owner = world.client("owner")
    proof = make_proof(owner, world.company)
    for form in ("", "", "sd-jwt", "pdf"):
        assert shown(proof, form).status_code == 200
    rows = ProofOpened.objects.of(world.company)
    assert sorted(rows.values_list("what", flat=True)) == ["page", "pdf", "statement"]
    sharing = reverse("supporters:sharing", args=[world.company.pk])
    for address in (page("proof", world.company, proof.pk), sharing):
        body = owner.get(address).content.decode()
        assert "買い手の会社" in body
        assert page("withdraw_proof", world.company, proof.pk) in body


def test_the_page_of_sharing_says_what_each_organisation_saw(world):
    world.client("supporter").get(
        reverse("supporters:granted", args=[world.chamber.pk, world.company.pk])
    )
    body = (
        world.client("owner")
        .get(reverse("supporters:sharing", args=[world.company.pk]))
        .content.decode()
    )
    assert say("event.result.seen") in body


@pytest.mark.parametrize("who", ["stranger", "staff", "supporter", "buyer"])
def test_only_the_owner_makes_sees_and_withdraws(world, said, who):
    proof = make_proof(world.client("owner"), world.company)
    client = world.client(who)
    assert client.get(page("proofs", world.company)).status_code == 404
    assert client.get(page("new_proof", world.company, FRAMEWORK)).status_code == 404
    assert client.get(page("proof", world.company, proof.pk)).status_code == 404
    assert client.post(page("withdraw_proof", world.company, proof.pk)).status_code == 404
    proof.refresh_from_db()
    assert proof.state == "good"
    foreign = page("proof", world.foreign, proof.pk)
    assert world.client("stranger").get(foreign).status_code == 404


def test_a_wrong_link_shows_nothing(world, said):
    proof = make_proof(world.client("owner"), world.company)
    proof.secret = proof.secret[:-1] + ("a" if proof.secret[-1] != "a" else "b")
    for form in ("", "sd-jwt", "pdf", "oscal", "nothing"):
        assert shown(proof, form).status_code == 404


def test_paper_and_oscal_are_handed_out_where_they_were_chosen(world, said):
    owner = world.client("owner")
    plain = make_proof(owner, world.company, audience="a")
    assert shown(plain, "oscal").status_code == 404
    proof = make_proof(owner, world.company, audience="b", oscal="yes")
    made = json.loads(shown(proof, "oscal").content)
    assert "assessment-results" in made
    paper = shown(proof, "pdf")
    assert paper.content.startswith(b"%PDF")
    keys = statement_keys.trusted()
    now = int(timezone.now().timestamp())
    summary = check(proof.summary, keys, now=now)
    assert summary.statement.paper
    assert summary.statement.counts == said.counts


# --- keys ------------------------------------------------------------------------------------


def next_is_known():
    """Let the next key have been published long enough."""
    long_ago = timezone.now() - statement_keys.PUBLISHED_FOR
    StatementKey.objects.filter(state=StatementKey.NEXT).update(made_at=long_ago)


def test_the_next_key_is_known_before_it_signs(world, said, file):
    owner = world.client("owner")
    first = make_proof(owner, world.company, audience="a")
    tend_proofs.call()
    # A reader takes the keys once, before the rotation.
    kept = read_jwks(Client().get(reverse("proofs:statement_keys")).content)
    coming = StatementKey.objects.get(state=StatementKey.NEXT).kid
    assert set(kept) == {first.kid, coming}
    with pytest.raises(statement_keys.NotPublishedYet):
        statement_keys.rotate()
    assert make_proof(owner, world.company, audience="early").kid == first.kid
    next_is_known()
    assert statement_keys.rotate() == coming
    second = make_proof(owner, world.company, audience="b")
    assert second.kid == coming
    now = int(timezone.now().timestamp())
    listed = StatusListFile.objects.get(pk=1).text
    for proof in (first, second):
        assert check(proof.text, kept, now=now, status=listed).state == "holds_not_revoked"
    # The one after that is published already, and is readable by nobody else.
    assert len(StatementKey.objects.filter(state=StatementKey.NEXT)) == 1
    assert FILE.next_place.stat().st_mode & 0o077 == 0
    StatusEntry.objects.filter(kid=first.kid).delete()
    statement_keys.drop_old()
    assert not StatementKey.objects.filter(kid=first.kid).exists()


def test_a_next_key_that_got_lost_is_published_no_more(file):
    statement_keys.make_first()
    lost = statement_keys.publish_next()
    assert statement_keys.publish_next() == lost
    FILE.next_place.unlink()
    coming = statement_keys.publish_next()
    assert lost not in statement_keys.trusted()
    assert coming in statement_keys.trusted()


def test_a_stolen_key_signs_nothing_that_is_believed(world, said, file):
    owner = world.client("owner")
    proof = make_proof(owner, world.company)
    gone = make_proof(owner, world.company, audience="withdrawn")
    owner.post(page("withdraw_proof", world.company, gone.pk))
    statement_keys.publish_next()
    stolen = statement_keys.trusted()
    assert len(stolen) == 2
    before = proof.text
    from tojimari.portal.proofs.signing import sign_again, sign_list

    new, again = statement_keys.revoke()
    assert [one.pk for one in again] == [proof.pk]
    sign_list.enqueue()
    for one in again:
        sign_again.enqueue(str(one.pk))
    run_tasks()
    # Neither the old key nor the next one that lay beside it.
    assert set(statement_keys.trusted()) - {new} == {statement_keys.publish_next()}
    assert not set(stolen) & set(statement_keys.trusted())
    proof.text = before
    assert by_a_buyer(proof).why == "unknown_issuer"
    # Who still trusts the old key is told by the list, which the new one signs.
    keys = {**stolen, **statement_keys.trusted()}
    listed = StatusListFile.objects.get(pk=1).text
    now = int(timezone.now().timestamp())
    assert check(before, keys, now=now, status=listed).why == "revoked"
    proof.refresh_from_db()
    assert (proof.state, proof.kid) == ("good", new)
    assert by_a_buyer(proof).state == "holds_not_revoked"
    assert shown(proof).status_code == 200


def test_a_backup_and_the_web_process_hold_no_private_key(world, said, file, settings, tmp_path):
    import zipfile

    from tojimari.portal.operate.backup import backup

    proof = make_proof(world.client("owner"), world.company)
    private = file.read_text()
    secret = "".join(private.splitlines()[1:-1])
    path = tmp_path / "b.backup"
    backup(path)
    with zipfile.ZipFile(path) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert secret.encode() not in everything
    assert proof.kid.encode() in everything
    assert (file.stat().st_mode & 0o077) == 0
    # The pages work where the key cannot be read at all.
    settings.STATEMENT_KEY = tmp_path / "elsewhere"
    for answer in (shown(proof), shown(proof, "sd-jwt"), shown(proof, "pdf")):
        assert answer.status_code == 200
    assert by_a_buyer(proof).state == "holds_not_revoked"
    with pytest.raises(statement_keys.NoStatementKey):
        statement_keys.signing_key()
    with pytest.raises(statement_keys.NoStatementKey):
        refresh_list()


def test_a_rotation_that_was_cut_off_goes_on(world, said, file, monkeypatch):
    statement_keys.make_first()
    before, coming = file.read_text(), statement_keys.publish_next()
    next_is_known()
    settle = FILE.settle
    monkeypatch.setattr(FILE, "settle", lambda name: 1 / 0 if name == coming else settle(name))
    with pytest.raises(ZeroDivisionError):
        statement_keys.rotate()
    monkeypatch.undo()
    assert file.read_text() == before
    assert statement_keys.publish_next() != coming
    assert key_id(statement_keys.signing_key()) == coming == FILE.name(FILE.present() or new_key())


@pytest.mark.parametrize("change", ["rotate", "revoke"])
def test_a_worker_that_comes_between_a_new_key_and_its_file_loses_nothing(
    file, monkeypatch, change
):
    """It waited for the lock; once it has it, it makes the key after the next at once."""
    statement_keys.make_first()
    statement_keys.publish_next()
    next_is_known()
    came: list[bool] = []

    class Between:
        @staticmethod
        @contextmanager
        def atomic():
            with transaction.atomic():
                yield
            changed = StatementKey.objects.exclude(ended_at=None).exists()
            if changed and not came:
                came.append(True)
                statement_keys.publish_next()

    monkeypatch.setattr(statement_keys, "transaction", Between)
    getattr(statement_keys, change)()
    assert came
    signs = StatementKey.objects.get(state=StatementKey.CURRENT).pk
    assert key_id(statement_keys.signing_key()) == signs
    assert FILE.present() is not None
    assert FILE.coming() is not None
    FILE.next_place.unlink()
    assert key_id(statement_keys.signing_key()) == signs  # it lies in the file itself


@pytest.mark.parametrize("known", ["as the next", "not at all"])
def test_an_older_database_takes_the_key_of_the_file(file, known):
    statement_keys.make_first()
    if known == "as the next":
        kid = statement_keys.publish_next()
        FILE.next_place.replace(file)
    else:
        file.unlink()
        with pytest.raises(statement_keys.NoStatementKey):
            statement_keys.adopt()
        kid = key_id(FILE.make_present(new_key()))
    with pytest.raises(statement_keys.NoStatementKey):
        statement_keys.signing_key()
    assert statement_keys.adopt() == kid == key_id(statement_keys.signing_key())
    assert StatementKey.objects.get(state=StatementKey.NEXT).kid != kid
    assert statement_keys.adopt() == kid


def test_the_list_stays_young_and_tells_nobody_how_many_there_are(world, said):
    proof = make_proof(world.client("owner"), world.company)
    old = timezone.now() - timedelta(hours=7)
    StatusListFile.objects.update(made_at=old)
    tend_proofs.call()
    assert StatusListFile.objects.get(pk=1).made_at > old
    text = StatusListFile.objects.get(pk=1).text
    assert world.company.name not in text
    assert by_a_buyer(proof).state == "holds_not_revoked"


def test_what_a_deleted_company_handed_out_is_revoked(world, said):
    proof = make_proof(world.client("owner"), world.company)
    world.company.delete()
    refresh_list()
    assert by_a_buyer(proof).why == "revoked"


# --- reviews ---------------------------------------------------------------------------------


@pytest.fixture
def reviewing(world):
    scopes = (*world.grant.scopes, "proofs:review")
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(scopes=scopes)
    return reverse("proofs:review", args=[world.chamber.pk, world.company.pk, FRAMEWORK])


def test_a_supporter_reviews_and_the_proof_names_them(world, said, reviewing):
    supporter = world.client("supporter")
    item = next(one for one in said.items if one.evidence == "said")
    assert supporter.post(reviewing, {"picked": [item.id]}).status_code == 302
    proof = make_proof(world.client("owner"), world.company, shown=[item.id])
    (claimed,) = by_a_buyer(proof).statement.items
    assert (claimed.evidence, claimed.state) == ("reviewed", item.state)
    assert world.chamber.name in claimed.reviewed_by
    assert world.chamber.name in shown(proof).content.decode()
    # Another answer was not reviewed; and a mark can be taken back.
    answer_everything(world.company, best=False)
    after = {one.id: one for one in claims_of(world.company, FRAMEWORK).items}
    assert after[item.id].evidence != "reviewed"
    supporter.post(reviewing, {})
    assert not ItemReview.objects.of(world.company).exists()


def test_nobody_reviews_without_leave(world, said, reviewing):
    item = said.items[0].id
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(scopes=("findings:read",))
    for who in ("supporter", "buyer", "stranger", "owner"):
        assert world.client(who).get(reviewing).status_code == 404
        assert world.client(who).post(reviewing, {"picked": [item]}).status_code == 404
    assert not ItemReview.objects.of(world.company).exists()


def test_a_withdrawn_grant_reviews_nothing_more(world, said, reviewing):
    assert world.client("supporter").get(reviewing).status_code == 200
    Grant.objects.of(world.company).update(withdrawn_at=timezone.now())
    assert world.client("supporter").get(reviewing).status_code == 404


@pytest.mark.parametrize("sent", [{}, {"audience": " "}, {"audience": "x", "seen": "y" * 99}])
def test_a_bad_form_makes_nothing_and_keeps_what_was_typed(world, said, sent):
    owner = world.client("owner")
    answer = owner.post(page("new_proof", world.company, FRAMEWORK), sent)
    assert answer.status_code in (400, 409)
    assert not Proof.objects.of(world.company).exists()
    assert owner.get(page("new_proof", world.company, "no-such")).status_code == 404
