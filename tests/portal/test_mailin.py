"""Mail that companies forward: taken by LMTP from a real Postfix, answered once, to its own people."""

import re
import signal
import smtplib
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.mail import made
from tests.support.mail_house import DOMAIN, House, postfix_to
from tests.support.mail_servers import MAY_RUN
from tests.support.patience import PATIENCE
from tests.support.pressing import run_tasks
from tests.support.servers import MailServer
from tojimari.portal.core.models import Employee
from tojimari.portal.core.retention import throw_away
from tojimari.portal.mailcheck.jobs import PURPOSE, is_own
from tojimari.portal.mailcheck.models import AskedAddress, Judged
from tojimari.portal.mailin.addresses import address_of, found, replace_address
from tojimari.portal.mailin.automatic import digest_of, head_of, message_id_of, why_not_answered
from tojimari.portal.mailin.intake import deal_with, deal_with_waiting, store
from tojimari.portal.mailin.models import MailAddress, ReceivedMail, UnknownSender
from tojimari.portal.words import say


@pytest.fixture
def place(world, settings):
    """The company's address to forward to."""
    settings.MAIL_IN_DOMAIN = DOMAIN
    return found(address_of(world.company, PURPOSE))


def forwarded(sender="owner@example.jp", *, inline: bool = False, number: int = 1) -> bytes:
    """A strange mail as somebody forwards it."""
    strange = made.attached("請求書.pdf.exe", made.PROGRAM)
    carrier = EmailMessage()
    carrier["From"], carrier["To"], carrier["Subject"] = sender, "x@in.example", "Fwd: 件"
    carrier["Message-ID"] = f"<{number}@example.jp>"
    if inline:
        carrier.set_content(
            "これは大丈夫?\n\n---------- Forwarded message ---------\n"
            "From: Amazon <x@evil.example>\nSubject: 【重要】アカウントの停止\n\n"
            "至急ご本人確認をお願いします。24時間以内に確認しないと停止します。\nhttps://amazon-kakunin.evil.example/login\n"
        )
    else:
        carrier.set_content("これは大丈夫?")
        carrier.add_attachment(message_from_bytes(strange, policy=policy.SMTP))
    return bytes(carrier)


@pytest.fixture
def answers(smtp):
    """Deal with what waits; return the answers that a real mail server took."""

    def read() -> list[EmailMessage]:
        run_tasks()
        return smtp.mails

    return read


@pytest.mark.parametrize("inline", [False, True])
def test_a_forwarded_mail_is_answered_by_the_rules_for_programs(
    world, place, smtp, answers, inline
):
    store(place, "Owner@example.jp", forwarded(inline=inline))
    (answer,) = answers()
    assert smtp.to == ["owner@example.jp"]
    assert smtp.envelope_senders == ["<>"]
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["In-Reply-To"] == "<1@example.jp>"
    text = answer.get_content()
    assert text.startswith(f"■ {say('mail.level.dangerous', 'ja')}")
    assert text.count("/odd/\r\n") == 1
    assert "https://amazon" not in text
    (row,) = ReceivedMail.objects.of(world.company)
    assert (row.state, row.outcome, bytes(row.sealed)) == ("done", "answered", b"")
    (judged,) = Judged.objects.of(world.company)
    assert (judged.way, judged.level) == ("forwarded", "dangerous")
    if inline:
        assert judged.hosts == ["amazon-kakunin.evil.example"]


def test_what_the_carrier_says_is_no_part_of_the_verdict(world, place, answers):
    carrier = EmailMessage()
    carrier["From"], carrier["Subject"] = "owner@example.jp", "Fwd: 件"
    carrier.set_content("危険? 至急見てください")
    harmless = made.mail(
        "来週の打ち合わせは10時でお願いします。資料を持って伺います。",
        Message_ID="<h@shop.example>",
    )
    carrier.add_attachment(harmless)
    store(place, "owner@example.jp", bytes(carrier))
    (answer,) = answers()
    assert answer.get_content().startswith(f"■ {say('mail.level.ordinary', 'ja')}")


def test_a_file_beside_a_quoted_mail_is_judged_with_it(place, answers):
    carrier = message_from_bytes(forwarded(inline=True), policy=policy.SMTP)
    quoted = "---------- Forwarded message ---------\nFrom: 山田 <a@yamada.example>\nSubject: 見積もり\n\nお見積もりをお送りします。"
    carrier.set_content(quoted)
    carrier.add_attachment(made.PROGRAM, maintype="application", subtype="pdf", filename="見積.pdf")
    store(place, "owner@example.jp", carrier.as_bytes())
    (answer,) = answers()
    assert answer.get_content().startswith(f"■ {say('mail.level.dangerous', 'ja')}")


def test_only_accounts_are_answered_and_typed_addresses_and_strangers_are_counted(
    world, place, smtp, answers
):
    Employee.objects.of(world.company).create(
        company=world.company, name="花子", email="Hanako@example.jp"
    )
    for number, sender in enumerate(
        ["staff@example.jp", "hanako@example.jp", "stranger@example.jp", "stranger@example.jp", "supporter@example.jp"]
    ):  # fmt: skip
        store(place, sender, forwarded(sender, number=number))
    assert len(answers()) == 1
    assert smtp.to == ["staff@example.jp"]
    counted = UnknownSender.objects.of(world.company).order_by("sender")
    assert [(one.sender, one.count) for one in counted] == [
        ("hanako@example.jp", 1),
        ("stranger@example.jp", 2),
        ("supporter@example.jp", 1),
    ]
    assert ReceivedMail.objects.of(world.company).count() == 1
    page = world.client("owner").get(f"/c/{world.company.pk}/mails/").content.decode()
    assert f"{place.local}@{DOMAIN}" in page
    assert "stranger@example.jp: 2" in page


@pytest.fixture
def hanako(world):
    return Employee.objects.of(world.company).create(
        company=world.company, name="花子", email="Hanako@example.jp"
    )


def asked(world, employee, who="owner"):
    return world.client(who).post(f"/c/{world.company.pk}/mails/people/{employee.pk}/")


def test_an_employee_who_confirmed_by_the_mailed_link_is_answered(
    world, place, smtp, answers, hanako
):
    assert asked(world, hanako).status_code == 302
    (letter,) = smtp.mails
    assert smtp.to == ["Hanako@example.jp"]
    link = re.search(r"http://testserver(/mail/confirm/\S+)", letter.get_content())[1]
    store(place, "hanako@example.jp", forwarded("hanako@example.jp"))
    client = Client()
    assert say("mailconfirm.yes", "ja") in client.get(link).content.decode()
    store(place, "hanako@example.jp", forwarded("hanako@example.jp"))  # a scanner opens links too
    assert not ReceivedMail.objects.of(world.company).exists()
    assert client.post(link).status_code == 200
    store(place, "hanako@example.jp", forwarded("hanako@example.jp"))
    assert len(answers()) == 2
    assert smtp.to[-1] == "hanako@example.jp"
    page = world.client("owner").get(f"/c/{world.company.pk}/mails/").content.decode()
    assert say("mailconfirm.confirmed", "ja") in page
    # Neither another address nor one who left.
    Employee.objects.of(world.company).update(email="other@example.jp")
    assert client.post(link).status_code == 410
    assert not is_own(world.company, "other@example.jp")
    assert not is_own(world.company, "hanako@example.jp")
    Employee.objects.of(world.company).update(email="hanako@example.jp", left_at=timezone.now())
    assert not is_own(world.company, "hanako@example.jp")
    assert client.get(link).status_code == 410


def test_an_address_is_asked_once_a_week_whoever_asks(world, place, smtp, hanako):
    assert asked(world, hanako).status_code == 302
    hanako.delete()  # and typed again
    again = Employee.objects.of(world.company).create(
        company=world.company, name="x", email="hanako@EXAMPLE.jp"
    )
    assert asked(world, again).status_code == 429
    Employee.objects.of(world.company).update(email="hanako+2@example.jp")  # the same mailbox
    assert asked(world, again).status_code == 429
    Employee.objects.of(world.company).update(email="hanako@EXAMPLE.jp")
    world.foreign.memberships.create(user=world.owner, role="owner")
    theirs = Employee.objects.of(world.foreign).create(
        company=world.foreign, name="x", email="hanako@example.jp"
    )
    address = f"/c/{world.foreign.pk}/mails/people/{theirs.pk}/"
    assert world.client("owner").post(address).status_code == 429
    assert len(smtp.mails) == 1
    throw_away(timezone.now() + timedelta(days=8))
    assert asked(world, again).status_code == 302
    assert len(smtp.mails) == 2


def test_only_the_companys_owner_has_its_own_people_asked(world, place, smtp, hanako):
    for who in ("staff", "supporter", "buyer", "stranger"):
        assert asked(world, hanako, who).status_code in (403, 404), who
    theirs = Employee.objects.of(world.foreign).create(
        company=world.foreign, name="x", email="x@example.jp"
    )
    assert asked(world, theirs).status_code == 404
    assert smtp.mails == []
    for token in ("x", signing.dumps(["x", "y"], salt="tojimari mail confirm 1"), signing.dumps(3)):
        assert Client().get(f"/mail/confirm/{token}/").status_code == 410


def test_where_the_mail_server_takes_nothing_the_address_may_be_asked_again(
    world, place, settings, hanako
):
    settings.MAIL_CONFIGURED = False
    assert asked(world, hanako).status_code == 503
    assert not AskedAddress.objects.exists()


def test_many_strangers_do_not_fill_the_list(world, place, monkeypatch):
    monkeypatch.setattr("tojimari.portal.mailin.intake.UNKNOWN_AT_MOST", 3)
    for number in range(9):
        store(place, f"{number}@evil.example", b"x")
    rows = UnknownSender.objects.of(world.company)
    assert rows.count() == 4
    assert rows.get(sender="").count == 6


@pytest.mark.parametrize(
    ("sender", "headers", "why"),
    [
        ("a@example.jp", "", ""),
        ("a@example.jp", "Auto-Submitted: no\n", ""),
        ("", "", "empty_sender"),
        ("<>", "", "empty_sender"),
        ("MAILER-DAEMON@example.jp", "", "program"),
        ("shop-bounces+a=b@example.jp", "", "program"),
        ("a@example.jp", "Auto-Submitted: auto-generated; x=y\n", "automatic"),
        ("a@example.jp", "Auto-Submitted: Auto-Replied\n", "automatic"),
        ("a@example.jp", "Precedence: Bulk\n", "bulk"),
        ("a@example.jp", "List-Id: <shop.example.jp>\n", "list"),
        ("a@example.jp", "Content-Type: multipart/report; boundary=x\n", "report"),
        ("a@example.jp", "X-Auto-Response-Suppress: DR, AutoReply\n", "asked_not_to"),
    ],
)
def test_programs_are_told_apart(sender, headers, why):
    assert (
        why_not_answered(
            sender.strip("<>"), head_of(f"{headers}Subject: x\n\nAuto-Submitted: no".encode())
        )
        == why
    )


AUTOMATIC = (("Auto-Submitted", "auto-replied"), ("List-Id", "<a.example>"))


def test_programs_are_not_answered(world, place, answers):
    for number, (name, value) in enumerate(AUTOMATIC):
        store(place, "owner@example.jp", f"{name}: {value}\n".encode() + forwarded(number=number))
    assert answers() == []
    assert {row.outcome for row in ReceivedMail.objects.of(world.company)} == {"automatic", "list"}
    assert not Judged.objects.of(world.company).exists()


def test_our_own_answer_that_comes_back_is_not_answered(world, place, smtp, answers):
    store(place, "owner@example.jp", forwarded())
    (answer,) = answers()
    store(place, "owner@example.jp", bytes(answer))
    assert len(answers()) == 1


def test_the_same_mail_twice_is_one_answer_and_one_id_for_two_mails_is_two(place, answers):
    mail = forwarded()
    store(place, "owner@example.jp", b"Received: by a\r\n" + mail)
    store(place, "owner@example.jp", b"Received: by b\r\n" + mail)
    store(place, "owner@example.jp", forwarded(inline=True))
    assert len(answers()) == 2


def test_a_person_gets_so_many_answers_a_day(world, place, answers, monkeypatch):
    monkeypatch.setattr("tojimari.portal.mailcheck.jobs.A_DAY", 2)
    for number in range(4):
        store(place, "owner@example.jp", forwarded(number=number))
    assert len(answers()) == 2


def test_an_address_gets_so_many_answers_a_day_of_all_companies(world, place, answers, monkeypatch):
    monkeypatch.setattr("tojimari.portal.mailcheck.jobs.A_DAY", 2)
    world.foreign.memberships.create(user=world.owner, role="staff")
    other = found(address_of(world.foreign, PURPOSE))
    for number, where in enumerate((place, other, place, other)):
        store(where, "owner@example.jp", forwarded(number=number))
    assert len(answers()) == 2


def test_a_company_gets_so_many_answers_a_day(world, place, answers, monkeypatch):
    monkeypatch.setattr("tojimari.portal.mailcheck.jobs.COMPANY_A_DAY", 2)
    for number, sender in enumerate(["owner@example.jp", "staff@example.jp"] * 2):
        store(place, sender, forwarded(sender, number=number))
    assert len(answers()) == 2


def late(company) -> None:
    """Let the mails of a company wait since long ago, and hand them over again."""
    rows = ReceivedMail.objects.of(company).exclude(state=ReceivedMail.DONE)
    long_ago = timezone.now() - timedelta(hours=1)
    rows.update(received_at=long_ago, taken_at=long_ago)
    deal_with_waiting.func()
    run_tasks()


class Stumble(Exception):
    """Something nobody thought of."""


def test_a_mail_that_breaks_the_judging_is_over_and_erased(world, place, answers, monkeypatch):
    def break_down(*_):
        raise Stumble

    monkeypatch.setattr("tojimari.portal.mailcheck.jobs.judged_forwarded", break_down)
    store(place, "owner@example.jp", forwarded())
    assert answers() == []
    (row,) = ReceivedMail.objects.of(world.company)
    assert (row.state, row.outcome, bytes(row.sealed)) == ("done", "failed", b"")


def test_a_mail_that_ends_the_worker_every_time_is_given_up_and_erased(
    world, place, answers, monkeypatch
):
    def end(*_):
        raise SystemExit  # as far as a row can tell: taken, and never heard of again

    monkeypatch.setattr("tojimari.portal.mailin.intake.TRIES", 3)
    monkeypatch.setattr("tojimari.portal.mailcheck.jobs.judged_forwarded", end)
    store(place, "owner@example.jp", forwarded())
    own = ReceivedMail.objects.of(world.company)
    for tries in (1, 2, 3):
        own.update(taken_at=timezone.now() - timedelta(hours=1))
        with pytest.raises(SystemExit):
            deal_with(own.get().pk)
        assert (own.get().state, own.get().tries) == ("taken", tries)
    late(world.company)
    row = own.get()
    assert (row.state, row.outcome, bytes(row.sealed)) == ("done", "failed", b"")


@pytest.mark.parametrize(("code", "at"), [(554, "DATA"), (550, "MAIL")])
def test_an_answer_refused_for_good_is_remembered_once_and_not_tried_again(
    world, place, smtp, monkeypatch, code, at
):
    def refuse(*_, **__):
        if at == "DATA":
            raise smtplib.SMTPDataError(code, b"no")
        raise smtplib.SMTPSenderRefused(code, b"no", "")

    monkeypatch.setattr(smtplib.SMTP, "sendmail", refuse)
    store(place, "owner@example.jp", forwarded())
    run_tasks()
    (row,) = ReceivedMail.objects.of(world.company)
    assert (row.state, row.outcome, row.tries, bytes(row.sealed)) == ("done", "refused", 1, b"")
    assert Judged.objects.of(world.company).count() == 1


def test_a_mail_server_in_trouble_is_asked_again(world, place, settings, monkeypatch):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.MAIL_CONFIGURED = "127.0.0.1", 1, True
    store(place, "owner@example.jp", forwarded())
    run_tasks()
    (row,) = ReceivedMail.objects.of(world.company)
    assert (row.state, row.tries) == ("waiting", 1)
    late(world.company)
    server = MailServer()
    settings.EMAIL_PORT = server.port
    late(world.company)
    server.stop()
    assert len(server.mails) == 1
    assert Judged.objects.of(world.company).get().pk == row.pk


def test_addresses_cannot_be_guessed_and_an_old_one_ends(world, place):
    first = f"{place.local}@{DOMAIN}"
    assert len(place.local) >= 20
    assert address_of(world.company, PURPOSE) == first
    assert found(first.upper()) == place
    client = world.client("owner")
    assert client.post(f"/c/{world.company.pk}/mails/address/").status_code == 302
    assert found(first) is None
    second = address_of(world.company, PURPOSE)
    assert second != first
    assert found(second).company == world.company
    assert replace_address(world.company, PURPOSE) != second
    assert found("mail-x@elsewhere.example") is None
    assert MailAddress.objects.of(world.company).filter(ended_at=None).count() == 1


def test_without_a_domain_the_page_says_so(world, settings):
    settings.MAIL_IN_DOMAIN = ""
    page = world.client("owner").get(f"/c/{world.company.pk}/mails/").content.decode()
    assert say("mailmonths.forward_none", "ja") in page
    assert world.client("owner").post(f"/c/{world.company.pk}/mails/address/").status_code == 404


@given(st.binary(max_size=300), st.text(max_size=60))
def test_no_header_breaks_the_rules(data, sender):
    assert isinstance(why_not_answered(sender, head_of(data)), str)
    assert len(digest_of(data)) == 64
    identity = message_id_of(b"Message-ID: " + data)
    assert "\n" not in identity
    assert "\r" not in identity


# --- with the real programs ---------------------------------------------------------------------


@pytest.fixture
def house(tmp_path, empty_database):
    made_ = House(tmp_path, empty_database)
    yield made_
    made_.end()


@pytest.mark.programs
@pytest.mark.any_database
@pytest.mark.skipif(not MAY_RUN, reason="postfix can only be started by root")
def test_postfix_hands_over_and_the_answer_comes_back(house):
    house.intake()
    house.start("worker")
    with postfix_to(house.port) as port, smtplib.SMTP("127.0.0.1", port) as outside:
        outside.sendmail("owner@example.jp", [house.address], forwarded())
        outside.sendmail("owner@example.jp", [house.address], forwarded(inline=True, number=2))
        outside.sendmail("stranger@evil.example", [house.address], forwarded(number=3))
        answers = house.sink.wait_for(2, PATIENCE)
    assert {answer["In-Reply-To"] for answer in answers} == {"<1@example.jp>", "<2@example.jp>"}
    assert house.sink.envelope_senders == ["<>", "<>"]
    assert set(house.sink.to) == {"owner@example.jp"}


@pytest.mark.programs
@pytest.mark.any_database
def test_a_killed_intake_loses_nothing_and_answers_once(house):
    intake, first, second = house.intake(), forwarded(), forwarded(number=2)
    with smtplib.LMTP("127.0.0.1", house.port) as server:
        server.sendmail("owner@example.jp", [house.address], first)
    intake.send_signal(signal.SIGKILL)  # it said 250; nobody has dealt with it yet
    intake.wait()
    assert house.states() == ["waiting"]
    house.intake()
    with smtplib.LMTP("127.0.0.1", house.port) as server:
        server.sendmail("owner@example.jp", [house.address], first)  # sent again to be sure
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            server.sendmail("owner@example.jp", [f"mail-guessed@{DOMAIN}"], first)
        refused = server.sendmail("owner@example.jp", [house.address] * 2, second)
        assert [code for code, _ in refused.values()] == [452]
    house.start("worker")
    house.wait_for(["done", "done"])
    assert len(house.sink.wait_for(2)) == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--listen", "nowhere"], "127.0.0.1:8024"),
        (["--listen", "127.0.0.1:1"], "TOJIMARI_MAIL_IN_DOMAIN"),
    ],
)
def test_a_wrong_setting_is_one_sentence(tojimari, tmp_path, empty_database, words, says):
    from tests.support.stored import put_database

    put_database(empty_database, tmp_path)
    done = tojimari(tmp_path, "receive", *words, TOJIMARI_MODE="server")
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
