"""Jobs about a company as a whole."""

from typing import Literal

from django.urls import reverse

from tojimari.portal.companies.assessments import result_of
from tojimari.portal.companies.population import whole_catalog
from tojimari.portal.core.jobs import job
from tojimari.portal.core.models import Job


def _report(found: Job) -> str:
    return reverse("companies:report", args=[found.company_id])


def _check(found: Job) -> str:
    return reverse("companies:check", args=[found.company_id])


@job("pdf", then=_report, back=_check)
def make_pdf(found: Job) -> None:
    """Make the report as PDF; an older one in the same language goes."""
    from tojimari.report.pdf import to_pdf

    lang: Literal["ja", "en"] = "en" if found.lang == "en" else "ja"
    found.result = to_pdf(result_of(found.company), whole_catalog(), lang, in_portal=True)
    others = Job.objects.of(found.company).filter(kind="pdf", lang=found.lang)
    others.exclude(pk=found.pk).delete()
