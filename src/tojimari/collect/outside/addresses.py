"""Addresses that are written in a page, as a browser understands them."""

import re
from typing import Any
from urllib.parse import urljoin, urlsplit

from tojimari.collect.outside.egress import URL_CHARACTERS

# What browsers drop from an address, by the URL Standard (4.4): all of it around, lines within.
_AROUND = "".join(map(chr, range(0x21)))
_WITHIN = str.maketrans("", "", "\t\r\n")
_BACKSLASHES = re.compile(r"[^?#]*+")
_START = re.compile(r"(?:(https?):)?(/*+)", re.IGNORECASE)
_REFRESH = re.compile(
    r"\s*+[\d.]++\s*+(?:[;,]\s*+)?+(?:url\s*+=\s*+)?+(.*+)", re.IGNORECASE | re.DOTALL
)


def meant(base: str, written: str) -> str:
    """Return the full web address that ``written`` means on a page whose addresses start at ``base``.

    Returns "" for what is no web address, and for one longer than a Egress asks for: a part of an
    address is another address.
    """
    if len(written) > URL_CHARACTERS:
        return ""
    text = written.strip(_AROUND).translate(_WITHIN)
    if "\\" in text:
        text = _BACKSLASHES.sub(lambda found: found[0].replace("\\", "/"), text, count=1)
    try:
        url = urljoin(base, _with_two_slashes(base, text))
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return ""
    is_web = parts.scheme in ("http", "https") and parts.hostname
    return url if is_web and len(url) <= URL_CHARACTERS else ""


def _with_two_slashes(base: str, text: str) -> str:
    """Return an address with "//" before its host, where browsers take more or fewer for that."""
    found = _START.match(text)
    assert found is not None  # noqa: S101  # it matches everything
    scheme, slashes = found[1], found[2]
    if len(slashes) < 2 and (not scheme or scheme.lower() == urlsplit(base).scheme):
        return text
    return f"{text[: found.start(2)]}//{text[found.end() :]}"


def base_of(tree: Any, url: str) -> str:
    """Return where the addresses of a page at ``url`` start: its first ``<base href>``, or ``url``."""
    node = tree.css_first("base[href]")
    return (meant(url, node.attributes.get("href") or "") if node else "") or url


def refreshed(content: str) -> str:
    """Return the address in the content of ``<meta http-equiv=refresh>`` as written, "" for none.

    By the HTML Standard (4.2.4.3) seconds come first, ``url=`` and quotes may be missing.
    """
    found = _REFRESH.match(content[:URL_CHARACTERS])
    written = found[1] if found else ""
    if written[:1] in ("'", '"'):
        written = written[1:].partition(written[0])[0]
    return written.strip()
