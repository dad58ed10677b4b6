"""The desk by mail: what is sent, which ticket an answer finds, and what other desks got wrong.

The numbers in names are those of threads of other help desks where it went wrong.
"""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.utils import timezone

from tests.support.desk import (
    ANSWER,
    DOMAIN,
    OWNER,
    TROUBLE,
    answer_to,
    answered,
    asked,
    comes,
    helper_of,
    letter,
    open_desk,
    texts,
    tickets,
    token_of,
)
from tests.support.pressing import run_tasks
from tests.support.servers import MailServer
from tojimari.portal.desk import letters
from tojimari.portal.desk.incoming import join_aside
from tojimari.portal.desk.letters import send_waiting
from tojimari.portal.desk.models import (
    Appointment,
    AsideMail,
    Attachment,
    MailId,
    Message,
)
from tojimari.portal.desk.tickets import data_of
from tojimari.portal.mailcheck.models import Judged
from tojimari.portal.mailin.addresses import found, organisation_address
from tojimari.portal.mailin.intake import Full, store
from tojimari.portal.mailin.models import ReceivedMail
from tojimari.portal.supporters.models import Grant
from tojimari.portal.words import say

SLOW = "パソコンが遅いです。"
MENDED = "直りました。"


@pytest.fixture
def place(world, settings):
    """The desk's address."""
    settings.MAIL_IN_DOMAIN = DOMAIN
    open_desk(world.chamber)
    return found(organisation_address(world.chamber, "desk"))


def test_a_mail_is_a_question_its_answer_goes_back_and_so_on(world, place, smtp):
    comes(place, letter("遅い", SLOW, Message_ID="<1@example.jp>"))
    (ticket,) = tickets(world)
    assert (ticket.subject, ticket.way, ticket.asker) == ("遅い", "mail", world.owner)
    (confirmed,) = smtp.mails
    assert confirmed["Auto-Submitted"] == "auto-replied"
    assert smtp.envelope_senders == ["<>"]
    answered(world, ticket)
    run_tasks()
    answer = smtp.mails[1]
    assert answer["Subject"] == "[#1] 遅い"
    assert "Auto-Submitted" not in answer
    assert answer["In-Reply-To"] == confirmed["Message-ID"]
    assert answer["References"].split() == ["<1@example.jp>", confirmed["Message-ID"]]
    assert ANSWER in answer.get_content()
    assert "町の会議所" in str(answer["From"])
    assert len(token_of(answer)) == 24
    assert smtp.envelope_senders[1] == answer["Reply-To"]
    comes(place, answer_to(answer), extension=token_of(answer))
    (ticket,) = tickets(world)
    assert texts(ticket) == [SLOW, MENDED]
    assert ticket.state == "open"


def test_what_is_quoted_is_folded_and_kept(world, place):
    below = "2026年11月29日(日) 10:00 町の会議所 <d@c.example>:\n> 再起動を"
    comes(place, letter(text=f"{MENDED}\n\n{below}"))
    message = Message.objects.of(world.company).get(kind=Message.COMPANY)
    assert (message.text, message.quoted) == (MENDED, below)


# --- which ticket -------------------------------------------------------------------------------


def sent(world, place, smtp, number=1):
    """A question by mail, answered; returns the answer as it was sent."""
    comes(place, letter(f"件{number}", Message_ID=f"<{number}@example.jp>"))
    answered(world, tickets(world)[-1])
    run_tasks()
    return smtp.mails[-1]


def test_the_token_counts_before_what_the_headers_say(world, place, smtp):
    first, second = sent(world, place, smtp, 1), sent(world, place, smtp, 2)
    comes(place, answer_to(first), extension=token_of(second))
    assert len(texts(tickets(world)[1])) == 2
    assert len(texts(tickets(world)[0])) == 1


def test_without_the_token_the_ids_do_and_those_that_came_as_well_5716_2086_5620(
    world, place, smtp
):
    answer = sent(world, place, smtp)
    comes(place, answer_to(answer, "一"))
    again = letter("Re: 別の件名", "二", References="<x@y> <1@example.jp>")
    comes(place, again)
    (ticket,) = tickets(world)
    assert texts(ticket) == [TROUBLE, "一", "二"]


@pytest.mark.parametrize(
    "references",
    [
        "<a@b><{own}>,<e@f>",
        '"Your message" <{own}>',
        "words {own} <{own}> words",
        " ".join(f"<{number}{'x' * 90}@long.example>" for number in range(30)) + " <{own}>",
        "=?utf-8?q?=3C{own}=3E?=",
        "<a@b> =?us-ascii?q?=3C{own}?=\r\n =?us-ascii?q?=3E?=",
    ],
)
def test_ids_are_found_however_they_are_written(world, place, smtp, references):
    answer = sent(world, place, smtp)
    own = answer["Message-ID"].strip("<>")
    head = f"From: {OWNER}\r\nSubject: Re: x\r\nReferences: {references.format(own=own)}\r\n"
    comes(place, f"{head}\r\nhello".encode())
    (ticket,) = tickets(world)
    assert texts(ticket)[-1] == "hello"


def test_the_same_subject_is_not_the_same_matter(world, place):
    comes(place, letter("[#1] 件", "一"))
    comes(place, letter("Re: [#1] 件", "二"))
    assert [texts(one) for one in tickets(world)] == [["一"], ["二"]]


def test_a_known_number_or_token_opens_nothing_for_a_stranger_5064(world, place, smtp):
    answer = sent(world, place, smtp)
    before = len(smtp.mails)
    for extension in ("", token_of(answer)):
        mail = answer_to(answer, f"見せて {extension}", "evil@evil.example")
        comes(place, mail, "evil@evil.example", extension)
    (ticket,) = tickets(world)
    assert len(texts(ticket)) == 1
    assert ticket.state == "answered"
    assert [one.why for one in AsideMail.objects.all()] == ["unknown", "unknown"]
    assert {one.guess for one in AsideMail.objects.all()} == {1}
    assert len(smtp.mails) == before


def test_somebody_of_another_company_does_not_get_in_either(world, place, smtp):
    Grant.objects.of(world.foreign).create(company=world.foreign, organisation=world.chamber)
    answer = sent(world, place, smtp)
    other = "stranger@example.jp"
    comes(place, answer_to(answer, "一", other), other, token_of(answer))
    comes(place, answer_to(answer, "二", other), other)
    assert len(texts(tickets(world)[0])) == 1
    assert AsideMail.objects.get().why == "unknown"
    (theirs,) = tickets(world, world.foreign)
    assert texts(theirs) == ["二"]


def test_a_token_of_another_desk_is_none_here(world, place, smtp, settings):
    answer = sent(world, place, smtp)
    other = helper_of(world, "となり", world.stranger)
    Grant.objects.of(world.company).create(company=world.company, organisation=other)
    comes(found(organisation_address(other, "desk")), answer_to(answer), extension=token_of(answer))
    at_other = [one for one in tickets(world) if one.organisation_id == other.pk]
    assert len(at_other) == 1
    assert texts(next(one for one in tickets(world) if one.organisation_id != other.pk)) == [
        TROUBLE
    ]


def test_who_forwards_answers_nobody_4965(world, place, smtp):
    answer = sent(world, place, smtp)
    text = (
        "これも見てください。\n\n---------- Forwarded message ---------\n"
        "From: A <a@b.example>\nSubject: x\n\nお支払いをお願いします。"
    )
    comes(place, letter("Fwd: 件", text, References=answer["Message-ID"]))
    assert len(tickets(world)) == 2


def test_what_comes_before_what_it_answers_finds_it_again(world, place):
    second = letter("Re: 件", "二", Message_ID="<2@example.jp>", In_Reply_To="<1@example.jp>")
    comes(place, second)
    comes(place, letter("件", "一", Message_ID="<1@example.jp>"))
    (ticket,) = tickets(world)
    assert set(texts(ticket)) == {"一", "二"}


def test_the_same_twice_is_once_and_one_id_for_two_bodies_is_both_4958_3186(world, place):
    mail = letter(Message_ID="<1@example.jp>")
    comes(place, b"Received: by a\r\n" + bytes(mail))
    comes(place, b"Received: by b\r\n" + bytes(mail))
    comes(place, letter(text="別の文", Message_ID="<1@example.jp>"))
    (ticket,) = tickets(world)
    assert texts(ticket) == [TROUBLE, "別の文"]


def test_a_copy_to_both_addresses_of_the_desk_is_one_4748(world, place, smtp):
    answer = sent(world, place, smtp)
    copy = bytes(answer_to(answer))
    comes(place, copy, extension=token_of(answer))
    comes(place, copy)
    (ticket,) = tickets(world)
    assert len(texts(ticket)) == 2


def test_two_companies_write_the_same_words_without_an_id(world, place):
    Grant.objects.of(world.foreign).create(company=world.foreign, organisation=world.chamber)
    other = "stranger@example.jp"
    comes(place, letter("件", "助けて"))
    comes(place, letter("件", "助けて", other), other)
    assert [texts(one) for one in tickets(world)] == [["助けて"]]
    assert [texts(one) for one in tickets(world, world.foreign)] == [["助けて"]]


STAFF = "staff@example.jp"


def test_staff_write_into_no_question_of_an_owner(world, place, smtp):
    answer = sent(world, place, smtp)
    mail = answer_to(answer, "横から", STAFF)
    comes(place, mail, STAFF, token_of(answer))
    comes(place, letter("Re: x", "もう一つ", STAFF, In_Reply_To=answer["Message-ID"]), STAFF)
    assert [texts(one) for one in tickets(world)] == [[TROUBLE], ["横から"], ["もう一つ"]]
    assert {one.asker for one in tickets(world)[1:]} == {world.staff}


def test_an_owner_answers_in_a_question_of_staff(world, place, smtp):
    comes(place, letter("件", "一", STAFF, Message_ID="<1@x>"), STAFF)
    answered(world, tickets(world)[0])
    run_tasks()
    comes(place, answer_to(smtp.mails[-1], "二"))
    comes(place, answer_to(smtp.mails[-1], "三"), extension=token_of(smtp.mails[-1]))
    (ticket,) = tickets(world)
    assert texts(ticket) == ["一", "二", "三"]


def test_who_claims_a_circular_reads_nothing_that_others_write_about_it(world, place):
    claim = letter("件", "一", STAFF, Message_ID="<s@x>", References="<circular@partner.example>")
    comes(place, claim, STAFF)
    comes(place, letter("Re: 件", "秘密", In_Reply_To="<circular@partner.example>"))
    first, second = tickets(world)
    assert (texts(first), texts(second)) == (["一"], ["秘密"])
    assert second.asker == world.owner


@pytest.mark.parametrize("identity", [b"<1\x00a@x>", b"<1@x\x00>", b"<\x7f1@x>", b"<1@\xe3\x81>"])
def test_only_ids_of_printable_ascii_are_kept(world, place, identity):
    head = b"From: owner@example.jp\r\nSubject: x\r\nMessage-ID: " + identity
    comes(place, head + b"\r\nReferences: <ok@x>\r\n\r\nhello")
    assert texts(tickets(world)[0]) == ["hello"]
    ids = MailId.objects.of(world.company).values_list("value", flat=True)
    assert [one for one in ids if ".desk@" not in one] == ["<ok@x>"]


def test_of_too_many_files_the_whole_mail_is_kept(world, place):
    mail = letter()
    for number in range(22):
        mail.add_attachment(b"%d" % number, "application", "pdf", filename=f"{number}.pdf")
    comes(place, mail)
    kept = Attachment.objects.of(world.company)
    assert (kept.count(), kept.filter(name="mail.eml").count()) == (20, 1)
    assert data_of(kept.get(name="mail.eml")) == bytes(mail)


def test_what_was_forgotten_as_a_received_mail_is_still_not_taken_twice(world, place):
    mail = letter(Message_ID="<1@example.jp>")
    comes(place, mail)
    ReceivedMail.objects.of_organisation(world.chamber).delete()
    comes(place, mail)
    assert len(texts(tickets(world)[0])) == 1


@pytest.mark.parametrize("identity", ["<>", "<a@", "<@>", "", " ", "x" * 3_000, "<" * 500])
def test_no_id_or_a_broken_one_stops_nothing_4740(world, place, identity):
    for text in ("一", "二"):
        head = f"From: {OWNER}\r\nMessage-ID: {identity}\r\nSubject: x\r\n\r\n{text}"
        comes(place, head.encode())
    assert [texts(one) for one in tickets(world)] == [["一"], ["二"]]


def test_who_works_in_two_companies_is_asked_for_by_a_person(world, place):
    world.foreign.memberships.create(user=world.owner, role="staff")
    Grant.objects.of(world.foreign).create(company=world.foreign, organisation=world.chamber)
    comes(place, letter())
    assert AsideMail.objects.get().why == "several"
    assert not tickets(world)


def test_a_withdrawn_grant_sets_the_mail_aside(world, place):
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(withdrawn_at=timezone.now())
    comes(place, letter())
    assert AsideMail.objects.get().why == "unknown"
    assert not tickets(world)


# --- programs that write ------------------------------------------------------------------------


def test_out_of_office_is_kept_beside_and_wakes_nobody(world, place, smtp):
    answer = sent(world, place, smtp)
    before = len(smtp.mails)
    away = answer_to(answer, "不在です。", Auto_Submitted="auto-replied")
    comes(place, away, extension=token_of(answer))
    (ticket,) = tickets(world)
    assert ticket.state == "answered"
    assert Message.objects.of(world.company).filter(kind="automatic", text="不在です。").exists()
    comes(place, letter(Auto_Submitted="auto-generated", text="毎日の報告"))
    assert AsideMail.objects.get().why == "automatic"
    assert len(tickets(world)) == 1
    assert len(smtp.mails) == before


def test_two_programs_never_write_to_each_other(world, place, smtp):
    comes(place, letter())
    for _ in range(3):
        confirmed = smtp.mails[-1]
        echo = answer_to(confirmed, "受け取りました", **{"X-Auto": "1"})
        comes(place, echo, extension=token_of(confirmed))
        for number in range(3):
            comes(place, letter(f"{number}", f"{number}"))
    assert len(smtp.mails) == 1  # one confirmation a day, and no answer to an answer


def report_on(mail) -> bytes:
    """What a mail server sends where it cannot deliver."""
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: x\r\nSubject: Undelivered Mail\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nno such user\r\n--b\r\n"
        "Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\n--b\r\n"
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {mail['Message-ID']}\r\n--b--\r\n"
    ).encode()


def test_a_mail_that_comes_back_is_said_on_the_ticket_and_can_be_sent_again(world, place, smtp):
    answer = sent(world, place, smtp)
    comes(place, report_on(answer), sender="", extension=token_of(answer))
    message = Message.objects.of(world.company).get(kind=Message.HELPER)
    assert message.mail == "bounced"
    (ticket,) = tickets(world)
    assert ticket.state == "open"
    address = f"/s/{world.chamber.pk}/desk/{ticket.pk}/"
    helper = world.client("supporter")
    assert say("desk.mail_bounced", "ja", to=OWNER) in helper.get(address).content.decode()
    before = len(smtp.mails)
    helper.post(f"{address}again/", {"message": str(message.pk)})
    run_tasks()
    assert len(smtp.mails) == before + 1
    assert smtp.mails[-1]["Message-ID"] == answer["Message-ID"]


def test_what_a_report_says_is_kept_as_codes_without_words_and_files(world, place, smtp):
    answer = sent(world, place, smtp)
    report = report_on(answer).replace(
        b"Action: failed\r\n",
        b"Action: failed\r\nStatus: 5.1.1 CALL ME\r\nDiagnostic-Code: smtp; CALL ME\r\n",
    )
    comes(place, report, sender="", extension=token_of(answer))
    (kept,) = Message.objects.of(world.company).filter(kind="automatic").exclude(digest="")
    assert kept.text == "Action: failed\nStatus: 5.1.1"
    assert not Attachment.objects.of(world.company).exists()


def test_a_delay_is_no_failure(world, place, smtp):
    answer = sent(world, place, smtp)
    report = report_on(answer).replace(b"Action: failed", b"Action: delayed")
    comes(place, report, sender="", extension=token_of(answer))
    assert Message.objects.of(world.company).get(kind=Message.HELPER).mail == "taken"
    assert tickets(world)[0].state == "answered"


def test_who_got_an_answer_handed_on_writes_nothing_into_its_ticket(world, place, smtp):
    answer, evil = sent(world, place, smtp), "evil@evil.example"
    token = token_of(answer)
    other = {"Message-ID": f"<{'0' * 32}.desk@{answer['Message-ID'].partition('@')[2]}"}
    plain = letter("x", f"見せて {answer['Message-ID']}", evil)
    plain.add_attachment(b"x", "application", "octet-stream", filename="x.exe")
    comes(place, plain, sender="", extension=token)
    comes(place, report_on(other), sender="", extension=token)
    comes(place, report_on(answer), sender="")
    words = b"\r\n".join([b"Subject: x", b"Content-Type: multipart/report", b"", b"words"])
    comes(place, words, sender="", extension=token)
    comes(place, report_on(answer), sender=evil, extension=token)
    (ticket,) = tickets(world)
    assert ticket.state == "answered"
    assert Message.objects.of(world.company).get(kind=Message.HELPER).mail == "taken"
    assert Message.objects.of(world.company).filter(ticket=ticket).count() == 3
    assert not Attachment.objects.of(world.company).exists()
    assert AsideMail.objects.count() == 5


def test_of_reports_a_ticket_keeps_so_many(world, place, smtp, monkeypatch):
    monkeypatch.setattr("tojimari.portal.desk.incoming.REPORTS_AT_MOST", 2)
    answer = sent(world, place, smtp)
    for number in range(4):
        report = report_on(answer).replace(b"no such user", b"%d" % number)
        comes(place, report, sender="", extension=token_of(answer))
    kept = Message.objects.of(world.company).filter(kind="automatic").exclude(digest="")
    assert (kept.count(), AsideMail.objects.count()) == (2, 2)


def test_a_report_on_nothing_of_ours_is_set_aside(world, place):
    comes(place, report_on({"Message-ID": "<x@y>"}), sender="")
    assert AsideMail.objects.get().why == "automatic"


def test_an_answer_waits_while_the_mail_server_is_in_trouble(world, place, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.MAIL_CONFIGURED = "127.0.0.1", 1, True
    ticket = asked(world)
    answered(world, ticket)
    run_tasks()
    rows = Message.objects.of(world.company).filter(kind=Message.HELPER)
    assert rows.get().mail == "waiting"
    page = world.client("supporter").get(f"/s/{world.chamber.pk}/desk/{ticket.pk}/")
    assert say("desk.mail_waiting", "ja", to=OWNER) in page.content.decode()
    own = world.client("owner").get(f"/c/{world.company.pk}/desk/{ticket.pk}/").content.decode()
    assert ANSWER in own
    server = MailServer()
    settings.EMAIL_PORT = server.port
    rows.update(at=timezone.now() - timedelta(hours=1))
    send_waiting.func()
    run_tasks()
    server.stop()
    assert len(server.mails) == 1
    assert rows.get().mail == "taken"


def test_a_refused_answer_is_kept_and_shown(world, place, smtp, monkeypatch):
    import smtplib

    def refuse(*_, **__):
        raise smtplib.SMTPRecipientsRefused({OWNER: (550, b"no")})

    monkeypatch.setattr(smtplib.SMTP, "sendmail", refuse)
    ticket = asked(world)
    answered(world, ticket)
    run_tasks()
    assert Message.objects.of(world.company).get(kind=Message.HELPER).mail == "refused"
    page = world.client("supporter").get(f"/s/{world.chamber.pk}/desk/{ticket.pk}/")
    assert say("desk.mail_refused", "ja", to=OWNER) in page.content.decode()


def test_long_references_go_out_as_they_are(world, place, smtp):
    identity = f"<{'x' * 150}@exchange.example>"
    comes(place, letter(Message_ID=identity))
    answered(world, tickets(world)[0])
    run_tasks()
    head = smtp.raw[-1].partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
    references = re.search(rb"^References:[^\r\n]*", head, re.MULTILINE)[0].decode()
    assert references.split()[1] == identity


def test_an_appointment_goes_along_as_invitation_and_file(world, place, smtp):
    from icalendar import Calendar

    ticket = asked(world)
    day = (timezone.localtime() + timedelta(days=3)).strftime("%Y-%m-%dT10:00")
    address = f"/s/{world.chamber.pk}/desk/{ticket.pk}/appointments/"
    world.client("supporter").post(address, {"starts": day, "minutes": "60", "place": "①㈱ﾊﾝｶｸ"})
    run_tasks()
    (mail,) = smtp.mails
    shown, file = [part for part in mail.walk() if part.get_content_type() != "text/plain"][1:]
    assert shown.get_content_type() == "text/calendar"
    assert shown.get_param("method") == "REQUEST"
    assert file.get_filename() == "appointment.ics"
    for part in (shown, file):
        calendar = Calendar.from_ical(part.get_payload(decode=True))
        assert calendar["method"] == "REQUEST"
        assert calendar.walk("VEVENT")[0]["location"] == "①㈱ﾊﾝｶｸ"


# --- what mails are made of ---------------------------------------------------------------------

JIS = "①㈱ﾊﾝｶｸの件です".encode("cp932")


def windows_jis(text: str) -> bytes:
    """ISO-2022-JP as Windows sends it (CP50221): rows of NEC, half-width katakana by ESC ( I."""
    out, mode = b"", b"\x1b(B"
    for char in text:
        data = char.encode("cp932")
        if len(data) == 2:
            first, second = data
            row = first - (0x71 if first < 0xA0 else 0xB1)
            row = row * 2 + 1
            if second > 0x7F:
                second -= 1
            if second >= 0x9E:
                row, second = row + 1, second - 0x7D
            else:
                second -= 0x1F
            wanted, code = b"\x1b$B", bytes([row, second])
        elif data[0] >= 0xA1:
            wanted, code = b"\x1b(I", bytes([data[0] - 0x80])
        else:
            wanted, code = b"\x1b(B", data
        if wanted != mode:
            out, mode = out + wanted, wanted
        out += code
    return out if mode == b"\x1b(B" else out + b"\x1b(B"


@pytest.mark.parametrize(
    ("label", "write"),
    [
        ("iso-2022-jp", windows_jis),
        ("iso-2022-jp", lambda text: text.encode("cp932")),
        ("us-ascii", lambda text: text.encode("utf-8")),
        ("utf-8", lambda text: text.encode("cp932")),
        ("x-unheard-of", windows_jis),
    ],
)
def test_japanese_is_read_however_it_is_written(world, place, label, write):
    text = "①㈱ﾊﾝｶｸ商店です。パソコンの電源が入りません。どうすればよいでしょうか。"
    head = f"From: {OWNER}\r\nContent-Type: text/plain; charset={label}\r\n".encode()
    subject = b"Subject: " + write("①㈱ﾊﾝｶｸの件について") + b"\r\n"
    comes(place, head + subject + b"Content-Transfer-Encoding: 8bit\r\n\r\n" + write(text))
    (ticket,) = tickets(world)
    assert texts(ticket) == [text]
    assert ticket.subject == "①㈱ﾊﾝｶｸの件について"


def test_hostile_html_is_text(world, place):
    made = EmailMessage()
    made["From"], made["Subject"] = OWNER, "<b>件</b>"
    made.set_content(
        "<script>alert(1)</script><p onclick=x>見えます</p><img src='http://evil.example/t.png'>",
        subtype="html",
    )
    comes(place, made)
    (ticket,) = tickets(world)
    assert "見えます" in texts(ticket)[0]
    page = world.client("supporter").get(f"/s/{world.chamber.pk}/desk/{ticket.pk}/")
    assert "<script>alert" not in page.content.decode()
    assert "evil.example/t.png" not in page.content.decode()


def test_a_large_attachment_is_kept_whole_and_sealed(world, place):
    data = bytes(range(256)) * 100_000  # 25.6 MB
    mail = letter()
    mail.add_attachment(data, "application", "zip", filename="図面①.zip")
    comes(place, mail)
    kept = Attachment.objects.of(world.company).get()
    assert (kept.name, kept.bytes) == ("図面①.zip", len(data))
    assert data_of(kept) == data
    assert bytes(kept.sealed)[:200] != data[:200]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00nothing",
        b"From: owner@example.jp\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n",
        b"From: owner@example.jp\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"Content-Type: text/plain; charset=\x00\r\n\r\nhello",
    ],
)
def test_what_cannot_be_read_is_a_ticket_with_the_mail_itself(world, place, data):
    comes(place, data)
    (ticket,) = tickets(world)
    kept = Attachment.objects.of(world.company).filter(message__ticket=ticket)
    readable = any(texts(ticket)) and texts(ticket) != ["!!!!"]
    assert readable or any(data_of(one) == data for one in kept)


def test_what_nobody_thought_of_is_kept_for_a_person(world, place, monkeypatch):
    def stumble(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("tojimari.portal.desk.incoming.files_of", stumble)
    mail = bytes(letter())
    comes(place, mail)
    aside = AsideMail.objects.get()
    assert aside.why == "unreadable"
    got = world.client("supporter").get(f"/s/{world.chamber.pk}/desk/mails/{aside.pk}/mail.eml")
    assert got.content == mail
    (row,) = ReceivedMail.objects.of_organisation(world.chamber)
    assert (row.state, row.outcome) == ("done", "aside")


def test_a_suspicious_mail_handed_on_is_judged(world, place):
    from tests.mail import made

    carrier = letter("Fwd: これは大丈夫?", "これは大丈夫でしょうか。")
    strange = made.attached("請求書.pdf.exe", made.PROGRAM)
    carrier.add_attachment(message_from_bytes(strange, policy=policy.SMTP))
    comes(place, carrier)
    message = Message.objects.of(world.company).get(kind=Message.COMPANY)
    assert message.verdict == "dangerous"
    assert Judged.objects.of(world.company).get().pk == message.pk
    ticket = message.ticket
    page = world.client("supporter").get(f"/s/{world.chamber.pk}/desk/{ticket.pk}/")
    assert say("mail.level.dangerous", "ja") in page.content.decode()
    assert Attachment.objects.of(world.company).count() >= 1


# --- mails set aside ----------------------------------------------------------------------------


def test_a_mail_set_aside_is_given_to_a_company_or_dropped(world, place, smtp):
    for number in range(3):
        comes(place, letter(f"件{number}", f"本文{number}", "a@home.example"), "a@home.example")
    assert smtp.mails == []
    helper, base = world.client("supporter"), f"/s/{world.chamber.pk}/desk/mails/"
    page = helper.get(base).content.decode()
    assert "本文1" in page
    first, second, third = AsideMail.objects.order_by("subject")
    bad = helper.post(f"{base}{first.pk}/", {"what": "join", "company": str(world.foreign.pk)})
    assert bad.status_code == 400
    joined = {"what": "join", "company": str(world.company.pk)}
    assert helper.post(f"{base}{first.pk}/", joined).status_code == 302
    (ticket,) = tickets(world)
    assert ticket.asker is None
    assert texts(ticket) == ["本文0"]
    assert helper.post(f"{base}{second.pk}/", {**joined, "number": "9"}).status_code == 400
    assert helper.post(f"{base}{second.pk}/", {**joined, "number": "1"}).status_code == 302
    assert len(texts(ticket)) == 2
    helper.post(f"{base}{third.pk}/", {"what": "drop"})
    third.refresh_from_db()
    assert (third.state, bytes(third.sealed), third.text) == ("dropped", b"", "")
    assert helper.post(f"{base}{first.pk}/", joined).status_code == 404


def test_strangers_fill_no_desk_and_keep_nobody_out(world, place, monkeypatch):
    monkeypatch.setattr("tojimari.portal.desk.room.ASIDE_AT_MOST", 2)
    for number in range(2):
        comes(place, letter(text=f"{number}"), "a@evil.example")
    with pytest.raises(Full):
        store(place, "a@evil.example", bytes(letter(text="3")), "")
    comes(place, letter())
    assert len(tickets(world)) == 1


def test_ids_of_one_company_are_none_of_another(world, place):
    Grant.objects.of(world.foreign).create(company=world.foreign, organisation=world.chamber)
    comes(place, letter(Message_ID="<same@x>"))
    comes(place, letter(Message_ID="<same@x>", text="よその件"), "stranger@example.jp")
    for company in (world.company, world.foreign):
        assert MailId.objects.of(company).filter(value="<same@x>").count() == 1
    assert texts(tickets(world, world.foreign)[0]) == ["よその件"]


def test_who_asks_for_no_automatic_answer_is_no_program_491(world, place, smtp):
    comes(place, letter(X_Auto_Response_Suppress="All"))
    (ticket,) = tickets(world)
    assert texts(ticket) == [TROUBLE]
    assert smtp.mails == []


def test_without_the_calendar_library_the_words_still_go(world, place, smtp, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "icalendar", None)
    ticket = asked(world)
    day = (timezone.localtime() + timedelta(days=3)).strftime("%Y-%m-%dT10:00")
    address = f"/s/{world.chamber.pk}/desk/{ticket.pk}/appointments/"
    world.client("supporter").post(address, {"starts": day, "minutes": "60"})
    run_tasks()
    assert "10:00-11:00" in smtp.mails[0].get_content()
    one = Appointment.objects.of(world.company).get()
    page = world.client("owner").get(
        f"/c/{world.company.pk}/desk/{ticket.pk}/appointments/{one.pk}.ics"
    )
    assert page.status_code == 400


def test_an_answer_that_cannot_be_written_is_shown_as_not_sent(world, place, smtp, monkeypatch):
    def stumble(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("tojimari.portal.desk.letters._body", stumble)
    ticket = asked(world)
    answered(world, ticket)
    run_tasks()
    assert Message.objects.of(world.company).get(kind=Message.HELPER).mail == "refused"


def test_who_left_gets_no_answer_that_waits_or_is_sent_again(world, place, smtp):
    ticket = asked(world, who="staff")
    answered(world, ticket)
    world.company.memberships.filter(user=world.staff).delete()
    run_tasks()
    message = Message.objects.of(world.company).get(kind=Message.HELPER)
    assert message.mail == "refused"
    address = f"/s/{world.chamber.pk}/desk/{ticket.pk}/again/"
    world.client("supporter").post(address, {"message": str(message.pk)})
    run_tasks()
    assert smtp.mails == []


def test_sent_again_it_goes_to_the_address_of_today(world, place, smtp):
    ticket = asked(world)
    answered(world, ticket)
    world.owner.email = "new@example.jp"
    world.owner.save()
    run_tasks()
    message = Message.objects.of(world.company).get(kind=Message.HELPER)
    assert (message.mail, smtp.mails) == ("refused", [])
    address = f"/s/{world.chamber.pk}/desk/{ticket.pk}/again/"
    world.client("supporter").post(address, {"message": str(message.pk)})
    run_tasks()
    assert [mail["To"] for mail in smtp.mails] == ["new@example.jp"]


def test_what_ends_the_worker_each_time_is_given_up(world, place, smtp, monkeypatch):
    def ends(*_, **__):
        raise SystemExit

    monkeypatch.setattr("tojimari.portal.desk.letters._send", ends)
    message = answered(world, asked(world))
    rows = Message.objects.of(world.company).filter(pk=message.pk)
    for _ in range(letters.TRIES):
        with pytest.raises(SystemExit):
            letters.send_message.func(str(message.pk))
        rows.update(sent_at=timezone.now() - timedelta(minutes=6))
    letters.send_message.func(str(message.pk))
    assert (rows.get().mail, rows.get().tries) == ("refused", letters.TRIES)


def test_of_two_who_give_a_mail_to_a_question_one_has_it(world, place):
    comes(place, letter(sender="a@home.example"), "a@home.example")
    mail = AsideMail.objects.get()
    data = bytes(letter(sender="a@home.example"))
    join_aside(mail, data, world.company, None, world.supporter)
    with pytest.raises(AsideMail.DoesNotExist):
        join_aside(mail, data, world.company, None, world.supporter)
    assert len(tickets(world)) == 1


def test_a_mail_with_a_nul_in_its_id_is_given_to_a_question(world, place):
    head = b"From: a@home.example\r\nSubject: x\r\nMessage-ID: <1\x00a@home.example>\r\n"
    comes(place, head + b"\r\nhello", "a@home.example")
    address = f"/s/{world.chamber.pk}/desk/mails/{AsideMail.objects.get().pk}/"
    sent = {"what": "join", "company": str(world.company.pk)}
    assert world.client("supporter").post(address, sent).status_code == 302
    assert texts(tickets(world)[0]) == ["hello"]
