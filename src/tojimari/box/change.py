"""A change of a box: put in place, looked at, kept or taken back. One at a time, cut off anywhere."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tojimari.box.engines import ENGINES, check_whole
from tojimari.box.generation import Generation, Original
from tojimari.box.line import LineSeen, LineState, Probe, probe_office
from tojimari.box.plan import FileChange, changes, read_text
from tojimari.box.rendering.file import Places, RenderedFile
from tojimari.box.rendering.files import rendered
from tojimari.box.rendering.units import OWN_FILES
from tojimari.box.services import NoServices, Services, Systemd
from tojimari.box.settings import Settings
from tojimari.box.settings_file import parse_settings
from tojimari.box.store import (
    FOLDER,
    RESET,
    Good,
    Store,
    StoreBusy,
    make_durably,
    remove_durably,
    write_durably,
)
from tojimari.box.traces import forget_traces
from tojimari.lib.files import write_whole
from tojimari.model import TojimariError

SETTINGS = "etc/tojimari-box/settings.yaml"
"""Where the settings of a box are kept, below its root."""
THIS_PROGRAM = (sys.executable, "-m", "tojimari")
"""What the box's units start: the installation that wrote them, wherever it lies."""
LONGEST_WAIT = 700.0
"""Seconds to wait for another command: longer than a line may take after a change."""
_PAUSE = 3.0


class Outcome(msgspec.Struct, frozen=True):
    """What came of a change.

    Attributes:
        number: the generation that is in place now; 0 for what was there before Tojimari.
        undone: the generation that was taken back, where one was.
        line: what was seen of the line last; None where nobody looked.
        wrong: what went wrong with services, one line each.
    """

    number: int
    undone: int | None = None
    line: LineState | None = None
    wrong: tuple[str, ...] = ()


class Box:
    """One box: the files below ``root``, its store, its services and its line.

    services, probe, sleep, now, seconds: the running system's; others are given in tests.
    """

    def __init__(
        self,
        root: Path = Path("/"),
        *,
        command: tuple[str, ...] = THIS_PROGRAM,
        services: Services | None = None,
        probe: Probe = probe_office,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look after the box whose ``/`` is ``root``."""
        self.root, self.places = root, Places(root, command)
        self.store = Store(root / FOLDER)
        self.services = services or (Systemd() if root == Path("/") else NoServices())
        self.probe, self.sleep, self.now, self.seconds = probe, sleep, now, seconds

    # What would be

    def changes(self, files: Mapping[str, RenderedFile]) -> list[FileChange]:
        """Return what these files would change. Raises OSError."""
        before = self.store.last_good()
        originals = {one.path: one for one in before.originals} if before else {}
        left = {
            one.path: (one.engine, originals[one.path].text if one.path in originals else None)
            for one in (before.files if before else ())
        }
        return changes(files, left, self.root)

    def rendered(self, settings: Settings) -> dict[str, RenderedFile]:
        """Return the files of these settings as they go into place."""
        return rendered(settings, self.places)

    # A change

    def setup(self, settings: Settings, text: str, *, offline: bool = False) -> Outcome:
        """Make these settings the box's configuration; the one before returns if the line dies.

        text: the settings file.
        offline: no line is plugged in yet: the change is kept without looking.
        Raises TojimariError (StoreBusy; a box that is in the middle of a change), OSError before
        anything was changed.
        """
        return self._change(self.rendered(settings), settings, text, offline=offline)

    def back(self, number: int) -> Outcome:
        """Bring back the configuration of an earlier generation, as a new one. Raises TojimariError."""
        earlier = self.store.read(number)
        settings = parse_settings(earlier.settings.encode(), str(self.store.path(number)))
        files = {one.path: one for one in earlier.files}
        return self._change(files, settings, earlier.settings, offline=False, back_to=number)

    def _change(
        self,
        files: dict[str, RenderedFile],
        settings: Settings,
        text: str,
        *,
        offline: bool,
        back_to: int | None = None,
    ) -> Outcome:
        with self.store.lock(LONGEST_WAIT):
            if self.store.trial() is not None:
                # Somebody's change was cut off: first the box is what it last was.
                self._take_back()
            before = self.store.last_good()
            made = Generation(
                self.store.next_number(),
                self.now(),
                text,
                tuple(files.values()),
                self._originals(files, before),
                back_to,
                asleep=self._asleep(files, before),
            )
            changed = {one.engine for one in self.changes(files)}
            self.store.add(made)
            self.store.begin_trial(made.number)
            wrong = self._put_and_start(made, changed)
            line = None if offline or wrong else self._wait_for_line(settings)
            if wrong or (line is not None and not line.alive):
                return msgspec.structs.replace(self._take_back(), line=line, wrong=tuple(wrong))
            self.store.accept(made.number, Good(self.now(), proven=line is not None))
            if line is not None:
                with contextlib.suppress(OSError):  # it is in place all the same
                    self.note_line(line)
            return Outcome(made.number, line=line)

    def _put_and_start(self, made: Generation, changed: set[str]) -> list[str]:
        """Put files in place and let the engines take them up; returns what went wrong."""
        try:
            # Before all else: what is cut off from here on is put back by these units, or by nobody.
            self._put(made, own=True)
            if "box" in changed and (wrong := self.services.stand_by()):
                return wrong
            self.services.stop(changed - made.engines, now=True)
            self._put(made, own=False)
            self.services.sleep(_units(changed - made.engines, made.asleep), now=True)
        except OSError as error:
            return [f"{error.filename}: {error.strerror}"]
        if self.root == Path("/"):
            refused = [one for one in check_whole(changed) if one.state == "refused"]
            if refused:
                return [f"{one.program}: {one.said}" for one in refused]
        return self.services.apply(changed, made.engines)

    def _wait_for_line(self, settings: Settings) -> LineState:
        until = self.seconds() + settings.line.wait_seconds
        while True:
            state = self.probe(settings)
            if state.alive or self.seconds() >= until:
                return state
            self.sleep(_PAUSE)

    def note_line(self, state: LineState) -> LineSeen:
        """Keep how the line is now. Raises OSError."""
        seen = LineSeen(self.now(), state)
        write_durably(self.store.seen, msgspec.json.encode(seen))
        return seen

    def _originals(
        self, files: Mapping[str, RenderedFile], before: Generation | None
    ) -> tuple[Original, ...]:
        """Return what was there before Tojimari: as known so far, and what is touched first now."""
        known = {one.path: one for one in (before.originals if before else ())}
        for path, file in files.items():
            if path in known:
                continue
            place = self.root / path.lstrip("/")
            if place.is_symlink():
                raise TojimariError(
                    f"{place}: よそを指す印 (シンボリックリンク) です。ふつうのファイルにするか、消してください。",
                    f"{place}: is a symbolic link. Make it a plain file, or take it away.",
                )
            text = read_text(place)
            mode = place.stat().st_mode & 0o7777 if text is not None else 0o644
            known[path] = Original(path, text, mode, file.engine)
        return tuple(known.values())

    def _asleep(
        self, files: Mapping[str, RenderedFile], before: Generation | None
    ) -> tuple[str, ...]:
        """Return the units that did not start with the system before Tojimari, as for `_originals`."""
        known = {one.engine for one in (before.originals if before else ())}
        new = {one.engine for one in files.values()} - known
        return (*(before.asleep if before else ()), *self.services.asleep(new))

    def _put(self, made: Generation, *, own: bool) -> None:
        """Put a generation's files in place; what it has not is as before Tojimari. Raises OSError.

        own: those of the box itself, which put a change back that is cut off; else all others.
        """
        wanted = {one.path for one in made.files}
        rows: list[RenderedFile | Original] = [
            *made.files,
            *(one for one in made.originals if one.path not in wanted),
        ]
        for one in rows:
            if (one.engine == "box") == own:
                self._sweep(self.root / one.path.lstrip("/"))
                self._write(one.path, one.text, one.mode)

    @staticmethod
    def _sweep(place: Path) -> None:
        """Remove what a writing that was cut off left beside a file (see tojimari.lib.files)."""
        for left in place.parent.glob(f".{place.name}.????????"):
            left.unlink(missing_ok=True)

    def _write(self, path: str, text: str | None, mode: int) -> None:
        place = self.root / path.lstrip("/")
        if read_text(place) == text:
            return
        if text is None:
            remove_durably(place)
            return
        make_durably(place.parent)
        write_durably(place, text.encode("utf-8", "surrogateescape"), mode=mode)

    # Taking back

    def restore(self) -> Outcome | None:
        """Put the last good files back after a change that was cut off; starts no service.

        For the start of the system, before anything reads the files. Returns None where nothing was
        cut off. Raises TojimariError, OSError.
        """
        with self.store.lock(LONGEST_WAIT):
            return None if self.store.trial() is None else self._take_back(start=False)

    def guard(self) -> Outcome | None:
        """Finish what a change that was cut off left: where nobody is about it, take it back.

        Returns None where there is nothing to do, also while another command is changing the box.
        Raises TojimariError, OSError.
        """
        try:
            with self.store.lock(0):
                return None if self.store.trial() is None else self._take_back()
        except StoreBusy:
            return None

    def reset(self) -> Outcome:
        """Put back what was there before Tojimari, and forget all generations and the key.

        Raises TojimariError, OSError.
        """
        with self.store.lock(LONGEST_WAIT):
            self.store.begin_trial(RESET)
            return self._take_back()

    def _take_back(self, *, start: bool = True) -> Outcome:
        """Put back the last good generation, or what was there before Tojimari, and end the trial.

        The trial's mark goes last: cut off in the middle, this is done anew.
        """
        what = self.store.trial() or ""
        resets = what == RESET
        newest, good = self.store.newest_readable(), self.store.last_good()
        originals = newest.originals if newest else ()
        if good is not None and not resets:
            known = {one.path for one in good.originals}
            # What the trial touched first is not in the last good one: it is as it was.
            more = tuple(one for one in originals if one.path not in known)
            asleep = {*good.asleep, *(newest.asleep if newest else ())}
            target = msgspec.structs.replace(
                good, originals=(*good.originals, *more), asleep=tuple(sorted(asleep))
            )
        elif newest is not None:
            target = msgspec.structs.replace(newest, number=0, files=())
        elif not self.store.numbers("json"):
            target = None
        else:
            raise TojimariError(
                f"{self.store.folder}: 読める世代がありません。設定から `tojimari box setup` を行ってください。",
                f"{self.store.folder}: no generation can be read. Run `tojimari box setup` from the settings.",
            )
        gone = {one.engine for one in originals} if resets else newest.engines if newest else set()
        wrong = self._put_back(target, gone, start=start) if target is not None else []
        undone = int(what) if what.isdecimal() and what.isascii() else None
        if resets:
            # While the mark is there: cut off in the middle, this is done anew.
            forget_traces(self.root, {one.engine for one in originals})
            self.store.forget_generations()
        if target is None or not target.files:
            self._let_go(target, now=start)
        if resets:
            self.store.forget_rest()
        else:
            self.store.end_trial(undone, self.now())
        number = target.number if target is not None else 0
        return Outcome(number, undone=undone, wrong=tuple(wrong))

    def _put_back(self, target: Generation, gone: set[str], *, start: bool) -> list[str]:
        """Put the target's files in place, and let go of the engines ``gone`` that it has not.

        What puts back stays until all else is done (see `_let_go`).
        """
        wanted = {one.path for one in target.files}
        rows: list[RenderedFile | Original] = [*target.files]
        rows += [one for one in target.originals if one.path not in wanted]
        touched = {
            one.engine for one in rows if read_text(self.root / one.path.lstrip("/")) != one.text
        }
        asleep = _units(gone - target.engines, target.asleep)
        wrong = []
        if target.files:
            self._put(target, own=True)
            wrong = self.services.stand_by() if start and "box" in touched else []
        # Also those whose files are away already: this may be done anew after it was cut off.
        self.services.stop((touched | gone) - target.engines - {"box"}, now=start)
        self._put(target, own=False)
        self.services.sleep(asleep, now=start)
        if not start:
            # The change may have switched some off for good before it was cut off.
            self.services.wake(target.engines)
            return []
        # All of them, not only those whose files differ: one may have been stopped half way.
        return wrong + self.services.apply({*touched, *target.engines}, target.engines)

    def _let_go(self, target: Generation | None, *, now: bool) -> None:
        """Remove what puts back, last of all; ``target`` is what was there before, where known.

        By its places: after a reset that was cut off here, no generation tells them any more.
        """
        self.services.stop({"box"}, now=now)
        before = {one.path: one for one in (target.originals if target is not None else ())}
        for path in OWN_FILES:
            was = before.get(path)
            self._sweep(self.root / path.lstrip("/"))
            self._write(path, was.text if was else None, was.mode if was else 0)


def _units(engines: set[str], asleep: Iterable[str]) -> list[str]:
    """Return the units of ``engines`` that are among ``asleep``."""
    known = set(asleep)
    return [unit for one in ENGINES if one.id in engines for unit in one.units if unit in known]


def disk_differs(box: Box, generation: Generation | None) -> list[str]:
    """Return the places whose files are not what the generation put there; None has none."""
    if generation is None:
        return []
    found = []
    for one in generation.files:
        with contextlib.suppress(OSError):
            if read_text(box.root / one.path.lstrip("/")) == one.text:
                continue
        found.append(one.path)
    return found


def save_settings(path: Path, data: bytes) -> None:
    """Write a settings file whole, for root only. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o7777 if path.exists() else 0o600
    write_whole(path, data, mode=mode)
