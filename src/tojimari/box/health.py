"""How a box is: what is in place, what runs, how the line was when it was last tried."""

from datetime import timedelta
from pathlib import Path

import msgspec

from tojimari.box.change import Box, disk_differs
from tojimari.box.engines import ENGINES, EngineKind
from tojimari.box.line import LineSeen, LineState
from tojimari.box.services import said_by
from tojimari.box.settings import Settings
from tojimari.box.settings_file import BadSettings, parse_settings
from tojimari.box.store import StoreBusy
from tojimari.model.facts.box import BoxEngine, NetworkBox

LOOK_EVERY = timedelta(minutes=15)
_LIST_BYTES = 64_000


def settings_in_place(box: Box) -> Settings | None:
    """Return the settings of the last good generation; None without one that is understood."""
    made = box.store.last_good()
    if made is None:
        return None
    try:
        return parse_settings(made.settings.encode(), str(box.store.path(made.number)))
    except BadSettings:
        return None


def line_seen(box: Box) -> LineSeen | None:
    """Return how the line was when it was last tried; None where that is not known."""
    try:
        return msgspec.json.decode(box.store.seen.read_bytes(), type=LineSeen)
    except (OSError, msgspec.MsgspecError):
        return None


def look_at_line(box: Box) -> LineSeen | None:
    """Try the line now and keep what was seen.

    None without a configuration, and while somebody is changing the box. Raises OSError.
    """
    settings = settings_in_place(box)
    if settings is None:
        return None
    try:
        with box.store.lock(0):
            return box.note_line(box.probe(settings))
    except StoreBusy:
        return None


def look_is_due(box: Box) -> bool:
    """Whether the line should be tried now.

    It was long ago, or by a clock that was wrong; or it was dead then, as while a box is starting:
    a box that works again says so at once.
    """
    seen = line_seen(box)
    if seen is None or not seen.state.alive:
        return True
    return not timedelta(0) <= box.now() - seen.at < LOOK_EVERY


def health(box: Box) -> NetworkBox:
    """Return how the box is. What cannot be seen is None, never fine."""
    made, settings, seen = box.store.last_good(), settings_in_place(box), line_seen(box)
    good = box.store.good(made.number) if made else None
    used = [one for one in ENGINES if made is not None and one.id in made.engines and one.packages]
    state = seen.state if seen else LineState()
    asked = settings is not None and settings.dns is not None and seen is not None
    return NetworkBox(
        generation=made.number if made else 0,
        generation_at=made.made_at if made else None,
        proven=good is not None and good.proven,
        changing=box.store.trial() is not None,
        changed_by_hand=len(disk_differs(box, made)),
        engines=tuple(_engine(box, one) for one in used),
        line_at=seen.at if seen else None,
        names_answered=state.names,
        ipv4=state.ipv4,
        ipv6=state.ipv6,
        filtering=box.services.filtering() if made and "firewall" in made.engines else None,
        names_filtered=state.filtered if asked else None,
        lists=_lists(box, settings),
        updates_by_themselves=made is not None and "updates" in made.engines,
    )


def _engine(box: Box, kind: EngineKind) -> BoxEngine:
    running = [box.services.running(unit) for unit in kind.units]
    known = all(one is not None for one in running)
    return BoxEngine(kind.id, all(running) if known else None, _versions(kind.packages))


def _versions(packages: tuple[str, ...]) -> tuple[str, ...]:
    query = ["dpkg-query", "-W", "-f", "${Package} ${Version}\n", *packages]
    return tuple(sorted(said_by(query).splitlines()))


def _lists(box: Box, settings: Settings | None) -> int:
    """Return how many lists hold at least one name to block."""
    if settings is None or settings.dns is None:
        return 0
    files = [one.file or f"/var/lib/unbound/tojimari-{one.name}.rpz" for one in settings.dns.lists]
    return sum(_holds_names(box.root / file.lstrip("/")) for file in files)


def _holds_names(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            begin = file.read(_LIST_BYTES)
    except OSError:
        return False
    return b"CNAME" in begin.upper()
