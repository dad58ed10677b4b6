"""Questions to DNS, through the door's resolver: an absent record is one thing, no answer another."""

import time
from typing import Any

import dns.exception
import dns.nameserver
import dns.resolver

from tojimari.collect.host import Nonsense
from tojimari.collect.outside.door import Door, dns_errors

TEXTS_AT_MOST = 100
TEXT_BYTES = 4096
QUESTIONS_AT_MOST = 60
"""What one record may make us ask: SPF allows ten look-ups, each of which may need several."""


def exists(door: Door, name: str) -> bool:
    """Return whether there is anything at or below ``name`` (RFC 8020). Raises as ``Door.ask``."""
    with dns_errors(name, "TXT"):
        try:
            door.resolver.resolve(name, "TXT", search=False, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return False
        return True


def texts(door: Door, name: str) -> list[str]:
    """Return the TXT records at ``name``, each joined to one text. Raises as ``Door.ask``.

    What is longer than any record has a reason to be is cut, and so not well-formed any more.
    """
    return [
        b"".join(record.strings)[:TEXT_BYTES].decode("utf-8", "replace")
        for record in door.ask(name, "TXT")[:TEXTS_AT_MOST]
    ]


class Bounded(dns.resolver.Resolver):
    """The door's resolver for a library that asks by itself: so many questions, so long.

    Attributes:
        gave_up: a question was not answered in time, or was one too many; what the library
            concludes from that is no conclusion.
    """

    def __init__(self, door: Door, seconds: float) -> None:
        """Ask whom ``door`` asks, for ``seconds`` in all."""
        super().__init__(configure=False)
        self.nameservers = list(servers(door))
        self._until = time.monotonic() + seconds
        self._left = QUESTIONS_AT_MOST
        self.gave_up = False

    def resolve(self, qname: Any, *arguments: Any, **options: Any) -> dns.resolver.Answer:
        """Ask as the base class does. Raises dns.exception.Timeout beyond the limits."""
        left = self._until - time.monotonic()
        self._left -= 1
        if left <= 0 or self._left < 0:
            self.gave_up = True
            raise dns.exception.Timeout
        try:
            return super().resolve(
                qname, *arguments, **{**options, "lifetime": min(left, 5.0), "search": False}
            )
        except (dns.exception.Timeout, dns.resolver.NoNameservers, OSError):
            self.gave_up = True
            raise
        except (UnicodeError, ValueError) as error:
            # A name in a hostile record that is none; the library only knows DNS errors.
            raise dns.resolver.NXDOMAIN from error


def servers(door: Door) -> list[dns.nameserver.Nameserver]:
    """Return the name servers that ``door`` asks, each with its port."""
    found = []
    for one in door.resolver.nameservers:
        if isinstance(one, dns.nameserver.Nameserver):
            found.append(one)
        else:
            found.append(dns.nameserver.Do53Nameserver(str(one), door.resolver.port))
    if not found:
        raise Nonsense("no name server")
    return found
