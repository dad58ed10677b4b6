"""A report for the user to send: to the council against phishing, and to the brand that is imitated."""

import re
from urllib.parse import quote

import msgspec

from tojimari.lib.printable import printable
from tojimari.mail.message import Message
from tojimari.mail.verdict import MOST_REASONS, Verdict
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.mail import reason_text

_COUNCIL = "antiphishing"
_SHOWN_LINKS = 5
_SIGNALS_OF_BRANDS = frozenset(
    (
        "brand_in_name",
        "brand_in_address",
        "brand_in_subject",
        "brand_in_link",
        "brand_named_links_elsewhere",
    )
)
_MAILTO_CHARACTERS = 1_800
"""Longer addresses are cut by some mail programs."""


class Report(msgspec.Struct, frozen=True):
    """A report, ready to be sent.

    Attributes:
        text: what it says.
        address: of the council, from ``respond``; "" where none is known.
        mailto: opens a mail program with both.
        source: where the address is from, and whether it was checked.
        brand: the brand whose name is borrowed; "" where none was seen.
    """

    text: str
    address: str
    mailto: str
    source: str
    brand: str


def report_on(message: Message, verdict: Verdict) -> Report | None:
    """Return a report on a suspicious mail; None for any other."""
    if not verdict.suspicious:
        return None
    lang, texts = current_lang(), catalog()
    reasons = [reason_text(each, texts, lang) for each in verdict.reasons[:MOST_REASONS]]
    links = list(dict.fromkeys(each.target for each in message.links))[:_SHOWN_LINKS]
    lines = [
        say("mailreport.text"),
        f"{say('mailreport.sender')}: {printable(message.sender.name)} <{defanged(message.sender.address)}>",
        f"{say('mailreport.subject')}: {printable(message.subject[:200])}",
        *(f"{say('mailreport.link')}: {defanged(without_person(each))}" for each in links),
        *(f"- {defanged(each)}" for each in reasons),
        say("mailreport.attach"),
    ]
    text = "\n".join(lines)
    council = texts.incidents.contacts.get(_COUNCIL)
    address = council.mail if council else ""
    mailto = f"mailto:{address}?subject={quote(say('mailreport.title'))}&body={_body(lines)}"
    source = f"{council.source.say(lang)} ({council.checked.isoformat()})" if council else ""
    return Report(text, address, mailto, source, _brand(verdict))


def _body(lines: list[str]) -> str:
    """Return the lines as the part of an address, as far as they fit; the last one always does."""
    body = ""
    for line in [lines[0], lines[-1], "", *lines[1:-1]]:
        longer = f"{body}{quote(line)}%0D%0A"
        if len(longer) <= _MAILTO_CHARACTERS:
            body = longer
    return body


def defanged(text: str) -> str:
    """Return a text in which no address can be pressed: https[:]//evil[.]example."""
    text = re.sub(r"(?i)\b(https?|ftp)://", lambda found: f"{found[1]}[:]//", text)
    return re.sub(r"([\w-])\.(?=[a-z0-9-]+)", r"\1[.]", text, flags=re.IGNORECASE)


def without_person(address: str) -> str:
    """Return a web address without what may name its receiver: query, fragment, userinfo."""
    plain = re.split(r"[?#]", address)[0]
    return re.sub(r"^([a-z]+://)[^/@]*@", r"\1", plain, flags=re.IGNORECASE)[:300]


def _brand(verdict: Verdict) -> str:
    return next(
        (
            printable(each.expected)[:60]
            for each in verdict.reasons
            if each.id in _SIGNALS_OF_BRANDS and each.expected
        ),
        "",
    )
