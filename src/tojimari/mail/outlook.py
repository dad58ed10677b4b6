"""Outlook's own file of a message (.msg), made the mail that it was."""

import re

import msgspec
import oxmsg

from tojimari.mail import headers as read
from tojimari.mail.message import ATTACHMENTS

_WITHOUT_TYPES = re.compile(
    r"^(?:Content-Type|Content-Transfer-Encoding|MIME-Version):[^\n]*\n(?:[ \t][^\n]*\n)*",
    re.IGNORECASE | re.MULTILINE,
)


class File(msgspec.Struct, frozen=True):
    """A file that came with it: its name, what it is said to be, and what is in it."""

    name: str
    declared: str
    content: bytes


class Rebuilt(msgspec.Struct, frozen=True):
    """A .msg file as an ordinary mail.

    Attributes:
        mail: headers and text.
        sender: as Outlook names them, for a mail whose headers are lost.
        files: what came with it; None for each that cannot be read.
    """

    mail: bytes
    sender: str
    files: tuple[File | None, ...]


def rebuilt(data: bytes) -> Rebuilt | None:
    """Return what is in a .msg file; None for a damaged one. Never raises for what is in it."""
    try:
        found = oxmsg.Message.load(data)
        head = str(found.properties.str_prop_value(0x007D) or "")
        html, plain, sender = found.html_body, found.body, found.sender
        subject, attachments = found.subject, found.attachments[:ATTACHMENTS]
    except Exception:  # noqa: BLE001  # the library lets whatever its parts raise through
        return None
    head = _WITHOUT_TYPES.sub("", head.replace("\r\n", "\n")).strip("\n")
    lines = (
        [head]
        if head
        else [f"From: {read.one_line(sender or '')}", f"Subject: {read.one_line(subject)}"]
    )
    kind = "html" if html else "plain"
    lines += [
        "MIME-Version: 1.0",
        f"Content-Type: text/{kind}; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        html or plain or "",
    ]
    mail = "\n".join(lines).encode("utf-8", "replace")
    return Rebuilt(mail, read.one_line(sender or ""), tuple(map(_file, attachments)))


def _file(attachment: oxmsg.attachment.Attachment) -> File | None:
    try:
        content = attachment.file_bytes
        if content is None:
            return None
        name = read.one_line(attachment.file_name or "")
        return File(name, attachment.mime_type or "", content)
    except Exception:  # noqa: BLE001  # as above
        return None
