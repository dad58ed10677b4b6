"""Whether a web site is encrypted well enough for its visitors."""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog

_OLD = ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1")
"""Given up by RFC 7568 and RFC 8996; no browser of today speaks them."""
_BROKEN = ("heartbleed", "ccs_injection", "robot")
"""Weaknesses that give away keys or contents; the others make attacks easier."""
_RENEW_DAYS = 14
"""A certificate that renews by itself is renewed earlier than this."""
_HSTS_DAYS = 180
"""About the half year that Mozilla's Observatory asks for."""


@check("website-encryption", reads=("site.tls",), also=("site.https",))
def encryption(facts: Facts, catalog: Catalog) -> Verdict:
    """What warns a visitor or breaks the encryption is open; what only weakens it is "partly"."""
    tls = facts["site.tls"]
    if not tls["offered"]:
        return Verdict("not_met", "none")
    day = str(tls["not_after"] or "")[:10]
    if tls["trusted"] is False:
        problem = tls["problem"] or "unknown_issuer"
        numbers = {"expired": {"day": day}, "name": {"names": few(tls["names"])}}
        return Verdict("not_met", problem, numbers.get(problem, {}))
    broken = [word for word in tls["weaknesses"] if word in _BROKEN]
    if broken:
        return Verdict("not_met", "broken", {"what": few(broken)})
    old = [version for version in tls["versions"] if version in _OLD]
    if old == tls["versions"]:
        return Verdict("not_met", "only_old", {"what": few(old)})
    https = facts.get("site.https")
    if https is not None and https["http"] and not https["redirected"]:
        return Verdict("not_met", "no_redirect")
    weak = [*old, *tls["weak_ciphers"], *tls["weaknesses"]]
    if tls["key_weak"]:
        weak.append(tls["key"] or "key")
    if tls["signature_hash"] in ("MD5", "SHA1"):
        weak.append(tls["signature_hash"])
    if weak:
        return Verdict("partly", "old", {"what": few(weak)})
    if tls["not_after"] is not None:
        left = -facts.days_since(tls["not_after"])
        if left < _RENEW_DAYS:
            return Verdict("partly", "soon", {"day": day, "days": left})
    if https is not None and (https["hsts_days"] or 0) < _HSTS_DAYS:
        return Verdict("partly", "no_hsts")
    return Verdict("met", "good", {"versions": few(tls["versions"]), "day": day})
