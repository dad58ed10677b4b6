"""What the people of a company are told of what watches it."""

from collections.abc import Mapping

from django.urls import reverse

from tojimari.model import Lang
from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import notice
from tojimari.portal.sensors.rights import WATCH_MANAGE
from tojimari.portal.sensors.sentences import matter_text, what_text
from tojimari.portal.words import say

_IN_A_MAIL = 5


def _page(found: Notice) -> str:
    return reverse("sensors:watched", args=[found.company_id])


def _words(found: Notice, lang: Lang) -> Mapping[str, str]:
    """Values: matters: rule, n and since of each."""
    told = found.values["matters"]
    more = say("watched.and_more", lang, n=len(told) - 1) if len(told) > 1 else ""
    return {"what": what_text(told[0], lang) + more}


def _mail_words(found: Notice, lang: Lang) -> Mapping[str, str]:
    told = found.values["matters"]
    lines = [matter_text(one, lang) for one in told[:_IN_A_MAIL]]
    if len(told) > _IN_A_MAIL:
        lines.append(say("watched.more", lang, n=len(told) - _IN_A_MAIL))
    return {"found": "\n\n".join(lines)}


WATCH_NOW = notice(
    "watch.now",
    to=WATCH_MANAGE,
    page=_page,
    words=_words,
    mail="mail.watch_now",
    mail_words=_mail_words,
    urgent=True,
)
"""Somebody must act at once. Points: ids of the matters."""
WATCH_DAY = notice(
    "watch.day",
    to=WATCH_MANAGE,
    page=_page,
    words=_words,
    mail="mail.watch_day",
    mail_words=_mail_words,
)
"""What can wait, all of it together, once a day at most."""
