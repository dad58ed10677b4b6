import errno
import io
import stat
from pathlib import Path

import pytest

from tojimari.lib.files import read_at_most, replacing, write_once, write_whole
from tojimari.lib.folders import add_files, make_private, write_folder


def names(folder):
    return sorted(path.name for path in folder.rglob("*"))


def test_a_file_is_written_whole_and_for_its_user_only(tmp_path):
    path = tmp_path / "a.txt"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names(tmp_path) == ["a.txt"]


def test_a_failure_leaves_the_file_that_was_there(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def write_half():
        with replacing(path) as temporary:
            temporary.write_bytes(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.txt"]


def test_what_is_written_once_appears_when_it_is_complete(tmp_path, monkeypatch):
    path = tmp_path / "key"
    there = []
    monkeypatch.setattr("os.fsync", lambda _: there.append(path.exists()))
    assert write_once(path, b"first") == b"first"
    assert write_once(path, b"second") == b"first"
    assert there == [False, True]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names(tmp_path) == ["key"]


def test_a_disk_without_links_is_written_to_as_well(tmp_path, monkeypatch):
    def no_links(*_):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    assert write_once(tmp_path / "key", b"first") == b"first"
    assert write_once(tmp_path / "key", b"second") == b"first"
    assert names(tmp_path) == ["key"]


def test_a_folder_is_not_replaced_by_a_file(tmp_path):
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path, b"")
    assert tmp_path.is_dir()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_device_is_written_straight_to():
    with pytest.raises(OSError, match="No space"):
        write_whole(Path("/dev/full"), b"x" * 100_000)
    write_whole(Path("/dev/null"), b"x")


def test_the_mode_asked_for_is_given(tmp_path):
    write_whole(tmp_path / "a", b"", mode=0o644)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o644


def test_a_private_folder_is_for_its_user_only(tmp_path):
    make_private(tmp_path / "a" / "b")
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700
    make_private(tmp_path / "a" / "b")


def test_a_folder_keeps_its_other_files(tmp_path):
    folder = tmp_path / "out"
    write_folder(folder, {"a.txt": b"1", "sub/b.txt": b"2"})
    write_folder(folder, {"a.txt": b"3"})
    assert (folder / "a.txt").read_bytes() == b"3"
    assert (folder / "sub/b.txt").read_bytes() == b"2"
    assert names(tmp_path) == ["a.txt", "b.txt", "out", "sub"]


def test_a_folder_does_not_take_the_place_of_a_file(tmp_path):
    (tmp_path / "out").write_bytes(b"old")
    with pytest.raises(NotADirectoryError):
        write_folder(tmp_path / "out", {"a": b""})
    assert (tmp_path / "out").read_bytes() == b"old"


def test_new_files_are_added_all_or_none(tmp_path):
    add_files(tmp_path, {"a/one": b"1", "b/two": b"2"})
    assert (tmp_path / "b/two").read_bytes() == b"2"
    with pytest.raises(FileExistsError):
        add_files(tmp_path, {"a/three": b"3", "b/two": b"other", "c/four": b"4"})
    assert (tmp_path / "b/two").read_bytes() == b"2"
    assert not (tmp_path / "a/three").exists()
    assert not (tmp_path / "c/four").exists()


@pytest.mark.parametrize("length", [0, 1, 262_144, 262_145, 1_000_000])
def test_reading_asks_for_no_more_memory_than_comes(length):
    class Counting(io.BytesIO):
        most = 0

        def read(self, size=-1, /):
            self.most = max(self.most, size)
            return super().read(size)

    file = Counting(b"x" * length)
    assert read_at_most(file, 100_000_001) == b"x" * length
    assert file.most <= 262_144
    assert len(read_at_most(io.BytesIO(b"x" * length), 300_000)) == min(length, 300_000)
