"""systemd's units as its folders show them: masked, enabled, and what timers start and when."""

import re

from tojimari.collect.host import Host, Unavailable

ETC = "/etc/systemd/system"
FOLDERS = (
    ETC,
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
"""Where units lie; the first place that has one of a name wins (systemd.unit(5))."""


def _link_to_nothing(host: Host, path: str) -> bool:
    place = host.path(path)
    try:
        if place.is_symlink():
            return str(place.readlink()) == "/dev/null"
        return place.is_file() and place.stat().st_size == 0
    except OSError:
        return False


def _winning(host: Host, unit: str, folders: tuple[str, ...]) -> str:
    """Return the path of the unit that wins, also of a link that leads out of a prefix root."""
    for folder in folders:
        place = host.path(f"{folder}/{unit}")
        try:
            if place.is_symlink() or place.exists():
                return f"{folder}/{unit}"
        except OSError:
            continue
    return ""


def masked(host: Host, unit: str, folders: tuple[str, ...] = FOLDERS) -> bool:
    """Return whether ``unit`` can never be started: a link to /dev/null, or an empty file.

    folders: where units of one manager live, the first one wins.
    """
    path = _winning(host, unit, folders)
    return bool(path) and _link_to_nothing(host, path)


def cut_off(host: Host, unit: str, section: str) -> bool:
    """Return whether the unit that wins is masked or has no ``section`` ("[Timer]", "[Service]").

    A unit of which nothing is seen is not cut off.
    """
    path = _winning(host, unit, FOLDERS)
    if not path:
        return False
    if _link_to_nothing(host, path):
        return True
    try:
        return section not in host.read(path)
    except Unavailable:
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


def text_of(host: Host, unit: str, folders: tuple[str, ...] = FOLDERS) -> str:
    """Return the unit that wins with its drop-ins behind it, by their names; "" for none.

    A drop-in of one name counts from the first folder that has it (systemd.unit(5)).
    """
    drop_ins = {
        path.rsplit("/", 1)[-1]: path
        for folder in reversed(folders)
        for path in host.glob(f"{folder}/{unit}.d/*.conf")
    }
    paths = [_winning(host, unit, folders), *(drop_ins[name] for name in sorted(drop_ins))]
    texts = []
    for path in filter(None, paths):
        try:
            texts.append(host.read(path))
        except Unavailable:
            continue
    return re.sub(r"\\\r?\n", " ", "\n".join(texts))


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


def fires(host: Host, timer: str) -> bool:
    """Return whether ``timer`` ("apt-daily.timer") is switched on and neither it nor its job is cut off."""
    job = f"{timer.removesuffix('.timer')}.service"
    if cut_off(host, timer, "[Timer]") or cut_off(host, job, "[Service]"):
        return False
    return timer in switched_on(host) and _has_moments(host, timer)


def _has_moments(host: Host, timer: str) -> bool:
    """Return whether drop-ins leave the timer a moment to fire at.

    An empty one of the settings On... takes back all that were made before it (systemd.timer(5)).
    """
    unit = next((f"{folder}/{timer}" for folder in FOLDERS if host.exists(f"{folder}/{timer}")), "")
    drop_ins = [path for folder in FOLDERS for path in host.glob(f"{folder}/{timer}.d/*.conf")]
    moments = True  # of a unit that is not seen, the maker's own
    for path in [unit, *sorted(drop_ins, key=lambda path: path.rsplit("/", 1)[-1])]:
        try:
            text = host.read(path) if path else ""
        except Unavailable:
            continue
        for value in re.findall(r"^[ \t]*On[A-Z]\w+[ \t]*=[ \t]*(.*)$", text, re.MULTILINE):
            moments = bool(value.strip())
    return moments


_WORDS = {"weekly": 7, "monthly": 31, "quarterly": 92, "semiannually": 183, "semi-annually": 183, "annually": 366, "yearly": 366}  # fmt: skip
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*(?=\s|$)", re.IGNORECASE)
_DATE = re.compile(r"(?:^|\s)(?:[\d*,./]+-)?([\d*,./]+)[-~]([\d*,./]+)(?=\s|$)")


def rarest_days(host: Host, timer: str) -> int:
    """Return how many days may pass between two starts of ``timer`` by its calendar; 0 for a day or less.

    Only what is plainly rare is told apart (systemd.time(7)): words, one weekday, fixed days of a
    month or of a year. A moment that is written in another way counts as often.
    """
    found = [_apart(moment) for moment in setting(text_of(host, timer), "OnCalendar")]
    return min(found, default=0)


def _apart(moment: str) -> int:
    word = moment.strip().lower()
    if word in _WORDS:
        return _WORDS[word]
    date = _DATE.search(word)
    if date:
        month, day = date.groups()
        if "*" not in month and not re.search(r"[,./]", month):
            return 366
        if "*" not in day and not re.search(r"[,./]", day):
            return 31
    return 7 if _WEEKDAY.match(word) else 0


def switched_on(host: Host, target: str = "timers.target") -> set[str]:
    """Return the names of the units that ``target`` wants."""
    found: set[str] = set()
    for folder in FOLDERS:
        found |= {path.rsplit("/", 1)[-1] for path in host.glob(f"{folder}/{target}.wants/*")}
    return found
