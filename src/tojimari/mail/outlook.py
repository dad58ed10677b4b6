"""Outlook's own file of a message (.msg)."""

import re

import oxmsg

from tojimari.mail import headers as read
from tojimari.mail import reading
from tojimari.mail.attachments.budget import Budget
from tojimari.mail.attachments.look import Looked, look
from tojimari.mail.message import ATTACHMENTS, Address, Gap, Message

_WITHOUT_TYPES = re.compile(
    r"^(?:Content-Type|Content-Transfer-Encoding|MIME-Version):[^\n]*\n(?:[ \t][^\n]*\n)*",
    re.IGNORECASE | re.MULTILINE,
)


def read_outlook(data: bytes) -> list[Message]:
    """Return the message in a .msg file, read as the mail it was; never raises for what is in it."""
    try:
        found = oxmsg.Message.load(data)
        head = str(found.properties.str_prop_value(0x007D) or "")
        html, plain, sender = found.html_body, found.body, found.sender
        subject, attachments = found.subject, found.attachments[:ATTACHMENTS]
    except Exception:  # noqa: BLE001  # the library lets whatever its parts raise through
        return [Message("mail", gaps=(Gap("damaged"),))]
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
    [message, *inner] = reading.read_file("\n".join(lines).encode("utf-8", "replace"))
    looked, budget, gaps = Looked(), Budget(), list(message.gaps)
    for each in attachments:
        try:
            name, content, declared = each.file_name or "", each.file_bytes, each.mime_type or ""
        except Exception:  # noqa: BLE001  # as above
            content = None
        if content is None:
            gaps.append(Gap("damaged_attachment"))
        else:
            look(read.one_line(name), declared, content, budget, looked)
    return [
        Message(
            **{
                **{name: getattr(message, name) for name in message.__struct_fields__},
                "kind": "mail",
                "sender": message.sender
                if message.sender != Address()
                else Address(read.one_line(sender or "")[:300]),
                "attachments": tuple(looked.attachments),
                "links": (*message.links, *looked.links)[:500],
                "gaps": tuple(dict.fromkeys((*gaps, *looked.gaps)))[:30],
            }
        ),
        *inner,
    ]
