"""Requests: a buyer asks, a supplier answers by its link or its company, sees who looked, takes back."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.support.pressing import run_tasks
from tests.support.requests import asked_supplier, made_request
from tojimari.model import Subject, seen
from tojimari.model.facts import CompanyAnswer
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.observations import keep
from tojimari.portal.core.models import AuditEvent, Notice
from tojimari.portal.people.models import ApiToken
from tojimari.portal.requests import mailing
from tojimari.portal.requests.models import (
    BuyerRequest,
    GivenReply,
    Inquiry,
    InquiryView,
    StoppedAddress,
)
from tojimari.portal.requests.periodic import forget_shown, remind_suppliers
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import catalog, say

pytestmark = pytest.mark.django_db


def rows():
    return Inquiry.objects.across("test")


def form_of(**more):
    due = f"{timezone.localdate() + timedelta(days=20)}"
    return {
        "title": "年に一度の確認",
        "requirement": "ipa-6",
        "purpose": "図面を<b>預けて</b>いるため",
        "contact": "購買課",
        "due": due,
    } | more


def asked(world, **more):
    found = made_request(world.bank)
    return found, asked_supplier(found, **more)


def answer_all(client, base, state="met", **more):
    """Answer every question of an inquiry at ``base`` in one way, and go to what would be sent."""
    number = 1
    while True:
        answer = client.post(f"{base}ask/{number}/", {"state": state, "evidence": "said", **more})
        if answer.status_code == 404:
            return client.get(f"{base}check/")
        assert answer.status_code == 302, answer.content.decode()
        number += 1


SEND = {"person": "伊藤", "sure": "yes"}


def test_a_request_names_what_it_costs_and_the_rules_before_it_is_made(world):
    client, new = world.client("buyer"), f"/s/{world.bank.pk}/requests/new/"
    first = client.get(new).content.decode()
    for one in catalog().requirements.values():
        assert one.title.ja in first
    shown = client.post(new, form_of()).content.decode()
    rules = catalog().fair_trade
    assert rules.laws.ja in shown
    assert f"{rules.published}"[:4] in shown
    for point in rules.points:
        assert point.text.ja in shown
    for id_ in rules.sources:
        assert catalog().sources[id_].published in shown
    assert "<b>預けて" not in shown
    assert not BuyerRequest.objects.exists()
    assert client.post(new, form_of(sure="yes")).status_code == 400  # the rules were not ticked
    made = client.post(new, form_of(sure="yes", rules="yes"))
    found = BuyerRequest.objects.get()
    assert made["Location"].endswith(f"/requests/{found.pk}/")
    assert len(found.asked) == 6
    assert client.get(made["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ({"title": " "}, "request.no_title"),
        ({"purpose": ""}, "request.no_purpose"),
        ({"contact": ""}, "request.no_contact"),
        ({"requirement": ""}, "request.no_requirement"),
        ({"due": "2026-02-30"}, "request.no_due"),
        ({"due": "2020-01-01"}, "request.due_past"),
        ({"due": f"{timezone.localdate() + timedelta(days=3)}"}, "request.due_soon"),
    ],
)
def test_what_is_missing_is_said_in_one_sentence(world, sent, key):
    client = world.client("buyer")
    answer = client.post(f"/s/{world.bank.pk}/requests/new/", form_of(**sent))
    assert answer.status_code == 400
    assert say(key, "ja") in answer.content.decode()


def test_an_own_list_asks_controls_of_the_catalog(world):
    client, new = world.client("buyer"), f"/s/{world.bank.pk}/requests/new/"
    sent = form_of(requirement="own", control=["device-firewall", "backup-exists"], rules="yes")
    client.post(new, sent | {"sure": "yes"})
    assert [ask.controls for ask in BuyerRequest.objects.get().asked] == [
        ("backup-exists",),
        ("device-firewall",),
    ]
    for wrong in ([], ["nothing"], list(catalog().controls)):
        assert client.post(new, form_of(requirement="own", control=wrong)).status_code == 400
    assert BuyerRequest.objects.count() == 1


def test_only_a_buyer_asks(world):
    found = made_request(world.chamber)
    client = world.client("supporter")
    for page in ("", "new/", f"{found.pk}/"):
        assert client.get(f"/s/{world.chamber.pk}/requests/{page}").status_code == 404
    Organisation.objects.filter(pk=world.bank.pk).update(approved_at=None)
    assert world.client("buyer").get(f"/s/{world.bank.pk}/requests/").status_code == 404


LIST = "会社名,メール\n伊藤製作所,Ito@example.jp\n<b>花屋</b>,hana@example.jp\n=cmd|calc,taro@example.jp\n壊れた,x@\n空き\n伊藤,ito@example.jp\n"


def test_a_list_names_every_mistake_and_mail_goes_out_once(world, smtp):
    found = made_request(world.bank)
    client, base = world.client("buyer"), f"/s/{world.bank.pk}/requests/{found.pk}/"
    file = SimpleUploadedFile("list.csv", LIST.encode("cp932"))
    shown = client.post(f"{base}suppliers/", {"file": file}).content.decode()
    for row in (5, 6, 7):
        assert say("suppliers.row", "ja", n=row) in shown
    assert "<b>花屋" not in shown
    assert not rows().exists()
    pasted = "Ito@example.jp\t伊藤製作所\nhana@example.jp\t花屋\ntaro@example.jp\t=cmd|calc"
    client.post(f"{base}suppliers/", {"pasted": pasted, "sure": "yes"})
    assert rows().count() == 3
    run_tasks()
    assert len(smtp.wait_for(3)) == 3
    mailing.mail_inquiries.call(str(found.pk))
    client.post(f"{base}suppliers/", {"pasted": pasted, "sure": "yes"})
    run_tasks()
    assert sorted(smtp.to) == ["hana@example.jp", "ito@example.jp", "taro@example.jp"]
    mail = next(m for m in smtp.mails if "ito" in str(m["to"]))
    assert found.purpose in mail.get_content()
    assert "/supplier/" in mail.get_content()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    listed = client.get(base).content.decode()
    assert say("inquiry.asked", "ja") in listed
    assert "/supplier/" not in listed
    table = client.get(f"{base}suppliers.csv").getvalue().decode("utf-8-sig")
    names = [line[0] for line in csv.reader(io.StringIO(table))]
    assert "'=cmd|calc" in names


def test_mail_waits_for_a_server_in_trouble_and_a_refused_address_is_named(world, settings):
    from tests.support.servers import MailServer

    found = made_request(world.bank)
    one = asked_supplier(found, mail=Inquiry.WAITING)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.MAIL_CONFIGURED = "127.0.0.1", 1, True
    mailing.mail_inquiries.call(str(found.pk))
    one.refresh_from_db()
    assert (one.mail, one.claimed_at, one.mailed_at) == (Inquiry.WAITING, None, None)
    server = MailServer()
    settings.EMAIL_PORT = server.port
    rows().filter(pk=one.pk).update(claimed_at=timezone.now())
    mailing.mail_inquiries.call(str(found.pk))
    assert server.mails == []  # somebody else has it
    rows().filter(pk=one.pk).update(claimed_at=timezone.now() - timedelta(minutes=9))
    mailing.mail_inquiries.call(str(found.pk))
    assert len(server.wait_for(1)) == 1
    server.stop()


def test_a_supplier_answers_without_an_account_and_shows_only_what_it_sends(world):
    found, one = asked(world)
    client, base = Client(HTTP_ACCEPT_LANGUAGE="ja"), f"/supplier/{one.token}/"
    front = client.get(base).content.decode()
    assert world.bank.name in front
    assert found.purpose in front
    assert found.contact in front
    buyer, seen_by = world.client("buyer"), f"/s/{world.bank.pk}/requests/{found.pk}/{one.pk}/"
    keys = [ask.key for ask in found.asked]
    for sent, key in (
        ({"state": "planned"}, "reply.no_day"),
        ({"state": "planned", "by": "2020-01-01"}, "reply.past"),
        ({"state": "planned", "by": "x"}, "reply.bad_day"),
        ({"state": "declined"}, "reply.no_reason"),
        ({"state": "not_applicable", "words": " "}, "reply.no_reason"),
        ({"state": "all"}, "reply.none"),
        ({}, "reply.none"),
    ):
        answer = client.post(f"{base}ask/1/", sent)
        assert answer.status_code == 400
        assert say(key, "ja") in answer.content.decode()
    day = timezone.localdate() + timedelta(days=90)
    client.post(f"{base}ask/1/", {"state": "planned", "by": f"{day}", "words": "秋に買い替え"})
    client.post(f"{base}ask/2/", {"state": "declined", "words": "<i>契約</i>により"})
    client.post(f"{base}ask/3/", {"state": "met", "evidence": "measured"})
    # Half-way: it comes back to where it was, and the buyer sees nothing yet.
    assert f"{base}ask/4/" in client.get(base).content.decode()
    assert client.post(f"{base}check/", SEND).status_code == 400
    assert "秋に買い替え" not in buyer.get(seen_by).content.decode()
    for number, state in ((4, "met"), (5, "not_met"), (6, "met")):
        client.post(f"{base}ask/{number}/", {"state": state, "evidence": "paper"})
    before = client.get(f"{base}check/").content.decode()
    assert "秋に買い替え" in before
    assert world.bank.name in before
    assert client.post(f"{base}check/", {"person": "伊藤"}).status_code == 400
    client.post(f"{base}check/", {**SEND, "cost": "更新費用の相談をしたい"})
    one.refresh_from_db()
    assert (one.state, one.met, one.planned, one.declined) == ("answered", 3, 1, 1)
    assert one.shown_replies[keys[2]].evidence == "said"  # nobody measured anything
    shown = buyer.get(seen_by).content.decode()
    assert "秋に買い替え" in shown
    assert "更新費用の相談" in shown
    assert "<i>契約" not in shown
    # A change is not seen before it is sent.
    client.post(f"{base}ask/5/", {"state": "met", "words": "まだ内緒"})
    assert "まだ内緒" not in buyer.get(seen_by).content.decode()
    viewed = client.get(base).content.decode()
    assert say("view.page", "ja") in viewed
    assert str(world.buyer) in viewed
    assert InquiryView.objects.filter(inquiry=one, way="page").count() == 1


def test_taking_back_ends_the_view_at_once(world):
    found, one = asked(world)
    client, base = Client(), f"/supplier/{one.token}/"
    answer_all(client, base, words="ひみつの様子")
    client.post(f"{base}check/", SEND)
    buyer, list_ = world.client("buyer"), f"/s/{world.bank.pk}/requests/{found.pk}/"
    assert "ひみつの様子" in buyer.get(f"{list_}{one.pk}/").content.decode()
    client.post(f"{base}withdraw/", {"sure": "yes"})
    gone = buyer.get(f"{list_}{one.pk}/")
    assert gone.status_code == 404
    assert say("inquiry.is_withdrawn", "ja") in gone.content.decode()
    one.refresh_from_db()
    assert one.shown == {}
    assert one.met == 0
    table = buyer.get(f"{list_}suppliers.csv").getvalue().decode("utf-8-sig")
    assert say("inquiry.withdrawn", "ja") in table
    assert say("reply.met", "ja") not in table.split("\n")[1]
    # What was prepared is still there, for the supplier alone.
    assert "ひみつの様子" in client.get(f"{base}check/").content.decode()


def test_what_is_shown_ends_by_itself(world):
    found, one = asked(world)
    client, base = Client(), f"/supplier/{one.token}/"
    answer_all(client, base, words="ひみつの様子")
    client.post(f"{base}check/", SEND)
    rows().filter(pk=one.pk).update(shown_until=timezone.now())
    buyer = world.client("buyer")
    page = buyer.get(f"/s/{world.bank.pk}/requests/{found.pk}/{one.pk}/").content.decode()
    assert "ひみつの様子" not in page
    assert say("inquiry.ended", "ja") in page
    file = buyer.get(f"/s/{world.bank.pk}/requests/{found.pk}/suppliers.csv").getvalue().decode()
    forget_shown.call()
    one.refresh_from_db()
    assert (one.shown, one.draft, one.person) == ({}, {}, "")
    assert one.state == Inquiry.ANSWERED
    assert "ひみつの様子" not in file
    assert say("reply.met", "ja") not in file.split("\n")[1]


def test_a_link_ends_with_its_time_the_request_or_the_buyer(world):
    found, one = asked(world)
    client, base = Client(), f"/supplier/{one.token}/"
    long_ago = timezone.localdate() - timedelta(days=40)
    BuyerRequest.objects.filter(pk=found.pk).update(due=long_ago)
    assert client.get(f"{base}ask/1/").status_code == 400
    assert client.post(f"{base}check/", SEND).status_code == 400
    BuyerRequest.objects.filter(pk=found.pk).update(due=timezone.localdate())
    assert client.get(f"{base}ask/1/").status_code == 200
    world.client("buyer").post(f"/s/{world.bank.pk}/requests/{found.pk}/close/", {"sure": "yes"})
    assert client.get(f"{base}ask/1/").status_code == 400
    BuyerRequest.objects.filter(pk=found.pk).update(closed_at=None)
    Organisation.objects.filter(pk=world.bank.pk).update(approved_at=None)
    assert client.get(f"{base}ask/1/").status_code == 400


@pytest.mark.parametrize("change", ["turn", "letter", "short", "none"])
def test_a_changed_link_opens_nothing(world, change):
    _, one = asked(world)
    token = one.token
    if change == "turn":
        rows().filter(pk=one.pk).update(turn=1)
    token = {
        "turn": token,
        "letter": ("0" if token[0] != "0" else "1") + token[1:],
        "short": token[:40],
        "none": "x",
    }[change]
    for page in ("", "ask/1/", "check/", "stop/"):
        assert Client().get(f"/supplier/{token}/{page}").status_code == 404


def test_declining_says_why_and_stopping_mail_reaches_every_request(world, smtp):
    found, one = asked(world)
    client, base = Client(), f"/supplier/{one.token}/"
    assert client.post(f"{base}refuse/", {"why": ""}).status_code == 400
    client.post(f"{base}refuse/", {"why": "取引は来月で終わります"})
    buyer, list_ = world.client("buyer"), f"/s/{world.bank.pk}/requests/{found.pk}/"
    assert "取引は来月で終わります" in buyer.get(f"{list_}{one.pk}/").content.decode()
    other = made_request(world.bank, "ipa-5")
    two = asked_supplier(other, mail=Inquiry.WAITING)
    # Mail programs press the button by themselves, without a cookie of ours.
    assert Client(enforce_csrf_checks=True).post(f"/supplier/{two.token}/stop/").status_code == 200
    mailing.mail_inquiries.call(str(other.pk))
    assert smtp.mails == []
    two.refresh_from_db()
    assert two.state == Inquiry.STOPPED
    shown = buyer.post(
        f"/s/{world.bank.pk}/requests/{made_request(world.bank).pk}/suppliers/",
        {"email": one.email},
    ).content.decode()
    assert say("suppliers.stopped", "ja") in shown
    assert say("suppliers.nobody", "ja") in shown
    assert one.email not in str(list(StoppedAddress.objects.values()))


def test_a_new_secret_of_the_portal_forgets_no_stopped_address(world, settings):
    _, one = asked(world)
    Client().post(f"/supplier/{one.token}/stop/")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret" * 5
    assert StoppedAddress.among(world.bank, [one.email]) == {one.email}
    assert StoppedAddress.among(world.chamber, [one.email]) == set()


def test_reminders_go_to_those_who_have_not_answered_and_end(world, smtp):
    due = timezone.localdate() + timedelta(days=7)
    found = made_request(world.bank, due=due)
    long_ago = timezone.now() - timedelta(days=9)
    waits = asked_supplier(found, "a@example.jp", mailed_at=long_ago)
    asked_supplier(found, "b@example.jp", mailed_at=long_ago, state=Inquiry.ANSWERED)
    asked_supplier(found, "c@example.jp", mailed_at=timezone.now())
    asked_supplier(found, "d@example.jp", mailed_at=long_ago, reminders=mailing.REMINDERS_AT_MOST)
    remind_suppliers.call()
    run_tasks()
    remind_suppliers.call()
    run_tasks()
    assert len(smtp.wait_for(1)) == 1
    assert smtp.to == ["a@example.jp"]
    waits.refresh_from_db()
    assert waits.reminders == 1
    client = world.client("buyer")
    client.post(f"/s/{world.bank.pk}/requests/{found.pk}/remind/")
    run_tasks()
    assert smtp.to == ["a@example.jp"]  # written to today


def said(world, **answers):
    now = timezone.now()
    subject = Subject("company", str(world.company.pk))
    keep(
        world.company,
        [
            seen(
                CompanyAnswer(question, (choice,), None), subject=subject, source="answered", at=now
            )
            for question, choice in answers.items()
        ],
    )
    refresh(world.company)


def test_a_company_answers_once_for_every_buyer(world):
    _found, one = asked(world, email="owner@example.jp")
    owner = world.client("owner")
    front = owner.get(f"/supplier/{one.token}/").content.decode()
    assert say("asked.take_over_do", "ja", company=world.company) in front
    # Neither a colleague without the right nor somebody else's company takes it.
    for who, company in (("staff", world.company), ("stranger", world.company)):
        sent = {"company": str(company.pk)}
        assert world.client(who).post(f"/supplier/{one.token}/take-over/", sent).status_code == 404
    base = f"/c/{world.company.pk}/requests/{one.pk}/"
    assert owner.get(base).status_code == 404
    owner.post(f"/supplier/{one.token}/take-over/", {"company": str(world.company.pk)})
    assert owner.get(base).status_code == 200
    # The link alone opens nothing any more.
    assert Client().get(f"/supplier/{one.token}/ask/1/").status_code == 302
    assert world.client("staff").get(base).status_code == 404
    answer_all(owner, base, evidence="record")
    owner.post(f"{base}check/", SEND)
    assert GivenReply.objects.of(world.company).count() == 6
    # Another buyer asks the same address: the company is told, and its answers are there.
    other = Organisation.objects.create(name="組立工業", kind="buyer", approved_at=timezone.now())
    from tojimari.portal.supporters.models import Helper

    Helper.objects.create(user=world.stranger, organisation=other)
    again = made_request(other)
    world.client("stranger").post(
        f"/s/{other.pk}/requests/{again.pk}/suppliers/", {"email": one.email, "sure": "yes"}
    )
    two = rows().get(request=again)
    assert two.company == world.company
    assert Notice.objects.of(world.company).filter(kind="request.came").count() == 1
    check = owner.get(f"/c/{world.company.pk}/requests/{two.pk}/check/").content.decode()
    assert say("evidence.record", "ja") in check
    assert say("send.do", "ja") in check
    # Nothing of it is seen by the other buyer before it is sent to it as well.
    page = world.client("stranger").get(f"/s/{other.pk}/requests/{again.pk}/{two.pk}/")
    assert say("evidence.record", "ja") not in page.content.decode()
    listed = owner.get(f"/c/{world.company.pk}/requests/").content.decode()
    assert world.bank.name in listed
    assert other.name in listed


def test_who_took_a_forwarded_link_gets_nothing_that_others_ask(world):
    _found, one = asked(world, email="info@elsewhere.example")
    taken = world.client("stranger").post(
        f"/supplier/{one.token}/take-over/", {"company": str(world.foreign.pk)}
    )
    assert taken.status_code == 302
    again = made_request(world.bank, title="別の確認")
    world.client("buyer").post(
        f"/s/{world.bank.pk}/requests/{again.pk}/suppliers/", {"email": one.email, "sure": "yes"}
    )
    two = rows().get(request=again)
    assert two.company is None
    assert Client().get(f"/supplier/{two.token}/ask/1/").status_code == 200


def test_what_cannot_be_sent_any_more_is_erased(world):
    found, one = asked(world)
    base = f"/supplier/{one.token}/"
    Client().post(f"{base}ask/1/", {"state": "met", "evidence": "said", "words": "ひみつの様子"})
    forget_shown.call()
    one.refresh_from_db()
    assert one.draft, "there is time left to send it"
    BuyerRequest.objects.filter(pk=found.pk).update(due=timezone.localdate() - timedelta(days=40))
    forget_shown.call()
    one.refresh_from_db()
    assert (one.draft, one.cost, one.person) == ({}, "", "")


def best_answers(controls) -> dict[str, str]:
    """Return question -> the option that says one of ``controls`` is met."""
    found: dict[str, str] = {}
    for question in catalog().questions.values():
        for option in question.options if question.type == "single" else ():
            if any(option.says.get(control) == "met" for control in controls):
                found.setdefault(question.id, option.id)
    return found


def test_what_is_known_of_a_company_is_filled_in_and_unknown_is_not(world):
    controls = ("device-firewall", "screen-lock")
    found = made_request(world.bank, "", controls=controls)
    one = asked_supplier(found, company=world.company)
    owner, base = world.client("owner"), f"/c/{world.company.pk}/requests/{one.pk}/"
    # A company that answered nothing has nothing filled in.
    check = owner.get(f"{base}check/").content.decode()
    assert check.count(say("reply.open", "ja")) >= len(controls)
    assert say("send.do", "ja") not in check
    said(world, **best_answers(controls[:1]))
    check = owner.get(f"{base}check/").content.decode()
    assert say("evidence.said", "ja") in check
    assert say("send.missing", "ja", n=1) in check
    owner.post(f"{base}ask/2/", {"state": "met", "evidence": "said"})
    owner.post(f"{base}check/", SEND)
    one.refresh_from_db()
    assert one.met == 2


def test_every_view_stands_in_the_companys_log(world):
    found, one = asked(world, company=world.company)
    owner, base = world.client("owner"), f"/c/{world.company.pk}/requests/{one.pk}/"
    answer_all(owner, base)
    owner.post(f"{base}check/", SEND)
    buyer, list_ = world.client("buyer"), f"/s/{world.bank.pk}/requests/{found.pk}/"
    for page in ("", f"{one.pk}/", "suppliers.csv"):
        assert buyer.head(f"{list_}{page}").status_code == 200
    assert not InquiryView.objects.exists()
    for page in ("", f"{one.pk}/", "suppliers.csv"):
        for _ in range(2):
            assert buyer.get(f"{list_}{page}").status_code == 200
    events = AuditEvent.objects.of(world.company).filter(organisation=world.bank)
    actions = [event.action for event in events.order_by("pk") if event.actor == world.buyer]
    assert actions == ["answer.list", "answer.page", "answer.file"]
    log = owner.get(f"/c/{world.company.pk}/log/").content.decode()
    for action in actions:
        assert say(f"event.{action}", "ja") in log
    assert (
        say("asks.seen", "ja", when=f"{timezone.localdate()}", n=3)
        in owner.get(f"/c/{world.company.pk}/requests/").content.decode()
    )


def test_the_list_filters_by_state_and_name(world):
    found = made_request(world.bank)
    asked_supplier(found, "a@example.jp", name="青木<script>")
    asked_supplier(found, "b@example.jp", name="馬場", state=Inquiry.DECLINED, why="なし")
    client, base = world.client("buyer"), f"/s/{world.bank.pk}/requests/{found.pk}/"
    assert "<script>" not in client.get(base).content.decode().split("<main")[1]
    declined = client.get(f"{base}?state=declined").content.decode()
    assert "馬場" in declined
    assert "青木" not in declined
    assert "馬場" not in client.get(f"{base}?q=a@example").content.decode()
    assert client.get(f"{base}?state=%00&q=%00").status_code == 400
    assert client.get(f"{base}?state=nothing&page=x").status_code == 200


def test_a_late_page_skips_keys_and_reads_its_own_rows_alone(world):
    """What stands before a page is counted off by keys: answers and drafts of others are not read."""
    found = made_request(world.bank)
    names = ["同じ名の店"] * 150 + [f"店{n:03d}" for n in range(101)]
    rows().bulk_create(
        Inquiry(request=found, email=f"s{n}@example.jp", name=name) for n, name in enumerate(names)
    )
    client, base = world.client("buyer"), f"/s/{world.bank.pk}/requests/{found.pk}/"
    listed: list[str] = []
    for number, lines in ((1, 100), (2, 100), (3, 51), (99, 51)):  # the last one for a page too far
        with CaptureQueriesContext(connection) as asked_of:
            page = client.get(f"{base}?page={number}").content.decode()
        skips = [one["sql"] for one in asked_of if "OFFSET" in one["sql"]]
        assert len(skips) == (number > 1)
        assert not [sql for sql in skips if '"email"' in sql]
        shown = re.findall(r">(s\d+@example\.jp)<", page)
        assert len(shown) == lines
        listed += shown if number <= 3 else []
    assert sorted(listed) == sorted(f"s{n}@example.jp" for n in range(251))


def test_another_buyer_sees_nothing(world):
    found, one = asked(world)
    other = Organisation.objects.create(name="別の会社", kind="buyer", approved_at=timezone.now())
    from tojimari.portal.supporters.models import Helper

    Helper.objects.create(user=world.stranger, organisation=other)
    client = world.client("stranger")
    for page in ("", f"{one.pk}/", "suppliers.csv"):
        assert client.get(f"/s/{other.pk}/requests/{found.pk}/{page}").status_code == 404
        assert client.get(f"/s/{world.bank.pk}/requests/{found.pk}/{page}").status_code == 404
    mine = made_request(other)
    assert client.get(f"/s/{other.pk}/requests/{mine.pk}/{one.pk}/").status_code == 404


def test_a_company_takes_its_requests_along_and_they_go_with_it(world):
    from tojimari.portal.companies.export import everything_of
    from tojimari.portal.core.deletion import delete_company

    _found, one = asked(world, company=world.company)
    owner, base = world.client("owner"), f"/c/{world.company.pk}/requests/{one.pk}/"
    answer_all(owner, base, words="持ち出す")
    owner.post(f"{base}check/", SEND)
    kept = everything_of(world.company)
    assert "持ち出す" in str(kept["requests.inquiry"])
    assert len(kept["requests.givenreply"]) == 6
    delete_company(world.company)
    assert not rows().filter(pk=one.pk).exists()


def test_a_link_holds_no_secret_of_the_database(world):
    _, one = asked(world)
    assert re.fullmatch(r"[0-9a-f]{33}\.[\w-]{43}", one.token)
    assert one.token.partition(".")[2] not in str(rows().values().get())


def test_a_program_of_the_buyer_lists_what_is_shown_and_the_supplier_reads_that(world):
    found, one = asked(world)
    client, base = Client(), f"/supplier/{one.token}/"
    answer_all(client, base)
    client.post(f"{base}check/", SEND)
    silent = asked_supplier(found, "silent@example.jp")
    client.post(f"/supplier/{silent.token}/ask/1/", {"state": "met", "words": "途中"})
    _, secret = ApiToken.make(world.buyer, "list", ["fleet:read"], 30)
    headers = {"authorization": f"Bearer {secret}"}
    address = f"/api/v1/organisations/{world.bank.pk}/requests"
    listed = Client().get(address, headers=headers).json()
    assert [row["id"] for row in listed] == [str(found.pk)]
    suppliers = Client().get(f"{address}/{found.pk}/suppliers", headers=headers)
    told = {row["email"]: row["replies"] for row in suppliers.json()["suppliers"]}
    assert told[silent.email] is None
    assert {reply["state"] for reply in told[one.email].values()} == {"met"}
    assert "途中" not in suppliers.content.decode()
    assert InquiryView.objects.filter(inquiry=one, way="api", user=world.buyer).count() == 1
    client.post(f"{base}withdraw/", {"sure": "yes"})
    gone = Client().get(f"{address}/{found.pk}/suppliers?state=withdrawn", headers=headers).json()
    assert [row["replies"] for row in gone["suppliers"]] == [None]
