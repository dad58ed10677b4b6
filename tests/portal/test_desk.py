"""The desk by its pages: a question, the queue, an answer, the word whether it helped; and who sees what."""

import html
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from django.utils.html import escape

from tests.support.addresses import filled, routes
from tests.support.desk import ANSWER, WORDS, answered, asked, helper_of, open_desk
from tests.support.pressing import run_tasks
from tests.support.records import opened
from tojimari.portal.core.models import Notice
from tojimari.portal.core.uploads import FILE_BYTES
from tojimari.portal.desk.models import (
    Appointment,
    AsideMail,
    Attachment,
    Desk,
    Handover,
    Message,
    Ticket,
)
from tojimari.portal.desk.tickets import File, add_message, attach, data_of, open_ticket
from tojimari.portal.mailcheck.models import Judged
from tojimari.portal.supporters.models import Grant, Helper
from tojimari.portal.words import catalog, say


@pytest.fixture
def desk(world):
    return open_desk(world.chamber)


@pytest.fixture
def own(world, desk):
    """The address of the company's desk."""
    return f"/c/{world.company.pk}/desk/"


@pytest.fixture
def queue(world, desk):
    """The address of the helpers' queue."""
    return f"/s/{world.chamber.pk}/desk/"


def test_a_question_is_asked_answered_settled_and_rated(world, own, queue):
    owner, helper = world.client("owner"), world.client("supporter")
    ticket = asked(world)
    assert (ticket.subject, ticket.number, ticket.state) == (WORDS.split("\n")[0], 1, "open")
    assert ticket.subject in helper.get(queue).content.decode()
    page = helper.get(f"{queue}{ticket.pk}/").content.decode()
    assert "昨日からです" in page
    answered(world, ticket)
    ticket = Ticket.objects.of(world.company).get()
    assert (ticket.state, ticket.waits_since) == ("answered", None)
    assert ticket.first_minutes is not None
    shown = owner.get(f"/c/{world.company.pk}/").content.decode()
    assert say("notice.desk.answered", "ja", organisation="町の会議所", number=1) in shown
    assert ANSWER in owner.get(f"{own}{ticket.pk}/").content.decode()
    assert not Notice.objects.of(world.company).filter(seen_at=None, kind="desk.answered").exists()
    owner.post(f"{own}{ticket.pk}/rate/", {"rated": "yes"})
    owner.post(f"{own}{ticket.pk}/close/")
    ticket = Ticket.objects.of(world.company).get()
    assert (ticket.state, ticket.rated) == ("closed", "yes")
    owner.post(f"{own}{ticket.pk}/write/", {"text": "また起きました"})
    ticket = Ticket.objects.of(world.company).get()
    assert (ticket.state, ticket.closed_at) == ("open", None)


def test_what_it_is_about_is_shown_and_goes_along_word_for_word(world, own, machine):
    owner = world.client("owner")
    control = next(iter(catalog().controls.values()))
    judged = Judged.objects.of(world.company).create(
        company=world.company, way="page", level="dangerous", trick="delivery"
    )
    for kind, id_, title in (
        ("control", control.id, control.title.ja),
        ("device", machine.device.pk, "事務所のパソコン"),
        ("mail", judged.pk, say("deskabout.mail", "ja")),
    ):
        page = owner.get(f"{own}ask/?about={kind}&about_id={id_}")
        about = page.context["about"]
        assert about.title == title
        assert escape(about.lines[0]) in page.content.decode()
        sent = {"about": kind, "about_id": str(id_), "seen": about.digest, "along": "yes"}
        ticket = asked(world, **sent)
        assert ticket.shared == about.text
        assert (ticket.about, ticket.about_id) == (kind, str(id_))


def test_what_changed_since_it_was_shown_is_shown_again_before_it_is_sent(world, own, machine):
    owner = world.client("owner")
    sent = {
        "organisation": str(world.chamber.pk),
        "text": WORDS,
        "about": "device",
        "about_id": str(machine.device.pk),
        "seen": "0" * 64,
        "along": "yes",
    }
    page = owner.post(f"{own}ask/", sent)
    assert page.status_code == 400
    assert say("desk.changed_meanwhile", "ja") in page.content.decode()
    assert "昨日からです" in page.content.decode()
    assert not Ticket.objects.of(world.company).exists()
    ticket = asked(world, **{**sent, "along": ""})
    assert ticket.shared == ""


def test_nothing_of_another_company_goes_along(world, own):
    judged = Judged.objects.of(world.foreign).create(
        company=world.foreign, way="page", level="dangerous"
    )
    page = world.client("owner").get(f"{own}ask/?about=mail&about_id={judged.pk}")
    assert page.context["about"] is None
    page = world.client("owner").get(f"{own}ask/?about=weather&about_id=x")
    assert page.context["about"] is None


def test_a_queue_that_is_counted_no_further_says_so(world, own, queue, monkeypatch):
    monkeypatch.setattr("tojimari.portal.desk.queue.PAGED_AT_MOST", 2)
    for more in (False, True):
        asked(world)
        page = world.client("supporter").get(queue).content.decode()
        assert ('<span class="count">2+</span>' in page) is more


def test_a_question_about_an_incident_stands_on_top(world, own, queue, ids):
    asked(world)
    page = world.client("owner").get(f"{own}ask/?about=incident&about_id={ids['incident_id']}")
    about = page.context["about"]
    sent = {"about": "incident", "about_id": str(ids["incident_id"]), "seen": about.digest}
    urgent = asked(world, text="助けてください", along="yes", **sent)
    rows = world.client("supporter").get(queue).context["tickets"]
    assert rows[0]["ticket"] == urgent
    assert [one["ticket"].waits_since for one in rows[1:]] == sorted(
        one["ticket"].waits_since for one in rows[1:]
    )


@pytest.mark.parametrize("kept_back", [{"along": ""}, {}])
def test_an_incident_is_urgent_also_where_what_is_known_of_it_is_kept_back(
    world, own, ids, kept_back
):
    page = world.client("owner").get(f"{own}ask/?about=incident&about_id={ids['incident_id']}")
    about = page.context["about"]
    sent = {"about": "incident", "about_id": str(ids["incident_id"]), "seen": about.digest}
    ticket = asked(world, text="助けてください", **sent, **kept_back)
    assert (ticket.urgent, ticket.shared, ticket.about, ticket.about_id) == (True, "", "", "")


@pytest.mark.parametrize("sent", [{}, {"text": ""}, {"text": "x", "organisation": "nobody"}])
def test_bad_input_is_one_sentence_and_keeps_the_words(world, own, sent):
    page = world.client("owner").post(
        f"{own}ask/", {"organisation": str(world.chamber.pk), "about": "mail", **sent}
    )
    assert page.status_code == 400
    assert 'role="alert"' in page.content.decode()
    assert not Ticket.objects.of(world.company).exists()


def test_too_many_files_are_refused_and_the_words_stay(world, own):
    files = [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(21)]
    sent = {"organisation": str(world.chamber.pk), "text": WORDS, "files": files}
    page = world.client("owner").post(f"{own}ask/", sent)
    assert page.status_code == 400
    assert say("desk.too_large", "ja") in page.content.decode()
    assert "昨日からです" in page.content.decode()


def write_pages(world, own, queue):
    """Each page that takes files: whose, its address, what goes with them."""
    ticket = asked(world)
    desk = {"organisation": str(world.chamber.pk)}
    return (
        ("owner", f"{own}ask/", {**desk, "text": "大きな件"}),
        ("owner", f"{own}{ticket.pk}/write/", {"text": "大きな件"}),
        ("supporter", f"{queue}{ticket.pk}/answer/", {"text": "大きな件", "what": "answer"}),
    )


def test_large_files_never_touch_the_disk(world, own, queue, monkeypatch):
    from django.core.files import uploadedfile, uploadhandler

    def touched(*_, **__):
        raise AssertionError("a file on the disk")

    data = b"x" * 5_000_000
    pages = write_pages(world, own, queue)
    for module in (uploadedfile, uploadhandler):
        monkeypatch.setattr(module, "TemporaryUploadedFile", touched)
    for who, address, sent in pages:
        file = SimpleUploadedFile("a.bin", data)
        answer = world.client(who).post(address, {**sent, "files": [file]})
        assert answer.status_code == 302, address
    kept = Attachment.objects.of(world.company).all()
    assert [data_of(one) == data for one in kept] == [True] * 3


def test_files_too_large_to_be_taken_are_said_and_the_words_stay(world, own, queue):
    for who, address, sent in write_pages(world, own, queue):
        file = SimpleUploadedFile("a.bin", b"x" * 16_000_000)
        answer = world.client(who).post(address, {**sent, "files": [file]})
        assert answer.status_code == 400, address
        page = answer.content.decode()
        assert say("desk.too_large", "ja") in page
        assert "大きな件" in page
    assert Message.objects.of(world.company).count() == 1


def test_pages_that_take_files_say_what_is_too_large_before_it_is_sent(world, own, queue):
    ticket = asked(world)
    incident = opened(world)
    pages = {
        f"{own}ask/": "owner",
        f"{own}{ticket.pk}/": "owner",
        f"{queue}{ticket.pk}/": "supporter",
        f"/c/{world.company.pk}/incidents/{incident.pk}/": "owner",
    }
    for page, who in pages.items():
        shown = world.client(who).get(page).content.decode()
        assert f'data-most="{FILE_BYTES}" data-too-large="' in shown, page
        assert "tojimari/upload" in shown, page


def test_a_file_is_sealed_and_only_ever_a_download(world, own, queue):
    page = b"<script>alert(1)</script>"
    file = SimpleUploadedFile('見本"<x>.html', page, content_type="text/html")
    ticket = asked(world, files=[file])
    kept = Attachment.objects.of(world.company).get()
    assert page not in bytes(kept.sealed)
    assert data_of(kept) == page
    for client, address in (
        (world.client("owner"), f"{own}{ticket.pk}/files/{kept.pk}/"),
        (world.client("supporter"), f"{queue}{ticket.pk}/files/{kept.pk}/"),
    ):
        got = client.get(address)
        assert got.content == page
        assert got["Content-Type"] == "application/octet-stream"
        assert got["Content-Disposition"].startswith("attachment;")
        assert "\n" not in got["Content-Disposition"]


def test_markup_in_a_question_is_text(world, own, queue):
    ticket = asked(world, text="<img src=x onerror=alert(1)>\n{{ 7 }}")
    for client, address in (
        (world.client("owner"), f"{own}{ticket.pk}/"),
        (world.client("supporter"), f"{queue}{ticket.pk}/"),
        (world.client("supporter"), queue),
    ):
        assert "<img src=x" not in client.get(address).content.decode()


# --- who sees what ------------------------------------------------------------------------------


def test_staff_see_their_own_questions_and_owners_all(world, own):
    of_owner, of_staff = asked(world), asked(world, "staff", "私のことです")
    staff, owner = world.client("staff"), world.client("owner")
    shown = staff.get(own).content.decode()
    assert "私のことです" in shown
    assert WORDS.split("\n")[0] not in shown
    for page in ("", "write/", "close/", "rate/"):
        address = f"{own}{of_owner.pk}/{page}"
        assert staff.get(address).status_code in (404, 405)
        assert staff.post(address, {"text": "x", "rated": "yes"}).status_code in (404, 405)
    assert owner.get(f"{own}{of_staff.pk}/").status_code == 200
    answered(world, of_staff)
    assert not Notice.objects.of(world.company).filter(kind="desk.answered").exists()


def test_notes_are_for_the_desk_alone(world, own, queue):
    ticket = asked(world)
    answered(world, ticket, "社長は慌てている様子", what="note")
    assert "慌てている" in world.client("supporter").get(f"{queue}{ticket.pk}/").content.decode()
    assert "慌てている" not in world.client("owner").get(f"{own}{ticket.pk}/").content.decode()
    assert Ticket.objects.of(world.company).get().state == "open"


def test_another_supporter_with_a_grant_sees_nothing_of_it(world, queue):
    ticket = asked(world)
    other = helper_of(world, "となりの会議所", world.stranger)
    Grant.objects.of(world.company).create(company=world.company, organisation=other)
    client = world.client("stranger")
    theirs = f"/s/{other.pk}/desk/"
    assert ticket.subject not in client.get(theirs).content.decode()
    assert client.get(f"{theirs}{ticket.pk}/").status_code == 404
    assert client.post(f"{theirs}{ticket.pk}/answer/", {"text": "x"}).status_code == 404
    assert client.get(f"{queue}{ticket.pk}/").status_code == 404


def test_a_withdrawn_grant_ends_it_at_once_and_the_company_keeps_its_own(world, own, queue):
    ticket = asked(world)
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(withdrawn_at=timezone.now())
    helper, owner = world.client("supporter"), world.client("owner")
    assert ticket.subject not in helper.get(queue).content.decode()
    for page in ("", "answer/", "assign/", "close/", "merge/", "split/", "again/"):
        assert helper.post(f"{queue}{ticket.pk}/{page}", {"text": "x"}).status_code in (404, 405)
    assert helper.get(f"{queue}{ticket.pk}/").status_code == 404
    page = owner.get(f"{own}{ticket.pk}/").content.decode()
    assert "昨日からです" in page
    assert say("desk.not_asked", "ja") in page
    refused = owner.post(f"{own}{ticket.pk}/write/", {"text": "まだ困っています"})
    assert refused.status_code == 400
    assert "まだ困っています" in refused.content.decode()


def test_beside_the_conversation_stands_only_what_is_granted(world, queue, machine):
    ticket = asked(world)
    helper, address = world.client("supporter"), f"{queue}{ticket.pk}/"
    assert "事務所のパソコン" in helper.get(address).content.decode()
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(scopes=())
    page = helper.get(address).content.decode()
    assert "事務所のパソコン" not in page
    assert say("ticket.no_devices", "ja") in page
    assert say("granted.less", "ja") in page


def test_a_buyer_has_no_desk_and_a_computer_alone_neither(world, own, settings):
    assert world.client("buyer").get(f"/s/{world.bank.pk}/desk/").status_code == 404
    settings.LOCAL = True
    assert world.client("owner").get(own).status_code == 404
    assert world.client("supporter").get(f"/s/{world.chamber.pk}/desk/").status_code == 404


# --- the helpers' work --------------------------------------------------------------------------


def test_the_desk_opens_with_its_hours_and_says_no_in_one_sentence(world):
    helper, address = world.client("supporter"), f"/s/{world.chamber.pk}/desk/settings/"
    assert helper.get(f"/s/{world.chamber.pk}/desk/")["Location"] == address
    hours = {"open": "yes", "opens": "10:00", "closes": "16:30", "days": ["0", "4"]}
    bad = helper.post(address, {**hours, "closes": "09:00", "shut": "2026-12-29"})
    assert bad.status_code == 400
    assert "2026-12-29" in bad.content.decode()
    bad = helper.post(address, {**hours, "shut": "来週"})
    assert say("desk.bad_day", "ja") in bad.content.decode()
    assert not Desk.objects.exists()
    assert helper.post(address, {**hours, "shut": "2026-12-29"}).status_code == 302
    row = Desk.objects.get()
    assert (row.days, row.shut, row.open) == ("04", ["2026-12-29"], True)
    page = world.client("owner").get(f"/c/{world.company.pk}/desk/").content.decode()
    assert "月金" in page
    assert "10:00" in page
    helper.post(address, {**hours, "open": ""})
    assert (
        say("desk.none", "ja")
        in world.client("owner").get(f"/c/{world.company.pk}/desk/").content.decode()
    )


def test_a_call_is_written_down_with_what_was_said(world, queue, own):
    helper = world.client("supporter")
    page = helper.get(f"{queue}call/?company={world.company.pk}").content.decode()
    assert "owner" in page
    sent = {
        "company": str(world.company.pk),
        "caller": "経理の山田さん",
        "text": "画面が消えません",
        "answered": "線を抜いてもらいました",
    }
    assert helper.post(f"{queue}call/", sent).status_code == 302
    ticket = Ticket.objects.of(world.company).get()
    assert (ticket.way, ticket.caller, ticket.state) == ("phone", "経理の山田さん", "answered")
    assert "線を抜いて" in world.client("owner").get(f"{own}{ticket.pk}/").content.decode()
    bad = helper.post(f"{queue}call/", {**sent, "company": str(world.foreign.pk)})
    assert bad.status_code == 400
    assert "画面が消えません" in bad.content.decode()


def test_an_answer_to_nobody_is_told_to_the_owners_by_mail(world, queue, own, smtp):
    ticket = open_ticket(world.company, world.chamber, subject="電話", way="phone")
    add_message(ticket, Message.COMPANY, "画面が消えません", way="phone")
    for number, text in enumerate(("線を抜いてください。", "まだですか。"), 1):
        answered(world, ticket, text)
        run_tasks()
        assert smtp.to == ["owner@example.jp"] * number
    letter = smtp.mails[0].get_content()
    assert f"{own}{ticket.pk}/" in letter
    assert "線を抜いて" not in letter
    sentence = say("notice.desk.answered_owners", "ja", organisation="町の会議所", number=1)
    assert sentence in world.client("owner").get(f"/c/{world.company.pk}/").content.decode()
    world.client("owner").get(f"{own}{ticket.pk}/")
    assert not Notice.objects.of(world.company).filter(seen_at=None).exists()
    of_staff = asked(world, "staff")
    answered(world, of_staff)
    run_tasks()
    assert smtp.to == ["owner@example.jp"] * 2 + ["staff@example.jp"]


def test_a_closed_question_is_not_called_solved(world, own):
    ticket = asked(world)
    Ticket.objects.of(world.company).update(state="closed", closed_at=timezone.now())
    page = world.client("owner").get(f"{own}{ticket.pk}/").content.decode()
    assert "終わりました" in page
    assert "解決しました" not in page


def test_the_days_of_a_desk_are_words_in_both_languages(world, own, desk):
    Desk.objects.update(days="04")
    client = world.client("owner")
    assert "月金 00:00から" in client.get(own).content.decode()
    client.cookies["django_language"] = "en"
    page = client.get(own, headers={"accept-language": "en"}).content.decode()
    assert "Answered Mon Fri, 00:00 to 23:59." in page


def test_a_prepared_answer_is_put_below_what_was_typed_in_the_askers_language(world, queue):
    ticket = asked(world)
    helper = world.client("supporter")
    answer = next(iter(catalog().answers.values()))
    control = next(iter(catalog().controls.values()))
    for id_, words in ((answer.id, answer.text.ja), (f"control-{control.id}", control.do.ja)):
        sent = {"what": "insert", "text": "山田様", "prepared": id_}
        page = helper.post(f"{queue}{ticket.pk}/answer/", sent)
        assert page.status_code == 200
        assert page.context["given"].startswith("山田様\n\n")
        assert words in page.context["given"]
    world.company.memberships.filter(user=world.owner).update(remind_lang="en")
    page = helper.post(f"{queue}{ticket.pk}/answer/", {"what": "insert", "prepared": answer.id})
    assert page.context["given"] == answer.text.en
    nothing = helper.post(f"{queue}{ticket.pk}/answer/", {"what": "answer", "text": " "})
    assert nothing.status_code == 400


def test_it_is_handed_to_a_colleague_and_to_nobody_else(world, queue):
    ticket = asked(world)
    helper = world.client("supporter")
    address = f"{queue}{ticket.pk}/assign/"
    assert helper.post(address, {"helper": str(world.stranger.pk)}).status_code == 400
    Helper.objects.create(user=world.buyer, organisation=world.chamber)
    assert helper.post(address, {"helper": str(world.buyer.pk)}).status_code == 302
    assert Ticket.objects.of(world.company).get().assigned == world.buyer
    shown = world.client("buyer").get(f"{queue}?whose=mine").content.decode()
    assert ticket.subject in shown
    assert ticket.subject not in helper.get(f"{queue}?whose=nobody").content.decode()
    helper.post(address, {"helper": ""})
    assert Ticket.objects.of(world.company).get().assigned is None


def test_two_questions_become_one_and_one_becomes_two(world, own, queue):
    first, second = asked(world, text="一つめ"), asked(world, text="二つめ")
    helper = world.client("supporter")
    answer = helper.post(f"{queue}{second.pk}/merge/", {"number": first.number})
    assert answer.status_code == 302
    page = helper.get(f"{queue}{first.pk}/").content.decode()
    assert "一つめ" in page
    assert "二つめ" in page
    assert helper.get(f"{queue}{second.pk}/").status_code == 404
    message = Message.objects.of(world.company).get(text="二つめ")
    made = helper.post(f"{queue}{first.pk}/split/", {"message": str(message.pk)})
    assert made.status_code == 302
    assert Ticket.objects.of(world.company).get(number=3).subject == "二つめ"
    only = Message.objects.of(world.company).get(text="一つめ")
    assert helper.post(f"{queue}{first.pk}/split/", {"message": str(only.pk)}).status_code == 400


def test_the_link_of_a_joined_question_leads_to_the_one_that_goes_on(world, own, queue):
    first, second = asked(world, text="一つめ"), asked(world, text="二つめ")
    world.client("supporter").post(f"{queue}{second.pk}/merge/", {"number": first.number})
    owner = world.client("owner")
    assert owner.get(f"{own}{second.pk}/")["Location"] == f"{own}{first.pk}/"
    assert owner.post(f"{own}{second.pk}/write/", {"text": "続き"}).status_code == 302
    assert Message.objects.of(world.company).get(text="続き").ticket == first
    assert world.client("staff").get(f"{own}{second.pk}/").status_code == 404


@pytest.mark.parametrize("until", ["asked", "runs", "over", "refused"])
@pytest.mark.parametrize("which", ["first", "second"])
def test_what_somebody_outside_reads_is_joined_with_nothing(world, queue, until, which):
    both = {"first": asked(world, text="一つめ"), "second": asked(world, text="二つめ")}
    outside = helper_of(world, "まちの専門家", world.stranger)
    now = timezone.now()
    days = {"runs": now + timedelta(days=1), "over": now - timedelta(days=1)}
    Handover.objects.of(world.company).create(
        company=world.company,
        ticket=both[which],
        to=outside,
        days=5,
        until=days.get(until),
        ended_at=now if until == "refused" else None,
    )
    helper = world.client("supporter")
    address = f"{queue}{both['first'].pk}/merge/"
    answer = helper.post(address, {"number": both["second"].number})
    if until in ("over", "refused"):
        assert answer.status_code == 302
        assert Handover.objects.of(world.company).get().ticket == both["second"]
        return
    assert answer.status_code == 400
    assert say("desk.merge_not", "ja") in answer.content.decode()
    for name, text in (("first", "一つめ"), ("second", "二つめ")):
        assert Message.objects.of(world.company).get(text=text).ticket == both[name]


def test_questions_of_two_people_are_joined_with_nothing(world, own, queue):
    of_owner, of_staff = asked(world, text="給料の件"), asked(world, "staff", "私の件")
    without = open_ticket(world.company, world.chamber, subject="電話", way="phone")
    helper = world.client("supporter")
    for one, into in ((of_owner, of_staff), (of_staff, of_owner), (without, of_staff)):
        answer = helper.post(f"{queue}{one.pk}/merge/", {"number": into.number})
        assert answer.status_code == 400
        assert say("desk.merge_not", "ja") in answer.content.decode()
    assert "給料" not in world.client("staff").get(f"{own}{of_staff.pk}/").content.decode()


def test_questions_of_two_companies_never_become_one(world, queue):
    Grant.objects.of(world.foreign).create(company=world.foreign, organisation=world.chamber)
    ours = asked(world)
    theirs = open_ticket(world.foreign, world.chamber, subject="x", way="web", asker=world.stranger)
    add_message(theirs, Message.COMPANY, "よその話", way="web")
    helper = world.client("supporter")
    for number in (theirs.number, ours.number, 99):
        page = helper.post(f"{queue}{ours.pk}/merge/", {"number": number})
        assert page.status_code == 400
    assert Message.objects.of(world.company).get().ticket == ours


def test_an_appointment_is_set_moved_and_called_off(world, own, queue):
    from icalendar import Calendar

    ticket = asked(world)
    helper, owner = world.client("supporter"), world.client("owner")
    day = (timezone.localtime() + timedelta(days=3)).strftime("%Y-%m-%dT10:00")
    sent = {"starts": day, "minutes": "90", "place": "会議所2階"}
    assert helper.post(f"{queue}{ticket.pk}/appointments/", sent).status_code == 302
    one = Appointment.objects.of(world.company).get()
    file = f"{own}{ticket.pk}/appointments/{one.pk}.ics"

    def read():
        got = owner.get(file)
        assert got["Content-Type"].startswith("text/calendar")
        calendar = Calendar.from_ical(got.content)
        return calendar["method"], calendar.walk("VEVENT")[0]

    method, event = read()
    assert (method, event["sequence"], event["location"]) == ("REQUEST", 0, "会議所2階")
    uid = event["uid"]
    moved = {**sent, "appointment": str(one.pk), "minutes": "30"}
    assert helper.post(f"{queue}{ticket.pk}/appointments/", moved).status_code == 302
    method, event = read()
    assert (event["sequence"], event["uid"]) == (1, uid)
    off = {"appointment": str(one.pk)}
    assert helper.post(f"{queue}{ticket.pk}/appointments/off/", off).status_code == 302
    method, event = read()
    assert (method, event["sequence"], event["status"]) == ("CANCEL", 2, "CANCELLED")
    bad = helper.post(f"{queue}{ticket.pk}/appointments/", moved)
    assert bad.status_code == 400
    past = {**sent, "starts": "2020-01-01T10:00"}
    assert helper.post(f"{queue}{ticket.pk}/appointments/", past).status_code == 400
    assert say("desk.appointment_was", "ja") in owner.get(f"{own}{ticket.pk}/").content.decode()


def test_somebody_outside_reads_it_once_the_owner_agreed_and_until_the_day(world, own, queue):
    ticket = asked(world)
    answered(world, ticket, "内緒のメモ", what="note")
    outside = helper_of(world, "まちの専門家", world.stranger)
    expert, theirs = world.client("stranger"), f"/s/{outside.pk}/desk/{ticket.pk}/"
    helper, owner = world.client("supporter"), world.client("owner")
    sent = {"organisation": str(outside.pk), "days": "5", "words": "ウイルスに詳しい方です"}
    assert helper.post(f"{queue}{ticket.pk}/handovers/", sent).status_code == 302
    one = Handover.objects.of(world.company).get()
    assert expert.get(theirs).status_code == 404
    page = owner.get(f"{own}{ticket.pk}/").content.decode()
    assert say("desk.handover_asks", "ja", to="まちの専門家") in page
    assert (
        world.client("staff")
        .post(f"{own}{ticket.pk}/handovers/{one.pk}/", {"word": "agree"})
        .status_code
        == 404
    )
    owner.post(f"{own}{ticket.pk}/handovers/{one.pk}/", {"word": "agree"})
    page = expert.get(theirs).content.decode()
    assert "昨日からです" in page
    assert "内緒のメモ" not in page
    assert ticket.subject in expert.get(f"/s/{outside.pk}/desk/").content.decode()
    assert expert.get(f"/s/{outside.pk}/c/{world.company.pk}/").status_code == 404
    assert expert.post(f"{theirs}close/").status_code == 404
    assert (
        expert.post(f"{theirs}answer/", {"text": "見ました", "what": "answer"}).status_code == 302
    )
    assert "見ました" in owner.get(f"{own}{ticket.pk}/").content.decode()
    Handover.objects.of(world.company).update(until=timezone.now() - timedelta(seconds=1))
    assert expert.get(theirs).status_code == 404
    assert expert.post(f"{theirs}answer/", {"text": "x", "what": "answer"}).status_code == 404


def attached(world, ticket, name: str, kind: str = Message.COMPANY) -> Attachment:
    """A message with a file, in a conversation."""
    file = File(name, f"in {name}".encode())
    message = add_message(ticket, kind, name, way="web", author=world.owner, files=[file])
    return Attachment.objects.of(world.company).get(message=message)


@pytest.mark.parametrize("end", ["owner", "desk", "grant", "day"])
def test_somebody_outside_opens_the_ticked_files_alone_and_each_opening_is_logged(
    world, own, queue, end
):
    ticket = asked(world)
    ours, secret = attached(world, ticket, "見積.pdf"), attached(world, ticket, "給与.xlsx")
    note = attached(world, ticket, "メモ.txt", Message.NOTE)
    elsewhere = attached(world, asked(world), "別の相談.pdf")
    outside = helper_of(world, "まちの専門家", world.stranger)
    one = hand_over(world, queue, ticket, outside)
    expert, owner, theirs = (
        world.client("stranger"),
        world.client("owner"),
        f"/s/{outside.pk}/desk/{ticket.pk}/",
    )
    decide = f"{own}{ticket.pk}/handovers/{one.pk}/"
    boxes = owner.get(f"{own}{ticket.pk}/").content.decode()
    assert f'name="files" value="{ours.pk}"' in boxes
    assert str(note.pk) not in boxes
    picked = [str(one.pk) for one in (ours, note, elsewhere)]
    asked_for = Notice.objects.of(world.company).filter(about=str(one.pk), ended_at=None)
    assert asked_for.exists()
    assert owner.post(decide, {"word": "files", "files": picked}).status_code == 404  # no yes yet
    assert asked_for.exists()
    owner.post(decide, {"word": "agree", "files": [*picked, "x"]})
    assert Handover.objects.of(world.company).get().files == [str(ours.pk)]
    page = html.unescape(expert.get(theirs).content.decode())
    assert f"files/{ours.pk}/" in page
    assert "給与.xlsx" in page
    assert f"files/{secret.pk}/" not in page
    for _ in range(2):
        assert expert.get(f"{theirs}files/{ours.pk}/").content == b"in " + "見積.pdf".encode()
    for closed in (secret, note, elsewhere):
        assert expert.get(f"{theirs}files/{closed.pk}/").status_code == 404
    for who in ("staff", "buyer", "supporter"):
        assert world.client(who).get(f"{theirs}files/{ours.pk}/").status_code == 404
    log = html.unescape(owner.get(f"/c/{world.company.pk}/log/").content.decode())
    opened = f"{say('event.ticket.file_opened', 'ja')} (#{ticket.number} 見積.pdf)"
    assert log.count(opened) == 2
    assert log.count("まちの専門家") >= 2
    # What came later is theirs once it is ticked as well; staff of the company tick nothing.
    later = attached(world, ticket, "画面.png")
    assert expert.get(f"{theirs}files/{later.pk}/").status_code == 404
    chosen = {"word": "files", "files": [str(later.pk)]}
    assert world.client("staff").post(decide, chosen).status_code == 404
    assert owner.post(decide, chosen).status_code == 302
    assert expert.get(f"{theirs}files/{later.pk}/").status_code == 200
    assert expert.get(f"{theirs}files/{ours.pk}/").status_code == 404
    # What they attach themselves they open.
    sent = {"text": "直し方です", "what": "answer", "files": [SimpleUploadedFile("手順.pdf", b"x")]}
    assert expert.post(f"{theirs}answer/", sent).status_code == 302
    own_file = Attachment.objects.of(world.company).get(name="手順.pdf")
    assert expert.get(f"{theirs}files/{own_file.pk}/").status_code == 200
    if end == "owner":
        owner.post(decide, {"word": "end"})
    elif end == "desk":
        world.client("supporter").post(f"{queue}{ticket.pk}/handovers/end/", {"message": one.pk})
    elif end == "grant":
        withdrawn = Grant.objects.of(world.company).filter(pk=world.grant.pk)
        withdrawn.update(withdrawn_at=timezone.now())
    else:
        Handover.objects.of(world.company).update(until=timezone.now())
    for gone in (later, own_file):
        assert expert.get(f"{theirs}files/{gone.pk}/").status_code == 404
    assert owner.post(decide, chosen).status_code in (302, 404)  # too late: nothing begins again
    assert expert.get(f"{theirs}files/{later.pk}/").status_code == 404


def test_what_somebody_wrote_for_the_desk_is_not_opened_by_another_they_work_for(world, own, queue):
    ticket = asked(world)
    outside = helper_of(world, "まちの専門家", world.stranger)
    Helper.objects.create(organisation=outside, user=world.supporter)
    sent = {"text": "直し方です", "what": "answer", "files": [SimpleUploadedFile("内.pdf", b"x")]}
    assert world.client("supporter").post(f"{queue}{ticket.pk}/answer/", sent).status_code == 302
    file = Attachment.objects.of(world.company).get(name="内.pdf")
    one = hand_over(world, queue, ticket, outside)
    world.client("owner").post(f"{own}{ticket.pk}/handovers/{one.pk}/", {"word": "agree"})
    theirs = f"/s/{outside.pk}/desk/{ticket.pk}/files/{file.pk}/"
    assert world.client("stranger").get(theirs).status_code == 404


def test_what_was_agreed_before_files_were_ticked_stays_as_it_was(world, own, queue):
    """Everybody a question was handed to opened all of its files, but those of the desk's notes."""
    ticket = asked(world)
    file = attached(world, ticket, "見積.pdf")
    attached(world, ticket, "メモ.txt", Message.NOTE)
    attached(world, asked(world), "別の相談.pdf")
    one = hand_over(world, queue, ticket, helper_of(world, "まちの専門家", world.stranger))
    rows = Handover.objects.of(world.company)
    moved = import_module("tojimari.portal.desk.migrations.0005_handed_files")
    moved.keep_what_was_agreed(apps, None)
    assert rows.get().files == [], "nobody has said yes"
    world.client("owner").post(f"{own}{ticket.pk}/handovers/{one.pk}/", {"word": "agree"})
    moved.keep_what_was_agreed(apps, None)
    assert rows.get().files == [str(file.pk)]
    rows.update(files=[], until=timezone.now())
    moved.keep_what_was_agreed(apps, None)
    assert rows.get().files == [], "it is over"


@pytest.mark.parametrize("end", ["owner", "desk", "grant"])
def test_what_was_handed_over_ends_when_anybody_ends_it(world, own, queue, end):
    ticket = asked(world)
    outside = helper_of(world, "まちの専門家", world.stranger)
    one = Handover.objects.of(world.company).create(
        company=world.company,
        ticket=ticket,
        to=outside,
        days=5,
        until=timezone.now() + timedelta(days=5),
    )
    expert, theirs = world.client("stranger"), f"/s/{outside.pk}/desk/{ticket.pk}/"
    assert expert.get(theirs).status_code == 200
    if end == "owner":
        address = f"{own}{ticket.pk}/handovers/{one.pk}/"
        assert world.client("owner").post(address, {"word": "end"}).status_code == 302
    elif end == "desk":
        address = f"{queue}{ticket.pk}/handovers/end/"
        world.client("supporter").post(address, {"message": str(one.pk)})
    else:
        Grant.objects.of(world.company).filter(pk=world.grant.pk).update(
            withdrawn_at=timezone.now()
        )
    assert expert.get(theirs).status_code == 404


def test_the_months_are_counted_and_taken_as_a_table(world, queue):
    ticket = asked(world)
    answered(world, ticket)
    Ticket.objects.of(world.company).filter(pk=ticket.pk).update(rated="partly", first_minutes=75)
    asked(world)
    helper = world.client("supporter")
    page = helper.get(f"{queue}figures/").content.decode()
    assert "n=2" in page
    assert "1時間15分" in page
    table = helper.get(f"{queue}figures.csv").content.decode()
    assert table.startswith("\ufeff月,")
    month = timezone.localtime().strftime("%Y-%m")
    assert f"{month},2,2,0,0,0,1,75,75,0,0,1,0" in table


def test_calls_flatter_no_times(world, queue):
    answered(world, asked(world))
    Ticket.objects.of(world.company).update(first_minutes=75)
    helper = world.client("supporter")
    for number in range(3):
        sent = {"company": str(world.company.pk), "text": f"{number}", "answered": "はい"}
        helper.post(f"{queue}call/", sent)
    month = timezone.localtime().strftime("%Y-%m")
    table = helper.get(f"{queue}figures.csv").content.decode()
    assert f"{month},4,1,0,3,0,4,75,75,0," in table
    assert "電話は時間に入っていません" in helper.get(f"{queue}figures/").content.decode()


def test_the_desks_people_are_told_once_and_without_a_word_of_it(world, desk, smtp):
    from tojimari.portal.desk.periodic import tell_desks

    asked(world)
    tell_desks.func()
    tell_desks.func()
    (letter,) = smtp.mails
    assert smtp.to == ["supporter@example.jp"]
    text = letter.get_content()
    assert "ひみつ商店" in text
    assert "遅く" not in text


def letters_of(smtp, to):
    return [
        str(one.get_content()) for one, who in zip(smtp.mails, smtp.to, strict=True) if who == to
    ]


@pytest.fixture
def colleague(world):
    """Works at the desk, too."""
    Helper.objects.create(user=world.buyer, organisation=world.chamber)
    return world.buyer


def trouble_with(monkeypatch, address):
    """The mail server is in trouble with one address."""
    import smtplib

    real = smtplib.SMTP.sendmail

    def refuse(self, sender, to, *args, **more):
        if address in str(to):
            raise smtplib.SMTPServerDisconnected("busy")
        return real(self, sender, to, *args, **more)

    monkeypatch.setattr(smtplib.SMTP, "sendmail", refuse)


def test_who_was_told_is_not_told_again_while_another_waits(
    world, desk, smtp, colleague, monkeypatch
):
    from tojimari.portal.desk.periodic import tell_desks

    asked(world)
    first, second = (one.user.email for one in Helper.objects.filter(organisation=world.chamber))
    with monkeypatch.context() as patched:
        trouble_with(patched, second)
        for _ in range(3):
            tell_desks.func()
    assert smtp.to == [first]
    for _ in range(2):
        tell_desks.func()
    assert smtp.to == [first, second]
    ticket = Ticket.objects.of(world.company).get()
    add_message(ticket, Message.COMPANY, "まだです", way="web", author=world.owner)
    tell_desks.func()
    assert sorted(smtp.to) == sorted([first, second] * 2)


def test_who_is_given_an_answered_question_is_told_once(
    world, desk, queue, smtp, colleague, monkeypatch
):
    from tojimari.portal.desk.periodic import tell_desks

    ticket, helper = asked(world), world.client("supporter")
    answered(world, ticket)
    assign = f"{queue}{ticket.pk}/assign/"
    helper.post(assign, {"helper": str(colleague.pk)})
    with monkeypatch.context() as patched:
        trouble_with(patched, colleague.email)
        tell_desks.func()
    helper.post(assign, {"helper": str(colleague.pk)})
    for _ in range(2):
        tell_desks.func()
    (text,) = letters_of(smtp, colleague.email)
    assert say("deskmail.assigned", "ja", company="ひみつ商店", number=1) in text
    assert f"{queue}{ticket.pk}/" in text
    helper.post(assign, {"helper": str(world.supporter.pk)})
    tell_desks.func()
    assert len(smtp.mails) == 1  # who takes it knows


def test_a_waiting_question_that_is_given_to_somebody_is_one_mail(
    world, desk, queue, smtp, colleague
):
    from tojimari.portal.desk.periodic import tell_desks

    ticket = asked(world)
    helper = world.client("supporter")
    helper.post(f"{queue}{ticket.pk}/assign/", {"helper": str(colleague.pk)})
    tell_desks.func()
    assert smtp.to == [colleague.email]


def withdraw(world, days=0):
    grants = Grant.objects.of(world.company).filter(pk=world.grant.pk)
    grants.update(withdrawn_at=timezone.now() - timedelta(days=days))


def test_after_a_withdrawal_no_mail_names_the_company(world, desk, own, queue, smtp, colleague):
    from tojimari.portal.desk.periodic import tell_desks, tell_handovers

    waits, given = asked(world), asked(world)
    answered(world, given)
    helper = world.client("supporter")
    helper.post(f"{queue}{given.pk}/assign/", {"helper": str(colleague.pk)})
    outside = helper_of(world, "まちの専門家", world.stranger)
    one = hand_over(world, queue, waits, outside)
    world.client("owner").post(f"{own}{waits.pk}/handovers/{one.pk}/", {"word": "agree"})
    withdraw(world)
    tell_desks.func()
    tell_handovers.func()
    assert smtp.mails == []


@pytest.mark.parametrize(("days", "state"), [(1, "open"), (31, "closed")])
def test_what_waits_for_a_desk_that_may_not_look_closes_after_thirty_days(world, desk, days, state):
    from tojimari.portal.desk.periodic import close_quiet

    asked(world)
    long_ago = timezone.now() - timedelta(days=40)
    Message.objects.of(world.company).update(at=long_ago)
    withdraw(world, days)
    close_quiet.func()
    ticket = Ticket.objects.of(world.company).get()
    assert (ticket.state, ticket.closed_at is not None) == (state, state == "closed")
    assert (ticket.waits_since is None) == (state == "closed")


def hand_over(world, queue, ticket, outside) -> Handover:
    sent = {"organisation": str(outside.pk), "days": "5"}
    answer = world.client("supporter").post(f"{queue}{ticket.pk}/handovers/", sent)
    assert answer.status_code == 302
    return Handover.objects.of(world.company).latest("made_at")


def test_those_outside_are_told_of_the_owners_yes_and_of_what_follows(
    world, own, queue, smtp, monkeypatch
):
    from tojimari.portal.desk.periodic import tell_handovers

    ticket, outside = asked(world), helper_of(world, "まちの専門家", world.stranger)
    one = hand_over(world, queue, ticket, outside)
    owner, them = world.client("owner"), world.stranger.email
    tell_handovers.func()
    assert smtp.mails == []
    owner.post(f"{own}{ticket.pk}/handovers/{one.pk}/", {"word": "agree"})
    with monkeypatch.context() as patched:
        trouble_with(patched, "@")
        tell_handovers.func()
    for _ in range(2):
        tell_handovers.func()
    (first,) = letters_of(smtp, them)
    until = timezone.localtime(Handover.objects.of(world.company).get().until)
    words = {"company": "ひみつ商店", "number": 1, "until": f"{until:%Y-%m-%d %H:%M}"}
    assert say("deskmail.handed", "ja", **words) in first
    assert f"/s/{outside.pk}/desk/{ticket.pk}/" in first
    assert say("deskmail.handed_more", "ja") not in first
    (asker,) = letters_of(smtp, world.supporter.email)
    assert say("deskmail.handover_agree", "ja", to="まちの専門家", **words) in asker
    owner.post(f"{own}{ticket.pk}/write/", {"text": "続きの秘密です"})
    for _ in range(2):
        tell_handovers.func()
    _, second = letters_of(smtp, them)
    assert say("deskmail.handed_more", "ja") in second
    assert "秘密" not in second
    Handover.objects.of(world.company).update(until=timezone.now() - timedelta(seconds=1))
    owner.post(f"{own}{ticket.pk}/write/", {"text": "あとから"})
    tell_handovers.func()
    assert len(letters_of(smtp, them)) == 2


@pytest.mark.parametrize("word", ["refuse", "end"])
def test_who_asked_to_hand_it_over_is_told_what_the_company_said(world, own, queue, smtp, word):
    from tojimari.portal.desk.periodic import tell_handovers

    ticket, outside = asked(world), helper_of(world, "まちの専門家", world.stranger)
    one = hand_over(world, queue, ticket, outside)
    owner = world.client("owner")
    for each in ("refuse",) if word == "refuse" else ("agree", "end"):
        owner.post(f"{own}{ticket.pk}/handovers/{one.pk}/", {"word": each})
    for _ in range(2):
        tell_handovers.func()
    (text,) = letters_of(smtp, world.supporter.email)
    words = {"company": "ひみつ商店", "number": 1, "to": "まちの専門家"}
    assert say(f"deskmail.handover_{word}", "ja", **words) in text
    assert smtp.to == [world.supporter.email]


def test_a_colleague_who_ends_a_hand_over_tells_who_asked_for_it(
    world, own, queue, smtp, colleague
):
    from tojimari.portal.desk.periodic import tell_handovers

    ticket, outside = asked(world), helper_of(world, "まちの専門家", world.stranger)
    one = hand_over(world, queue, ticket, outside)
    address = f"{queue}{ticket.pk}/handovers/end/"
    world.client("buyer").post(address, {"message": str(one.pk)})
    tell_handovers.func()
    assert smtp.to == [world.supporter.email]


def test_pages_do_not_ask_the_database_for_each_row(world, queue, django_assert_max_num_queries):
    helper = world.client("supporter")
    for number in range(3):
        asked(world, text=f"{number}")
    ticket = Ticket.objects.of(world.company).first()
    for number in range(12):
        add_message(ticket, Message.COMPANY, f"{number}", way="web", author=world.owner)
    helper.get(queue)
    with django_assert_max_num_queries(24):
        helper.get(queue)
    helper.get(f"{queue}{ticket.pk}/")
    with django_assert_max_num_queries(40):
        helper.get(f"{queue}{ticket.pk}/")


def test_what_is_deleted_with_the_company_and_what_goes_by_its_age(world, own):
    from tojimari.portal.core.deletion import delete_company
    from tojimari.portal.core.retention import throw_away

    ticket = asked(world, files=[SimpleUploadedFile("a.txt", b"x")])
    Attachment.objects.of(world.company).update(at=timezone.now() - timedelta(days=401))
    throw_away(timezone.now())
    assert not Attachment.objects.of(world.company).exists()
    Ticket.objects.of(world.company).filter(pk=ticket.pk).update(
        closed_at=timezone.now() - timedelta(days=1_096)
    )
    throw_away(timezone.now())
    assert not Message.objects.across("test").exists()
    asked(world)
    delete_company(world.company)
    assert not Ticket.objects.across("test").exists()


def test_an_answer_is_not_sent_once_the_grant_is_gone(world, own, smtp):
    ticket = asked(world)
    answered(world, ticket)
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(withdrawn_at=timezone.now())
    run_tasks()
    assert smtp.mails == []


def test_what_was_answered_closes_after_thirty_quiet_days(world, desk):
    from tojimari.portal.desk.periodic import close_quiet

    quiet, busy, open_ = asked(world), asked(world), asked(world)
    for ticket in (quiet, busy):
        answered(world, ticket)
    long_ago = timezone.now() - timedelta(days=31)
    for ticket in (quiet, open_):
        Message.objects.of(world.company).filter(ticket=ticket).update(at=long_ago)
    close_quiet.func()
    states = dict(Ticket.objects.of(world.company).values_list("pk", "state"))
    assert states == {quiet.pk: "closed", busy.pk: "answered", open_.pk: "open"}


def test_the_company_takes_its_questions_along_without_the_desks_notes(world, desk):
    from tojimari.portal.companies.export import everything_of

    ticket = asked(world, files=[SimpleUploadedFile("a.txt", b"x")])
    note = answered(world, ticket, "社長は慌てている様子", what="note")
    attach(note, File("内緒.txt", b"y"))
    told = str(everything_of(world.company))
    assert "昨日からです" in told
    assert "a.txt" in told
    assert "慌てている" not in told
    assert "内緒.txt" not in told


OF_DESK = sorted({route for route, _ in routes() if "/desk/" in route})


@pytest.mark.any_database
@pytest.mark.parametrize("who", ["other supporter", "withdrawn"])
def test_every_address_of_the_desk_shows_them_nothing(world, ids, who):
    """Strangers, staff and other roles walk them all in ``test_tenants.py``."""
    assert len(OF_DESK) > 25
    AsideMail.objects.all().delete()
    if who == "withdrawn":
        grants = Grant.objects.of(world.company)
        grants.filter(pk=world.grant.pk).update(withdrawn_at=timezone.now())
        client = world.client("supporter")
    else:
        other = helper_of(world, "となりの会議所", world.stranger)
        Grant.objects.of(world.company).create(company=world.company, organisation=other)
        client, ids = world.client("stranger"), {**ids, "organisation_id": other.pk}
    for route in OF_DESK:
        for method in ("get", "post"):
            answer = getattr(client, method)(filled(route, ids))
            body = answer.content.decode(errors="replace")
            # A company that still lets them look is named where a call is written down.
            if not (who == "other supporter" and route.endswith(("call/", "mails/"))):
                assert "ひみつ商店" not in body, (route, method)
            if "ticket_id" in route or "company_id" in route:
                assert answer.status_code in (404, 405), (route, method)
