"""Names that look like the company's own, and which of them somebody has registered."""

import contextlib
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import dnstwist
import idna

from tojimari.collect.host import TookTooLong, Unavailable
from tojimari.collect.look import Seen, saw
from tojimari.collect.outside.egress import Egress
from tojimari.collect.outside.probe import probe
from tojimari.collect.outside.records import exists
from tojimari.collect.outside.visit import Visit
from tojimari.knowledge.domains import organisational_domain
from tojimari.model import ascii_form
from tojimari.model.facts import Lookalike, MailDomainLookalikes

AT_MOST = 400
_SECONDS = 20.0
_AT_ONCE = 16
_LISTED = 50
_A_KIND = 40
_GLYPHS = 8
_ENDINGS = (
    "jp", "co.jp", "ne.jp", "or.jp", "com", "net", "org", "info", "biz", "shop", "store", "online",
    "site", "xyz", "top", "tokyo", "co", "cn", "asia", "app",
)  # fmt: skip
_WORDS = ("pay", "login", "mail", "secure", "support", "shop", "jp", "official", "recruit", "info")
_KINDS = (
    "homoglyph", "omission", "transposition", "tld-swap", "various", "repetition", "dictionary",
    "replacement", "hyphenation", "plural", "vowel-swap", "insertion", "addition", "bitsquatting",
)  # fmt: skip
"""Ways to make a name that looks alike, what people overlook most easily first."""


@probe(sees=(MailDomainLookalikes,), needs="mail_domain", limit_seconds=60.0)
def lookalikes(visit: Visit) -> list[Seen]:
    """See which of the likeliest imitations exist. Raises TookTooLong when DNS is silent."""
    egress, own = visit.egress, organisational_domain(visit.domain())
    names = imitations(own)
    until = time.monotonic() + _SECONDS
    open_zones = _answering_to_all(egress, {name.partition(".")[2] for name, _ in names})

    def ask(name: str, how: str) -> Lookalike | bool | None:
        """Return what is there, False for nothing, None where it could not be told."""
        if time.monotonic() > until or name.partition(".")[2] in open_zones:
            return None
        try:
            if not exists(egress, name):
                return False
            return Lookalike(
                name=name,
                how=how,
                mail=any(str(one.exchange) != "." for one in egress.ask(name, "MX")),
                site=bool(egress.ask(name, "A") or egress.ask(name, "AAAA")),
            )
        except Unavailable:
            return None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(lambda pair: ask(*pair), names))
    told = sum(answer is not None for answer in answers)
    if names and not told:
        raise TookTooLong(f"DNS {own}")
    found = [answer for answer in answers if isinstance(answer, Lookalike)]
    found.sort(key=lambda row: (not row.mail, not row.site))
    return [
        saw(
            MailDomainLookalikes(
                made=len(names),
                told=told,
                registered=len(found),
                with_mail=sum(row.mail for row in found),
                found=tuple(found[:_LISTED]),
            )
        )
    ]


def imitations(own: str) -> list[tuple[str, str]]:
    """Return up to ``AT_MOST`` (name, way it was made) for a registered domain."""
    others = [kind for kind in _KINDS if kind != "homoglyph"]
    made = [
        (name, kind)
        for name, kind in {**dict(_made(own, others)), **dict(_homoglyphs(own))}.items()
        # What lies below the own name belongs to the owner.
        if name != own and not name.endswith(f".{own}")
    ]
    made.sort(key=lambda pair: (_KINDS.index(pair[1]), len(pair[0]), pair[0]))
    # A short name has hundreds of homoglyphs: no kind may crowd out the others.
    first = [pair for kind in _KINDS for pair in [p for p in made if p[1] == kind][:_A_KIND]]
    chosen = set(first[:AT_MOST])
    more = [pair for pair in made if pair not in chosen]
    return [*first, *more][:AT_MOST]


def _made(name: str, kinds: list[str]) -> list[tuple[str, str]]:
    maker = dnstwist.Fuzzer(name, dictionary=list(_WORDS), tld_dictionary=list(_ENDINGS))
    maker.generate(fuzzers=kinds)
    return [(str(one["domain"]), str(one["fuzzer"])) for one in maker.domains]


def _homoglyphs(own: str) -> list[tuple[str, str]]:
    """Return names with signs that look like others.

    One and two signs are changed, so the time grows with the square of the length: of a long name
    only the beginning is changed.
    """
    label, _, ending = own.partition(".")
    try:
        plain = idna.decode(label)
        head, tail = plain[:_GLYPHS], plain[_GLYPHS:]
        made = _made(f"{ascii_form(head)}.{ending}", ["homoglyph"])
    except UnicodeError:
        return []
    found = []
    made.sort(key=lambda pair: (len(pair[0]), pair[0]))
    for name, kind in made[:AT_MOST]:
        with contextlib.suppress(UnicodeError):  # no name any more, or too long for one
            changed = idna.decode(name.removesuffix(f".{ending}")) + tail
            found.append((f"{ascii_form(changed)}.{ending}", kind))
    return found


def _answering_to_all(egress: Egress, zones: set[str]) -> set[str]:
    """Return the zones in which every name "exists": nothing can be told about names there."""

    def is_open(zone: str) -> bool:
        try:
            return exists(egress, f"{secrets.token_hex(12)}.{zone}")
        except Unavailable:
            return True

    listed = sorted(zones)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return {
            zone for zone, open_ in zip(listed, pool.map(is_open, listed), strict=True) if open_
        }
