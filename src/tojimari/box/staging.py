"""Files laid out in a folder of their own, for the engines' checkers to look at."""

import tempfile
from pathlib import Path

from tojimari.box.engines import Checked, check_files
from tojimari.box.rendering.file import Places
from tojimari.box.rendering.files import rendered
from tojimari.box.settings import Settings

_EXPECTED = ("var/lib/unbound",)
"""Folders that checkers look for, and that the engines' packages bring."""


def check_settings(settings: Settings) -> list[Checked]:
    """Let every engine's own checker look at the files that ``settings`` would make."""
    with tempfile.TemporaryDirectory(prefix="tojimari-box-") as name:
        folder = Path(name)
        files = rendered(settings, Places(folder))
        for name in _EXPECTED:
            (folder / name).mkdir(parents=True)
        for path, file in files.items():
            place = folder / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(file.text, "utf-8")
        return check_files({file.engine for file in files.values()}, folder)
