"""Headers, cookies, redirects and scripts of the first page that guard its visitors."""

from collections.abc import Callable, Iterable
from functools import partial
from urllib.parse import urlsplit

from tojimari.collect.host import Nonsense, TookTooLong, Unavailable, Unreachable
from tojimari.collect.look import Seen, saw
from tojimari.collect.outside.guards import ORIGIN, Answers, guards_of
from tojimari.collect.outside.probe import probe
from tojimari.collect.outside.replies import RedirectChain, Reply
from tojimari.collect.outside.stand_ins import is_guarded, refuse_stand_in
from tojimari.collect.outside.trust import Trust, trust
from tojimari.collect.outside.visit import Visit
from tojimari.model.facts import SiteHeaders

_PREFLIGHT_BYTES = 1024
_OPENS_SECONDS = 3.0


def _reached(visit: Visit, ask: Callable[[], RedirectChain], port: int) -> RedirectChain | None:
    """Return what was answered, None where nobody is. Raises TookTooLong where somebody is slow.

    A port that never opens is closed; one that opens on silence would show more another time, and
    what is not known must not count as "no http, so no redirect needed".
    """
    try:
        return ask()
    except TookTooLong:
        try:
            visit.egress.connect(visit.target.site, port, seconds=_OPENS_SECONDS).close()
        except Unavailable:
            return None
        raise
    except Unavailable:
        return None


def _certificates(visit: Visit, chain: RedirectChain | None) -> set[Trust]:
    """Return what a browser makes of every host that was asked over TLS on the way."""
    hosts = set()
    for reply in chain.replies if chain else ():
        parts = urlsplit(reply.url)
        if parts.scheme == "https" and parts.hostname:
            hosts.add((parts.hostname, parts.port or 443))
    return {
        visit.once(f"trust {host}:{port}", partial(trust, visit.egress, host, port))
        for host, port in hosts
    }


def answers_of(visit: Visit) -> Answers:
    """Fetch what is recorded. Raises Unavailable when the site is down, slow or broken."""
    plain, secure = _reached(visit, visit.plain, 80), _reached(visit, visit.secure, 443)
    of_plain, of_secure = _certificates(visit, plain), _certificates(visit, secure)
    if "no_tls" in of_secure:
        secure = None
    if "no_tls" in of_plain:
        plain = None
    answers = Answers(
        visit.target.site, plain, secure, "untrusted" not in of_plain, "untrusted" not in of_secure
    )
    last = answers.page
    if last is None:
        visit.secure()
        raise Unreachable(f"{visit.target.site}: {_stopped((secure, plain))}"[:200])
    # A closed page (401, 403) is the site's own as well, where no guard stands before it.
    if last.status not in (401, 403) or is_guarded(last):
        refuse_stand_in(last)
    if last.status < 200:
        raise Nonsense(f"{last.url[:150]}: HTTP {last.status}")
    return Answers(
        answers.site,
        plain,
        secure,
        answers.plain_trusted,
        answers.secure_trusted,
        _preflight(visit, last),
    )


def _stopped(chains: Iterable[RedirectChain | None]) -> str:
    return "; ".join(chain.stopped for chain in chains if chain and chain.stopped) or "TLS"


def _preflight(visit: Visit, last: Reply) -> Reply | None:
    """Ask as a browser does before a script of another site may read the page."""
    if not visit.owns(last.url):
        return None
    asked = {"origin": ORIGIN, "access-control-request-method": "GET"}
    try:
        return visit.egress.get(
            last.url, method="OPTIONS", headers=asked, limit=_PREFLIGHT_BYTES
        ).last
    except Unavailable:
        return None


@probe(sees=(SiteHeaders,), limit_seconds=60.0)
def headers(visit: Visit) -> list[Seen]:
    """See what guards the visitors of the first page. Raises Unavailable when there is none."""
    return [saw(guards_of(answers_of(visit)))]
