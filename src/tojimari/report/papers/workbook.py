"""The workbook of the 81 criteria: CSV always, XLSX where openpyxl is installed."""

import csv
import io
import re
from collections.abc import Sequence
from importlib.util import find_spec

from tojimari.catalog import Catalog
from tojimari.lib.formulas import guard
from tojimari.model import Lang
from tojimari.papers.criteria import CriterionRow
from tojimari.report.letter import fit
from tojimari.report.papers.archive import same_bytes
from tojimari.report.papers.form import Form

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WIDTHS = (11, 18, 26, 46, 10, 46, 46, 9)
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def xlsx_is_there() -> bool:
    """Return whether what writes XLSX is installed; the extra ``opendocument`` brings it."""
    return find_spec("openpyxl") is not None


def _table(rows: Sequence[CriterionRow], catalog: Catalog, lang: Lang) -> list[list[str]]:
    head = catalog.ui("paper.head.workbook").say(lang).split("/")
    yes, no = (catalog.ui(f"paper.{key}").say(lang) for key in ("ready", "not_ready"))
    found = [head]
    for one in rows:
        state = catalog.ui(f"state.{one.state}").say(lang)
        cells = [one.id, one.group, one.item, one.gist, state, one.evidence, one.missing]
        found.append([fit(cell) for cell in (*cells, yes if one.ready else no)])
    return found


def csv_file(rows: Sequence[CriterionRow], catalog: Catalog, lang: Lang) -> bytes:
    """Return the criteria as CSV that a spreadsheet opens as UTF-8, and reads no formula in."""
    made = io.StringIO()
    writer = csv.writer(made)
    for row in _table(rows, catalog, lang):
        writer.writerow([guard(cell) for cell in row])
    return b"\xef\xbb\xbf" + made.getvalue().encode()


def xlsx_file(rows: Sequence[CriterionRow], form: Form, catalog: Catalog, lang: Lang) -> bytes:
    """Return the criteria as XLSX. Raises ImportError without openpyxl."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = "SCS 3"
    for row in _table(rows, catalog, lang):
        sheet.append(row)
    for cells in sheet.iter_rows():
        for cell in cells:
            cell.data_type = "s"  # a text that begins like a formula stays a text
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for at, width in enumerate(_WIDTHS, 1):
        sheet.column_dimensions[get_column_letter(at)].width = width
        sheet.cell(1, at).font = Font(bold=True)
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    book.properties.title, book.properties.creator = fit(form.title), fit(form.company)
    book.properties.created = form.moment
    made = io.BytesIO()
    book.save(made)
    return _dated(made.getvalue(), form)


def _dated(data: bytes, form: Form) -> bytes:
    """Put the paper's own day in place of the moment at which the library saved."""
    import zipfile

    name = "docProps/core.xml"
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        core = opened.read(name)
    day = form.moment.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    return same_bytes(
        data,
        first="[Content_Types].xml",
        instead={name: _MODIFIED.sub(lambda found: found[1] + day, core)},
    )
