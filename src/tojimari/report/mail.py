"""The verdict on a mail: in the terminal, and for machines."""

from collections.abc import Sequence
from typing import Any

from rich.text import Text as Rich

from tojimari.catalog import Catalog
from tojimari.lib.printable import printable
from tojimari.mail.message import Message
from tojimari.mail.signals.seen import Seen
from tojimari.mail.verdict import MOST_REASONS, Verdict, weight
from tojimari.model import Lang
from tojimari.report.paragraph import console_of_command, put

SCHEMA = "tojimari.mail/1"
"""Changes that old readers can ignore keep the number; anything else raises it."""
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
    if verdict.level in ("dangerous", "careful"):
        trick = catalog.tricks.get(verdict.trick)
        if trick is not None:
            put(console, ui("now"), 2)
            put(console, trick.now.say(lang), 4)
            put(console, ui("trick", title=trick.title.say(lang)), 2)
            put(console, trick.how.say(lang), 4)
        put(console, ui("clicked"), 2)


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
