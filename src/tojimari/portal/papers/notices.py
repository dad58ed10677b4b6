"""What the owners of a company are told about its papers."""

from collections.abc import Mapping

from django.urls import reverse

from tojimari.model import Lang
from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import notice
from tojimari.portal.papers.rights import PAPERS_APPROVE
from tojimari.portal.words import catalog


def _page(found: Notice) -> str:
    if found.about in catalog().papers:
        return reverse("papers:paper", args=[found.company_id, found.about])
    return reverse("papers:papers", args=[found.company_id])


def _words(found: Notice, lang: Lang) -> Mapping[str, str]:
    """Values: kind (of paper), or control (whose record ends); day; who prepared it."""
    paper = catalog().papers.get(str(found.values.get("kind")))
    control = catalog().controls.get(str(found.values.get("control")))
    name = ""
    if paper is not None:
        name = paper.title.say(lang)
    elif control is not None:
        name = (control.evidence.what if control.evidence else control.title).say(lang)
    said = {key: str(found.values.get(key, "")) for key in ("day", "who")}
    return {"paper": name, **said}


PAPER_PREPARED = notice("paper.prepared", to=PAPERS_APPROVE, page=_page, words=_words)
"""Somebody who helps prepared a paper that waits for approval. About: the kind."""
PAPER_ENDS = notice(
    "paper.ends",
    to=PAPERS_APPROVE,
    page=_page,
    words=_words,
    mail="mail.paper_ends",
    mail_words=_words,
)
"""A paper or record ends soon, for those who want to be reminded. About: the kind, or the control."""
