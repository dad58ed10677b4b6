"""What pages show of claims and proofs, in the reader's language."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from tojimari.attest.claims import Claims, ItemClaim
from tojimari.attest.own_list import in_order
from tojimari.attest.sd_jwt import Expected
from tojimari.attest.statement import Statement, Verdict, check
from tojimari.catalog import Framework
from tojimari.model import BEST_FIRST
from tojimari.portal.companies.models import Company
from tojimari.portal.proofs.frameworks import framework_of_proof
from tojimari.portal.proofs.models import Proof, StatusListFile
from tojimari.portal.proofs.notices import TOLD_DAYS
from tojimari.portal.proofs.statement_keys import trusted
from tojimari.portal.supporters.handed_out import HandedOut
from tojimari.portal.supporters.standings import Standing
from tojimari.portal.words import catalog, current_lang, say

OPENED_SHOWN = 20


def ui(key: str, **words: object) -> str:
    """Return a text of the catalog that pages share with the command and the offline file."""
    return catalog().ui(f"proof.{key}").say(current_lang(), **words)


def item_rows(items: tuple[ItemClaim, ...], framework: Framework | None) -> list[dict[str, Any]]:
    """Return a row an item, in the framework's order: title, state, evidence, devices, review.

    A statement holds them in the order of their digests, which is chance.
    """
    titles = {} if framework is None else {one.id: one.title for one in framework.items}
    lang = current_lang()
    return [
        {
            "id": item.id,
            "title": titles[item.id].say(lang) if item.id in titles else item.id,
            "state": item.state,
            "evidence": ui(f"kind.{item.evidence}"),
            "kind": item.evidence,
            "seen": item.seen,
            "known": "?" if item.known is None else item.known,
            "by": item.reviewed_by,
            "on": item.reviewed_on,
        }
        for item in in_order(items, titles)
    ]


def figures(found: Claims | Statement) -> dict[str, Any]:
    """Return what is always shown: counts, by what they are met, devices, the day."""
    known = found.devices.known
    return {
        "counts": [(state, found.counts[state]) for state in BEST_FIRST],
        "met_by": [(ui("met_by", kind=ui(f"kind.{k}")), n) for k, n in found.met_by.items()],
        "devices": ui("devices", seen=found.devices.seen, known="?" if known is None else known),
        "as_of": found.as_of.isoformat(),
    }


def verdict_of(proof: Proof, *, expected: Expected | None = None) -> Verdict:
    """Check a proof as a reader would: its signature by the public keys, and the list.

    expected: whom and what it must be made for; None asks for nothing.
    """
    row = StatusListFile.objects.filter(pk=1).first()
    now = int(timezone.now().timestamp())
    return check(proof.text, trusted(), now=now, expected=expected, status=row.text if row else "")


def ends_soon(proof: Proof) -> bool:
    """Return whether a proof ended, or ends within the days of which its owners are told."""
    last = timezone.now() + timedelta(days=TOLD_DAYS)
    return proof.expires_at is not None and proof.expires_at <= last


def headline(proof: Proof, verdict: Verdict) -> tuple[str, str]:
    """Return what a page says of a checked proof in one sentence, and why; "" for no reason."""
    if verdict.why == "expired" and proof.expires_at is not None:
        words = {"day": f"{timezone.localdate(proof.expires_at)}", "company": proof.company.name}
        then = "ended_gone" if framework_of_proof(proof) is None else "ended_why"
        return say("proofs.ended", **words), say(f"proofs.{then}", **words)
    day = f"{timezone.localdate(verdict.as_of)}" if verdict.as_of else ""
    return ui(verdict.state, day=day), ui(f"why.{verdict.why}") if verdict.why else ""


def opened(proof: Proof) -> tuple[list[Any], int]:
    """Return when ``proof`` was opened, the newest first, and how often in all."""
    rows = proof.opened.of(proof.company_id).order_by("-at")
    return list(rows[:OPENED_SHOWN]), rows.count()


def _in_use(company: Company) -> QuerySet[Proof]:
    own = Proof.objects.of(company)
    rows = own.filter(revoked_at=None, held_at=None, signed_at__isnull=False, for_request=None)
    return rows.filter(expires_at__gt=timezone.now())


def standing(company: Company) -> Standing | None:
    """Say how many proofs of ``company`` still show something."""
    n = _in_use(company).count()
    return Standing(say("show.proofs_n", n=n)) if n else None


def handed_out(company: Company) -> list[HandedOut]:
    """Return the proofs of ``company`` whose links still show something; not those of answers."""
    found = []
    for proof in _in_use(company).order_by("-made_at")[:200]:
        times, count = opened(proof)
        framework = framework_of_proof(proof)
        place = [company.pk, proof.pk]
        found.append(
            HandedOut(
                what=framework.short.say(current_lang()) if framework else proof.framework,
                to=proof.audience,
                page=reverse("proofs:proof", args=place),
                withdraw=reverse("proofs:withdraw_proof", args=place),
                since=proof.made_at,
                until=proof.expires_at,
                opened=tuple(row.at for row in times),
                times=count,
            )
        )
    return found
