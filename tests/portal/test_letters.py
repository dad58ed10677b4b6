"""Notices about an incident: changed by hand and kept, and as Word files that open."""

import html
import io
import re
import zipfile
from datetime import UTC, datetime

import pytest
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_COLOR_INDEX
from docx.oxml.ns import qn
from docx.shared import Mm
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tojimari.catalog import load_catalog
from tojimari.portal.incidents.models import Incident, IncidentEntry, IncidentLetter
from tojimari.portal.supporters.models import Grant
from tojimari.portal.words import say
from tojimari.report import letter as letters
from tojimari.report.letter import letter_document
from tojimari.respond import Letter, differences, marked

AT = datetime(2026, 11, 30, 9, 15, tzinfo=UTC)
NAME = "<株>戸締&まり"


def made(letter: Letter, lang="ja", company=NAME) -> bytes:
    return letter_document(letter, company=company, at=AT, catalog=load_catalog(), lang=lang)


def read(data: bytes):
    return Document(io.BytesIO(data))


def lines(document) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs]


def highlighted(document) -> list[str]:
    return [
        run.text
        for paragraph in document.paragraphs
        for run in paragraph.runs
        if run.font.highlight_color == WD_COLOR_INDEX.YELLOW
    ]


def test_a_japanese_business_letter_on_a4():
    document = read(made(Letter("お知らせ", "前の行\n原因: 調査中", 0)))
    section = document.sections[0]
    assert abs(section.page_width - Mm(210)) < Mm(1)
    assert abs(section.page_height - Mm(297)) < Mm(1)
    said = [p for p in document.paragraphs if p.text]
    assert [p.text for p in said] == [
        "2026年11月30日",
        "【宛先を書く】 御中",
        NAME,
        "【代表者の役職と名前を書く】",
        "お知らせ",
        "前の行",
        "原因: 調査中",
        "以上",
    ]
    right = [p.text for p in said if p.alignment == ALIGN.RIGHT]
    assert right == ["2026年11月30日", NAME, "【代表者の役職と名前を書く】", "以上"]
    assert [p.text for p in said if p.alignment == ALIGN.CENTER] == ["お知らせ"]
    fonts = document.styles["Normal"].element.rPr.rFonts
    assert fonts.get(qn("w:eastAsia")) == "游ゴシック"
    assert document.core_properties.author == NAME
    assert document.core_properties.title == "お知らせ"


def test_what_is_not_known_is_yellow_and_bracketed_in_both_languages():
    body = "人数: 【まだ分かりません】\n原因: 【まだ分かりません】です"
    assert highlighted(read(made(Letter("件名", body, 2)))) == [
        "【宛先を書く】",
        "【代表者の役職と名前を書く】",
        "【まだ分かりません】",
        "【まだ分かりません】",
    ]
    english = read(made(Letter("Notice", "People: [not known yet]; [a plain bracket]", 1), "en"))
    assert highlighted(english)[-1] == "[not known yet]"
    assert len(highlighted(english)) == 3
    assert lines(english)[0] == "2026-11-30"
    assert "以上" not in lines(english)
    assert marked("x【】y") == [(False, "x"), (True, "【】"), (False, "y")]


def test_names_nobody_thought_of_and_control_characters_break_nothing():
    evil = f"{NAME} 髙﨑 ①㈱ 𠮷 \x00\x07\x1b[31m\x0b\ud800\ufffe\uffff\u202e {{{{ 7*7 }}}} </w:t>"
    data = made(Letter(evil, f"{evil}\r\n<w:p/>\t端", 0), company=evil)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(archive.read(name))
    said = "\n".join(lines(read(data)))
    assert said.count(NAME) == 3
    assert "髙﨑 ①㈱ 𠮷" in said
    assert "{{ 7*7 }}" in said
    assert "<w:p/>\t端" in said
    assert not re.search("[\x00-\x08\x0b-\x1f\ud800\ufffe\uffff\u202e]", said)


@given(st.text(max_size=80), st.text(max_size=200), st.text(max_size=40))
def test_whatever_is_typed_becomes_a_file_that_opens(subject, body, company):
    document = read(made(Letter(subject, body, 0), company=company))
    assert lines(document)[-1] == "以上"


def test_a_company_without_a_name_is_asked_for_it():
    assert "【会社名を書く】" in highlighted(read(made(Letter("x", "y", 0), company="")))


def test_differences_name_the_lines_that_changed_alone():
    before, after = Letter("s", "a\nb\nc", 0), Letter("s", "a\nB\nc\nd", 0)
    assert differences(before, after) == [("gone", "b"), ("new", "B"), ("new", "d")]
    assert differences(after, after) == []


def text_of(response) -> str:
    return html.unescape(response.content.decode())


@pytest.fixture
def incident(world) -> Incident:
    return Incident.objects.of(world.company).create(
        company=world.company, kind="screen", known_at=AT, opened_as="owner", summary="画面が赤い"
    )


def page_of(incident, draft="partners") -> str:
    return f"/c/{incident.company_id}/incidents/{incident.pk}/letter/{draft}/"


def seen(client, page) -> str:
    return re.search(r'name="seen" value="([^"]*)"', client.get(page).content.decode())[1]


def keep(client, page, body, subject="件名", version=None):
    version = seen(client, page) if version is None else version
    sent = {"subject": subject, "body": body, "seen": version}
    return client.post(f"{page}keep/", sent)


@pytest.mark.django_db
def test_words_changed_by_hand_stay_when_the_incident_changes(world, incident):
    client, page = world.client("owner"), page_of(incident)
    assert keep(client, page, "自分の文\n【まだ分かりません】").status_code == 302
    Incident.objects.of(world.company).update(summary="サーバーも止まった")
    shown = text_of(client.get(page))
    assert "自分の文" in shown
    assert say("letter.changed", "ja") in shown
    gone = re.findall(r"<del>(.*?)</del>", shown)
    new = re.findall(r"<ins>(.*?)</ins>", shown)
    assert [one for one in gone if "画面が赤い" in one]
    assert [one for one in new if "サーバーも止まった" in one]
    assert not [one for one in gone + new if "お世話になって" in one], "only what changed"
    client.post(f"{page}keep/", {"mine": "yes"})
    shown = text_of(client.get(page))
    assert say("letter.changed", "ja") not in shown
    assert "自分の文" in shown
    text = client.get(f"{page}?file=txt").content.decode("utf-8-sig")
    assert text == "件名\r\n\r\n自分の文\r\n【まだ分かりません】\r\n"
    document = read(client.get(f"{page}?file=docx").content)
    assert "自分の文" in lines(document)
    assert "【まだ分かりません】" in highlighted(document)
    client.post(f"{page}keep/", {"again": "yes"})
    shown = text_of(client.get(page))
    assert "自分の文" not in shown
    assert "サーバーも止まった" in shown
    assert not IncidentLetter.objects.of(world.company)


@pytest.mark.django_db
def test_a_colleague_is_not_overwritten_unasked_and_nothing_typed_is_lost(world, incident):
    page = page_of(incident)
    owner, staff = world.client("owner"), world.client("staff")
    version = seen(staff, page)
    keep(owner, page, "社長の文")
    answer = keep(staff, page, "社員の文", version=version)
    assert answer.status_code == 409
    shown = text_of(answer)
    assert say("letter.somebody_else", "ja") in shown
    assert "社員の文</textarea>" in shown
    assert "社長の文" in shown
    assert IncidentLetter.objects.of(world.company).get().body == "社長の文"
    again = re.search(r'name="seen" value="([^"]*)"', shown)[1]
    assert keep(staff, page, "社員の文", version=again).status_code == 302
    assert IncidentLetter.objects.of(world.company).get().body == "社員の文"
    assert IncidentLetter.objects.of(world.company).get().edited_by == world.staff


@pytest.mark.django_db
def test_each_language_is_kept_by_itself_and_an_unchanged_draft_goes_on_following(world, incident):
    client, page = world.client("owner"), page_of(incident)
    form = client.get(page).context["letter"]
    keep(client, page, form.body.replace("\n", "\r\n"), subject=form.subject)
    assert not IncidentLetter.objects.of(world.company)
    keep(client, page, "日本語だけ")
    client.cookies["django_language"] = "en"
    shown = text_of(client.get(page))
    assert "日本語だけ" not in shown
    assert "This is" in shown


@pytest.mark.django_db
def test_an_empty_text_is_refused_in_one_sentence(world, incident):
    client, page = world.client("owner"), page_of(incident)
    keep(client, page, "残した文")
    answer = keep(client, page, " \n ")
    assert answer.status_code == 400
    assert say("letter.bad", "ja") in text_of(answer)
    assert IncidentLetter.objects.of(world.company).get().body == "残した文"


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["stranger", "supporter", "buyer", "operator"])
def test_nobody_else_reads_or_changes_them(world, incident, who):
    page = page_of(incident)
    Grant.objects.of(world.company).update(scopes=("incidents:read",))
    keep(world.client("owner"), page, "中の文")
    client = world.client(who)
    for address in (page, f"{page}?file=docx", f"{page}?file=txt"):
        assert client.get(address).status_code == 404
    assert client.post(f"{page}keep/", {"again": "yes"}).status_code == 404
    assert IncidentLetter.objects.of(world.company).get().body == "中の文"


@pytest.mark.django_db
def test_what_is_about_a_colleague_only_owners_change(world, incident):
    Incident.objects.of(world.company).update(kind="insider")
    page = page_of(incident)
    assert world.client("staff").post(f"{page}keep/", {"body": "x"}).status_code == 404
    assert keep(world.client("owner"), page, "責任者の文").status_code == 302
    assert world.client("owner").post(f"{page_of(incident, 'nothing')}keep/").status_code == 404


@pytest.mark.django_db
def test_without_the_library_the_text_stays_and_a_sentence_says_where_word_comes_from(
    world, incident, monkeypatch
):
    monkeypatch.setattr(letters, "find_spec", lambda name: None)
    assert not letters.word_is_there()
    client, page = world.client("owner"), page_of(incident)
    shown = text_of(client.get(page))
    assert say("letter.no_word", "ja") in shown
    assert "?file=docx" not in shown
    assert client.get(f"{page}?file=docx").status_code == 404
    assert client.get(f"{page}?file=txt").status_code == 200


@pytest.mark.django_db
def test_a_strange_company_name_survives_into_the_file(world, incident):
    type(world.company).objects.filter(pk=world.company.pk).update(name=NAME)
    answer = world.client("owner").get(f"{page_of(incident)}?file=docx")
    assert answer["Content-Type"].endswith("wordprocessingml.document")
    said = "\n".join(lines(read(answer.content)))
    assert said.count(NAME) >= 3
    assert "&amp;" not in said


@pytest.mark.django_db
def test_kept_words_go_with_the_incident(world, incident):
    keep(world.client("owner"), page_of(incident), "残した文")
    exported = world.client("owner").get(f"/c/{world.company.pk}/export/").json()
    assert exported["incidents.incidentletter"][0]["body"] == "残した文"
    Incident.objects.of(world.company).filter(pk=incident.pk).delete()
    assert not IncidentLetter.objects.of(world.company)


@pytest.mark.django_db
@pytest.mark.parametrize("held", ["by hand", "by the draft", "in other lines", "not at all"])
def test_erased_words_leave_the_notices_too(world, incident, held):
    client, page = world.client("owner"), page_of(incident)
    record = page.split("letter/")[0]
    secret = "山田太郎が\r\n開いた" if held == "in other lines" else "山田太郎が開いた"
    client.post(f"{record}entry/", {"kind": "person", "text": "山田太郎が開いた"})
    line = IncidentEntry.objects.of(world.company).get(incident=incident, kind="person")
    if held == "in other lines":
        IncidentEntry.objects.of(world.company).filter(pk=line.pk).update(text="山田太郎が\n開いた")
    keep(client, page, "残した文")
    rows = IncidentLetter.objects.of(world.company)
    assert rows.count() == 1
    match held:
        case "by hand" | "in other lines":
            rows.update(body=f"昨日、{secret}。")
        case "by the draft":
            rows.update(base_body=f"昨日、{secret}。")
        case _:
            rows.update(base_body="", base_subject="")
    asked = client.get(f"{record}line/{line.number}/erase/")
    assert "下書きにもどり" in text_of(asked), "it is said before"
    answer = client.post(f"{record}line/{line.number}/erase/", {"what": ["words"]})
    assert answer.status_code == 302
    assert rows.count() == (held == "not at all")
    assert "山田太郎が開いた" not in text_of(client.get(page))
