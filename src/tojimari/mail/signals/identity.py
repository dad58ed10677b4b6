"""Who a message says it is from, against who it is from."""

import itertools
import re
from collections.abc import Iterator
from functools import lru_cache

from tojimari.knowledge.domains import has_known_ending, owner_domain
from tojimari.knowledge.mail_names import has_cheap_ending, is_below, pages_of_everybody, shorteners
from tojimari.knowledge.rented import mail_of_everybody
from tojimari.mail.acquaintances import Known
from tojimari.mail.message import Address, Message
from tojimari.mail.signals.names import (
    as_written,
    belongs,
    brand_domains,
    brand_in,
    brand_within,
    claimed_domain,
    looks_like,
    plain,
)
from tojimari.mail.signals.seen import Seen, around, quote
from tojimari.mail.signals.wording import own_words

_ADDRESS = re.compile(r"[\w.+-]{1,64}@([\w-]{1,63}(?:\.[\w-]{1,63}){1,5})")
_DOMAIN = re.compile(r"^[\w-]{2,63}(?:\.[\w-]{2,63}){1,4}$")
_OFFICE = re.compile(
    r"support|service|security|billing|admin|help ?desk|customer|accounts?\b|payroll|invoice|notification|no-?reply|it team|webmaster|team$|department|サポート|事務局|センター|管理者|カスタマー|お客様|株式会社|銀行|カード|経理",
    re.IGNORECASE,
)
_PROCESS = re.compile(
    r"\b(?:order|invoice|renewal|subscription|payment|receipt|purchase|transaction|refund|billing|membership)\b|請求|領収|注文|自動更新|お支払い|決済|factura|fatura|rechnung|facture",
    re.IGNORECASE,
)
_GREETED = 250
"""Characters from the beginning of a text within which a mail greets its reader."""
_NAME_OF_DNS = re.compile(r"^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+$")
_OF_UNKNOWN = 0.75
"""What is left of a verified sender whom neither the company nor our list of brands knows."""
_VOWELS = set("aeiouy")


def identity(message: Message, known: Known) -> Iterator[Seen]:
    """Yield what the sender's name and address say against each other."""
    sender = message.sender
    recipients = [each for each in message.to if each.domain] if message.kind == "mail" else []
    yield from _name(sender, recipients, _where(message))
    yield from _address(message, sender, known)
    yield from _subject(message, sender, recipients)
    yield from _greeted(message, recipients)
    yield from _answers(message, sender)
    if message.senders > 1:
        yield Seen("several_senders", "sender", quote(sender.address))
    if message.kind == "mail" and message.headers and not _NAME_OF_DNS.match(sender.domain):
        yield Seen("sender_without_address", "sender", quote(sender.name))
    if message.quoted_sender is not None:
        yield from _name(message.quoted_sender, [], _where(message))


def verification(message: Message, known: Known) -> Iterator[Seen]:
    """Yield what the receiving server verified; only this may speak for a message."""
    sender = owner_domain(message.sender.domain)
    results = {each.method: each for each in message.verified}
    dmarc, spf = results.get("dmarc"), results.get("spf")
    dkim = [each for each in message.verified if each.method == "dkim"]
    signed = [
        each
        for each in dkim
        if each.result == "pass" and sender and owner_domain(each.domain) == sender
    ]
    passed = dmarc is not None and dmarc.result == "pass"
    if dmarc is not None and dmarc.result == "fail":
        yield Seen("verified_fail", "headers", f"dmarc=fail {message.sender.domain}")
    elif spf is not None and spf.result == "fail" and not signed:
        yield Seen("verified_fail", "headers", f"spf=fail {spf.domain}")
    elif (passed or signed) and (degree := _worth(sender, message.sender.domain, known)):
        yield Seen("verified_sender", "headers", message.sender.domain, degree=degree)
    if sender and sender in known.own and message.verified and not (passed or signed):
        yield Seen("own_domain_unverified", "sender", message.sender.address)


def _worth(owner: str, domain: str, known: Known) -> float:
    """Return how much it speaks for a mail that it really comes from its sender's domain.

    Anybody registers a name, signs with it and passes every check: that only says that the name is
    no forgery, and at a provider of everybody's mail, or below an ending of the cheap ones, nothing.
    """
    if owner in mail_of_everybody():
        return 0.0
    if owner in known.own or owner in known.contacts or owner in brand_domains():
        return 1.0
    return 0.0 if "xn--" in domain or has_cheap_ending(domain) else _OF_UNKNOWN


def _where(message: Message) -> dict[str, bool]:
    """Return the owners of everything that a reader could go or answer to.

    True: a place where every company leads as well, such as maps or its page at a network of
    friends; not where anybody can put up a page.
    """
    anybody = pages_of_everybody() | shorteners()
    found: dict[str, bool] = {}
    for each in message.links:
        if _NAME_OF_DNS.match(each.host):
            owner = owner_domain(each.host)
            common = owner in brand_domains() and not is_below(each.host, anybody)
            found[owner] = found.get(owner, True) and common
    for other in message.reply_to:
        if domain := claimed_domain(other):
            found.setdefault(owner_domain(domain), False)
    return found


def _name(sender: Address, recipients: list[Address], where: dict[str, bool]) -> Iterator[Seen]:
    owner = owner_domain(claimed_domain(sender))
    found = brand_in(sender.name)
    if found and owner and not belongs(owner, found[1]):
        # Who borrows a name and then leads to its real owner gains nothing: a carrier's notice, sent on.
        its = {each for each in where if belongs(each, found[1])}
        honest = bool(its) and all(
            common or each in its or each == owner for each, common in where.items()
        )
        shown = quote(f"{sender.name} <{sender.address}>")
        brand = as_written(found[0], sender.name)
        yield Seen("brand_in_name", "sender", shown, brand, 0.4 if honest else 1.0)
    inside = _ADDRESS.search(sender.name)
    if inside and owner and owner_domain(inside[1].lower()) != owner:
        yield Seen(
            "address_in_name", "sender", quote(f"{sender.name} <{sender.address}>"), inside[0]
        )
    elif (
        _DOMAIN.match(sender.name)
        and owner
        and has_known_ending(sender.name.lower())
        and owner_domain(sender.name.lower()) != owner
    ):
        yield Seen(
            "address_in_name", "sender", quote(f"{sender.name} <{sender.address}>"), sender.name
        )
    for each in recipients[:3]:
        label = owner_domain(each.domain).partition(".")[0]
        words = plain(sender.name)
        if (
            words
            and owner_domain(each.domain) != owner
            and (
                words == plain(each.address.partition("@")[0])
                or each.domain in words
                or (len(label) > 3 and label in words)
            )
        ):
            yield Seen("name_is_recipient", "sender", quote(f"{sender.name} <{sender.address}>"))
            break
    if owner in mail_of_everybody() and (_OFFICE.search(sender.name) or found):
        yield Seen("office_at_freemail", "sender", quote(f"{sender.name} <{sender.address}>"))
    elif owner in mail_of_everybody() and _PROCESS.search(sender.name):
        shown = quote(f"{sender.name} <{sender.address}>")
        yield Seen("office_at_freemail", "sender", shown, degree=0.8)


def _greeted(message: Message, recipients: list[Address]) -> Iterator[Seen]:
    """Yield where the reader is called by the mail address: whoever has a contract knows the name."""
    if message.in_reply_to or not recipients:
        return
    top = own_words(message)[:_GREETED]
    lower = top.lower()
    for each in recipients[:3]:
        at = lower.find(each.address)
        if at >= 0 and each.address:
            yield Seen("recipient_in_text", "text", around(top, at, at + len(each.address)))
            return


def _address(message: Message, sender: Address, known: Known) -> Iterator[Seen]:
    domain = claimed_domain(sender)
    if not domain:
        return
    owner, local = owner_domain(domain), sender.address.partition("@")[0]
    imitated = looks_like(domain, known.contacts, known.own)
    if imitated:
        yield Seen("lookalike_sender", "sender", sender.address, imitated)
    else:
        within = brand_within(domain)
        if within:
            yield Seen("brand_in_address", "sender", sender.address, within[0])
        elif owner not in brand_domains() and (inside := brand_within(f"{local}.x")):
            yield Seen("brand_in_address", "sender", sender.address, inside[0])
    if "xn--" in domain and not imitated:
        yield Seen("punycode_sender", "sender", domain)
    if has_cheap_ending(domain):
        yield Seen("cheap_sender", "sender", domain)
    if random_looking(owner.partition(".")[0]) or random_looking(local):
        yield Seen("random_sender", "sender", sender.address)
    if message.kind != "mail" or not message.headers:
        return
    if message.envelope and owner_domain(message.envelope) != owner:
        yield Seen("envelope_elsewhere", "headers", message.envelope, domain)
    if not message.has_message_id:
        yield Seen("no_message_id", "headers")
    if message.hops:
        yield from _route(message, owner)


def _route(message: Message, owner: str) -> Iterator[Seen]:
    hop = message.hops[0]
    if (
        (hop.helo and hop.helo.replace(".", "").isdigit())
        or re.search(
            r"\d{1,3}[.-]\d{1,3}[.-]\d{1,3}[.-]\d{1,3}|dynamic|dyn\.|dsl|broadband|pool|\.ip\.|vps|static\.",
            hop.helo,
        )
        or (hop.helo and "." not in hop.helo)
    ):
        yield Seen("odd_server", "headers", hop.helo)
    elif has_cheap_ending(hop.helo) or random_looking(hop.helo.partition(".")[0]):
        yield Seen("odd_server", "headers", hop.helo, degree=0.6)
    if (
        hop.helo
        and owner
        and owner in brand_domains() | mail_of_everybody()
        and owner_domain(hop.helo) != owner
        and owner not in message.signed_by
        and not _of_brand(hop.helo, owner)
    ):
        yield Seen("server_of_others", "headers", hop.helo, owner)


def _of_brand(host: str, owner: str) -> bool:
    from tojimari.knowledge.mail_names import brands

    other = owner_domain(host)
    return any(owner in each.domains and other in each.domains for each in brands())


def _subject(message: Message, sender: Address, recipients: list[Address]) -> Iterator[Seen]:
    subject = message.subject.lower()
    for each in recipients[:3]:
        local = each.address.partition("@")[0]
        whole = each.address in subject or (
            len(local) > 3 and re.search(rf"\b{re.escape(local)}\b", subject)
        )
        if whole or each.domain in subject:
            yield Seen(
                "recipient_in_subject",
                "subject",
                quote(message.subject),
                degree=1.0 if whole else 0.6,
            )
            break
    owner = owner_domain(claimed_domain(sender))
    found = brand_in(message.subject)
    if found and owner and not belongs(owner, found[1]) and not message.in_reply_to:
        brand = as_written(found[0], message.subject)
        yield Seen("brand_in_subject", "subject", quote(message.subject), brand)


def _answers(message: Message, sender: Address) -> Iterator[Seen]:
    owner = owner_domain(claimed_domain(sender))
    for each in message.reply_to:
        other = owner_domain(claimed_domain(each))
        if not other or other == owner:
            continue
        free = other in mail_of_everybody()
        if free and owner not in mail_of_everybody():
            yield Seen("answers_to_freemail", "sender", each.address, sender.address)
        elif not message.bulk:
            yield Seen("answers_elsewhere", "sender", each.address, sender.address)
        return


@lru_cache(maxsize=2048)
def random_looking(label: str) -> bool:
    """Return whether a label looks thrown together: digits within letters, or hardly a vowel."""
    letters = [c for c in label if c.isalpha()]
    if label.startswith("xn--") or len(label) < 6:
        return False
    changes = sum(one.isdigit() != other.isdigit() for one, other in itertools.pairwise(label))
    if changes >= 4 and "-" not in label and "_" not in label and "." not in label:
        return True
    run = longest = 0
    for char in label:
        run = run + 1 if char.isalpha() and char not in _VOWELS else 0
        longest = max(longest, run)
    return longest >= 6 or (
        len(letters) >= 9 and sum(c in _VOWELS for c in letters) / len(letters) < 0.15
    )
