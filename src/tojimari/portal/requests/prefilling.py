"""What a company has answered already, or shows by its assessment, for whoever asks next."""

from collections.abc import Mapping

import msgspec

from tojimari.attest.claims import Review, newest_reviews
from tojimari.attest.replies import Reply, known_reply
from tojimari.attest.requirements import Ask
from tojimari.portal.companies.assessments import up_to_date
from tojimari.portal.companies.models import Company
from tojimari.portal.proofs.signing import reviews_of
from tojimari.portal.requests.models import GivenReply, Inquiry, plain_of


def known_replies(company: Company, asks: tuple[Ask, ...]) -> dict[str, Reply]:
    """Return the answers a company has for ``asks``, by key; those it has not are left out."""
    rows = list(GivenReply.objects.of(company).order_by("pk"))
    given = {row.key: msgspec.convert(row.reply, Reply) for row in rows}
    every = [msgspec.convert(row.ask, Ask) for row in rows]
    assessment = up_to_date(company).assessment
    reviews = _reviews(company, asks)
    found = {
        ask.key: known_reply(ask, given, every, assessment, review=reviews.get(ask.key))
        for ask in asks
    }
    return {key: reply for key, reply in found.items() if reply is not None}


def _reviews(company: Company, asks: tuple[Ask, ...]) -> dict[str, Review]:
    """Return the newest review of each thing asked, by its key."""
    frameworks = {ask.key.partition("/")[0] for ask in asks}
    return {
        f"{framework}/{item}": review
        for framework in frameworks
        for item, review in newest_reviews(reviews_of(company, framework)).items()
    }


def with_known(inquiry: Inquiry, known: Mapping[str, Reply]) -> dict[str, Reply]:
    """Return the answers being prepared, and what is known for everything not answered by hand."""
    prepared = {key: reply for key, reply in inquiry.replies.items() if reply.own}
    return {**known, **prepared}


def keep_given(company: Company, asks: tuple[Ask, ...], replies: Mapping[str, Reply]) -> None:
    """Keep what a company sent, for whoever asks the same next. Declining is told to one buyer only."""
    for ask in asks:
        reply = replies.get(ask.key)
        if reply is None or reply.state == "declined":
            continue
        GivenReply.objects.of(company).update_or_create(
            company=company,
            key=ask.key,
            defaults={"ask": plain_of(ask), "reply": plain_of(reply)},
        )
