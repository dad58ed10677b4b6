"""The command on a portal of its own, and what a portal keeps: in its database, in its backups."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.support.patience import PATIENCE


def tojimari(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("TOJIMARI_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "tojimari", *words],
        env={**clean, "LANG": "C.UTF-8", "TOJIMARI_HOME": str(folder / "portal"), **env},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        stdin=subprocess.DEVNULL,
        cwd=folder,
    )


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
