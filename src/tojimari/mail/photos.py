"""The words in a photo of a screen, where an engine for reading pictures is installed.

The picture is unpacked in a process that can do nothing else (``photo_process``), into plain grey
points; only those are given to the engine, tesseract (Apache-2.0), a program of the system.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import threading
from email.message import EmailMessage
from typing import Literal

import msgspec

from tojimari.mail.confined import Reader, bare_environment, turn
from tojimari.mail.message import Gap, Message

Photo = Literal["read", "no_engine", "unreadable"]
"""What became of the words in a photo."""
ENGINE = "tesseract"
PICTURE_BYTES = 15_000_000
TEXT_CHARACTERS = 20_000
_UNPACKING_SECONDS, _READING_SECONDS = 20, 40
_ENVIRONMENT = {"PATH": os.defpath, "OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"}
_POINTS_BYTES = 3_500 * 3_500 + 32
"""Of the largest picture that is handed on, and its head."""
AT_ONCE = 2
"""Photos: each may take a minute of a processor, and whoever waits for it keeps a thread."""
_TURN_SECONDS = 0.5
_photos = threading.BoundedSemaphore(AT_ONCE)
_LANGUAGES = ("jpn", "eng")
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8")
_EAST = "\u3000-\u30ff\u3400-\u9fff\uff00-\uffef"
_GAPS = re.compile(rf"(?<=[{_EAST}])[ \t]+(?=[{_EAST}])")
"""The engine puts a space between any two Japanese letters."""


class NoEngine(RuntimeError):
    """No engine is installed, or it does not know Japanese."""


class UnreadablePicture(ValueError):
    """What was handed in is no picture that could be unpacked."""


def is_picture(data: bytes) -> bool:
    """Return whether a file is a photo or a screenshot, by its own first bytes."""
    return data.startswith(_PICTURES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def has_engine() -> bool:
    """Return whether the words in a photo can be read here."""
    return shutil.which(ENGINE) is not None


def read_photo(data: bytes, reader: Reader) -> tuple[Message, Photo]:
    """Return a photo as a message: the words in it, and where its codes lead.

    Where the words could not be read the message has the gap picture_not_read, so that it is never
    called ordinary. Raises Busy where too many photos are read at once.
    """
    with turn(_photos, _TURN_SECONDS):
        return _read(data, reader)


def _read(data: bytes, reader: Reader) -> tuple[Message, Photo]:
    carrier = EmailMessage()
    carrier.set_content("")
    carrier.add_attachment(data, maintype="image", subtype="png", filename="photo.png")
    [codes, *_] = reader.read(b"From: photo@invalid\nTo: photo@invalid\n" + bytes(carrier))
    photo: Photo = "read"
    words = ""
    try:
        words = words_of(data)
    except NoEngine:
        photo = "no_engine"
    except UnreadablePicture:
        photo = "unreadable"
    [message, *_] = reader.read(words.encode())
    gaps = codes.gaps if photo == "read" else (*codes.gaps, Gap("picture_not_read"))
    links = (*message.links, *codes.links)
    return msgspec.structs.replace(message, links=links, gaps=(*message.gaps, *gaps)), photo


def words_of(picture: bytes) -> str:
    """Return the words in a photo. Raises NoEngine, UnreadablePicture."""
    engine = shutil.which(ENGINE)
    if engine is None:
        raise NoEngine
    points = _unpacked(picture)
    languages = _languages(engine)
    try:
        read = subprocess.run(
            [engine, "stdin", "stdout", "-l", "+".join(languages)],
            input=points,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_READING_SECONDS,
            check=True,
            env=_ENVIRONMENT,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UnreadablePicture(ENGINE) from error
    text = read.stdout.decode("utf-8", "replace").replace("\f", "")[:TEXT_CHARACTERS]
    return _GAPS.sub("", text).strip()


def _languages(engine: str) -> list[str]:
    try:
        listed = subprocess.run(
            [engine, "--list-langs"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_READING_SECONDS,
            check=False,
            env=_ENVIRONMENT,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UnreadablePicture(ENGINE) from error
    has = listed.stdout.decode("utf-8", "replace").split()
    if _LANGUAGES[0] not in has:
        raise NoEngine
    return [each for each in _LANGUAGES if each in has]


def _unpacked(picture: bytes) -> bytes:
    points = _answer([sys.executable, "-m", "tojimari.mail.photo_process"], picture[:PICTURE_BYTES])
    if not points.startswith(b"P5\n"):
        raise UnreadablePicture
    return points


def _answer(command: list[str], picture: bytes) -> bytes:
    """Return what a process makes of a picture: never more than it may, nor later than it must."""
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=bare_environment(),
    ) as process:
        over = threading.Timer(_UNPACKING_SECONDS, process.kill)
        over.start()
        found = b""
        try:
            if process.stdin and process.stdout:
                process.stdin.write(picture)
                process.stdin.close()
                found = process.stdout.read(_POINTS_BYTES + 1)
        except OSError:
            pass  # it ended before it had read everything
        finally:
            with contextlib.suppress(OSError):  # what it did not read goes nowhere
                if process.stdin:
                    process.stdin.close()
            if len(found) > _POINTS_BYTES:
                process.kill()
            code = process.wait()
            over.cancel()
    if code or len(found) > _POINTS_BYTES:
        raise UnreadablePicture
    return found
