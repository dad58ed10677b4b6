"""The command in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

NOT_OURS = ("LC_", "TOJIMARI_", "DJANGO_")
"""Variables of the surroundings, by their beginning, that a started command must not see."""

PATIENCE = 600.0
"""Seconds after which a program that should have ended is taken for hung, on a busy machine too."""


def clean() -> dict[str, str]:
    """Return the surroundings without what would lead a started command to a real state."""
    return {k: v for k, v in os.environ.items() if not k.startswith(NOT_OURS)}


class Command:
    """Runs the real command in a process of its own, with a state file of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state.sqlite3"

    def __call__(
        self, *words: str, env: dict[str, str] | None = None, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        options.setdefault("stdin", subprocess.DEVNULL)
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [sys.executable, "-m", "tojimari", *words],
            env={
                **clean(),
                "LANG": "C.UTF-8",
                "TOJIMARI_STATE": str(self.state),
                **(env or {}),
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            cwd=self.folder,
            **options,
        )
        return done


def one_sentence(done, *words):
    """Exit code 2 and one clear line on standard error; never a traceback."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for word in words:
        assert word in done.stderr
