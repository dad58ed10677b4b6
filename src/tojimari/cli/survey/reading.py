"""What the command line says of a file of answers: alike for every verb that reads one."""

import argparse

from tojimari.survey.responses import Reading


def reading_of(arguments: argparse.Namespace) -> Reading:
    """Return what the options ``--encoding``, ``--ignore`` and ``--id`` say."""
    return Reading(
        encoding=arguments.encoding,
        ignore=tuple(name.strip() for name in arguments.ignore.split(",") if name.strip()),
        id_column=arguments.id_column,
    )
