"""A paper as an OpenDocument text (ODT, ISO/IEC 26300), by odfdo. The same paper gives the same bytes."""

import io
from importlib.util import find_spec
from typing import Any

from tojimari.papers.blocks import Paragraph, Table
from tojimari.report.letter import fit
from tojimari.report.papers.archive import same_bytes
from tojimari.report.papers.form import Form
from tojimari.report.papers.word import BOOKMARK, END, shares
from tojimari.respond import marked

CONTENT_TYPE = "application/vnd.oasis.opendocument.text"
_FACE = "Yu Gothic"
_WIDTH_MM = 160
_STYLES = (
    """<style:style style:name="TjBody" style:family="paragraph"><style:paragraph-properties
 fo:line-height="135%" fo:margin-top="0mm" fo:margin-bottom="1mm" style:line-break="strict"
 fo:orphans="2" fo:widows="2"/>{text}</style:style>""",
    """<style:style style:name="TjRight" style:family="paragraph" style:parent-style-name="TjBody">
<style:paragraph-properties fo:text-align="end"/></style:style>""",
    """<style:style style:name="TjTitle" style:family="paragraph" style:parent-style-name="TjBody">
<style:paragraph-properties fo:text-align="center" fo:margin-top="4mm" fo:margin-bottom="3mm"/>
{title}</style:style>""",
    """<style:style style:name="TjHeading" style:family="paragraph" style:class="text">
<style:paragraph-properties fo:keep-with-next="always" fo:margin-top="4mm" fo:margin-bottom="1mm"/>
{heading}</style:style>""",
    """<style:style style:name="TjCell" style:family="paragraph">{cell}</style:style>""",
    """<style:style style:name="TjHead" style:family="paragraph">{head}</style:style>""",
)
_AUTOMATIC = (
    """<style:style style:name="TjTable" style:family="table"><style:table-properties
 style:width="{width}mm" table:align="left" fo:margin-bottom="2mm"/></style:style>""",
    """<style:style style:name="TjBoxes" style:family="table"><style:table-properties
 style:width="52mm" table:align="right"/></style:style>""",
    """<style:style style:name="TjRow" style:family="table-row"><style:table-row-properties
 fo:keep-together="always"/></style:style>""",
    """<style:style style:name="TjSeal" style:family="table-row"><style:table-row-properties
 style:min-row-height="16mm"/></style:style>""",
    """<style:style style:name="TjBordered" style:family="table-cell"><style:table-cell-properties
 fo:border="0.5pt solid #000000" fo:padding="1mm"/></style:style>""",
    """<style:style style:name="TjUnknown" style:family="text"><style:text-properties
 fo:background-color="#ffff00"/></style:style>""",
)


def odt_is_there() -> bool:
    """Return whether what writes ODT is installed; the extra ``opendocument`` brings it."""
    return find_spec("odfdo") is not None


def odt_file(form: Form) -> bytes:
    """Return a paper as ODT. Raises ImportError without odfdo."""
    from odfdo import Bookmark, Document, Header
    from odfdo import Paragraph as Line

    document = Document("text")
    body = document.body
    body.clear()
    _styles(document, form)

    def line(text: str, style: str = "TjBody") -> None:
        body.append(_filled(Line(style=style), text))

    line(form.day, "TjRight")
    line(form.company, "TjRight")
    body.append(_boxes(form))
    line(form.title, "TjTitle")
    line(form.facts_line)
    annex = False
    for number, section in enumerate(form.sections):
        heading = Header(1)
        heading.style = "TjHeading"
        if section.mark or not annex:
            annex = not section.mark
            heading.append(Bookmark(f"{BOOKMARK}{section.mark}" if section.mark else END))
        heading.append_plain_text(fit(section.heading))
        body.append(heading)
        for at, one in enumerate(section.blocks):
            if isinstance(one, Paragraph):
                line(one.text)
            else:
                body.append(_table(document, one, f"T{number}_{at}"))
    if form.lang == "ja":
        line("以上", "TjRight")
    return _saved(document, form)


def _saved(document: Any, form: Form) -> bytes:
    meta = document.meta
    meta.title, meta.creation_date, meta.date = fit(form.title), form.moment, form.moment
    meta.generator, meta.language = "Tojimari", form.lang
    meta.creator = meta.initial_creator = fit(form.company)
    meta.editing_cycles = 1
    made = io.BytesIO()
    document.save(made)
    return same_bytes(made.getvalue(), first="mimetype")


def _styles(document: Any, form: Form) -> None:
    language, country = ("ja", "JP") if form.lang == "ja" else ("en", "US")

    def face(size: float, *, bold: bool = False) -> str:
        weight = "bold" if bold else "normal"
        return (
            f'<style:text-properties fo:font-family="{_FACE}" style:font-family-asian="{_FACE}" '
            f'fo:font-size="{size}pt" style:font-size-asian="{size}pt" fo:font-weight="{weight}" '
            f'style:font-weight-asian="{weight}" fo:color="#000000" fo:language="{language}" '
            f'fo:country="{country}" style:language-asian="ja" style:country-asian="JP"/>'
        )

    from odfdo import Element

    faces = {
        "text": face(10.5),
        "title": face(16, bold=True),
        "heading": face(12, bold=True),
        "cell": face(9),
        "head": face(9, bold=True),
    }
    for style in _STYLES:
        document.insert_style(Element.from_tag(style.format(**faces)))
    for style in _AUTOMATIC:
        document.insert_style(Element.from_tag(style.format(width=_WIDTH_MM)), automatic=True)
    for outline in document.styles.root.get_elements("//text:outline-style"):
        outline.delete()  # our headings bring their own numbers
    _page(document)


def _page(document: Any) -> None:
    """Make every page layout of the document A4 with our margins."""
    for layout in document.get_styles("page-layout"):
        for properties in layout.get_elements("style:page-layout-properties"):
            for name, value in (
                ("fo:page-width", "210mm"),
                ("fo:page-height", "297mm"),
                ("fo:margin-top", "25mm"),
                ("fo:margin-bottom", "25mm"),
                ("fo:margin-left", "25mm"),
                ("fo:margin-right", "25mm"),
                ("style:print-orientation", "portrait"),
            ):
                properties.set_attribute(name, value)


def _filled(paragraph: Any, text: str) -> Any:
    """Put text into a paragraph; what is still to be filled in is marked in yellow."""
    from odfdo import Span

    for unknown, part in marked(fit(text)):
        if unknown:
            paragraph.append(Span(part, style="TjUnknown"))
        else:
            paragraph.append_plain_text(part)
    return paragraph


def _cell(text: str, style: str) -> Any:
    from odfdo import Element
    from odfdo import Paragraph as Line

    cell = Element.from_tag("table:table-cell")
    cell.set_attribute("table:style-name", "TjBordered")
    cell.set_attribute("office:value-type", "string")
    cell.append(_filled(Line(style=style), text))
    return cell


def _row(cells: tuple[str, ...], style: str, row_style: str = "TjRow") -> Any:
    from odfdo import Element

    row = Element.from_tag("table:table-row")
    row.set_attribute("table:style-name", row_style)
    for text in cells:
        row.append(_cell(text, style))
    return row


def _boxes(form: Form) -> Any:
    from odfdo import Element

    table = Element.from_tag('<table:table table:name="Boxes" table:style-name="TjBoxes"/>')
    columns = Element.from_tag("table:table-column")
    columns.set_attribute("table:number-columns-repeated", str(len(form.boxes)))
    table.append(columns)
    table.append(_row(tuple(head for head, _ in form.boxes), "TjCell"))
    table.append(_row(tuple(name for _, name in form.boxes), "TjCell", "TjSeal"))
    return table


def _table(document: Any, block: Table, name: str) -> Any:
    from odfdo import Element

    table = Element.from_tag(f'<table:table table:name="{name}" table:style-name="TjTable"/>')
    for at, share in enumerate(shares(block)):
        style = (
            f'<style:style style:name="{name}_{at}" style:family="table-column">'
            f'<style:table-column-properties style:column-width="{share * _WIDTH_MM:.1f}mm"/>'
            "</style:style>"
        )
        document.insert_style(Element.from_tag(style), automatic=True)
        table.append(Element.from_tag(f'<table:table-column table:style-name="{name}_{at}"/>'))
    head = Element.from_tag("table:table-header-rows")
    head.append(_row(block.rows[0], "TjHead"))
    table.append(head)
    for row in block.rows[1:]:
        table.append(_row(row, "TjCell"))
    return table
