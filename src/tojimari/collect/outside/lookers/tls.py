"""The encryption of the web site, seen by sslyze: versions, ciphers, certificate, weaknesses."""

import warnings
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from sslyze import (
    CertificateInfoExtraArgument,
    ScanCommand,
    ScanCommandAttemptStatusEnum,
    ScanCommandsExtraArguments,
    Scanner,
    ServerNetworkConfiguration,
    ServerNetworkLocation,
    ServerScanRequest,
    ServerScanStatusEnum,
    TlsVersionEnum,
)
from sslyze.connection_helpers.tls_connection import SslConnection
from sslyze.errors import ServerRejectedTlsHandshake

from tojimari.collect.host import Nonsense, TookTooLong, Unreachable
from tojimari.collect.look import Seen
from tojimari.collect.outside.door import Door
from tojimari.collect.outside.look import looker
from tojimari.collect.outside.relay import Relay
from tojimari.collect.outside.trust import trust
from tojimari.collect.outside.visit import Visit

# One of the authorities that browsers believe has such a number; that is not the owner's affair.
warnings.filterwarnings("ignore", message="Parsed a serial number", category=UserWarning)

PORT = 443
_NAMES_SHOWN = 20
_CONNECTIONS = 5
"""At once to one site: what a browser opens too."""
_SECONDS = 4
"""Each answer of the server."""
_ALL_SECONDS = 40.0
_BYTES = 20_000_000
"""All answers together; an ordinary server sends half a megabyte."""
_VERSIONS = {
    ScanCommand.SSL_2_0_CIPHER_SUITES: "SSLv2",
    ScanCommand.SSL_3_0_CIPHER_SUITES: "SSLv3",
    ScanCommand.TLS_1_0_CIPHER_SUITES: "TLSv1.0",
    ScanCommand.TLS_1_1_CIPHER_SUITES: "TLSv1.1",
    ScanCommand.TLS_1_2_CIPHER_SUITES: "TLSv1.2",
    ScanCommand.TLS_1_3_CIPHER_SUITES: "TLSv1.3",
}
_OLD = {
    ScanCommand.SSL_3_0_CIPHER_SUITES: TlsVersionEnum.SSL_3_0,
    ScanCommand.TLS_1_0_CIPHER_SUITES: TlsVersionEnum.TLS_1_0,
    ScanCommand.TLS_1_1_CIPHER_SUITES: TlsVersionEnum.TLS_1_1,
}
"""Versions that most servers refuse as a whole; each has 121 suites to ask for one by one."""
_OFFERS = ("DEFAULT", "ALL:COMPLEMENTOFALL:-PSK:-SRP")
"""First few suites, then all: some devices do not answer a long offer at all."""
_NO = frozenset(
    {
        "TLS alert: protocol version",
        "TLS alert: handshake failure",
        "TLS error: wrong version number",
        "TLS error: wrong SSL version",
    }
)
"""What says no to a version or to every suite of an offer, in sslyze's words."""
_WEAKNESSES = {
    ScanCommand.HEARTBLEED: ("heartbleed", "is_vulnerable_to_heartbleed"),
    ScanCommand.OPENSSL_CCS_INJECTION: ("ccs_injection", "is_vulnerable_to_ccs_injection"),
    ScanCommand.TLS_COMPRESSION: ("compression", "supports_compression"),
    ScanCommand.SESSION_RENEGOTIATION: (
        "renegotiation",
        "is_vulnerable_to_client_renegotiation_dos",
    ),
}
_WEAK = ("NULL", "EXPORT", "EXP", "RC4", "RC2", "DES", "MD5", "anon", "IDEA", "SEED")
"""Words in a cipher suite's name for what RFC 7465, RFC 8996 and browsers have given up."""


@looker(sees=("site.tls",), limit_seconds=60.0)
def tls(visit: Visit) -> list[Seen]:
    """See whether TLS is offered, and if so how good it is."""
    door, site = visit.door, visit.target.site
    try:
        # Who does not get through a single handshake in time is not asked a hundred times.
        trust(door, site, PORT)
    except Unreachable:
        # Closed here and open for http: there is no encryption. Closed everywhere: the site is
        # down, or we are; that raises Unreachable as well.
        visit.plain()
        return [Seen("site.tls", fields=_none())]
    found = _scan(door, site)
    return [Seen("site.tls", fields=_none() if found is None else _fields(found, door, site))]


def _none() -> dict[str, Any]:
    empty = dict.fromkeys(
        (
            "forward_secrecy",
            "trusted",
            "problem",
            "issuer",
            "not_after",
            "key",
            "key_weak",
            "signature_hash",
            "chain_in_order",
            "ocsp_stapled",
            "must_staple",
        )
    )
    lists: dict[str, Any] = {"versions": [], "weak_ciphers": [], "names": [], "weaknesses": []}
    return {"offered": False, **lists, **empty}


def _scan(door: Door, site: str) -> Any:
    """Return sslyze's result, None where no version of TLS is spoken. Raises TookTooLong."""
    own = CertificateInfoExtraArgument(custom_ca_file=door.trust) if door.trust else None
    with Relay(door, site, PORT, seconds=_ALL_SECONDS, limit=_BYTES) as relay:
        found = _scan_through(relay, site, own)
    if relay.late:
        # What did not come to an end is not "not accepted".
        raise TookTooLong(f"{site}: TLS, {_ALL_SECONDS:g} s")
    return found


def _scan_through(relay: Relay, site: str, own: CertificateInfoExtraArgument | None) -> Any:
    place = ServerNetworkLocation(site, relay.port, ip_address="127.0.0.1")
    manner = ServerNetworkConfiguration(site, network_timeout=_SECONDS, network_max_retries=1)
    versions = _VERSIONS.keys() - {one for one, old in _OLD.items() if _refused(place, manner, old)}
    request = ServerScanRequest(
        place,
        manner,
        {ScanCommand.CERTIFICATE_INFO, ScanCommand.ROBOT, *versions, *_WEAKNESSES},
        ScanCommandsExtraArguments(certificate_info=own) if own else ScanCommandsExtraArguments(),
    )
    scanner = Scanner(
        per_server_concurrent_connections_limit=_CONNECTIONS, concurrent_server_scans_limit=1
    )
    scanner.queue_scans([request])
    # To the end: a scanner whose results are not all taken keeps a thread and them for ever.
    (result,) = scanner.get_results()
    if result.scan_status is ServerScanStatusEnum.ERROR_NO_CONNECTIVITY:
        why = repr(
            result.connectivity_error_trace and list(result.connectivity_error_trace.format())
        )
        if "Timed" in why or "timed out" in why:
            raise TookTooLong(f"{site}: TLS")
        return None
    return result.scan_result


def _refused(
    place: ServerNetworkLocation, manner: ServerNetworkConfiguration, version: TlsVersionEnum
) -> bool:
    """Say whether the server refuses a version whatever the suite.

    Only a plain "no" to every offer counts; after anything else (silence, a connection that ends,
    a handshake that goes on) the suites are asked for one by one.
    """
    for offer in _OFFERS:
        connection = SslConnection(place, manner, version, should_ignore_client_auth=True)
        connection.ssl_client.set_cipher_list(offer)
        try:
            connection.connect()
        except ServerRejectedTlsHandshake as error:
            if error.error_message.strip() not in _NO:
                return False
        except Exception:  # noqa: BLE001  # sslyze and OpenSSL have many; the scan tells which
            return False
        else:
            return False
        finally:
            connection.close()
    return True


def _result(attempt: Any) -> Any:
    return attempt.result if attempt.status is ScanCommandAttemptStatusEnum.COMPLETED else None


def _fields(found: Any, door: Door, site: str) -> dict[str, Any]:
    versions, suites = [], []
    for command, name in _VERSIONS.items():
        attempt = getattr(found, command.value)
        if attempt.status is ScanCommandAttemptStatusEnum.NOT_SCHEDULED:
            continue  # refused as a whole
        accepted = _result(attempt)
        if accepted is None and name.startswith("TLS"):
            raise Nonsense(f"{site}: {name}: {attempt.error_reason}"[:200])
        if accepted is not None and accepted.accepted_cipher_suites:
            versions.append(name)
            suites += [(name, suite.cipher_suite.name) for suite in accepted.accepted_cipher_suites]
    if not versions:
        return _none()
    weak = {name for _, name in suites if any(word in name for word in _WEAK)}
    weaknesses = [
        word
        for command, (word, field) in _WEAKNESSES.items()
        if (one := _result(getattr(found, command.value))) is not None and getattr(one, field)
    ]
    robot = _result(found.robot)
    if robot is not None and robot.robot_result.name.startswith("VULNERABLE"):
        weaknesses.append("robot")
    return {
        **_none(),
        "offered": True,
        "versions": versions,
        "weak_ciphers": sorted(weak),
        "forward_secrecy": all(version == "TLSv1.3" or "DHE" in name for version, name in suites),
        "weaknesses": sorted(weaknesses),
        **_certificate(_result(found.certificate_info), door, site),
    }


def _certificate(info: Any, door: Door, site: str) -> dict[str, Any]:
    if info is None or not info.certificate_deployments:
        return {}
    deployed = info.certificate_deployments[0]
    chain = deployed.received_certificate_chain
    leaf = chain[0]
    stores = [
        one
        for one in deployed.path_validation_results
        if one.trust_store.name == "Mozilla" or (door.trust and one.trust_store.path == door.trust)
    ]
    trusted = any(one.was_validation_successful for one in stores)
    return {
        "trusted": trusted,
        "problem": None
        if trusted
        else _problem(chain, [one.trust_store.path.read_bytes() for one in stores], site),
        "names": _names(leaf)[:_NAMES_SHOWN],
        "issuer": leaf.issuer.rfc4514_string()[:200],
        "not_after": leaf.not_valid_after_utc.isoformat(),
        **_key(leaf),
        "signature_hash": leaf.signature_hash_algorithm.name.upper()
        if leaf.signature_hash_algorithm
        else None,
        "chain_in_order": deployed.received_chain_has_valid_order,
        "ocsp_stapled": deployed.ocsp_response is not None,
        "must_staple": deployed.leaf_certificate_has_must_staple_extension,
    }


def _key(leaf: x509.Certificate) -> dict[str, Any]:
    key = leaf.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return {"key": f"RSA {key.key_size}", "key_weak": key.key_size < 2048}
    if isinstance(key, ec.EllipticCurvePublicKey):
        return {"key": f"EC {key.key_size}", "key_weak": key.key_size < 224}
    return {"key": type(key).__name__.removesuffix("PublicKey").strip("_"), "key_weak": False}


def _names(leaf: x509.Certificate) -> list[str]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return [name[:253] for name in names.get_values_for_type(x509.DNSName)]


def _problem(chain: list[x509.Certificate], stores: list[bytes], site: str) -> str:
    """Return the first thing that is wrong; what else would do tells the causes apart."""
    leaf, now = chain[0], datetime.now(UTC)
    if leaf.not_valid_after_utc < now:
        return "expired"
    if leaf.not_valid_before_utc > now:
        return "not_yet"
    if leaf.issuer == leaf.subject:
        return "self_signed"
    for name in _names(leaf)[:_NAMES_SHOWN]:
        for store in stores:
            builder = PolicyBuilder().store(Store(x509.load_pem_x509_certificates(store)))
            try:
                wanted = x509.DNSName(name.replace("*", "any", 1))
                builder.time(now).build_server_verifier(wanted).verify(leaf, chain[1:])
            except (VerificationError, ValueError):
                continue
            return "name"
    return "unknown_issuer"
