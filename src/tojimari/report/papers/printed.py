"""A paper as a whole HTML page, and printed on A4 by WeasyPrint (PDF/A where it can)."""

from html import escape

from tojimari.papers.blocks import Paragraph, Table
from tojimari.report.letter import fit
from tojimari.report.papers.form import Form
from tojimari.report.papers.word import shares
from tojimari.report.pdf import print_page
from tojimari.respond import marked

_STYLE = """
@page { size: A4; margin: 22mm 22mm 20mm;
  @bottom-center { content: counter(page) " / " counter(pages); font-size: 9pt } }
html { font-family: "Noto Sans CJK JP", "Yu Gothic", "IPAexGothic", "Hiragino Sans", sans-serif;
  font-size: 10.5pt; line-height: 1.65; color: #000; background: #fff;
  line-break: strict; overflow-wrap: anywhere }
body { margin: 0 }
p { margin: 0 0 1.2mm; orphans: 2; widows: 2 }
.right { text-align: right }
h1 { font-size: 16pt; text-align: center; margin: 5mm 0 4mm; line-height: 1.4 }
h2 { font-size: 12pt; margin: 5mm 0 1.5mm; line-height: 1.4; break-after: avoid; break-inside: avoid }
table { border-collapse: collapse; width: 100%; margin: 1mm 0 3mm; font-size: 9pt; line-height: 1.45;
  table-layout: fixed }
thead { display: table-header-group }
tr { break-inside: avoid }
th, td { border: 0.5pt solid #000; padding: 1mm 1.4mm; text-align: left; vertical-align: top }
th { background: #f0f0f0 }
.boxes { width: 52mm; margin: 2mm 0 2mm auto }
.boxes td, .boxes th { text-align: center; background: none; font-weight: normal }
.boxes td { height: 14mm }
.facts { margin: 0 0 2mm }
mark { background: #ffef8a; color: #000 }
"""


def paper_page(form: Form) -> str:
    """Return a paper as one HTML page that fetches nothing."""
    parts = [
        f'<p class="right">{_text(form.day)}</p><p class="right">{_text(form.company)}</p>',
        '<table class="boxes"><thead><tr>',
        "".join(f"<th>{_text(head)}</th>" for head, _ in form.boxes),
        "</tr></thead><tbody><tr>",
        "".join(f"<td>{_text(name)}</td>" for _, name in form.boxes),
        f"</tr></tbody></table><h1>{_text(form.title)}</h1>",
    ]
    parts.append(f'<p class="facts">{_text(form.facts_line)}</p>')
    for section in form.sections:
        parts.append(f"<section><h2>{_text(section.heading)}</h2>")
        parts += [
            f"<p>{_text(one.text)}</p>" if isinstance(one, Paragraph) else _table(one)
            for one in section.blocks
        ]
        parts.append("</section>")
    if form.lang == "ja":
        parts.append('<p class="right">以上</p>')
    return (
        f'<!doctype html><html lang="{form.lang}"><head><meta charset="utf-8">'
        f"<title>{escape(fit(form.title))}</title>"
        f'<meta name="author" content="{escape(fit(form.company))}">'
        f'<meta name="dcterms.created" content="{form.moment:%Y-%m-%d}">'
        f'<meta name="dcterms.modified" content="{form.moment:%Y-%m-%d}">'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>"
    )


def pdf_file(form: Form) -> bytes:
    """Return a paper as PDF, as PDF/A-3u where WeasyPrint makes it. Raises NoPdf."""
    return print_page(paper_page(form), archive=True)


def _text(text: str) -> str:
    """Return text as HTML; what is still to be filled in is marked."""
    return "".join(
        f"<mark>{escape(part)}</mark>" if unknown else escape(part)
        for unknown, part in marked(fit(text))
    )


def _table(block: Table) -> str:
    columns = "".join(f'<col style="width: {100 * share:.1f}%">' for share in shares(block))
    head = "".join(f"<th>{_text(cell)}</th>" for cell in block.rows[0])
    rows = "".join(
        "<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>"
        for row in block.rows[1:]
    )
    return (
        f"<table><colgroup>{columns}</colgroup><thead><tr>{head}</tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )
