"""The folder with programmes of whoever uses or runs this: beside the shipped ones."""

import os
from datetime import date
from pathlib import Path

from tojimari.catalog.load import Catalog
from tojimari.catalog.problems import Problem

FOLDER = "TOJIMARI_MONEY"
"""Name of the environment variable that names another folder."""


def own_folder() -> Path:
    """Return where own programmes lie; the folder need not be there."""
    given = os.environ.get(FOLDER)
    if given:
        return Path(given)
    import platformdirs

    return Path(platformdirs.user_data_dir("tojimari", appauthor=False)) / "money"


def with_own_programmes(catalog: Catalog, day: date) -> tuple[Catalog, tuple[Problem, ...]]:
    """Return the catalog with the programmes of the own folder, and what is wrong in there.

    What has a mistake is left out, the others count. day: today.
    """
    folder = own_folder()
    if not folder.is_dir():
        return catalog, ()
    from tojimari.catalog.programme_files.reading import (
        BadProgrammeFile,
        read_folder_of_programmes,
    )
    from tojimari.model import Text

    try:
        read = read_folder_of_programmes(folder, catalog, seen=day)
    except BadProgrammeFile as error:
        said = Text(ja=error.say("ja"), en=error.say("en"))
        return catalog, (Problem(folder.name, "$", said),)
    return (catalog.with_programmes(read.programmes) if read.programmes else catalog), read.problems
