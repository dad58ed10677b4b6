"""What the owners are told about their sites."""

from collections.abc import Mapping

from django.urls import reverse

from tojimari.model import Lang
from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import notice
from tojimari.portal.outside.rights import SITES_MANAGE
from tojimari.portal.words import say

_IN_A_MAIL = 5


def _sites(found: Notice) -> str:
    return reverse("outside:sites", args=[found.company_id])


def _alarm(found: Notice, lang: Lang) -> Mapping[str, str]:
    """Values: site; alarms: kind, evidence and page of each."""
    alarms = found.values["alarms"]
    lines = [
        f"- {change_sentence(one['kind'], one['evidence'], lang)}\n  {one['page']}"
        for one in alarms[:_IN_A_MAIL]
    ]
    if len(alarms) > _IN_A_MAIL:
        lines.append(f"- {say('watch.more', lang, n=len(alarms) - _IN_A_MAIL)}")
    return {"site": found.values["site"], "found": "\n".join(lines)}


def change_sentence(kind: str, evidence: str, lang: Lang) -> str:
    """Return what a change of a watched site is, in plain words."""
    return say(f"watch.{kind}", lang, what=evidence).strip()


SITE_ALARM = notice(
    "site.alarm", to=SITES_MANAGE, page=_sites, mail="mail.watch", mail_words=_alarm, urgent=True
)
"""What intruders leave was seen on a watched site."""
SITE_UNPROVEN = notice(
    "site.unproven", to=SITES_MANAGE, page=_sites, mail="mail.watch_rests", urgent=True
)
"""The proof is gone, so the watch rests. Values: site; line, which proves it."""
