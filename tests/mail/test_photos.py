"""Photos: unpacked by a process that knows nothing of ours, and not too many at once."""

import sys

import pytest

from tests.mail import made
from tojimari.mail import photos
from tojimari.mail.confined import Busy, Reader
from tojimari.mail.photos import UnreadablePicture, read_photo

SECRET = "TOJIMARI_SECRET_KEY"


def test_the_process_that_unpacks_knows_none_of_our_secrets(monkeypatch):
    monkeypatch.setenv(SECRET, "s3cret")
    tell = "import os, sys; sys.stdin.buffer.read(); print(sorted(os.environ))"
    told = photos._answer([sys.executable, "-c", tell], b"x").decode()
    assert "PATH" in told
    assert SECRET not in told


@pytest.mark.parametrize(
    "tell",
    [
        "import sys; sys.stdin.buffer.read(); w = sys.stdout.buffer.write\nwhile True: w(b'P5' * 99999)",
        "import sys; sys.exit(3)",
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    ],
)
def test_a_process_taken_over_can_neither_fill_the_memory_nor_stop_us(tell):
    with pytest.raises(UnreadablePicture):
        photos._answer([sys.executable, "-c", tell], b"x" * 3_000_000)


def test_a_process_that_never_ends_is_ended(monkeypatch):
    monkeypatch.setattr(photos, "_UNPACKING_SECONDS", 0.1)
    with pytest.raises(UnreadablePicture):
        photos._answer([sys.executable, "-c", "import time; time.sleep(99)"], b"x" * 3_000_000)


def test_the_largest_picture_fits():
    points = photos._unpacked(made.screenshot())
    assert points.startswith(b"P5\n1100 700\n255\n")
    assert len(b"P5\n3500 3500\n255\n") + 3500 * 3500 <= photos._POINTS_BYTES


def test_an_engine_that_hangs_or_is_gone_is_no_fault_of_ours(tmp_path, monkeypatch):
    engine = tmp_path / "tesseract"
    engine.write_text("#!/bin/sh\nexec sleep 99\n")
    engine.chmod(0o755)
    monkeypatch.setattr(photos, "_READING_SECONDS", 0.1)
    for each in (engine, tmp_path / "gone"):
        with pytest.raises(UnreadablePicture):
            photos._languages(str(each))


def test_not_too_many_photos_at_once(monkeypatch):
    monkeypatch.setattr(photos, "_TURN_SECONDS", 0.0)
    for _ in range(photos.AT_ONCE):
        assert photos._photos.acquire(blocking=False)
    try:
        with Reader() as reader, pytest.raises(Busy):
            read_photo(made.screenshot(), reader)
    finally:
        photos._photos.release(photos.AT_ONCE)
