"""What is kept of a suspicious mail so that others like it are recognised: nothing about a person.

Hosts that a dangerous mail leads to, and a sketch of its words: the smallest of the keyed hashes of
its runs of letters (Broder, On the resemblance and containment of documents, 1997), after names,
numbers and addresses were taken out. From the sketch no word can be read back.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from django.conf import settings

from tojimari.knowledge.domains import owner_domain
from tojimari.knowledge.mail_names import brands, is_below, pages_of_everybody, shorteners
from tojimari.knowledge.rented import mail_of_everybody
from tojimari.mail.acquaintances import Known
from tojimari.mail.message import Message
from tojimari.portal.core.sealing import derived_key

SKETCH = 64
"""Hashes of a sketch; two texts that share half of their runs are measured to about 0.06."""
HOSTS_AT_MOST = 20
_SENDS_FOR_EVERYBODY = frozenset(
    (
        *("amazonses.com", "awstrack.me", "exacttarget.com", "hubspotlinks.com", "list-manage.com"),
        *("mailgun.org", "mandrillapp.com", "mcsv.net", "rs6.net", "sendgrid.net"),
    )
)
"""Services that send mail for others and count its links; our own list."""
_RUN = 4
_SHORTEST = 20
_READ = 4_000
_PURPOSE = "tojimari mail sketch 1"
_ADDRESSES = re.compile(r"https?://\S+|www\.\S+|[\w.+-]+@[\w.-]+", re.IGNORECASE)
_PERSONS = re.compile(
    r"[^\s、。,.]{1,20}(?:様|さま|さん|殿|御中)|\b(?:dear|hello|hi)\s+[^\n,]{1,40}", re.IGNORECASE
)
_NUMBERS = re.compile(r"[\d#*-]+")
_OLD_ENDING = re.compile(r"(?:^|\.)(?:[a-z]{2}|com|net|org)$")
_REST = re.compile(r"[\W_]+")


def hosts_of(message: Message, known: Known) -> list[str]:
    """Return the hosts that a mail leads to and that belong to nobody who is known as honest.

    Not those of brands (in any country), the company, its contacts, or who sends for others; of services where anybody puts
    up a page only the page's own name, and no shortener: blocking those would block everybody.
    """
    famous = {domain for brand in brands() for domain in brand.domains}
    labels = {domain.partition(".")[0] for domain in famous}
    honest = famous | known.own | known.contacts | mail_of_everybody() | _SENDS_FOR_EVERYBODY
    found: dict[str, None] = {}
    for each in message.links:
        host = each.host
        if not host or each.scheme not in ("http", "https", "ftp"):
            continue
        shared = host in pages_of_everybody() or is_below(host, shorteners())
        label, _, ending = (owner := owner_domain(host)).partition(".")
        abroad = label in labels and _OLD_ENDING.search(ending)  # google.co.uk
        if not shared and not abroad and owner not in honest:
            found.setdefault(host)
    return list(found)[:HOSTS_AT_MOST]


def sketch_of(message: Message, names: Iterable[str] = ()) -> list[int]:
    """Return a sketch of a mail's subject and words; empty where there are too few.

    ``names``: of the company and its people, which are taken out.
    """
    text = unicodedata.normalize("NFKC", f"{message.subject}\n{message.text[:_READ]}").lower()
    for name in (message.sender.name, *(each.name for each in message.to), *names):
        plain = unicodedata.normalize("NFKC", name).lower().strip()
        if len(plain) > 1:
            text = text.replace(plain, " ")
    for masked in (_ADDRESSES, _PERSONS, _NUMBERS, _REST):
        text = masked.sub("", text)
    if len(text) < _SHORTEST:
        return []
    key = derived_key(settings.SECRET_KEY, _PURPOSE)
    runs = {text[at : at + _RUN] for at in range(len(text) - _RUN + 1)}
    return sorted({_hash(run, key) for run in runs})[:SKETCH]


def resemblance(one: list[int], other: list[int]) -> float:
    """Return about which share of their runs two texts have in common, by their sketches."""
    if not one or not other:
        return 0.0
    smallest = sorted({*one, *other})[:SKETCH]
    both = set(one) & set(other)
    return sum(each in both for each in smallest) / len(smallest)


def _hash(run: str, key: bytes) -> int:
    # 52 bits: JSON keeps no larger numbers exactly.
    return int.from_bytes(hashlib.blake2b(run.encode(), digest_size=7, key=key).digest()) >> 4
