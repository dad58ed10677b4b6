"""The signed proof that goes with an answer: for one buyer and one request, made by a worker.

An answer is the supplier's word. Beside it goes what its assessment shows of the same items, signed
for this buyer (audience) and this request (nonce). Pages only ask for it: a worker holds the key.
"""

from typing import Any

import msgspec
from django.conf import settings
from django.utils import timezone

from tojimari.attest.claims import Claims
from tojimari.attest.own_list import own_framework
from tojimari.attest.replies import Reply
from tojimari.attest.requirements import OWN_LIST
from tojimari.attest.sd_jwt import Expected
from tojimari.catalog import Framework
from tojimari.portal.companies.models import Company
from tojimari.portal.proofs.frameworks import framework_of, framework_of_proof
from tojimari.portal.proofs.models import NAME_LETTERS, Proof
from tojimari.portal.proofs.showing import figures, headline, item_rows, ui, verdict_of
from tojimari.portal.proofs.signing import claims_of, seen_digest, withdraw
from tojimari.portal.requests.models import BuyerRequest, Inquiry
from tojimari.portal.words import catalog, say


def framework_asked(request: BuyerRequest) -> Framework | None:
    """Return the framework whose items are asked, or the buyer's own list of controls as one.

    None where it left the catalog, or only this computer is served.
    """
    if settings.LOCAL:
        return None
    if request.requirement == OWN_LIST:
        return own_framework(_controls_asked(request), catalog())
    found = catalog().requirements.get(request.requirement)
    return None if found is None else framework_of(found.framework)


def _controls_asked(request: BuyerRequest) -> list[str]:
    return [control for ask in request.asked for control in ask.controls]


class Offer(msgspec.Struct, frozen=True):
    """What would be signed: claims in a framework, and the ids of the items that would be shown."""

    framework: Framework
    claims: Claims
    items: tuple[str, ...]

    @property
    def seen(self) -> str:
        """Return the digest of what is claimed and shown."""
        return seen_digest(self.claims)


def offer(company: Company, request: BuyerRequest, replies: dict[str, Reply]) -> Offer | None:
    """Return what would be signed for a request: what is asked, without what is declined."""
    framework = framework_asked(request)
    if framework is None:
        return None
    found = claims_of(company, framework)
    answered = {
        ask.key.partition("/")[2]
        for ask in request.asked
        if (reply := replies.get(ask.key)) is not None and reply.state != "declined"
    }
    return Offer(framework, found, tuple(one.id for one in found.items if one.id in answered))


def offered(made: Offer) -> dict[str, Any]:
    """Return what the page before sending shows of it."""
    shown = tuple(one for one in made.claims.items if one.id in made.items)
    return {
        "seen": made.seen,
        "items": item_rows(shown, made.framework),
        "hidden": len(made.claims.items) - len(shown),
        **figures(made.claims),
    }


def expected_of(request: BuyerRequest) -> Expected:
    """Return for whom a proof of this request is made, and for which request."""
    return Expected(request.organisation.name[:NAME_LETTERS], str(request.pk))


def new_proof(inquiry: Inquiry, company: Company, made: Offer, by: Any) -> Proof:
    """Keep a proof to be signed, fresh for this answer."""
    expected = expected_of(inquiry.request)
    proof: Proof = Proof.objects.of(company).create(
        company=company,
        framework=made.framework.id,
        controls=_controls_asked(inquiry.request)
        if inquiry.request.requirement == OWN_LIST
        else [],
        audience=expected.audience,
        nonce=expected.nonce,
        shown=list(made.items),
        seen=made.seen,
        made_by=by,
        for_request=inquiry.request_id,
    )
    return proof


def take_back(proof: Proof | None) -> None:
    """Let the proof of an answer count no more, at once."""
    if proof is not None and proof.revoked_at is None:
        withdraw(proof)


def proof_of(inquiry: Inquiry) -> Proof | None:
    """Return the proof that goes with what an inquiry shows now; None where none does."""
    if not inquiry.is_shown or inquiry.company_id is None or inquiry.proof_id is None:
        return None
    return Proof.objects.of(inquiry.company_id).filter(pk=inquiry.proof_id).first()


def checked(proof: Proof, request: BuyerRequest) -> dict[str, Any]:
    """Return what the page says of a proof, checked as its reader would check it.

    Withdrawing counts at once, before the list of revoked ones is signed again.
    """
    if proof.revoked_at:
        return {"state": "refused", "headline": ui("refused"), "why": ui("why.revoked")}
    if proof.held_at:
        return {"state": "refused", "headline": ui("refused"), "why": ui("why.suspended")}
    if not proof.text:
        return {"state": "waiting", "headline": say("signed.waiting"), "why": ""}
    verdict = verdict_of(proof, expected=expected_of(request))
    sentence, why = headline(proof, verdict)
    said = verdict.statement
    context: dict[str, Any] = {"state": verdict.state, "headline": sentence, "why": why}
    if said is not None:
        context |= {
            **figures(said),
            "said": said,
            "items": item_rows(said.items, framework_of_proof(proof)),
            "until": f"{timezone.localdate(said.expires)}",
        }
    return context
