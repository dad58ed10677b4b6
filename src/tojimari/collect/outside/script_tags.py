"""The script elements of a page: from whom they load, how, and whether they are pinned."""

import re
from typing import Any, Literal

from tojimari.collect.outside.cookies import is_address
from tojimari.knowledge.domains import suffixes
from tojimari.lib.ecmascript import trimmed
from tojimari.model import ascii_form
from tojimari.model.facts import ScriptTag

_ADDRESS = re.compile(r"(https?):[/\\]*([^/\\?#]*)", re.IGNORECASE)
_CONTROLS = "".join(map(chr, range(0x21)))


def script_tags(tree: Any, site: str) -> tuple[ScriptTag, ...]:
    """Return the kinds of script elements of a parsed page, each once, in order.

    site: the host that was asked for; names of its registered domain are the owner's own.
    Addresses without scheme (``//host/x.js``) count as foreign.
    """
    base = tree.css_first("base[href]")
    start = _address(base.attributes.get("href") or "") if base is not None else None
    mine = registrable(site)
    found: dict[ScriptTag, None] = {}
    for node in tree.css("script"):
        src = node.attributes.get("src") or ""
        pinned = bool(node.attributes.get("integrity"))
        if not src:
            found[ScriptTag(external=False, own=True, scheme="", pinned=pinned)] = None
            continue
        address = _address(src)
        if address is None and start:
            rest = trimmed(src).replace("\\", "/")
            other = _host(re.split(r"[/?#]", rest[2:])[0]) if rest.startswith("//") else ""
            address = (start[0], other or start[1])
        own = registrable(address[1]) == mine if address else not re.match(r"//[^/]", src)
        scheme: Literal["http", "https", ""] = ""
        if address is not None:
            scheme = "https" if address[0] == "https" else "http"
        found[ScriptTag(external=True, own=own, scheme=scheme, pinned=pinned)] = None
    return tuple(found)


def registrable(host: str) -> str | None:
    """Return the registrable domain of ``host``, None for an address or a public suffix."""
    if is_address(host):
        return None
    found: str | None = suffixes(registries_only=True).privatesuffix(host.rstrip("."))
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
