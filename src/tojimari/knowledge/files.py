"""The files of knowledge: those that come along, or newer ones from the operator's folder."""

import gzip
import os
import zlib
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from tojimari.lib.files import read_at_most
from tojimari.model import TojimariError

FOLDER = "TOJIMARI_KNOWLEDGE"
"""Environment variable: the folder with newer copies."""
MOST_BYTES = 100_000_000
SHIPPED = Path(__file__).parent / "data"
"""The folder with what comes along."""
_AS_OF = {
    "retirejs-v5": date(2026, 8, 22),
    "wappalyzer-fingerprints": date(2026, 8, 16),
    "kev": date(2025, 8, 25),
    "endoflife": date(2026, 8, 22),
}
T = TypeVar("T")


class Copy(msgspec.Struct, frozen=True):
    """A file of knowledge as it lies there: another time of change is another copy.

    Attributes:
        path: where it lies.
        changed_ns: when it was last changed (nanoseconds since 1970), 0 where that cannot be told.
    """

    path: Path
    changed_ns: int


def copy_of(name: str, shipped: Path | None = None) -> Copy:
    """Return the copy that counts now; the key for whatever is made of its content."""
    path = place_of(name, shipped)
    try:
        return Copy(path, path.stat().st_mtime_ns)
    except OSError:
        return Copy(path, 0)


def place_of(name: str, shipped: Path | None = None) -> Path:
    """Return where the file ``name`` (without its ending) is taken from.

    The operator's folder goes before what is ``shipped``.
    """
    folder = os.environ.get(FOLDER, "")
    if folder:
        for ending in (".json", ".json.gz"):
            newer = Path(folder) / f"{name}{ending}"
            if newer.is_file():
                return newer
    return shipped or SHIPPED / f"{name}.json.gz"


def as_of(name: str, shipped: Path | None = None) -> date:
    """Return the day the data is from; of the operator's copy, the day of the file."""
    place, own = place_of(name, shipped), shipped or SHIPPED / f"{name}.json.gz"
    if place == own:
        return _AS_OF[name]
    return datetime.fromtimestamp(place.stat().st_mtime, UTC).date()


def decoded(name: str, shape: type[T], shipped: Path | None = None) -> T:
    """Return the file ``name`` in ``shape``. Raises TojimariError for one that cannot be used."""
    return content_of(copy_of(name, shipped), shape)


def content_of(copy: Copy, shape: type[T]) -> T:
    """Return a copy's content in ``shape``, read once. Raises TojimariError when unusable."""
    return cast(T, _content(copy, cast(Any, shape)))


@lru_cache(maxsize=8)
def _content(copy: Copy, shape: Any) -> Any:
    try:
        if copy.path.suffix == ".gz":
            with gzip.open(copy.path) as file:
                data = read_at_most(file, MOST_BYTES + 1)
        else:
            with copy.path.open("rb") as file:
                data = read_at_most(file, MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError(f"> {MOST_BYTES} bytes")
        return msgspec.json.decode(data, type=shape)
    except (OSError, EOFError, zlib.error, ValueError, msgspec.MsgspecError) as error:
        reason = str(error)[:200]
        raise TojimariError(
            f"{copy.path}: 使えません ({reason})。{FOLDER} のフォルダーには、元の形のままのファイルを置いてください。",
            f"{copy.path}: cannot be used ({reason}). Put files of the original format into "
            f"the folder of {FOLDER}.",
        ) from error
