"""Whether a fetched file is what its publisher made: signatures, checksums, digests.

Publishers differ (docs/decisions/0066): RPM repositories name the checksum of every file in
``repomd.xml``, and many sign that; Google's storage, where OSV lies, sends an MD5 along; Debian's
tracker, CISA and MyJVN publish nothing that could be checked.
"""

import base64
import binascii
import hashlib
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings

from tojimari.collect.outside.replies import Reply
from tojimari.knowledge.advisories.repomd import ListedFile
from tojimari.model import TojimariError

Provenance = Literal["signature", "checksum", "digest", "nothing"]
"""What was checked, the strongest first. A checksum or digest that is not signed tells damage, not malice."""
PATH = "/usr/bin:/bin"
_HOST = re.compile(r"[a-z0-9.-]{1,253}")
_SECONDS = 60.0
_MD5 = re.compile(r"(?:^|[,\s])md5=([A-Za-z0-9+/]+={0,2})")
_GOOD, _VALID = "GOODSIG", "VALIDSIG"
_SPOILT = ("BADSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG")


class NotGenuine(TojimariError):
    """What was fetched is not what its publisher made, or nobody can tell though somebody must."""


def keyring_for(address: str) -> Path | None:
    """Return the keys of who publishes at ``address``; None where the operator gave none.

    They lie in the operator's folder under the name of the host: "dl.example.org.gpg".
    """
    host = (urlsplit(address).hostname or "").lower()
    if not settings.ADVISORIES_KEYS or not _HOST.fullmatch(host):
        return None
    keyring = Path(settings.ADVISORIES_KEYS) / f"{host}.gpg"
    return keyring.absolute() if keyring.is_file() else None


def check_signature(data: bytes, signature: bytes, keyring: Path) -> None:
    """Raise NotGenuine unless a key of ``keyring`` signed ``data``, and no signature is spoilt."""
    if keyring.read_bytes()[:64].lstrip().startswith(b"-----BEGIN"):
        raise NotGenuine(
            f"{keyring} は文字の形の鍵です。`gpg --dearmor` で直してください。",
            f"{keyring} holds keys as letters. Turn them into a keyring with `gpg --dearmor`.",
        )
    with tempfile.TemporaryDirectory() as folder:
        signed, detached = Path(folder) / "data", Path(folder) / "data.asc"
        signed.write_bytes(data)
        detached.write_bytes(signature)
        words = ["gpgv", "--status-fd", "1", "--homedir", folder, "--keyring", str(keyring)]
        try:
            ran = subprocess.run(
                [*words, str(detached), str(signed)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
                env={"PATH": PATH, "LC_ALL": "C.UTF-8"},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NotGenuine(
                "署名を確かめられません。`gpgv` (パッケージ gpgv) を入れてください。",
                "The signature cannot be checked. Install `gpgv` (package gpgv).",
            ) from error
    said = {
        words[1]
        for line in ran.stdout.decode("utf-8", "replace").splitlines()
        if (words := line.split())[:1] == ["[GNUPG:]"] and len(words) > 1
    }
    # Signed by two keys of which one is not known yet: so keys are changed.
    if not {_GOOD, _VALID} <= said or said.intersection(_SPOILT):
        raise NotGenuine(
            f"署名が {keyring.name} の鍵のものではないか、壊れているか、期限が切れています。",
            f"The signature is not by a key of {keyring.name}, is broken or has expired.",
        )


def check_listed(data: bytes, listed: ListedFile) -> None:
    """Raise NotGenuine unless ``data`` has the checksum that the repository's list names."""
    if hashlib.new(listed.algorithm, data).hexdigest() != listed.digest:
        raise NotGenuine(
            "repomd.xml にあるチェックサムと合いません。",
            "It has not the checksum that repomd.xml names.",
        )


def digest_held(reply: Reply) -> bool:
    """Return whether the server's digest of the file was there and held. Raises NotGenuine if not.

    Google's storage names the MD5 of what it keeps in ``x-goog-hash``; objects that were put together
    of several have none. What was packed on the way has another.
    """
    named = _MD5.search(reply.header("x-goog-hash") or "")
    if named is None or reply.header("content-encoding"):
        return False
    try:
        expected = base64.b64decode(named.group(1), validate=True)
    except binascii.Error:
        expected = b""
    if hashlib.md5(reply.body, usedforsecurity=False).digest() != expected:
        raise NotGenuine(
            "サーバーの言うダイジェスト (MD5) と合いません。",
            "It has not the digest (MD5) that the server names.",
        )
    return True
