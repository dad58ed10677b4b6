"""The files of a mail as they came, for whoever keeps them. Nothing in them is read.

What is in a file or a text is only looked at in the confined process; here bytes are taken apart by
the standard library's parser, which raises for nothing under its older policy.
"""

import email
from email.message import Message as Parsed

import msgspec

from tojimari.mail.headers import file_name
from tojimari.mail.message import DEPTH, PARTS

FILES = 20
_SHOWN = ("text/plain", "text/html", "text/enriched", "text/richtext")


class AttachedFile(msgspec.Struct, frozen=True):
    """A file: the name and type its sender gave it, "" for none, and its bytes."""

    name: str
    kind: str
    data: bytes


def files_of(data: bytes) -> tuple[list[AttachedFile], bool]:
    """Return the files of a mail, and whether some could not be taken out whole.

    Attached mails are files, too. Never raises for what is in the mail.
    """
    try:
        return _files(email.message_from_bytes(data))
    except RecursionError:
        return [], True


def _files(mail: Parsed) -> tuple[list[AttachedFile], bool]:
    found: list[AttachedFile] = []
    left_out = False
    stack: list[tuple[Parsed, int]] = [(mail, 0)]
    number = 0
    while stack:
        part, depth = stack.pop()
        number += 1
        if number > PARTS or depth > DEPTH * 2:
            return found, True
        kind = part.get_content_type()
        if part.is_multipart() and kind != "message/rfc822":
            children = [each for each in part.get_payload() if isinstance(each, Parsed)]
            stack += [(each, depth + 1) for each in reversed(children)]
            continue
        name = _name(part)
        apart = part.get_content_disposition() == "attachment" or bool(name)
        if kind in _SHOWN and not apart:
            continue
        data = _bytes(part)
        if data is None or len(found) >= FILES:
            left_out = True
        elif data or name:
            ending = ".eml" if kind == "message/rfc822" else ""
            found.append(AttachedFile(name or f"{len(found) + 1}{ending}", kind, data))
    return found, left_out


def _bytes(part: Parsed) -> bytes | None:
    try:
        if part.is_multipart():  # an attached mail
            inner = part.get_payload(0)
            return inner.as_bytes() if isinstance(inner, Parsed) else None
        data = part.get_payload(decode=True)
    except Exception:  # noqa: BLE001  # the parser's own faults over strange mails are many
        return None
    return data if isinstance(data, bytes) else b""


def _name(part: Parsed) -> str:
    try:
        return file_name(part.get_filename() or "")[:200]
    except Exception:  # noqa: BLE001  # RFC 2231 gone wrong
        return ""
