"""PDF: where it leads, the codes on its pages, and what it does when it is opened."""

import ctypes
import re
from collections.abc import Iterator
from functools import lru_cache

import pypdfium2
from pypdfium2 import raw

from tojimari.mail.attachments.pictures import codes_in
from tojimari.mail.links import link, links_in
from tojimari.mail.message import Link, Trait

_PAGES = 5
"""Pages that are looked at; a lure is on the first."""
_TEXT = 20_000
_LINKS = 100
_POINTS = 3_000_000
"""Points of a page, drawn: A4 at 150 dots an inch has two million."""
_NAME = re.compile(rb"/((?:[A-Za-z]|#[0-9A-Fa-f]{2}){2,40})")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_MEANS = {"JavaScript": "pdf_script", "JS": "pdf_script", "Launch": "pdf_starts_program", "EmbeddedFile": "pdf_holds_file", "SubmitForm": "pdf_form"}  # fmt: skip
_NEEDS_PASSWORD = "password"  # noqa: S105


def look_at_pdf(data: bytes) -> tuple[list[Trait], list[Link]]:
    """Return what is of note in a PDF and where it leads. Raises ValueError where it is none."""
    names = {_plain(found[1]) for found in _NAME.finditer(data)} & _MEANS.keys()
    traits = [Trait(each) for each in dict.fromkeys(_MEANS[name] for name in sorted(names))]
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if _NEEDS_PASSWORD in str(error).lower():
            return [*traits, Trait("encrypted")], []
        raise ValueError(str(error)) from error
    try:
        if raw.FPDFDoc_GetJavaScriptActionCount(document) > 0 and Trait("pdf_script") not in traits:
            traits.append(Trait("pdf_script"))
        if raw.FPDFDoc_GetAttachmentCount(document) > 0 and Trait("pdf_holds_file") not in traits:
            traits.append(Trait("pdf_holds_file"))
        links: list[Link] = []
        for number in range(min(len(document), _PAGES)):
            try:
                links += _on_page(document, number)
            except pypdfium2.PdfiumError:
                continue  # one broken page hides no others
            if len(links) >= _LINKS:
                break
    finally:
        document.close()
    return traits, list({each.target: each for each in links}.values())[:_LINKS]


@lru_cache(maxsize=1024)
def _plain(name: bytes) -> str:
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), name).decode("latin-1")


def _on_page(document: pypdfium2.PdfDocument, number: int) -> list[Link]:
    page = document[number]
    try:
        links = [link(each, "", "attachment") for each in _actions(document, page)]
        text = page.get_textpage()
        try:
            links += links_in(
                text.get_text_range(0, min(_TEXT, text.count_chars())), "attachment", _LINKS
            )
        finally:
            text.close()
        width, height = page.get_size()
        scale = 150 / 72
        if 0 < width * height * scale * scale <= _POINTS:
            drawn = page.render(scale=scale, grayscale=True)
            links += codes_in(drawn.to_pil().convert("L"))
            drawn.close()
        return links
    finally:
        page.close()


def _actions(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Iterator[str]:
    position, found = ctypes.c_int(0), raw.FPDF_LINK()
    for _ in range(_LINKS):
        if not raw.FPDFLink_Enumerate(page, position, found):
            return
        action = raw.FPDFLink_GetAction(found)
        if action and raw.FPDFAction_GetType(action) == raw.PDFACTION_URI:
            length = raw.FPDFAction_GetURIPath(document, action, None, 0)
            if 0 < length < 8000:
                buffer = ctypes.create_string_buffer(length)
                raw.FPDFAction_GetURIPath(document, action, buffer, length)
                yield buffer.value.decode("utf-8", "replace")
