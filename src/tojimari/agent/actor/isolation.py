"""Cuts this device off from everything but its portal, with nftables, and lets it in again."""

import json
import shutil
import socket
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from tojimari.agent.actor.command import PATH, Ran, run
from tojimari.agent.actor.engine import Outcome, Plan
from tojimari.agent.actor.isolation_rules import TABLE, asking_users, plain, resolvers, rules
from tojimari.agent.actor.store import Line, Store
from tojimari.agent.isolation import NAME, Isolation
from tojimari.agent.task_report import Change
from tojimari.model import CannotWrite

_SECONDS = 60.0
LONGEST = timedelta(hours=72)
ISOLATED = "isolated"
"""Name of the change that a task tells: before and after are until when, "" for not isolated."""
Stands = Literal["on", "over", "gone"]


def addresses_of(host: str, port: int) -> tuple[str, ...]:
    """Return the addresses of a host, without one's own; () where it cannot be looked up."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(sorted({address for one in found if (address := plain(str(one[4][0])))}))


class IsolationEngine:
    """Does ``isolate`` and ``release``. What is given besides the store is other in tests."""

    fetches = False

    def __init__(
        self,
        store: Store | None = None,
        *,
        root: Path = Path("/"),
        nft: Sequence[str] = ("nft",),
        hour: timedelta = timedelta(hours=1),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        addresses: Callable[[str, int], tuple[str, ...]] = addresses_of,
    ) -> None:
        """Keep in ``store`` until when the device is isolated."""
        self.store, self.root, self.nft, self.hour = store or Store(), root, nft, hour
        self.now, self.addresses = now, addresses

    # As every engine.

    def present(self) -> bool:
        """Return whether nftables is installed."""
        return shutil.which(self.nft[0], path=PATH) is not None

    def busy(self) -> bool:
        """Return False: the kernel takes a table in one step."""
        return False

    def plan(self, kind: str, parameters: Mapping[str, str]) -> Plan:
        """Return what would change, without changing anything."""
        kept = self.kept()
        if kind == "release":
            return Plan((_change(kept, None),) if kept else ())
        until = self.now() + self._wanted(parameters)
        return Plan((Change(ISOLATED, _text(kept.until if kept else None), _text(until)),))

    def run(self, kind: str, parameters: Mapping[str, str], plan: Plan) -> Outcome:
        """Do it, and ask the kernel what came of it."""
        before = self.kept()
        if kind == "release":
            return self._released(before)
        made = self._begun(self._wanted(parameters), int(parameters["hours"]))
        if made is None:
            return Outcome("failed", "engine_failed")
        try:
            with self.store.isolating():
                # Kept first: after a cut it is found there, and applied.
                self.store.save(NAME, msgspec.json.encode(made), mode=0o644)
                ran = self._apply(made)
        except CannotWrite:
            return Outcome("failed", "engine_failed")
        if ran.code != 0 or self.stands() != "on":
            self._fall_back(before)
            return Outcome("failed", "engine_failed")
        notes = () if made.portal else ("portal_not_found",)
        return Outcome("done", changes=(_change(before, made),), notes=notes)

    def recover(self, kind: str, targets: tuple[Change, ...]) -> Outcome:
        """Say how it stands after a cut."""
        on = self.stands() == "on"
        if on == (kind == "isolate"):
            return Outcome("done", changes=(_change(None, self.kept()),) if on else ())
        return Outcome("interrupted", "was_cut_off")

    # What it keeps, and what the kernel says.

    def kept(self) -> Isolation | None:
        """Return what is kept about an isolation; None where there is none, or it is damaged."""
        try:
            data = (self.store.folder / NAME).read_bytes()
            return msgspec.json.decode(data, type=Isolation)
        except (OSError, msgspec.MsgspecError):
            return None

    def stands(self) -> Stands:
        """Return how it is in the kernel: ``on``, ``over`` (its time ended), or ``gone``."""
        ran = run([*self.nft, "-j", "list", "set", "inet", TABLE, "on"], seconds=_SECONDS)
        if ran.code != 0:
            return "gone"
        try:
            parts = json.loads(ran.text)["nftables"]
        except (ValueError, KeyError, TypeError):
            return "gone"
        return "on" if any(one.get("set", {}).get("elem") for one in parts) else "over"

    def lift(self) -> bool:
        """End the isolation; returns whether there was one. What is kept goes first.

        So nothing brings it back when the power goes in between: a table is gone after a start.
        """
        with self.store.isolating():
            was = self.kept() is not None or self.stands() == "on"
            (self.store.folder / NAME).unlink(missing_ok=True)
            run([*self.nft, "delete", "table", "inet", TABLE], seconds=_SECONDS)
        return was

    def release_here(self) -> bool:
        """End it because somebody at the device says so, and note that; returns whether it was on."""
        before = self.kept()
        was = self.lift()
        if was:
            line = Line(self.now(), "", "release", "done", None, "", [_change(before, None)])
            self.store.note(line)
        return was

    def tend(self, *, look_up: bool = True) -> None:
        """See that it still is as it should be: at every start of the actor, and of the computer.

        What ended is put away. What somebody's firewall swept away, or a restart, is put back for the
        time that is left. New addresses of the portal are let through.

        look_up: whether names can be looked up; early at a start of the computer they cannot.
        """
        kept = self.kept()
        if kept is None:
            return
        left, stands = min(kept.until - self.now(), kept.hours * self.hour), self.stands()
        # The kernel's clock stands still while a laptop sleeps, the other one can be set back.
        if left <= timedelta(seconds=1) or stands == "over":
            self.lift()
            return
        portal = self.addresses(kept.host, kept.port) if look_up else ()
        own = resolvers(self.root) or kept.resolvers
        new = msgspec.structs.replace(kept, portal=portal or kept.portal, resolvers=own)
        if new == kept and stands != "gone":
            return
        with self.store.isolating():
            # Looking names up takes long: meanwhile somebody at the device may have let it in.
            if self.kept() == kept:
                self.store.save(NAME, msgspec.json.encode(new), mode=0o644)
                self._apply(new)

    def _wanted(self, parameters: Mapping[str, str]) -> timedelta:
        return min(int(parameters["hours"]) * self.hour, LONGEST)

    def _begun(self, wanted: timedelta, hours: int) -> Isolation | None:
        pin = self.store.pin()
        parts = urlsplit(pin.portal if pin else "")
        if not parts.hostname:
            return None
        port = parts.port or (80 if parts.scheme == "http" else 443)
        now = self.now()
        return Isolation(
            since=now,
            until=now + wanted,
            hours=hours,
            host=parts.hostname,
            port=port,
            portal=self.addresses(parts.hostname, port),
            resolvers=resolvers(self.root),
        )

    def _fall_back(self, before: Isolation | None) -> None:
        """Leave it as it was: whoever asks for longer does not let the device in by that."""
        if before is None or before.until <= self.now():
            self.lift()
            return
        with self.store.isolating():
            self.store.save(NAME, msgspec.json.encode(before), mode=0o644)
            self._apply(before)

    def _apply(self, isolation: Isolation) -> Ran:
        left = min(isolation.until - self.now(), isolation.hours * self.hour)
        asking = asking_users(self.root)
        text = rules(isolation, seconds=max(1, int(left.total_seconds())), asking=asking)
        return run([*self.nft, text], seconds=_SECONDS)

    def _released(self, before: Isolation | None) -> Outcome:
        was = self.lift()
        if self.stands() == "on":
            return Outcome("failed", "engine_failed")
        if not was:
            return Outcome("done", notes=("nothing_to_do",))
        return Outcome("done", changes=(_change(before, None),))


def _text(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if moment else ""


def _change(before: Isolation | None, after: Isolation | None) -> Change:
    return Change(
        ISOLATED, _text(before.until if before else None), _text(after.until if after else None)
    )
