"""clamonacc: ClamAV on access. What it finds it also refuses, where its settings say so.

Its log names what was found and not whether opening it was refused: that is asked of clamd's
settings, which decide it (clamd.conf(5), ``OnAccessPrevention``). Where they cannot be read, nobody
says that it was stopped. Lines have no time: they are taken as of when they are read.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import msgspec

from tojimari.watch.engine import Engine, Hearing, Unreadable, declare, text_of, word
from tojimari.watch.engines.clamav import found_in
from tojimari.watch.signal import Signal

SETTINGS = Path("/etc/clamav/clamd.conf")
_OTHER = re.compile(r"-+|(?:Clam\w+|ERROR|WARNING|LibClamAV|\*)[ :].*", re.IGNORECASE)


def signals_of(line: bytes, hearing: Hearing) -> Iterable[Signal]:
    """What was found, and whether it was kept from being opened."""
    said = text_of(line)
    found = found_in(said, hearing.now, stopped=None)
    if found is not None:
        return (msgspec.structs.replace(found, stopped=refuses(SETTINGS) or None),)
    if said.startswith("Clamonacc: stopped"):
        return (Signal("guard_stopped", hearing.now, name=word("clamonacc"), severity="low"),)
    if "watching '" in said:
        return (Signal("protection_on", hearing.now, name=word("clamonacc"), severity="low"),)
    if _OTHER.fullmatch(said):
        return ()
    raise Unreadable("no line of clamonacc")


def refuses(settings: Path) -> bool:
    """Return whether clamd's settings let clamonacc refuse what it finds.

    Not where whole mounts are watched: there it can only tell (OnAccessMountPath).
    """
    try:
        status = settings.stat()
        return _refuses(settings, status.st_mtime_ns, status.st_size)
    except OSError:
        return False


@lru_cache(maxsize=4)
def _refuses(settings: Path, *_as_it_was: int) -> bool:
    """Read the settings, once for as long as they stay as they are."""
    rows = [line.split() for line in settings.read_text("utf-8", "replace").splitlines()]
    said = {row[0].lower(): row[1].lower() for row in rows if len(row) > 1}
    return (
        said.get("onaccessprevention") in ("yes", "true", "1")
        and "onaccessincludepath" in said
        and "onaccessmountpath" not in said
    )


ENGINE = declare(
    Engine(
        id="clamonacc",
        title="ClamAV (clamonacc)",
        guards="endpoint",
        usual=("/var/log/clamav/clamonacc.log",),
        signals_of=signals_of,
        kinds=("malware", "guard_stopped", "protection_on"),
        proof="engine",
    )
)
