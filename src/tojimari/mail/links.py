"""Web addresses: those of tags, and those in running text, also written so that nobody clicks."""

import ipaddress
import re
from functools import cache
from itertools import islice
from urllib.parse import unquote, urlsplit

from tojimari.knowledge.domains import has_known_ending, owner_domain
from tojimari.knowledge.mail_names import brands
from tojimari.mail.message import Link, Place
from tojimari.model import host_name

TARGET_CHARACTERS = 2_000
_END = r"\s<>\"'`|\\^{}「」『』【】（）、。，！？；：　"
_IN_TEXT = re.compile(
    rf"(?<![A-Za-z0-9])(?:(?:https?|hxxps?|ftp)(?:://|\[:\]//|:\[//\])|www\.(?=[a-z0-9]))[^{_END}]{{3,{TARGET_CHARACTERS}}}",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"(?<![\w@./:%=&?#-])((?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.){{1,4}}[a-z]{{2,24}})(?![a-z0-9@_-]|\.[a-z0-9])(?:[/?][^{_END}]{{0,{TARGET_CHARACTERS}}})?",
    re.IGNORECASE | re.ASCII,
)
_BARE_AT_MOST = 200
_OF_FILES = frozenset(("cc", "md", "mov", "pl", "ps", "py", "rs", "sh", "so", "zip"))
"""Endings of names in a register that files have as well."""
_DEFANGED = re.compile(r"\[\.\]|\(\.\)|\[dot\]|\{\.\}", re.IGNORECASE)
_SCHEME = re.compile(r"^[\s\x00-\x20]*([a-z][a-z0-9+.-]{0,30}):", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x20\x7f]+")
_HOST_CHARACTERS = 253
_TRAILING = ".,;:!?)]*'\""
_IN_NO_HOST = re.compile(r"[\x00-\x20\x7f#%/:<>?@\[\\\]^|]")
"""What no browser takes in a host: forbidden domain code points of the URL Standard (WHATWG, 3.5)."""


def link(target: str, shown: str, place: Place) -> Link:
    """Return an address as a browser would understand it; never fails."""
    target = target.strip()[:TARGET_CHARACTERS]
    plain = _CONTROLS.sub("", target)
    found = _SCHEME.match(plain)
    scheme = found[1].lower() if found else ""
    host = userinfo = ""
    if scheme in ("http", "https", "ftp") or plain.startswith(("//", "\\\\")):
        host, userinfo = _host(plain if scheme else f"https:{plain}")
        scheme = scheme or "https"
    elif scheme == "mailto":
        host = _dns(plain.partition("?")[0].rpartition("@")[2])
    return Link(target, scheme, host, shown.strip()[:300], place, userinfo)


def links_in(text: str, place: Place, at_most: int) -> list[Link]:
    """Return the addresses in running text, each once."""
    found: dict[str, Link] = {}
    if "//" not in text and "www." not in text.lower():
        return []
    for match in _IN_TEXT.finditer(text):
        target = match[0].rstrip(_TRAILING)
        plain = _DEFANGED.sub(".", target).replace("[:]", ":").replace(":[//]", "://")
        if plain[:4].lower() == "hxxp":
            plain = "http" + plain[4:]
        elif plain[:4].lower() == "www.":
            plain = "http://" + plain
        found.setdefault(plain, link(plain, "", place))
        if len(found) >= at_most:
            break
    return list(found.values())


def bare_links_in(text: str, place: Place) -> list[Link]:
    """Return the names in a text that a phone makes links of though no https:// stands before them.

    Names of known brands are left out, since sentences name them, and what ends as files do.
    """
    found: dict[str, Link] = {}
    for match in islice(_BARE.finditer(text), _BARE_AT_MOST):
        name = match[1].lower()
        ending = name.rpartition(".")[2]
        if ending in _OF_FILES or not has_known_ending(name) or owner_domain(name) in _brands():
            continue
        target = f"http://{match[0].rstrip(_TRAILING)}"
        found.setdefault(target, link(target, match[0].rstrip(_TRAILING), place))
    return list(found.values())


@cache
def _brands() -> frozenset[str]:
    return frozenset(domain for brand in brands() for domain in brand.domains)


def _host(address: str) -> tuple[str, str]:
    # Browsers take a backslash for a slash and forgive any number of them.
    scheme, _, rest = address.replace("\\", "/").partition(":")
    try:
        parts = urlsplit(f"{scheme}://{rest.lstrip('/')}")
        name = unquote(parts.hostname or "")
    except ValueError:
        return "", ""
    userinfo = parts.netloc.rpartition("@")[0][:200]
    if host := _dns(name):
        return host, userinfo
    host, before = _name_within(name)
    return host, userinfo or before


def _dns(name: str) -> str:
    name = name.strip().removesuffix(".").lower()
    if (name and name[-1].isdigit()) or ":" in name:
        try:
            found = str(_address(name))
        except ValueError:
            pass
        else:
            return found if "%" not in found else ""  # a zone (RFC 4007) may be any characters
    return host_name(name)


def _name_within(name: str) -> tuple[str, str]:
    """Return the host name that a host of browsers only ends in, and what stands before it; "" for none.

    They take ``a+b.bad.example`` and pictures like ``❤.example``, encoded as UTS 46 has it (URL
    Standard, domain to ASCII). Labels with signs that no list of hosts may hold are left out: the
    rest is whose they are.
    """
    if len(name) > _HOST_CHARACTERS:
        return "", ""
    import idna  # its tables are large, and few names need them

    try:
        name = name if name.isascii() else idna.uts46_remap(name, std3_rules=False)
        labels = [
            each if each.isascii() else "xn--" + each.encode("punycode").decode("ascii")
            for each in name.split(".")
        ]
    except UnicodeError:
        return "", ""
    if _IN_NO_HOST.search(name) or not all(0 < len(each) <= 63 for each in labels):
        return "", ""
    for at in range(len(labels) - 1):
        if found := host_name(".".join(labels[at:])):
            return found, ".".join(labels[:at])
    return "", ""


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return an IP address in any way that browsers read one: 0x7f.1, 2130706433."""
    if ":" in name:
        return ipaddress.ip_address(name)
    pieces = name.split(".")
    if len(pieces) > 4:
        raise ValueError(name)
    numbers = [
        int(each, 16)
        if each.startswith("0x")
        else int(each, 8 if each[:1] == "0" and each != "0" else 10)
        for each in pieces
    ]
    total = 0
    for number in numbers[:-1]:
        if not 0 <= number <= 255:
            raise ValueError(name)
        total = (total << 8) | number
    left = 8 * (5 - len(numbers))
    if not 0 <= numbers[-1] < 1 << left:
        raise ValueError(name)
    return ipaddress.IPv4Address((total << left) | numbers[-1])


def is_ip(host: str) -> bool:
    """Return whether a host of a link is an IP address, without a zone (``%eth0``)."""
    if ":" not in host and not host[-1:].isdigit():
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return "%" not in host
