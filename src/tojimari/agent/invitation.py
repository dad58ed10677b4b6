"""An invitation that an installer's file name carries: which portal to join, and the one-time code.

The installer's bytes are the same for everybody, so that its signature holds; the browser keeps the
name that the portal gave the download, and NSIS leaves it where ``pending`` looks. A name can be
given by anybody who gets somebody to download a file: it is read strictly, nothing is done before
the person was asked, and what is shown is the name of the host alone, in ASCII.
"""

import ipaddress
import re
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from tojimari.agent.codes import ALPHABET, CODE_LENGTH, normal_code

FILE = "setup-name.txt"
"""In the agent's folder, where the installer leaves its own name (installer.nsi), in UTF-16."""
MOST_BYTES = 1024
PLAIN_NAME = "tojimari-setup.exe"
_LOOPBACK = ("127.0.0.1", "localhost")
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*"
# Browsers add " (1)" or "(1)" to a name that is there already.
_NAME = re.compile(
    rf"tojimari-setup_(?P<host>{_HOST})(?:\+(?P<port>[1-9][0-9]{{0,4}}))?"
    rf"_(?P<code>[{ALPHABET}]{{{CODE_LENGTH}}})(?: ?\([0-9]{{1,3}}\))?\.exe",
    re.ASCII,
)
_HOST_AT_MOST = 253


class Invitation(msgspec.Struct, frozen=True):
    """A portal that a computer may join.

    Attributes:
        host: name of the portal, as a browser sends it (ASCII, lower case).
        port: None for the usual one.
        code: the one-time code, without its dash.
    """

    host: str
    port: int | None
    code: str

    @property
    def server(self) -> str:
        """Return the portal's address: by https, but on this very computer."""
        scheme = "http" if self.host in _LOOPBACK else "https"
        return f"{scheme}://{self.host}{f':{self.port}' if self.port else ''}"

    @property
    def file_name(self) -> str:
        """Return the name that carries this invitation."""
        port = f"+{self.port}" if self.port else ""
        return f"tojimari-setup_{self.host}{port}_{self.code}.exe"


def named(name: str) -> Invitation | None:
    """Return the invitation in a file's ``name``; None where it carries none that is whole."""
    found = _NAME.fullmatch(name)
    if found is None or not _is_host(found["host"]):
        return None
    port = int(found["port"]) if found["port"] else None
    if port is not None and port > 65_535:
        return None
    return Invitation(found["host"], port, found["code"])


def _is_host(host: str) -> bool:
    if len(host) > _HOST_AT_MOST:
        return False
    if host.rpartition(".")[2][0].isdigit():
        # All that ends in a number is one of an address's many spellings ("0x7f.1"): one is taken.
        try:
            return str(ipaddress.IPv4Address(host)) == host
        except ValueError:
            return False
    return True


def to_portal(address: str, code: str) -> Invitation | None:
    """Return the invitation to the portal at ``address``; None where a name cannot carry it.

    address: like ``https://portal.example.jp``. code: as it is shown, with its dash or without.
    """
    parts = urlsplit(address)
    try:
        made = Invitation(parts.hostname or "", parts.port, normal_code(code))
    except ValueError:
        return None
    same_place = made.server == f"{parts.scheme}://{parts.netloc.lower()}"
    return made if same_place and named(made.file_name) == made else None


def pending(home: Path) -> Invitation | None:
    """Return the invitation of the installer that ran last, until it is taken or put away.

    home: the agent's folder.
    """
    try:
        with (home / FILE).open("rb") as file:
            name = file.read(MOST_BYTES).decode("utf-16")
    except (OSError, UnicodeDecodeError):
        return None
    return named(name.strip("\r\n"))


def put_away(home: Path) -> None:
    """Forget the invitation of the installer, which was taken or refused."""
    (home / FILE).unlink(missing_ok=True)
