"""The only way out: names are resolved once and pinned, private addresses are refused.

Everything a looker says to another machine goes through one Door, so that every limit (where to,
how often, how long, how much) is kept in one place. Servers are hostile until the bytes are read.
"""

import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import dns.exception
import dns.rdatatype
import dns.resolver
import httpcore
import msgspec

from tojimari import __version__
from tojimari.collect.host import Nonsense, Refused, TookTooLong, Unavailable, Unreachable

AGENT = f"Tojimari/{__version__} (+security check asked for by the site's owner)"
BODY_BYTES = 2 * 1024 * 1024
REDIRECTS = 10
REQUEST_SECONDS = 10.0
RESOLVE_SECONDS = 5.0


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
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None and not may_visit(str(inner)):
            return False
    return ip.is_global and not ip.is_multicast


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
        requests_a_second: float = 10.0,
    ) -> None:
        """Open the door.

        ports: in a lab, port as it is written -> port that is dialled.
        trust: in a lab, a file (PEM) of a certificate authority to believe as well.
        """
        self.lab = lab
        self.resolver = resolver or dns.resolver.Resolver()
        self.resolver.lifetime = RESOLVE_SECONDS
        self._ports = dict(ports or {}) if lab else {}
        self.trust = trust if lab else None
        self._pause = 1 / requests_a_second
        self._pins: dict[str, tuple[str, ...]] = {}
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def port(self, port: int) -> int:
        """Return the port that is dialled for ``port``: the same, but in a lab."""
        return self._ports.get(port, port)

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return the addresses of ``host``, IPv4 first, the same ones every time.

        Raises Unreachable for an unknown name, Refused when any address is not public.
        """
        name = host.rstrip(".").lower()
        with self._lock:
            if name in self._pins:
                return self._pins[name]
        found = self._resolved(name)
        with self._lock:
            return self._pins.setdefault(name, found)

    def _resolved(self, name: str) -> tuple[str, ...]:
        try:
            found = [str(ipaddress.ip_address(name.strip("[]")))]
        except ValueError:
            found = [*self._asked(name, "A"), *self._asked(name, "AAAA")]
        if not found:
            raise Unreachable(f"{name}: no address")
        if not self.lab and not all(may_visit(address) for address in found):
            # One private address among public ones is how a name is turned against us later.
            raise Refused(f"{name}: {', '.join(found)}")
        return tuple(found)

    def _asked(self, name: str, kind: str) -> list[str]:
        try:
            answer = self.resolver.resolve(name, kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.Timeout as error:
            raise TookTooLong(f"DNS {name} {kind}") from error
        except dns.exception.DNSException as error:
            raise Unreachable(f"DNS {name} {kind}: {error}"[:200]) from error
        return [record.to_text() for record in answer]

    def connect(self, host: str, port: int, *, seconds: float = REQUEST_SECONDS) -> socket.socket:
        """Return a connection to a pinned address. Raises Unreachable, Refused, TookTooLong."""
        error: OSError | None = None
        until = time.monotonic() + seconds
        for address in self.addresses(host):
            left = until - time.monotonic()
            if left <= 0:
                break
            try:
                return socket.create_connection((address, self.port(port)), timeout=left)
            except OSError as problem:
                error = problem
        if error is None or isinstance(error, TimeoutError):
            raise TookTooLong(f"{host}:{port}: {seconds:g} s")
        raise Unreachable(f"{host}:{port}: {error}"[:200]) from error

    def wait_turn(self, host: str) -> None:
        """Wait until ``host`` may be asked again."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next.get(host, 0.0))
            self._next[host] = turn + self._pause
        time.sleep(max(0.0, turn - now))

    def get(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        limit: int = BODY_BYTES,
        follow: int = REDIRECTS,
        seconds: float = REQUEST_SECONDS,
    ) -> Trail:
        """Ask for ``url`` and follow redirects to web addresses; certificates are judged elsewhere.

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
                replies.append(self._one(url, method, headers or {}, limit, until))
            except Unavailable as error:
                if not replies:
                    raise
                stopped = f"{type(error).__name__}: {error}"[:200]
                break
            target = replies[-1].header("location")
            if replies[-1].status not in (301, 302, 303, 307, 308) or not target:
                break
            if len(replies) > follow:
                stopped = "too many redirects" if follow else ""
                break
            try:
                url = urljoin(url, target.strip())
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
        self, url: str, method: str, headers: Mapping[str, str], limit: int, until: float
    ) -> Reply:
        try:
            parts = urlsplit(url)
            host, scheme = parts.hostname or "", parts.scheme
            port = parts.port or (443 if scheme == "https" else 80)
            name = host.encode("idna").decode() if not host.isascii() else host
        except (ValueError, UnicodeError) as error:
            raise Nonsense(f"{url[:100]}: {error}") from error
        if scheme not in ("http", "https") or not name:
            raise Nonsense(f"{url[:100]}: no web address")
        self.addresses(name)
        self.wait_turn(name)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        shown = f"[{name}]" if ":" in name else name
        authority = shown if port in (80, 443) else f"{shown}:{port}"
        sent = {
            "host": authority,
            "user-agent": AGENT,
            "accept": "*/*",
            "accept-encoding": "gzip",
            "connection": "close",
            **headers,
        }
        left = until - time.monotonic()
        if left <= 0:
            raise TookTooLong(url[:200])
        within = dict.fromkeys(("connect", "read", "write", "pool"), left)
        try:
            with (
                httpcore.ConnectionPool(
                    ssl_context=_trusting(), network_backend=_Pinned(self, until)
                ) as pool,
                pool.stream(
                    method,
                    httpcore.URL(
                        scheme=scheme.encode(),
                        host=name.encode(),
                        port=port,
                        target=_quoted(target),
                    ),
                    headers=[(k.encode(), v.encode("latin-1", "replace")) for k, v in sent.items()],
                    extensions={"timeout": within},
                ) as answer,
            ):
                found = tuple(
                    (k.decode("latin-1").lower(), v.decode("latin-1")) for k, v in answer.headers
                )
                packed = any(
                    k == "content-encoding" and v.strip().lower() in ("gzip", "x-gzip")
                    for k, v in found
                )
                body, cut = _read(answer.iter_stream(), packed, limit, until)
                version = answer.extensions.get("http_version", b"HTTP/1.1").decode("latin-1")
                return Reply(url, answer.status, found, body, cut, version)
        except httpcore.TimeoutException as error:
            raise TookTooLong(url[:200]) from error
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, zlib.error) as error:
            raise Nonsense(f"{url[:100]}: {error}"[:200]) from error
        except (httpcore.NetworkError, OSError) as error:
            raise Unreachable(f"{url[:100]}: {error}"[:200]) from error


def _quoted(target: str) -> bytes:
    """Return path and query as bytes a request line may hold."""
    return b"".join(
        bytes([byte]) if 0x20 < byte < 0x7F else f"%{byte:02X}".encode()
        for byte in target.encode("utf-8", "replace")
    )


def _trusting() -> ssl.SSLContext:
    """Return a context that talks to any server: what is wrong with it is what we came to see."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
    return context


def _read(chunks: Iterable[bytes], packed: bool, limit: int, until: float) -> tuple[bytes, bool]:
    """Return at most ``limit`` decoded bytes and whether there was more: bombs burst here."""
    unpack = zlib.decompressobj(wbits=31) if packed else None
    body = bytearray()
    for chunk in chunks:
        body += unpack.decompress(chunk, limit + 1 - len(body)) if unpack else chunk
        if len(body) > limit:
            return bytes(body[:limit]), True
        if time.monotonic() > until:
            raise TookTooLong("body")
    return bytes(body), False


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

    def _set(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("deadline")
        self._socket.settimeout(left)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._set()
        try:
            return self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._set()
        try:
            self._socket.sendall(buffer)
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
        self._set()
        try:
            secured = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            self._socket.close()
            raise httpcore.ConnectError(str(error)) from error
        return _Stream(secured, self._until)

    def get_extra_info(self, info: str) -> object:
        return self._socket if info == "socket" else None
