"""What a mail server reports of a mail of ours: RFC 3464 (Delivery Status Notifications).

Anybody can write one, so nothing is taken of it but codes: no words, no files.
"""

import email
import re
from email.message import Message as Parsed
from uuid import UUID

import msgspec

from tojimari.portal.desk.letters import ours_in

_ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_PARTS = 50
_RECIPIENTS = 5
_HEADER_LETTERS = 20_000


class Report(msgspec.Struct, frozen=True):
    """A report on delivery.

    Attributes:
        about: ids of messages of ours that it names.
        lines: what became of the mail, a line each: ``Action: failed``, ``Status: 5.1.1``.
        failed: the server has given up.
    """

    about: tuple[UUID, ...]
    lines: tuple[str, ...]
    failed: bool


def report_in(data: bytes) -> Report | None:
    """Return the report that a mail is; None for any other mail. Never raises for what is in it."""
    try:
        mail = email.message_from_bytes(data)
        if mail.get_content_type() != "multipart/report" or not mail.is_multipart():
            return None
        parts = [each for each in mail.get_payload() if isinstance(each, Parsed)][:_PARTS]
        status = next(
            (one for one in parts if one.get_content_type() == "message/delivery-status"), None
        )
        lines = _lines(status) if status is not None else []
        named = [_named(mail, "in-reply-to"), _named(mail, "references"), *map(_returned, parts)]
    except Exception:  # noqa: BLE001  # the parser's own faults over strange mails are many
        return None
    about = dict.fromkeys(
        key for text in named if (key := ours_in(text.encode("utf-8", "replace")))
    )
    return Report(tuple(about), tuple(lines), "Action: failed" in lines) if lines else None


def _lines(status: Parsed) -> list[str]:
    blocks = status.get_payload() if status.is_multipart() else []
    found: list[str] = []
    for block in [each for each in blocks if isinstance(each, Parsed)][: _RECIPIENTS + 1]:
        action = str(block.get("action", "")).strip().lower()
        code = _STATUS.match(str(block.get("status", "")).strip())
        if action in _ACTIONS:
            found += [f"Action: {action}", *([f"Status: {code[0]}"] if code else [])]
    return found


def _returned(part: Parsed) -> str:
    """Return the Message-ID of the mail, or of its headers, that a report gives back."""
    kind = part.get_content_type()
    if kind == "message/rfc822" and part.is_multipart():
        inner = part.get_payload(0)
        return _named(inner, "message-id") if isinstance(inner, Parsed) else ""
    if kind in ("text/rfc822-headers", "message/rfc822-headers"):
        raw = part.get_payload(decode=True)
        head = email.message_from_bytes(raw) if isinstance(raw, bytes) else Parsed()
        return _named(head, "message-id")
    return ""


def _named(head: Parsed, name: str) -> str:
    return str(head.get(name, ""))[:_HEADER_LETTERS]
