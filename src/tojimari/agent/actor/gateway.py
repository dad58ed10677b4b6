"""Changes the names that a gateway box keeps away, as `tojimari box setup` does: looked at, or taken back."""

import re
from collections.abc import Callable, Mapping
from typing import Literal
from urllib.parse import urlsplit

from tojimari.agent.actor.engine import Outcome, Plan
from tojimari.agent.actor.store import Store
from tojimari.agent.task_report import Change
from tojimari.box.change import SETTINGS, Box, save_settings
from tojimari.box.generation import Generation
from tojimari.box.settings_file import parse_settings, with_name
from tojimari.model import TojimariError

_HOST = re.compile(r"\bhttps?://(?:[^/\s@]*@)?([A-Za-z0-9.-]+)")
_TO: dict[str, Literal["allow", "block"]] = {"box_block": "block", "box_allow": "allow"}


class GatewayEngine:
    """Does ``box_block`` and ``box_allow``. Whose box it is, is other in tests."""

    fetches = False

    def __init__(self, box: Box | None = None, store: Store | None = None) -> None:
        """Change this computer's box. store: names the portal, which is never blocked."""
        self.box, self.store = box or Box(), store or Store()

    def present(self) -> bool:
        """Return whether this computer is a box that was set up."""
        return self.box.store.last_good() is not None

    def busy(self) -> bool:
        """Return whether somebody is changing the box, or a change was cut off."""
        return self.box.store.trial() is not None

    def plan(self, kind: str, parameters: Mapping[str, str]) -> Plan:
        """Return what would change, without changing anything.

        Only settings that are in place are changed: where somebody at the box has written into the
        file what is not set up yet, that is theirs to finish first.
        """
        good, name, to = self.box.store.last_good(), parameters["name"], _TO[kind]
        if good is None or self._written_by_hand(good):
            return Plan(failure="box_edited")
        try:
            if to == "block" and self._needed(good, name):
                return Plan(failure="box_needs_it")
            if name in _names(good.settings, to):
                return Plan()
            with_name(good.settings.encode(), "", name, to)
            other = "allow" if to == "block" else "block"
            before = other if name in _names(good.settings, other) else ""
        except TojimariError:
            return Plan(failure="box_settings")
        return Plan((Change(name, before, to),))

    def _needed(self, good: Generation, name: str) -> bool:
        """Whether the box itself would miss the name.

        It asks for its portal, its lists, the time, its updates, and what it tries its line by.
        """
        pin, settings = self.store.pin(), parse_settings(good.settings.encode(), "")
        places = [pin.portal] if pin else []
        places += [one.url for one in (settings.dns.lists if settings.dns else ()) if one.url]
        own = [*settings.line.names, *(settings.time.servers if settings.time else ())]
        own += [urlsplit(place).hostname or "" for place in places]
        own += self._sources_of_updates()
        return any(f".{one.lower()}".endswith(f".{name}") for one in own)

    def _sources_of_updates(self) -> set[str]:
        """Return the hosts that apt takes packages from."""
        folder = self.box.root / "etc/apt"
        found: set[str] = set()
        for path in (folder / "sources.list", *sorted(folder.glob("sources.list.d/*"))):
            try:
                found |= set(_HOST.findall(path.read_text("utf-8", "replace")))
            except OSError:
                continue
        return found

    def _written_by_hand(self, good: Generation) -> bool:
        try:
            return (self.box.root / SETTINGS).read_text("utf-8") != good.settings
        except (OSError, UnicodeError):
            return True

    def run(self, kind: str, parameters: Mapping[str, str], plan: Plan) -> Outcome:
        """Set the box up with the name; the file follows when it is in place."""
        if not plan.changes:
            return Outcome("done", notes=("nothing_to_do",))
        good = self.box.store.last_good()
        if good is None or self._written_by_hand(good):
            return Outcome("failed", "box_edited")

        def change() -> Outcome:
            text = with_name(good.settings.encode(), "", parameters["name"], _TO[kind])
            outcome = self.box.setup(parse_settings(text, ""), text.decode())
            if outcome.undone is not None:
                return Outcome("failed", "box_taken_back")
            return self._followed(text, plan.changes)

        return _guarded(change)

    def _followed(self, text: bytes, changes: tuple[Change, ...]) -> Outcome:
        """Let the settings file say what is in place."""
        save_settings(self.box.root / SETTINGS, text)
        return Outcome("done", changes=changes)

    def recover(self, kind: str, targets: tuple[Change, ...]) -> Outcome:
        """After a cut: the box is what it last was, and says which that is."""

        def look() -> Outcome:
            self.box.guard()
            good = self.box.store.last_good()
            names = _names(good.settings, _TO[kind]) if good else ()
            if good is None or not all(one.name in names for one in targets):
                return Outcome("interrupted", "was_cut_off")
            return self._followed(good.settings.encode(), targets)

        return _guarded(look)


def _names(text: str, key: str) -> tuple[str, ...]:
    dns = parse_settings(text.encode(), "").dns
    names: tuple[str, ...] = getattr(dns, key) if dns is not None else ()
    return names


def _guarded(deed: Callable[[], Outcome]) -> Outcome:
    """Do it; what the box cannot do, and a disk that refuses, is a failure."""
    try:
        return deed()
    except (TojimariError, OSError):
        return Outcome("failed", "engine_failed")
