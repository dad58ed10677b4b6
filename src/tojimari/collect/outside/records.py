"""Questions to DNS, through the resolver of the egress; an absent record is not the same as no answer."""

import time
from typing import Any

import dns.exception
import dns.nameserver
import dns.resolver

from tojimari.collect.host import Nonsense
from tojimari.collect.outside.egress import Egress, dns_errors

TEXTS_AT_MOST = 100
TEXT_BYTES = 4096
QUESTIONS_AT_MOST = 60
"""What one record may make us ask: SPF allows ten look-ups, each of which may need several."""


def exists(egress: Egress, name: str) -> bool:
    """Return whether there is anything at or below ``name`` (RFC 8020). Raises as ``Egress.ask``."""
    with dns_errors(name, "TXT"):
        try:
            egress.resolver.resolve(name, "TXT", search=False, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return False
        return True


def texts(egress: Egress, name: str) -> list[str]:
    """Return the TXT records at ``name``, each joined to one text. Raises as ``Egress.ask``.

    What is longer than any record has a reason to be is cut, and so not well-formed any more.
    """
    return [
        b"".join(record.strings)[:TEXT_BYTES].decode("utf-8", "replace")
        for record in egress.ask(name, "TXT")[:TEXTS_AT_MOST]
    ]


class Bounded(dns.resolver.Resolver):
    """The resolver of an egress for a library that asks by itself: so many questions, so long.

    Attributes:
        gave_up: a question was not answered in time, or was one too many; what the library
            concludes from that is no conclusion.
    """

    def __init__(self, egress: Egress, seconds: float) -> None:
        """Ask whom ``egress`` asks, for ``seconds`` in all."""
        super().__init__(configure=False)
        self.nameservers = list(servers(egress))
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


def servers(egress: Egress) -> list[dns.nameserver.Nameserver]:
    """Return the name servers that ``egress`` asks, each with its port."""
    found = []
    for one in egress.resolver.nameservers:
        if isinstance(one, dns.nameserver.Nameserver):
            found.append(one)
        else:
            found.append(dns.nameserver.Do53Nameserver(str(one), egress.resolver.port))
    if not found:
        raise Nonsense("no name server")
    return found
