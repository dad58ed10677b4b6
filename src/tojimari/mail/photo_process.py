"""Unpacks one picture of a stranger, from standard input to standard output, and can do no more."""

import io
import sys

from PIL import Image, ImageOps

from tojimari.mail.confinement import shut_in

PIXELS_AT_MOST = 40_000_000
_SIDE = 3_500
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


def main() -> None:
    """Write the picture as grey points (PGM, P5), upright. Ends with an error where it is none."""
    data = sys.stdin.buffer.read()
    Image.MAX_IMAGE_PIXELS = PIXELS_AT_MOST // 2  # twice as many are an error of Pillow's own
    Image.init()
    shut_in()
    with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
        upright = ImageOps.exif_transpose(picture).convert("L")
        upright.thumbnail((_SIDE, _SIDE))
    head = b"P5\n%d %d\n255\n" % upright.size
    sys.stdout.buffer.write(head + upright.tobytes())


if __name__ == "__main__":
    main()
