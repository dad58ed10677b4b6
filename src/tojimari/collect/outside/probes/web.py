"""Whether http leads to https, and whether browsers are told to stay there."""

from collections.abc import Callable
from urllib.parse import urlsplit

from tojimari.collect.host import TookTooLong, Unavailable
from tojimari.collect.look import Seen, saw
from tojimari.collect.outside.errors import NotPermitted
from tojimari.collect.outside.probe import probe
from tojimari.collect.outside.replies import RedirectChain, Reply
from tojimari.collect.outside.stand_ins import refuse_stand_in
from tojimari.collect.outside.visit import Visit
from tojimari.lib.hsts import max_age
from tojimari.model.facts import SiteHttps

_DAY = 86_400


@probe(sees=(SiteHttps,), limit_seconds=30.0)
def web(visit: Visit) -> list[Seen]:
    """See where http ends up.

    Raises Unavailable when neither http nor https answers, or http only with an error.
    """
    plain, secure = _asked(visit.plain), _asked(visit.secure)
    if plain is None and secure is None:
        visit.secure()
    if plain is not None and urlsplit(plain.last.url).scheme == "http":
        # Whether the page itself would be shown over http is not known.
        refuse_stand_in(plain.last)
    seconds, subdomains = _hsts(secure.replies[0]) if secure else (None, False)
    last = plain.last if plain else None
    by_page = _led_by_page(visit) if last and urlsplit(last.url).scheme == "http" else ""
    return [
        saw(
            SiteHttps(
                http=plain is not None,
                https=secure is not None,
                redirected=last is not None and urlsplit(last.url).scheme == "https",
                by_page=bool(by_page),
                final=by_page or (last.url[:500] if last else ""),
                stopped=(plain.stopped or None) if plain else None,
                hsts_days=None if seconds is None else seconds // _DAY,
                hsts_subdomains=subdomains,
            )
        )
    ]


def _led_by_page(visit: Visit) -> str:
    """Return where over TLS the page that http shows leads to by itself, "" for nowhere."""
    try:
        chain = visit.plain_by_page()
    except TookTooLong:
        raise
    except Unavailable:
        return ""
    url = chain.last.url if chain else visit.led_by_page()
    return url[:500] if urlsplit(url).scheme == "https" else ""


def _asked(ask: Callable[[], RedirectChain]) -> RedirectChain | None:
    """Return the chain; None when nothing answers. Time running out is not "nothing"."""
    try:
        return ask()
    except (TookTooLong, NotPermitted):
        raise
    except Unavailable:
        return None


def _hsts(reply: Reply) -> tuple[int | None, bool]:
    """Return (seconds, whether subdomains are covered); only the first header counts (RFC 6797)."""
    sent = reply.every("strict-transport-security")
    if not sent:
        return None, False
    words = [word.strip().lower() for word in sent[0].split(";")]
    return max_age(sent[0]), "includesubdomains" in words
