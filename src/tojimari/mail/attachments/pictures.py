"""QR codes in pictures; a link that no filter reads and a phone opens."""

import io
import warnings

import zxingcpp
from PIL import Image

from tojimari.mail.attachments.budget import TooLarge
from tojimari.mail.links import link, links_in
from tojimari.mail.message import Link

_PIXELS = 12_000_000
"""Of a larger picture no codes are read: it is unpacked to as many bytes. Photos (JPEG) are unpacked to
an eighth of their sides at the least, as a mail program shows them."""
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
_CODES = 20
CODES = zxingcpp.BarcodeFormats(
    [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Aztec, zxingcpp.BarcodeFormat.DataMatrix]
)


def codes_in_file(data: bytes) -> list[Link]:
    """Return where the codes of a picture lead. Raises TooLarge, or OSError if unreadable."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                _shrink(picture)
                if picture.width * picture.height > _PIXELS:
                    raise TooLarge(f"{picture.width} x {picture.height}")
                return codes_in(picture.convert("L"))
        except (TooLarge, Image.DecompressionBombError) as error:
            raise TooLarge(str(error)) from error
        except (SyntaxError, ValueError) as error:
            raise OSError(str(error)) from error


def _shrink(picture: Image.Image) -> None:
    """Have a photo unpacked to fewer pixels, as far as its format allows; others stay."""
    pixels = picture.width * picture.height
    share = next((each for each in (1, 2, 4, 8) if pixels <= _PIXELS * each * each), 1)
    if share > 1:
        picture.draft("L", (picture.width // share, picture.height // share))


def codes_in(picture: Image.Image) -> list[Link]:
    """Return where the codes of an unpacked picture (8 bits grey) lead."""
    found = zxingcpp.read_barcodes(picture, formats=CODES)[:_CODES]
    links = []
    for code in found:
        inside = links_in(code.text[:4000], "picture", 5)
        links += inside or [link(code.text, "", "picture")]
    return [each for each in links if each.scheme]
