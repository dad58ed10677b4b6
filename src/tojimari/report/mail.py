"""The verdict on a mail: in the terminal, and for machines."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rich.text import Text as Rich

from tojimari.catalog import Catalog
from tojimari.lib.printable import printable
from tojimari.mail.message import Message
from tojimari.mail.signals.seen import Seen
from tojimari.mail.verdict import LEVELS, MOST_REASONS, Verdict, weight
from tojimari.model import Lang
from tojimari.report.paragraph import console_of_command, put

SCHEMA = "tojimari.mail/1"
"""Changes that old readers can ignore keep the number; anything else raises it."""
MOST_LISTED = 100
_COLOURS = {"dangerous": "bold red", "careful": "yellow", "ordinary": "green", "unknown": "magenta"}


def reason_text(seen: Seen, catalog: Catalog, lang: Lang) -> str:
    """Return a signal as its reader is told, fit to be shown."""
    said = catalog.signals[seen.id].text.say(lang, quote=seen.quote, expected=seen.expected)
    return printable(said.rstrip(": ") if not seen.quote else said)


def show_verdict(
    name: str,
    judged: Sequence[tuple[Message, Verdict]],
    verdict: Verdict,
    catalog: Catalog,
    lang: Lang,
    *,
    every: bool = False,
) -> None:
    """Print the verdict on one file: the level, three reasons, what to do, the trick.

    ``judged``: each message in it with its own verdict; ``verdict``: that of the worst.
    """
    console = console_of_command()
    message = next(one for one, its in judged if its is verdict)

    def ui(key: str, **numbers: object) -> str:
        return catalog.ui(f"mail.{key}").say(lang, **numbers)

    head = Rich(f"■ {ui(f'level.{verdict.level}')}", style=_COLOURS[verdict.level])
    head.append(f"  {printable(name)}", style="dim")
    put(console, head, 0)
    sender = message.sender
    address = f"{sender.name} <{sender.address}>" if sender.address else sender.name
    if address.strip():
        put(console, ui("from", sender=printable(address)), 2)
    if message.subject:
        key = "attached" if message.forwarded else "subject"
        put(console, ui(key, subject=printable(message.subject[:200])), 2)
    put(console, ui(f"say.{verdict.level}"), 2)
    shown = verdict.reasons if every else verdict.reasons[:MOST_REASONS]
    if shown:
        put(console, ui("why"), 2)
        for number, seen in enumerate(shown, 1):
            place = ui(f"place.{seen.place}")
            put(console, f"{number}. [{place}] {reason_text(seen, catalog, lang)}", 4)
    if len(shown) < len(verdict.reasons):
        put(console, ui("more", n=len(verdict.reasons) - len(shown)), 4)
    for title, lines in (
        ("for_it", [reason_text(each, catalog, lang) for each in verdict.trust]),
        ("gaps", [ui(f"gap.{each}") for each in verdict.gaps]),
    ):
        if lines:
            put(console, ui(title), 2)
            for line in lines:
                put(console, line, 4)
    if verdict.suspicious:
        trick = catalog.tricks.get(verdict.trick)
        if trick is not None:
            put(console, ui("now"), 2)
            put(console, trick.now.say(lang), 4)
            put(console, ui("trick", title=trick.title.say(lang)), 2)
            put(console, trick.how.say(lang), 4)
        put(console, ui("clicked"), 2)


class Brief(NamedTuple):
    """One of many mails: where it lies, who it says it is from, what it is about, the verdict."""

    name: str
    sender: str
    subject: str
    verdict: Verdict


def show_many(
    counts: Mapping[str, int],
    found: Sequence[Brief],
    catalog: Catalog,
    lang: Lang,
    *,
    every: bool = False,
) -> None:
    """Print how many mails of each level there were, and those that are not ordinary, worst first.

    ``counts``: level -> mails. ``every``: all of them instead of the first hundred.
    """
    console = console_of_command()

    def ui(key: str, **numbers: object) -> str:
        return catalog.ui(f"mail.{key}").say(lang, **numbers)

    put(console, ui("many", n=sum(counts.values())), 0)
    for level in LEVELS:
        if counts.get(level):
            line = Rich(f"{ui(f'level.{level}')}: {counts[level]}", style=_COLOURS[level])
            put(console, line, 2)
    listed = sorted(
        found, key=lambda each: (LEVELS.index(each.verdict.level), -each.verdict.points)
    )
    shown = listed if every else listed[:MOST_LISTED]
    for each in shown:
        head = Rich(f"■ {ui(f'level.{each.verdict.level}')}", style=_COLOURS[each.verdict.level])
        head.append(f"  {printable(each.name)}", style="dim")
        put(console, head, 0)
        put(console, printable(f"{each.sender}  {each.subject[:80]}".strip()), 4)
        for seen in each.verdict.reasons[:1]:
            put(console, reason_text(seen, catalog, lang), 4)
    if len(shown) < len(listed):
        put(console, ui("many_more", n=len(listed) - len(shown)), 0)
    put(console, ui("say.ordinary_many"), 0)


def verdict_form(
    name: str, judged: Sequence[tuple[Message, Verdict]], verdict: Verdict, catalog: Catalog
) -> dict[str, Any]:
    """Return the verdict on one file for machines; sentences in both languages."""

    def reason(seen: Seen) -> dict[str, Any]:
        return {
            "signal": seen.id,
            "place": seen.place,
            "quote": seen.quote,
            "points": round(weight(seen), 2),
            "sentence": {
                "ja": reason_text(seen, catalog, "ja"),
                "en": reason_text(seen, catalog, "en"),
            },
        }

    def form(one: Verdict) -> dict[str, Any]:
        return {
            "level": one.level,
            "points": one.points,
            "likelihood": one.likelihood,
            "trick": one.trick,
            "reasons": [reason(each) for each in one.reasons],
            "trust": [reason(each) for each in one.trust],
            "gaps": list(one.gaps),
        }

    return {
        "file": name,
        **form(verdict),
        "messages": [
            {"sender": one.sender.address, "subject": one.subject, **form(its)}
            for one, its in judged
        ],
    }
