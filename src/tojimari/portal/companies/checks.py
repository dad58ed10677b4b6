"""What the doctor looks at for reports."""

from collections.abc import Iterator

from django.core.checks import register

from tojimari.portal.signs import DOCTOR, SignMessage, says


@register(DOCTOR, deploy=True)
def pdf(**_: object) -> Iterator[SignMessage]:
    """Say whether PDFs can be made."""
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        yield says(
            "pdf",
            "warn",
            ja="PDFを作る部品がありません。`sudo apt install libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk` を実行してください。",
            en="What makes PDFs is missing. Run `sudo apt install libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk`.",
        )
