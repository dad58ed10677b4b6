"""What the owners of a company are told about its proofs."""

from collections.abc import Mapping

from django.urls import reverse

from tojimari.model import Lang
from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import notice
from tojimari.portal.proofs.rights import PROOFS_MANAGE
from tojimari.portal.words import say

TOLD_DAYS = 14
"""So many days before a proof ends its owners are told."""


def _page(found: Notice) -> str:
    return reverse("proofs:proof", args=[found.company_id, found.about])


def _then(name: str, found: Notice, lang: Lang) -> Mapping[str, str]:
    values = dict(found.values)
    then = "renew" if values.pop("renews", True) else "gone"
    return {**values, "then": say(f"{name}_{then}", lang)}


def _words(found: Notice, lang: Lang) -> Mapping[str, str]:
    return _then("notice.proof.ends", found, lang)


def _mail_words(found: Notice, lang: Lang) -> Mapping[str, str]:
    return _then("mail.proof_ends", found, lang)


PROOF_ENDS = notice(
    "proof.ends",
    to=PROOFS_MANAGE,
    page=_page,
    words=_words,
    mail="mail.proof_ends",
    mail_words=_mail_words,
)
"""A proof ends soon. About: the proof. Values: audience, day, and whether one press renews it: not
where what it is about left the catalog."""
