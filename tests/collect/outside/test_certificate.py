"""What a certificate is worth; chains that are made to be expensive are refused."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.patience import BOUNDED
from tests.support.web_servers import nginx
from tojimari.catalog import load_catalog
from tojimari.collect.host import Nonsense
from tojimari.collect.outside.certificate import Certificate, certificate_of
from tojimari.collect.outside.egress import Egress
from tojimari.collect.outside.probe import look_outside
from tojimari.collect.outside.target import Target

SITE = "www.shop.test"
NOW = datetime.now(UTC)


def named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def signed(subject: str, key, issuer: str, by, *, authority: bool = True, hosts=()) -> str:
    made = (
        x509.CertificateBuilder()
        .subject_name(named(subject))
        .issuer_name(named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
        )
    )
    if authority:
        usage = dict.fromkeys(
            (
                "digital_signature",
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        made = made.add_extension(
            x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True
        )
    if hosts:
        names = [x509.DNSName(host) for host in hosts]
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return made.sign(by, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


ROOT, MIDDLE, OWN = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
AUTHORITY = signed("root", ROOT, "root", ROOT)
LEAF = signed("leaf", OWN, "middle", MIDDLE, authority=False, hosts=(SITE,))


def middle(issuer: str = "root", by=ROOT) -> str:
    return signed("middle", MIDDLE, issuer, by)


def loops(n: int) -> list[str]:
    """Certificates of one name and key that sign each other."""
    return [middle("middle", MIDDLE) for _ in range(n)]


def worth(*chain: str) -> Certificate:
    found = certificate_of([LEAF, *chain], False, site=SITE, more=[AUTHORITY.encode()])
    assert found is not None
    return found


def test_a_chain_is_believed_to_its_authority():
    assert worth(middle()).trusted is True
    assert worth().problem == "unknown_issuer"
    assert worth(middle()).chain_in_order is True


def test_a_certificate_sent_twice_or_signed_across_harms_nobody():
    one = middle()
    assert worth(one, one, one, one, one).trusted is True
    assert worth(one, *loops(1)).trusted is True


@pytest.mark.parametrize("chain", [loops(4), loops(60), [*loops(9), middle()]])
def test_a_chain_made_to_be_expensive_is_refused_at_once(chain):
    before = time.thread_time()
    with pytest.raises(Nonsense, match="of one name and key"):
        worth(*chain)
    assert time.thread_time() - before < 3


def test_what_is_no_certificate_is_nonsense():
    with pytest.raises(Nonsense):
        certificate_of(
            ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"], False, site=SITE
        )
    assert certificate_of([], False, site=SITE) is None


def test_a_real_server_with_such_a_chain_is_left_in_time(tmp_path):
    pem = tmp_path / "chain.pem"
    key = OWN.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    pem.write_text(key + LEAF + "".join(loops(6)))
    with nginx(pem) as ports:
        egress = Egress(lab=True, ports=ports, requests_a_second=1000)
        egress._pins[SITE] = ("127.0.0.1",)
        before = time.monotonic()
        (seen,) = look_outside(
            Target(SITE), egress, catalog=load_catalog(), at=NOW, kinds=("site.tls",)
        )
    assert time.monotonic() - before < BOUNDED
    assert seen.not_seen.reason == "nonsense"
