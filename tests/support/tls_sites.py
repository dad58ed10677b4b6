"""Real nginx servers with good and bad encryption, and the authority behind their certificates."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.support.patience import BOUNDED
from tests.support.ports import free_port
from tojimari.assess.check import Facts
from tojimari.assess.checks.site_encryption import encryption
from tojimari.catalog import load_catalog
from tojimari.collect.outside.egress import Egress

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
NOW = datetime.now(UTC)
CATALOG = load_catalog()
MODERN = "ssl_protocols TLSv1.2 TLSv1.3;"
RSA = "ssl_protocols TLSv1.2;"
HSTS = 'add_header Strict-Transport-Security "max-age=31536000; includeSubDomains";'
SITES: dict[str, tuple[str, dict[str, Any]]] = {
    "good": (f"{MODERN} {HSTS}", {}),
    "plain": (f"{MODERN} {HSTS}", {}),
    "no-hsts": (MODERN, {}),
    "old-too": (
        f"ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0; {HSTS}",
        {"bits": 2048},
    ),
    "only-old": ("ssl_protocols TLSv1; ssl_ciphers ALL:@SECLEVEL=0;", {"bits": 2048}),
    "expired": (MODERN, {"days": (-30, -1)}),
    "soon": (f"{MODERN} {HSTS}", {"days": (-80, 5)}),
    "wrong-name": (MODERN, {"name": "other.example"}),
    "self-signed": (MODERN, {"alone": True}),
    "stranger": (MODERN, {"stranger": True}),
    "incomplete": (MODERN, {"between": True, "sent": False}),
    "chained": (f"{MODERN} {HSTS}", {"between": True}),
    "turned": (f"{MODERN} {HSTS}", {"between": True, "turned": True}),
    "no-secrecy": (f"{RSA} ssl_ciphers AES128-GCM-SHA256; {HSTS}", {"bits": 2048}),
    "some-secrecy": (
        f"{RSA} ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256:AES128-GCM-SHA256; {HSTS}",
        {"bits": 2048},
    ),
    "staple-owed": (f"{MODERN} {HSTS}", {"staple": True}),
    "stapled": (
        f"{MODERN} {HSTS} ssl_stapling on; ssl_stapling_file {{folder}}/stapled.ocsp;",
        {"staple": True},
    ),
    # nginx asks the issuer only after the first visitor, who gets nothing.
    "stapled-late": (
        f"{MODERN} {HSTS} ssl_stapling on; ssl_trusted_certificate {{folder}}/authority.pem;"
        " ssl_stapling_responder http://127.0.0.1:{responder};",
        {"staple": True},
    ),
}


class Signer:
    """A certificate authority of the test, or one below it."""

    def __init__(self, name: str, above: "Signer | None" = None) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.above = above
        self.certificate = (above or self).sign(self.name, self.key.public_key(), authority=True)

    def sign(self, name, key, *, hosts=(), days=(-1, 60), authority=False, by=None, staple=False):
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name if by else self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW + timedelta(days=days[0]))
            .not_valid_after(NOW + timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key((by or self.key).public_key()),
                critical=False,
            )
        )
        if authority:
            usage = x509.KeyUsage(*(at in (0, 5, 6) for at in range(9)))
            builder = builder.add_extension(usage, critical=True)
            identifier = x509.SubjectKeyIdentifier.from_public_key(key)
            builder = builder.add_extension(identifier, critical=False)
        else:
            names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
            builder = builder.add_extension(names, critical=False)
            purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
            builder = builder.add_extension(purpose, critical=False)
        if staple:
            wants = x509.TLSFeature([x509.TLSFeatureType.status_request])
            builder = builder.add_extension(wants, critical=False)
        return builder.sign(by or self.key, hashes.SHA256())

    def vouches_for(self, certificate) -> bytes:
        """Return the OCSP answer that a certificate of this signer is good."""
        answer = ocsp.OCSPResponseBuilder().add_response(
            cert=certificate,
            issuer=self.certificate,
            algorithm=hashes.SHA1(),  # noqa: S303  # what nginx asks by
            cert_status=ocsp.OCSPCertStatus.GOOD,
            this_update=NOW - timedelta(hours=1),
            next_update=NOW + timedelta(days=2),
            revocation_time=None,
            revocation_reason=None,
        )
        answer = answer.certificates([self.certificate]).responder_id(
            ocsp.OCSPResponderEncoding.HASH, self.certificate
        )
        signed = answer.sign(self.key, hashes.SHA256())
        return signed.public_bytes(serialization.Encoding.DER)


def pem(certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def certificate(
    site,
    root,
    folder,
    *,
    name="",
    days=(-1, 60),
    bits=0,
    alone=False,
    stranger=False,
    between=False,
    sent=True,
    turned=False,
    staple=False,
) -> Path:
    key = rsa.generate_private_key(65537, bits) if bits else ec.generate_private_key(ec.SECP256R1())
    signer = Signer("nobody knows me") if stranger else root
    if between:
        signer = Signer("between", root)
    host = name or f"{site}.example"
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    made = signer.sign(
        subject,
        key.public_key(),
        hosts=[host],
        days=days,
        by=key if alone else None,
        staple=staple,
    )
    if staple:
        (folder / f"{site}.ocsp").write_bytes(signer.vouches_for(made))
    path = folder / f"{site}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    chain = pem(signer.certificate) if between and sent else b""
    if turned:
        chain = pem(root.certificate) + chain
    path.write_bytes(pem(made) + chain + private)
    return path


@contextlib.contextmanager
def sites():
    """Run one nginx with two ports (plain, TLS) for each site; yield (ports, authority's file)."""
    assert NGINX, "install nginx"
    folder = Path(tempfile.mkdtemp(prefix="tojimari-tls-"))
    root = Signer("test authority")
    authority = folder / "authority.pem"
    authority.write_bytes(pem(root.certificate))
    ports = {site: (free_port(), free_port()) for site in SITES}
    responder = free_port()
    servers = (
        f"server {{ listen 127.0.0.1:{responder}; location / {{ root {folder};"
        " default_type application/ocsp-response; rewrite ^ /stapled-late.ocsp break; } }\n"
    )
    for site, (lines, how) in SITES.items():
        lines = lines.replace("{folder}", str(folder)).replace("{responder}", str(responder))
        http, https = ports[site]
        path = certificate(site, root, folder, **how)
        moved = 'return 200 "plain";' if site == "plain" else "return 301 https://$host/;"
        servers += (
            f"server {{ listen 127.0.0.1:{http}; location / {{ {moved} }} }}\n"
            f"server {{ listen 127.0.0.1:{https} ssl; ssl_certificate {path};"
            f' ssl_certificate_key {path}; {lines} location / {{ return 200 "hello"; }} }}\n'
        )
    (folder / "conf").write_text(
        f"""{"user root;" if os.geteuid() == 0 else ""}
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 256; }}
http {{ access_log off; default_type text/html;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
{servers} }}
"""
    )
    running = subprocess.Popen(
        [NGINX, "-p", str(folder), "-e", f"{folder}/errors", "-c", f"{folder}/conf"],
        stderr=subprocess.PIPE,
    )
    until = time.monotonic() + BOUNDED
    while time.monotonic() < until:
        assert running.poll() is None, running.stderr.read().decode()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", ports["good"][1]), 1).close()
            break
    try:
        yield ports, authority
    finally:
        running.terminate()
        running.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def lab_door(dns: str, http: int, https: int, authority: Path) -> Egress:
    from dns.resolver import Resolver

    resolver = Resolver(configure=False)
    host, _, port = dns.partition(":")
    resolver.nameservers, resolver.port = [host], int(port)
    return Egress(
        lab=True,
        resolver=resolver,
        ports={80: http, 443: https},
        trust=authority,
        requests_a_second=1000,
    )


def judged(seen):
    facts = {kind: o.fact for kind, o in seen.items() if o.fact is not None}
    return encryption(Facts(facts, NOW), CATALOG)
