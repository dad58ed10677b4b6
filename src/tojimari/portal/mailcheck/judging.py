"""From what somebody handed in to a verdict: files, texts, photos, forwarded mails."""

from collections.abc import Sequence
from functools import cache

import msgspec

from tojimari.knowledge.domains import owner_domain
from tojimari.mail.acquaintances import Known
from tojimari.mail.confined import Reader
from tojimari.mail.forwarded import FEW_CHARACTERS, above, quoted_in
from tojimari.mail.message import Message
from tojimari.mail.photos import Photo, is_picture, read_photo
from tojimari.mail.verdict import Verdict, judge, worst
from tojimari.portal.words import catalog


class Judgement(msgspec.Struct, frozen=True):
    """The verdict on what was handed in, and the message that it is about.

    Attributes:
        photo: None for no photo; else what became of its words.
    """

    message: Message
    verdict: Verdict
    photo: Photo | None = None


@cache
def reader() -> Reader:
    """Return this process's reader: begun with the first mail, ready for the next ones."""
    return Reader(ready=True)


def judged(data: bytes, known: Known) -> Judgement:
    """Return the verdict on a file, a text or a photo: that of the worst message in it."""
    if is_picture(data):
        message, photo = read_photo(data, reader())
        return msgspec.structs.replace(_worst([message], known), photo=photo)
    return _worst(reader().read(data), known)


def judged_forwarded(data: bytes, known: Known) -> Judgement:
    """Return the verdict on what somebody forwarded, as an attachment or in their own mail.

    What is known of the mail that carries it is its sender's own and no part of the verdict; its
    words and files are: where they were forwarded without a mark, or with one that the attacker
    wrote himself further below, nothing else tells. The worst counts; of the same level what is
    forwarded is told, not the words of who asks.
    """
    carrier, *within = reader().read(data)
    quoted = quoted_in(carrier)
    if not within:
        return _worse([quoted], above(quoted), known)
    own = tuple(each for each in quoted.links if owner_domain(each.host) not in known.own)
    quoted = msgspec.structs.replace(quoted, links=own)  # a signature leads to the own pages
    says = (
        len(carrier.text.strip()) >= FEW_CHARACTERS
        or quoted.links
        or quoted.forms
        or quoted.attachments
        or quoted.gaps
    )
    return _worse(within, [quoted, *above(quoted)] if says else [], known)


def _worse(messages: Sequence[Message], others: Sequence[Message], known: Known) -> Judgement:
    """Return the verdict on messages; that on others beside them only where its level is worse."""
    first = _worst(messages, known)
    if others:
        second = _worst(others, known)
        if worst([first.verdict, second.verdict]).level != first.verdict.level:
            return second
    return first


def _worst(messages: Sequence[Message], known: Known) -> Judgement:
    tricks = {each.id: each.trick for each in catalog().signals.values()}
    found = [(each, judge(each, known, tricks)) for each in messages]
    verdict = worst([its for _, its in found])
    return Judgement(next(one for one, its in found if its is verdict), verdict)
