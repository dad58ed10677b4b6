"""The harmless files of mails: a page, or a PDF, that lead on to the mail's own page.

Neither holds a program, nor opens anything by itself but the page's own address after a second.
"""

import html

from tojimari.catalog.drill_template import DrillMail as Wording

_WIDTH, _HEIGHT, _LEFT = 595, 842, 56
"""A4, in points; the margin on the left."""
_TITLE_AT, _LINK_AT = 760, 716
_TITLE_SIZE, _LINK_SIZE = 16, 10
_TITLE_LETTERS = 30
"""So many broad letters of the title fit into a line."""
_ENDS = (".html", ".htm", ".pdf")


def file_name(written: Wording) -> str:
    """Return the name of the attached file: its end says what it is, a page where it names none."""
    name = "".join(each for each in written.attachment if each.isprintable() and each not in '/\\"')
    return name if name.lower().endswith(_ENDS) else f"{name}.html"


def is_pdf(name: str) -> bool:
    """Return whether a file of this name is a PDF."""
    return name.lower().endswith(".pdf")


def attached_page(title: str, link: str) -> str:
    """Return the harmless file of a mail: a page without program that leads on to the mail's page."""
    shown, to = html.escape(title), html.escape(link, quote=True)
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        f'<meta http-equiv="refresh" content="1;url={to}"><title>{shown}</title></head>'
        f'<body><p>{shown}</p><p><a href="{to}">{to}</a></p></body></html>\n'
    )


def attached_pdf(title: str, link: str) -> bytes:
    """Return the same as a PDF: one sheet with a link to press; nothing in it acts by itself.

    The letters of the title are those that every reader of PDFs has for Japanese (ISO 32000-1 9.7.5.2:
    a predefined CMap needs no font in the file). link: an address of ASCII letters.
    """
    shown = title[:_TITLE_LETTERS].encode("utf-16-be", "ignore").hex()
    plain = _text(link)
    content = (
        f"BT /J {_TITLE_SIZE} Tf {_LEFT} {_TITLE_AT} Td <{shown}> Tj ET\n"
        f"0 0 0.8 rg BT /L {_LINK_SIZE} Tf {_LEFT} {_LINK_AT} Td ({plain}) Tj ET\n"
    )
    area = f"{_LEFT} {_LINK_AT - 6} {_WIDTH - _LEFT} {_LINK_AT + 14}"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}] /Contents 4 0 R"
        " /Annots [5 0 R] /Resources << /Font << /J 6 0 R /L 9 0 R >> >> >>",
        f"<< /Length {len(content)} >>\nstream\n{content}endstream",
        f"<< /Type /Annot /Subtype /Link /Rect [{area}] /Border [0 0 0]"
        f" /A << /S /URI /URI ({plain}) >> >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /HeiseiKakuGo-W5 /Encoding /UniJIS-UTF16-H"
        " /DescendantFonts [7 0 R] >>",
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiKakuGo-W5 /FontDescriptor 8 0 R"
        " /CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >> /DW 1000 >>",
        "<< /Type /FontDescriptor /FontName /HeiseiKakuGo-W5 /Flags 4 /FontBBox [-92 -250 1010 922]"
        " /ItalicAngle 0 /Ascent 752 /Descent -221 /CapHeight 737 /StemV 114 >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    return _file(objects)


def _text(plain: str) -> str:
    """Return a string as it stands between the brackets of a PDF."""
    return plain.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _file(objects: tuple[str, ...]) -> bytes:
    """Return a PDF of these objects, numbered from 1; the first is its catalog."""
    out, places = bytearray(b"%PDF-1.5\n"), []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{each}\nendobj\n".encode("ascii")
    table = len(out)
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n{rows}".encode("ascii")
    out += f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode("ascii")
    return bytes(out)
