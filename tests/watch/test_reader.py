"""Every line that an engine wrote is read once, whatever becomes of the file."""

import bz2
import gzip
import lzma
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tojimari.watch import reader
from tojimari.watch.reader import LONGEST_LINE, LogReader, Place


class Listener:
    """Keeps lines and places together, as a transaction does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.places: dict[int, Place] = {}
        self.lines: list[bytes] = []
        self.too_long = 0
        self.reader = LogReader(path)

    def restart(self) -> None:
        self.reader = LogReader(self.path, self.places.values())

    def keep(self, batch) -> None:
        self.places[batch.place.number] = batch.place
        for number in batch.dropped:
            del self.places[number]
        self.lines += batch.lines
        self.too_long += batch.too_long

    def listen(self, most: int = 5_000, *, dies_after: int | None = None) -> None:
        for number, batch in enumerate(self.reader.batches(most)):
            if number == dies_after:  # killed before the batch was kept
                break
            self.keep(batch)
        if dies_after is not None:
            self.restart()

    def pass_over(self) -> None:
        for batch in self.reader.pass_over():
            self.keep(batch)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "eve.json"


@pytest.fixture
def listener(log: Path) -> Listener:
    return Listener(log)


def write(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


def numbered(first: int, last: int) -> bytes:
    return b"".join(b'{"n": %d}\n' % n for n in range(first, last))


def numbers(listener: Listener) -> list[int]:
    return [int(line.split(b":")[1].rstrip(b"} ")) for line in listener.lines]


def test_a_log_that_is_not_there_yet_has_no_lines(listener, log):
    listener.listen()
    write(log, numbered(0, 3))
    listener.listen()
    assert numbers(listener) == [0, 1, 2]


def test_half_a_line_waits_for_its_end(listener, log):
    write(log, b'{"n": 0}\n{"n"')
    listener.listen()
    assert numbers(listener) == [0]
    write(log, b": 1}\n")
    listener.listen()
    assert numbers(listener) == [0, 1]


def test_what_was_there_before_is_passed_over(listener, log):
    write(log, numbered(0, 5) + b'{"n": ')
    Path(f"{log}.2.gz").write_bytes(gzip.compress(numbered(-9, -5)))
    Path(f"{log}.1").write_bytes(numbered(-5, 0))
    listener.pass_over()
    listener.restart()
    write(log, b"5}\n")
    listener.listen()
    Path(f"{log}.1").rename(f"{log}.3")
    listener.listen()
    assert numbers(listener) == [5]


def test_a_renamed_file_is_read_to_its_end_first(listener, log):
    write(log, numbered(0, 3))
    listener.listen()
    write(log, numbered(3, 5))
    log.rename(f"{log}.1")
    write(log, numbered(6, 8))
    write(Path(f"{log}.1"), numbered(5, 6))  # the engine had it open still
    listener.listen()
    assert numbers(listener) == list(range(8))
    write(Path(f"{log}.1"), numbered(8, 9))
    listener.listen()
    assert numbers(listener) == list(range(9))


def test_copied_and_cut(listener, log):
    write(log, numbered(0, 3))
    listener.listen()
    write(log, numbered(3, 5))
    shutil.copy(log, f"{log}.1")
    listener.listen()  # between the copy and the cut
    os.truncate(log, 0)
    write(log, numbered(5, 30))  # longer than before: the size tells nothing
    listener.listen()
    assert numbers(listener) == list(range(30))


def test_copied_and_cut_by_who_read_the_copy_late(listener, log):
    write(log, numbered(0, 3))
    listener.listen()
    write(log, numbered(3, 5))
    shutil.copy(log, f"{log}.1")
    os.truncate(log, 0)
    write(log, numbered(5, 6))
    listener.restart()
    listener.listen()
    assert numbers(listener) == list(range(6))


@pytest.mark.parametrize(
    ("ending", "opened"), [(".gz", gzip.open), (".bz2", bz2.open), (".xz", lzma.open)]
)
def test_rotations_while_nobody_listened(listener, log, ending, opened):
    write(log, numbered(0, 3))
    listener.listen()
    write(log, numbered(3, 5))
    for number, (first, last) in enumerate([(0, 5), (5, 4000), (4000, 4003)]):
        packed = Path(f"{log}.{3 - number}{ending}")
        with opened(packed, "wb") as file:
            file.write(numbered(first, last).rstrip(b"\n"))
        os.utime(packed, ns=(number * 10**9, number * 10**9))
    log.unlink()
    write(log, numbered(4003, 4005))
    listener.restart()
    listener.listen(most=100)
    assert numbers(listener) == list(range(4005))
    listener.restart()
    listener.listen()
    assert len(listener.lines) == 4005


def test_a_file_that_is_being_compressed_is_no_second_file(listener, log):
    write(log, numbered(0, 20_000))
    log.rename(f"{log}.1")
    packed = gzip.compress(numbered(0, 20_000))
    Path(f"{log}.1.gz").write_bytes(packed[: len(packed) // 2])
    listener.listen()
    assert numbers(listener) == list(range(20_000))
    Path(f"{log}.1.gz").write_bytes(packed)
    Path(f"{log}.1").unlink()
    listener.restart()
    listener.listen()
    assert len(listener.lines) == 20_000


def test_part_of_a_compressed_file_is_read_when_the_rest_is_there(listener, log):
    content = b"".join(b'{"n": %d}\n' % (n * 7919 % 99_991) for n in range(60_000))
    packed = gzip.compress(content)
    Path(f"{log}.1.gz").write_bytes(packed[: len(packed) // 2])
    listener.listen()
    first = len(listener.lines)
    assert 0 < first < 60_000
    Path(f"{log}.1.gz").write_bytes(packed)
    listener.listen()
    assert b"\n".join(listener.lines) + b"\n" == content


def test_files_that_always_begin_alike_are_not_one(listener, log):
    """clamonacc writes a line of dashes and its folders first, and no times."""
    begin = b"".join(b"ClamInotif: watching '/srv/%03d'\n" % n for n in range(60))
    write(log, begin + numbered(0, 3))
    listener.listen()
    log.unlink()  # its rotated copy is gone by the time of the next reading
    write(Path(f"{log}.1"), begin + numbered(3, 9))
    write(log, begin + numbered(9, 12))
    listener.restart()
    listener.listen()
    listener.lines = [line for line in listener.lines if line.startswith(b"{")]
    assert numbers(listener) == list(range(12))


def test_a_shorter_file_that_begins_alike_is_read_as_well(listener, log):
    begin = b"".join(b"ClamInotif: watching '/srv/%03d'\n" % n for n in range(60))
    write(log, begin + numbered(0, 9))
    listener.listen()
    log.unlink()  # its name in the file system may be given to the next one
    write(Path(f"{log}.1"), begin + numbered(9, 10))
    write(log, begin + numbered(10, 12))
    listener.listen()
    listener.lines = [line for line in listener.lines if line.startswith(b"{")]
    assert numbers(listener) == list(range(12))


def test_a_copy_that_is_still_being_made_is_none(listener, log):
    write(log, numbered(0, 300))
    listener.listen()
    copy = Path(f"{log}.1")
    copy.write_bytes(log.read_bytes()[:4000])
    listener.listen()
    shutil.copy(log, copy)
    listener.listen()
    os.truncate(log, 0)
    write(log, numbered(300, 310))
    listener.listen()
    assert numbers(listener) == list(range(310))


def test_what_unpacking_may_take_is_bounded(listener, log):
    """An .xz file names the memory that it needs; a gigabyte is not lent to it."""
    asks = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 2**29}]
    with lzma.open(f"{log}.1.xz", "wb", filters=asks) as file:
        file.write(numbered(0, 9))
    Path(f"{log}.2.xz").write_bytes(
        lzma.compress(numbered(0, 4), preset=9) + bytes(8) + lzma.compress(numbered(4, 7))
    )
    listener.listen()
    assert numbers(listener) == list(range(7))


def test_zeros_of_a_writer_that_went_on_at_its_old_offset(listener, log):
    write(log, numbered(0, 3))
    listener.listen()
    with log.open("rb+") as file:
        os.truncate(log, 0)
        file.seek(3 * 2**20)
        file.write(b'{"n": 3}\n{"n":\0\0 4}\n')
    listener.listen()
    assert numbers(listener) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("longer", [1, 3 * 2**20])
def test_a_line_that_is_too_long_is_counted_and_passed_over(listener, log, longer):
    write(log, numbered(0, 1) + b"x" * (LONGEST_LINE + longer))
    listener.listen()
    listener.restart()
    write(log, b"x" * 5 + b"\n" + numbered(1, 2))
    listener.listen()
    assert (numbers(listener), listener.too_long) == ([0, 1], 1)


def test_a_pipe_and_a_folder_do_not_hold_it_up(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", ".", "missing/eve.json"):
        listener = Listener(tmp_path / name)
        listener.listen()
        assert not listener.lines


def test_the_places_that_are_kept_are_bounded(listener, log, monkeypatch):
    monkeypatch.setattr(reader, "KEPT_PLACES", 5)
    for n in range(20):
        write(log, numbered(n, n + 1))
        listener.listen()
        log.unlink()
    assert numbers(listener) == list(range(20))
    assert len(listener.places) == len(listener.reader.places) == 5


class Rotation(RuleBasedStateMachine):
    """An engine, a rotation and a listener that dies, in any order."""

    folders = 0

    def __init__(self) -> None:
        super().__init__()
        Rotation.folders += 1
        self.folder = Path(os.environ["PYTEST_ROTATION"]) / str(Rotation.folders)
        self.folder.mkdir()
        self.log = self.folder / "engine.log"
        self.log.touch()
        self.writer = self.log.open("ab", buffering=0)
        self.written = 0
        self.owed = b""  # the second half of a line
        self.listener = Listener(self.log)
        self.clock = 0

    def _line(self) -> bytes:
        self.written += 1
        return b'{"n": %d, "pad": "%s"}\n' % (self.written, b"." * (self.written * 37 % 200))

    @rule(n=st.integers(1, 40))
    def writes(self, n):
        self.writer.write(self.owed + b"".join(self._line() for _ in range(n)))
        self.owed = b""

    @precondition(lambda self: not self.owed)
    @rule(at=st.integers(1, 8))
    def writes_half_a_line(self, at):
        line = self._line()
        self.writer.write(line[:at])
        self.owed = line[at:]

    def _shift(self) -> None:
        for path in sorted(self.folder.glob("engine.log.*"), reverse=True):
            head, number, *ending = path.name.rsplit(".", 2 if path.suffix == ".gz" else 1)
            path.rename(self.folder / ".".join([head, f"{int(number) + 1:03d}", *ending]))

    @precondition(lambda self: self.log.exists())
    @rule(reopened=st.booleans())
    def is_renamed(self, reopened):
        self._shift()
        self.log.rename(self.folder / "engine.log.001")
        if reopened:
            self.reopens()

    @precondition(lambda self: not self.log.exists())
    @rule()
    def reopens(self):
        if self.owed:
            self.writer.write(self.owed)
            self.owed = b""
        self.writer.close()
        self.writer = self.log.open("ab", buffering=0)

    @precondition(lambda self: self.log.exists() and not self.owed)
    @rule(listens_between=st.booleans())
    def is_copied_and_cut(self, listens_between):
        self._shift()
        shutil.copy(self.log, self.folder / "engine.log.001")
        if listens_between:
            self.listener.listen()
        os.truncate(self.log, 0)

    @precondition(lambda self: self.log.exists())
    @rule()
    def is_compressed(self):
        for path in sorted(self.folder.glob("engine.log.*"), reverse=True):
            if path.suffix != ".gz":
                packed = path.with_name(f"{path.name}.gz")
                packed.write_bytes(gzip.compress(path.read_bytes()))
                times = path.stat()
                os.utime(packed, ns=(times.st_atime_ns, times.st_mtime_ns))
                path.unlink()
                return

    @rule(most=st.sampled_from([1, 7, 5000]), dies_after=st.none() | st.integers(0, 3))
    def listens(self, most, dies_after):
        self.listener.listen(most, dies_after=dies_after)

    @rule()
    def restarts(self):
        self.listener.restart()

    @invariant()
    def nothing_is_read_twice(self):
        read = self.listener.lines
        assert len(read) == len(set(read))

    def teardown(self):
        if self.owed:
            self.writer.write(self.owed)
        self.writer.close()
        self.listener.listen()
        assert len(set(self.listener.lines)) == len(self.listener.lines) == self.written
        shutil.rmtree(self.folder)


@pytest.fixture(autouse=True, scope="module")
def folder_of_rotations(tmp_path_factory):
    os.environ["PYTEST_ROTATION"] = str(tmp_path_factory.mktemp("rotations"))
    yield
    del os.environ["PYTEST_ROTATION"]


TestRotation = Rotation.TestCase
TestRotation.settings = settings(
    deadline=None, stateful_step_count=25, suppress_health_check=[HealthCheck.too_slow]
)
