"""Shared fixtures. The catalog is compiled once so that every started command begins quickly."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

# Django reads its settings once a process: a portal for others, on SQLite, or on a PostgreSQL that
# this very run starts (TOJIMARI_TEST_DATABASE=postgresql). xdist's workers inherit the address.
FIRST = "PYTEST_XDIST_WORKER" not in os.environ
if FIRST:
    _home = tempfile.mkdtemp(prefix="tojimari-test-")
    atexit.register(shutil.rmtree, _home, ignore_errors=True)
else:
    _home = os.environ["TOJIMARI_HOME"]
PORTAL_ENV = {
    "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings",
    "TOJIMARI_MODE": "server",
    "TOJIMARI_HOME": _home,
    "TOJIMARI_PUBLIC_URL": "http://testserver",
    "TOJIMARI_HOSTS": "localhost,127.0.0.1",
    "TOJIMARI_MAIL_URL": "smtp://127.0.0.1:1",
    "TOJIMARI_LOG_LEVEL": "WARNING",
}
os.environ.update(PORTAL_ENV)
_postgres = None
if FIRST and os.environ.get("TOJIMARI_TEST_DATABASE") == "postgresql":
    from tests.support.servers import Postgres

    _postgres = Postgres()
    os.environ["TOJIMARI_DATABASE_URL"] = _postgres.url()


import django  # noqa: E402  # the settings read the environment set above

django.setup()

from tojimari.catalog import Catalog, load_catalog  # noqa: E402

if FIRST:
    from tojimari.portal.operate.running import collect_static

    collect_static()


def pytest_unconfigure() -> None:
    """Stop the database this run started."""
    if _postgres is not None:
        _postgres.stop()


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


_NOT_OURS = ("LC_", "TOJIMARI_", "DJANGO_")


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
                **{k: v for k, v in os.environ.items() if not k.startswith(_NOT_OURS)},
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
