"""Verdicts on mails that people of a company asked about. Nothing of what a mail says is in them."""

from typing import ClassVar, Literal

from tojimari.model.facts.base import Fact, Row

Level = Literal["dangerous", "careful", "ordinary", "unknown"]


class MessageVerdict(Fact, frozen=True, forbid_unknown_fields=True):
    """What the verdict on one message was; neither its words nor its addresses.

    Attributes:
        level: how dangerous it is.
        likelihood: share of lures among mails with so many points, if half of all were (0 to 1).
        trick: id of the trick it comes closest to; "" for none.
        signals: ids of what spoke against it, the strongest first.
        gaps: ids of what could not be read.
        writing: letters it is written in: ja, zh, ko, latin, other; "" for none.
        expected: whether its reader expected it: yes, no; "" where nobody said.
    """

    KIND: ClassVar[str] = "message.verdict"

    level: Level
    likelihood: float
    trick: str
    signals: tuple[str, ...]
    gaps: tuple[str, ...]
    writing: Literal["ja", "zh", "ko", "latin", "other", ""]
    expected: Literal["yes", "no", ""]


class MailMonth(Row, frozen=True, forbid_unknown_fields=True):
    """One month of verdicts.

    Attributes:
        month: YYYY-MM.
        people: how many people of the company asked at least once.
        dangerous: mails found dangerous.
        careful: mails to be careful with.
        ordinary: mails that looked ordinary.
        unknown: mails of which it could not be told.
        tricks: ids of the tricks that those who asked were shown.
    """

    month: str
    people: int
    dangerous: int
    careful: int
    ordinary: int
    unknown: int
    tricks: tuple[str, ...]


class CompanyMailChecks(Fact, frozen=True, forbid_unknown_fields=True):
    """How many doubtful mails a company's people asked about, by month; the portal counts them.

    Attributes:
        staff: how many people the company has by its own word; 0 where it did not say.
        months: full months, the newest first, 12 at most; months without any are in it with zeros.
    """

    KIND: ClassVar[str] = "company.mail_checks"

    staff: int
    months: tuple[MailMonth, ...]
