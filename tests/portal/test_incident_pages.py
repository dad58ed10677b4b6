"""An incident of a company: opened, worked through, told, closed; and who sees it."""

import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from tests.support.pressing import run_tasks
from tests.support.records import address, opened, text_of, with_evidence
from tojimari.portal.companies.assessments import result_of
from tojimari.portal.core.models import Notice
from tojimari.portal.incidents.chain import append, checked_lines, erase
from tojimari.portal.incidents.models import (
    EmergencyCode,
    EmergencyContact,
    Incident,
    IncidentEntry,
)
from tojimari.portal.words import catalog, say

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(
    "kind", [k for k, one in catalog().incidents.playbooks.items() if one.opens]
)
def test_every_kind_opens_and_shows_tasks_and_clocks(world, kind, lang):
    found = opened(world, kind, "")
    client = world.client("owner")
    client.cookies["django_language"] = lang
    page = text_of(client.get(address(world, found)))
    assert catalog().incidents.playbooks[kind].title.say(lang) in page
    assert say("clock.basis", lang) in page
    assert say("task.known_by", lang) in page
    for draft in catalog().incidents.drafts:
        assert client.get(f"{address(world, found)}letter/{draft}/").status_code == 200


def test_a_clock_leads_to_its_draft_which_names_what_was_kept_and_not_what_was_erased(world):
    found = with_evidence(world, text="脅しの画面")
    client, page = world.client("owner"), address(world, found)
    erased = append(found, IncidentEntry.FILE, by=world.owner, file=("給与.xlsx", b"x"))
    append(found, IncidentEntry.FILE, by=world.owner, file=("記録.log", b"y"))
    erase(erased, ("file",), by=world.owner)
    shown = text_of(client.get(page))
    title = catalog().incidents.drafts["police"].title.ja
    assert say("clock.draft", "ja", draft=title) in shown.split('id="duty-police"')[1]
    letter = client.get(f"{page}letter/police/").context["letter"]
    assert "残してあるもの: 脅しの画面、記録.log\n" in letter.body


def test_three_tasks_are_next_and_what_is_late_is_never_folded(world):
    found = opened(world, "screen", "shows=ransom")
    client, page = world.client("owner"), address(world, found)
    tasks = client.get(page).context["tasks"]
    assert len(tasks["next"]) == 3
    assert not tasks["done"]
    number = 3 + len(tasks["later"])
    client.post(f"{page}task/", {"task": tasks["next"][0]["id"], "done": "yes"})
    Incident.objects.of(world.company).update(known_at=found.known_at - timedelta(days=3))
    tasks = client.get(page).context["tasks"]
    assert len(tasks["done"]) == 1
    assert len(tasks["next"]) + len(tasks["later"]) == number - 1
    assert not any(task["late"] for task in tasks["later"])
    assert sum(task["late"] for task in tasks["next"]) > 3


def test_words_about_tasks_and_duties_stand_in_the_record(world):
    found = opened(world, "screen", "shows=ransom")
    client, page = world.client("owner"), address(world, found)
    task = client.get(page).context["tasks"]["next"][0]
    sent = {"task": task["id"], "who": "花子", "note": "LANの線を抜いた"}
    for _ in range(2):  # said again it is no news
        client.post(f"{page}task/", sent)
    client.post(f"{page}task/", {**sent, "note": "", "done": "yes"})
    rows = IncidentEntry.objects.of(world.company).filter(incident=found)
    (note,) = rows.filter(kind=IncidentEntry.NOTE)
    assert note.text.split("\n") == [
        task["do"],
        f"{say('task.who', 'ja')}: 花子",
        "LANの線を抜いた",
    ]
    assert checked_lines(found).broken is None
    assert rows.filter(kind=IncidentEntry.DONE).count() == 1


def test_what_was_answered_at_the_door_goes_along(world):
    found = opened(world, query="shows=warning&let_in=called&let_in=remote&x=1", summary="電話した")
    assert found.answers == {"shows": "warning", "let_in": ["called", "remote"]}
    page = text_of(world.client("owner").get(address(world, found)))
    assert "電話した" in page


def test_answers_start_and_stop_the_clocks(world):
    found = opened(world, "lost", "lost_what=computer&lost_how=stolen")
    client, page = world.client("staff"), address(world, found)
    assert "期限の質問に答える" in text_of(client.get(page))
    wanted = {"personal": "yes", "personal_kind": "sensitive", "intent": "yes", "protected": "no"}
    where = client.get(f"{page}ask/duties/")["Location"]
    asked = 0
    while "?q=" in where:
        question = parse_qs(urlsplit(where).query)["q"][0]
        where = client.post(where, {"choice": wanted.get(question, "dont_know")})["Location"]
        asked += 1
    assert asked == 9
    shown = text_of(client.get(page))
    first = timezone.localtime(found.known_at).date()
    aim, due = (first + timedelta(days=n) for n in (2, 4))
    assert f"{aim} を目標に、遅くとも {due}" in shown
    assert str(first + timedelta(days=59)) in shown
    client.post(f"{page}ask/duties/?q=personal", {"choice": "no"})
    assert str(first + timedelta(days=59)) not in text_of(client.get(page))
    assert "personal_kind" not in Incident.objects.of(world.company).get().answers


def test_a_bad_answer_is_one_sentence_and_keeps_what_there_was(world):
    found = opened(world)
    page = world.client("owner").post(f"{address(world, found)}ask/duties/?q=personal", {})
    assert page.status_code == 400
    assert 'role="alert"' in page.content.decode()


def test_a_tick_stays_names_who_and_is_written_down(world):
    found = opened(world)
    client, page = world.client("staff"), address(world, found)
    client.post(
        f"{page}task/", {"task": "keep_apart", "done": "yes", "who": "佐藤", "note": "線を抜いた"}
    )
    shown = text_of(client.get(page))
    assert "佐藤" in shown
    assert "線を抜いた" in shown
    entry = IncidentEntry.objects.of(world.company).get(kind="done")
    assert (entry.text, entry.by) == ("keep_apart", world.staff)
    client.post(f"{page}task/", {"task": "keep_apart", "done": "yes", "who": "佐藤"})
    assert IncidentEntry.objects.of(world.company).filter(kind="done").count() == 1
    client.post(f"{page}task/", {"task": "keep_apart"})
    assert IncidentEntry.objects.of(world.company).filter(kind="undone").count() == 1
    assert client.post(f"{page}task/", {"task": "nonsense", "done": "yes"}).status_code == 400


def test_devices_and_people_touched_stand_in_the_drafts_and_what_is_unknown_is_marked(world):
    found = opened(world, summary="ファイルが開けない")
    client, page = world.client("owner"), address(world, found)
    client.post(f"{page}entry/", {"kind": "device", "text": "受付のパソコン"})
    client.post(f"{page}entry/", {"kind": "person", "text": "佐藤さん"})
    assert client.post(f"{page}entry/", {"kind": "device", "text": ""}).status_code == 400
    letter = text_of(client.get(f"{page}letter/police/"))
    assert "受付のパソコン" in letter
    assert "佐藤さん" in letter
    assert "【まだ分かりません】" in letter
    file = client.get(f"{page}letter/commission/?file=txt")
    assert file["Content-Disposition"].endswith('tojimari-commission.txt"')
    assert "ひみつ商店" in file.content.decode("utf-8-sig")


def test_who_is_affected_reads_of_no_suspicion_and_no_lawyer_and_helpers_of_all(world):
    found = opened(world, "insider", "still_here=left")
    client, page = world.client("owner"), address(world, found)
    for task in ("ask_lawyer", "ask_police", "few_know"):
        client.post(f"{page}task/", {"task": task, "done": "yes"})
    client.post(f"{page}task/", {"task": "few_know"})
    for draft in ("partners", "people"):
        letter = text_of(client.get(f"{page}letter/{draft}/"))
        assert "情報の不正な取り扱いの疑い" in letter
        assert "やめた人" not in letter
        assert "弁護士" not in letter
        assert "警察に相談する" in letter
    police = text_of(client.get(f"{page}letter/police/"))
    assert "弁護士に相談する" in police
    assert "必要な人だけにする" not in police, "it was taken back"


def test_correcting_the_words_leaves_the_moment_and_writes_a_line(world):
    found = opened(world, known_at="2026-11-01T09:30", summary="遅い")
    client, page = world.client("owner"), address(world, found)
    client.post(f"{page}facts/", {"summary": "とても遅い"})
    changed = Incident.objects.of(world.company).get()
    assert (changed.known_at, changed.summary) == (found.known_at, "とても遅い")
    client.post(f"{page}facts/", {"summary": "とても遅い", "known_at": "2026-11-02T10:00"})
    assert timezone.localtime(Incident.objects.of(world.company).get().known_at).day == 2
    assert IncidentEntry.objects.of(world.company).filter(kind="note").count() == 1


@pytest.mark.parametrize("moment", ["2999-01-01T00:00", "1999-01-01T00:00", "gestern"])
def test_a_moment_that_has_not_been_is_refused(world, moment):
    base = f"/c/{world.company.pk}/odd/screen/open/"
    assert world.client("owner").post(base, {"known_at": moment}).status_code == 400
    assert not Incident.objects.of(world.company).exists()


def test_a_contract_with_hours_has_a_moment(world):
    contacts = f"/c/{world.company.pk}/contacts/"
    sent = {"kind": "partners", "name": "大きな会社", "phone": "03-1111-2222", "within_hours": "24"}
    world.client("owner").post(contacts, sent)
    found = opened(world)
    page = address(world, found)
    world.client("owner").post(f"{page}ask/duties/?q=contract_says", {"choice": "yes"})
    due = timezone.localtime(found.known_at + timedelta(hours=24)).strftime("%Y-%m-%d %H:%M")
    assert f"契約では {due} まで" in text_of(world.client("owner").get(page))


def test_others_are_told_once_and_it_is_put_away_at_the_end(world, settings):
    settings.MAIL_CONFIGURED = True
    found = opened(world, who="staff")
    run_tasks()
    assert [one.to for one in mail.outbox] == [["owner@example.jp"]]
    assert address(world, found) in mail.outbox[0].body
    client = world.client("owner")
    base = f"/c/{world.company.pk}/"
    assert "事故が残されました" in text_of(client.get(base))
    client.post(f"{address(world, found)}close/", {"learned": "バックアップを離す"})
    assert "事故が残されました" not in text_of(client.get(base))
    assert "バックアップを離す" in text_of(client.get(address(world, found)))
    client.post(f"{address(world, found)}close/", {"again": "yes"})
    assert Incident.objects.of(world.company).get().state == "open"


def test_a_report_that_is_due_is_told_of_once(world):
    from tojimari.portal.incidents.periodic import remind_of_duties

    found = opened(world, "misdirected", "")
    answers = {"personal": "yes", "personal_kind": ["sensitive"], "protected": "no"}
    Incident.objects.of(world.company).update(
        answers=answers, known_at=timezone.now() - timedelta(days=1)
    )
    for _ in range(2):
        remind_of_duties.call()
    about = (
        Notice.objects.of(world.company).filter(kind="incident.due").values_list("about", flat=True)
    )
    assert f"{found.pk} pi_first" in about
    assert len(about) == len(set(about))
    page = text_of(world.client("owner").get(f"/c/{world.company.pk}/"))
    assert "期限が近づいています" in page


def due_notices(world, found, day):
    """Look after duties on ``day`` after it became known; return about -> points told."""
    from tojimari.portal.incidents.periodic import remind_of_duties

    rows = Incident.objects.of(world.company).filter(pk=found.pk)
    rows.update(known_at=timezone.now() - timedelta(days=day - 1))
    remind_of_duties.call()
    return set(
        Notice.objects.of(world.company)
        .filter(kind="incident.due")
        .values_list("about", "values__day")
    )


def test_what_nobody_could_answer_stops_no_reminder(world):
    found = opened(world, "misdirected", "")
    Incident.objects.of(world.company).update(answers={"personal": "dont_know"})
    assert f"{found.pk} pi_first" in {about for about, _ in due_notices(world, found, 2)}
    page = text_of(world.client("owner").get(address(world, found)))
    assert say("clock.ask_button", "ja") in page
    client, where = world.client("owner"), f"{address(world, found)}task/"
    client.post(where, {"task": "duty-pi_first", "done": "yes"})
    Notice.objects.of(world.company).delete()
    assert f"{found.pk} pi_first" not in {about for about, _ in due_notices(world, found, 4)}


def test_a_contract_is_told_of_by_its_hours(world):
    EmergencyContact.objects.of(world.company).create(
        company=world.company, kind="partners", name="元請", phone="03-0000-0000", within_hours=24
    )
    found = opened(world, "screen", "shows=ransom")
    Incident.objects.of(world.company).update(answers={"contract_says": "yes"})
    due_notices(world, found, 3)
    shown = world.client("owner").get(address(world, found)).context["clocks"]["runs"]
    assert [one["late"] for one in shown if one["contract"]] == [True]


def test_whom_to_call_stays_on_the_page_of_an_incident(world):
    page = text_of(world.client("owner").get(address(world, opened(world, "money", ""))))
    assert catalog().incidents.contacts["bank"].name.ja in page


def test_what_is_about_a_colleague_only_owners_see(world):
    found = opened(world, "insider", "", who="staff")
    staff, owner = world.client("staff"), world.client("owner")
    assert staff.get(address(world, found)).status_code == 404
    assert staff.post(f"{address(world, found)}task/", {"task": "few_know"}).status_code == 404
    title = catalog().incidents.playbooks["insider"].title.ja
    base = f"/c/{world.company.pk}/"
    assert address(world, found) not in text_of(staff.get(f"{base}incidents/"))
    assert title not in text_of(staff.get(base))
    assert title in text_of(owner.get(base))
    assert owner.get(address(world, found)).status_code == 200


def test_own_contacts_stand_where_they_are_called(world):
    contacts = f"/c/{world.company.pk}/contacts/"
    client = world.client("owner")
    sent = {"kind": "bank", "name": "町の銀行 本店", "phone": "0120-00-1111"}
    assert client.post(contacts, sent).status_code == 302
    page = text_of(client.get(f"/c/{world.company.pk}/odd/money/now/"))
    assert "町の銀行 本店" in page
    assert 'href="tel:0120001111"' in page
    assert "町の銀行" not in text_of(Client().get("/odd/money/now/"))
    for bad in ({"kind": "bank", "name": "x"}, {"kind": "x", "name": "x", "phone": "1"}, {}):
        assert client.post(contacts, bad).status_code == 400
    assert EmergencyContact.objects.of(world.company).count() == 1


def test_the_sheet_with_its_contacts_closes_the_step(world):
    client, base = world.client("owner"), f"/c/{world.company.pk}"
    for page in ("sheet", "odd", "contacts"):
        assert "まだ書いていない相手" in text_of(client.get(f"{base}/{page}/"))
    assert "まだ書いていない相手" not in text_of(world.client("staff").get(f"{base}/odd/"))
    client.post(f"{base}/sheet/file.html")
    assert result_of(world.company).assessment.states["incident-contacts"] != "met"
    for kind in ("helper", "bank"):
        client.post(f"{base}/contacts/", {"kind": kind, "name": "丸の内", "phone": "03-1234-5678"})
    assert "まだ書いていない相手" not in text_of(client.get(f"{base}/odd/"))
    page = client.post(f"{base}/sheet/file.html")
    assert page.content.decode().count("03-1234-5678") == 2
    assert result_of(world.company).assessment.states["incident-contacts"] == "met"
    assert client.post(f"{base}/sheet/file.exe").status_code == 404


def test_the_step_leads_to_the_page_that_does_it(world):
    page = text_of(world.client("owner").get(f"/c/{world.company.pk}/control/incident-contacts/"))
    assert f"/c/{world.company.pk}/sheet/" in page


# The emergency code.


def code_of(world) -> str:
    page = text_of(world.client("owner").post(f"/c/{world.company.pk}/sheet/code/"))
    return re.search(r'class="letters long">([A-Z0-9-]+)<', page)[1]


def report(code, client=None, **more):
    sent = {"code": code, "kind": "screen", "reporter": "受付の田中", "reach": "090-0000-0000"}
    return (client or Client(HTTP_ACCEPT_LANGUAGE="ja")).post("/odd/code/", sent | more)


def test_whoever_cannot_sign_in_reports_with_the_code_and_sees_the_ten_minutes(world):
    world.client("owner").post(
        f"/c/{world.company.pk}/contacts/",
        {"kind": "helper", "name": "町の電器店", "phone": "03-9999-0000"},
    )
    opened(world, "money", "", summary="前の事故")
    code = code_of(world)
    page = report(code.lower().replace("-", " "), summary="画面に脅し")
    shown = text_of(page)
    assert page.status_code == 200
    assert "電源は切らない" in shown
    assert "町の電器店" in shown
    for secret in ("前の事故", "ひみつ商店", "owner@example.jp", "いまの様子"):
        assert secret not in shown
    found = Incident.objects.of(world.company).latest("opened_at")
    assert (found.opened_as, found.reporter, found.summary) == ("code", "受付の田中", "画面に脅し")
    told = text_of(world.client("owner").get(address(world, found)))
    assert "受付の田中" in told
    assert "確かめていません" in told


def test_the_code_is_kept_hashed_shown_once_and_dies_when_a_new_one_is_made(world):
    code = code_of(world)
    row = EmergencyCode.objects.of(world.company).get()
    assert code.replace("-", "") not in str(vars(row))
    owner = world.client("owner")
    assert code not in text_of(owner.get(f"/c/{world.company.pk}/sheet/"))
    export = owner.get(f"/c/{world.company.pk}/export/")
    assert (
        row.hash
        not in b"".join(export.streaming_content if export.streaming else [export.content]).decode()
    )
    new = code_of(world)
    assert report(code).status_code == 400
    assert report(new).status_code == 200
    assert Incident.objects.of(world.company).count() == 1


def test_a_wrong_code_keeps_what_was_typed_and_guessing_is_stopped(world):
    page = report("AAAA-BBBB-CCCC", summary="長い文")
    assert page.status_code == 400
    assert "長い文" in text_of(page)
    assert "受付の田中" in text_of(page)
    for _ in range(12):
        page = report("AAAA-BBBB-CCCC")
    assert page.status_code == 429
    assert report(code_of(world)).status_code == 429
    assert not Incident.objects.of(world.company).exists()
    assert Client().get("/odd/screen/now/").status_code == 200


def test_a_code_prints_only_on_its_own_companys_sheet(world):
    code = code_of(world)
    own = world.client("owner").post(f"/c/{world.company.pk}/sheet/file.html", {"code": code})
    assert code in own.content.decode()
    other = world.client("stranger").post(f"/c/{world.foreign.pk}/sheet/file.html", {"code": code})
    assert code not in other.content.decode()


def test_ten_reports_a_day_are_kept_and_more_still_get_the_steps(world, monkeypatch):
    from tojimari.portal.incidents import emergency

    monkeypatch.setattr(emergency, "REPORTS_A_DAY", 1)
    code = code_of(world)
    assert report(code).status_code == 200
    page = report(code)
    assert page.status_code == 200
    assert "電話で伝えて" in text_of(page)
    assert Incident.objects.of(world.company).count() == 1


# Supporters.


def granted(world, *scopes):
    world.company.grants.filter(pk=world.grant.pk).update(scopes=scopes)


def test_a_supporter_sees_incidents_on_top_only_with_the_companys_leave(world):
    found = opened(world, summary="ファイルが開けない")
    inside = opened(world, "insider", "")
    client, fleet = world.client("supporter"), f"/s/{world.chamber.pk}/"
    page = f"{fleet}c/{world.company.pk}/incidents/{found.pk}/"
    assert page not in text_of(client.get(fleet))
    assert client.get(page).status_code == 404
    granted(world, "findings:read", "incidents:read")
    assert page in text_of(client.get(fleet))
    shown = text_of(client.get(page))
    assert "ファイルが開けない" in shown
    assert "<form" not in shown.split("<main")[1]
    assert str(inside.pk) not in text_of(client.get(fleet))
    assert client.get(page.replace(str(found.pk), str(inside.pk))).status_code == 404
    assert (
        world.client("buyer")
        .get(page.replace(str(world.chamber.pk), str(world.bank.pk)))
        .status_code
        == 404
    )
    world.client("owner").post(f"{address(world, found)}close/", {})
    assert page not in text_of(client.get(fleet))
    granted(world, "findings:read")
    assert client.get(page).status_code == 404


def test_the_moment_is_read_in_the_portals_zone(world):
    found = opened(world, known_at="2026-11-01T09:30")
    assert timezone.localtime(found.known_at).replace(tzinfo=None) == datetime(2026, 11, 1, 9, 30)


def soon(**ahead) -> str:
    return timezone.localtime(timezone.now() + timedelta(**ahead)).strftime("%Y-%m-%dT%H:%M")


@pytest.mark.parametrize(
    ("part", "sent"),
    [
        ("entry/", {"kind": "person", "text": "佐藤 <b>", "said_by": '店長 "A"'}),
        ("facts/", {"summary": "長い話 </textarea>", "known_at": ""}),
        ("evidence/", {"text": "脅しの画面", "said_by": "店長"}),
        ("line/1/correct/", {"text": "正しくはこう", "said_by": "店長"}),
    ],
)
def test_what_was_typed_is_there_again_when_a_form_is_refused(world, part, sent):
    found = opened(world, summary="a")
    client, page = world.client("owner"), address(world, found)
    late = soon(days=2)
    moment = "known_at" if "known_at" in sent else "at"
    answer = client.post(f"{page}{part}", {**sent, moment: late})
    assert answer.status_code == 400
    shown = answer.content.decode()
    assert 'role="alert"' in shown
    assert late in shown
    for name, typed in sent.items():
        if name not in ("kind", "known_at"):
            assert escape(typed) in shown
            assert typed == escape(typed) or typed not in shown
    if "kind" in sent:
        assert 'value="person" checked' in shown
    assert IncidentEntry.objects.of(world.company).count() == 1


def test_what_was_learned_is_there_again(world):
    found = opened(world)
    client, page = world.client("owner"), address(world, found)
    long = "更新する" + "あ" * 2000
    answer = client.post(f"{page}close/", {"learned": long})
    assert answer.status_code == 400
    assert long in text_of(answer)
    found.refresh_from_db()
    assert found.state == "open"
    lines = "\r\n".join("あ" * 1000)
    assert client.post(f"{page}close/", {"learned": lines}).status_code == 302
    found.refresh_from_db()
    assert found.learned == lines.replace("\r\n", "\n")


def test_a_clock_a_little_ahead_means_now(world):
    found = opened(world)
    client, page = world.client("owner"), address(world, found)
    sent = {"kind": "note", "text": "a", "at": soon(minutes=4)}
    assert client.post(f"{page}entry/", sent).status_code == 302
    row = IncidentEntry.objects.of(world.company).get(text="a")
    assert row.at <= timezone.now()
    sent["at"] = soon(minutes=7)
    assert client.post(f"{page}entry/", sent).status_code == 400


def test_closing_twice_writes_one_end_and_loses_no_words(world):
    found = opened(world)
    client, page = world.client("owner"), address(world, found)
    for words in ("更新する", "更新する", "写しを取る"):
        assert client.post(f"{page}close/", {"learned": words}).status_code == 302
    lines = IncidentEntry.objects.of(world.company).filter(incident=found).order_by("number")
    assert [(row.kind, row.text) for row in lines][1:] == [
        ("closed", "更新する"),
        ("note", "写しを取る"),
    ]
    found.refresh_from_db()
    assert (found.state, found.learned) == ("closed", "更新する")


def test_what_to_change_comes_first_when_it_is_over(world):
    found = opened(world)
    client, page = world.client("owner"), address(world, found)
    assert 'id="learn"' not in text_of(client.get(page))
    client.post(f"{page}close/", {})
    shown = text_of(client.get(page))
    assert shown.index('id="learn"') < shown.index('id="first"')
