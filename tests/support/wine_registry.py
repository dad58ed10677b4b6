"""A real registry: that of a Wine, into which exports of other machines are imported."""

import shutil
from pathlib import Path

from tests.support.registry_exports import parse_export
from tests.support.wine import run_python, stop

PERSON = "S-1-5-21-0-0-0-1000"
"""The one person of a Wine."""


class WineRegistry:
    """A Windows below a folder whose registry can be put back to what it was at first."""

    def __init__(self, folder: Path) -> None:
        """Take the Windows of ``folder`` (tests.support.wine) as it is at first."""
        self.folder = folder
        self._prefix, self._first = folder / "prefix", folder / "first"
        self._first.mkdir()
        for file in self._prefix.glob("*.reg"):
            shutil.copy(file, self._first)

    def stop(self) -> None:
        """End what runs in this Windows, which writes its registry down."""
        stop(self.folder)

    def forget(self) -> None:
        """Put the registry back to what it was at first."""
        self.stop()
        for file in self._first.iterdir():
            shutil.copy(file, self._prefix)

    def take_in(self, export: str) -> Path:
        """Lay an export down as Windows writes them, to be imported; return its file."""
        file = self.folder / "export.reg"
        file.write_text(export, "utf-16")
        return file

    def python(self, script: Path, *arguments: str) -> str:
        """Return what a script prints in the Python of this Windows."""
        return run_python(self.folder, str(script), *arguments)


def of_the_person_here(export: str) -> str:
    """Return ``export`` with the settings of its person as those of Wine's own."""
    loaded = {
        key.split("\\")[1] for key in parse_export(export) if key.startswith("HKEY_USERS\\S-1-")
    }
    for person in loaded:
        export = export.replace(person, PERSON)
    return export
