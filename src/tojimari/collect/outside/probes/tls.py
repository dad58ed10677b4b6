"""The encryption of the web site, seen by sslyze: versions, ciphers, certificate, weaknesses."""

import contextlib
import time
from typing import Any

import msgspec
from nassl.ssl_client import ClientCertificateRequested
from sslyze import (
    ScanCommand,
    ScanCommandAttemptStatusEnum,
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
from tojimari.collect.look import Seen, saw
from tojimari.collect.outside.certificate import Certificate, certificate_of, demands_staple
from tojimari.collect.outside.landings import landings, typed
from tojimari.collect.outside.probe import probe
from tojimari.collect.outside.relay import Relay
from tojimari.collect.outside.trust import trust
from tojimari.collect.outside.visit import Visit
from tojimari.model import NotSeen
from tojimari.model.facts import SiteTls

PORT = 443
_CONNECTIONS = 5
"""At once to one site: what a browser opens too."""
_SECONDS = 4
"""Each answer of the server."""
_ALL_SECONDS = 40.0
_BYTES = 20_000_000
"""All answers together; an ordinary server sends half a megabyte."""
_STAPLE_PAUSES = (1.0, 3.0)
"""Seconds to wait before asking again for an OCSP answer that the certificate promises."""
_VERSIONS = {
    ScanCommand.SSL_2_0_CIPHER_SUITES: ("SSLv2", TlsVersionEnum.SSL_2_0),
    ScanCommand.SSL_3_0_CIPHER_SUITES: ("SSLv3", TlsVersionEnum.SSL_3_0),
    ScanCommand.TLS_1_0_CIPHER_SUITES: ("TLSv1.0", TlsVersionEnum.TLS_1_0),
    ScanCommand.TLS_1_1_CIPHER_SUITES: ("TLSv1.1", TlsVersionEnum.TLS_1_1),
    ScanCommand.TLS_1_2_CIPHER_SUITES: ("TLSv1.2", TlsVersionEnum.TLS_1_2),
    ScanCommand.TLS_1_3_CIPHER_SUITES: ("TLSv1.3", TlsVersionEnum.TLS_1_3),
}
_OLD = (TlsVersionEnum.SSL_3_0, TlsVersionEnum.TLS_1_0, TlsVersionEnum.TLS_1_1)
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


_NONE = SiteTls(
    offered=False,
    versions=(),
    weak_ciphers=(),
    forward_secrecy=None,
    forward_secrecy_some=None,
    trusted=None,
    problem=None,
    names=(),
    issuer=None,
    not_after=None,
    key=None,
    key_weak=None,
    signature_hash=None,
    chain_in_order=None,
    ocsp_stapled=None,
    must_staple=None,
    weaknesses=(),
    led_to=None,
    typed=(),
)
"""Nothing is encrypted."""


@probe(sees=(SiteTls,), limit_seconds=80.0)
def tls(visit: Visit) -> list[Seen]:
    """See whether TLS is offered, and if so how good it is; and the names visitors are led to or type."""
    fact = msgspec.structs.replace(_own(visit), typed=typed(visit))
    try:
        return [saw(msgspec.structs.replace(fact, led_to=landings(visit)))]
    except TookTooLong as error:
        return [saw(fact, led_to=NotSeen("timed_out", detail=str(error)[:200]))]


def _own(visit: Visit) -> SiteTls:
    """Return what is seen of the site's own name."""
    egress, site = visit.egress, visit.target.site
    try:
        # Who does not get through a single handshake in time is not asked a hundred times.
        trust(egress, site, PORT)
    except Unreachable:
        # Closed here and open for http: there is no encryption. Closed everywhere: the site is
        # down, or we are; that raises Unreachable as well.
        visit.plain()
        return _NONE
    own = [egress.trust.read_bytes()] if egress.trust else []
    with Relay(egress, site, PORT, seconds=_ALL_SECONDS, limit=_BYTES) as relay:
        place = ServerNetworkLocation(site, relay.port, ip_address="127.0.0.1")
        manner = ServerNetworkConfiguration(site, network_timeout=_SECONDS, network_max_retries=1)
        found = _scan(place, manner, site)
        received = None if found is None else _received_whole(found, place, manner)
    if relay.late:
        # What did not come to an end is not "not accepted".
        raise TookTooLong(f"{site}: TLS, {_ALL_SECONDS:g} s")
    if found is None:
        return _NONE
    certificate = certificate_of(*received, site=site, more=own) if received else None
    return _fact(found, site, certificate)


def _scan(place: ServerNetworkLocation, manner: ServerNetworkConfiguration, site: str) -> Any:
    """Return sslyze's result, None where no version of TLS is spoken. Raises TookTooLong."""
    versions = [
        command
        for command, (_, version) in _VERSIONS.items()
        if version not in _OLD or not _refused(place, manner, version)
    ]
    request = ServerScanRequest(place, manner, {ScanCommand.ROBOT, *versions, *_WEAKNESSES})
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


def _received_whole(
    found: Any, place: ServerNetworkLocation, manner: ServerNetworkConfiguration
) -> tuple[list[str], bool] | None:
    """Return what ``_received`` does, after a while where an OCSP answer is owed and did not come.

    nginx fetches the answer only once somebody asked for it, and sends nothing until it is there.
    """
    received = _received(found, place, manner)
    for pause in _STAPLE_PAUSES:
        if received is None or received[1] or not received[0] or not demands_staple(received[0][0]):
            break
        time.sleep(pause)
        received = _received(found, place, manner) or received
    return received


def _received(
    found: Any, place: ServerNetworkLocation, manner: ServerNetworkConfiguration
) -> tuple[list[str], bool] | None:
    """Return (certificates in PEM, whether an OCSP answer came along), None where none was shown.

    sslyze's own reading of certificates builds paths before anybody has looked at what it builds
    them from: five certificates of one name and key cost it minutes.
    """
    for command, (_, version) in reversed(_VERSIONS.items()):
        accepted = _result(getattr(found, command.value))
        if accepted is None or not accepted.accepted_cipher_suites:
            continue
        suites = ":".join(one.cipher_suite.openssl_name for one in accepted.accepted_cipher_suites)
        for legacy in (None, True) if version is not TlsVersionEnum.TLS_1_3 else (None,):
            connection = SslConnection(
                place,
                manner,
                version,
                should_ignore_client_auth=True,
                should_use_legacy_openssl=legacy,
            )
            client = connection.ssl_client
            try:
                if version is not TlsVersionEnum.TLS_1_3:
                    client.set_cipher_list(suites)
                client.set_tlsext_status_ocsp()
                with contextlib.suppress(ClientCertificateRequested):
                    connection.connect()
                return client.get_received_chain(), client.get_tlsext_status_ocsp_resp() is not None
            except Exception:  # noqa: BLE001, S112  # the next way may do; nothing shown is unknown
                continue
            finally:
                connection.close()
    return None


def _result(attempt: Any) -> Any:
    return attempt.result if attempt.status is ScanCommandAttemptStatusEnum.COMPLETED else None


def _fact(found: Any, site: str, certificate: Certificate | None) -> SiteTls:
    versions, suites = [], []
    for command, (name, _) in _VERSIONS.items():
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
        return _NONE
    weak = {name for _, name in suites if any(word in name for word in _WEAK)}
    weaknesses = [
        word
        for command, (word, field) in _WEAKNESSES.items()
        if (one := _result(getattr(found, command.value))) is not None and getattr(one, field)
    ]
    secret = [version == "TLSv1.3" or "DHE" in name for version, name in suites]
    robot = _result(found.robot)
    if robot is not None and robot.robot_result.name.startswith("VULNERABLE"):
        weaknesses.append("robot")
    return msgspec.structs.replace(
        _NONE,
        offered=True,
        versions=tuple(versions),
        weak_ciphers=tuple(sorted(weak)),
        forward_secrecy=all(secret),
        forward_secrecy_some=any(secret),
        weaknesses=tuple(sorted(weaknesses)),
        **(msgspec.structs.asdict(certificate) if certificate else {}),
    )
