"""The only egress to other machines: names are resolved once and pinned, private addresses refused.

Everything a probe sends goes through one Egress, so that every limit (where to, how often, how
long, how much) is kept in one place. Whatever servers answer is taken for hostile.
"""

import contextlib
import ipaddress
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import dns.exception
import dns.rdatatype
import dns.resolver
import httpcore
import msgspec

from tojimari import __version__
from tojimari.collect.host import Nonsense, TookTooLong, Unavailable, Unreachable
from tojimari.collect.outside.address_policy import is_metadata_address, is_public_address
from tojimari.collect.outside.errors import NotPermitted
from tojimari.collect.outside.replies import (
    HOPS_AT_MOST,
    REDIRECT_LOOP,
    TOO_MANY_REDIRECTS,
    RedirectChain,
    Reply,
)
from tojimari.collect.outside.streams import DeadlineStream
from tojimari.lib.printable import printable
from tojimari.model import ascii_form

AGENT = f"Tojimari/{__version__} (+security check asked for by the site's owner)"
BODY_BYTES = 2 * 1024 * 1024
REDIRECT_BYTES = 16 * 1024
REQUEST_SECONDS = 10.0
REQUESTS_A_SECOND = 20.0
"""To one machine; a browser that opens an ordinary page asks for more at once."""
LAB_REQUESTS_A_SECOND = 200.0
"""To a machine with a private address, which only a lab may ask: it is the user's own."""
RESOLVE_SECONDS = 5.0
ADDRESSES_AT_MOST = 8
URL_CHARACTERS = 8_000
_REDIRECTS = (301, 302, 303, 307, 308)

# Names as DNS can hold them; anything else would be read in another way by somebody on the path.
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
# 127.1, 0x7f.1, 2130706433: old spellings of an address, which some resolvers still understand.
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")


@contextlib.contextmanager
def dns_errors(name: str, kind: str) -> Iterator[None]:
    """Turn what DNS raises into TookTooLong and Unreachable."""
    try:
        yield
    except dns.exception.Timeout as error:
        raise TookTooLong(f"DNS {name} {kind}") from error
    except dns.exception.DNSException as error:
        raise Unreachable(printable(f"DNS {name} {kind}: {error}")[:200]) from error


def pace_for(address: str) -> float:
    """Return how many requests a second a machine is sent where nothing else is said."""
    return REQUESTS_A_SECOND if is_public_address(address) else LAB_REQUESTS_A_SECOND


class EgressSettings(msgspec.Struct, frozen=True):
    """What an egress is made with, as data that another process understands as well.

    Attributes:
        lab: a test target of the user's own; private addresses are allowed.
        name_server: (address, port) asked for every name; None for what this machine asks.
        ports: in a lab, port as it is written -> port that is connected to.
        trust: in a lab, a file (PEM) of a certificate authority to believe as well.
    """

    lab: bool = False
    name_server: tuple[str, int] | None = None
    ports: dict[int, int] = {}
    trust: Path | None = None

    def open(self) -> "Egress":
        """Return an egress with pins and limits of its own."""
        resolver = None
        if self.name_server is not None:
            resolver = dns.resolver.Resolver(configure=False)
            resolver.nameservers, resolver.port = [self.name_server[0]], self.name_server[1]
        return Egress(lab=self.lab, resolver=resolver, ports=self.ports, trust=self.trust)


class Egress:
    """The egress for one visit to one target. Safe to use from several threads.

    Attributes:
        lab: a test target of the user's own; private addresses are allowed.
        resolver: asked for every name.
        trust: a further certificate authority to believe, of a lab.
    """

    def __init__(
        self,
        *,
        lab: bool = False,
        resolver: dns.resolver.Resolver | None = None,
        ports: Mapping[int, int] | None = None,
        trust: Path | None = None,
        requests_a_second: float | None = None,
    ) -> None:
        """Connect to nobody yet.

        ports: in a lab, port as it is written -> port that is connected to.
        trust: in a lab, a file (PEM) of a certificate authority to believe as well.
        """
        self.lab = lab
        self.resolver = resolver or _system_resolver()
        self.resolver.lifetime = RESOLVE_SECONDS
        self._ports = dict(ports or {}) if lab else {}
        self.trust = trust if lab else None
        self._pace = requests_a_second
        self._pins: dict[str, tuple[str, ...] | Unavailable] = {}
        self._asking: dict[str, threading.Lock] = {}
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def port(self, port: int) -> int:
        """Return the port that is connected to for ``port``: the same, but in a lab."""
        return self._ports.get(port, port)

    def addresses(self, host: str, *, seconds: float = 2 * RESOLVE_SECONDS) -> tuple[str, ...]:
        """Return the addresses of ``host``, IPv4 first, the same ones every time.

        At most ``ADDRESSES_AT_MOST``; asking for them ends after ``seconds``. Raises Unreachable
        for an unknown name, NotPermitted when any address is not public, TookTooLong, Nonsense.
        """
        until = time.monotonic() + seconds
        name = host.strip("[]").removesuffix(".").lower()
        with self._lock:
            asking = self._asking.setdefault(name, threading.Lock())
        # One question at a time for a name: others wait for its answer instead of asking again.
        if not asking.acquire(timeout=max(0.0, seconds)):
            raise TookTooLong(f"DNS {printable(name)[:100]}")
        try:
            found = self._pins.get(name)
            if found is None:
                try:
                    found = self._resolved(name, until)
                except TookTooLong:
                    raise  # may go better next time; everything else stays as it was first seen
                except Unavailable as error:
                    found = error
                self._pins[name] = found
        finally:
            asking.release()
        if isinstance(found, Unavailable):
            raise type(found)(*found.args)
        return found

    def _resolved(self, name: str, until: float) -> tuple[str, ...]:
        shown = printable(name)[:100]
        try:
            found = [str(ipaddress.ip_address(name))]
        except ValueError:
            if not _NAME.fullmatch(name) or _NUMBER.fullmatch(name):
                raise Nonsense(f"{shown}: no name of a computer") from None
            found = [
                record.to_text()
                for kind in ("A", "AAAA")
                for record in self.ask(name, kind, seconds=until - time.monotonic())
            ]
        if not found:
            raise Unreachable(f"{shown}: no address")
        allowed = (not is_metadata_address(a) if self.lab else is_public_address(a) for a in found)
        if not all(allowed):
            # One private address among public ones is how a name is turned against us later.
            raise NotPermitted(f"{shown}: {', '.join(found)}"[:200])
        return tuple(found[:ADDRESSES_AT_MOST])

    def ask(self, name: str, kind: str, *, seconds: float = RESOLVE_SECONDS) -> list[Any]:
        """Return the records of ``kind`` at ``name``, none where name or kind is not there.

        Raises TookTooLong, Unreachable when DNS gives no answer.
        """
        if seconds <= 0:
            raise TookTooLong(f"DNS {name} {kind}")
        with dns_errors(name, kind):
            try:
                lifetime = min(RESOLVE_SECONDS, seconds, self.resolver.lifetime)
                return list(self.resolver.resolve(name, kind, search=False, lifetime=lifetime))
            except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
                return []

    def connect(self, host: str, port: int, *, seconds: float = REQUEST_SECONDS) -> socket.socket:
        """Return a connection to a pinned address. Raises Unreachable, NotPermitted, TookTooLong.

        Each address gets its share of ``seconds``: one that never answers does not use up all.
        The cause of Unreachable is the OSError, e.g. ConnectionRefusedError.
        """
        error: OSError | None = None
        until = time.monotonic() + seconds
        found = self.addresses(host, seconds=seconds)
        for number, address in enumerate(found):
            left = until - time.monotonic()
            if left <= 0:
                break
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            connection = socket.socket(family, socket.SOCK_STREAM)
            try:
                connection.settimeout(left / (len(found) - number))
                connection.connect((address, self.port(port)))
                return connection
            except OSError as problem:
                connection.close()
                error = problem
        if error is None or isinstance(error, TimeoutError):
            raise TookTooLong(f"{host}:{port}: {seconds:g} s")
        raise Unreachable(f"{host}:{port}: {error}"[:200]) from error

    def stream(self, host: str, port: int, *, seconds: float) -> httpcore.NetworkStream:
        """Return a connection as ``connect`` does, on which all that follows ends in ``seconds``.

        What comes too late raises httpcore.TimeoutException, a connection that breaks
        httpcore.NetworkError; a handshake that fails httpcore.ConnectError, caused by ssl.SSLError.
        """
        until = time.monotonic() + seconds
        return DeadlineStream(self.connect(host, port, seconds=seconds), until)

    def wait_turn(self, host: str, *, until: float | None = None) -> None:
        """Wait until the machine behind ``host`` may be asked again.

        Names of one address share its turns. Raises TookTooLong where the turn comes only after
        ``until`` (time.monotonic), and what ``addresses`` raises.
        """
        machine = self.addresses(host)[0]
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next.get(machine, 0.0))
            if until is not None and turn > until:
                raise TookTooLong(f"{host}: too many requests wait")
            self._next[machine] = turn + 1 / (self._pace or pace_for(machine))
        time.sleep(max(0.0, turn - now))

    def get(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        limit: int = BODY_BYTES,
        follow: int = HOPS_AT_MOST,
        seconds: float = REQUEST_SECONDS,
        allow: Callable[[str], None] | None = None,
        believed: bool = False,
    ) -> RedirectChain:
        """Ask for ``url`` and follow redirects to web addresses; certificates are judged elsewhere.

        allow: called with every address before it is asked for; raises Unavailable for those that
            may not be.
        believed: only servers with a certificate that this machine believes are asked, for what
            is to be used and not only looked at; others are Unreachable.

        ``seconds`` is for all of it, ``limit`` (bytes) for each body. Raises Unreachable, NotPermitted,
        TookTooLong, Nonsense when the first request gives no answer.
        """
        until = time.monotonic() + seconds
        replies: list[Reply] = []
        seen = set()
        stopped = ""
        while True:
            seen.add(url)
            try:
                if allow is not None:
                    allow(url)
                context = self._believing() if believed else any_server()
                replies.append(self._one(url, method, headers or {}, limit, until, follow, context))
            except Unavailable as error:
                if not replies:
                    raise
                stopped = f"{type(error).__name__}: {error}"[:200]
                break
            target = replies[-1].header("location")
            if replies[-1].status not in _REDIRECTS or not target:
                break
            if len(replies) > follow:
                stopped = TOO_MANY_REDIRECTS if follow else ""
                break
            try:
                url = urljoin(url, target[: URL_CHARACTERS + 1].strip())
                scheme = urlsplit(url).scheme
            except ValueError:
                scheme = ""
            if scheme not in ("http", "https"):
                stopped = "redirect to no web address"
                break
            if url in seen:
                stopped = REDIRECT_LOOP
                break
        return RedirectChain(tuple(replies), stopped)

    def _believing(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.trust is not None:
            context.load_verify_locations(self.trust)
        return context

    def _one(
        self,
        url: str,
        method: str,
        headers: Mapping[str, str],
        limit: int,
        until: float,
        follow: int,
        context: ssl.SSLContext,
    ) -> Reply:
        asked = printable(url[:100])
        scheme, name, port, target = _parts(url)
        if not self.lab and port not in (80, 443) and port < 1024:
            # A page must not be able to make us talk to somebody's mail server or printer.
            raise NotPermitted(f"{asked}: port {port}")
        self.addresses(name, seconds=until - time.monotonic())
        self.wait_turn(name, until=until)
        left = until - time.monotonic()
        if left <= 0:
            raise TookTooLong(asked)
        within = dict.fromkeys(("connect", "read", "write", "pool"), left)
        try:
            with (
                httpcore.ConnectionPool(
                    ssl_context=context, network_backend=_Pinned(self, until)
                ) as pool,
                pool.stream(
                    method,
                    httpcore.URL(
                        scheme=scheme.encode(), host=name.encode(), port=port, target=target
                    ),
                    headers=_sent_headers(scheme, name, port, headers),
                    extensions={"timeout": within},
                ) as answer,
            ):
                found = tuple(
                    (printable(k.decode("latin-1").lower()), printable(v.decode("latin-1")))
                    for k, v in answer.headers
                )
                if follow and answer.status in _REDIRECTS:
                    limit = min(limit, REDIRECT_BYTES)  # nobody reads what stands there
                body, cut = _read(answer.iter_stream(), _is_gzip(found), limit, until)
                version = answer.extensions.get("http_version", b"HTTP/1.1").decode("latin-1")
                return Reply(url, answer.status, found, body, cut, version)
        except (httpcore.TimeoutException, TimeoutError) as error:
            raise TookTooLong(asked) from error
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, zlib.error) as error:
            raise Nonsense(printable(f"{asked}: {error}")[:200]) from error
        except (httpcore.NetworkError, OSError) as error:
            raise Unreachable(printable(f"{asked}: {error}")[:200]) from error


def _sent_headers(
    scheme: str, name: str, port: int, more: Mapping[str, str]
) -> list[tuple[bytes, bytes]]:
    shown = f"[{name}]" if ":" in name else name
    usual = 443 if scheme == "https" else 80
    sent = {
        "host": shown if port == usual else f"{shown}:{port}",
        "user-agent": AGENT,
        "accept": "*/*",
        "accept-encoding": "gzip",
        "connection": "close",
        **more,
    }
    return [(key.encode(), value.encode("latin-1", "replace")) for key, value in sent.items()]


def _is_gzip(headers: Iterable[tuple[str, str]]) -> bool:
    return any(
        key == "content-encoding" and value.strip().lower() in ("gzip", "x-gzip")
        for key, value in headers
    )


def _system_resolver() -> dns.resolver.Resolver:
    try:
        return dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        return dns.resolver.Resolver(configure=False)  # knows no server: each name is unreachable


def _parts(url: str) -> tuple[str, str, int, bytes]:
    """Return scheme, host name in ASCII, port and what stands in the request line.

    User names and passwords before an @ are dropped. Raises Nonsense for what is no web address.
    """
    asked = printable(url[:100])
    if len(url) > URL_CHARACTERS:
        raise Nonsense(f"{asked}: too long")
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port if parts.port is not None else (443 if parts.scheme == "https" else 80)
        name = ascii_form(host)
    except (ValueError, UnicodeError) as error:
        raise Nonsense(printable(f"{asked}: {error}")[:200]) from error
    name = name.removesuffix(".")
    if parts.scheme not in ("http", "https") or not name or not port:
        raise Nonsense(f"{asked}: no web address")
    return (
        parts.scheme,
        name,
        port,
        _quoted((parts.path or "/") + (f"?{parts.query}" if parts.query else "")),
    )


def _quoted(target: str) -> bytes:
    """Return path and query as bytes a request line may hold."""
    return b"".join(
        bytes([byte]) if 0x20 < byte < 0x7F else f"%{byte:02X}".encode()
        for byte in target.encode("utf-8", "replace")
    )


@cache
def any_server() -> ssl.SSLContext:
    """Return a context that talks to any server: what is wrong with it is what we came to see."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    context.options |= ssl.OP_NO_RENEGOTIATION  # a server could ask for it for ever
    return context


def _read(chunks: Iterable[bytes], packed: bool, limit: int, until: float) -> tuple[bytes, bool]:
    """Return at most ``limit`` decoded bytes and whether there was more: bombs burst here.

    What follows the end of packed bytes is not read (browsers ignore it as well); packed bytes
    that end too early count as cut.
    """
    unpack = zlib.decompressobj(wbits=31) if packed else None
    body = bytearray()
    for chunk in chunks:
        body += unpack.decompress(chunk, limit + 1 - len(body)) if unpack else chunk
        if len(body) > limit:
            return bytes(body[:limit]), True
        if unpack and unpack.eof:
            return bytes(body), False
        if time.monotonic() > until:
            raise TookTooLong("body")
    return bytes(body), bool(unpack and body and not unpack.eof)


class _Pinned(httpcore.NetworkBackend):
    """Connects only to what the egress has resolved, within one deadline for everything."""

    def __init__(self, egress: Egress, until: float) -> None:
        self._egress, self._until = egress, until

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._until - time.monotonic()
        try:
            connected = self._egress.connect(host, port, seconds=max(0.01, left))
        except TookTooLong as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except Unavailable as error:
            raise httpcore.ConnectError(str(error)) from error
        return DeadlineStream(connected, self._until)
