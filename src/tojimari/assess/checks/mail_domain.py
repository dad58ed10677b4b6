"""The mail domain as seen from outside: forged mail, encryption on the way, the name itself."""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog
from tojimari.model import NotSeen
from tojimari.model.facts import (
    MailDomainAuth,
    MailDomainDns,
    MailDomainLookalikes,
    MailDomainRegistration,
    MailDomainTransport,
)

_DKIM_BITS = 1024
"""Shorter RSA keys must not be used (RFC 8301, section 3.2)."""
_OLD_TLS = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1")
"""Given up by RFC 7568 and RFC 8996."""
_RENEW_DAYS = 30
_TOLD_SHARE = 0.5
_ON_HOLD = frozenset({"clienthold", "serverhold", "hold", "userreserved"})
"""Not in DNS: EPP's words (RFC 5731), as RDAP writes them too; JPRS's Hold and User-Reserved."""
_LEAVING = frozenset(
    {"pendingdelete", "redemptionperiod", "tobesuspended", "tobedeleted", "suspended", "deleted"}
)
"""On the way out or gone: EPP's grace periods (RFC 3915); JPRS's words for JP domains."""


@check("mail-authentication", reads=(MailDomainAuth,), revision=4)
def mail_authentication(facts: Facts, catalog: Catalog) -> Verdict:
    """SPF and DMARC that both work, DMARC enforced, and a DKIM key that is seen, are "met"."""
    seen = facts[MailDomainAuth]
    spf, dmarc = seen.spf, seen.dmarc
    if not seen.mx and spf is None:
        return _silent(seen)
    if seen.spf_all == "pass" or seen.spf_wide:
        return Verdict("not_met", "spf_open", {"record": spf})
    if spf is None and dmarc is None:
        return Verdict("not_met", "none")
    problem = _spf(seen) or _dmarc(seen) or _dkim(seen)
    if not seen.mx and seen.spf_all == "fail" and not (_spf(seen) or _dmarc(seen)):
        return Verdict("met", "silent_guarded")
    return problem or Verdict("met", "good", {"policy": seen.dmarc_policy})


def _silent(seen: MailDomainAuth) -> Verdict:
    """No mail server and no SPF: nobody writes from here, but anybody may pretend to."""
    if seen.dmarc_policy == "reject" and not seen.dmarc_problem:
        return Verdict("met", "silent_guarded")
    return Verdict("partly", "silent_open")


def _spf(seen: MailDomainAuth) -> Verdict | None:
    if seen.spf is None:
        return Verdict("partly", "spf_missing")
    if seen.spf_problem:
        numbers = {"record": seen.spf} if seen.spf_problem == "syntax" else {}
        return Verdict("partly", f"spf_{seen.spf_problem}", numbers)
    return Verdict("partly", "spf_neutral") if seen.spf_all in (None, "neutral") else None


def _dmarc(seen: MailDomainAuth) -> Verdict | None:
    if seen.dmarc is None:
        return Verdict("partly", "dmarc_missing")
    if seen.dmarc_problem:
        numbers = {} if seen.dmarc_problem == "several" else {"record": seen.dmarc}
        return Verdict("partly", f"dmarc_{seen.dmarc_problem}", numbers)
    if seen.dmarc_policy in (None, "none"):
        if above := seen.dmarc_from:
            return Verdict("partly", "dmarc_above_none", {"domain": above})
        return Verdict("partly", "dmarc_none")
    if (seen.dmarc_percent or 0) < 100:
        return Verdict("partly", "dmarc_part", {"percent": seen.dmarc_percent or 0})
    if seen.dmarc_subdomains in (None, "none"):
        return Verdict("partly", "dmarc_subdomains")
    return None


def _dkim(seen: MailDomainAuth) -> Verdict | None:
    if not seen.dkim_possible:
        return Verdict("partly", "dkim_missing")
    keys = seen.dkim_keys
    if keys is None:
        return Verdict("unknown", "dkim_not_found", because_of=(MailDomainAuth, "dkim_keys"))
    usable = [
        key for key in keys if not key.revoked and (key.kind != "rsa" or key.bits is not None)
    ]
    if not usable:
        return Verdict("partly", "dkim_not_found")
    lengths = [key.bits for key in usable if key.kind == "rsa" and key.bits is not None]
    if lengths and min(lengths) < _DKIM_BITS:
        return Verdict("partly", "dkim_weak", {"bits": min(lengths)})
    return None


@check("mail-transport", reads=(MailDomainTransport,))
def mail_transport(facts: Facts, catalog: Catalog) -> Verdict:
    """A wrong certificate is "partly": other mail servers deliver to it all the same.

    MTA-STS is no must: few use it, and STARTTLS alone stops those who only listen.
    """
    seen = facts[MailDomainTransport]
    servers = seen.servers
    if not servers:
        return Verdict("not_applicable", "none")
    answered = [row for row in servers if row.answered]
    plain = [row.host for row in answered if not row.starttls]
    if plain:
        return Verdict("not_met", "open", {"hosts": few(plain)})
    if len(answered) < len(servers):
        return Verdict("unknown", "unreachable", not_seen=NotSeen("unreachable"))
    old = [row.host for row in answered if row.version in _OLD_TLS]
    if old:
        return Verdict("partly", "old", {"hosts": few(old)})
    if seen.mta_sts_problem:
        return Verdict("partly", "promise_broken")
    wrong = [row.host for row in answered if row.trusted is False]
    if wrong:
        return Verdict("partly", "certificate", {"hosts": few(wrong)})
    enforced = seen.mta_sts == "enforce"
    return Verdict("met", "good" if enforced else "no_promise", {"n": len(answered)})


@check("domain-care", reads=(MailDomainDns,), also=(MailDomainRegistration,), revision=3)
def domain_care(facts: Facts, catalog: Catalog) -> Verdict:
    """What stops site and mail is open; what only helps is "partly"."""
    seen = facts[MailDomainDns]
    registered = facts.get(MailDomainRegistration)
    ends = registered.expires if registered else None
    states = registered.status if registered else []
    for reason, words in (("leaving", _LEAVING), ("on_hold", _ON_HOLD)):
        found = [state for state in states if state in words]
        if found:
            return Verdict("not_met", reason, {"status": few(found)})
    if ends is not None:
        left = -facts.days_since(ends)
        if left < 0:
            return Verdict("not_met", "expired", {"day": ends.date().isoformat()})
        if left < _RENEW_DAYS:
            return Verdict("partly", "soon", {"day": ends.date().isoformat(), "days": left})
    if seen.dnssec == "broken":
        return Verdict("not_met", "broken")
    if seen.dnssec == "no_parent":
        return Verdict("partly", "no_parent")
    # Only "issue" keeps other authorities out of a name; the rest of CAA is beside it (RFC 8659, 4).
    limited = any(entry.partition(" ")[0].lower() == "issue" for entry in seen.caa)
    if seen.dnssec == "none":
        return Verdict("partly", "no_dnssec" if limited else "no_both")
    if not limited:
        return Verdict("partly", "no_caa")
    if ends is not None:
        return Verdict("met", "good_until", {"day": ends.date().isoformat()})
    return Verdict("met", "good")


@check("lookalike-domains", reads=(MailDomainLookalikes,))
def lookalikes(facts: Facts, catalog: Catalog) -> Verdict:
    """Whose the names are cannot be seen, so what could be used for mail is to be looked at."""
    seen = facts[MailDomainLookalikes]
    told = seen.told
    with_mail = [row.name for row in seen.found if row.mail]
    if with_mail:
        return Verdict("partly", "some", {"n": seen.with_mail, "names": few(with_mail)})
    if told < seen.made * _TOLD_SHARE:
        return Verdict(
            "unknown", "few_told", {"told": told, "made": seen.made}, NotSeen("timed_out")
        )
    if not seen.registered:
        return Verdict("met", "none", {"told": told})
    names = few([row.name for row in seen.found])
    return Verdict("met", "no_mail", {"told": told, "n": seen.registered, "names": names})
