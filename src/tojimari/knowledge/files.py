"""The files of knowledge: those that come along, or newer ones from the operator's folder."""

import gzip
import os
import zlib
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from tojimari.model import TojimariError

FOLDER = "TOJIMARI_KNOWLEDGE"
"""Environment variable: the folder with newer copies."""
MOST_BYTES = 100_000_000
_HERE = Path(__file__).parent / "data"
_AS_OF = {
    "retirejs-v5": date(2026, 8, 22),
    "wappalyzer-fingerprints": date(2026, 8, 16),
    "kev": date(2025, 8, 25),
    "endoflife": date(2026, 8, 22),
}
T = TypeVar("T")


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
    return shipped or _HERE / f"{name}.json.gz"


def as_of(name: str, shipped: Path | None = None) -> date:
    """Return the day the data is from; of the operator's copy, the day of the file."""
    place, own = place_of(name, shipped), shipped or _HERE / f"{name}.json.gz"
    if place == own:
        return _AS_OF[name]
    return datetime.fromtimestamp(place.stat().st_mtime, UTC).date()


def decoded(name: str, shape: type[T], shipped: Path | None = None) -> T:
    """Return the file ``name`` in ``shape``. Raises TojimariError for one that cannot be used."""
    place = place_of(name, shipped)
    try:
        stamp = place.stat().st_mtime_ns
    except OSError:
        stamp = 0
    return cast(T, _decoded(place, stamp, cast(Any, shape)))


@lru_cache(maxsize=8)
def _decoded(place: Path, stamp: int, shape: Any) -> Any:
    """Read once as long as the file stays the same (``stamp``: when it was changed)."""
    try:
        if place.suffix == ".gz":
            with gzip.open(place) as file:
                data = file.read(MOST_BYTES + 1)
        else:
            with place.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise ValueError(f"> {MOST_BYTES} bytes")
        return msgspec.json.decode(data, type=shape)
    except (OSError, EOFError, zlib.error, ValueError, msgspec.MsgspecError) as error:
        raise TojimariError(
            f"{place}: 使えません ({str(error)[:200]})。{FOLDER} のフォルダーには、元の形のままのファイルを置いてください。",
            f"{place}: cannot be used ({str(error)[:200]}). Put files of the original format into "
            f"the folder of {FOLDER}.",
        ) from error
