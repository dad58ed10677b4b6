"""What a message hides from its reader, or from the filters before him."""

import re
import unicodedata
from collections.abc import Iterator

from tojimari.mail.acquaintances import Known
from tojimari.mail.message import Message
from tojimari.mail.signals.names import MARKS
from tojimari.mail.signals.seen import Seen, quote

MIXED_WITH = frozenset(("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"))
"""Scripts with letters that pass for Latin ones."""
_WORD = re.compile(r"[^\W\d_]{4,30}")
_PASSES_FOR_LATIN = re.compile(
    "[\u0370-\u058f\u13a0-\u13ff\u1c80-\u1c8f\u1d26-\u1d6a\u1f00-\u1fff\u2de0-\u2dff\ua640-\ua69f\uab65-\uabbf\ufb13-\ufb17\U0001d400-\U0001d7ff\U0001e030-\U0001e08f]"
)
"""Blocks with letters of the scripts below, to be looked at closely; hardly any mail has one."""
_FOREIGN_MARK = re.compile(f"[A-Za-z.][{MARKS}]")
"""A Latin letter under a vowel sign of another script: nobody's writing, and no filter's word."""
_PREVIEW = 250
"""Characters that newsletters hide at the top, for lists of mails to show."""


def hiding(message: Message, known: Known) -> Iterator[Seen]:
    """Yield what is hidden or disguised."""
    hidden = sum(each.characters for each in message.hidden if each.how != "invisible_characters")
    if hidden > _PREVIEW:
        longest = max(message.hidden, key=lambda each: each.characters)
        yield Seen("hidden_text", "hidden", quote(longest.text), degree=min(1.0, hidden / 1000))
    for each in message.hidden:
        if each.how == "invisible_characters":
            yield Seen(
                "broken_words", "text", quote(each.text), degree=min(1.0, each.characters / 20)
            )
            break
    if mixed := _mixed(f"{message.subject} {message.sender.name} {message.text[:2000]}"):
        yield Seen("mixed_letters", "text", mixed)
    if message.pictures and len(message.text.strip()) < 60 and message.links:
        yield Seen("picture_only", "picture")
    if message.urgent_flag:
        yield Seen("marked_urgent", "headers")
    if (
        message.kind == "mail"
        and message.subject.lower().startswith(("re:", "aw:", "fw:", "fwd:"))
        and not message.in_reply_to
        and not message.quoted
        and message.headers
    ):
        yield Seen("false_reply", "subject", quote(message.subject))
    if message.has_html and not message.text.strip() and message.hidden:
        yield Seen("nothing_visible", "hidden", quote(message.hidden[0].text))


def _mixed(text: str) -> str:
    """Return a word that mixes Latin letters with those, or marks, of other scripts; "" for none."""
    if text.isascii():
        return ""
    if found := _FOREIGN_MARK.search(text):
        at = found.start()
        return text[max(0, at - 20) : at + 1].split()[-1] + text[at + 1 : at + 20].split()[0]
    if not _PASSES_FOR_LATIN.search(text):
        return ""
    for found in _WORD.finditer(text):
        word = found[0]
        if word.isascii():
            continue
        scripts = {_script(char) for char in word}
        if "LATIN" in scripts and scripts & MIXED_WITH:
            return word
        if any("\U0001d400" <= char <= "\U0001d7ff" for char in word):  # mathematical letters
            return word
    return ""


def _script(char: str) -> str:
    if char.isascii():
        return "LATIN"
    return unicodedata.name(char, "").partition(" ")[0]
