"""The verdict on a forwarded mail as a letter in plain words."""

from tojimari.lib.printable import printable
from tojimari.mail.verdict import MOST_REASONS
from tojimari.model import Lang
from tojimari.portal.links import whole_address
from tojimari.portal.mailcheck.exercises import Exercise
from tojimari.portal.mailcheck.judging import Judgement
from tojimari.portal.mailcheck.report_text import defanged
from tojimari.portal.words import catalog, say
from tojimari.report.mail import reason_text

_SUBJECT_CHARACTERS = 60


def letter_on(found: Judgement, lang: Lang) -> tuple[str, str]:
    """Return subject and text; no address of the mail can be pressed in it."""
    message, verdict, texts = found.message, found.verdict, catalog()

    def told(key: str, **more: object) -> str:
        return say(key, lang, **more)

    level = told(f"mail.level.{verdict.level}")
    about = printable(message.subject).strip()[:_SUBJECT_CHARACTERS]
    lines = [f"■ {level}", told(f"mail.say.{verdict.level}"), ""]
    trick = texts.tricks.get(verdict.trick)
    if verdict.suspicious and trick:
        lines += [told("mail.now"), trick.now.say(lang), ""]
    if verdict.reasons:
        lines.append(told("mail.why"))
        lines += [
            f"{number}. [{told(f'mail.place.{each.place}')}] {defanged(reason_text(each, texts, lang))}"
            for number, each in enumerate(verdict.reasons[:MOST_REASONS], 1)
        ]
        lines.append("")
    if verdict.gaps:
        lines += [
            told("mail.gaps"),
            *(f"- {told(f'mail.gap.{each}')}" for each in verdict.gaps),
            "",
        ]
    if verdict.suspicious and trick:
        lines += [told("mail.trick", title=trick.title.say(lang)), trick.how.say(lang), ""]
    lines += [
        f"{told('mailcheck.already')}: {whole_address('incidents:door')}",
        f"{told('mailcheck.title')}: {whole_address('mailcheck:mail')}",
        "",
        told("mailletter.foot"),
    ]
    return told("mailletter.subject", level=level, about=defanged(about)), "\n".join(lines)


def letter_on_exercise(found: Exercise, lang: Lang) -> tuple[str, str]:
    """Return subject and text of the thanks for a mail of an exercise that was passed on."""
    lines = [say("mailcheck.exercise_thanks", lang)]
    if found.page:
        lines += ["", f"{say('mailcheck.exercise_why', lang)}: {found.page}"]
    return say("mailcheck.exercise", lang), "\n".join(lines)
