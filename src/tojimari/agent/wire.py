"""What goes over the wire between the agent and the portal. Both sides import this.

A message is a JWS (RFC 7515, compact) signed with the device's own Ed25519 key (alg "EdDSA", RFC
8037). Its protected header carries ``kid`` (the device's id) and ``iat`` (the device's clock, in
whole seconds, when it was sent).
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from tojimari.model import NotSeen, Text
from tojimari.model.facts import Plain

MAX_MESSAGE_BYTES = 2_000_000
MAX_FACTS = 100
MAX_LINES = 8
"""Lines whose day one device may report."""
CONTENT_TYPE = "application/jose"
CLOCK_SLACK_SECONDS = 600
"""A device's clock may be this much ahead or behind; more is refused, with the right time."""
OLDEST_REPORT_DAYS = 90

System = Literal["linux", "windows", "macos"]


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sent once, with a code: the device's public key (32 bytes, hex) and what to call it."""

    code: str
    public_key: str
    name: str
    system: System


class Enrolled(msgspec.Struct, frozen=True):
    """The answer: who the device is now.

    Attributes:
        task_key: public key (hex) of the portal's task key; None where it gives no tasks.
    """

    device: UUID
    company: str
    server_time: datetime
    task_key: str | None = None


class ReportedFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One fact, or why it was not seen; see ``tojimari.model.Observation``.

    Attributes:
        line: for what a gateway hears: the line that is watched, an address or a name. "" for a
            fact about the device itself; then it is not sent, so earlier portals take the report.
    """

    kind: str
    kind_version: int
    fields: Plain = None
    not_seen: NotSeen | None = None
    partly_not_seen: dict[str, NotSeen] = {}
    line: str = ""


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One look: everything that was seen at ``made_at`` (the device's clock, with offset)."""

    schema: Literal["tojimari.report/1"]
    report: UUID
    device: UUID
    made_at: datetime
    agent: str
    system: System
    facts: list[ReportedFact]


class Ping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Asks whether somebody at the portal wants a new look."""

    schema: Literal["tojimari.ping/1"]
    device: UUID


class Taken(msgspec.Struct, frozen=True):
    """The answer to a report or a ping.

    Attributes:
        stored: observations that were new or different.
        skipped: facts of a kind or version that the portal does not know; it keeps them unread.
        tasks: signed tasks (``tojimari.agent.tasks``), in the order of their sequence.
        stopped: ids of tasks that must not be done any more.
        task_keys: statements of each earlier task key about the next, the oldest first.
        task_key: public key (hex) of the portal's task key, for devices that enrolled before there
            was one. Nothing is trusted for it: root at the device compares its fingerprint.
    """

    stored: int
    duplicate: bool
    skipped: int
    look_wanted: bool
    server_time: datetime
    tasks: list[str] = []
    stopped: list[UUID] = []
    task_keys: list[str] = []
    task_key: str | None = None


REFUSALS: dict[str, Text] = {
    "bad_code": Text(
        ja="この番号は使えません。30分を過ぎたか、一度使った番号です。新しい番号を出してください。",
        en="This code cannot be used: it is over 30 minutes old or was used. Ask for a new one.",
    ),
    "bad_key": Text(ja="鍵の形が正しくありません。", en="The key is not an Ed25519 public key."),
    "unknown_device": Text(
        ja="この機器は登録されていません。新しい番号で登録してください。",
        en="This device is not enrolled. Enrol it with a new code.",
    ),
    "removed_device": Text(
        ja="この機器は持ち主が外しました。もう一度使うには、新しい番号で登録してください。",
        en="The owner removed this device. To use it again, enrol it with a new code.",
    ),
    "bad_signature": Text(
        ja="署名が合いません。機器の鍵が変わったか、途中で書き換えられました。",
        en="The signature does not fit: the device's key changed or the message was altered.",
    ),
    "wrong_clock": Text(
        ja="機器の時計が10分以上ずれています。時計を合わせてください。",
        en="The device's clock is off by more than 10 minutes. Set it right.",
    ),
    "too_old": Text(
        ja="90日より前の記録は受け取れません。", en="Reports older than 90 days are not taken."
    ),
    "too_large": Text(ja="大きすぎます。", en="It is too large."),
    "malformed": Text(
        ja="読めない形です。tojimari を更新してください。",
        en="It cannot be read. Update tojimari.",
    ),
    "too_many": Text(
        ja="短い間に送られすぎました。しばらく待ってから送ってください。",
        en="Too much in a short time. Wait a while and send again.",
    ),
}
"""Every reason a message is refused, as both sides say it."""


class RefusalReply(msgspec.Struct, frozen=True):
    """The portal's answer when it takes nothing: the reason (a key of REFUSALS) and its time."""

    reason: str
    ja: str
    en: str
    server_time: datetime
