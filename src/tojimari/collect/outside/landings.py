"""Other names of the owner that visitors of a site are led to, and what their certificates are worth.

Who types ``example.co.jp`` often lands on ``www.example.co.jp``: a warning there is a warning too.
"""

import contextlib
import ssl
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpcore
import msgspec
from cryptography import x509

from tojimari.collect.host import TookTooLong, Unavailable, Unreachable
from tojimari.collect.outside.certificate import NAMES_SHOWN, names_of
from tojimari.collect.outside.egress import Egress, any_server
from tojimari.collect.outside.replies import RedirectChain
from tojimari.collect.outside.trust import browser_context, problem_of
from tojimari.collect.outside.visit import Visit
from tojimari.knowledge.domains import organisational_domain
from tojimari.model.facts import LandingCertificate

_AT_MOST = 3
"""Hosts; a redirect or two is what one sees, the rest is somebody's game."""
_SECONDS = 4.0
"""For each of the two handshakes: one to see, one to believe."""
_PORT = 443
_TODAY = ("TLSv1.2", "TLSv1.3")
"""What browsers of today speak (RFC 8996)."""


def landings(visit: Visit) -> tuple[LandingCertificate, ...]:
    """Return the names that visitors are led to with their certificates, in that order.

    Only names of the site's owner that are opened over TLS; somebody else's certificate is not the
    owner's to mend. Raises TookTooLong where it was not seen in time where the site leads to.
    """
    hosts: dict[tuple[str, int], None] = {}
    for url in _steps(visit):
        parts = urlsplit(url)
        host = (parts.hostname or "").removesuffix(".")
        if parts.scheme == "https" and host != visit.target.site and _own(visit, url, host):
            hosts[host, parts.port or _PORT] = None
    return tuple(
        landing_certificate(visit.egress, host, port) for host, port in list(hosts)[:_AT_MOST]
    )


def typed(visit: Visit) -> tuple[LandingCertificate, ...]:
    """Return the site's name with or without ``www.``, as people type it too, with its certificate.

    Nothing where that name is not answered over TLS, and for names further down: nobody types www
    before them.
    """
    site = visit.target.site
    bare = site.removeprefix("www.")
    other = bare if site != bare else f"www.{bare}"
    if organisational_domain(bare) != bare:
        return ()
    try:
        visit.egress.connect(other, _PORT, seconds=_SECONDS).close()
    except Unavailable:
        return ()
    row = landing_certificate(visit.egress, other, _PORT)
    return (row,) if row.not_after is not None else ()


def _steps(visit: Visit) -> Iterator[str]:
    """Yield every address on the way from http and from https."""
    asks: tuple[Callable[[], RedirectChain | None], ...] = (
        visit.plain,
        visit.secure,
        visit.plain_by_page,
    )
    for ask in asks:
        try:
            chain = ask()
            yield from (reply.url for reply in (chain.replies if chain else ()))
        except TookTooLong:
            raise
        except Unavailable:
            continue  # where nothing answers nobody is led anywhere


def _own(visit: Visit, url: str, host: str) -> bool:
    """Say whether a step is the owner's; a name with and without ``www.`` has one owner."""
    return visit.owns(url) or host.removeprefix("www.") == visit.target.site.removeprefix("www.")


def landing_certificate(egress: Egress, host: str, port: int) -> LandingCertificate:
    """Return what is seen of one name's certificate; it answers or it does not, nothing raises."""
    seen = LandingCertificate(host[:253], trusted=None, problem=None, names=(), not_after=None)
    try:
        version, leaf = _handshake(egress, host, port, any_server())
        names, end = tuple(names_of(leaf)[:NAMES_SHOWN]), leaf.not_valid_after_utc
        seen = msgspec.structs.replace(seen, names=names, not_after=end)
        if version not in _TODAY:
            return msgspec.structs.replace(seen, problem="only_old")
        _handshake(egress, host, port, browser_context(egress))
    except ssl.SSLCertVerificationError as error:
        return msgspec.structs.replace(seen, trusted=False, problem=problem_of(error))
    except (Unavailable, ssl.SSLError, ValueError):
        return seen  # answered a moment ago and not now: not known
    return msgspec.structs.replace(seen, trusted=True)


def _handshake(
    egress: Egress, host: str, port: int, context: ssl.SSLContext
) -> tuple[str | None, x509.Certificate]:
    """Return (version, the server's certificate). Raises Unavailable, ssl.SSLError, ValueError."""
    egress.wait_turn(host)
    try:
        with contextlib.closing(egress.stream(host, port, seconds=_SECONDS)) as stream:
            found = stream.start_tls(context, host).get_extra_info("ssl_object")
            assert isinstance(found, ssl.SSLObject)  # noqa: S101  # TLS was started
            return found.version(), x509.load_der_x509_certificate(found.getpeercert(True) or b"")
    except (httpcore.TimeoutException, TimeoutError) as error:
        raise TookTooLong(f"{host}: TLS") from error
    except (httpcore.ConnectError, httpcore.NetworkError) as error:
        if isinstance(error.__cause__, ssl.SSLError):
            raise error.__cause__ from error
        raise Unreachable(f"{host}: {error}"[:200]) from error
