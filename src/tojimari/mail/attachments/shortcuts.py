"""Shortcuts: what a double click on one really starts."""

import re

import LnkParse3

from tojimari.lib.encodings import decoded
from tojimari.mail.links import link
from tojimari.mail.message import Link, Trait

_BYTES = 4 << 20
_STARTS = re.compile(
    r"powershell|cmd(?:\.exe)?\b|mshta|rundll32|wscript|cscript|regsvr32|curl|certutil|bitsadmin|msiexec|https?://|\\\\[\w.]",
    re.IGNORECASE,
)
_URL = re.compile(r"^\s*(?:URL|IconFile|BaseURL)\s*=\s*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)


def look_at_lnk(data: bytes) -> list[Trait]:
    """Return what a Windows shortcut starts. Raises ValueError where it cannot be read."""
    try:
        found = LnkParse3.lnk_file(indata=data[:_BYTES]).get_json()
        texts = found.get("data") or {}
        local = (found.get("link_info") or {}).get("local_base_path") or ""
    except Exception as error:  # the library lets whatever its parts raise through
        raise ValueError(str(error)) from error
    words = [local, texts.get("relative_path") or "", texts.get("command_line_arguments") or ""]
    line = " ".join(" ".join(str(each) for each in words if each).split())
    traits = [Trait("shortcut", line[:200])]
    if _STARTS.search(line):
        traits.append(Trait("starts_program", line[:200]))
    return traits


def look_at_url_file(data: bytes) -> tuple[list[Trait], list[Link]]:
    """Return where a shortcut to an address leads."""
    found = _URL.findall(decoded(data[:65_536]).text)[:5]
    return [Trait("shortcut", each[:200]) for each in found[:1]], [
        link(each, "", "attachment") for each in found
    ]
