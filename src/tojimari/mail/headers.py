"""Headers as they really come: raw Japanese bytes, words cut in the middle, forged results."""

import base64
import binascii
import ipaddress
import quopri
import re
from collections.abc import Iterator, Sequence
from email.message import Message as Parsed
from itertools import islice

from tojimari.lib.encodings import decoded
from tojimari.mail.message import Address, Hop, Verified
from tojimari.model import host_name

VALUE_CHARACTERS = 4_000
_HEADERS = 300
"""Of a longer header the rest is not read."""
_WORD = re.compile(r"=\?([\w.:*-]{1,60})\?([bBqQ])\?([^?\s]{0,4000})\?=")
_FOLD = re.compile(rb"\r?\n[ \t]*")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_IN_ANGLES = re.compile(r"<([^<>\s]{1,320})>")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]{1,250}@[^\s<>()\[\],;:\"]{1,253}")
_PIECES = re.compile(r"(?:\"(?:[^\"\\\\]|\\\\.){0,1000}\"|<[^<>]{0,400}>|\([^()]{0,400}\)|[^,;])+")
_FROM = re.compile(r"\s*from\s+(\S{1,255})", re.IGNORECASE)
_BY = re.compile(r"by(?<!\wby)\s+([\w.:-]{1,255})")
"""In lower case; a word of its own, told so that the search begins with two fixed letters."""
_NAMED = re.compile(r"\(\s*(?:(?:\w{1,20}@)?([\w.-]{1,255})\s*)?\[?(?:IPv6:)?([0-9a-fA-F.:]{3,45})\]?", re.IGNORECASE)  # fmt: skip
_COMMENT = re.compile(r"\([^()]{0,1000}\)")
_RESULT = re.compile(r"^\s*(spf|dkim|dmarc|arc)\s*=\s*([a-z]{1,20})\b(.{0,1000})", re.IGNORECASE | re.DOTALL)  # fmt: skip
_SPOKEN_OF = {
    "spf": re.compile(r"smtp\.(?:mailfrom|helo)\s*=\s*\"?(?:[^\s;\"@]{0,200}@)?([\w.-]{1,253})", re.IGNORECASE),
    "dkim": re.compile(r"header\.(?:d|i)\s*=\s*\"?(?:[^\s;\"@]{0,200}@)?([\w.-]{1,253})", re.IGNORECASE),
    "dmarc": re.compile(r"header\.from\s*=\s*\"?(?:[^\s;\"@]{0,200}@)?([\w.-]{1,253})", re.IGNORECASE),
}  # fmt: skip
_DKIM_DOMAIN = re.compile(r"(?:^|;)\s*d\s*=\s*([\w.-]{1,253})", re.IGNORECASE)
_STAMPS_BELOW = {"mx.google.com"}
"""Receiving servers that write their results below their own Received line."""


def raw_headers(part: Parsed) -> list[tuple[str, bytes]]:
    """Return (name in lower case, bytes) of the first 300 headers of a part, as they stand there."""
    found = []
    for name, value in islice(part.raw_items(), _HEADERS):
        text = str(value)[: VALUE_CHARACTERS * 4]
        found.append((name.lower()[:100], text.encode("utf-8", "surrogateescape")))
    return found


def value(data: bytes) -> str:
    """Return a header's words, decoded and on one line, without control characters."""
    return one_line(_words(unfolded(data)))


def one_line(text: str) -> str:
    """Return ``text`` with every run of spaces, ends of lines and controls as one space."""
    if text.isprintable() and "  " not in text:  # of spaces only that of ASCII is
        return text.strip()
    return _SPACE.sub(" ", text).strip()


def _words(text: str) -> str:
    """Decode encoded words (RFC 2047); neighbours in one encoding may halve a character."""
    if "=?" not in text:
        return text
    pieces: list[str] = []
    at, bytes_, label = 0, b"", ""
    for found in _WORD.finditer(text):
        between = text[at : found.start()]
        same = label and found[1].lower() == label and not between.strip()
        if not same:
            pieces.append(decoded(bytes_, label.partition("*")[0]).text if label else "")
            if between.strip() or not label:
                pieces.append(between)
            bytes_, label = b"", found[1].lower()
        bytes_ += _word(found[2], found[3])
        at = found.end()
    pieces.append(decoded(bytes_, label.partition("*")[0]).text if label else "")
    return "".join(pieces) + text[at:]


def _word(how: str, text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    if how in "qQ":
        return quopri.decodestring(data.replace(b"_", b" "))
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4))
    except (binascii.Error, ValueError):
        return b""


def domain_of(text: str) -> str:
    """Return a domain in the form of DNS; "" where it cannot be one."""
    return host_name(text.strip(" ."))


def file_name(text: str) -> str:
    """Return a file's name with its spaces as they are: a run of them pushes its end out of sight."""
    return _CONTROLS.sub(" ", _words(decoded(text.encode("utf-8", "surrogateescape")).text))[:300]


def unfolded(data: bytes) -> str:
    """Return a header on one line, its encoded words as they are."""
    data = _FOLD.sub(b" ", data) if b"\n" in data else data
    return one_line(decoded(data).text[:VALUE_CHARACTERS])


def addresses(text: str, at_most: int = 50) -> list[Address]:
    """Return whom a header names (encoded words still in it), as mail programs show it.

    What is no address keeps its name alone. Python's own reader answers malformed headers, which
    are what matters here, differently from version to version.
    """
    found = []
    text = _CONTROLS.sub(" ", text[:VALUE_CHARACTERS])  # a text that quotes heads may have any
    for piece in _PIECES.findall(text)[: at_most * 2]:
        angles = _IN_ANGLES.search(piece)
        address = angles or _ADDRESS.search(piece)
        plain = (angles[1] if angles else address[0] if address else "").lower()
        name = piece[: address.start()] if address else piece
        comment = _COMMENT.search(piece) if not name.strip(' <"') and address else None
        name = (
            one_line(_words(comment[0][1:-1] if comment else name))
            .strip(" \"'<")
            .replace('\\"', '"')
        )
        if name or plain:
            domain = domain_of(plain.rpartition("@")[2]) if "@" in plain else ""
            found.append(Address(name[:300], plain[:320], domain))
    return found[:at_most]


def hops(received: Sequence[bytes]) -> tuple[Hop, ...]:
    """Return the servers of the newest Received line; whoever sent a mail may have written the others."""
    return tuple(_hop(one_line(line.decode("latin-1"))[:1000]) for line in received[:1])


def _hop(line: str) -> Hop:
    helo, by, named = _FROM.match(line), _BY.search(line.lower()), _NAMED.search(line)
    ip = named[2] if named else ""
    try:
        ip = str(ipaddress.ip_address(ip))
    except ValueError:
        ip = ""
    name = (named[1] or "") if named and ip else ""
    return Hop(
        helo[1].strip("[]").lower() if helo else "",
        name.lower() if name.lower() != "unknown" else "",
        ip,
        by[1] if by else "",
    )


def signed_by(headers: Sequence[tuple[str, bytes]]) -> tuple[str, ...]:
    """Return the domains of all DKIM signatures; that proves nothing yet."""
    lines = [line.decode("latin-1") for name, line in headers if name == "dkim-signature"]
    found = (_DKIM_DOMAIN.search(one_line(line)) for line in lines[:10])
    return tuple(dict.fromkeys(domain_of(each[1]) for each in found if each))


def verified(
    headers: Sequence[tuple[str, bytes]], own_servers: Sequence[str] = ()
) -> tuple[Verified, ...]:
    """Return the results that the receiving server itself wrote.

    Anybody can put such a header into a mail. A server writes its own above its Received line;
    what stands below may be the sender's. So only the topmost one counts, and only above the first
    line that says from where, or right below it from a server that is known to write there.
    ``own_servers``: further such servers of the receiver's own.
    """
    below = {*_STAMPS_BELOW, *own_servers}
    found: tuple[Verified, ...] | None = None
    boundary = ""
    for name, data in headers:
        if name not in ("received", "authentication-results"):
            continue
        line = one_line(data.decode("latin-1"))[:VALUE_CHARACTERS]
        if name == "authentication-results":
            server = line.partition(";")[0].split()[:1]
            if found is None and (not boundary or server == [boundary]):
                found = tuple(_results(line))
            if boundary:
                return found or ()
        elif _FROM.match(line):
            by = _BY.search(line.lower())
            if found is not None or boundary or by is None or by[1] not in below:
                return found or ()
            boundary = by[1]
    return ()


def _results(line: str) -> Iterator[Verified]:
    for piece in _COMMENT.sub("", line).split(";")[1:20]:
        found = _RESULT.match(piece)
        if found:
            method = found[1].lower()
            about = _SPOKEN_OF[method].search(found[3]) if method in _SPOKEN_OF else None
            yield Verified(method, found[2].lower(), domain_of(about[1]) if about else "")
