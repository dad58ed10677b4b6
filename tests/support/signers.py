"""Keys of GnuPG's own making that sign repositories, whole or beside the file."""

import subprocess
import time
from pathlib import Path


def run(*words: object, home: Path | None = None) -> str:
    """Run a program that has to succeed; returns what it printed."""
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
    if home:
        environment["GNUPGHOME"] = str(home)
    done = subprocess.run(
        [str(word) for word in words], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Signer:
    """A key that signs. Its agent ends with ``close``."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self.home = folder
        words = ["--batch", "--pinentry-mode", "loopback", "--passphrase", ""]
        run("gpg", *words, "--quick-gen-key", "tests@example.com", "ed25519", home=folder)
        self.public = folder / "public.gpg"
        run("gpg", "--output", self.public, "--export", home=folder)

    def public_letters(self) -> str:
        """Return the public key as letters, as publishers hand it out."""
        return run("gpg", "--armor", "--export", home=self.home)

    def sign(self, release: Path) -> None:
        """Write InRelease beside ``release``."""
        out = release.with_name("InRelease")
        run("gpg", "--batch", "--yes", "--clearsign", "--output", out, release, home=self.home)

    def detached(self, data: bytes, *, expires: str = "0") -> str:
        """Return a signature of ``data`` as letters. expires: as gpg's ``--default-sig-expire``."""
        file = self.home / "to-sign"
        file.write_bytes(data)
        words = ["--batch", "--yes", "--armor", "--default-sig-expire", expires]
        return run("gpg", *words, "--output", "-", "--detach-sign", file, home=self.home)

    def wait_until_expired(self) -> None:
        """Wait until what was signed for a second is over."""
        time.sleep(2.1)

    def close(self) -> None:
        """End the agent that keeps the key."""
        run("gpgconf", "--kill", "gpg-agent", home=self.home)
