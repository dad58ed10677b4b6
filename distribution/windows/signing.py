"""Signing by whoever hands the package out: with a certificate of their own, by osslsigncode.

Everything that is ours is signed before it is packed: the start-up programs, the uninstaller, the
installer. What others made keeps the signatures of its makers.

``python -m distribution.windows.signing CERTIFICATE KEY FILE`` signs one file; NSIS calls it for
the uninstaller while it makes the installer.
"""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from distribution.windows.problems import NotBuilt
from distribution.windows.programs import run

NAME = "戸締まり Tojimari"
"""What Windows calls the program when it asks whether it may run."""
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Signer:
    """A certificate (PEM, with those between it and its authority) and its key (PEM)."""

    certificate: Path
    key: Path

    def sign(self, file: Path) -> None:
        """Sign ``file`` in its place. Raises NotBuilt."""
        for one in (self.certificate, self.key):
            if not one.is_file():
                raise NotBuilt(f"{one}: there is no such file")
        signed = file.with_name(f"{file.name}.signed")
        own = ["-certs", str(self.certificate), "-key", str(self.key), "-n", NAME, "-h", "sha256"]
        run(["osslsigncode", "sign", *own, "-in", str(file), "-out", str(signed)])
        signed.replace(file)

    def command_line(self) -> str:
        """Return the command, for a shell, that signs the file whose name is put behind it."""
        words = [sys.executable, "-m", __name__, self.certificate.resolve(), self.key.resolve()]
        return f"cd {shlex.quote(str(_ROOT))} && {shlex.join(map(str, words))}"


def main(certificate: str, key: str, file: str) -> int:
    """Sign one file; 0 when it is signed."""
    Signer(Path(certificate), Path(key)).sign(Path(file))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
