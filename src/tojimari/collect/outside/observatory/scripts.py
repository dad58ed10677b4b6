"""Scripts from elsewhere: over TLS, and pinned by their hash (subresource integrity)."""

import re
from functools import cache
from typing import Any

from publicsuffixlist import PublicSuffixList

from tojimari.collect.outside.observatory.cookies import is_address
from tojimari.collect.outside.observatory.text import trimmed
from tojimari.model import ascii_form

_ADDRESS = re.compile(r"(https?):[/\\]*([^/\\?#]*)", re.IGNORECASE)
_CONTROLS = "".join(map(chr, range(0x21)))
_BETTER_FIRST = (
    "sri-implemented-but-external-scripts-not-loaded-securely",
    "sri-not-implemented-but-external-scripts-loaded-securely",
    "sri-not-implemented-and-external-scripts-not-loaded-securely",
)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)


def owner(host: str) -> str | None:
    """Return the registrable domain of ``host``, None for an address or a public suffix."""
    if is_address(host):
        return None
    found: str | None = _suffixes().privatesuffix(host.rstrip("."))
    return found


def _host(authority: str) -> str:
    """Return the host of ``user@host:port`` in ASCII, "" for what is none."""
    host = re.sub(r":\d*$", "", authority.rpartition("@")[2]).lower()
    try:
        return ascii_form(host)
    except UnicodeError:
        return ""


def _address(src: str) -> tuple[str, str] | None:
    """Return (scheme, host) of a full web address, None for every other reference."""
    text = re.sub(r"[\t\n\r]", "", src.strip(_CONTROLS))
    found = _ADDRESS.match(text)
    host = _host(found[2]) if found else ""
    return (found[1].lower(), host) if found and host else None


def _fault(pinned: bool, encrypted: bool) -> str | None:
    if pinned:
        return None if encrypted else _BETTER_FIRST[0]
    return _BETTER_FIRST[1] if encrypted else _BETTER_FIRST[2]


def judge(tree: Any, site: str, secure: bool) -> str:
    """Return the result code for the scripts of a page.

    tree: the parsed page. site: the host that was asked for. secure: it was asked for over TLS.
    Scripts without scheme (``//host/x.js``) count as foreign and unencrypted, as the rule says.
    """
    nodes = tree.css("script")
    if not nodes:
        return "sri-not-implemented-but-no-scripts-loaded"
    base = tree.css_first("base[href]")
    base_address = _address(base.attributes.get("href") or "") if base is not None else None
    mine = owner(site)
    faults: list[str] = []
    foreign = own_pinned = False
    for node in nodes:
        src = node.attributes.get("src") or ""
        if not src:
            continue
        pinned = bool(node.attributes.get("integrity"))
        address = _address(src)
        if address is None and base_address:
            rest = trimmed(src).replace("\\", "/")
            other = _host(re.split(r"[/?#]", rest[2:])[0]) if rest.startswith("//") else ""
            address = (base_address[0], other or base_address[1])
        if address is None and re.match(r"//[^/]", src):
            foreign = True
            fault = _fault(pinned, encrypted=False)
        elif address is not None and owner(address[1]) != mine:
            foreign = True
            fault = _fault(pinned, encrypted=address[0] == "https")
        else:
            own_pinned = own_pinned or (pinned and (address[0] == "https" if address else secure))
            continue
        if fault:
            faults.append(fault)
    if faults:
        return max(faults, key=_BETTER_FIRST.index)
    if own_pinned:
        return "sri-implemented-and-all-scripts-loaded-securely"
    if foreign:
        return "sri-implemented-and-external-scripts-loaded-securely"
    return "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"
