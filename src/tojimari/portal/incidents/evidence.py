"""Pieces of evidence, corrections and erasures in the record of an incident."""

import mimetypes
import uuid
from pathlib import PurePosixPath
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.downloads import download
from tojimari.portal.core.permissions import Actor
from tojimari.portal.core.uploads import FILE_BYTES
from tojimari.portal.errors import refused
from tojimari.portal.forms import PortalForm
from tojimari.portal.incidents.chain import append, erase, opened_file
from tojimari.portal.incidents.forms import CorrectionForm, EraseForm, EvidenceForm
from tojimari.portal.incidents.incident import incident_page
from tojimari.portal.incidents.kept_letters import forget_words
from tojimari.portal.incidents.models import (
    CORRECTED,
    NEVER_ERASED,
    Incident,
    IncidentEntry,
    IncidentFile,
    IncidentTask,
)
from tojimari.portal.incidents.record import (
    DUTY,
    incident_or_404,
    owners_kinds,
    playbook_of,
    seen_by,
)
from tojimari.portal.incidents.rights import INCIDENTS_ERASE, INCIDENTS_WRITE
from tojimari.portal.incidents.shown import entry_text
from tojimari.portal.limits import too_often
from tojimari.portal.typed import plain_name
from tojimari.portal.words import current_lang, say

FILES_AT_MOST = 200
_INCIDENTS_SHOWN = 50
INCIDENT_BYTES = 300_000_000
"""Of all files of one incident."""
_AN_HOUR = 100
_NUMBER_AT_MOST = 2**31 - 1
PARTS = {"words": ("text",), "file": ("file", "name"), "names": ("who", "said_by")}
"""What an owner erases of a line -> its leaves."""
_KNOWN_ENDINGS = frozenset(
    ("jpg", "jpeg", "png", "heic", "heif", "webp", "gif", "pdf", "txt", "csv", "eml", "log", "zip")
)


def _back(found: Incident) -> str:
    return f"{reverse('incidents:incident', args=[found.company_id, found.pk])}#record"


@company_view(INCIDENTS_WRITE)
@require_POST
def add_evidence(request: HttpRequest, company: Company, incident_id: uuid.UUID) -> HttpResponse:
    """Keep a file as evidence: sealed, with its digest in the record."""
    found = incident_or_404(request, company, incident_id)
    form = EvidenceForm(request.POST, request.FILES)
    if not form.is_valid():
        return incident_page(request, found, refusal=("evidence", form, form.sentence()))
    file = form.cleaned_data["file"]
    kept = IncidentFile.objects.of(company).filter(entry__incident=found)
    whole = kept.aggregate(bytes=Sum("size"))["bytes"] or 0
    if file.size > FILE_BYTES:
        return incident_page(request, found, refusal=("evidence", form, form.sentence()), code=413)
    if kept.count() >= FILES_AT_MOST or whole + file.size > INCIDENT_BYTES:
        words = say("proof.full", n=FILES_AT_MOST, mb=INCIDENT_BYTES // 1_000_000)
        return incident_page(request, found, refusal=("evidence", form, words))
    if too_often("evidence", str(company.pk), times=_AN_HOUR, seconds=3600):
        words = say("error.too_often")
        return incident_page(request, found, refusal=("evidence", form, words), code=429)
    sent = form.cleaned_data
    append(
        found,
        IncidentEntry.FILE,
        sent["text"],
        at=sent["at"] if form.data.get("at") else None,
        said_by=sent["said_by"],
        by=request.user,
        file=(_file_name(file.name), bytes(file.read())),
    )
    note_by(request, "proof.kept", company)
    return redirect(_back(found))


def _file_name(given: str) -> str:
    """Return a file's own name without folders and signs that steer something."""
    name = plain_name(PurePosixPath(given.replace("\\", "/")).name, at_most=200)
    return name.lstrip(".") or "file"


def member_name(number: int, file_name: str) -> str:
    """Return the name of a file in an export: its line, and an ending that is harmless."""
    ending = file_name.rpartition(".")[2].lower()
    return f"evidence/{number:06}.{ending if ending in _KNOWN_ENDINGS else 'bin'}"


def line_or_404(found: Incident, number: int) -> IncidentEntry:
    """Return a line of a record. Raises Http404."""
    if number > _NUMBER_AT_MOST:
        raise Http404
    rows = IncidentEntry.objects.of(found.company_id).select_related("by")
    line: IncidentEntry = get_object_or_404(rows, incident=found, number=number)
    return line


@company_view(INCIDENTS_WRITE)
@require_safe
def evidence_file(
    request: HttpRequest, company: Company, incident_id: uuid.UUID, number: int
) -> HttpResponse:
    """Hand out a piece of evidence, as a file that no browser opens."""
    found = incident_or_404(request, company, incident_id)
    row = line_or_404(found, number)
    kept = get_object_or_404(IncidentFile.objects.of(company), entry=row)
    note_by(request, "proof.taken", company)
    return download(opened_file(kept), row.file_name)


def evidence_to_show(actor: Actor, company: Company) -> list[dict[str, Any]]:
    """Return the pieces of evidence that an actor of a company may let an expert open, newest first.

    None of incidents that only owners see: no expert sees those. Each with its id as a text, the
    title of its incident, its line and its name.
    """
    seen = seen_by(actor, company).exclude(kind__in=owners_kinds())
    shown = {one.pk: playbook_of(one).title for one in seen[:_INCIDENTS_SHOWN]}
    rows = IncidentFile.objects.of(company).filter(entry__incident__in=shown)
    rows = rows.defer("sealed").select_related("entry").order_by("-entry__made_at")
    return [
        {
            "id": str(one.pk),
            "row": one,
            "title": shown[one.entry.incident_id].say(current_lang()),
        }
        for one in rows[:FILES_AT_MOST]
    ]


def is_picture(file_name: str) -> bool:
    """Return whether a name is that of a picture; it is said, and never relied on."""
    return (mimetypes.guess_type(file_name)[0] or "").startswith("image/")


@company_view(INCIDENTS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def correct(
    request: HttpRequest, company: Company, incident_id: uuid.UUID, number: int
) -> HttpResponse:
    """Write down what is right instead of a line; the line itself stays."""
    found = incident_or_404(request, company, incident_id)
    row = line_or_404(found, number)
    if row.kind not in CORRECTED:
        raise Http404
    if request.method != "POST":
        return _line_page(request, found, row, "correct.html")
    form = CorrectionForm(request.POST)
    if not form.is_valid():
        return _line_page(request, found, row, "correct.html", form=form)
    sent = form.cleaned_data
    kind = row.kind if row.kind in ("device", "person") else IncidentEntry.NOTE
    append(
        found,
        kind,
        sent["text"],
        at=sent["at"] if form.data.get("at") else None,
        said_by=sent["said_by"],
        about=number,
        by=request.user,
    )
    return redirect(_back(found))


@company_view(INCIDENTS_ERASE)
@require_http_methods(["GET", "HEAD", "POST"])
def erase_line(
    request: HttpRequest, company: Company, incident_id: uuid.UUID, number: int
) -> HttpResponse:
    """Erase words, names or the file of a line for good; digest and size stay."""
    found = incident_or_404(request, company, incident_id)
    row = line_or_404(found, number)
    parts = [part for part, leaves in PARTS.items() if set(leaves) & set(row.salts)]
    if row.kind in NEVER_ERASED or not parts:
        raise Http404
    if request.method != "POST":
        return _line_page(request, found, row, "erase.html", parts=parts)
    form = EraseForm(request.POST)
    if not form.is_valid():
        return refused(request, form.sentence(), back=request.path)
    leaves = [leaf for part in form.cleaned_data["what"] for leaf in PARTS[part]]
    with transaction.atomic():
        if "who" in leaves:  # before the incident is locked, in the order in which tasks are ticked
            _forget_who_ticked(found, row)
        erase(row, tuple(leaves), request.user)
        if "text" in leaves:
            _erase_copies(found, row.text)
    note_by(request, "proof.erased", company)
    return redirect(_back(found))


def _erase_copies(found: Incident, text: str) -> None:
    """Erase the same words where the incident itself holds them, and notices that were made of them.

    A notice changed by hand goes as a whole: nobody can tell what in it stands for the words.
    """
    rows = Incident.objects.of(found.company_id).filter(pk=found.pk)
    for column in ("summary", "learned"):
        rows.filter(**{column: text}).update(**{column: ""})
    forget_words(found, text)


def _forget_who_ticked(found: Incident, row: IncidentEntry) -> None:
    """Take whoever wrote a line from the task it ticked, and from the incident it opened."""
    if row.by_id is None:
        return
    if row.kind == IncidentEntry.OPENED:
        own = Incident.objects.of(found.company_id).filter(pk=found.pk, opened_by=row.by_id)
        own.update(opened_by=None)
    if row.kind in (IncidentEntry.DONE, IncidentEntry.TOLD):
        task = f"{DUTY}{row.text}" if row.kind == IncidentEntry.TOLD else row.text
        ticked = IncidentTask.objects.of(found.company_id).filter(incident=found, task=task)
        ticked.filter(done_by=row.by_id).update(done_by=None)


def _line_page(
    request: HttpRequest,
    found: Incident,
    row: IncidentEntry,
    page: str,
    *,
    form: PortalForm | None = None,
    **more: Any,
) -> HttpResponse:
    """Show a line to do something with; with a ``form``, that one again and why it was refused."""
    context = {
        "company": found.company,
        "incident": found,
        "line": row,
        "text": entry_text(row),
        "now": timezone.localtime(),
        **more,
    }
    if form is not None:
        context |= {"typed": form.data, "problem": form.sentence()}
    return render(request, page, context, status=200 if form is None else 400)
