"""Where a message leads, against where it says it leads."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from tojimari.knowledge.domains import owner_domain
from tojimari.knowledge.mail_names import (
    Brand,
    brands,
    has_cheap_ending,
    is_below,
    own_sites,
    pages_of_everybody,
    shorteners,
)
from tojimari.knowledge.rented import mail_of_everybody
from tojimari.mail.acquaintances import Known
from tojimari.mail.links import is_ip
from tojimari.mail.message import Link, Message
from tojimari.mail.signals.identity import random_looking
from tojimari.mail.signals.names import (
    as_written,
    belongs,
    brand_domains,
    brand_in,
    brand_within,
    claimed_domain,
    looks_like,
)
from tojimari.mail.signals.seen import Seen, quote
from tojimari.mail.signals.wording import asks_of_customers, own_words

_SHOWN = re.compile(
    r"^(?:https?://)?(?:www\.)?([a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4})(?:[/?:#]\S*)?$",
    re.IGNORECASE,
)
_WITHIN = re.compile(r"[?&=/]https?(?::|%3a)(?:/|%2f){2}([\w.-]{4,255})", re.IGNORECASE)
_SENDS_ON = re.compile(
    r"^https?://(?:"
    r"(?:www\.)?google\.[a-z.]{2,6}/(?:url|amp|travel/clk|aclk|local_url|imgres)\b"
    r"|[\w.-]{0,60}\bdoubleclick\.net/|(?:www\.)?googleadservices\.com/pagead/|(?:www\.)?bing\.com/ck"
    r"|[\w.]{1,60}\.linkedin\.com/(?:redir|slink)|(?:www\.)?linkedin\.com/(?:redir|slink)"
    r"|lm?\.facebook\.com/l\.php|l\.instagram\.com/|(?:www\.)?youtube\.com/(?:redirect|attribution_link)"
    r"|t\.umblr\.com/redirect|slack-redir\.net/|api\.viglink\.com/|(?:www\.)?baidu\.com/link|(?:www\.)?yandex\.\w{2,3}/clck"
    r"|[\w.]{1,60}\.search\.yahoo\.co(?:m|\.jp)/[\w/]{0,40}/?RU="
    r")",
    re.IGNORECASE,
)
"""Pages of search engines and the like that only send their visitor on."""
_WEB = ("http", "https", "ftp")
_LOOKED_AT = 150
_BEGINNING = 150
"""Characters within which a mail to customers says whose they are."""


def leading(message: Message, known: Known) -> Iterator[Seen]:
    """Yield what is wrong with the links of a message, each kind once."""
    found: dict[str, Seen] = {}
    sender = owner_domain(claimed_domain(message.sender))
    web = [each for each in message.links if each.scheme in _WEB and each.host][:_LOOKED_AT]
    for each in web:
        for seen in _one(each, sender, message, known):
            found.setdefault(seen.id, seen)
    for each in message.links[:_LOOKED_AT]:
        if each.scheme in ("javascript", "data", "vbscript", "file"):
            found.setdefault("link_runs", Seen("link_runs", each.place, quote(each.target)))
    yield from found.values()
    yield from _together(message, web, sender)


def leads_home(message: Message) -> bool:
    """Return whether all links go to one known company's own site, which is also the named sender's.

    A page that anybody can put up is none, nor is one that sends its visitor on. Where an answer
    would go elsewhere, or something comes with it, it is not where the links lead that counts. Who
    borrows a sender's address and leads to that sender's own site has gained nothing by the link.
    """
    leads = [each for each in message.links if each.scheme != "mailto"]
    sender = owner_domain(claimed_domain(message.sender))
    if not leads or message.attachments or message.forms or message.reply_to:
        return False
    owners = {owner_domain(each.host) for each in leads}
    named = owners | ({sender} if sender else set())
    if not owners <= own_sites() or sender in mail_of_everybody():
        return False
    return any(named <= brand.domains for brand in brands()) and not any(
        each.userinfo
        or each.scheme not in _WEB
        or each.place == "picture"
        or is_below(each.host, pages_of_everybody())
        or _SENDS_ON.match(each.target)
        or _WITHIN.search(unquote(each.target[8:]))
        for each in leads
    )


def _one(each: Link, sender: str, message: Message, known: Known) -> Iterator[Seen]:
    host, owner = each.host, owner_domain(each.host)
    if owner == sender and sender:
        return
    where = _where(each)
    shown = _SHOWN.match(each.shown)
    if (
        shown
        and "." in shown[1]
        and owner_domain(shown[1].lower()) != owner
        and owner_domain(shown[1].lower()) != sender
    ):
        yield Seen("link_shows_other", each.place, where, shown[1])
    elif shown and owner_domain(shown[1].lower()) != owner and not message.bulk:
        yield Seen("link_shows_other", each.place, where, shown[1], 0.4)
    if is_ip(host):
        yield Seen("link_to_number", each.place, where)
        return
    imitated = looks_like(host, known.contacts, known.own)
    within = brand_within(host)
    if imitated:
        yield Seen("lookalike_link", each.place, where, imitated)
    elif within:
        yield Seen("brand_in_link", each.place, where, within[0])
    if is_below(host, shorteners()):
        yield Seen("link_shortened", each.place, where)
    elif is_below(host, pages_of_everybody()):
        yield Seen("link_to_free_page", each.place, where)
    elif has_cheap_ending(host):
        yield Seen("link_cheap", each.place, where)
    if "xn--" in host and not imitated:
        yield Seen("link_punycode", each.place, where)
    if each.userinfo:
        yield Seen("link_with_name_before", each.place, where, each.userinfo)
    if random_looking(owner.partition(".")[0]):
        yield Seen("link_random", each.place, where)
    if _SENDS_ON.match(each.target) and sender != owner:
        yield Seen("link_goes_on", each.place, where, host)
    if owner in brand_domains():
        onward = _WITHIN.search(unquote(each.target[8:]))
        if onward and owner_domain(onward[1].lower()) != owner:
            yield Seen("link_goes_on", each.place, where, onward[1])
    if each.place == "picture":
        yield Seen("link_in_code", each.place, where)
    if each.place == "calendar" and sender not in brand_domains():
        yield Seen("link_in_invitation", each.place, where)


def _where(each: Link) -> str:
    """Return a link as a reason quotes it: what is shown, and where it leads."""
    return quote(f"{each.shown} → {each.host}" if each.shown else each.target)


def _together(message: Message, web: list[Link], sender: str) -> Iterator[Seen]:
    clicked = [each for each in web if each.place in ("link", "picture", "attachment", "text")]
    owners = {owner_domain(each.host) for each in clicked}
    if (
        clicked
        and sender
        and sender not in owners
        and not message.in_reply_to
        and message.kind == "mail"
        and not _of_one_company(sender, owners)
    ):
        free = sender in mail_of_everybody()
        if len(owners) <= 2:
            yield Seen(
                "all_links_elsewhere",
                "link",
                _where(clicked[0]),
                sender,
                0.6 if free else 1.0,
            )
    in_name = brand_in(message.sender.name)
    named = in_name or brand_in(message.subject) or _of_its_customers(message)
    if (
        named
        and clicked
        and not any(belongs(each, named[1]) for each in owners)
        and not message.in_reply_to
    ):
        # Who writes from the brand's own address is not believed before that was verified; companies
        # do have their links counted by others.
        own = belongs(sender, named[1])
        if not (own and _delivered_by(message, sender)):
            yield Seen(
                "brand_named_links_elsewhere",
                "link",
                _where(clicked[0]),
                as_written(
                    named[0],
                    f"{message.sender.name}\n{message.subject}\n{message.text[:_BEGINNING]}",
                ),
                0.6 if own or not in_name else 1.0,  # a subject may be news about it
            )
    secret = next((form for form in message.forms if form.secret), None)
    if secret is not None:
        yield Seen("form_asks_secret", "text", secret.to)


def _of_one_company(sender: str, owners: set[str]) -> bool:
    """Return whether a brand of our list owns the sender's domain and all that is led to.

    Not where everybody has an address in that domain.
    """
    if sender not in brand_domains() or sender in mail_of_everybody():
        return False
    return any(sender in each.domains and owners <= each.domains for each in brands())


def _of_its_customers(message: Message) -> tuple[str, Brand] | None:
    """Return the brand that a text begins with where it goes on about the reader's account there."""
    words = own_words(message)
    return brand_in(words[:_BEGINNING]) if asks_of_customers(words) else None


def _delivered_by(message: Message, sender: str) -> bool:
    """Return whether the sender's own server, or its verified signature, brought the message."""
    if any(
        each.result == "pass" and owner_domain(each.domain) == sender for each in message.verified
    ):
        return True
    return any(owner_domain(each.helo) == sender for each in message.hops[:1])
