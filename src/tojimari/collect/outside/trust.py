"""Whether a browser of today would open a TLS connection, and believe the certificate."""

import ssl
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from tojimari.collect.host import TookTooLong
from tojimari.collect.outside.door import REQUEST_SECONDS, Door

Trust = Literal["trusted", "untrusted", "no_tls"]


@cache
def _browser(more: Path | None) -> ssl.SSLContext:
    """Return a context that believes what this system and Mozilla's list of authorities believe.

    Mozilla's list (it comes with sslyze) makes the answer the same on every machine; the system's
    own list lets a company use its own authority inside; ``more`` is that of a lab.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    found = find_spec("sslyze")
    if found and found.origin:
        folder = Path(found.origin).parent / "plugins/certificate_info/trust_stores/pem_files"
        if (folder / "mozilla_nss.pem").is_file():
            context.load_verify_locations(folder / "mozilla_nss.pem")
    if more is not None:
        context.load_verify_locations(more)
    return context


def trust(door: Door, host: str, port: int = 443) -> Trust:
    """Return what a browser makes of ``https://host:port``.

    Raises Unreachable, Refused, TookTooLong when there is no connection at all.
    """
    door.wait_turn(host)
    connected = door.connect(host, port, seconds=REQUEST_SECONDS)
    try:
        with connected, _browser(door.trust).wrap_socket(connected, server_hostname=host):
            return "trusted"
    except ssl.SSLCertVerificationError:
        return "untrusted"
    except TimeoutError as error:
        raise TookTooLong(f"{host}:{port}: TLS") from error
    except (OSError, ValueError):
        # ssl.SSLError is an OSError: no version or cipher in common, or no TLS at all.
        return "no_tls"
