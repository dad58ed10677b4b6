"""Hears the logs: reads what is new, takes each line for what its engine means, keeps it."""

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import msgspec

from tojimari.model import TojimariError
from tojimari.watch.engine import Engine, Hearing, Unreadable, engine_of
from tojimari.watch.familiar import BACKGROUND
from tojimari.watch.ledger import Ledger, Log
from tojimari.watch.reader import LogReader, Place
from tojimari.watch.signal import Signal


class HeardNow(msgspec.Struct, frozen=True):
    """How much one round brought: lines, those of them that were none of the engine's, signals.

    What is only learned from (``watch.familiar``) is no signal.
    """

    lines: int = 0
    unread: int = 0
    signals: int = 0


class _Here(tzinfo):
    """The time zone of this machine, at the moment that is asked of.

    Where clocks are put forward in spring, a line of the day before is an hour off today's offset.
    """

    def utcoffset(self, at: datetime | None) -> timedelta | None:
        return (at or datetime.now(UTC)).replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, at: datetime | None) -> timedelta | None:
        return None

    def tzname(self, at: datetime | None) -> str | None:
        return None


def local_zone() -> tzinfo:
    """Return the time zone of this machine."""
    return _Here()


class Listener:
    """Hears the logs of one ledger, again and again."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        zone: tzinfo | None = None,
        guests: Collection[str] = (),
    ) -> None:
        """Hear what the ledger names.

        zone: time zone of logs without one; this machine's when None.
        guests: interfaces of networks that are for visitors (``Hearing.guests``).
        """
        self.ledger, self.now, self.guests = ledger, now, guests
        self.zone = zone
        self._readers: dict[int, LogReader] = {}

    def listen(self) -> HeardNow:
        """Read what is new in every log. Raises LedgerError; a log that cannot be read is noted."""
        rounds = [self._listen_to(log) for log in self.ledger.logs()]
        self.ledger.note_listening(self.now())
        return HeardNow(
            lines=sum(one.lines for one in rounds),
            unread=sum(one.unread for one in rounds),
            signals=sum(one.signals for one in rounds),
        )

    def _listen_to(self, log: Log) -> HeardNow:
        engine = engine_of(log.engine)
        reader = self._readers.pop(log.id, None) or LogReader(log.path, self.ledger.places(log))
        lines = unread = signals = 0
        try:
            for batch in reader.batches():
                now = self.now()
                hearing = Hearing(self.zone or local_zone(), now, self.guests)
                found, bad = understood(engine, batch.lines, hearing)
                if not self.ledger.take(log, batch, found, bad, now):
                    # Somebody else hears this log too and was faster: its places are read anew.
                    return HeardNow(lines, unread, signals)
                lines += len(batch.lines) + batch.too_long
                unread += bad + batch.too_long
                signals += sum(one.kind not in BACKGROUND for one in found)
        except OSError as error:
            self.ledger.note_trouble(log, error.strerror or str(error))
            return HeardNow(lines, unread, signals)
        # Only a reader whose batches were all kept knows where the log stands.
        self._readers[log.id] = reader
        self.ledger.note_trouble(log, "" if log.path.exists() else "not there")
        return HeardNow(lines, unread, signals)


def understood(
    engine: Engine, lines: Iterable[bytes], hearing: Hearing
) -> tuple[list[Signal], int]:
    """Return what lines say, and how many are none of the engine's."""
    found: list[Signal] = []
    bad = 0
    for line in lines:
        try:
            found += engine.signals_of(line, hearing)
        except (Unreadable, RecursionError):
            bad += 1
    return found, bad


def add_log(ledger: Ledger, engine: str, path: Path, line: str, now: datetime) -> Log:
    """Begin to hear a log: what stands in it already is passed over.

    line: address or name of the company's line, needed for engines that watch the whole network.
    Raises TojimariError where something of it cannot be.
    """
    declared = engine_of(engine)
    path = path.absolute()
    if path.is_dir():
        raise TojimariError(
            f"{path}: フォルダーです。記録のファイルを指定してください。",
            f"{path}: is a folder. Name the log file.",
        )
    if declared.whole_network and not line:
        raise TojimariError(
            f"{declared.title} は社内のネットワーク全体を見張ります。どの回線かを --line で指定してください"
            " (外から見たアドレスか、呼び名)。",
            f"{declared.title} watches the whole network. Say which line with --line (its address as "
            "seen from outside, or a name).",
        )
    passed: list[Place] = []
    if all(one.path != path for one in ledger.logs()):
        try:
            passed = [batch.place for batch in LogReader(path).pass_over()]
        except OSError as error:
            said = error.strerror or str(error)
            raise TojimariError(
                f"{path}: 読めません ({said})。読む権限のある人として実行してください。",
                f"{path}: cannot be read ({said}). Run as somebody who may read it.",
            ) from error
    return ledger.add(engine, path, line if declared.whole_network else "", now, passed)
