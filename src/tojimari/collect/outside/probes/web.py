"""Whether http leads to https, and whether browsers are told to stay there."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from tojimari.collect.host import TookTooLong, Unavailable
from tojimari.collect.look import Seen, saw
from tojimari.collect.outside.errors import NotPermitted
from tojimari.collect.outside.probe import probe
from tojimari.collect.outside.replies import RedirectChain, Reply
from tojimari.collect.outside.visit import Visit
from tojimari.model.facts import SiteHttps

_MAX_AGE = re.compile(r"(?:^|;)\s*max-age\s*=\s*\"?(\d{1,18})", re.IGNORECASE)
_DAY = 86_400


@probe(sees=(SiteHttps,), limit_seconds=30.0)
def web(visit: Visit) -> list[Seen]:
    """See where http ends up. Raises Unavailable when neither http nor https answers."""
    plain, secure = _asked(visit.plain), _asked(visit.secure)
    if plain is None and secure is None:
        visit.secure()
    days, subdomains = _hsts(secure.replies[0]) if secure else (None, False)
    last = plain.last if plain else None
    return [
        saw(
            SiteHttps(
                http=plain is not None,
                https=secure is not None,
                redirected=last is not None and urlsplit(last.url).scheme == "https",
                final=last.url[:500] if last else "",
                stopped=(plain.stopped or None) if plain else None,
                hsts_days=days,
                hsts_subdomains=subdomains,
            )
        )
    ]


def _asked(ask: Callable[[], RedirectChain]) -> RedirectChain | None:
    """Return the chain; None when nothing answers. Time running out is not "nothing"."""
    try:
        return ask()
    except (TookTooLong, NotPermitted):
        raise
    except Unavailable:
        return None


def _hsts(reply: Reply) -> tuple[int | None, bool]:
    """Return (days, whether subdomains are covered); only the first header counts (RFC 6797)."""
    sent = reply.every("strict-transport-security")
    found = _MAX_AGE.search(sent[0]) if sent else None
    if not found:
        return None, False
    words = [word.strip().lower() for word in sent[0].split(";")]
    return int(found[1]) // _DAY, "includesubdomains" in words
