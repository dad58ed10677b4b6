"""systemd's units as its folders show them: masked, enabled, and which timer starts a service."""

from tojimari.collect.host import Host, Unavailable

ETC = "/etc/systemd/system"
FOLDERS = (
    ETC,
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)


def _link_to_nothing(host: Host, path: str) -> bool:
    place = host.path(path)
    try:
        if place.is_symlink():
            return str(place.readlink()) == "/dev/null"
        return place.is_file() and place.stat().st_size == 0
    except OSError:
        return False


def masked(host: Host, unit: str, folders: tuple[str, ...] = FOLDERS) -> bool:
    """Return whether ``unit`` can never be started: a link to /dev/null, or an empty file.

    folders: where units of one manager live, the first one wins.
    """
    for folder in folders:
        path = f"{folder}/{unit}"
        if host.path(path).is_symlink() or host.path(path).exists():
            return _link_to_nothing(host, path)
    return False


def enabled(host: Host, unit: str, folders: tuple[str, ...] = FOLDERS) -> bool:
    """Return whether ``unit`` starts by itself: some other one that starts wants or requires it.

    A unit file alone starts nothing. Links count although what they point to is outside a prefix
    root.
    """
    if masked(host, unit, folders):
        return False
    return any(
        host.glob(f"{folder}/*.{kind}/{unit}")
        for folder in folders
        for kind in ("wants", "requires", "upholds")
    )


def setting(text: str, key: str) -> list[str]:
    """Return every value of ``key`` in a unit file, in order; an empty one takes back the others."""
    values: list[str] = []
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and name.strip() == key:
            values = [*values, value.strip()] if value.strip() else []
    return values


def started_by_timers(host: Host, folders: tuple[str, ...] = FOLDERS) -> set[str]:
    """Return the services that enabled timers start, as they are named (``x.service``).

    A timer starts the service of its own name unless "Unit=" says another; for an instance of a
    template (``x@name.timer``) the template's service (``x@.service``) is named as well.
    """
    found: set[str] = set()
    for folder in folders:
        for path in host.glob(f"{folder}/*.wants/*.timer"):
            timer = path.rsplit("/", 1)[-1]
            if masked(host, timer, folders):
                continue
            stem = timer.removesuffix(".timer")
            name, at, _ = stem.partition("@")
            said = _unit_of(host, [timer, f"{name}{at}.timer"], folders)
            found |= set(said or [f"{stem}.service", f"{name}{at}.service"])
    return found


def _unit_of(host: Host, timers: list[str], folders: tuple[str, ...]) -> list[str]:
    """Return the unit that "Unit=" of the first of ``timers`` that is there names; or none."""
    for folder in folders:
        for name in timers:
            try:
                return setting(host.read(f"{folder}/{name}"), "Unit")[-1:]
            except Unavailable:
                continue
    return []
