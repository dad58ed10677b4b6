"""What the owners are told about who may look."""

from collections.abc import Mapping

from django.urls import reverse

from tojimari.model import Lang
from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import notice
from tojimari.portal.core.rights import COMPANY_READ
from tojimari.portal.links import whole_address
from tojimari.portal.supporters.rights import SHARING_MANAGE
from tojimari.portal.words import catalog, say


def _sharing(found: Notice) -> str:
    return reverse("supporters:sharing", args=[found.company_id])


GRANT_GIVEN = notice("grant.given", to=SHARING_MANAGE, page=_sharing)
"""An organisation may look now. Values: organisation."""


def _mails(found: Notice) -> str:
    return reverse("mailcheck:mail")


def warning_words(values: Mapping[str, object], lang: Lang) -> Mapping[str, str]:
    """Return what fills a warning's places; the page that asks before sending shows the same."""
    hosts = [str(host) for host in values["hosts"]] if isinstance(values["hosts"], list) else []
    trick = catalog().tricks.get(str(values["trick"]))
    led = say("campaign.leads", lang, hosts=", ".join(hosts)) if hosts else ""
    return {
        "organisation": str(values["organisation"]),
        "trick": trick.title.say(lang) if trick else say("mailmonths.no_trick", lang),
        "now": trick.now.say(lang) if trick else say("campaign.now", lang),
        "leads": led,
        "n": str(values["n"]),
    }


def _warning(found: Notice, lang: Lang) -> Mapping[str, str]:
    return warning_words(found.values, lang)


MAIL_CAMPAIGN = notice(
    "mail.campaign",
    to=COMPANY_READ,
    page=_mails,
    words=_warning,
    mail="mail.campaign",
    mail_words=_warning,
)
"""Others are sent such mails. About: organisation and wave. Values: organisation, trick, hosts, n."""
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
