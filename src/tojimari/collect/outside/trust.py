"""Whether a browser of today would open a TLS connection, and believe the certificate."""

import os
import ssl
from functools import lru_cache
from pathlib import Path
from typing import Literal

from tojimari.collect.host import TookTooLong
from tojimari.collect.outside.egress import REQUEST_SECONDS, Egress

Trust = Literal["trusted", "untrusted", "no_tls"]
Problem = Literal["expired", "not_yet", "name", "self_signed", "unknown_issuer"]
"""Why a certificate is not believed."""

# X509_V_ERR_* of OpenSSL, in the words of the fact kinds; everything else is an unknown issuer.
_PROBLEMS: dict[int, Problem] = {9: "not_yet", 10: "expired", 18: "self_signed", 62: "name"}


def mozillas_list() -> Path:
    """Return the file (PEM) of the authorities that Mozilla believes; it comes with sslyze."""
    from sslyze.plugins.certificate_info import trust_stores

    return Path(trust_stores.__path__[0]) / "pem_files" / "mozilla_nss.pem"


@lru_cache(maxsize=4)
def _browser(system_list: str, more: Path | None) -> ssl.SSLContext:
    """Return a context that believes what this system and Mozilla's list of authorities believe.

    Mozilla's list (it comes with sslyze) makes the answer the same on every machine; the system's
    own list lets a company use its own authority inside. ``system_list``: what SSL_CERT_FILE names
    as the system's list, which OpenSSL itself reads; reading both takes a while, so they are kept.
    ``more``: a lab's own authority.
    """
    context = ssl.create_default_context()
    # Python 3.13 asks more than browsers do (RFC 5280 to the letter), and earlier ones do not.
    context.verify_flags = ssl.VerifyFlags.VERIFY_X509_TRUSTED_FIRST
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(mozillas_list())
    if more is not None:
        context.load_verify_locations(more)
    return context


def browser_context(egress: Egress) -> ssl.SSLContext:
    """Return a context that believes what a browser does, and the authority of the egress's lab."""
    return _browser(os.environ.get("SSL_CERT_FILE", ""), egress.trust)


def problem_of(error: ssl.SSLCertVerificationError) -> Problem:
    """Return why a certificate was not believed."""
    return _PROBLEMS.get(error.verify_code, "unknown_issuer")


def trust(egress: Egress, host: str, port: int = 443) -> Trust:
    """Return what a browser makes of ``https://host:port``.

    Raises Unreachable, NotPermitted, TookTooLong when there is no connection at all.
    """
    egress.wait_turn(host)
    connected = egress.connect(host, port, seconds=REQUEST_SECONDS)
    try:
        context = browser_context(egress)
        with connected, context.wrap_socket(connected, server_hostname=host):
            return "trusted"
    except ssl.SSLCertVerificationError:
        return "untrusted"
    except TimeoutError as error:
        raise TookTooLong(f"{host}:{port}: TLS") from error
    except (OSError, ValueError):
        # ssl.SSLError is an OSError: no version or cipher in common, or no TLS at all.
        return "no_tls"
