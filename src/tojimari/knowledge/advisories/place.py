"""Where the index of advisories lies: told without loading what reads it."""

import os
from pathlib import Path

from tojimari.knowledge.files import FOLDER

NAME = "advisories.sqlite3"


def index_place() -> Path:
    """Return where the index lies: in the operator's folder of knowledge, else beside the state."""
    folder = os.environ.get(FOLDER)
    if folder:
        return Path(folder) / NAME
    import platformdirs

    return Path(platformdirs.user_data_dir("tojimari", appauthor=False)) / NAME


def is_there() -> bool:
    """Say whether anybody made an index."""
    return index_place().is_file()
