"""The page printed on A4 by WeasyPrint, which is an extra."""

from tojimari.catalog import Catalog
from tojimari.diagnose import Diagnosis
from tojimari.model import Lang, TojimariError
from tojimari.report.paper import Cover, to_paper


class NoPdf(TojimariError):
    """PDF cannot be made on this computer yet."""


def to_pdf(diagnosis: Diagnosis, catalog: Catalog, lang: Lang, cover: Cover) -> bytes:
    """Return the report as PDF. Raises NoPdf with what to install."""
    return print_page(to_paper(diagnosis, catalog, lang, cover))


def print_page(page: str) -> bytes:
    """Return a whole HTML page as PDF. Raises NoPdf with what to install."""
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:
        raise NoPdf(
            "PDFを作る部品が足りません。`pip install 'tojimari[pdf]'` と "
            "`sudo apt install libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk` を実行するか、"
            "--html で書き出してブラウザーから印刷してください。",
            "What makes PDFs is not installed. Run `pip install 'tojimari[pdf]'` and "
            "`sudo apt install libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk`, or write --html "
            "and print it from the browser.",
        ) from error
    # The page is whole by itself: pictures are in it, and nothing may be fetched for it.
    fetcher = URLFetcher(allowed_protocols={"data"})
    data: bytes = HTML(string=page, url_fetcher=fetcher).write_pdf()
    return data
