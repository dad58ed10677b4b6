"""A stage for made-up web sites on loopback: plain and TLS servers that play what a case says, and
a name server that sends every name there.

A case: {"site": host, "hosts": {host: {"http" | "https": {path: reply}}}}; a reply is
{"status", "headers": [[name, value], ...], "body" (text or bytes), "options": the same for OPTIONS}. A missing
scheme hangs up without an answer. "*" as path stands for every other one. Hosts below ``.bad.test``
get a certificate nobody signed.
"""

import socketserver
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rdatatype
import dns.resolver
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tojimari.collect.outside.egress import Egress

GOOD = ("*.shop.test", "*.other.test", "*.preloaded.test")
BAD = ("*.bad.test",)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, authority: bool) -> x509.KeyUsage:
    names = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    never = dict.fromkeys((*names, "crl_sign", "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(digital_signature=not authority, key_cert_sign=authority, **never)


class Authority:
    """A certificate authority of the test's own; ``file`` holds its certificate."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name("test authority")
        self.certificate = self._signed(self.name, self.key, (), authority=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _signed(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        hosts: tuple[str, ...],
        *,
        authority: bool = False,
        alone: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name if alone else self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            # From 3.13 on Python asks for these (RFC 5280, 4.2.1.1 to 4.2.1.3).
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(
                    (key if alone else self.key).public_key()
                ),
                critical=False,
            )
            .add_extension(_usage(authority=authority), critical=True)
        )
        if hosts:
            names = [x509.DNSName(host) for host in hosts]
            made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return made.sign(key if alone else self.key, hashes.SHA256())

    def pem(self, hosts: tuple[str, ...], *, alone: bool = False) -> Path:
        """Write certificate and key for ``hosts``, signed by nobody when ``alone``."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._signed(_name(hosts[0]), key, hosts, alone=alone)
        path = self.folder / f"{hosts[0].replace('*', 'any')}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        return path


class _Names(socketserver.BaseRequestHandler):
    """Answers every question for an address with 127.0.0.1."""

    def handle(self) -> None:
        data, egress = self.request
        asked = dns.message.from_wire(data)
        answer = dns.message.make_response(asked)
        answer.flags |= dns.flags.RA
        question = asked.question[0]
        if question.rdtype == dns.rdatatype.A:
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", "A", "127.0.0.1"))
        egress.sendto(answer.to_wire(), self.client_address)


class _Site(socketserver.StreamRequestHandler):
    """Answers one request and hangs up."""

    server: "_Web"
    timeout = 5

    def setup(self) -> None:
        context = self.server.context
        if context is not None:
            self.request = context.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        line = self.rfile.readline().decode("latin-1").split()
        sent: dict[str, str] = {}
        while (header := self.rfile.readline().strip()) and b":" in header:
            name, _, value = header.decode("latin-1").partition(":")
            sent[name.lower()] = value.strip()
        if len(line) > 1 and self.server.heard is not None:
            self.server.heard(line[0], line[1], sent.get("user-agent", ""))
        reply = self.server.reply(sent.get("host", ""), line[1]) if len(line) > 1 else None
        if reply is not None:
            if line[0] == "OPTIONS":
                reply = reply.get("options") or {"status": 405}
            self.wfile.write(_bytes(reply, sent.get("origin", "")))

    def finish(self) -> None:
        super().finish()
        if self.server.context is not None:
            self.request.close()


def _bytes(reply: dict[str, Any], origin: str) -> bytes:
    body = reply.get("body", "")
    body = body if isinstance(body, bytes) else body.encode()
    lines = [f"HTTP/1.1 {reply.get('status', 200)} told"]
    lines += [
        f"{name}: {value.replace('{origin}', origin)}" for name, value in reply.get("headers", ())
    ]
    lines += [f"content-length: {len(body)}", "connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


class _Web(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, cases: "dict[str, Any]", context: ssl.SSLContext | None) -> None:
        self.cases, self.context = cases, context
        self.heard: Callable[[str, str, str], None] | None = None
        super().__init__(("127.0.0.1", 0), _Site)

    def reply(self, host: str, path: str) -> dict[str, Any] | None:
        scheme = "https" if self.context else "http"
        paths = self.cases.get(host.partition(":")[0], {}).get(scheme)
        if paths is None:
            return None
        path = path.partition("?")[0]
        return paths.get(path) or paths.get("*") or {"status": 404}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up or refuses the certificate is part of the play."""


class Stage:
    """The servers. ``egress()`` leads to them; ``authority`` is whom a visitor has to believe."""

    def __init__(self, folder: Path, cases: list[dict[str, Any]]) -> None:
        self.authority = Authority(folder)
        good, bad = self._context(GOOD), self._context(BAD, alone=True)

        def choose(connection: ssl.SSLObject, host: str | None, _: ssl.SSLContext) -> None:
            if host and host.endswith(".bad.test"):
                connection.context = bad

        good.sni_callback = choose
        hosts = {host: play for case in cases for host, play in case["hosts"].items()}
        self.servers: list[socketserver.BaseServer] = [
            _Web(hosts, None),
            _Web(hosts, good),
            socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Names),
        ]
        for server in self.servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        self.http, self.https, self.dns = (int(s.server_address[1]) for s in self.servers)

    def _context(self, hosts: tuple[str, ...], *, alone: bool = False) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority.pem(hosts, alone=alone))
        return context

    def egress(self, ports: dict[int, int] | None = None) -> Egress:
        """Return a way out on which every name is here, or on the ``ports`` of another server."""
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], self.dns
        ports = ports or {80: self.http, 443: self.https}
        return Egress(lab=True, resolver=resolver, ports=ports, requests_a_second=100_000)

    def listen(self, heard: Callable[[str, str, str], None]) -> None:
        """Tell (method, path, user agent) of every request from now on."""
        for server in self.servers:
            if isinstance(server, _Web):
                server.heard = heard

    def stop(self) -> None:
        for server in self.servers:
            server.shutdown()
            server.server_close()
