"""The paper that says which lessons somebody took."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.core.downloads import as_file
from tojimari.portal.errors import refused
from tojimari.portal.lessons.models import LessonTaken
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.certificate import Certificate, CertificateLine, certificate_page
from tojimari.report.pdf import print_page


def certificate_answer(
    request: HttpRequest, company: Company, person: uuid.UUID, name: str
) -> HttpResponse:
    """Answer with the certificate of ``person`` as PDF; 400 where they took no lesson yet."""
    lines: dict[str, CertificateLine] = {}
    for row in LessonTaken.objects.of(company).filter(person=person).order_by("at"):
        if row.lesson in catalog().lessons:
            lines[row.lesson] = CertificateLine(row.lesson, timezone.localdate(row.at))
    if not lines:
        return refused(request, say("lessons.no_certificate"))
    made = Certificate(name, company.name, tuple(lines.values()), timezone.localdate())
    page = certificate_page(made, catalog(), current_lang())
    response = HttpResponse(print_page(page), content_type="application/pdf")
    return as_file(response, "tojimari-certificate.pdf")
