"""The record of an incident as a file: ZIP and JSON that can be checked, paper, and for programs."""

import io
import tempfile
import uuid
import zipfile
from typing import Any

import msgspec
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.downloads import as_file
from tojimari.portal.core.keys import published_for
from tojimari.portal.core.models import SigningKey
from tojimari.portal.errors import refused
from tojimari.portal.incidents.chain import lines_of, opened_file
from tojimari.portal.incidents.evidence import member_name
from tojimari.portal.incidents.heads import sign
from tojimari.portal.incidents.models import Incident, IncidentEntry, IncidentFile, IncidentHead
from tojimari.portal.incidents.record import incident_or_404, playbook_of
from tojimari.portal.incidents.rights import INCIDENTS_WRITE
from tojimari.portal.incidents.written_case import case_of, reference_of
from tojimari.portal.limits import too_often
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.incident.exchange import to_misp, to_stix
from tojimari.report.incident.iris import assets, indicators, timeline
from tojimari.report.incident.paper import case_page
from tojimari.report.pdf import print_page
from tojimari.respond.record.exported import RECORD_NAME, SCHEMA, Exported, SignedHead

FORMS = {
    "zip": "application/zip",
    "json": "application/json",
    "pdf": "application/pdf",
    "stix.json": "application/stix+json;version=2.1",
    "misp.json": "application/json",
    "iris.zip": "application/zip",
}
_AN_HOUR = 40
_SPOOLED_BYTES = 20_000_000


@company_view(INCIDENTS_WRITE)
@require_safe
def take(
    request: HttpRequest, company: Company, incident_id: uuid.UUID, form: str
) -> HttpResponse | FileResponse:
    """Hand the record out in one of ``FORMS``; its last line is signed before."""
    found = incident_or_404(request, company, incident_id)
    if form not in FORMS:
        raise Http404
    if too_often("incident_file", str(company.pk), times=_AN_HOUR, seconds=3600):
        back = f"{reverse('incidents:incident', args=[company.pk, found.pk])}#record"
        return refused(request, say("error.too_often"), back=back, code=429)
    sign(found)
    note_by(request, "incident.taken", company)
    name = f"tojimari-{reference_of(found)}.{form}"
    if form == "zip":
        return FileResponse(
            _zip(found), as_attachment=True, filename=name, content_type=FORMS[form]
        )
    response = HttpResponse(_written(found, form), content_type=FORMS[form])
    return as_file(response, name)


def _written(found: Incident, form: str) -> bytes:
    if form == "json":
        return _pretty(exported(found))
    case = case_of(found)
    if form == "pdf":
        return print_page(case_page(case, catalog(), current_lang()))
    if form == "iris.zip":
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, (name, write) in enumerate(
                (("assets", assets), ("indicators", indicators), ("timeline", timeline)), 1
            ):
                archive.writestr(f"{number}-{name}.csv", write(case))
        return out.getvalue()
    return to_stix(case) if form == "stix.json" else to_misp(case)


def _pretty(found: Exported) -> bytes:
    return msgspec.json.format(msgspec.json.encode(found), indent=1)


def exported(found: Incident, members: dict[int, str] | None = None) -> Exported:
    """Return the record as it is exported. members: line -> name of the part with its file."""
    heads = IncidentHead.objects.of(found.company_id).filter(incident=found).order_by("number")
    lines = lines_of(found, members)
    return Exported(
        SCHEMA,
        str(found.pk),
        timezone.now().isoformat(),
        {
            "company": found.company.name,
            "kind": found.kind,
            "title": playbook_of(found).title.say(current_lang()),
            "known_at": found.known_at.isoformat(),
        },
        lines,
        # One signed while this was read reaches further than the lines do.
        [_head(row) for row in heads if row.number <= len(lines)],
        published_for(SigningKey.RECORD),
    )


def _head(row: IncidentHead) -> SignedHead:
    import base64

    return SignedHead(row.jws, base64.b64encode(bytes(row.stamp)).decode())


def _zip(found: Incident) -> Any:
    """Return the record with its files as an open ZIP; one file at a time is in memory."""
    rows = (
        IncidentEntry.objects.of(found.company_id)
        .filter(incident=found, file__isnull=False)
        .order_by("number")
        .values_list("number", "file_name", "file__pk")
    )
    parts = [(number, member_name(number, name), key) for number, name, key in rows]
    out = tempfile.SpooledTemporaryFile(max_size=_SPOOLED_BYTES)  # noqa: SIM115  # closed once sent
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            there = {}
            for number, name, key in parts:
                kept = IncidentFile.objects.of(found.company_id).filter(pk=key).first()
                if kept is not None:  # nobody erased it meanwhile
                    archive.writestr(name, opened_file(kept))
                    there[number] = name
            archive.writestr(RECORD_NAME, _pretty(exported(found, there)))
    except BaseException:
        out.close()
        raise
    out.seek(0)
    return out
