"""What is looked at: a web site, a mail domain, an address. Read from what the owner typed."""

import re
from urllib.parse import urlsplit

import msgspec

from tojimari.model import TojimariError

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


class Target(msgspec.Struct, frozen=True):
    """A company as seen from outside.

    Attributes:
        site: host name of the web site, in ASCII, lower case, e.g. ``www.example.co.jp``.
        mail_domain: what stands behind the @ of its mail addresses.
        address: host name or IP address whose doors are tried; "" for none.
    """

    site: str
    mail_domain: str
    address: str = ""


def host_name(text: str) -> str:
    """Return a host name as DNS writes it. Raises TojimariError for what is none."""
    name = text.strip().rstrip(".")
    if "//" in name:
        try:
            name = urlsplit(name).hostname or ""
        except ValueError:
            name = ""
    name = name.partition("/")[0]
    try:
        ascii_ = name.encode("idna").decode().lower()
    except UnicodeError:
        ascii_ = ""
    labels = ascii_.split(".")
    fits = len(ascii_) <= 253 and len(labels) > 1 and all(_LABEL.fullmatch(p) for p in labels)
    if not fits or labels[-1].isdigit():
        raise TojimariError(
            f"「{text[:80]}」はホームページの名前として読めません。example.co.jp のように書いてください。",
            f"{text[:80]!r} is not the name of a web site. Write it like example.co.jp.",
        )
    return ascii_
