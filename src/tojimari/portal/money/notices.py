"""What the owners of a company are told about deadlines they want to be reminded of."""

from collections.abc import Mapping

from django.urls import reverse

from tojimari.model import Lang
from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import notice
from tojimari.portal.links import whole_address
from tojimari.portal.money.rights import MONEY_MANAGE


def _page(found: Notice) -> str:
    return reverse("money:money", args=[found.company_id])


def _words(found: Notice, lang: Lang) -> Mapping[str, str]:
    values = found.values
    return {
        "name": str(values[f"name_{lang}"]),
        "opens": str(values["opens"]),
        "closes": str(values["closes"]),
    }


def _mail_words(found: Notice, lang: Lang) -> Mapping[str, str]:
    return {**_words(found, lang), "stop": whole_address("money:money", found.company_id)}


MONEY_DEADLINE = notice(
    "money.deadline",
    to=MONEY_MANAGE,
    page=_page,
    words=_words,
    mail="mail.money_deadline",
    mail_words=_mail_words,
)
"""A call opens or closes soon. About: id of the programme. Points: which of the two, and the day."""
