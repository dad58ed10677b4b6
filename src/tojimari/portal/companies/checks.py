"""What the doctor looks at for reports."""

import sys
from collections.abc import Iterator

from django.core.checks import register

from tojimari.portal.signs import DOCTOR, SignMessage, says
from tojimari.report.pdf import available


@register(DOCTOR, deploy=True)
def pdf(**_: object) -> Iterator[SignMessage]:
    """Say whether PDFs can be made."""
    if available():
        return
    if sys.platform == "win32":
        yield says(
            "pdf",
            "warn",
            ja="PDFを作れるブラウザー (Microsoft Edge か Google Chrome) が見つかりません。",
            en="No browser that makes PDFs (Microsoft Edge or Google Chrome) was found.",
        )
        return
    yield says(
        "pdf",
        "warn",
        ja="PDFを作る部品がありません。`sudo apt install libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk` を実行してください。",
        en="What makes PDFs is missing. Run `sudo apt install libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk`.",
    )
