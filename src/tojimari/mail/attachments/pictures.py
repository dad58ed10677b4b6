"""QR codes in pictures; a link that no filter reads and a phone opens."""

import io
import warnings

import zxingcpp
from PIL import Image

from tojimari.mail.links import link, links_in
from tojimari.mail.message import Link

_PIXELS = 12_000_000
"""Of a larger picture no codes are read: it is unpacked to as many bytes."""
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
_CODES = 20
CODES = zxingcpp.BarcodeFormats(
    [zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Aztec, zxingcpp.BarcodeFormat.DataMatrix]
)


class TooManyPixels(ValueError):
    """A picture that is larger than any code needs."""


def codes_in_file(data: bytes) -> list[Link]:
    """Return where the codes of a picture lead. Raises TooManyPixels, or OSError if unreadable."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                if picture.width * picture.height > _PIXELS:
                    raise TooManyPixels(f"{picture.width} x {picture.height}")
                return codes_in(picture.convert("L"))
        except (SyntaxError, ValueError, Image.DecompressionBombError) as error:
            if isinstance(error, TooManyPixels):
                raise
            raise OSError(str(error)) from error


def codes_in(picture: Image.Image) -> list[Link]:
    """Return where the codes of an unpacked picture (8 bits grey) lead."""
    found = zxingcpp.read_barcodes(picture, formats=CODES)[:_CODES]
    links = []
    for code in found:
        inside = links_in(code.text[:4000], "picture", 5)
        links += inside or [link(code.text, "", "picture")]
    return [each for each in links if each.scheme]
