"""Programmes that others wrote: YAML, a spreadsheet, or what Jグランツ hands out. All hostile."""

from tojimari.catalog.programme_files.reading import (
    BYTES_AT_MOST,
    BadProgrammeFile,
    ProgrammeFile,
    read_folder_of_programmes,
    read_programmes,
    written,
)

__all__ = [
    "BYTES_AT_MOST",
    "BadProgrammeFile",
    "ProgrammeFile",
    "read_folder_of_programmes",
    "read_programmes",
    "written",
]
