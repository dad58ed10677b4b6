"""The command on a portal of its own, and what a portal keeps: in its database, in its backups."""

import shutil
import subprocess
import zipfile
from pathlib import Path

from tests.support.command import Command
from tests.support.forked import Forker


class PortalCommand:
    """The command with a portal below a folder: ``run(folder, *words, **surroundings)``."""

    def __init__(self, forker: Forker) -> None:
        self._forker = forker

    def __call__(self, folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        home = {"TOJIMARI_HOME": str(folder / "portal")}
        return Command(folder, self._forker)(*words, env=home | env)


def put_database(empty: Path, folder: Path) -> None:
    """Let the portal below ``folder`` begin with a copy of ``empty``: migrating takes seconds."""
    (folder / "portal").mkdir(mode=0o700, parents=True)
    shutil.copy(empty, folder / "portal" / "portal.sqlite3")


def tables(file: Path) -> dict[str, list[str]]:
    with zipfile.ZipFile(file) as archive:
        return {
            name: sorted(archive.read(name).decode().splitlines())
            for name in archive.namelist()
            if name.endswith(".jsonl")
        }


def everything_in_the_database() -> str:
    """Return every value of every table as text."""
    from django.db import connection

    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found.append(str(cursor.fetchall()))
    return "\n".join(found)
