"""That figures are counted with those of others is held back after an older backup was restored."""

from tojimari.portal.companies.models import Company
from tojimari.portal.core.holds import Held, holdable
from tojimari.portal.core.models import Hold


def _take() -> list[Held]:
    rows = Company.objects.filter(shares_figures=True)
    found = [Held(key, str(key), {}) for key in rows.values_list("pk", flat=True)]
    rows.update(shares_figures=False)
    return found


def _give(hold: Hold) -> None:
    Company.objects.filter(pk=hold.company_id).update(shares_figures=True)


FIGURES = holdable("figures", take=_take, give=_give)
