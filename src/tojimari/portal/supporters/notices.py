"""What the owners are told about who may look."""

from collections.abc import Mapping

from django.urls import reverse

from tojimari.model import Lang
from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import notice
from tojimari.portal.links import whole_address
from tojimari.portal.supporters.rights import SHARING_MANAGE


def _sharing(found: Notice) -> str:
    return reverse("supporters:sharing", args=[found.company_id])


GRANT_GIVEN = notice("grant.given", to=SHARING_MANAGE, page=_sharing)
"""An organisation may look now. Values: organisation."""
GRANT_WITHDRAWN = notice("grant.withdrawn", to=SHARING_MANAGE, page=_sharing)
"""An organisation may not look any more. Values: organisation."""


def _month(found: Notice, lang: Lang) -> Mapping[str, str]:
    year, month = str(found.values["month"]).split("-")
    said = f"{year}年{int(month)}月" if lang == "ja" else f"{year}-{month}"
    return {"organisation": str(found.values["organisation"]), "month": said}


def _month_by_mail(found: Notice, lang: Lang) -> Mapping[str, str]:
    return {
        **_month(found, lang),
        "stop": whole_address("supporters:sharing", found.company_id),
    }


def _monthly(found: Notice) -> str:
    return reverse("supporters:monthly", args=[found.company_id, int(found.about)])


REPORT_READY = notice(
    "report.ready",
    to=SHARING_MANAGE,
    page=_monthly,
    words=_month,
    mail="mail.monthly",
    mail_words=_month_by_mail,
)
"""A monthly report is ready. About: its id. Values: organisation, month (2026-11)."""
