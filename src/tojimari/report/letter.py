"""A letter as a Word file (DOCX, ISO/IEC 29500): A4, in the form of a business letter.

Built paragraph by paragraph, without templates: nothing anybody typed is ever read as markup.
"""

import io
from datetime import date, datetime
from importlib.util import find_spec
from typing import Any

from tojimari.catalog import Catalog
from tojimari.lib.printable import printable
from tojimari.model import Lang
from tojimari.respond import Letter, marked

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_LATIN, _KANJI = "Yu Gothic", "游ゴシック"
"""A face must be named for kanji too, or Word picks a Chinese one."""
_A4 = (210, 297)
_MARGIN = 25
_POINTS = 10.5
_PROPERTY_LETTERS = 255


def word_is_there() -> bool:
    """Return whether what writes Word files is installed; the extra ``documents`` brings it."""
    return find_spec("docx") is not None


def letter_document(
    letter: Letter, *, company: str, at: datetime, catalog: Catalog, lang: Lang
) -> bytes:
    """Return a letter as a DOCX file: day, addressee, sender, subject, text.

    What is not known is marked in yellow as well as by its brackets. Control characters, which XML
    cannot hold, become replacement characters. Raises ImportError without python-docx.

    at: when it is made, in the reader's time zone; its day stands on top.
    """
    from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN

    document = empty_document(lang)
    company = fit(company)

    def put(text: str, align: Any = ALIGN.LEFT, *, bold: bool = False, after: int = 0) -> None:
        paragraph = document.add_paragraph()
        paragraph.alignment = align
        paragraph.paragraph_format.space_after = points(after)
        for unknown, part in marked(fit(text)):
            _run(paragraph, part, bold=bold, unknown=unknown)

    put(_day(at.date(), lang), ALIGN.RIGHT, after=12)
    put(catalog.ui("word.to").say(lang), after=12)
    put(company or catalog.ui("word.company").say(lang), ALIGN.RIGHT)
    put(catalog.ui("word.representative").say(lang), ALIGN.RIGHT, after=18)
    put(letter.subject, ALIGN.CENTER, bold=True, after=18)
    for line in fit(letter.body).split("\n"):
        put(line)
    if lang == "ja":  # a Japanese letter says where it ends
        put("以上", ALIGN.RIGHT)
    properties = document.core_properties
    properties.title = " ".join(fit(letter.subject).split())[:_PROPERTY_LETTERS]
    properties.author = properties.last_modified_by = company[:_PROPERTY_LETTERS]
    properties.comments, properties.language = "", "ja-JP" if lang == "ja" else "en-US"
    properties.created = properties.modified = at.replace(tzinfo=None)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def fit(text: str) -> str:
    """Return text that XML 1.0 can hold: neither controls nor the two noncharacters (2.2, Char)."""
    plain = printable(text.replace("\r\n", "\n").replace("\r", "\n"), keep="\n\t")
    return plain.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


def _day(day: date, lang: Lang) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if lang == "ja" else day.isoformat()


def points(size: float) -> Any:
    """Return a size in points as the library takes it."""
    from docx.shared import Pt

    return Pt(size)


def empty_document(lang: Lang) -> Any:
    """Return an empty A4 document in our type face and the reader's language."""
    from docx import Document
    from docx.oxml.ns import qn
    from docx.shared import Mm

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(_A4[0]), Mm(_A4[1])
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Mm(_MARGIN))
    style = document.styles["Normal"]
    style.font.name, style.font.size = _LATIN, points(_POINTS)
    properties = style.element.get_or_add_rPr()
    properties.get_or_add_rFonts().set(qn("w:eastAsia"), _KANJI)
    language = properties.makeelement(
        qn("w:lang"),
        {qn("w:val"): "ja-JP" if lang == "ja" else "en-US", qn("w:eastAsia"): "ja-JP"},
    )
    properties.append(language)
    style.paragraph_format.line_spacing = 1.5
    return document


def _run(paragraph: Any, text: str, *, bold: bool, unknown: bool) -> None:
    from docx.enum.text import WD_COLOR_INDEX

    run = paragraph.add_run(text)
    run.bold = bold or None
    if unknown:
        run.font.highlight_color = WD_COLOR_INDEX.YELLOW
