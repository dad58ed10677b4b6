"""Proposals, tasks and devices as pages show them, in the reader's language."""

from collections import Counter
from typing import Any

from tojimari.agent.task_report import SENTENCES
from tojimari.portal.companies.assessments import device_names
from tojimari.portal.companies.models import Company
from tojimari.portal.updates.agreement import able, tasks_of
from tojimari.portal.updates.consents import standing
from tojimari.portal.updates.kinds import kind_rows, title_of, titles
from tojimari.portal.updates.models import SILENT, Actuator, Consent, DeviceTask, Proposal, TaskKey
from tojimari.portal.words import current_lang, say

CHANGES_SHOWN = 40
_MARKS = {
    DeviceTask.DONE: "good",
    DeviceTask.FAILED: "warn",
    DeviceTask.KEPT_BACK: "ask",
    DeviceTask.REFUSED: "ask",
}


def name_of(device: Any, names: dict[str, str]) -> str:
    """Return what a device is called."""
    return device.name or names.get(str(device.pk)) or say("devices.nameless")


def sentence_of(word: str) -> str:
    """Return what a word of a device means, in the reader's language; the word itself where we know
    none for it.
    """
    if word == SILENT:
        return say("taskreason.silent")
    return SENTENCES[word].say(current_lang()) if word in SENTENCES else word


def reason_of(task: DeviceTask) -> str:
    """Return why a device waits, failed or refused; "" where it gave no reason."""
    return sentence_of(task.reason) if task.reason else ""


def other_than_planned(task: DeviceTask) -> list[list[str]]:
    """Return the changes that were not shown before in just this way, e.g. to a still newer version.

    Nothing where nothing could be shown: then people agreed to the kind of task, not to a list.
    """
    shown = {tuple(change) for change in task.plan or ()}
    return [change for change in task.changes if shown and tuple(change) not in shown]


def task_row(task: DeviceTask, names: dict[str, str]) -> dict[str, Any]:
    """Return one device's row of a proposal."""
    device = task.device
    looked = device.last_report_at
    finished = task.finished_at
    return {
        "task": task,
        "device": name_of(device, names),
        "state": say(f"taskstate.{task.state}"),
        "tone": _MARKS.get(task.state, ""),
        "reason": reason_of(task),
        "plan": (task.plan or [])[:CHANGES_SHOWN],
        "plan_more": max(0, len(task.plan or ()) - CHANGES_SHOWN),
        "planned": task.plan is not None,
        "changes": task.changes[:CHANGES_SHOWN],
        "changes_more": max(0, len(task.changes) - CHANGES_SHOWN),
        "other": len(other_than_planned(task)),
        "notes": [sentence_of(one) for one in task.notes],
        "looked": finished is not None and looked is not None and looked > finished,
        "over": task.state in DeviceTask.FINISHED,
    }


def task_rows(proposal: Proposal) -> list[dict[str, Any]]:
    """Return the rows of a proposal, one a device."""
    names = device_names(proposal.company)
    rows = tasks_of(proposal).select_related("device").order_by("device__name", "device_id")
    return [task_row(one, names) for one in rows]


def proposal_row(proposal: Proposal) -> dict[str, Any]:
    """Return one line of a list of proposals."""
    states = Counter(tasks_of(proposal).values_list("state", flat=True))
    return {
        "proposal": proposal,
        "title": title_of(proposal.kind, proposal.parameters, current_lang()),
        "state": say(f"updatestate.{proposal.state}"),
        "by": str(proposal.organisation or "") or say("update.own"),
        "n": sum(states.values()),
        "done": states[DeviceTask.DONE],
        "wrong": sum(states[one] for one in DeviceTask.FINISHED) - states[DeviceTask.DONE],
    }


def consents_shown(company: Company, what: str, about: Any) -> dict[str, Any]:
    """Return who said yes to a matter, how, and who still has to."""
    rows = Consent.objects.of(company).filter(what=what, about=about).order_by("at", "pk")
    return {
        "given": [(one, say(f"fresh.{one.how}")) for one in rows],
        "standing": standing(company, what, about),
    }


def devices_shown(company: Company) -> list[dict[str, Any]]:
    """Return the devices that run tasks: what each allows, and which key it trusts.

    A key this portal never had is the sign that somebody else gave it one.
    """
    names, called = device_names(company), titles(current_lang())
    keys = {one.kid: one for one in TaskKey.objects.all()}
    rows = Actuator.objects.of(company).filter(device__removed_at=None, kinds__isnull=False)
    found = []
    for one in rows.select_related("device").order_by("device__name", "device_id"):
        key = keys.get(one.key)
        found.append(
            {
                "id": one.device_id,
                "name": name_of(one.device, names),
                "kinds": [called.get(kind, kind) for kind in one.kinds or ()],
                "key": one.key,
                "trust": key.state if key else "foreign" if one.key else "none",
                "told_at": one.told_at,
                "restart_since": one.restart_since,
            }
        )
    return found


def key_shown() -> str:
    """Return the id of the present key, as a device shows it; "" while there is none."""
    found = TaskKey.objects.filter(state=TaskKey.CURRENT).values_list("kid", flat=True)
    return found.first() or ""


def choices_of(company: Company) -> list[dict[str, Any]]:
    """Return the devices of a company that can be chosen, each with the kinds it does."""
    names = device_names(company)
    return [
        {
            "id": str(one.device_id),
            "name": name_of(one.device, names),
            "kinds": [title for kind, title in kind_rows(current_lang()) if kind in one.kinds],
        }
        for one in able(company)
    ]
