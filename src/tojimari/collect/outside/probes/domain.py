"""How the name itself is guarded: DNSSEC and who may issue certificates for it (CAA)."""

from collections import Counter
from typing import Any, Literal

import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.nameserver
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from tojimari.collect.host import Nonsense, TookTooLong, Unreachable
from tojimari.collect.look import Seen, saw
from tojimari.collect.outside.egress import Egress
from tojimari.collect.outside.probe import probe
from tojimari.collect.outside.records import servers
from tojimari.collect.outside.visit import Visit
from tojimari.knowledge.domains import registered_domain
from tojimari.model.facts import MailDomainDns

_SECONDS = 5.0
_MANY = {"keys": 20, "of one tag": 4, "signatures": 8, "DS": 20}
"""More than any honest zone has; each signature is tried with each key of its tag (KeyTrap,
CVE-2023-50387)."""
_AT_MOST = 20
_CLIMB_AT_MOST = 10
"""Names above a name, each a question; few names have more than five."""


@probe(sees=(MailDomainDns,), needs="mail_domain", limit_seconds=40.0)
def domain(visit: Visit) -> list[Seen]:
    """See DNSSEC, CAA and name servers. Raises Unavailable when DNS is silent."""
    egress, name = visit.egress, visit.domain()
    site, zone = visit.target.site, _zone(visit.egress, name)
    dnssec = _dnssec(egress, zone)
    caa = _caa(egress, site if _is_below(site, registered_domain(name)) else name)
    servers_ = sorted(
        record.target.to_text().rstrip(".").lower()[:253] for record in egress.ask(zone, "NS")
    )
    return [saw(MailDomainDns(dnssec, tuple(caa), tuple(servers_[:_AT_MOST])))]


def _is_below(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")


def _above(name: str) -> list[str]:
    """Return ``name`` and the names above it up to the registered domain, nearest first."""
    labels, most = name.split("."), len(registered_domain(name).split("."))
    return [".".join(labels[start:]) for start in range(len(labels) - most + 1)][:_CLIMB_AT_MOST]


def _zone(egress: Egress, name: str) -> str:
    """Return the zone that holds ``name``: the nearest name above with an SOA of its own.

    Where none is found the registered domain is taken: registries hand out zones.
    """
    for one in _above(name):
        owner = dns.name.from_text(one)
        answer = _answer(egress, owner, "SOA")
        # Of the name itself: an alias answers with what it points to.
        if answer.get_rrset(answer.answer, owner, dns.rdataclass.IN, dns.rdatatype.SOA) is not None:
            return one
    return registered_domain(name)


def _caa(egress: Egress, name: str) -> list[str]:
    """Return who may issue certificates: the nearest records above a name count (RFC 8659).

    An entry reads ``issue letsencrypt.org``, its tag in lower case; no entry means that everybody may.
    """
    for one in _above(name):
        found = egress.ask(one, "CAA")
        if found:
            return sorted(
                f"{entry.tag.decode('latin-1').lower()} {entry.value.decode('latin-1')}"[:200]
                for entry in found
            )[:_AT_MOST]
    return []


def _dnssec(egress: Egress, name: str) -> Literal["none", "no_parent", "valid", "broken"]:
    """Return none, no_parent (signed, but the parent zone does not say so), valid or broken.

    The chain is followed from the parent's DS to the keys to the zone's own SOA (RFC 4035); that
    the parent itself is signed well is the parent's business.
    """
    zone = dns.name.from_text(name)
    parent, keys = _signed(egress, zone, "DS"), _signed(egress, zone, "DNSKEY")
    if not parent[0]:
        return "no_parent" if keys[0] else "none"
    if not keys[0] or not keys[1]:
        return "broken"
    if _too_many(parent, keys):
        return "broken"
    known = [record for record in keys[0] if _named(zone, record, parent[0])]
    if not known:
        return "broken"
    entry = dns.rrset.from_rdata_list(zone, keys[0].ttl, known)
    soa = _signed(egress, zone, "SOA")
    if soa[1] and len(soa[1]) > _MANY["signatures"]:
        return "broken"
    try:
        dns.dnssec.validate(keys[0], keys[1], {zone: entry})
        if not soa[0] or not soa[1]:
            return "broken"
        dns.dnssec.validate(soa[0], soa[1], {zone: keys[0]})
    except (dns.exception.ValidationFailure, dns.exception.UnsupportedAlgorithm):
        return "broken"
    return "valid"


def _too_many(parent: Any, keys: Any) -> bool:
    """Say whether there is more to try than an honest zone makes a resolver try."""
    tags = Counter(dns.dnssec.key_id(key) for key in keys[0])
    return (
        len(parent[0]) > _MANY["DS"]
        or len(keys[0]) > _MANY["keys"]
        or max(tags.values()) > _MANY["of one tag"]
        or len(keys[1]) > _MANY["signatures"]
    )


def _named(zone: dns.name.Name, key: Any, parent: Any) -> bool:
    """Say whether the parent names this key."""
    for ds in parent:
        try:
            if dns.dnssec.make_ds(zone, key, ds.digest_type, validating=True) == ds:
                return True
        except dns.exception.DNSException:
            continue
    return False


def _signed(egress: Egress, zone: dns.name.Name, kind: str) -> tuple[Any, Any]:
    """Return (records, their signatures), None for what is not there."""
    answer = _answer(egress, zone, kind)
    wanted = dns.rdatatype.from_text(kind)
    found = answer.get_rrset(answer.answer, zone, dns.rdataclass.IN, wanted)
    signed = answer.get_rrset(
        answer.answer, zone, dns.rdataclass.IN, dns.rdatatype.RRSIG, covers=wanted
    )
    if found is not None and signed is None and kind != "DS":
        _passes_signatures(egress)
    return found, signed


def _answer(egress: Egress, name: dns.name.Name, kind: str) -> dns.message.Message:
    """Ask with "checking disabled": a resolver that checks would hide what is broken."""
    query = dns.message.make_query(name, kind, want_dnssec=True)
    query.flags |= dns.flags.CD
    return _asked(egress, query, f"{name} {kind}")


def _passes_signatures(egress: Egress) -> None:
    """Raise Nonsense where the resolver keeps signatures to itself, as some home routers do.

    The root is signed, so its signature has to come through.
    """
    query = dns.message.make_query(dns.name.root, "SOA", want_dnssec=True)
    if not any(one.rdtype == dns.rdatatype.RRSIG for one in _asked(egress, query, ".").answer):
        raise Nonsense("the DNS server passes no DNSSEC signatures on")


def _asked(egress: Egress, query: dns.message.QueryMessage, what: str) -> dns.message.Message:
    error: Exception | None = None
    for server in servers(egress):
        try:
            if isinstance(server, dns.nameserver.Do53Nameserver):
                answer, _ = dns.query.udp_with_fallback(
                    query, server.address, _SECONDS, server.port
                )
            else:
                answer = server.query(query, _SECONDS, None, 0, True)
        except (dns.exception.DNSException, OSError, EOFError) as problem:
            error = problem
            continue
        if answer.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            return answer
        error = Unreachable(dns.rcode.to_text(answer.rcode()))
    if isinstance(error, dns.exception.Timeout):
        raise TookTooLong(f"DNS {what}") from error
    raise Unreachable(f"DNS {what}: {error}"[:200]) from error
