"""Who may send mail in the domain's name: MX, SPF, DKIM, DMARC and BIMI, as DNS tells them."""

import base64
import binascii
import ipaddress
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tojimari.collect.host import TookTooLong, Unavailable
from tojimari.collect.look import Seen, saw
from tojimari.collect.outside.dmarc_record import DmarcRecord, dmarc_records
from tojimari.collect.outside.egress import Egress
from tojimari.collect.outside.probe import probe
from tojimari.collect.outside.records import Bounded, exists, servers, texts
from tojimari.collect.outside.visit import Visit
from tojimari.knowledge.domains import organisational_domain
from tojimari.model import NotSeen
from tojimari.model.facts import DkimKey, MailDomainAuth

SPF_LOOKUPS = 10
"""More than this and receivers give up on the record (RFC 7208, section 4.6.4)."""
_SPF_SECONDS = 15.0
SMTP_PORT = 25
_SMTP_SECONDS = 4.0
_WIDE = {4: 8, 6: 24}
"""A range of addresses wider than this (prefix length) is no list of mail servers any more."""
_SHOWN = 500
_BIMI = re.compile(r"v\s*=\s*BIMI1\s*(?:;|$)")
_QUALIFIERS: dict[str, Literal["pass", "neutral", "softfail", "fail"]] = {
    "-": "fail",
    "~": "softfail",
    "?": "neutral",
    "+": "pass",
    "": "pass",
}
_MX_AT_MOST = 20
_SELECTORS = (
    "default", "selector1", "selector2", "google", "s1", "s2", "k1", "k2", "k3", "mail", "dkim",
    "dkim1", "dkim2", "key1", "key2", "smtp", "mx", "m1", "sig1", "mandrill", "mailjet", "sendgrid",
    "pm", "amazonses", "zoho", "protonmail", "protonmail2", "protonmail3", "everlytickey1", "mta",
    "rs1", "rs2", "xserver", "sakura", "lolipop", "muumuu", "conoha", "kagoya", "20230601",
    "2025", "2026", "test", "email",
)  # fmt: skip
"""Names of DKIM keys that providers use. A key's name cannot be asked for, only guessed."""


@probe(sees=(MailDomainAuth,), needs="mail_domain", limit_seconds=40.0)
def mail_auth(visit: Visit) -> list[Seen]:
    """See what the domain says about mail in its name. Raises Unavailable when DNS is silent."""
    egress, domain = visit.egress, visit.domain()
    hosts = mail_hosts(visit)
    not_seen: dict[str, NotSeen] = {}
    keys: tuple[DkimKey, ...] | None = ()
    possible = exists(egress, f"_domainkey.{domain}")
    try:
        keys = _keys(egress, domain) if possible else ()
    except TookTooLong as error:
        keys, not_seen = None, {"dkim_keys": NotSeen("timed_out", detail=str(error)[:200])}
    bimi = any(_BIMI.match(text) for text in texts(egress, f"default._bimi.{domain}"))
    spf, dmarc = _spf(egress, domain), _dmarc(egress, domain)
    fact = MailDomainAuth(
        mx=tuple(host[:253] for host in hosts or ())[:_MX_AT_MOST],
        refuses_mail=hosts == (),
        **msgspec.structs.asdict(spf),
        **msgspec.structs.asdict(dmarc),
        dkim_possible=possible,
        dkim_keys=keys,
        bimi=bimi,
    )
    return [saw(fact, **not_seen)]


def mail_hosts(visit: Visit) -> tuple[str, ...] | None:
    """Return the domain's mail servers, best first; None for none named, () for "no mail here".

    "No mail here" is the null MX of RFC 7505. Raises Unavailable.
    """

    def make() -> tuple[str, ...] | None:
        found = visit.egress.ask(visit.domain(), "MX")
        if not found:
            # Without a named server mail goes to the address of the domain (RFC 5321, 5.1).
            return (visit.domain(),) if _takes_mail(visit) else None
        found.sort(key=lambda record: (record.preference, record.exchange))
        names = [record.exchange.to_text().rstrip(".").lower() for record in found]
        return tuple(name for name in names if name)

    return visit.once("mail hosts", make)


def _takes_mail(visit: Visit) -> bool:
    try:
        visit.egress.connect(visit.domain(), SMTP_PORT, seconds=_SMTP_SECONDS).close()
    except Unavailable:
        return False
    return True


class _Spf(msgspec.Struct, frozen=True):
    """The fields of the fact that are about SPF."""

    spf: str | None = None
    spf_problem: Literal["several", "lookups", "void", "loop", "syntax"] | None = None
    spf_lookups: int | None = None
    spf_all: Literal["pass", "neutral", "softfail", "fail"] | None = None
    spf_wide: bool | None = None


class _Dmarc(msgspec.Struct, frozen=True):
    """The fields of the fact that are about DMARC."""

    dmarc: str | None = None
    dmarc_from: str | None = None
    dmarc_problem: Literal["several", "syntax", "policy"] | None = None
    dmarc_policy: Literal["none", "quarantine", "reject"] | None = None
    dmarc_subdomains: Literal["none", "quarantine", "reject"] | None = None
    dmarc_percent: int | None = None
    dmarc_spf_strict: bool | None = None
    dmarc_dkim_strict: bool | None = None
    dmarc_reports: tuple[str, ...] = ()


def _spf(egress: Egress, domain: str) -> _Spf:
    found = [
        text for text in texts(egress, domain) if re.match(r"v=spf1( |$)", text, re.IGNORECASE)
    ]
    if not found:
        return _Spf()
    shown = found[0][:_SHOWN]
    if len(found) > 1:
        return _Spf(shown, "several")
    return msgspec.structs.replace(_parsed_spf(egress, domain, found[0]), spf=shown)


def _parsed_spf(egress: Egress, domain: str, record: str) -> _Spf:
    from tojimari.collect.outside.mail_policies import spf

    asked = Bounded(egress, _SPF_SECONDS)
    try:
        found: Mapping[str, Any] = spf.parse_spf_record(
            record, domain, resolver=asked, nameservers=servers(egress), retries=0
        )
    except spf.SPFTooManyDNSLookups:
        return _Spf(spf_problem="lookups", spf_all=_all(record))
    except spf.SPFTooManyVoidDNSLookups:
        return _Spf(spf_problem="void", spf_all=_all(record))
    except (spf.SPFIncludeLoop, spf.SPFRedirectLoop, RecursionError):
        return _Spf(spf_problem="loop")
    except spf.SPFError as error:
        if asked.gave_up:
            raise TookTooLong(f"SPF {domain}") from error
        return _Spf(spf_problem="syntax")
    if asked.gave_up:
        raise TookTooLong(f"SPF {domain}")
    parsed = found["parsed"]
    # The library counts on after ``a`` and ``exists`` alone.
    broken = _includes_nothing(parsed)
    many = found["dns_lookups"] > SPF_LOOKUPS
    return _Spf(
        spf_problem="syntax" if broken else "lookups" if many else None,
        spf_lookups=found["dns_lookups"],
        spf_all=parsed["all"],
        spf_wide=_lets_in_too_many(parsed),
    )


def _includes_nothing(parsed: Mapping[str, Any]) -> bool:
    """Say whether a name without a record is included: receivers give up then (RFC 7208, 5.2)."""
    return any(
        one["mechanism"] == "include"
        and "%" not in one["value"]
        and (one["parsed"] is None or _includes_nothing(one["parsed"]))
        for one in parsed["mechanisms"]
    )


def _lets_in_too_many(parsed: Mapping[str, Any]) -> bool:
    """Say whether a range that is too wide may send, also by way of what is included."""
    for one in parsed["mechanisms"]:
        if one["action"] != "pass":
            continue
        if one["mechanism"] in ("ip4", "ip6") and _is_wide(one):
            return True
        inside = one["parsed"] if one["mechanism"] == "include" else None
        if inside is not None and (inside["all"] == "pass" or _lets_in_too_many(inside)):
            return True
    return False


def _is_wide(mechanism: Mapping[str, Any]) -> bool:
    net = ipaddress.ip_network(mechanism["value"], strict=False)
    return net.prefixlen < _WIDE[net.version]


def _all(record: str) -> Literal["pass", "neutral", "softfail", "fail"] | None:
    """Return what a record that cannot be followed to the end says about everybody else."""
    found = re.search(r"(?:^|\s)([-~?+]?)all(?:\s|$)", record, re.IGNORECASE)
    return _QUALIFIERS[found.group(1)] if found else None


def _dmarc(egress: Egress, domain: str) -> _Dmarc:
    """Return what is asked for mail in the name of ``domain``.

    Where it says nothing itself, what its organisational domain says about names below counts: there
    RFC 7489 (6.6.3) and the tree walk of RFC 9989 end alike. A record in between is for the few
    who walk only, so nothing is built on it.
    """
    found, source = texts(egress, f"_dmarc.{domain}"), None
    records, meant = dmarc_records(found)
    if not records and (above := organisational_domain(domain)) != domain:
        records, _ = dmarc_records(texts(egress, f"_dmarc.{above}"))
        source = above if records else None
    if not records:
        # Receivers pass over what does not begin as a record does; its owner meant one.
        return _Dmarc(meant[0][:_SHOWN], None, "syntax") if meant else _Dmarc()
    if len(records) > 1:
        return _Dmarc(records[0].text[:_SHOWN], source, "several")
    return _read_dmarc(records[0], source)


def _read_dmarc(record: DmarcRecord, source: str | None) -> _Dmarc:
    shown = record.text[:_SHOWN]
    policy = record.policy()
    if policy is None:
        return _Dmarc(shown, source, "syntax")
    return _Dmarc(
        dmarc=shown,
        dmarc_from=source,
        dmarc_problem="policy" if policy.misspelt else None,
        dmarc_policy=policy.below if source else policy.own,
        dmarc_subdomains=policy.below,
        dmarc_percent=record.percent(),
        dmarc_spf_strict=record.tags.get("aspf", "").lower() == "s",
        dmarc_dkim_strict=record.tags.get("adkim", "").lower() == "s",
        dmarc_reports=tuple(record.report_hosts()),
    )


def _keys(egress: Egress, domain: str) -> tuple[DkimKey, ...]:
    """Return the DKIM keys under the usual names. Raises TookTooLong."""

    def ask(selector: str) -> tuple[str, list[str]]:
        try:
            return selector, texts(egress, f"{selector}._domainkey.{domain}")
        except TookTooLong:
            raise
        except Unavailable:
            return selector, []  # a name that points nowhere is no key

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, _SELECTORS))
    return tuple(
        _key(selector, record)
        for selector, there in found
        for record in [one for one in there if _is_key(one)][:1]
    )


def _tags(record: str) -> dict[str, str]:
    """Return the tags of a key record; names count as they are written (RFC 6376, 3.2)."""
    return {
        name.strip(): value.strip()
        for name, _, value in (part.partition("=") for part in record.split(";"))
    }


def _is_key(record: str) -> bool:
    """Say whether verifiers take a record for a key: ``p`` is there, and ``v`` is DKIM1 if it is."""
    tags = _tags(record)
    return "p" in tags and tags.get("v", "DKIM1") == "DKIM1"


def _key(selector: str, record: str) -> DkimKey:
    """Return what a key record says, its kind and length (RFC 6376, RFC 8463); ``revoked`` for an empty key."""
    tags = _tags(record)
    kind = (tags.get("k") or "rsa").lower()[:20]
    text = re.sub(r"\s+", "", tags.get("p", ""))
    bits = None
    if kind == "ed25519":
        bits = 256 if text else None
    elif text:
        try:
            key = load_der_public_key(base64.b64decode(text, validate=True))
            bits = key.key_size if isinstance(key, rsa.RSAPublicKey) else None
        except (ValueError, binascii.Error, UnsupportedAlgorithm, TypeError):
            bits = None
    return DkimKey(
        selector=selector,
        kind=kind,
        bits=bits,
        revoked=not text,
        testing="y" in [flag.strip() for flag in tags.get("t", "").split(":")],
    )
