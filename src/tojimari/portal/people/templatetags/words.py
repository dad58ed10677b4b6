"""`{% say "key" name=value %}`, `{{ text|say }}`, and small marks for states."""

import html
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from tojimari.agent.task_report import SENTENCES
from tojimari.agent.wire import REFUSALS
from tojimari.model import State, Text
from tojimari.portal.core.permissions import CompanyRights
from tojimari.portal.visitors import described
from tojimari.portal.words import catalog, current_lang
from tojimari.portal.words import say as say_text
from tojimari.report.page import with_code
from tojimari.report.phrases import MARKS, state_word

register = template.Library()


@register.simple_tag
def say(key: str, **numbers: object) -> str:
    """Show the portal's text ``key``."""
    return say_text(key, None, **numbers)


@register.simple_tag
def say_code(key: str, **numbers: object) -> SafeString:
    """Show the text ``key`` with what stands between backticks as code."""
    return SafeString(with_code(say_text(key, None, **numbers)))


@register.simple_tag(takes_context=True)
def may(context: Any, action: str) -> bool:
    """Say whether who opened a company's page may do ``action`` there: asked once a page."""
    request, company = context["request"], context["company"]
    standing: CompanyRights | None = getattr(request, "standing", None)
    if standing is None or standing.actor is not request.actor or standing.company != company:
        standing = request.standing = CompanyRights(request.actor, company)
    return standing.may(action)


@register.simple_tag
def options(choices: Iterable[tuple[str, str]], chosen: str) -> SafeString:
    """Show (value, words) as what a list offers, with the value that is ``chosen``.

    A loop in a template takes ten times as long, and a page offers hundreds.
    """
    return SafeString(
        "".join(
            f"{before}{' selected' if value == chosen else ''}{after}"
            for value, before, after in _escaped(tuple(choices))
        )
    )


@lru_cache(maxsize=64)
def _escaped(choices: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str, str], ...]:
    """Return (value, what stands before the mark of the chosen one, what behind) of every choice.

    Everything is escaped, also what is said to be safe: an option holds no markup, and two texts
    that are equal but for that share their place here.
    """
    return tuple(
        (
            value,
            f'<option value="{html.escape(str(value))}"',
            f">{html.escape(str(words))}</option>",
        )
        for value, words in choices
    )


@register.filter(name="say")
def say_filter(text: Text) -> str:
    """Show a text of the catalog in the reader's language."""
    return text.say(current_lang())


@register.filter
def worded(text: Text) -> str:
    """Show a text as it is written: braces in it are no places to fill."""
    return text.ja if current_lang() == "ja" else text.en


@register.filter(name="described")
def described_browser(agent: str) -> str:
    """Show a browser as people call it."""
    return described(agent)


@register.filter
def code(text: str) -> SafeString:
    """Mark up what stands between backticks as code; everything else is escaped."""
    return SafeString(with_code(text))


@register.inclusion_tag("parts/mark.html")
def mark(state: State) -> dict[str, Any]:
    """Show a state as a mark with its word."""
    return {
        "state": state,
        "sign": MARKS[state],
        "word": state_word(state, catalog(), current_lang()),
    }


@register.filter
def day(moment: datetime | None) -> str:
    """Show a moment as a day in the portal's time zone."""
    return timezone.localtime(moment).strftime("%Y-%m-%d") if moment else ""


@register.filter
def minute(moment: datetime | None) -> str:
    """Show a moment to the minute in the portal's time zone."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""


@register.filter
def get(mapping: dict[str, Any], key: str) -> Any:
    """Return ``mapping[key]``, or None."""
    return mapping.get(key)


@register.filter
def among(name: str, names: str) -> bool:
    """Say whether ``name`` is one of ``names``, which stand apart by spaces."""
    return name in names.split()


_ICONS = {
    "house": "M3 11 12 3l9 8M5 10v10h14V10M10 20v-6h4v6",
    "lock": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 15v2",
    "update": "M20 12a8 8 0 1 1-2.3-5.6M20 3v5h-5",
    "shield": "M12 3 5 6v5c0 5 3 8 7 10 4-2 7-5 7-10V6zM9 12l2 2 4-4",
    "key": "M14 10a4 4 0 1 0-3.5 4L12 15.500h2v2h2v2h4v-3l-6.200-5.500ZM9 9h.01",
    "share": "M8 12a3 3 0 1 0-6 0 3 3 0 0 0 6 0M22 6a3 3 0 1 0-6 0 3 3 0 0 0 6 0M22 18a3 3 0 1 0-6 0 3 3 0 0 0 6 0M7.600 10.700 16.400 7.200M7.600 13.300l8.800 3.500",
    "copy": "M4 7c0-1.700 3.600-3 8-3s8 1.300 8 3-3.600 3-8 3-8-1.300-8-3zM4 7v10c0 1.700 3.600 3 8 3s8-1.300 8-3V7M4 12c0 1.700 3.600 3 8 3s8-1.300 8-3",
    "mail": "M3 6h18v12H3zM3 7l9 7 9-7",
    "people": "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7M2.500 20c0-4 3-6 6.500-6s6.500 2 6.500 6M16 4.500a3.500 3.500 0 0 1 0 6.500M18 14.500c2.300.7 3.500 2.500 3.500 5.500",
    "computer": "M3 5h18v11H3zM9 20h6M12 16v4",
    "phone": "M7 3h10v18H7zM11 18h2",
    "web": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
    "work": "M3 8h18v12H3zM9 8V5h6v3M3 13h18",
    "paper": "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
    "check": "M4 12.500 9.500 18 20 7",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """Draw one of our own line pictures; it never says anything the words beside it do not."""
    path = _ICONS[name]
    return mark_safe(  # noqa: S308  # both parts are constants of this module
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
        f'<path d="{path}"/></svg>'
    )


@register.simple_tag
def say_refusal(reason: str) -> str:
    """Show why a device's message was refused."""
    return REFUSALS[reason].say(current_lang()) if reason in REFUSALS else reason


@register.simple_tag
def say_event(event: Any) -> str:
    """Show what an audit event was, with the names behind its ids."""
    about = dict(event.about)
    control = catalog().controls.get(about.get("control", ""))
    question = catalog().questions.get(about.get("question", ""))
    what = control.title if control else question.text if question else None
    task = catalog().task_kinds.get(about.get("task", ""))
    detail = what.say(current_lang()) if what else about.get("name") or about.get("form") or ""
    if task:
        detail = ": ".join(filter(None, (task.title.say(current_lang()), detail)))
    # How somebody signed in for a yes to an update, and by whose yes it was signed.
    for key, texts in (("how", "fresh"), ("approval", "approval")):
        if about.get(key):
            detail = "; ".join(filter(None, (detail, say_text(f"{texts}.{about[key]}"))))
    if event.action == "updates.result" and about.get("state"):
        sentence = SENTENCES.get(about.get("reason", ""))
        why = sentence.say(current_lang()).rstrip("。.") if sentence else ""
        came = say_text(f"taskstate.{about['state']}")
        detail = "; ".join(filter(None, (detail, came, why)))
    said = say_text(f"event.{event.action}")
    return f"{said} ({detail})" if detail else said
