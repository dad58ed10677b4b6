"""Whether a web site is encrypted well enough for its visitors."""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog
from tojimari.model import NotSeen, Numbers
from tojimari.model.facts import SiteHttps, SiteTls

_OLD = ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1")
"""Given up by RFC 7568 and RFC 8996; no browser of today speaks them."""
_BROKEN = ("heartbleed", "ccs_injection", "robot")
"""Weaknesses that give away keys or contents; the others make attacks easier."""
_RENEW_DAYS = 14
"""A certificate that renews by itself is renewed earlier than this."""
_HSTS_DAYS = 180
"""About the half year that Mozilla's Observatory asks for."""


@check("website-encryption", reads=(SiteTls,), also=(SiteHttps,), revision=3)
def encryption(facts: Facts, catalog: Catalog) -> Verdict:
    """What warns a visitor or breaks the encryption is open; what only weakens it is "partly"."""
    tls = facts[SiteTls]
    landing = _landing(tls)
    if not tls.offered:
        return landing or _not_here(tls)
    day = tls.not_after.date().isoformat() if tls.not_after else ""
    if tls.trusted is False:
        problem = tls.problem or "unknown_issuer"
        numbers = {"expired": {"day": day}, "name": {"names": few(tls.names)}}
        return Verdict("not_met", problem, numbers.get(problem, {}))
    if landing is not None:
        return landing
    if (wrong := _typed(tls)) is not None:
        return wrong
    if tls.must_staple and tls.ocsp_stapled is False:
        return Verdict("not_met", "staple")
    broken = [word for word in tls.weaknesses if word in _BROKEN]
    if broken:
        return Verdict("not_met", "broken", {"what": few(broken)})
    old = [version for version in tls.versions if version in _OLD]
    if tuple(old) == tls.versions:
        return Verdict("not_met", "only_old", {"what": few(old)})
    https = facts.get(SiteHttps)
    if https is not None and https.http and not (https.redirected or https.by_page):
        return Verdict("not_met", "no_redirect")
    weak = [*old, *tls.weak_ciphers, *tls.weaknesses]
    if tls.key_weak:
        weak.append(tls.key or "key")
    if tls.signature_hash in ("MD5", "SHA1"):
        weak.append(tls.signature_hash)
    if weak:
        return Verdict("partly", "old", {"what": few(weak)})
    if https is not None and https.by_page:
        return Verdict("partly", "page_redirect")
    if tls.not_after is not None:
        left = -facts.days_since(tls.not_after)
        if left < _RENEW_DAYS:
            return Verdict("partly", "soon", {"day": day, "days": left})
    for row in tls.led_to or ():
        if row.not_after is not None:
            left = -facts.days_since(row.not_after)
            if left < _RENEW_DAYS:
                where: Numbers = {
                    "host": row.host,
                    "day": row.not_after.date().isoformat(),
                    "days": left,
                }
                return Verdict("partly", "landing_soon", where)
    if tls.forward_secrecy_some is False:
        return Verdict("partly", "no_secrecy")
    if https is not None and (https.hsts_days or 0) < _HSTS_DAYS:
        return Verdict("partly", "no_hsts")
    return _unseen_landing(tls) or _fine(tls, day)


def _landing(tls: SiteTls) -> Verdict | None:
    """Return what is wrong with a name that visitors are led to: it warns them just as well."""
    for row in tls.led_to or ():  # facts stored by earlier versions have none
        if row.trusted is not False and row.problem != "only_old":
            continue
        problem = row.problem or "unknown_issuer"
        more = {
            "expired": {"day": row.not_after.date().isoformat() if row.not_after else ""},
            "name": {"names": few(row.names)},
        }
        numbers = {"host": row.host, **more.get(problem, {})}
        return Verdict("not_met", f"landing_{problem}", numbers)
    return None


def _typed(tls: SiteTls) -> Verdict | None:
    """Return what is wrong with the name that people type too; who is led there was told above."""
    for row in tls.typed:
        if row.trusted is not False and row.problem != "only_old":
            continue
        if row.problem == "name":
            return Verdict("not_met", "typed_name", {"host": row.host, "names": few(row.names)})
        day = row.not_after.date().isoformat() if row.not_after else ""
        reason = "typed_expired" if row.problem == "expired" else "typed_untrusted"
        numbers = {"host": row.host} | ({"day": day} if row.problem == "expired" else {})
        return Verdict("not_met", reason, numbers)
    return None


def _not_here(tls: SiteTls) -> Verdict:
    """No https under the site's own name; browsers of today try it first, and then http."""
    there = [row.host for row in tls.led_to or () if row.trusted]
    return (
        Verdict("partly", "only_there", {"host": there[0]}) if there else Verdict("not_met", "none")
    )


def _unseen_landing(tls: SiteTls) -> Verdict | None:
    if tls.led_to is None:
        return Verdict("unknown", "landing_not_seen", because_of=(SiteTls, "led_to"))
    silent = [row.host for row in tls.led_to or () if row.trusted is None]
    if silent:
        numbers = {"host": silent[0]}
        return Verdict("unknown", "landing_silent", numbers, NotSeen("unreachable"))
    return None


def _fine(tls: SiteTls, day: str) -> Verdict:
    """Return "met", with a note on what visitors do not meet: browsers choose the better way."""
    reason = "good"
    if tls.chain_in_order is False:
        reason = "good_order"
    elif tls.forward_secrecy is False:
        reason = "good_secrecy"
    return Verdict("met", reason, {"versions": few(tls.versions), "day": day})
