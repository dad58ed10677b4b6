"""Whether a site belongs to who says so: a line in its DNS, or a file on it."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from tojimari.collect.host import Unavailable
from tojimari.collect.outside.address_policy import is_public_address
from tojimari.collect.outside.egress import Egress, EgressSettings
from tojimari.collect.outside.records import texts
from tojimari.model import TojimariError
from tojimari.portal.outside.models import FILE_PATH, Site

_FILE_BYTES = 4096


def open_egress() -> Egress:
    """Return an egress with the settings of this installation."""
    host, _, port = settings.OUTSIDE_RESOLVER.rpartition(":")
    return EgressSettings(
        lab=settings.OUTSIDE_LAB,
        name_server=(host, int(port)) if host else None,
        ports=settings.OUTSIDE_LAB_PORTS,
    ).open()


def proof_of(site: Site, egress: Egress) -> str:
    """Return how ownership of ``site`` is proven right now: dns, file, lab, or "" for not at all.

    The file counts only where it lies on the very host, not at the end of a redirect, and holds
    nothing else: a page that shows what visitors write proves nothing. Raises Unavailable when no
    proof was seen and DNS or the site could not be asked.
    """
    silent: Unavailable | None = None
    # A line at the registered domain speaks for every host below it.
    for name in dict.fromkeys(filter(None, (site.name, site.mail_domain))):
        try:
            if site.line in texts(egress, name):
                return Site.DNS
        except Unavailable as error:
            silent = error
    answered = False
    for scheme in ("https", "http"):
        try:
            reply = egress.get(
                f"{scheme}://{site.name}{FILE_PATH}", limit=_FILE_BYTES, follow=0
            ).last
        except Unavailable as error:
            silent = silent or error
            continue
        answered = answered or reply.status < 500
        if reply.status == 200 and reply.body.strip() == site.line.encode():
            return Site.FILE
    if egress.lab and _is_own_lab(site, egress):
        return Site.LAB
    if silent is not None and not answered:
        raise silent
    return ""


def proven_domains(company: Any, *, within: timedelta) -> frozenset[str]:
    """Return the domains of addresses that a company has shown to be its own.

    Of a proof at ``www`` or at the registered domain itself: that domain, as ``domain_of`` has it.
    A line in DNS also speaks for the host that was named. A file on any other host speaks for no
    address. within: a proof that was last seen longer ago does not count.
    """
    rows = Site.objects.of(company).filter(proven_at__gt=timezone.now() - within)
    found = set()
    for site in rows:
        own = site.mail_domain
        if own and (site.proven_by == Site.LAB or site.name in (own, f"www.{own}")):
            found.add(own)
        if site.proven_by == Site.DNS:
            found.add(site.name)
    return frozenset(found)


class Silent(TojimariError):
    """The site could not be asked for its proof; what was proven before stays."""


def prove(site: Site, egress: Egress) -> str:
    """Store whether ``site`` is proven right now; returns how.

    Raises Silent when nobody answers and nothing is stored, TojimariError when it is not proven.
    """
    try:
        proof = proof_of(site, egress)
    except Unavailable as error:
        raise Silent(
            f"{site.shown_name} が開かないので、見られませんでした。印はそのままで構いません。打ち間違いがないか、"
            "スマホで開けるかを確かめてください。",
            f"{site.shown_name} does not open, so nothing could be seen. Leave the proof as it is. See "
            "whether the name is right and the site opens on a phone.",
        ) from error
    now = timezone.now() if proof else None
    Site.objects.of(site.company_id).filter(pk=site.pk).update(proven_by=proof, proven_at=now)
    if not proof:
        raise TojimariError(
            f"{site.shown_name} が自社のものと確かめられませんでした。書いてある行を入れて、少し待ってから、"
            "もう一度押してください (DNSは届くまで1時間ほどかかることがあります)。",
            f"It could not be confirmed that {site.shown_name} is yours. Put the line in place, wait a "
            "little and press again (DNS can take about an hour).",
        )
    return proof


def domain_of(site: Site, egress: Egress, proof: str) -> str:
    """Return the mail domain that ``proof`` speaks for, "" when it speaks for the host alone.

    Who may put a file on ``shop.example.net`` need not be who gets the mail of ``example.net``.
    """
    own = site.mail_domain
    if proof == Site.LAB or site.name in (own, f"www.{own}"):
        return own
    return own if own and _line_at(own, site, egress) else ""


def _line_at(name: str, site: Site, egress: Egress) -> bool:
    try:
        return site.line in texts(egress, name)
    except Unavailable:
        return False


def _is_own_lab(site: Site, egress: Egress) -> bool:
    try:
        return not any(is_public_address(address) for address in egress.addresses(site.name))
    except Unavailable:
        return False
