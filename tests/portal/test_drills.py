"""A mail drill from consent to report: what must stand before it, what counts, who sees what."""

import base64
import re
from datetime import timedelta
from io import BytesIO
from ipaddress import ip_network
from uuid import uuid4

import pytest
from django.conf import settings as portal_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from tests.support import drills as made
from tests.support.drill_mails import CONTACT, DOMAIN, HEADER, path_in
from tests.support.drills import text_of
from tests.support.pressing import run_tasks
from tojimari.drills.schedule import LATE
from tojimari.model.facts import RecordEvidence
from tojimari.portal.companies.assessments import result_of
from tojimari.portal.companies.export import everything_of
from tojimari.portal.companies.observations import current
from tojimari.portal.core.models import AuditEvent, Employee
from tojimari.portal.core.retention import throw_away
from tojimari.portal.drills import sending
from tojimari.portal.drills.learning import HOLDS_BY_ITSELF, advice_after
from tojimari.portal.drills.letters import letter_of
from tojimari.portal.drills.links import token_of
from tojimari.portal.drills.models import (
    Drill,
    DrillConsent,
    DrillEvent,
    DrillMail,
    Objection,
    StaffPage,
)
from tojimari.portal.drills.outcomes import found_of
from tojimari.portal.drills.periodic import end_drills, send_drill_mails
from tojimari.portal.drills.recognition import mails_in
from tojimari.portal.incidents.models import Incident
from tojimari.portal.lessons.models import LessonTaken
from tojimari.portal.mailin.addresses import address_of, found
from tojimari.portal.mailin.intake import store
from tojimari.portal.mailin.models import ReceivedMail
from tojimari.portal.outside.models import Site
from tojimari.portal.words import catalog, say

pytestmark = pytest.mark.django_db
_LETTERS = str.maketrans("0189", "ghij")
"""From hex to the letters of links."""


@pytest.fixture(autouse=True)
def operated(settings):
    made.operated(settings)


def sent_by(smtp) -> list:
    """The mails of drills that went; the owner's notices are none."""
    return [each for each in smtp.mails if each[HEADER]]


def words_of(smtp, at: int = 0) -> str:
    """The text of the mail that one person got."""
    mail = next(each for each in sent_by(smtp) if each["To"] == f"p{at}@{DOMAIN}")
    return mail.get_body(("plain",)).get_content()


def sends(drill) -> None:
    send_drill_mails.call()
    run_tasks()


def mails(drill) -> list[DrillMail]:
    return list(DrillMail.objects.of(drill.company_id).filter(drill=drill).order_by("email"))


# --- what must stand before a mail goes ---------------------------------------------------------
def test_from_the_consent_to_every_person_one_mail(world, smtp):
    drill = made.running(world, 3)
    sends(drill)
    sends(drill)
    assert sorted(each["To"] for each in sent_by(smtp)) == [f"p{at}@{DOMAIN}" for at in range(3)]
    for mail in sent_by(smtp):
        assert drill.pk.hex in mail[HEADER]
        assert CONTACT in mail[HEADER]
        assert mail[f"{HEADER}-Abuse"].endswith("/drill-mails/")
    assert {one.state for one in mails(drill)} == {DrillMail.TAKEN}
    assert AuditEvent.objects.of(world.company).filter(action="drill.consent").exists()
    consent = DrillConsent.standing(world.company)
    assert say("drillconsent.password", "ja") in consent.text
    assert consent.by == world.owner


def test_links_differ_and_only_their_hash_is_kept(world, smtp):
    drill = made.running(world, 5)
    sends(drill)
    links = {path_in(each.get_body(("plain",)).get_content()) for each in sent_by(smtp)}
    assert len(links) == 5
    kept = str(DrillMail.objects.of(world.company).values())
    assert not any(link.strip("/").rpartition("/")[2] in kept for link in links)


@pytest.mark.parametrize(
    "spoilt",
    [
        "no_domain",
        "old_proof",
        "file_elsewhere",
        "no_consent",
        "old_consent",
        "incident",
        "closed_lately",
        "no_contact",
    ],
)
def test_nothing_begins_without(world, smtp, settings, spoilt):
    made.ready(world)
    drill = made.plans(world)
    sites = Site.objects.of(world.company)
    consents = DrillConsent.objects.of(world.company)
    now = timezone.now()
    if spoilt == "no_domain":
        sites.update(proven_at=None)
    elif spoilt == "old_proof":
        sites.update(proven_at=now - timedelta(days=200))
    elif spoilt == "file_elsewhere":
        sites.update(name=f"shop.{DOMAIN}", proven_by=Site.FILE)
    elif spoilt == "no_consent":
        consents.update(withdrawn_at=now)
    elif spoilt == "old_consent":
        consents.update(at=now - timedelta(days=400))
    elif spoilt == "no_contact":
        settings.OPERATOR_CONTACT = ""
    else:
        closed = {"state": Incident.CLOSED, "closed_at": now - timedelta(days=3)}
        Incident.objects.of(world.company).create(
            company=world.company,
            kind="screen",
            known_at=now - timedelta(days=40),
            opened_as="owner",
            **(closed if spoilt == "closed_lately" else {}),
        )
    assert made.starts(world, drill).status_code == 400
    sends(drill)
    assert not sent_by(smtp)
    assert not mails(drill)


def test_only_addresses_at_the_very_domain(world, smtp):
    made.ready(world, 1)
    for email in (f"a@sub.{DOMAIN}", f"a@x{DOMAIN}", "a@elsewhere.example", f"ａ@{DOMAIN}"):
        Employee.objects.of(world.company).create(company=world.company, name="x", email=email)
    drill = made.plans(world)
    made.starts(world, drill)
    made.due_now(drill)
    sends(drill)
    assert [each["To"] for each in sent_by(smtp)] == [f"p0@{DOMAIN}"]


def test_a_proof_that_goes_stops_what_runs(world, smtp):
    drill = made.running(world)
    Site.objects.of(world.company).update(proven_at=None)
    sends(drill)
    assert not sent_by(smtp)
    stopped = Drill.objects.of(world.company).get(pk=drill.pk)
    assert (stopped.state, stopped.why_stopped) == (Drill.STOPPED, "no_domain")


def test_an_incident_stops_what_runs(world, smtp):
    drill = made.running(world)
    Incident.objects.of(world.company).create(
        company=world.company, kind="screen", known_at=timezone.now(), opened_as="owner"
    )
    sends(drill)
    assert not sent_by(smtp)
    assert Drill.objects.of(world.company).get(pk=drill.pk).why_stopped == "incident"


def test_the_button_stops_between_two_mails(world, smtp, monkeypatch):
    drill = made.running(world, 4)
    whole = letter_of

    def presses(mail, template, answers):
        letter = whole(mail, template, answers)
        if sent_by(smtp):  # pressed while the second mail is being written
            page = f"/c/{world.company.pk}/drills/{drill.pk}/stop/"
            assert world.client("owner").post(page).status_code == 302
        return letter

    monkeypatch.setattr(sending, "letter_of", presses)
    sends(drill)
    sends(drill)
    assert len(sent_by(smtp)) == 1
    assert [one.state for one in mails(drill)].count(DrillMail.STOPPED) == 3


def test_what_waited_too_long_does_not_go_at_night(world, smtp, monkeypatch):
    """The worker stood still from Friday on: nothing goes on Saturday, all goes on Monday."""
    drill = made.running(world, 2)
    late, other = mails(drill)
    own = DrillMail.objects.of(world.company)
    own.filter(pk=late.pk).update(send_at=timezone.now() - 2 * LATE)
    monkeypatch.setattr(sending, "planned_since", lambda now: now - LATE)
    sends(drill)
    assert [each["To"] for each in sent_by(smtp)] == [other.email]
    assert own.get(pk=late.pk).state == DrillMail.WAITING
    monkeypatch.setattr(sending, "planned_since", lambda now: None)
    sends(drill)
    assert own.get(pk=late.pk).state == DrillMail.TAKEN


def test_three_statements_a_mail(world, smtp):
    """However many: the claim, the mark before its last line, what became of it."""
    drill = made.running(world, 3)
    address_of(world.company, "answers")
    with CaptureQueriesContext(connection) as first:
        sending.send_drill.call(str(drill.pk))
    writes = [one["sql"] for one in first.captured_queries if one["sql"].startswith("UPDATE")]
    assert len(writes) == 3 * 3
    assert len(first.captured_queries) <= 14 + 3 * 3


def test_a_restored_drill_sends_nothing(world, smtp):
    """What went after the backup is not known: nobody gets such a mail twice."""
    drill = made.running(world)
    sending.stop_every_drill()
    sends(drill)
    assert not sent_by(smtp)
    drill.refresh_from_db()
    assert (drill.state, drill.why_stopped) == (Drill.STOPPED, "restored")


def test_withdrawing_the_consent_stops(world, smtp):
    drill = made.running(world)
    answer = world.client("owner").post(f"/c/{world.company.pk}/drills/consent/withdraw/")
    assert answer.status_code == 302
    sends(drill)
    assert not sent_by(smtp)


def test_names_only_where_people_were_told(world):
    made.prove(world.company)
    assert made.consents(world, names="owner").status_code == 400
    assert made.consents(world, names="owner", staff_told="yes").status_code == 302


def test_what_was_chosen_stays_for_a_drill_that_began(world, smtp):
    drill = made.running(world)
    sends(drill)
    made.consents(world, names="owner", staff_told="yes", keep_days="365")
    drill.refresh_from_db(from_queryset=Drill.objects.of(world.company))
    assert (drill.names, drill.keep_days) == ("nobody", 90)
    page = text_of(world.client("owner").get(f"/c/{world.company.pk}/drills/{drill.pk}/results/"))
    assert "社員0" not in page
    table = world.client("owner").get(f"/c/{world.company.pk}/drills/{drill.pk}/results.csv")
    assert DOMAIN not in table.content.decode()
    whole = str(everything_of(world.company)["drills.drillmail"])
    assert "p0@" not in whole, "the company's export would tell who did what"


def test_everything_goes_when_it_was_said(world, smtp):
    drill = made.running(world)
    sends(drill)
    client = Client()
    client.get(path_in(sent_by(smtp)[0].get_body(("plain",)).get_content()))
    now = timezone.now()
    DrillMail.objects.of(world.company).update(
        sent_at=now - timedelta(days=8), send_at=now - timedelta(days=8)
    )
    Drill.objects.of(world.company).update(started_at=now - timedelta(days=9))
    end_drills.call()
    assert Drill.objects.of(world.company).get().state == Drill.OVER
    throw_away(now + timedelta(days=89))
    assert DrillEvent.objects.of(world.company).exists()
    throw_away(now + timedelta(days=91))
    for model in (Drill, DrillMail, DrillEvent):
        assert not model.objects.of(world.company).exists()


# --- what counts --------------------------------------------------------------------------------
@pytest.fixture
def got(world, smtp):
    """A drill whose three mails went, an hour ago."""
    drill = made.running(world, 3, seed=f"nobody@{DOMAIN}")
    sends(drill)
    DrillMail.objects.of(world.company).update(sent_at=timezone.now() - timedelta(hours=1))
    return drill


def page_of(drill, at: int = 0) -> str:
    person = DrillMail.objects.of(drill.company_id).get(drill=drill, email=f"p{at}@{DOMAIN}")
    return f"/d/{token_of(person.pk)}/"


def test_a_read_is_never_a_click(got):
    client = Client()
    client.get(page_of(got))
    client.head(page_of(got))
    client.get(f"{page_of(got)}mark.svg")
    whole = found_of(got).results.whole
    assert whole.clicked.count == whole.acted.count == 0
    assert whole.fetches == 2


@pytest.mark.parametrize(("what", "statements"), [("", 2), ("mark.svg", 2), ("step/", 3)])
def test_many_press_at_once_so_a_page_asks_little(got, django_assert_num_queries, what, statements):
    client, page = Client(), f"{page_of(got)}{what}"
    with django_assert_num_queries(statements):
        client.post(page, {"how": "pressed"}) if what == "step/" else client.get(page)


def test_a_press_without_script_counts_once(got):
    client = Client()
    client.get(page_of(got))
    for _ in range(2):
        answer = client.post(f"{page_of(got)}step/", {"how": "pressed"})
    assert answer.status_code == 302
    assert say("drillpage.by_what", "ja") in text_of(client.get(answer["Location"]))
    whole = found_of(got).results.whole
    assert (whole.clicked.count, whole.clicked.of) == (1, 3)
    assert DrillEvent.objects.of(got.company_id).filter(kind="opened").count() == 1


def test_nothing_that_is_typed_is_kept_or_read(world, got):
    Drill.objects.of(world.company).update(with_form=True)
    client = Client()
    page = client.get(page_of(got)).content.decode()
    form = page.split('id="asks"', 1)[1].split("</form>", 1)[0]
    assert "name=" not in form, "what is typed would be sent"
    client.post(f"{page_of(got)}typed/", {"password": "ひみつの合言葉"})
    assert "ひみつの合言葉" not in str(DrillEvent.objects.of(world.company).values())
    assert found_of(got).results.whole.typed.count == 1


def test_addresses_are_kept_as_a_digest_alone(got):
    client = Client(REMOTE_ADDR="198.51.100.77")
    client.get(page_of(got))
    row = DrillEvent.objects.of(got.company_id).get()
    assert row.place
    assert "198.51.100.77" not in str(DrillEvent.objects.of(got.company_id).values())


def test_who_opens_the_mailbox_nobody_reads_is_a_machine(world, got):
    seed = DrillMail.objects.of(world.company).get(seed=True)
    scanner = Client(REMOTE_ADDR="198.51.100.9")
    for page in (f"/d/{token_of(seed.pk)}/", page_of(got)):
        scanner.get(page)
        scanner.post(f"{page}step/", {"how": "visible"})
    found_ = found_of(got)
    assert found_.results.whole.clicked.count == 0
    assert found_.results.whole.machines >= 1
    assert found_.seeded == 2
    assert len(found_.mails) == 3, "the seeded mailbox counts as nobody"


def test_a_mail_pasted_at_the_check_is_thanked_and_counts(world, got, smtp):
    answer = Client().post("/mail/", {"text": words_of(smtp)})
    assert say("mailcheck.exercise_thanks", "ja") in text_of(answer)
    assert found_of(got).results.whole.reported.count == 1
    first = found_of(got).results.whole.first_report
    assert first is not None
    assert timedelta(minutes=59) < first < timedelta(minutes=70)


@pytest.mark.parametrize("form", ["as_file", "in_base64", "rewritten"])
def test_a_mail_handed_in_any_way_is_known(got, smtp, form):
    from urllib.parse import quote

    raw = next(each for each in smtp.raw if b"p0@" in each)
    if form == "in_base64":
        packed = base64.encodebytes(raw).replace(b"\n", b"\r\n")
        raw = b"Subject: Fwd\r\nContent-Transfer-Encoding: base64\r\n\r\n" + packed
    elif form == "rewritten":
        link = f"http://portal.tojimari.example{page_of(got)}"
        raw = f"Subject: Fwd\r\n\r\nhttps://safe.example/?url={quote(link, safe='')}\r\n".encode()
    file = BytesIO(raw)
    file.name = "mail.eml"
    answer = Client().post("/mail/", {"file": file})
    assert say("mailcheck.exercise_thanks", "ja") in text_of(answer)
    assert found_of(got).results.whole.reported.count == 1


def test_any_other_mail_is_judged_as_ever(got):
    answer = Client().post("/mail/", {"text": f"/d/{'a' * 32}/ をご覧ください"})
    assert say("mailcheck.exercise_thanks", "ja") not in text_of(answer)
    assert not DrillEvent.objects.of(got.company_id).exists()


def came(company, purpose, sender, data, extension=""):
    address = found(address_of(company, purpose))
    assert address is not None
    store(address, sender, data, extension)
    run_tasks()
    return ReceivedMail.objects.of(company).latest("received_at")


def test_a_forwarded_mail_counts_and_is_thanked(world, got, smtp):
    raw = next(each for each in smtp.raw if b"p1@" in each)
    row = came(world.company, "reports", f"p1@{DOMAIN}", b"Subject: Fwd\r\n\r\n" + raw)
    assert row.outcome == "answered"
    assert found_of(got).results.whole.reported.count == 1
    assert say("drillthanks.text", "ja", company=world.company)[:20] in smtp.mails[-1].get_content()
    assert not row.sealed


def test_a_stranger_reports_nothing(world, got, smtp):
    raw = smtp.raw[0]
    address = found(address_of(world.company, "reports"))
    assert address is not None
    store(address, "x@elsewhere.example", raw)
    run_tasks()
    assert not ReceivedMail.objects.of(world.company).exists()


def test_an_answer_counts_and_its_words_go(world, got, smtp):
    token = page_of(got).split("/")[2]
    row = came(
        world.company, "answers", f"p0@{DOMAIN}", b"Subject: Re\r\n\r\nhimitsu no henji", token
    )
    assert row.outcome == "answered"
    assert found_of(got).results.whole.replied.count == 1
    assert not row.sealed
    again = came(world.company, "answers", f"p0@{DOMAIN}", b"Subject: Re\r\n\r\nagain", token)
    assert again.outcome == "late"


def test_what_the_company_takes_along_tells_neither_who_answered_nor_who_reported(world, got, smtp):
    token, raw = page_of(got).split("/")[2], next(each for each in smtp.raw if b"p1@" in each)
    came(world.company, "answers", f"p0@{DOMAIN}", b"Subject: Re\r\n\r\nx", token)
    came(world.company, "reports", f"p1@{DOMAIN}", b"Subject: Fwd\r\n\r\n" + raw)
    to_report = found(address_of(world.company, "reports"))
    assert to_report
    store(to_report, "p2.at.home@elsewhere.example", raw)
    rows = ReceivedMail.objects.of(world.company)
    assert rows.count() == 2
    assert set(rows.values_list("extension", flat=True)) == {""}, "the secret of a link is kept"
    whole = everything_of(world.company)
    told = str([whole[name] for name in whole if name not in ("core.employee", "company")])
    for secret in (f"p0@{DOMAIN}", f"p1@{DOMAIN}", "p2.at.home", token):
        assert secret not in told


def test_a_program_that_answers_is_set_aside(world, got):
    token = page_of(got).split("/")[2]
    data = b"Subject: Out\r\nAuto-Submitted: auto-replied\r\n\r\nI am away"
    came(world.company, "answers", f"p0@{DOMAIN}", data, token)
    whole = found_of(got).results.whole
    assert (whole.replied.count, whole.machines) == (0, 1)


def test_what_comes_back_was_not_delivered(world, got):
    token = page_of(got).split("/")[2]
    data = b"Content-Type: multipart/report\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    came(world.company, "answers", "", data, token)
    assert found_of(got).results.whole.delivered == 2
    assert found_of(got).returned == 1


def test_who_does_not_want_to_is_left_out(world, got):
    client = Client()
    client.get(page_of(got))
    client.post(f"{page_of(got)}no/")
    assert Objection.objects.of(world.company).get().email == f"p0@{DOMAIN}"
    sending.stop(got)
    again = made.plans(world)
    made.starts(world, again)
    assert f"p0@{DOMAIN}" not in {one.email for one in mails(again)}


def test_after_the_end_nothing_counts_and_the_page_still_tells(world, got):
    sending.stop(got)
    client = Client()
    assert client.get(page_of(got)).status_code == 200
    client.post(f"{page_of(got)}step/", {"how": "pressed"})
    assert not DrillEvent.objects.of(world.company).exists()


# --- what holds when the portal's secret changes, and what a mail without its header tells ---
def test_thanks_lead_to_the_page_also_after_the_secret_changed(world, got, smtp, settings):
    text, page = words_of(smtp), page_of(got)
    settings.SECRET_KEY = "another secret of this portal, long enough for it"
    assert page_of(got) != page
    answer = Client().post("/mail/", {"text": text})
    assert f"{page}why/" in text_of(answer)
    assert Client().get(f"{page}why/").status_code == 200


def test_a_report_by_number_alone_after_a_change_still_thanks(world, got, smtp, settings):
    raw = next(each for each in smtp.raw if b"p0@" in each)
    number = next(line for line in raw.splitlines() if line.lower().startswith(b"message-id"))
    settings.SECRET_KEY = "another secret of this portal, long enough for it"
    answer = Client().post("/mail/", {"text": f"In-Reply-To: {number.decode().split()[-1]}"})
    assert say("mailcheck.exercise_thanks", "ja") in text_of(answer)
    assert say("mailcheck.exercise_why", "ja") not in text_of(answer)


@pytest.mark.parametrize(
    ("template", "level"), [("boss-medium", "medium"), ("invoice-medium", "medium")]
)
def test_a_mail_that_asks_for_no_press_is_known_by_its_secret(world, smtp, template, level):
    drill = made.running(world, 1, level=level, templates=[template])
    sends(drill)
    mail = sent_by(smtp)[0]
    if template.startswith("boss"):
        pasted = f"{mail['Reply-To']}\n{mail.get_body(('plain',)).get_content()}"
    else:
        (file,) = mail.iter_attachments()
        assert file.get_content_type() == "application/pdf"
        pasted = "x\n" + base64.encodebytes(file.get_content()).decode()
    answer = Client().post("/mail/", {"text": pasted})
    assert say("mailcheck.exercise_thanks", "ja") in text_of(answer)
    assert found_of(drill).results.whole.reported.count == 1


def test_the_pdf_leads_to_the_page_of_its_mail_and_nowhere_else(world, smtp):
    drill = made.running(world, 1, level="medium", templates=["invoice-medium"])
    sends(drill)
    (file,) = sent_by(smtp)[0].iter_attachments()
    (sheet,) = PdfReader(BytesIO(file.get_content()), strict=True).pages
    (mark,) = (each.get_object() for each in list(sheet.annotations or []))
    assert mark["/A"]["/S"] == "/URI"
    link = mark["/A"]["/URI"]
    assert link == f"{portal_settings.PUBLIC_URL}{page_of(drill)}f/"
    for harm in (b"/JavaScript", b"/JS", b"/OpenAction", b"/Launch", b"/EmbeddedFile", b"/AA"):
        assert harm not in file.get_content()
    client = Client()
    client.get(link.removeprefix(portal_settings.PUBLIC_URL))
    client.post(f"{page_of(drill)}step/", {"how": "pressed"})
    whole = found_of(drill).results.whole
    assert (whole.attachment.count, whole.clicked.count) == (1, 0)


def test_a_data_centre_is_known_though_its_address_is_not_kept(got):
    network = catalog().drill_machines.networks[0]
    inside = str(ip_network(network)[7])
    Client(REMOTE_ADDR=inside).post(f"{page_of(got)}step/", {"how": "visible"})
    assert DrillEvent.objects.of(got.company_id).get().central
    whole = found_of(got).results.whole
    assert whole.clicked.count == 0
    assert whole.set_aside["data_centre"] == 1
    assert inside not in str(DrillEvent.objects.of(got.company_id).values())


# --- what a drill leaves ---
def end(drill) -> None:
    before = timezone.now() - timedelta(days=9)
    DrillMail.objects.of(drill.company_id).update(sent_at=before, send_at=before)
    Drill.objects.of(drill.company_id).update(started_at=before)
    end_drills.call()


def states(company) -> dict[str, str]:
    return {id_: str(each) for id_, each in result_of(company).assessment.states.items()}


def test_a_drill_that_is_over_is_a_record_and_ages(world, got, smtp):
    assert states(world.company)["mail-drill"] == "unknown"
    Client().post("/mail/", {"text": words_of(smtp)})
    end(got)
    known = states(world.company)
    assert (known["mail-drill"], known["know-the-tricks"]) == ("met", "met")
    assert known["incident-education"] == "unknown", "only one of three reported"
    record = next(
        row.fact
        for row in current(world.company, RecordEvidence.KIND)
        if row.fact.control == "mail-drill"
    )
    assert record.done_on == timezone.localdate(timezone.now() - timedelta(days=9)).isoformat()
    assert any("mail-drill" in str(due) for due in result_of(world.company).calendar)


def test_a_drill_that_was_stopped_or_reached_nobody_is_the_record_of_nothing(world, got):
    DrillMail.objects.of(world.company).update(state=DrillMail.REFUSED)
    end(got)
    assert states(world.company)["mail-drill"] == "unknown"
    again = made.plans(world)
    made.starts(world, again)
    sending.stop(again)
    assert states(world.company)["mail-drill"] == "unknown"


def advice(drill):
    return advice_after(drill.company, drill, found_of(drill).results.whole)


def test_the_next_step_is_one_lesson_then_one_measure(world, got):
    client = Client()
    client.get(page_of(got))
    client.post(f"{page_of(got)}step/", {"how": "pressed"})
    assert not advice(got).page, "a lesson in between would tell everybody that a drill is on"
    sending.stop(got)
    got.refresh_from_db(from_queryset=Drill.objects.of(world.company))
    first = advice(got)
    assert first.page.endswith("/lessons/suspicious-mail/")
    page = text_of(world.client("owner").get(f"/c/{world.company.pk}/drills/{got.pk}/results/"))
    assert page.count(first.page) == 1
    LessonTaken.objects.of(world.company).create(
        company=world.company, lesson="suspicious-mail", person=world.company.pk, right=3
    )
    after = advice(got)
    assert after.page != first.page
    assert not after.page or after.page.split("/")[-2] in HOLDS_BY_ITSELF


# --- the page for the people ---
@pytest.fixture
def handed(world, got) -> str:
    answer = world.client("owner").post(f"/c/{world.company.pk}/drills/staff/", {"to": "on"})
    assert answer.status_code == 302
    return f"/about-drills/{StaffPage.of_company(world.company).secret}/"


def test_the_page_for_the_people_tells_the_rules_and_no_plan(world, got, handed):
    page = text_of(Client().get(handed))
    assert say("drillpage.not_named", "ja", called=world.company) in page
    assert address_of(world.company, "reports") in page
    assert say("drillstaff.none", "ja") in page
    assert got.title not in page
    end(got)
    ended = text_of(Client().get(handed))
    assert say("drillstaff.few", "ja") in ended
    assert say("drillresult.reported", "ja", count=0, of=3) not in ended


def test_a_new_link_ends_the_one_before_and_off_ends_it(world, handed):
    world.client("owner").post(f"/c/{world.company.pk}/drills/staff/", {"to": "new"})
    assert Client().get(handed).status_code == 404
    new = f"/about-drills/{StaffPage.of_company(world.company).secret}/"
    assert Client().get(new).status_code == 200
    world.client("owner").post(f"/c/{world.company.pk}/drills/staff/", {"to": "off"})
    assert Client().get(new).status_code == 404


def test_who_says_no_shows_that_the_address_is_theirs(world, handed, smtp):
    before = len(smtp.mails)
    pages = [
        re.sub(r'value="\w{64}"', "", text_of(Client().post(f"{handed}no/", {"email": email})))
        for email in (f"P1@{DOMAIN}", f"nobody@{DOMAIN}", "x@elsewhere.example")
    ]
    assert len(set(pages)) == 1, "the page tells who works there"
    (mail,) = smtp.mails[before:]
    assert mail["To"] == f"p1@{DOMAIN}"
    link = re.search(r"/about-drills/\S+", mail.get_content())[0]
    assert Client().get(link).status_code == 200
    assert not Objection.objects.of(world.company).exists(), "a scanner that reads it says no"
    Client().post(link)
    assert Objection.objects.of(world.company).get().email == f"p1@{DOMAIN}"
    assert Client().get(f"{link[:-2]}x/").status_code == 404
    assert Client().post(f"{handed}no/", {"email": "no address"}).status_code == 400


# --- what is shown ------------------------------------------------------------------------------
def test_the_page_begins_with_who_reported(world, got, smtp):
    Client().post("/mail/", {"text": words_of(smtp)})
    client = world.client("owner")
    page = text_of(client.get(f"/c/{world.company.pk}/drills/{got.pk}/results/"))
    assert page.index(say("drillresult.headline", "ja")) < page.index(say("drillresult.rest", "ja"))
    assert say("drillresult.reported", "ja", count=1, of=3) in page
    assert say("drillsecret.running", "ja") in page
    Drill.objects.of(world.company).update(names=DrillConsent.OWNER)
    page = text_of(client.get(f"/c/{world.company.pk}/drills/{got.pk}/results/"))
    assert say("drillhidden.no_groups", "ja") in page


def results_of(world, drill) -> tuple[str, str]:
    """The page of results and the file, as the owner gets them."""
    client, base = world.client("owner"), f"/c/{world.company.pk}/drills/{drill.pk}"
    return text_of(client.get(f"{base}/results/")), client.get(
        f"{base}/results.csv"
    ).content.decode()


def pressed(drill, at: int = 0) -> None:
    Client().post(f"{page_of(drill, at)}step/", {"how": "pressed"})


def test_nobody_is_watched_while_a_drill_runs(world, smtp):
    drill = made.running(world, 6)
    sends(drill)
    before = results_of(world, drill)
    pressed(drill)
    page, file = results_of(world, drill)
    assert say("drillsecret.running", "ja") in page
    assert file == before[1]
    assert "acted" not in file
    assert "machines" not in file
    sending.stop(drill)
    page, file = results_of(world, drill)
    assert say("drillsecret.running", "ja") not in page
    assert "acted,1,6," in file


@pytest.mark.parametrize("how", ["tiny company", "one chosen"])
def test_figures_of_few_people_are_kept_back_after_the_end_too(world, smtp, how):
    if how == "tiny company":
        drill = made.running(world, 4)
    else:
        made.ready(world, 6)
        one = Employee.objects.of(world.company).order_by("email").first()
        drill = made.plans(world, everybody="some", chosen=[str(one.pk)])
        made.starts(world, drill)
        made.due_now(drill)
    sends(drill)
    pressed(drill)
    sending.stop(drill)
    page, file = results_of(world, drill)
    assert say("drillsecret.few", "ja", n=5) in page
    assert say("drillmeasure.acted", "ja") not in page
    assert "acted" not in file


def test_pressing_twice_at_once_leaves_nobody_in(world, got):
    client = Client()
    for _ in range(2):
        assert client.post(f"{page_of(got)}no/").status_code == 302
    assert Objection.objects.of(world.company).count() == 1
    client.post(f"{page_of(got)}no/", {"takes_in": "yes"})
    assert not Objection.objects.of(world.company).exists()


def test_a_mail_of_made_up_links_asks_the_database_little(got, django_assert_max_num_queries):
    page = "http://portal.tojimari.example" + page_of(got)
    made_up = [f"{page[:-33]}{uuid4().hex.translate(_LETTERS)}/" for _ in range(2_000)]
    parts = [
        base64.b64encode("\n".join(made_up[at : at + 20]).encode()) for at in range(0, 2_000, 20)
    ]
    with django_assert_max_num_queries(150):
        assert mails_in(b"\r\n\r\n".join(parts)) == []
    assert [mail.drill_id for mail in mails_in(page.encode())] == [got.pk]


def test_the_report_on_paper(world, got):
    client = world.client("owner")
    paper = client.get(f"/c/{world.company.pk}/drills/{got.pk}/report.pdf")
    assert paper.content.startswith(b"%PDF")


def test_named_rows_where_it_was_chosen_before(world, smtp):
    drill = made.running(world, 3, consent={"names": "owner", "staff_told": "yes"})
    sends(drill)
    client = world.client("owner")
    assert "社員0" in text_of(client.get(f"/c/{world.company.pk}/drills/{drill.pk}/results/"))
    table = client.get(f"/c/{world.company.pk}/drills/{drill.pk}/results.csv").content.decode()
    assert f"p0@{DOMAIN}" in table
    assert "198." not in table


@pytest.mark.parametrize("who", ["staff", "stranger", "supporter"])
def test_nobody_else_sees_a_drill(world, got, who):
    base = f"/c/{world.company.pk}/drills/"
    for page in ("", "consent/", "new/", "mails/", f"{got.pk}/results/", f"{got.pk}/results.csv"):
        assert world.client(who).get(base + page).status_code == 404
    assert world.client(who).post(f"{base}{got.pk}/stop/").status_code == 404


def test_a_mail_put_off_holds_no_other_up_and_goes_later(world, smtp, settings):
    """The server says "later" to one address; the rest go, and that one at the next turn."""
    from aiosmtpd.controller import Controller

    from tests.support.ports import free_port

    got, refused = [], []

    class Handler:
        async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
            if address.startswith("p0@") and "p0" not in refused:
                refused.append("p0")
                return "450 later"
            envelope.rcpt_tos.append(address)
            return "250 good"

        async def handle_DATA(self, server, session, envelope):  # noqa: N802
            if envelope.rcpt_tos[0].startswith("p1@") and "p1" not in refused:
                refused.append("p1")
                return "451 later"
            got.extend(envelope.rcpt_tos)
            return "250 kept"

    drill = made.running(world, 4)
    settings.EMAIL_PORT = free_port()
    server = Controller(Handler(), hostname="127.0.0.1", port=settings.EMAIL_PORT)
    server.start()
    try:
        sends(drill)
        # In which order they go is drawn with their ids: neither waits for the other's turn.
        assert sorted(got) == [f"p{at}@{DOMAIN}" for at in (2, 3)]
        sends(drill)
    finally:
        server.stop()
    assert sorted(got) == [f"p{at}@{DOMAIN}" for at in range(4)]
    assert {one.state for one in mails(drill)} == {DrillMail.TAKEN}


def test_what_was_cut_off_at_the_last_line_never_goes_again(world, smtp, settings):
    """The server dies after it may have kept the mail: nobody knows, and so it is not sent twice."""
    import socketserver
    import threading

    ends = []

    class Cut(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 x\r\n")
            for line in self.rfile:
                if line.upper().startswith(b"DATA"):
                    self.wfile.write(b"354 go\r\n")
                    for content in self.rfile:
                        if content == b".\r\n":
                            ends.append(1)
                            return
                self.wfile.write(b"250 x\r\n")

    drill = made.running(world, 1)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Cut) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_PORT = server.server_address[1]
        sends(drill)
        DrillMail.objects.of(world.company).update(claimed_at=None)
        sends(drill)
        server.shutdown()
    assert ends == [1]
    assert found_of(drill).unclear == 1
