"""A box below a folder of a test's own."""

from copy import deepcopy
from pathlib import Path

import yaml

from tojimari.box.change import Box
from tojimari.box.engines import ENGINES
from tojimari.box.line import LineState
from tojimari.box.settings import Settings
from tojimari.box.settings_file import parse_settings

ALIVE = LineState(names=True, ipv4=True)
DEAD = LineState(names=True)
SMALL = {
    "schema": "tojimari.box/1",
    "name": "box",
    "outer": {"port": "out0"},
    "office": {"port": "in0", "ipv4": "10.1.0.1/24", "ipv6": "fd00:1::1/64"},
    "line": {"names": ["site.example"], "wait_seconds": 5},
    "ports_by": "others",
    "firewall": {},
    "dns": {},
}


def text_of(**changed) -> str:
    """Return the small settings as a file; a part that is None is left out."""
    raw = deepcopy(SMALL) | changed
    return yaml.safe_dump({key: value for key, value in raw.items() if value is not None})


def settings_of(**changed) -> Settings:
    return parse_settings(text_of(**changed).encode(), "settings")


class Services:
    """What was asked of the system that runs the engines."""

    def __init__(self, wrong=()):
        self.applied, self.stopped, self.wrong = [], [], list(wrong)
        self.enabled = set()

    def apply(self, changed, present):
        self.applied.append(set(changed))
        if "firewall" in changed and "firewall" in present:
            self.enabled.add("nftables")
        return self.wrong.pop(0) if self.wrong else []

    def stand_by(self):
        return []

    def stop(self, engines, *, now):
        self.stopped.append(set(engines))

    def wake(self, engines):
        pass

    def asleep(self, engines):
        """Of a plain Debian: its packet filter does not start by itself."""
        return () if "firewall" not in engines or "nftables" in self.enabled else ("nftables",)

    def sleep(self, units, *, now):
        self.enabled -= set(units)

    def running(self, unit):
        return True

    def filtering(self):
        return True


class Links(Services):
    """A system whose units start where a link says so, as systemd's do; their links are on the disk."""

    RESTORE = "tojimari-box-restore"

    def __init__(self, root: Path):
        super().__init__()
        self.links = root / "links"

    def starts(self, unit) -> bool:
        return (self.links / unit).exists()

    def _link(self, units):
        self.links.mkdir(exist_ok=True)
        for unit in units:
            (self.links / unit).write_text("")

    def _unlink(self, units):
        for unit in units:
            (self.links / unit).unlink(missing_ok=True)

    def _units(self, engines, *, ours):
        all_ = [unit for one in ENGINES if one.id in engines for unit in one.units]
        return [one for one in all_ if one.startswith("tojimari") == ours]

    def stand_by(self):
        self._link([self.RESTORE, *self._units({"box"}, ours=True)])
        return []

    def apply(self, changed, present):
        self.wake(set(changed) & set(present))
        return []

    def wake(self, engines):
        self._link([*self._units(engines, ours=False), *self._units(engines, ours=True)])

    def stop(self, engines, *, now):
        self._unlink(self._units(engines, ours=True))
        if "box" in engines:
            self._unlink([self.RESTORE])

    def asleep(self, engines):
        return tuple(one for one in self._units(engines, ours=False) if not self.starts(one))

    def sleep(self, units, *, now):
        self._unlink(units)


def box_in(root: Path, *states: LineState, services=None) -> Box:
    """Return a box whose line is, look after look, as ``states`` say (alive where none is left)."""
    left = list(states)
    return Box(
        root,
        services=services or Services(),
        probe=lambda settings: left.pop(0) if left else ALIVE,
        sleep=lambda seconds: None,
    )


def files_in(root: Path) -> dict[str, str]:
    """Return every file below ``root`` but the store's."""
    return {
        str(path.relative_to(root)): path.read_text()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "tojimari-box" not in path.relative_to(root).parts[:3]
    }
