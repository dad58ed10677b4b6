"""A stranger's workbook: read as openpyxl reads it, written without touching anything else."""

import contextlib
import io
import re
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.workbooks import QUESTIONS, questionnaire_file
from tojimari.attest import workbook
from tojimari.attest.workbook import BadWorkbook, fill_workbook, read_workbook

pytestmark = pytest.mark.core
SHEET = "xl/worksheets/sheet1.xml"


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def packed(changed: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in changed.items():
            written.writestr(name, content)
    return out.getvalue()


def with_sheet(content: bytes) -> bytes:
    return packed(parts(questionnaire_file()) | {SHEET: content})


def sheet_of(rows: bytes, more: bytes = b"") -> bytes:
    return (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + rows
        + b"</sheetData>"
        + more
        + b"</worksheet>"
    )


def test_it_is_read_with_hidden_sheets_merged_cells_lists_and_formulas():
    book = read_workbook(questionnaire_file())
    first, hidden = book.sheets
    assert (first.name, first.hidden, hidden.hidden, book.macros) == ("質問票", False, True, False)
    assert first.cells[3, 3] == QUESTIONS[0]
    assert first.words_for(3, 4) == ("○", "△", "×", "対象外")
    assert first.anchor(5, 2) == (3, 2)
    assert (6, 4) in first.formulas


def test_only_the_cells_asked_for_change():
    before = questionnaire_file()
    after = fill_workbook(before, {"質問票": {(3, 4): "○", (5, 5): "=1+1", (4, 2): "分類"}})
    changed = {name for name, content in parts(before).items() if parts(after)[name] != content}
    assert changed <= {SHEET, "xl/workbook.xml"}
    was, now = (openpyxl.load_workbook(io.BytesIO(one))["質問票"] for one in (before, after))
    for row in was.iter_rows():
        for cell in row:
            if cell.coordinate not in ("D3", "E5", "B3"):
                assert now[cell.coordinate].value == cell.value, cell.coordinate
    assert (now["D3"].value, now["B3"].value) == ("○", "分類")  # merged: the first cell is written
    assert (now["E5"].value, now["E5"].data_type) == ("=1+1", "s")  # a text, never a formula
    assert now.merged_cells.ranges == was.merged_cells.ranges
    assert (
        now.data_validations.dataValidation[0].sqref == was.data_validations.dataValidation[0].sqref
    )


def test_macros_are_kept_and_never_looked_into():
    macros = b"\xd0\xcf\x11\xe0" + bytes(range(256))
    data = packed(parts(questionnaire_file()) | {"xl/vbaProject.bin": macros})
    assert read_workbook(data).macros
    assert parts(fill_workbook(data, {"質問票": {(3, 4): "○"}}))["xl/vbaProject.bin"] == macros


def test_a_formula_is_not_written_over():
    with pytest.raises(BadWorkbook):
        fill_workbook(questionnaire_file(), {"質問票": {(6, 4): "○"}})
    with pytest.raises(BadWorkbook):
        fill_workbook(questionnaire_file(), {"別のシート": {(1, 1): "○"}})
    array = sheet_of(b'<row r="1"><c r="A1"><f t="array" ref="A1:B2">X1:Y2</f></c></row>')
    with pytest.raises(BadWorkbook):
        fill_workbook(with_sheet(array), {"質問票": {(2, 2): "○"}})


@pytest.mark.parametrize(
    "rows",
    [
        b"",
        b'<row r="2"/>',
        b'<row r="2" ht="20"></row>',
        b'<row r="1"><c r="A1"/></row><row r="3"><c r="B3" s="0"/></row>',
        b"<row><c><v>1</v></c><c><v>2</v></c></row>",
        b"<row r='2'><c r='B2' t='inlineStr'><is><t>a&gt;b</t></is></c></row>",
    ],
)
def test_cells_and_rows_that_are_not_there_are_made_in_their_places(rows):
    wanted = {(1, 2): "い", (2, 1): "ろ", (2, 3): "は<&>\x00", (4, 2): "に"}
    out = fill_workbook(with_sheet(sheet_of(rows)), {"質問票": wanted})
    sheet = openpyxl.load_workbook(io.BytesIO(out))["質問票"]
    assert [sheet.cell(*place).value for place in wanted] == ["い", "ろ", "は<&>", "に"]
    numbers = [row[0].row for row in sheet.iter_rows()]
    assert numbers == sorted(numbers)


CELLS = st.dictionaries(
    st.tuples(st.integers(1, 12), st.integers(1, 30)),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20),
    max_size=12,
)


@given(there=CELLS, wanted=CELLS)
def test_any_cells_over_any_cells(there, wanted):
    book = openpyxl.Workbook()
    for (row, column), text in there.items():
        cell = book.active.cell(row, column)
        cell.value, cell.data_type = text, "s"
    kept = io.BytesIO()
    book.save(kept)
    out = fill_workbook(kept.getvalue(), {"Sheet": wanted})
    read = read_workbook(out).sheets[0].cells
    sheet = openpyxl.load_workbook(io.BytesIO(out)).active
    for place, text in {**there, **wanted}.items():
        assert sheet.cell(*place).value == text
        assert read.get(place, "") == (text if text.strip() else "")


def test_readings_of_characters_are_no_part_of_a_text():
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>質問</t>'
        '<rPh sb="0" eb="2"><t>シツモン</t></rPh></si></sst>'
    ).encode()
    found = parts(questionnaire_file())
    rels = "xl/_rels/workbook.xml.rels"
    shared = b'<Relationship Id="rIdS" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    found[rels] = found[rels].replace(b"</Relationships>", shared)
    inline = (
        '<c r="B1" t="inlineStr"><is><t>回答</t><rPh sb="0" eb="2"><t>カイトウ</t></rPh></is></c>'
    )
    cells = b'<row r="1"><c r="A1" t="s"><v>0</v></c>' + inline.encode() + b"</row>"
    data = packed(found | {SHEET: sheet_of(cells), "xl/sharedStrings.xml": strings})
    assert read_workbook(data).sheets[0].cells == {(1, 1): "質問", (1, 2): "回答"}


def bomb() -> bytes:
    return with_sheet(sheet_of(b" " * (workbook.PART_BYTES + 1)))


HOSTILE = {
    "nothing": lambda: b"",
    "no zip": lambda: b"PK\x03\x04" + b"x" * 400,
    "old format": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600,
    "too large": lambda: b"x" * (workbook.FILE_BYTES + 1),
    "bomb": bomb,
    "entities": lambda: with_sheet(b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet>&b;</worksheet>'),
    "utf-16": lambda: with_sheet("<worksheet/>".encode("utf-16")),
    "broken xml": lambda: with_sheet(b"<worksheet><sheetData>"),
    "no sheet": lambda: packed({"_rels/.rels": b"<Relationships/>"}),
    "other zip": lambda: packed({"a.txt": b"x"}),
    "cut": lambda: questionnaire_file()[:2000],
    "outside": lambda: packed(
        parts(questionnaire_file())
        | {"xl/_rels/workbook.xml.rels": b'<Relationships><Relationship Id="rId1" Type="a/worksheet" Target="../../../etc/passwd"/></Relationships>'}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_workbook_is_refused_in_one_sentence(name):
    with pytest.raises(BadWorkbook) as refused:
        read_workbook(HOSTILE[name]())
    assert refused.value.say("ja").strip()
    assert refused.value.say("en").strip()


def test_huge_merged_cells_and_far_cells_cost_nothing():
    rows = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    merged = b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    sheet = read_workbook(with_sheet(sheet_of(rows, merged))).sheets[0]
    assert sheet.cells == {(1, 1): "1"}
    assert sheet.anchor(900_000, 9_000) == (1, 1)


WHOLE = questionnaire_file()
"""Made once: a file made anew holds another time."""


@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(data):
    content = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadWorkbook):
        read_workbook(bytes(content))


def test_entities_are_refused_in_any_encoding():
    texts = '<!DOCTYPE sst [<!ENTITY a "aaaa">]><sst><si><t>&a;</t></si></sst>'
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-16"):
        with pytest.raises(BadWorkbook):
            read_workbook(with_sheet(texts.encode(encoding)))


def test_one_part_is_read_once():
    book = parts(questionnaire_file())
    sheet = re.search(rb"<sheet [^>]*/>", book["xl/workbook.xml"])
    assert sheet
    many = book["xl/workbook.xml"].replace(sheet[0], sheet[0] * 3)
    with pytest.raises(BadWorkbook):
        read_workbook(packed(book | {"xl/workbook.xml": many}))


@pytest.mark.parametrize(
    "rows",
    [
        b"<row>" + b"<c/>" * 1_000_001 + b"</row>",
        b'<row r="1">' + b'<c><f t="array" ref="A1:ZZ999">1</f></c>' * 400 + b"</row>",
    ],
    ids=["empty cells", "formulas over many"],
)
def test_millions_of_cells_in_a_small_file_are_too_large(rows):
    with pytest.raises(BadWorkbook):
        read_workbook(with_sheet(sheet_of(rows)))
