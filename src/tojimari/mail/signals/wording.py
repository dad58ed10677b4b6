"""What a message says: phrases of lures, by what they are after."""

import itertools
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice
from typing import Any, NamedTuple

import msgspec
import yaml

from tojimari.knowledge.domains import owner_domain
from tojimari.knowledge.rented import mail_of_everybody
from tojimari.mail.acquaintances import Known
from tojimari.mail.message import Message, Place
from tojimari.mail.signals.names import plain, skeleton_text, spoken
from tojimari.mail.signals.searching import searched, sought
from tojimari.mail.signals.seen import Seen, around, quote

_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""In C where it is there: ten times as fast, a tenth of the time to start."""
_READ = 4_000
"""Characters of the text that are searched for phrases: a lure does not come after pages."""
_QUOTED = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_LOUD = re.compile(
    r"[!！]{2,}|[\U0001f300-\U0001faff\u26a0\u2705\u274c\u203c]|[A-Z]{4,}(?:\W+[A-Z]{3,}){2,}|[$€£]\s?\d[\d.,]{3,}"
)
_AMOUNT = sought(
    r"(?:[$€£¥￥]|usd|eur|gbp)\s?\d[\d.,]{3,}|\d[\d.,]{3,}\s?(?:円|usd|dollars|euros?|eur|btc)",
    "$|€|£|¥|￥|円|usd|eur|gbp|dollars|btc",
)


_NUMBER = re.compile(
    r"(?<![\d-])(?:0\d{1,4}[- (]{1,2}\d{1,4}[-) ]{1,2}\d{3,4}|0[5-9]0\d{8}|0120\d{6}|\+\d{1,3}[ -]?\(?\d{1,4}\)?(?:[ -]?\d{2,4}){2,4}|\(?[18]?[ -]?\(?8\d{2}\)?[ -]\d{3}[ -]\d{4})(?!\d)"
)
_CALL = re.compile(
    r"電話|連絡|窓口|サポート|センター|\b(?:call|phone|dial|contact|reach|helpdesk|helpline|support)\b",
    re.IGNORECASE,
)
_CHARGED = re.compile(
    r"引き落と|引落|決済|ご購入|ご注文|自動更新|請求|\b(?:charged?|debited|renew(?:ed|al)|purchase|subscription|order|invoice|payment)\b",
    re.IGNORECASE,
)
_UNASKED = re.compile(
    r"心当たり|身に覚え|覚えのない|キャンセル|解約|返金|\b(?:cancel|refund|dispute)\b|\b(?:not|n't) (?:authori[sz]ed?|make|place|request|recogni[sz]e)",
    re.IGNORECASE,
)
_PAIR = re.compile(r"(?=([^\x00-\x7f].))", re.DOTALL)
_NEAR = 60
"""Characters around a number within which it says to call it."""
_BRIEF = 200
"""Characters of a message that has hardly more than a sentence and a link, as those to phones."""
_OF_CUSTOMERS = frozenset(("credentials", "payment", "delivery", "mailbox"))
_OF_EVERY_NOTICE = frozenset(("click", "delivery", "sale"))
"""What honest notices and newsletters say as well. Half as much in a mail, of which more is known; what
comes to a phone has nothing else."""
_BESIDE_LISTS = ("loud", "amount", "call_back")


class _Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    joined: tuple[str, ...]
    spaced: tuple[str, ...]


@cache
def phrases() -> dict[str, _Phrases]:
    """Return the lists of ``words.yaml``, in the form in which texts are searched."""
    raw = yaml.load((files("tojimari.mail") / "words.yaml").read_bytes(), Loader=_SafeLoader)  # noqa: S506  # a safe one
    lists = msgspec.convert(raw, dict[str, _Phrases])
    return {
        name: _Phrases(
            tuple(plain(each) for each in each_list.joined),
            tuple(spoken(each) for each in each_list.spaced),
        )
        for name, each_list in lists.items()
    }


@cache
def word_signals() -> frozenset[str]:
    """Return the signals that are a matter of words alone."""
    return frozenset((*phrases(), *_BESIDE_LISTS))


class _Index(NamedTuple):
    """Every phrase by a part of it, so that a text is asked only for those that may be in it.

    ``joined``: first two letters -> (list, phrase). ``latin``: those that begin with a Latin letter.
    ``spaced``: longest word -> (list, phrase, all its words). Phrases keep their place in the file,
    which orders what is told.
    """

    joined: dict[str, list[tuple[str, int, str]]]
    latin: list[tuple[str, int, str]]
    spaced: dict[str, list[tuple[str, int, str, frozenset[str]]]]


@cache
def _index() -> _Index:
    found = _Index({}, [], {})
    for name, each in phrases().items():
        for at, phrase in enumerate(each.joined):
            if phrase[0].isascii():
                found.latin.append((name, at, phrase))
            else:
                found.joined.setdefault(phrase[:2], []).append((name, at, phrase))
        for at, phrase in enumerate(each.spaced, len(each.joined)):
            words = phrase.split()
            entry = (name, at, phrase, frozenset(words))
            found.spaced.setdefault(max(words, key=len), []).append(entry)
    return found


def own_words(message: Message) -> str:
    """Return what the sender wrote himself: without lines marked as quoted, 4,000 characters at most."""
    text = message.text[: _READ * 4]
    if ">" in text:
        text = _QUOTED.sub("", text)
    return text[:_READ]


def wording(message: Message, known: Known) -> Iterator[Seen]:
    """Yield the lists of phrases of which a message has some, in the subject and in the text."""
    head = f"{message.subject} \n {message.sender.name}"[:600]
    text = own_words(message)
    in_heads, in_texts = _hits(head), _hits(text)
    brief = message.kind == "text" and len(text.strip()) <= _BRIEF and bool(message.links)
    first = 0.75 if brief else 0.5  # there is no room for a second phrase
    for name in phrases():
        in_head, in_text = in_heads.get(name, []), in_texts.get(name, [])
        if in_head or in_text:
            much = min(1.0, first + 0.25 * (len(in_text) - 1)) if in_text else 0.0
            place: Place
            place, shown = (
                ("subject", quote(message.subject or message.sender.name))
                if in_head
                else ("text", _around(text, in_text[0]))
            )
            degree = 1 - (1 - 0.55 * bool(in_head)) * (1 - 0.65 * much)
            if name in _OF_EVERY_NOTICE and message.kind == "mail":
                degree /= 2
            said = ", ".join((in_head + in_text)[:3])
            yield Seen(name, place, shown, said, round(degree, 3))
    frightens = "scare" in in_heads or "scare" in in_texts or _unasked(message, text)
    if frightens and (number := to_call(message, text)):
        yield Seen("call_back", "text", around(text, *number))
    if loud := _LOUD.search(message.subject):
        yield Seen("loud", "subject", quote(message.subject), loud[0].strip())
    if amount := searched(text).find(_AMOUNT):
        yield Seen("amount", "text", around(text, *amount.span()))


def asks_of_customers(text: str) -> bool:
    """Return whether a text speaks of an account, a payment or a parcel as lures do to customers."""
    return not _OF_CUSTOMERS.isdisjoint(_hits(text))


def to_call(message: Message, text: str) -> tuple[int, int] | None:
    """Return where a telephone number stands that the reader is told to call; None for none."""
    for found in islice(_NUMBER.finditer(text), 5):
        if _CALL.search(text[max(0, found.start() - _NEAR) : found.end() + _NEAR]):
            return found.span()
    return None


def _unasked(message: Message, text: str) -> bool:
    """Return whether somebody without an address of a company speaks of a charge to be called off, or
    an invitation does: nobody is billed by an appointment.
    """
    nobody = (
        message.kind == "text"
        or message.calendar is not None
        or owner_domain(message.sender.domain) in mail_of_everybody()
    )
    said = f"{message.subject}\n{text}"
    return nobody and bool(_CHARGED.search(said) and _UNASKED.search(said))


@lru_cache(maxsize=8)
def _hits(text: str) -> dict[str, list[str]]:
    """Return list -> its phrases that a text has, in the order of the file."""
    letters = "" if text.isascii() else plain(text)
    words = spoken(skeleton_text(text))
    index = _index()
    found: dict[str, list[tuple[int, str]]] = {}
    if not letters.isascii():
        pairs = index.joined.keys() & _PAIR.findall(letters)
        for name, at, phrase in itertools.chain(
            index.latin, *(index.joined[each] for each in pairs)
        ):
            if phrase in letters:
                found.setdefault(name, []).append((at, phrase))
    present = set(words.split())
    for word in index.spaced.keys() & present:
        for name, at, phrase, all_words in index.spaced[word]:
            if all_words <= present and phrase in words:
                found.setdefault(name, []).append((at, phrase.strip()))
    return {name: [phrase for _, phrase in sorted(each)] for name, each in found.items()}


def _around(text: str, phrase: str) -> str:
    """Return the line of a text that has a phrase, or its beginning where that cannot be told."""
    wanted = plain(phrase)
    for line in text.split("\n"):
        if wanted in plain(line):
            at = max(0, plain(line).find(wanted) - 60)
            return quote(line[at:])
    return quote(phrase)
