"""The words in a photo of a screen, where an engine for reading pictures is installed.

The picture is unpacked in a process that can do nothing else (``photo_process``), into plain grey
points; only those are given to the engine, tesseract (Apache-2.0), a program of the system.
"""

import os
import re
import shutil
import subprocess
import sys
from email.message import EmailMessage
from typing import Literal

import msgspec

from tojimari.mail.confined import Reader
from tojimari.mail.message import Gap, Message

Photo = Literal["read", "no_engine", "unreadable"]
"""What became of the words in a photo."""
ENGINE = "tesseract"
PICTURE_BYTES = 15_000_000
TEXT_CHARACTERS = 20_000
_UNPACKING_SECONDS, _READING_SECONDS = 20, 40
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
    called ordinary.
    """
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
            env={"PATH": os.defpath, "OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"},
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UnreadablePicture(ENGINE) from error
    text = read.stdout.decode("utf-8", "replace").replace("\f", "")[:TEXT_CHARACTERS]
    return _GAPS.sub("", text).strip()


def _languages(engine: str) -> list[str]:
    listed = subprocess.run(
        [engine, "--list-langs"], capture_output=True, timeout=_READING_SECONDS, check=False
    )
    has = listed.stdout.decode("utf-8", "replace").split()
    if _LANGUAGES[0] not in has:
        raise NoEngine
    return [each for each in _LANGUAGES if each in has]


def _unpacked(picture: bytes) -> bytes:
    try:
        found = subprocess.run(
            [sys.executable, "-m", "tojimari.mail.photo_process"],
            input=picture[:PICTURE_BYTES],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_UNPACKING_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UnreadablePicture from error
    if not found.stdout.startswith(b"P5\n"):
        raise UnreadablePicture
    return found.stdout
