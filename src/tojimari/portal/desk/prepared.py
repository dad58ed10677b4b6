"""Prepared answers: those of the catalog, and what it says of each control, in either language."""

from tojimari.model import Lang
from tojimari.portal.desk.models import Ticket
from tojimari.portal.links import whole_address
from tojimari.portal.words import catalog, current_lang, say

_CONTROL = "control-"


def choices_for(ticket: Ticket) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return (heading, [(id, title)]) of everything prepared; what the ticket is about comes first."""
    lang = current_lang()
    answers = [
        (one.id, one.title.say(lang))
        for one in catalog().answers.values()
        if not one.controls or ticket.about_id not in one.controls
    ]
    near = [
        (one.id, one.title.say(lang))
        for one in catalog().answers.values()
        if ticket.about_id and ticket.about_id in one.controls
    ]
    controls = sorted(
        (f"{_CONTROL}{id_}", control.title.say(lang)) for id_, control in catalog().controls.items()
    )
    if ticket.about == "control" and ticket.about_id in catalog().controls:
        near.insert(0, (f"{_CONTROL}{ticket.about_id}", _title(ticket.about_id, lang)))
    groups = [
        (say("desk.prepared_near"), near),
        (say("desk.prepared_answers"), answers),
        (say("desk.prepared_controls"), sorted(controls, key=lambda one: one[1])),
    ]
    return [group for group in groups if group[1]]


def _title(control: str, lang: Lang) -> str:
    return catalog().controls[control].title.say(lang)


def text_of(id_: str, ticket: Ticket, lang: Lang) -> str:
    """Return the words of a prepared answer; "" for an id that is none."""
    answer = catalog().answers.get(id_)
    if answer is not None:
        return answer.text.say(lang)
    control = catalog().controls.get(id_.removeprefix(_CONTROL))
    if control is None or not id_.startswith(_CONTROL):
        return ""
    link = whole_address("companies:control", ticket.company_id, control.id)
    return say(
        "desk.prepared_control",
        lang,
        title=control.title.say(lang),
        plain=control.plain.say(lang),
        do=control.do.say(lang),
        link=link,
    )
