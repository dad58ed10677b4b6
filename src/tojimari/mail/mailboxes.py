"""Where mails lie saved: single files, mailboxes of one file (mbox), folders of files (Maildir too)."""

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO

from tojimari.mail.message import MAIL_BYTES
from tojimari.mail.recognition import is_mail

_LINE = 1 << 16
_HEAD = 20_000
_SEPARATOR = re.compile(rb"From [^\r\n]{3,200}\r?\n\Z")
_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]{0,60}:")


def mails_in(place: Path) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of each mail in a file or, where it is a folder, in all files below it.

    Of a folder only files that begin as a mail does, in the order of their names; links are not
    followed. Each has ``MAIL_BYTES`` + 1 bytes at most. Raises OSError for what cannot be read.
    """
    if not place.is_dir():
        yield from _in_file(place, str(place))
        return
    for folder, folders, names in os.walk(place):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in sorted(names):
            file = Path(folder) / name
            if file.is_symlink() or not file.is_file():
                continue
            with file.open("rb") as opened:
                head = opened.read(_HEAD)
            if is_mail(head):
                yield from _in_file(file, str(file))


def _in_file(place: Path, name: str) -> Iterator[tuple[str, bytes]]:
    with place.open("rb") as file:
        if file.read(5) != b"From ":
            file.seek(0)
            yield name, file.read(MAIL_BYTES + 1)
            return
        file.seek(0)
        found = list(islice(split_mailbox(file), 2))
        if len(found) == 1:
            yield name, found[0]
            return
        file.seek(0)
        for number, data in enumerate(split_mailbox(file), 1):
            yield f"{name} #{number}", data


def split_mailbox(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the mails of an mbox, each from its "From " line on; never more of one in memory.

    A mail begins where such a line follows an empty one, or the beginning, and a header follows it.
    """
    mail = bytearray()
    waiting = b""
    after_empty = begins = True
    while line := file.readline(_LINE):
        if waiting:
            if _HEADER.match(line):
                if mail:
                    yield bytes(mail)
                mail.clear()
            _add(mail, waiting)
            waiting = b""
        if begins and after_empty and _SEPARATOR.match(line):
            waiting = line
        else:
            _add(mail, line)
        after_empty = begins and line in (b"\n", b"\r\n")
        begins = line.endswith(b"\n")
    _add(mail, waiting)
    if mail:
        yield bytes(mail)


def _add(mail: bytearray, line: bytes) -> None:
    if len(mail) <= MAIL_BYTES:
        mail += line[: MAIL_BYTES + 1 - len(mail)]
