"""The only way out: names are resolved once and pinned, private addresses are refused.

Everything a looker says to another machine goes through one Door, so that every limit (where to,
how often, how long, how much) is kept in one place. Servers are hostile until the bytes are read.
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
from tojimari.collect.host import Nonsense, Refused, TookTooLong, Unavailable, Unreachable
from tojimari.lib.printable import printable

AGENT = f"Tojimari/{__version__} (+security check asked for by the site's owner)"
BODY_BYTES = 2 * 1024 * 1024
HOPS_AT_MOST = 10
REDIRECT_BYTES = 16 * 1024
REQUEST_SECONDS = 10.0
REQUESTS_A_SECOND = 20.0
"""To one machine; a browser that opens an ordinary page asks for more at once."""
LAB_REQUESTS_A_SECOND = 200.0
"""To a machine with a private address, which only a lab may ask: it is the user's own."""
RESOLVE_SECONDS = 5.0
ADDRESSES_AT_MOST = 8
URL_CHARACTERS = 8_000
_WIRE_BYTES = 64 * 1024
_REDIRECTS = (301, 302, 303, 307, 308)

# Names as DNS can hold them; anything else would be read in another way by somebody on the path.
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
# 127.1, 0x7f.1, 2130706433: old spellings of an address, which some resolvers still understand.
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
# Where clouds tell a machine its own secrets. Nobody's test server, so refused in a lab as well.
# 169.254.0.0/16 by RFC 3927; the others are Azure, Oracle, Alibaba and Amazon over IPv6.
_METADATA = tuple(
    ipaddress.ip_network(net)
    for net in (
        "169.254.0.0/16",
        "168.63.129.16/32",
        "192.0.0.192/32",
        "100.100.100.200/32",
        "fd00:ec2::254/128",
    )
)
# Special by RFC 6890 and RFC 7526, but "global" to the ipaddress module of some Python versions.
_SPECIAL = tuple(
    ipaddress.ip_network(net) for net in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23")
)
_UNICAST = ipaddress.ip_network("2000::/3")  # all that is given out to anybody so far (RFC 4291)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052


class Reply(msgspec.Struct, frozen=True):
    """One answer of a web server.

    Attributes:
        url: what was asked for.
        status: HTTP status code.
        headers: (name in lower case, value) in the order they came; names may repeat.
        body: the decoded body, at most ``limit`` bytes.
        cut: the body was longer than that.
        version: HTTP version, e.g. ``HTTP/1.1``.
    """

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    cut: bool = False
    version: str = "HTTP/1.1"

    def header(self, name: str) -> str | None:
        """Return the values of a header joined with ", ", None where it was not sent."""
        values = self.every(name)
        return ", ".join(values) if values else None

    def every(self, name: str) -> list[str]:
        """Return each value of a header that may be sent more than once."""
        return [value for key, value in self.headers if key == name.lower()]


class Trail(msgspec.Struct, frozen=True):
    """A request and the redirects that were followed. ``stopped``: why no further, else ""."""

    replies: tuple[Reply, ...]
    stopped: str = ""

    @property
    def last(self) -> Reply:
        """Return where it ended."""
        return self.replies[-1]


def may_visit(address: str) -> bool:
    """Say whether an IP address is a public one, also one that is wrapped in an IPv6 address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if is_metadata(address):
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.scope_id is not None:
            return False  # means something on this machine only
        if ip in _NAT64:
            return may_visit(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip.sixtofour is not None and not may_visit(str(ip.sixtofour)):
            return False
        if ip not in _UNICAST:
            return False
        if int(ip) >> 32 & 0xFDFFFFFF == 0x5EFE:  # ISATAP (RFC 5214) ends in an IPv4 address
            return False
    if any(ip in net for net in _SPECIAL if net.version == ip.version):
        return False
    return ip.is_global and not ip.is_multicast


def is_metadata(address: str) -> bool:
    """Say whether an IP address is where a cloud keeps a machine's own secrets."""
    ip = ipaddress.ip_address(address)
    inner = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    bare = inner or ipaddress.ip_address(address.partition("%")[0])
    return any(bare in net for net in _METADATA if net.version == bare.version)


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
    return REQUESTS_A_SECOND if may_visit(address) else LAB_REQUESTS_A_SECOND


class Way(msgspec.Struct, frozen=True):
    """How doors are opened, as data that another process understands as well.

    Attributes:
        lab: a test target of the user's own; private addresses are allowed.
        name_server: (address, port) asked for every name; None for what this machine asks.
        ports: in a lab, port as it is written -> port that is dialled.
        trust: in a lab, a file (PEM) of a certificate authority to believe as well.
    """

    lab: bool = False
    name_server: tuple[str, int] | None = None
    ports: dict[int, int] = {}
    trust: Path | None = None

    def door(self) -> "Door":
        """Return a door with pins and limits of its own."""
        resolver = None
        if self.name_server is not None:
            resolver = dns.resolver.Resolver(configure=False)
            resolver.nameservers, resolver.port = [self.name_server[0]], self.name_server[1]
        return Door(lab=self.lab, resolver=resolver, ports=self.ports, trust=self.trust)


class Door:
    """The way out for one look at one target. Safe to use from several threads.

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
        """Open the door.

        ports: in a lab, port as it is written -> port that is dialled.
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
        """Return the port that is dialled for ``port``: the same, but in a lab."""
        return self._ports.get(port, port)

    def addresses(self, host: str, *, seconds: float = 2 * RESOLVE_SECONDS) -> tuple[str, ...]:
        """Return the addresses of ``host``, IPv4 first, the same ones every time.

        At most ``ADDRESSES_AT_MOST``; asking for them ends after ``seconds``. Raises Unreachable
        for an unknown name, Refused when any address is not public, TookTooLong, Nonsense.
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
        allowed = (not is_metadata(a) if self.lab else may_visit(a) for a in found)
        if not all(allowed):
            # One private address among public ones is how a name is turned against us later.
            raise Refused(f"{shown}: {', '.join(found)}"[:200])
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
        """Return a connection to a pinned address. Raises Unreachable, Refused, TookTooLong.

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
            dialled = socket.socket(family, socket.SOCK_STREAM)
            try:
                dialled.settimeout(left / (len(found) - number))
                dialled.connect((address, self.port(port)))
                return dialled
            except OSError as problem:
                dialled.close()
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
        return _Stream(self.connect(host, port, seconds=seconds), until)

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
    ) -> Trail:
        """Ask for ``url`` and follow redirects to web addresses; certificates are judged elsewhere.

        allow: called with every address before it is asked for; raises Unavailable for those that
            may not be.

        ``seconds`` is for all of it, ``limit`` (bytes) for each body. Raises Unreachable, Refused,
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
                replies.append(self._one(url, method, headers or {}, limit, until, follow))
            except Unavailable as error:
                if not replies:
                    raise
                stopped = f"{type(error).__name__}: {error}"[:200]
                break
            target = replies[-1].header("location")
            if replies[-1].status not in _REDIRECTS or not target:
                break
            if len(replies) > follow:
                stopped = "too many redirects" if follow else ""
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
                stopped = "redirect loop"
                break
        return Trail(tuple(replies), stopped)

    def _one(
        self,
        url: str,
        method: str,
        headers: Mapping[str, str],
        limit: int,
        until: float,
        follow: int,
    ) -> Reply:
        asked = printable(url[:100])
        scheme, name, port, target = _parts(url)
        if not self.lab and port not in (80, 443) and port < 1024:
            # A page must not be able to make us talk to somebody's mail server or printer.
            raise Refused(f"{asked}: port {port}")
        self.addresses(name, seconds=until - time.monotonic())
        self.wait_turn(name, until=until)
        shown = f"[{name}]" if ":" in name else name
        usual = 443 if scheme == "https" else 80
        sent = {
            "host": shown if port == usual else f"{shown}:{port}",
            "user-agent": AGENT,
            "accept": "*/*",
            "accept-encoding": "gzip",
            "connection": "close",
            **headers,
        }
        left = until - time.monotonic()
        if left <= 0:
            raise TookTooLong(asked)
        within = dict.fromkeys(("connect", "read", "write", "pool"), left)
        try:
            with (
                httpcore.ConnectionPool(
                    ssl_context=any_server(), network_backend=_Pinned(self, until)
                ) as pool,
                pool.stream(
                    method,
                    httpcore.URL(
                        scheme=scheme.encode(), host=name.encode(), port=port, target=target
                    ),
                    headers=[(k.encode(), v.encode("latin-1", "replace")) for k, v in sent.items()],
                    extensions={"timeout": within},
                ) as answer,
            ):
                found = tuple(
                    (printable(k.decode("latin-1").lower()), printable(v.decode("latin-1")))
                    for k, v in answer.headers
                )
                packed = any(
                    k == "content-encoding" and v.strip().lower() in ("gzip", "x-gzip")
                    for k, v in found
                )
                if follow and answer.status in _REDIRECTS:
                    limit = min(limit, REDIRECT_BYTES)  # nobody reads what stands there
                body, cut = _read(answer.iter_stream(), packed, limit, until)
                version = answer.extensions.get("http_version", b"HTTP/1.1").decode("latin-1")
                return Reply(url, answer.status, found, body, cut, version)
        except (httpcore.TimeoutException, TimeoutError) as error:
            raise TookTooLong(asked) from error
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, zlib.error) as error:
            raise Nonsense(printable(f"{asked}: {error}")[:200]) from error
        except (httpcore.NetworkError, OSError) as error:
            raise Unreachable(printable(f"{asked}: {error}")[:200]) from error


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
        # The codec needs much time for long text; no host name is longer (RFC 1035).
        name = host if host.isascii() else host[:254].encode("idna").decode().lower()
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
    """Dials only what the door has resolved, within one deadline for everything."""

    def __init__(self, door: Door, until: float) -> None:
        self._door, self._until = door, until

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
            connected = self._door.connect(host, port, seconds=max(0.01, left))
        except TookTooLong as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except Unavailable as error:
            raise httpcore.ConnectError(str(error)) from error
        return _Stream(connected, self._until)


class _Stream(httpcore.NetworkStream):
    """A socket on which every read and write ends with the deadline: a slow drip gains nothing."""

    def __init__(self, connected: socket.socket, until: float) -> None:
        self._socket, self._until = connected, until

    def _set(self, late: type[httpcore.TimeoutException]) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise late("deadline")
        self._socket.settimeout(left)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._set(httpcore.ReadTimeout)
        try:
            return self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        while rest:
            self._set(httpcore.WriteTimeout)
            try:
                rest = rest[self._socket.send(rest) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout(str(error)) from error
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        try:
            return _Secured(self, ssl_context, server_hostname)
        except (httpcore.TimeoutException, httpcore.NetworkError):
            self.close()
            raise

    def get_extra_info(self, info: str) -> object:
        return self._socket if info == "socket" else None


class _Secured(httpcore.NetworkStream):
    """TLS over a stream, fed by us a piece at a time.

    An ssl.SSLSocket reads on for as long as only tickets and key updates come, past any timeout;
    here the deadline is looked at between the pieces.
    """

    def __init__(self, stream: _Stream, context: ssl.SSLContext, name: str | None) -> None:
        self._stream = stream
        self._from, self._to = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            self._tls = context.wrap_bio(self._from, self._to, server_hostname=name)
        except ValueError as error:  # a name that cannot be sent, e.g. one that starts with a dot
            raise httpcore.ConnectError(str(error)) from error
        try:
            while True:
                try:
                    self._tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    self._more()
            self._flush()
        except ssl.SSLError as error:
            raise httpcore.ConnectError(str(error)) from error

    def _flush(self) -> None:
        if waiting := self._to.read():
            self._stream.write(waiting)

    def _more(self) -> None:
        self._flush()
        piece = self._stream.read(_WIRE_BYTES)
        if piece:
            self._from.write(piece)
        else:
            self._from.write_eof()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while True:
            try:
                return self._tls.read(max_bytes)
            except ssl.SSLWantReadError:
                self._more()
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                return b""  # many servers hang up without saying goodbye
            except ssl.SSLError as error:
                raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        try:
            self._tls.write(buffer)
        except ssl.SSLError as error:
            raise httpcore.WriteError(str(error)) from error
        self._flush()

    def close(self) -> None:
        with contextlib.suppress(httpcore.TimeoutException, httpcore.NetworkError):
            self._stream.close()

    def get_extra_info(self, info: str) -> object:
        return self._tls if info == "ssl_object" else self._stream.get_extra_info(info)
