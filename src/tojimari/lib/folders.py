"""Makes folders, and writes files into them whole or not at all."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path


def make_private(folder: Path) -> None:
    """Make ``folder`` and those above it, for their user only, where missing. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """Give an empty folder on the same disk as ``folder``; it is gone afterwards."""
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write ``files`` (relative name -> content) so that ``folder`` holds all of them or none.

    A folder that is there already keeps its other files. Raises OSError; NotADirectoryError when
    ``folder`` is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(20, "is a file")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _beside(folder) as made:
        _fill(made, files)
        if not folder.exists():
            made.chmod(0o755)
            made.replace(folder)
            return
        for name in files:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (made / name).replace(target)


def add_files(root: Path, files: Mapping[str, bytes]) -> None:
    """Add new ``files`` (relative name -> content) to the tree below ``root``, all or none.

    Raises FileExistsError when one of them is there already, else OSError; then none was added.
    """
    added: list[Path] = []
    with _beside(root) as made:
        _fill(made, files)
        try:
            for name in files:
                target = root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                # A link, unlike a rename, never takes the place of a file that is there.
                target.hardlink_to(made / name)
                added.append(target)
        except BaseException:
            for target in added:
                target.unlink(missing_ok=True)
            raise
