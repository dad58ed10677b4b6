"""The command in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from tests.support.forked import Forker
from tests.support.patience import PATIENCE

NOT_OURS = ("LC_", "TOJIMARI_", "DJANGO_")
"""Variables of the surroundings, by their beginning, that a started command must not see."""


def clean() -> dict[str, str]:
    """Return the surroundings without what would lead a started command to a real state."""
    return {k: v for k, v in os.environ.items() if not k.startswith(NOT_OURS)}


class Command:
    """Runs the real command with a state file of its own.

    Called, it runs in a process forked from one that has read the modules already; ``process``
    starts Python from nothing.
    """

    def __init__(self, folder: Path, forker: Forker) -> None:
        self.folder = folder
        self.state = folder / "state.sqlite3"
        self._forker = forker

    def _env(self, env: dict[str, str] | None) -> dict[str, str]:
        ours = {"LANG": "C.UTF-8", "TOJIMARI_STATE": str(self.state)}
        return clean() | ours | (env or {})

    def __call__(
        self, *words: str, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        with open(os.devnull) as nothing, TemporaryFile() as out, TemporaryFile() as errors:
            code = self._forker.run(
                words,
                env=self._env(env),
                cwd=str(self.folder),
                files=(nothing.fileno(), out.fileno(), errors.fileno()),
            )
            said = [_text(file) for file in (out, errors)]
        return subprocess.CompletedProcess(["tojimari", *words], code, *said)

    def process(
        self, *words: str, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run it in a Python started for it alone."""
        return subprocess.run(
            [sys.executable, "-m", "tojimari", *words],
            env=self._env(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            cwd=self.folder,
        )


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def one_sentence(done, *words):
    """Exit code 2 and one clear line on standard error; never a traceback."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr
