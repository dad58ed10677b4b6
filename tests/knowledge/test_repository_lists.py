"""Lists of RPM repositories and packed files: what they vouch for, and what hostile ones come to."""

import bz2
import gzip
import lzma
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.repodata import repodata, updateinfo
from tojimari.knowledge.advisories.packing import unpacked
from tojimari.knowledge.advisories.reading import Reading
from tojimari.knowledge.advisories.repomd import ListedFile, advisories_of

CONTENT = updateinfo("RLSA-2026:0001", "curl", "7.76.1-30.el9")
LIST = repodata(CONTENT, digest="a" * 64)["repodata/repomd.xml"]


def test_the_file_with_advisories_is_named_with_its_checksum():
    assert advisories_of(LIST) == ListedFile(
        "repodata/aaaaaaaa-updateinfo.xml.gz", "sha256", "a" * 64
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<repomd/>",
        LIST[:-20],
        b"<!DOCTYPE r>" + LIST,
        LIST.replace(b"updateinfo", b"primary"),
        LIST.replace(b'<checksum type="sha256">a', b'<checksum type="sha256">z'),
        repodata(CONTENT, digest="a" * 40, algorithm="sha")["repodata/repomd.xml"],
        repodata(CONTENT, digest="a" * 64, algorithm="sha512")["repodata/repomd.xml"],
    ],
)
def test_what_vouches_for_nothing_is_refused(data):
    with pytest.raises(ValueError, match=r"\w"):
        advisories_of(data)


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(LIST)))
@example(b"-", LIST.index(b"TF-8"))  # an encoding that nobody knows
def test_broken_lists_end_in_one_refusal(noise, at):
    for hostile in (noise, LIST[:at] + noise + LIST[at:]):
        try:
            found = advisories_of(hostile)
        except ValueError:
            continue
        assert found.digest == "a" * 64


PACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".bz2": bz2.compress,
}


@pytest.mark.parametrize("ending", PACK)
def test_packed_files_are_read_and_bombs_are_not(ending, tmp_path):
    packed = PACK[ending](CONTENT)
    assert unpacked(packed, f"x{ending}", 10_000) == CONTENT
    assert unpacked(packed + packed, f"x{ending}", 10_000) == CONTENT * 2
    for broken in (packed[:-9], packed[:40], b"\x00" + packed, packed + b"more"):
        with pytest.raises(ValueError, match=r"\w"):
            unpacked(broken, f"x{ending}", 10_000)
    with pytest.raises(ValueError, match="> 1000 bytes"):
        unpacked(PACK[ending](bytes(5_000_000)), f"x{ending}", 1_000)
    file = tmp_path / f"updateinfo.xml{ending}"
    file.write_bytes(packed)
    assert [one.package for one in Reading(file)] == ["curl"]


def test_xz_that_wants_gigabytes_of_memory_is_refused():
    wide = lzma.compress(b"x", filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}])
    with pytest.raises(ValueError, match=r"\w"):
        unpacked(wide, "x.xz", 1_000)


def test_what_is_packed_otherwise_is_named():
    with pytest.raises(ValueError, match=r"\.zst"):
        unpacked(b"\x28\xb5\x2f\xfd", "updateinfo.xml.zst", 1_000)
