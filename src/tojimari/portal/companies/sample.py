"""A result before signing up: a made-up company, judged by the same rules as a real one."""

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tojimari.ask.diagnosis import answer_observation, parse_answer
from tojimari.diagnose import Diagnosis, diagnose
from tojimari.model import Observation, Subject, seen
from tojimari.model.facts import DeviceAutoUpdates, DeviceBackups, DeviceOs, DeviceUpdates
from tojimari.portal.words import catalog, current_lang
from tojimari.report.page import context as report_context

ANSWERS: dict[str, object] = {
    "company-size": "two_to_four",
    "industry": "retail",
    "updates": "all",
    "antimalware": "all",
    "passwords": "partly",
    "mfa": "not_done",
    "backup-where": ["external_disk"],
}
"""What the made-up shop said: a usual mixture, with one thing that is not as it was thought."""


def _observations(now: datetime) -> list[Observation]:
    company, device = Subject("company", "sample"), Subject("device", "sample-pc")
    said = [
        answer_observation(parse_answer(catalog().questions[id_], given), company=company, at=now)
        for id_, given in ANSWERS.items()
    ]
    facts = (
        DeviceOs("windows", "windows", "Windows 11 Home 24H2", "11-24h2-w", "Home", None, "", None),
        DeviceAutoUpdates(enabled=False, mechanism="windows_update", security_only=None),
        DeviceUpdates("windows_update", 12, 9, (), now, now - timedelta(days=60), False),
        DeviceBackups(jobs=()),
    )
    return [*said, *(seen(fact, subject=device, at=now) for fact in facts)]


def sample_diagnosis(now: datetime) -> Diagnosis:
    """Return the diagnosis of the made-up company as of ``now`` (UTC)."""
    return diagnose(_observations(now), company="sample", catalog=catalog(), as_of=now)


@require_safe
def sample(request: HttpRequest) -> HttpResponse:
    """Show what a result looks like; nothing on it can be pressed."""
    shown = report_context(sample_diagnosis(timezone.now()), catalog(), current_lang())
    return render(request, "sample.html", shown | {"step": shown["steps"][0]})
