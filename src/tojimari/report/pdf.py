"""The page printed on A4: by WeasyPrint, which is an extra, or on Windows by the browser there."""

import sys

from tojimari.catalog import Catalog
from tojimari.diagnose import Diagnosis
from tojimari.model import Lang, TojimariError
from tojimari.report import browser
from tojimari.report.paper import Cover, to_paper


class NoPdf(TojimariError):
    """PDF cannot be made on this computer yet."""


def to_pdf(diagnosis: Diagnosis, catalog: Catalog, lang: Lang, cover: Cover) -> bytes:
    """Return the report as PDF. Raises NoPdf with what to install."""
    return print_page(to_paper(diagnosis, catalog, lang, cover))


def available() -> bool:
    """Return whether this computer has what PDFs are made with."""
    return _has_weasyprint() or browser.installed() is not None


def _has_weasyprint() -> bool:
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        return False
    return True


def print_page(page: str, *, archive: bool = False) -> bytes:
    """Return a whole HTML page as PDF. Raises NoPdf with what to do instead.

    archive: as PDF/A-3u (ISO 19005-3), for papers that are kept; a browser prints plain PDF.
    """
    if _has_weasyprint():
        return _by_weasyprint(page, archive=archive)
    found = browser.installed()
    if found is None:
        raise _nothing_prints()
    try:
        return browser.print_page(found, page)
    except browser.NotPrinted as error:
        raise NoPdf(
            "このパソコンのブラウザーでは、PDFを作れませんでした。報告書のページを開き、ブラウザーの印刷から"
            "PDFにしてください。",
            "The browser of this computer made no PDF. Open the report's page and print it to PDF from "
            "the browser.",
        ) from error


def _by_weasyprint(page: str, *, archive: bool = False) -> bytes:
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    # The page is whole by itself: pictures are in it, and nothing may be fetched for it.
    fetcher = URLFetcher(allowed_protocols={"data"})
    data: bytes = HTML(string=page, url_fetcher=fetcher).write_pdf(
        pdf_variant="pdf/a-3u" if archive else None
    )
    return data


def _nothing_prints() -> NoPdf:
    if sys.platform == "win32":
        return NoPdf(
            "PDFを作れるブラウザー (Microsoft Edge か Google Chrome) が見つかりません。報告書のページを開いて、"
            "お使いのブラウザーの印刷からPDFにしてください。",
            "No browser that makes PDFs (Microsoft Edge or Google Chrome) was found. Open the report's "
            "page and print it to PDF from the browser you use.",
        )
    return NoPdf(
        "PDFを作る部品が足りません。`pip install 'tojimari[pdf]'` と "
        "`sudo apt install libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk` を実行するか、"
        "--html で書き出してブラウザーから印刷してください。",
        "What makes PDFs is not installed. Run `pip install 'tojimari[pdf]'` and "
        "`sudo apt install libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk`, or write --html "
        "and print it from the browser.",
    )
