"""The end of a company: all that hangs on it goes, waiting tasks that name it included."""

from typing import Any

from django.db import transaction

from tojimari.portal.core.scope import company_model


def delete_company(company: Any) -> None:
    """Delete a company with all that hangs on it."""
    from django_tasks_db.models import DBTaskResult

    names = {str(company.pk)}
    with transaction.atomic():
        company_model().objects.select_for_update().get(pk=company.pk)
        names |= {str(pk) for pk in company.jobs.values_list("pk", flat=True)}
        company.delete()
        for result in DBTaskResult.objects.all().iterator():
            if set(map(str, result.args_kwargs.get("args", []))) & names:
                result.delete()
