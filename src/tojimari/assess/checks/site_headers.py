"""Protections that a web site gives to its visitors' browsers, by MDN's Observatory rules."""

from collections.abc import Sequence

import msgspec

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.headers import header_score
from tojimari.catalog import Catalog
from tojimari.model import Numbers
from tojimari.model.facts import HeaderTest, SiteHeaders

_CONTROL = "website-headers"
_NAMED = 3
_NO_TLS = "hsts-not-implemented-no-https"


def _names(tests: Sequence[HeaderTest], catalog: Catalog) -> dict[str, str]:
    """Return the names of what fails in both languages, the costliest first; each fault once.

    What is there and only weak or misspelt has a name of its own, by its result.
    """
    failed = sorted((t for t in tests if not t.passed), key=lambda t: t.points)
    failed = [row for row in failed if not row.result.endswith("-invalid-cert")]
    if any(row.result == _NO_TLS for row in failed):
        # Without https there is nothing to redirect to.
        failed = [row for row in failed if row.test != "redirection"]
    reasons = catalog.controls[_CONTROL].reasons
    names: dict[str, list[str]] = {"ja": [], "en": []}
    for row in failed:
        reason = reasons.get(f"missing-{row.result}") or reasons.get(f"missing-{row.test}")
        names["ja"].append(reason.text.ja if reason else row.test)
        names["en"].append(reason.text.en if reason else row.test)
    more = len(failed) - _NAMED
    return {
        "missing_ja": "、".join(names["ja"][:_NAMED]) + (f"（ほか{more}）" if more > 0 else ""),
        "missing_en": ", ".join(names["en"][:_NAMED]) + (f" (+{more})" if more > 0 else ""),
    }


@check(_CONTROL, reads=(SiteHeaders,), revision=2)
def headers(facts: Facts, catalog: Catalog) -> Verdict:
    """Grades A are met, B and C partly, D and F not met.

    The lines without side effects (redirect, HSTS, framing, MIME types) bring an ordinary site
    from D to B; from B to A leads a content security policy, which somebody has to fit to the
    site. A cookie for log-ins without Secure or a page that lets every site read along alone
    costs 40 to 50 points, so such a site is never better than "partly".
    """
    seen = facts[SiteHeaders]
    trusted = seen.http_trusted and seen.https_trusted
    # A certificate that is not believed is a fault of the encryption, and told there.
    believed = msgspec.structs.replace(seen, http_trusted=True, https_trusted=True)
    found = header_score(believed)
    told: Numbers = {"score": found.score, "grade": found.grade}
    names = _names(found.tests, catalog)
    match found.grade[0]:
        case "A" if names["missing_ja"]:
            return Verdict("met", "strong_but", {**told, **names})
        case "A" if not trusted:
            return Verdict("met", "strong_once_trusted", told)
        case "A":
            return Verdict("met", "strong", told)
        case "B" | "C":
            return Verdict("partly", "some", {**told, **names})
        case _:
            return Verdict("not_met", "few", {**told, **names})
