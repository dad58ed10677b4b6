"""What workers do for companies."""

import contextlib

from django_tasks import task

from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.models import Company, Standing


@task()
def judge_again(company_id: str) -> None:
    """Judge a company anew after facts arrived, once for however many arrived."""
    judge(company_id)


def judge(company_id: str) -> None:
    """Judge a company now, unless it was since the last thing arrived."""
    company = Company.objects.filter(pk=company_id).first()
    if company is None:
        return
    standing = Standing.objects.of(company).first()
    if standing is not None and standing.stale_since is None:
        return
    with contextlib.suppress(Company.DoesNotExist):  # deleted while the task waited
        refresh(company)
