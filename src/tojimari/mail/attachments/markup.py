"""HTML and SVG files: forms that ask for secrets, and files that build another file (smuggling)."""

import re

from tojimari.lib.encodings import decoded
from tojimari.mail.html import read_html, text_links
from tojimari.mail.message import Link, Trait

_BYTES = 4 << 20
_SCRIPT = re.compile(r"<script\b|\bon(?:load|error|click|mouseover)\s*=|javascript:", re.IGNORECASE)
_BUILDS = re.compile(
    r"msSaveOrOpenBlob|createObjectURL|new\s+Blob\b|navigator\.msSave|\.download\s*=|\bdownload\s*=\s*[\"']|data:application/",
    re.IGNORECASE,
)
_UNPACKS = re.compile(
    r"\batob\s*\(|fromCharCode|unescape\s*\(|decodeURIComponent\s*\(|\beval\s*\(|Uint8Array|charCodeAt",
    re.IGNORECASE,
)
_SENDS = re.compile(
    r"location(?:\.href)?\s*=|location\.(?:replace|assign)|http-equiv\s*=\s*[\"']?refresh|window\.open\s*\(|XMLHttpRequest|fetch\s*\(|\$\.(?:ajax|post)",
    re.IGNORECASE,
)
_LONG = re.compile(r"[A-Za-z0-9+/=%\\x]{2000}")


def look_at_markup(data: bytes, *, svg: bool) -> tuple[list[Trait], list[Link]]:
    """Return what is of note in an HTML or SVG file, and where it leads."""
    source = decoded(data[:_BYTES]).text
    page = read_html(source)
    traits = []
    script = _SCRIPT.search(source)
    builds, unpacks, sends = (each.search(source) for each in (_BUILDS, _UNPACKS, _SENDS))
    smuggles = builds or (unpacks if _LONG.search(source) else None)
    leads = sends or unpacks
    if script and smuggles:
        traits.append(Trait("smuggling", smuggles[0][:100]))
    if svg and script:
        traits.append(Trait("svg_script", script[0][:100]))
    elif script and leads:
        traits.append(Trait("scripted_page", leads[0][:100]))
    secret = next((each for each in page.forms if each.secret), None)
    if secret is not None or re.search(r"type\s*=\s*[\"']?password", source, re.IGNORECASE):
        traits.append(Trait("password_form", secret.to if secret else ""))
    return traits, [*page.links, *text_links(page)]
