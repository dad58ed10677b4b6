"""What pages show of incidents, in the reader's language."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from tojimari.ask.flow import next_question
from tojimari.ask.playbooks import duty_questions
from tojimari.portal.incidents.chain import catch_up, check_rows
from tojimari.portal.incidents.guide import (
    ten_minutes,
)
from tojimari.portal.incidents.heads import broken_line, newest_head
from tojimari.portal.incidents.models import (
    CORRECTED,
    NEVER_ERASED,
    EmergencyContact,
    Incident,
    IncidentEntry,
    IncidentTask,
)
from tojimari.portal.incidents.record import DUTY, answers_of, clocks_of, playbook_of, with_contacts
from tojimari.portal.incidents.standing import corrections, still_standing
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.incident.paper import grouped
from tojimari.respond import Clock, tasks
from tojimari.respond.record import LEAVES

NEXT_SHOWN = 3
"""Tasks that are next; the rest is folded away."""


def rows_of(found: Iterable[Incident]) -> list[dict[str, Any]]:
    """Return incidents as lists show them, in the reader's language."""
    lang = current_lang()
    return [{"row": one, "title": playbook_of(one).title.say(lang)} for one in found]


def incident_context(found: Incident) -> dict[str, Any]:
    """Return what the page of an incident shows, in the reader's language."""
    playbook, answers, known = playbook_of(found), answers_of(found), catalog().incidents
    rows = {
        row.task: row
        for row in IncidentTask.objects.of(found.company_id)
        .filter(incident=found)
        .select_related("done_by")
    }
    catch_up(found)
    entries = list(
        IncidentEntry.objects.of(found.company_id).filter(incident=found).order_by("at", "pk")
    )
    duties = duty_questions(playbook, known)
    shown = _shown_clocks(found, rows)
    return {
        "incident": found,
        "tasks": _in_turn(_shown_tasks(found, rows)),
        "clocks": {state: [one for one in shown if one["state"] == state] for state in _STATES},
        "duties_left": next_question(duties, with_contacts(found, answers)) is not None
        or any(one["law"] and one["state"] == "open" for one in shown),
        "entries": _shown_entries(entries),
        "touched": [one for one in still_standing(entries) if one.kind in ("device", "person")],
        "head": _shown_head(found),
        "broken": broken_line(found, check_rows(found, entries)),
        "drafts": _drafts(),
        "letters": True,
        **ten_minutes(playbook, answers),
    }


_STATES = ("runs", "open", "not")


def _shown_entries(entries: list[IncidentEntry]) -> list[dict[str, Any]]:
    """Return lines as the page shows them: what is corrected or erased stays, and says so."""
    corrected = corrections(entries)
    return [
        {
            "row": one,
            "text": entry_text(one),
            "corrected_by": corrected.get(one.number or 0, 0),
            "erased": [say(f"leaf.{name}") for name in one.digests if name not in one.salts],
            "sayer_erased": "said_by" in one.digests and "said_by" not in one.salts,
            "file": "file" in one.salts,
            "correctable": one.kind in CORRECTED and "text" in one.salts,
            "erasable": bool(one.salts) and one.kind not in NEVER_ERASED,
        }
        for one in entries
    ]


def _shown_head(found: Incident) -> dict[str, Any] | None:
    head = newest_head(found)
    return None if head is None else {"row": head, "digest": grouped(head.digest)}


def entry_text(entry: IncidentEntry) -> str:
    """Return what a line of the record says: words as written, ids as their titles."""
    known, lang = catalog().incidents, current_lang()
    if entry.kind in (IncidentEntry.DONE, IncidentEntry.UNDONE) and entry.text in known.tasks:
        return known.tasks[entry.text].do.say(lang)
    if entry.kind in (IncidentEntry.TOLD, IncidentEntry.UNTOLD) and entry.text in known.duties:
        return known.duties[entry.text].title.say(lang)
    if entry.kind == IncidentEntry.ERASED:
        leaves = [say(f"leaf.{name}") for name in entry.text.split() if name in LEAVES]
        return ("、" if lang == "ja" else ", ").join(leaves)
    if entry.kind == IncidentEntry.DECIDED:
        controls = catalog().controls
        titles = [controls[id_].title.say(lang) for id_ in entry.text.split() if id_ in controls]
        return ("、" if lang == "ja" else ", ").join(titles) or say("learn.none")
    if entry.kind == IncidentEntry.CHAINED:
        return say("record.chained", n=entry.text)
    return entry.text


def _shown_tasks(found: Incident, rows: dict[str, IncidentTask]) -> list[dict[str, Any]]:
    lang, now = current_lang(), timezone.now()
    known = catalog().incidents
    shown = []
    for one in tasks(playbook_of(found), answers_of(found), found.known_at, known):
        row = rows.get(one.task.id)
        done = row is not None and row.done_at is not None
        shown.append(
            {
                "id": one.task.id,
                "do": one.task.do.say(lang),
                "why": one.task.why.say(lang),
                "how_known": one.task.done.say(lang),
                "who": (row.who if row else "") or say(f"who.{one.task.who}"),
                "own_who": row.who if row else "",
                "due": one.due,
                "at_once": one.task.within_hours == 0,
                "late": not done and one.task.within_hours > 0 and one.due < now,
                "done": done,
                "row": row,
            }
        )
    return shown


def _in_turn(shown: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return the tasks that are next, those for later, and those that are done.

    Who is in trouble reads three at a time; what is late is never folded away.
    """
    left = [task for task in shown if not task["done"]]
    following = [task for n, task in enumerate(left) if n < NEXT_SHOWN or task["late"]]
    return {
        "next": following,
        "later": [task for task in left if task not in following],
        "done": [task for task in shown if task["done"]],
    }


def _shown_clocks(found: Incident, rows: dict[str, IncidentTask]) -> list[dict[str, Any]]:
    lang, today, now = current_lang(), timezone.localdate(), timezone.now()
    known = catalog().incidents
    shown = []
    for one in clocks_of(found):
        row = rows.get(DUTY + one.duty.id)
        told = row is not None and row.done_at is not None
        contract = contract_end(found, one)
        over = bool(one.due and one.due < today) or bool(contract and contract < now)
        shown.append(
            {
                "id": one.duty.id,
                "state": one.state,
                "title": one.duty.title.say(lang),
                "weight": say(f"weight.{one.duty.weight}"),
                "law": one.duty.weight == "law",
                "basis": one.duty.basis.say(lang),
                "starts": one.duty.starts.say(lang),
                "note": one.duty.note.say(lang) if one.duty.note else "",
                "because": _because(one),
                "aim": one.aim,
                "due": one.due,
                "weekend": one.ends_on_weekend,
                "late": one.state == "runs" and not told and over,
                "contract": contract,
                "to": known.contacts[one.duty.to].name.say(lang) if one.duty.to else "",
                "told": told,
                "row": row,
                "drafts": [
                    (each.id, each.title.say(lang))
                    for each in known.drafts.values()
                    if one.duty.id in each.duties
                ],
            }
        )
    return shown


def _because(clock: Clock) -> str:
    if not clock.in_force:
        return say("clock.not_in_force", since=str(clock.duty.since or ""))
    return clock.because.say(current_lang()) if clock.because else ""


def contract_end(found: Incident, clock: Clock) -> datetime | None:
    """Return by when the soonest of the company's contracts wants to be told; None for no term."""
    if clock.duty.weight != "contract":
        return None
    hours = (
        EmergencyContact.objects.of(found.company_id)
        .filter(kind=clock.duty.to, within_hours__isnull=False)
        .order_by("within_hours")
        .values_list("within_hours", flat=True)
        .first()
    )
    return None if hours is None else found.known_at + timedelta(hours=hours)


def _drafts() -> list[tuple[str, str]]:
    lang = current_lang()
    return [(one.id, one.title.say(lang)) for one in catalog().incidents.drafts.values()]
