"""The baselines of watched web sites: a folder beside the state file, readable by its user only."""

from pathlib import Path

from tojimari.lib.files import write_whole
from tojimari.lib.folders import make_private
from tojimari.store.file import StoreError

MOST_BYTES = 30_000_000


class BaselineFolder:
    """The folder of one state file: ``state.sqlite3`` has ``state.watched``."""

    def __init__(self, state: Path) -> None:
        """Name the folder; nothing is made before something is stored."""
        self.folder = state.with_suffix(".watched")

    def path(self, site: str) -> Path:
        """Return where the state of ``site`` (a host name in ASCII) lies."""
        return self.folder / f"{site}.json"

    def read(self, site: str) -> bytes | None:
        """Return the stored baseline, None when there is none. Raises StoreError."""
        path = self.path(site)
        try:
            with path.open("rb") as file:
                return file.read(MOST_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _sentence(path, error) from error

    def write(self, site: str, data: bytes) -> None:
        """Store ``data`` whole or, on any failure, leave what was there. Raises StoreError."""
        path = self.path(site)
        try:
            make_private(self.folder)
            write_whole(path, data)
        except OSError as error:
            raise _sentence(path, error) from error


def _sentence(path: Path, error: OSError) -> StoreError:
    reason = error.strerror or str(error)
    return StoreError(
        f"{path}: ホームページの控えを読み書きできません ({reason})。空き容量と権限を確かめてください。"
        "前の控えは変えていません。",
        f"{path}: the kept state of the web site cannot be read or written ({reason}). Check free "
        "space and permissions. What was kept before is unchanged.",
    )
