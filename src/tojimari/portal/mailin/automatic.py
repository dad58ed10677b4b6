"""Which mails must not be answered by a program, so that two programs never write to each other.

RFC 3834 (Recommendations for Automatic Responses to Electronic Mail), sections 2 and 3.
"""

import email
import hashlib
import re
from email.message import Message as Parsed
from email.policy import compat32

_OF_LISTS = ("list-id", "list-unsubscribe", "list-post", "list-help", "mailing-list", "x-loop")
_PROGRAMS = re.compile(
    r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|owner-.*|.*-request|.*-bounces)(?:[+=-].*)?$"
)
ANSWER_HEADERS = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}
"""What every answer of ours says of itself."""
_HEADER_BYTES = 100_000


def head_of(data: bytes) -> Parsed:
    """Return the headers of a mail; never raises for what is in them."""
    end = re.search(rb"\r?\n\r?\n", data[:_HEADER_BYTES])
    head = data[: end.end() if end else _HEADER_BYTES]
    return email.message_from_bytes(head, policy=compat32)


def why_not_answered(sender: str, head: Parsed) -> str:
    """Return why a mail is not answered, "" where it may be.

    sender: the envelope's; "" for the empty one, by which mail servers report.
    """
    if not sender or "@" not in sender:
        return "empty_sender"
    if _PROGRAMS.match(sender.rpartition("@")[0].lower()):
        return "program"
    if _value(head, "auto-submitted").partition(";")[0].strip() not in ("", "no"):
        return "automatic"
    if _value(head, "precedence") in ("bulk", "list", "junk"):
        return "bulk"
    if any(name in head for name in _OF_LISTS):
        return "list"
    if _value(head, "content-type").startswith("multipart/report"):
        return "report"
    suppress = re.split(r"[,\s]+", _value(head, "x-auto-response-suppress"))
    if {"all", "autoreply"} & set(suppress):
        return "asked_not_to"
    return ""


def digest_of(data: bytes) -> str:
    """Return what tells a mail from others: its Message-ID and its body, both.

    The same mail that came twice has other Received lines; two mails of a careless program may
    have one Message-ID.
    """
    end = re.search(rb"\r?\n\r?\n", data)
    body = data[end.end() :] if end else b""
    identity = _value(head_of(data), "message-id")
    return hashlib.sha256(identity.encode("utf-8", "replace") + b"\0" + body).hexdigest()


def message_id_of(data: bytes) -> str:
    """Return the Message-ID as it may stand in a header of an answer; "" where there is none."""
    found = re.search(r"<[^<>\s]{1,250}>", str(head_of(data).get("message-id", "")))
    return found[0] if found and found[0].isascii() else ""


def _value(head: Parsed, name: str) -> str:
    return " ".join(str(head.get(name, "")).lower().split())
