"""Whatever a registry holds, a collector gives a fact or says that it saw none."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.hosts import DEVICE, RecordedHost
from tests.support.registry_exports import HEADER, parse_export
from tojimari.catalog import load_catalog
from tojimari.collect.host import Denied, Missing, Nonsense
from tojimari.collect.look import collectors
from tojimari.collect.run import look
from tojimari.collect.running_windows import SOCKET_TABLES, oldest_of, plain_value
from tojimari.collect.windows_system import Adapter, OldestEvent, Timeouts, Value, Values
from tojimari.model.facts import ListeningSocket

TEXTS = (
    "", "0", "1", "300", "-1", "99999999999999999999", "NTP", "NoSync", "Core", "Server", "ServerStandard", "26100", "\0", "\ud800",
    "２６１００", "2030-01-01T00:00:00Z", "9999-12-31", "C:", "C:\\x\\chrome.exe", "x" * 70_000, "Google Chrome", "10.0.0.53, ::1",
    "v2.31|Action=Allow|Active=TRUE|Dir=In|LPort=1|LPort2_10=9-70000|Protocol=\ud800|Profile=Public|", "v2.0|", "v2.31|Action|=|LPort=٣|Dir=In|Active=TRUE|Action=Allow|",
)  # fmt: skip
NAMES = (
    "S-1-5-21-1-2-3-500", "S-1-12-1-4-5-6-7", "S-1-5-18", ".DEFAULT", "AnyDesk", "sshd", "Google Chrome", "\ud800",
    "Microsoft.X_1.2.3.4_x64__8wekyb3d8bbwe", "a_b_c_d_e", "", "PublicProfile", "x" * 300,
)  # fmt: skip
NUMBERS = (0, 1, 2, 3, 4, 5, 7, 0x91, 0xFF, 2**31, 2**32 - 1, 2**64 - 1)


class OddValues(Values):
    """A key with a value of some sort under every name."""

    def __init__(self, draw: random.Random) -> None:
        super().__init__({})
        self._draw = draw

    def __getitem__(self, name: str) -> Value:
        sort = self._draw.randrange(6)
        if sort == 0:
            raise KeyError(name)
        if sort == 1:
            return self._draw.choice(TEXTS)
        if sort == 2:
            return self._draw.randbytes(self._draw.randrange(40))
        return (self._draw.choice(TEXTS),) if sort == 3 else self._draw.choice(NUMBERS)

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return self._draw.randrange(2)


class OddWindows:
    """A Windows that answers anything, or refuses."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw

    def _or_refuse(self, *answers: Any) -> Any:
        if self._draw.randrange(12) == 0:
            raise self._draw.choice((Missing, Denied, Nonsense))("odd")
        return self._draw.choice(answers)

    def values(self, key: str) -> Values:
        self._or_refuse(None)
        return OddValues(self._draw)

    def subkeys(self, key: str) -> tuple[str, ...]:
        self._or_refuse(None)
        # Somewhere it must end.
        return (
            ()
            if key.count("\\") > 8
            else tuple(self._draw.choices(NAMES, k=self._draw.randrange(3)))
        )

    def running(self, service: str) -> bool | None:
        found: bool | None = self._or_refuse(True, False, None)
        return found

    def processes(self) -> frozenset[str]:
        return frozenset(self._or_refuse((), ("anydesk.exe", "\ud800")))

    def sockets(self) -> tuple[ListeningSocket, ...]:
        odd = ListeningSocket("tcp", "\ud800", 0, "\ud800")
        return tuple(self._or_refuse((), (odd,), (ListeningSocket("udp", "::", 99999, None),)))

    def firmware(self) -> Literal["uefi", "bios"] | None:
        found: Literal["uefi", "bios"] | None = self._or_refuse("uefi", "bios", None)
        return found

    def timeouts(self) -> Timeouts:
        odd = (0, 1, 2**32 - 1, None)
        return Timeouts(
            self._or_refuse(*odd),
            self._or_refuse(*odd),
            self._or_refuse(True, False, None),
            self._or_refuse(True, False, None),
        )

    def adapters(self) -> tuple[Adapter, ...]:
        return tuple(self._or_refuse((), (Adapter("{x}", ("", "\ud800", "::1")),)))

    def oldest_event(self, log: str) -> OldestEvent | None:
        at = datetime(2106, 2, 7, tzinfo=UTC)
        found: OldestEvent | None = self._or_refuse(None, OldestEvent(0, at), OldestEvent(9, at))
        return found

    def removable_drives(self) -> tuple[str, ...]:
        return tuple(self._or_refuse((), ("E:",)))

    def file_version(self, path: str) -> str:
        return str(self._or_refuse("", "1.2.3.4"))


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_any_registry_gives_facts_or_reasons(seed):
    host = RecordedHost(Path("/nonexistent"), {}, OddWindows(random.Random(seed)))
    chosen = collectors("windows")
    found = look(
        host, chosen, catalog=load_catalog(), subject=lambda _: DEVICE, at=datetime.now(UTC)
    )
    bugs = [o.not_seen for o in found if o.not_seen is not None and o.not_seen.reason == "our_bug"]
    assert not bugs


@given(
    st.binary(max_size=200), st.none() | st.integers() | st.lists(st.text(max_size=5)) | st.floats()
)
def test_any_bytes_and_values_are_read(raw, held):
    oldest_of(raw)
    for table in SOCKET_TABLES:
        assert all(port < 2**16 for _, port, _ in table.rows(raw))
    assert isinstance(plain_value(held), str | int | bytes | tuple)


@given(st.text(max_size=200))
def test_any_text_is_an_export_or_is_refused(text):
    try:
        parse_export(f"{HEADER}\n{text}")
    except ValueError:
        return


def test_sockets_are_read_out_of_windows_tables():
    tcp4, tcp6, udp4, udp6 = SOCKET_TABLES
    state = (2).to_bytes(4, "little")
    there, port = bytes(4), b"\x0d\x3d\x12\x34"  # 3389; what is behind the first two is not said
    owner = (1234).to_bytes(4, "little")
    rest = bytes(24)
    row = state + bytes([192, 168, 1, 5]) + port + there + bytes(4) + owner
    assert [*tcp4.rows((1).to_bytes(4, "little") + row + rest)] == [("192.168.1.5", 3389, 1234)]
    six = bytes(15) + b"\x01"
    row = six + bytes(4) + port + bytes(24) + state + owner
    assert [*tcp6.rows((1).to_bytes(4, "little") + row + rest)] == [("::1", 3389, 1234)]
    row = bytes(4) + port + owner
    assert [*udp4.rows((2).to_bytes(4, "little") + row * 2)] == [("0.0.0.0", 3389, 1234)] * 2
    row = bytes(16) + bytes(4) + port + owner
    assert [*udp6.rows((1).to_bytes(4, "little") + row)] == [("::", 3389, 1234)]
    assert [*udp6.rows((9).to_bytes(4, "little") + row[:-1])] == []
