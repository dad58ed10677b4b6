"""Papers as files: the same bytes each time, opened by LibreOffice, read back as hands left them."""

import contextlib
import functools
import io
import re
import shutil
import subprocess
import zipfile
from datetime import timedelta

import pytest
from docx import Document
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.support.papers import (
    NAME,
    PLAN_BY,
    TODAY,
    WORDS,
    all_met,
    answers,
    known,
)
from tojimari.catalog import load_catalog
from tojimari.papers import write
from tojimari.papers.blocks import Paragraph
from tojimari.papers.criteria import criteria_rows
from tojimari.report.papers.form import FormSection, Stamp, paper_form
from tojimari.report.papers.opendocument import odt_file
from tojimari.report.papers.printed import paper_page, pdf_file
from tojimari.report.papers.reading import BadPaperFile, read_back
from tojimari.report.papers.word import word_file
from tojimari.report.papers.workbook import csv_file, xlsx_file

CATALOG = load_catalog()
WRITERS = {"docx": word_file, "odt": odt_file, "pdf": pdf_file}


@functools.cache
def written(kind_id, lang="ja"):
    kind = CATALOG.papers[kind_id]
    return write(
        kind,
        known(CATALOG, all_met(CATALOG)),
        answers(kind),
        plan_by=PLAN_BY,
        catalog=CATALOG,
        lang=lang,
    )


@functools.cache
def form(kind_id, lang="ja", company=NAME):
    stamp = Stamp(
        1, TODAY, company, WORDS, WORDS, f"代表取締役 {WORDS}", TODAY, TODAY + timedelta(days=365)
    )
    return paper_form(
        written(kind_id, lang), CATALOG.papers[kind_id], stamp, plan_by=PLAN_BY, catalog=CATALOG
    )


@pytest.mark.parametrize("ending", sorted(WRITERS))
def test_the_same_paper_is_the_same_bytes_at_any_time(ending, monkeypatch):
    import time

    first = WRITERS[ending](form("device-rules"))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 7200)
    assert WRITERS[ending](form("device-rules")) == first


def test_the_workbook_is_the_same_bytes_has_81_criteria_and_no_formula():
    from openpyxl import load_workbook

    rows = criteria_rows(known(CATALOG, company="=1+1"), CATALOG, "ja")
    made = form("scs-self-declaration", company="=1+1")
    data = xlsx_file(rows, made, CATALOG, "ja")
    assert data == xlsx_file(rows, made, CATALOG, "ja")
    sheet = load_workbook(io.BytesIO(data)).active
    assert (sheet.max_row, sheet.max_column) == (82, 8)
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert csv_file(rows, CATALOG, "ja").decode("utf-8-sig").count("\r\n") >= 82


@pytest.mark.parametrize("kind_id", sorted(CATALOG.papers))
def test_every_criterion_a_paper_claims_is_listed_in_it(kind_id):
    paper, page = written(kind_id), paper_page(form(kind_id))
    gists = {c.id: c.gist.ja for i in CATALOG.frameworks["scs-3"].items for c in i.criteria}
    assert set(paper.covered) <= set(paper.wants)
    for id_ in paper.wants:
        assert f"<td>{id_}</td><td>{gists[id_]}</td>" in page


def test_rules_are_articles_with_supplementary_provisions_and_kanji_have_their_face():
    document = Document(io.BytesIO(word_file(form("telework-rules"))))
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert [h for h in headings if re.match(r"第\d+条（.+）$", h)] == headings[:6]
    assert headings[6] == CATALOG.ui("paper.supplementary").ja
    for name in ("Normal", "Heading 1"):
        fonts = document.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == "游ゴシック"
        assert fonts.get(qn("w:eastAsiaTheme")) is None


@pytest.mark.parametrize("kind_id", sorted(CATALOG.papers))
@pytest.mark.parametrize("ending", ["docx", "odt"])
def test_what_no_hand_changed_comes_back_untouched(kind_id, ending):
    paper = written(kind_id)
    rules = CATALOG.papers[kind_id].form == "rules"
    back = read_back(WRITERS[ending](form(kind_id)), paper, rules=rules)
    assert set(back) == {section.id for section in paper.sections}
    assert not any(one.touched for one in back.values())
    assert all(one.of_now for one in back.values())


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    """A profile of our own, made once: LibreOffices that share the user's stand in each other's way."""
    return tmp_path_factory.mktemp("office")


def office(profile, folder, *names, to="pdf"):
    """Let one LibreOffice read and write files."""
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{profile}",
            "--headless",
            "--convert-to",
            to,
            "--outdir",
            str(folder / to),
            *(str(folder / name) for name in names),
        ],
        check=True,
        capture_output=True,
    )


@pytest.mark.any_database
def test_libreoffice_opens_them_prints_a4_and_loses_no_letter(tmp_path, profile):
    names = []
    for kind_id in ("device-rules", "incident-plan", "scs-self-declaration"):
        for ending in ("docx", "odt"):
            names.append(f"{kind_id}-{ending}.{ending}")
            (tmp_path / names[-1]).write_bytes(WRITERS[ending](form(kind_id)))
    (tmp_path / "pdf").mkdir()
    (tmp_path / "pdf" / "own.pdf").write_bytes(pdf_file(form("device-rules")))
    office(profile, tmp_path, *names)
    for made in sorted((tmp_path / "pdf").iterdir()):
        text = subprocess.run(
            ["pdftotext", "-layout", str(made), "-"], check=True, capture_output=True, text=True
        ).stdout
        for word in (NAME, *WORDS.split()):
            assert word in text, made
        info = subprocess.run(["pdfinfo", str(made)], check=True, capture_output=True, text=True)
        assert "A4" in info.stdout
        assert not orphans(text, made.name), made
    assert shutil.which("pdffonts")


def orphans(text: str, name: str) -> list[str]:
    """Return headings that stand last on a page of a printed paper."""
    titles = {re.sub(r"\s", "", section.heading) for section in form(_kind_of(name)).sections}
    found = []
    for page in text.split("\f"):
        lines = [re.sub(r"\s", "", line) for line in page.splitlines() if line.strip()]
        lines = [line for line in lines if not re.fullmatch(r"\d+/\d+", line)]
        if lines and lines[-1] in titles:
            found.append(lines[-1])
    return found


def _kind_of(name: str) -> str:
    return "device-rules" if name == "own.pdf" else name.rsplit("-", 1)[0]


@pytest.mark.any_database
def test_what_libreoffice_saved_again_is_read_as_untouched(tmp_path, profile):
    (tmp_path / "paper.docx").write_bytes(word_file(form("device-rules")))
    office(profile, tmp_path, "paper.docx", to="odt")
    data = (tmp_path / "odt" / "paper.odt").read_bytes()
    back = read_back(data, written("device-rules"), rules=True)
    assert set(back) == {section.id for section in written("device-rules").sections}
    assert not any(one.touched for one in back.values())


# --- files of strangers ----------------------------------------------------------------------------


def packed(**parts: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in parts.items():
            opened.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return made.getvalue()


ENTITIES = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>
<w:p><w:t>&a;</w:t></w:p></w:body></w:document>"""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        packed(other_xml=b"<a/>"),
        packed(word__document_xml=b"<not xml"),
        packed(word__document_xml=ENTITIES),
        packed(content_xml=ENTITIES),
        packed(word__document_xml=b"<a>" + b" " * 31_000_000 + b"</a>"),
        packed(**{f"p{n}": b"" for n in range(600)}),
    ],
    ids=["empty", "cut", "other", "broken", "entity", "odt-entity", "bomb", "many"],
)
def test_hostile_files_are_refused_in_one_sentence(data):
    with pytest.raises(BadPaperFile) as caught:
        read_back(data, written("device-rules"), rules=True)
    assert "passwd" not in caught.value.say("en")


_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_ODT = "urn:oasis:names:tc:opendocument:xmlns"


def test_tables_in_tables_are_read_once_and_paragraphs_in_paragraphs_not_for_ever():
    inner = "<w:p><w:r><w:t>" + "x" * 100_000 + "</w:t></w:r></w:p>"
    tables = "<w:tbl><w:tr><w:tc>" * 80 + inner + "</w:tc></w:tr></w:tbl>" * 80
    title = written("device-rules").sections[0].title
    head = f'<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>{title}</w:t></w:r></w:p>'
    word = f'<w:document xmlns:w="{_W}"><w:body>{head}{tables}</w:body></w:document>'
    odt = (
        f'<o xmlns:text="{_ODT}:text:1.0">'
        + "<text:p>" * 200
        + "x" * 100_000
        + "</text:p>" * 200
        + "</o>"
    )
    for data in (packed(word__document_xml=word.encode()), packed(content_xml=odt.encode())):
        with pytest.raises(BadPaperFile):
            read_back(data, written("device-rules"), rules=False)


@pytest.mark.parametrize("count", ["x", "-3", "9" * 5_000, "\u0663", ""])
def test_a_mark_that_counts_its_spaces_wrongly_is_one_space(count):
    title = written("device-rules").sections[0].title
    body = f'<text:h>{title}</text:h><text:p>a<text:s text:c="{count}"/>b</text:p>'
    data = packed(content_xml=f'<o xmlns:text="{_ODT}:text:1.0">{body}</o>'.encode())
    (one,) = read_back(data, written("device-rules"), rules=False).values()
    assert one.text == "a b"


@given(st.binary(max_size=300), st.integers(0, 2000))
def test_a_damaged_file_is_read_or_refused_and_never_a_fault(noise, at):
    data = bytearray(_one_word_file())
    data[at : at + len(noise)] = noise
    with contextlib.suppress(BadPaperFile):
        read_back(bytes(data), written("telework-rules"), rules=True)


@functools.cache
def _one_word_file() -> bytes:
    return word_file(form("telework-rules"))


@settings(max_examples=6)
@given(st.text(max_size=40))
def test_any_text_is_well_formed_in_every_format(typed):
    from msgspec.structs import replace

    one = replace(
        form("telework-rules"),
        company=typed,
        sections=(FormSection("aim_0", typed, (Paragraph(typed),)),),
    )
    for data, part in ((word_file(one), "word/document.xml"), (odt_file(one), "content.xml")):
        etree.fromstring(zipfile.ZipFile(io.BytesIO(data)).read(part))
    page = paper_page(one)
    assert page.count("<section>") == 1
    assert "<script" not in page
