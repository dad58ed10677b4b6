"""A paper as a Word file (DOCX): A4, built paragraph by paragraph, without templates."""

import io
from typing import Any

from tojimari.papers.blocks import Paragraph, Table
from tojimari.report.letter import empty_document, fit, points
from tojimari.report.papers.archive import same_bytes
from tojimari.report.papers.form import Form, FormSection
from tojimari.respond import marked

BOOKMARK = "tj_"
END = f"{BOOKMARK}end"
"""Bookmarks at the headings of sections: by them a file that comes back is read."""
_LATIN, _KANJI = "Yu Gothic", "游ゴシック"
_BOX_MM = 26
_WIDTH = 160 * 36_000
"""Between the margins, in the units of Word (EMU)."""
_PROPERTY_LETTERS = 255


def word_file(form: Form) -> bytes:
    """Return a paper as DOCX. The same paper gives the same bytes. Raises ImportError without python-docx."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN

    document = empty_document(form.lang)
    _headings(document)
    _line(document, form.day, ALIGN.RIGHT)
    _line(document, form.company, ALIGN.RIGHT)
    _boxes(document, form)
    title = _line(document, form.title, ALIGN.CENTER, bold=True, size=16)
    title.paragraph_format.space_before, title.paragraph_format.space_after = points(10), points(8)
    _line(document, form.facts_line)
    annex = False
    for number, section in enumerate(form.sections):
        heading = document.add_heading(level=1)
        heading.add_run(fit(section.heading))
        if section.mark:
            _bookmark(heading, f"{BOOKMARK}{section.mark}", number)
        elif not annex:
            annex = True
            _bookmark(heading, END, number)
        _section(document, section)
    if form.lang == "ja":
        _line(document, "以上", ALIGN.RIGHT)
    _properties(document, form)
    made = io.BytesIO()
    document.save(made)
    return same_bytes(made.getvalue(), first="[Content_Types].xml")


def _properties(document: Any, form: Form) -> None:
    properties = document.core_properties
    properties.title = fit(form.title)[:_PROPERTY_LETTERS]
    properties.author = properties.last_modified_by = fit(form.company)[:_PROPERTY_LETTERS]
    properties.comments, properties.language = "", "ja-JP" if form.lang == "ja" else "en-US"
    properties.created = properties.modified = form.moment


def _headings(document: Any) -> None:
    """Give headings our type face in black: Word's own are blue, with another face for kanji."""
    from docx.oxml.ns import qn
    from docx.shared import RGBColor

    style = document.styles["Heading 1"]
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    style.font.name, style.font.size, style.font.bold = _LATIN, points(12), True
    fonts.set(qn("w:eastAsia"), _KANJI)
    style.font.color.rgb = RGBColor(0, 0, 0)
    style.paragraph_format.space_before, style.paragraph_format.space_after = points(12), points(4)
    style.paragraph_format.keep_with_next = True
    document.styles["Normal"].paragraph_format.line_spacing = 1.25
    document.styles["Normal"].paragraph_format.space_after = points(3)


def _line(
    document: Any, text: str, align: Any = None, *, bold: bool = False, size: float = 0
) -> Any:
    paragraph = document.add_paragraph()
    paragraph.alignment = align
    _runs(paragraph, text, bold=bold, size=size)
    return paragraph


def _runs(paragraph: Any, text: str, *, bold: bool = False, size: float = 0) -> None:
    """Put text into a paragraph; what is still to be filled in is marked in yellow."""
    from docx.enum.text import WD_COLOR_INDEX

    for unknown, part in marked(fit(text)):
        run = paragraph.add_run(part)
        run.bold = bold or None
        if size:
            run.font.size = points(size)
        if unknown:
            run.font.highlight_color = WD_COLOR_INDEX.YELLOW


def _boxes(document: Any, form: Form) -> None:
    """The box for seals: heads above, names below, at the right."""
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.shared import Mm

    table = document.add_table(rows=2, cols=len(form.boxes), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.RIGHT
    table.autofit = False
    for column in table.columns:
        column.width = Mm(_BOX_MM)
    for at, (head, name) in enumerate(form.boxes):
        for row, text in enumerate((head, name)):
            cell = table.cell(row, at)
            cell.width = Mm(_BOX_MM)
            cell.paragraphs[0].alignment = 1
            _runs(cell.paragraphs[0], text, size=9)
    table.rows[1].height = Mm(16)


def _section(document: Any, section: FormSection) -> None:
    for one in section.blocks:
        if isinstance(one, Paragraph):
            _line(document, one.text)
        else:
            _table(document, one)


def _table(document: Any, block: Table) -> None:
    from docx.oxml.ns import qn

    widths = shares(block)
    table = document.add_table(rows=len(block.rows), cols=len(widths), style="Table Grid")
    table.autofit = False
    for column, share in zip(table.columns, widths, strict=True):
        column.width = int(_WIDTH * share)
    # Cells are taken once: asking a table for each cell anew is slow.
    for number, (row, cells) in enumerate(zip(block.rows, table.rows, strict=True)):
        properties = cells._tr.get_or_add_trPr()
        properties.append(properties.makeelement(qn("w:cantSplit"), {}))
        if number == 0:
            properties.append(properties.makeelement(qn("w:tblHeader"), {}))
        for text, cell, share in zip(row, cells.cells, widths, strict=True):
            cell.width = int(_WIDTH * share)
            cell.paragraphs[0].paragraph_format.space_after = points(0)
            cell.paragraphs[0].paragraph_format.line_spacing = 1.1
            _runs(cell.paragraphs[0], text, bold=number == 0, size=9)
    document.add_paragraph().paragraph_format.space_after = points(0)


def shares(block: Table) -> list[float]:
    """Return the share of the width of each column: by its longest words, none too narrow."""
    columns = list(zip(*block.rows, strict=True))
    weight = [
        min(max(sum(1 + (ord(c) > 0x2E7F) for c in cell) for cell in one), 60) for one in columns
    ]
    weight = [max(one, 14) for one in weight]
    return [one / sum(weight) for one in weight]


def _bookmark(paragraph: Any, name: str, number: int) -> None:
    from docx.oxml.ns import qn

    start = paragraph._p.makeelement(
        qn("w:bookmarkStart"), {qn("w:id"): str(number), qn("w:name"): name}
    )
    end = paragraph._p.makeelement(qn("w:bookmarkEnd"), {qn("w:id"): str(number)})
    paragraph._p.append(start)
    paragraph._p.append(end)
