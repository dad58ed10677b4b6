"""Names that look like others: letters of other scripts, one letter more or less, brands within."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

from tojimari.knowledge.domains import owner_domain
from tojimari.knowledge.mail_names import Brand, brands, cheap_endings
from tojimari.mail.message import Address

_LOOK_ALIKE = str.maketrans("аеорсухіјѕһԁɡοανρ0135|ı", "aeopcyxijshdgoavpoiesli")
"""Cyrillic and Greek letters, digits and strokes that pass for Latin ones."""
_PAIR = re.compile(r"(?=(..))", re.DOTALL)
_TOKEN = re.compile(r"[a-z0-9]+")
_SHORT = 5


def claimed_domain(sender: Address) -> str:
    """Return the domain that an address shows; also one that is none, as ``post%bank.example``.

    Only for what speaks against a message: such a name is nobody's.
    """
    shown = sender.address.rpartition("@")[2].strip(".") if "@" in sender.address else ""
    return sender.domain or (shown if shown.isascii() else "")


def plain(text: str) -> str:
    """Return text as it is compared: NFKC, lower case, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def spoken(text: str) -> str:
    """Return text as words with one space around each."""
    return f" {' '.join(_WORDS.findall(unicodedata.normalize('NFKC', text).lower()))} "


_WORDS = re.compile(
    r"[^\W_\u3040-\u30ff\u3400-\u9fff]+(?:['’][^\W_\u3040-\u30ff\u3400-\u9fff]+)?|[\u3040-\u30ff\u3400-\u9fff]+"
)
"""Words; a Latin one ends where Japanese letters begin."""


@cache
def _named() -> dict[str, list[tuple[int, str, str, Brand]]]:
    """Return (place in the list, words, letters without spaces, brand) of names, by two letters."""
    found: dict[str, list[tuple[int, str, str, Brand]]] = {}
    names = ((name, brand) for brand in brands() for name in brand.names)
    for at, (name, brand) in enumerate(names):
        letters = plain(name)
        found.setdefault(letters[:2], []).append((at, spoken(name), letters, brand))
    return found


_REGISTERED = ("co.jp", "go.jp", "lg.jp", "ac.jp")
"""Endings that only a registered company or public body gets, one each, by the rules of JPRS."""


def belongs(owner: str, brand: Brand) -> bool:
    """Return whether a registered domain is a brand's, as far as can be told without its list.

    Brands have more domains than any list: the brand's own word below an ordinary ending, or as a
    part of a name that only registered companies get, is taken for its own.
    """
    if owner in brand.domains:
        return True
    label, _, ending = owner.partition(".")
    words = {plain(name) for name in brand.names} | {
        each.partition(".")[0] for each in brand.domains
    }
    if ending in _REGISTERED and any(len(word) > 2 and word in label for word in words):
        return True
    return label in words and ending not in cheap_endings() and len(label) > 2


@lru_cache(maxsize=256)
def brand_in(text: str) -> tuple[str, Brand] | None:
    """Return the brand that a text names, by its longest name; None for none.

    Latin names count as whole words, Japanese ones anywhere.
    """
    if not text:
        return None
    latin = skeleton_text(text)
    words, letters = spoken(latin), plain(latin)
    named = _named()
    found = [
        (len(letters_of), -at, letters_of, brand)
        for pair in named.keys() & _PAIR.findall(letters)
        for at, words_of, letters_of, brand in named[pair]
        if letters_of in letters
        and (not letters_of.isascii() or words_of in words)
        and (letters_of not in _EVERYDAY or _stands_alone(words_of, words))
    ]
    if not found:
        return None
    _, _, longest, brand = max(found, key=lambda each: each[:2])
    name = next(one for one in brand.names if plain(one) == longest)
    return name, brand


def as_written(name: str, text: str) -> str:
    """Return a brand's name (lower case) as a text writes it, itself where that cannot be told."""
    letters = skeleton_text(unicodedata.normalize("NFKC", text))
    at = letters.lower().find(name)
    found = letters[at : at + len(name)] if at >= 0 else name
    return found if found.lower() == name else name


_EVERYDAY = frozenset(("line", "visa", "steam", "ledger", "hermes", "zoom", "meta", "au", "ups", "chase", "ana", "proton", "discord", "kraken", "correos", "citi", "norton", "zozo"))  # fmt: skip
"""Names of brands that are words as well: a Green Line, a visa for a journey."""
_OFFICES = frozenset(("support", "team", "security", "service", "services", "account", "accounts", "customer", "official", "pay", "billing", "notification", "notice", "co", "inc", "com"))  # fmt: skip


def _stands_alone(brand: str, words: str) -> bool:
    """Return whether a text begins with the brand and names at most an office of it behind."""
    name, all_words = brand.split(), words.split()
    follows = all_words[len(name) : len(name) + 1]
    return all_words[: len(name)] == name and (
        not follows or follows[0] in _OFFICES or not follows[0].isascii()
    )


def skeleton_text(text: str) -> str:
    """Return text with look-alike letters of other scripts as the Latin ones they pass for."""
    if text.isascii():
        return text
    return text.translate(_SCRIPTS)


MARKS = "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u07eb-\u07f3\u07fd"
"""Vowel signs and the like of Hebrew, Arabic, Syriac, Thaana and N'Ko (Unicode, category Mn), as a set
for patterns: they follow a letter of their own script, and hardly show on a Latin one."""
_SCRIPTS = str.maketrans(
    "аеорсухіјѕһԁɡοανρАВЕКМНОРСТХІЈЅ",
    "aeopcyxijshdgoavpABEKMHOPCTXIJS",
    "".join(re.findall(f"[{MARKS}]", "".join(map(chr, range(0x590, 0x800))))),
)


def skeleton(label: str) -> str:
    """Return a label of a name as the eye reads it."""
    if label.startswith("xn--"):
        try:
            label = label[4:].encode().decode("punycode")
        except UnicodeError:
            return label
    base = "".join(
        c for c in unicodedata.normalize("NFKD", label.lower()) if not unicodedata.combining(c)
    )
    return (
        base.translate(_LOOK_ALIKE)
        .replace("rn", "m")
        .replace("vv", "w")
        .replace("cl", "d")
        .replace("l", "i")
    )


@cache
def _brand_labels() -> dict[str, str]:
    """Return skeleton of a brand's label -> its domain, for labels long enough to mean it."""
    found: dict[str, str] = {}
    for brand in brands():
        for domain in sorted(brand.domains):
            label = domain.partition(".")[0]
            if len(label) >= _SHORT:
                found.setdefault(skeleton(label), domain)
    return found


@cache
def brand_domains() -> frozenset[str]:
    """Return the domains of all brands."""
    return frozenset(domain for brand in brands() for domain in brand.domains)


def looks_like(domain: str, contacts: frozenset[str], own: frozenset[str] = frozenset()) -> str:
    """Return the known or famous domain that this one imitates; "" for none, or if it is one.

    ``contacts``, ``own``: registered domains; both are known.
    """
    owner = owner_domain(domain)
    if owner in contacts or owner in own or owner in brand_domains():
        return ""
    label = owner.partition(".")[0]
    if own or contacts:
        seen = skeleton(label)
        for known in (own, contacts):
            if known and (imitated := _imitated(label, seen, _index(known))):
                return imitated
    return _famous(label)


@lru_cache(maxsize=1024)
def _famous(label: str) -> str:
    """Return the famous domain whose first label this one passes for; "" for none.

    Kept by labels alone: with whom a company knows there would be a thousand address books.
    """
    famous = _brand_labels().get(skeleton(label), "")
    return famous if label != famous.partition(".")[0] else ""


class _Labels(NamedTuple):
    """First labels of known domains, so that one look-up finds those within one letter.

    ``alike``: skeleton -> domain. ``whole``: label -> domain. ``shorter``: label with one letter
    taken out -> labels.
    """

    alike: dict[str, str]
    whole: dict[str, str]
    shorter: dict[str, list[str]]


@lru_cache(maxsize=64)
def _index(known: frozenset[str]) -> _Labels:
    found = _Labels({}, {}, {})
    for domain in sorted(known):
        label = domain.partition(".")[0]
        if len(label) >= _SHORT - 1:
            found.alike.setdefault(skeleton(label), domain)
        if len(label) >= _SHORT:
            found.whole.setdefault(label, domain)
            for each in _shorter(label):
                found.shorter.setdefault(each, []).append(label)
    return found


def _shorter(label: str) -> set[str]:
    return {label[:at] + label[at + 1 :] for at in range(len(label))}


def _imitated(label: str, seen: str, known: _Labels) -> str:
    alike = known.alike.get(seen, "")
    if alike and alike.partition(".")[0] != label:
        return alike
    if label in known.whole:
        return known.whole[label]  # the same word below another ending
    near = {other for each in {label, *_shorter(label)} for other in known.shorter.get(each, ())}
    near |= {each for each in _shorter(label) if each in known.whole}
    return next((known.whole[each] for each in sorted(near) if _one_apart(label, each)), "")


def _one_apart(one: str, other: str) -> bool:
    """Return whether one letter was put in, left out, changed or swapped with its neighbour."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    at = 0
    while at < min(len(one), len(other)) and one[at] == other[at]:
        at += 1
    if (
        one[at + 1 :] == other[at + 1 :]
        or one[at + 1 :] == other[at:]
        or one[at:] == other[at + 1 :]
    ):
        return True
    return one[at : at + 2] == other[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]


@cache
def _token_pairs() -> dict[str, list[tuple[int, str]]]:
    """Return (place, word) of the words that names hold of brands, by two letters."""
    found: dict[str, list[tuple[int, str]]] = {}
    for at, word in enumerate(_tokens()):
        found.setdefault(word[:2], []).append((at, word))
    return found


@cache
def _tokens() -> dict[str, Brand]:
    """Return word of a brand, as names hold it -> the brand."""
    found: dict[str, Brand] = {}
    for brand in brands():
        for name in brand.names:
            letters = plain(name)
            if (
                letters.isascii()
                and letters.isalnum()
                and len(letters) >= _SHORT
                and letters not in _ALSO_WORDS
            ):
                found.setdefault(letters, brand)
    return found


_ALSO_WORDS = {
    "apple",
    "steam",
    "line",
    "visa",
    "hermes",
    "ledger",
    "outlook",
    "adobe",
    "hulu",
    "zoom",
    "meta",
}


@lru_cache(maxsize=1024)
def brand_within(host: str) -> tuple[str, Brand] | None:
    """Return the brand whose word a host holds although it is not the brand's; None for none."""
    owner = owner_domain(host)
    if owner in brand_domains():
        return None
    # What a provider's own name holds (github.io) is not borrowed by who has a page there.
    suffix = owner.partition(".")[2]
    own = host.lower().removesuffix(f".{suffix}")
    for token in _TOKEN.findall(own):
        pairs = _token_pairs()
        within = [
            each
            for pair in pairs.keys() & _PAIR.findall(token)
            for each in pairs[pair]
            if token == each[1] or (len(each[1]) >= 6 and each[1] in token)
        ]
        if within:
            word = min(within)[1]
            brand = _tokens()[word]
            return None if belongs(owner, brand) else (word, brand)
    return None
