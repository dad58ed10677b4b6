"""A verdict as a fact about a message: what it was, without a word of what the message says."""

import re
from typing import Literal

from tojimari.mail.acquaintances import Expected
from tojimari.mail.message import Message
from tojimari.mail.verdict import Verdict
from tojimari.model.facts.mail_checks import MessageVerdict

Writing = Literal["ja", "zh", "ko", "latin", "other", ""]
_READ = 2_000
_MOST_SIGNALS = 20
_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_LETTER = re.compile(r"[^\W\d_]")
_ONE_IN = 10


def verdict_fact(message: Message, verdict: Verdict, expected: Expected = "") -> MessageVerdict:
    """Return the fact that a message got a verdict; ``expected``: its reader's own answer."""
    return MessageVerdict(
        verdict.level,
        verdict.likelihood,
        verdict.trick,
        tuple(each.id for each in verdict.reasons[:_MOST_SIGNALS]),
        verdict.gaps,
        writing(f"{message.subject}\n{message.text[:_READ]}"),
        expected,
    )


def writing(text: str) -> Writing:
    """Return the letters a text is written in: a tenth of them in a script speak for its language."""
    letters = len(_LETTER.findall(text))
    if not letters:
        return ""
    kana, han, hangul = (len(each.findall(text)) for each in (_KANA, _HAN, _HANGUL))
    if kana * _ONE_IN > letters:
        return "ja"
    if hangul * _ONE_IN > letters:
        return "ko"
    if han * _ONE_IN > letters:
        return "ja" if kana else "zh"
    return "latin" if len(_LATIN.findall(text)) * 2 > letters else "other"
