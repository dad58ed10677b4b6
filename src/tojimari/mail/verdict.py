"""Says how dangerous a message is: points of signals, a text model that may only raise, hard rules."""

from collections.abc import Sequence
from math import exp
from typing import Literal

import msgspec

from tojimari.mail.acquaintances import Known
from tojimari.mail.forwarded import FEW_CHARACTERS
from tojimari.mail.lures import lure
from tojimari.mail.message import Message
from tojimari.mail.signals.acquaintance import acquaintance
from tojimari.mail.signals.approaches import approaches
from tojimari.mail.signals.enclosed import enclosed
from tojimari.mail.signals.hiding import hiding
from tojimari.mail.signals.identity import identity, verification
from tojimari.mail.signals.leading import leading, leads_home
from tojimari.mail.signals.points import POINTS
from tojimari.mail.signals.seen import Seen, Signals
from tojimari.mail.signals.wording import word_signals, wording

Level = Literal["dangerous", "careful", "ordinary", "unknown"]
LEVELS: tuple[Level, ...] = ("dangerous", "careful", "unknown", "ordinary")
"""The worst first."""
SUSPICIOUS: frozenset[Level] = frozenset(("dangerous", "careful"))
"""The levels that speak against a message."""

LOOKS: tuple[Signals, ...] = (
    identity,
    verification,
    acquaintance,
    leading,
    wording,
    approaches,
    hiding,
    enclosed,
)
LURE = 2.5
"""Points of one unit (log odds) of the text model."""
LURE_AT_MOST = 6.0
LURE_ALONE = 3.0
"""Points of the text model where nothing but words speaks against a mail: not enough for a warning."""
_BORNE_OUT = 0.5
"""Points that it may have more for each point of what is no matter of words: who sent it, where it
leads, what it hides or brings."""
DANGEROUS_FROM = 6.0
CAREFUL_FROM = 4.0
"""Points; set on the corpus's dev part, see benchmarks/mail.md."""
UNSURE_FROM = 3.0
"""Points from which a mail is no longer called ordinary: there as many lures as honest mails stand."""
_ODDS, _ODDS_A_POINT = -4.6, 1.73
"""Log odds of a lure by points: measured on mailing lists that received both, see benchmarks/mail.md."""
OF_TEXT_ALONE = 0.7
"""Of those, for a message without headers: who sent it and how it came cannot speak against it."""
OF_THE_LINK = frozenset(
    ("click", "credentials", "delivery", "document", "greeting", "payment", "reads_like_lure", "reward", "urgency")
)  # fmt: skip
"""Words whose harm is where they send the reader."""
_LED_HOME = 0.5
"""What is left of them where that is the named company's own site and nowhere else."""
OF_HIRED_SENDERS = frozenset(("all_links_elsewhere", "answers_elsewhere", "envelope_elsewhere"))
"""How every newsletter comes that a company has sent by another: no proof that words mean harm."""
TRUST_AT_MOST = -3.0
"""All that speaks for a message together: one who is trusted may have been taken over."""
MOST_REASONS = 3
_READS_SO = 0.8
"""Points of the text model from which it is told as a reason of its own."""

_WORTH_SHOWING = 1.0
"""Points of a reason that may take the place of a stronger one that says the same."""

ALWAYS_DANGEROUS = frozenset(
    ("file_program", "file_shortcut", "file_disguised", "file_smuggles", "file_disk_image", "file_macro_starts",
     "file_pdf_acts", "file_asks_secret", "form_asks_secret", "lookalike_sender", "lookalike_link")
)  # fmt: skip
"""What is dangerous by itself, whatever else the message has."""
AT_LEAST_CAREFUL = frozenset(
    ("file_macro", "file_fetches", "file_holds_object", "file_page_with_program", "file_encrypted", "file_pdf_script",
     "bank_change", "link_runs", "link_in_code", "verified_fail", "own_domain_unverified", "contact_elsewhere")
)  # fmt: skip
"""What is worth a second look by itself."""
_HARMLESS_GAPS = frozenset(("too_many_links", "too_many_messages"))


class Verdict(msgspec.Struct, frozen=True):
    """How dangerous a message is.

    Attributes:
        level: "ordinary" says that nothing was seen, not that it is safe; "unknown" that too much
            of it could not be read to say even that, or that it stands in between.
        reasons: what speaks against it, the strongest first; three are shown at first.
        trust: what speaks for it.
        trick: id of the trick in the catalog that it comes closest to; "" for none.
        points: all together.
        gaps: ids of what could not be read.
        likelihood: share of lures (0 to 1) among mails with so many points, if half of all were
            lures; by points alone, hard rules apart.
    """

    level: Level
    reasons: tuple[Seen, ...]
    trust: tuple[Seen, ...]
    trick: str
    points: float
    gaps: tuple[str, ...]
    likelihood: float

    @property
    def suspicious(self) -> bool:
        """Return whether it speaks against the message."""
        return self.level in SUSPICIOUS


def likelihood(points: float) -> float:
    """Return which share of mails with so many points are lures, if half of all were."""
    return 1.0 / (1.0 + exp(-(_ODDS + _ODDS_A_POINT * min(points, 40.0))))


def signals(message: Message, known: Known) -> list[Seen]:
    """Return every signal of a message, each once, the strongest first."""
    found: dict[str, Seen] = {}
    for looks in LOOKS:
        for seen in looks(message, known):
            other = found.get(seen.id)
            if other is None or other.degree < seen.degree:
                found[seen.id] = seen
    passed_over = word_signals() | OF_HIRED_SENDERS
    borne_out = sum(weight(each) for each in found.values() if each.id not in passed_over)
    alone = LURE_ALONE * (OF_TEXT_ALONE if message.kind == "text" else 1.0)
    reads = min(LURE * lure(message), alone + _BORNE_OUT * max(0.0, borne_out), LURE_AT_MOST)
    if reads > 0:
        found["reads_like_lure"] = Seen("reads_like_lure", "text", degree=reads / LURE_AT_MOST)
    if leads_home(message):
        for each in found.values():
            if each.id in OF_THE_LINK:
                found[each.id] = msgspec.structs.replace(each, degree=each.degree * _LED_HOME)
    return sorted(found.values(), key=lambda each: (-weight(each), each.id))


def weight(seen: Seen) -> float:
    """Return the points of a signal in a message; negative where it speaks for it."""
    points = LURE_AT_MOST if seen.id == "reads_like_lure" else POINTS[seen.id]
    return points * seen.degree


def judge(message: Message, known: Known, tricks: dict[str, str]) -> Verdict:
    """Return the verdict on one message. ``tricks``: signal -> trick, as the catalog has them."""
    seen = signals(message, known)
    against = [each for each in seen if weight(each) > 0]
    trust = [each for each in seen if weight(each) < 0]
    points = sum(map(weight, against)) + max(TRUST_AT_MOST, sum(map(weight, trust)))
    ids = {each.id for each in against}
    gaps = tuple(dict.fromkeys(each.id for each in message.gaps))
    hard = bool(ids & ALWAYS_DANGEROUS)
    level: Level = "ordinary"
    share = OF_TEXT_ALONE if message.kind == "text" else 1.0
    if hard or points >= DANGEROUS_FROM * share:
        level = "dangerous"
    elif points >= CAREFUL_FROM * share or ids & AT_LEAST_CAREFUL:
        level = "careful"
    elif points >= UNSURE_FROM * share or set(gaps) - _HARMLESS_GAPS or _too_little(message):
        level = "unknown"
    told = [each for each in against if each.id != "reads_like_lure" or weight(each) >= _READS_SO]
    told.sort(
        key=lambda each: (
            each.id not in ALWAYS_DANGEROUS,
            each.id == "reads_like_lure",
            -weight(each),
            each.id,
        )
    )
    return Verdict(
        level,
        tuple(_varied(told)),
        tuple(trust),
        _trick(told, tricks),
        round(points, 2),
        gaps,
        round(likelihood(points), 3),
    )


def worst(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict on a file: that of the worst message in it, attached ones too."""
    return min(verdicts, key=lambda each: (LEVELS.index(each.level), -each.points))


def _varied(told: Sequence[Seen]) -> list[Seen]:
    """Return the reasons with the strongest of each place first: three ways of saying one thing are one."""
    first: list[Seen] = []
    for each in told:
        new = each.place not in {other.place for other in first}
        if new and weight(each) >= _WORTH_SHOWING and len(first) < MOST_REASONS:
            first.append(each)
    return [*first, *(each for each in told if each not in first)]


def _too_little(message: Message) -> bool:
    """Return whether there is too little to say that it looks ordinary."""
    if message.kind == "text" and message.links and not leads_home(message):
        return True  # nobody saw who sent it, and it leads to who knows where
    return len(message.text.strip()) < FEW_CHARACTERS and not message.attachments


def _trick(told: Sequence[Seen], tricks: dict[str, str]) -> str:
    total: dict[str, float] = {}
    for each in told:
        trick = tricks.get(each.id, "")
        if trick:
            total[trick] = total.get(trick, 0.0) + weight(each)
    return max(sorted(total), key=lambda trick: total[trick]) if total else ""
