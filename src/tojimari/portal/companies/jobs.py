"""Jobs about a company as a whole."""

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from django.urls import reverse

from tojimari.diagnose import Diagnosis
from tojimari.portal.companies.assessments import result_of
from tojimari.portal.companies.models import Assessed, Company
from tojimari.portal.companies.population import whole_catalog
from tojimari.portal.core.jobs import job
from tojimari.portal.core.models import Job

if TYPE_CHECKING:
    from tojimari.report.paper import Before

COMPARED_OVER = timedelta(days=30)


def _report(found: Job) -> str:
    return reverse("companies:report", args=[found.company_id])


def _check(found: Job) -> str:
    return reverse("companies:check", args=[found.company_id])


def before_of(company: Company, result: Diagnosis) -> "Before | None":
    """Return what the report compares with: how ``company`` stood a month ago, or at first."""
    from tojimari.report.paper import Before

    lines = Assessed.objects.of(company).order_by("as_of")
    month_ago = result.assessment.as_of - COMPARED_OVER
    row = lines.filter(as_of__lte=month_ago).last() or lines.first()
    if row is None or row.as_of >= result.assessment.as_of - timedelta(days=1):
        return None
    return Before(row.as_of, row.states)


@job("pdf", then=_report, back=_check)
def make_pdf(found: Job) -> None:
    """Make the report as PDF; an older one in the same language goes."""
    from tojimari.report.paper import Cover
    from tojimari.report.pdf import to_pdf

    lang: Literal["ja", "en"] = "en" if found.lang == "en" else "ja"
    result = result_of(found.company)
    cover = Cover(found.company.name, before_of(found.company, result), in_portal=True)
    found.result = to_pdf(result, whole_catalog(), lang, cover)
    others = Job.objects.of(found.company).filter(kind="pdf", lang=found.lang)
    others.exclude(pk=found.pk).delete()
