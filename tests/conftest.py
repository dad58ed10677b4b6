"""Shared fixtures. The catalog is compiled once so that every started command begins quickly."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tojimari.catalog import Catalog, load_catalog


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


class Command:
    """Runs the real command in a process of its own, with a state file of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state.sqlite3"

    def __call__(
        self, *words: str, env: dict[str, str] | None = None, **options: object
    ) -> subprocess.CompletedProcess[str]:
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run(
            [sys.executable, "-m", "tojimari", *words],
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith("LC_")},
                "LANG": "C.UTF-8",
                "TOJIMARI_STATE": str(self.state),
                **(env or {}),
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=self.folder,
            **options,
        )


@pytest.fixture
def tojimari(tmp_path: Path) -> Command:
    return Command(tmp_path)
