"""What a company's own memory says of a sender: known, never seen before, or a known name elsewhere."""

from collections.abc import Iterator
from datetime import timedelta

from tojimari.knowledge.domains import owner_domain
from tojimari.knowledge.rented import mail_of_everybody
from tojimari.mail.acquaintances import Known, remembered_as
from tojimari.mail.message import Address, Message
from tojimari.mail.signals.names import claimed_domain, plain
from tojimari.mail.signals.seen import Seen, quote

REMEMBERED = timedelta(days=30)
"""So long mails have to have been remembered before a sender can be called new."""
_NEW = timedelta(days=7)
_JAPANESE, _LATIN = 4, 8
"""Letters from which a name means one person: a surname alone is borne by many."""


def acquaintance(message: Message, known: Known) -> Iterator[Seen]:
    """Yield what the company's own contacts and memory say, and the reader's own answer.

    Only a sender that the receiving server verified may gain by being known or expected: a name
    and an address are written by whoever writes the mail.
    """
    for each in (message.sender, message.quoted_sender):
        if each is not None:
            yield from _name(each, known)
    sender = message.sender
    owner = owner_domain(claimed_domain(sender))
    verified = is_verified(message)
    if verified and _is_known(sender, owner, known):
        yield Seen("known_contact", "sender", sender.address or sender.domain)
    elif owner and _is_new(sender, owner, known):
        yield Seen("new_sender", "sender", sender.address)
    if known.expected == "no":
        yield Seen("not_expected", "headers")
    elif known.expected == "yes" and verified:
        yield Seen("expected", "headers")


def is_verified(message: Message) -> bool:
    """Return whether the receiving server found that a mail comes from its sender's own domain."""
    owner = owner_domain(claimed_domain(message.sender))
    return (
        message.kind == "mail"
        and bool(owner)
        and any(
            each.result == "pass"
            and (
                each.method == "dmarc"
                or (each.method == "dkim" and owner_domain(each.domain) == owner)
            )
            for each in message.verified
        )
    )


def _is_known(sender: Address, owner: str, known: Known) -> bool:
    if owner in mail_of_everybody():
        return sender.address in known.addresses
    return owner in known.contacts or sender.address in known.addresses


def _is_new(sender: Address, owner: str, known: Known) -> bool:
    if known.since is None or known.today is None or known.today - known.since < REMEMBERED:
        return False
    if owner in known.own or _is_known(sender, owner, known):
        return False
    first = known.first_seen.get(remembered_as(sender.address or sender.domain, known.key))
    return first is None or known.today - first < _NEW


def _name(sender: Address, known: Known) -> Iterator[Seen]:
    name = plain(sender.name)
    owner = owner_domain(claimed_domain(sender))
    where = known.names.get(name)
    if where is None or not owner or len(name) < (_LATIN if name.isascii() else _JAPANESE):
        return
    if owner in where or sender.address in where or sender.address in known.addresses:
        return
    shown = quote(f"{sender.name} <{sender.address}>")
    degree = 1.0 if owner in mail_of_everybody() else 0.8
    yield Seen("contact_elsewhere", "sender", shown, min(where), degree)
