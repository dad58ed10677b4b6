"""What whoever has the link of a proof sees, and what anybody can fetch to check one."""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tojimari.attest.offline_page import FILE_NAME, offline_page
from tojimari.portal.errors import refused
from tojimari.portal.limits import address_of, too_often
from tojimari.portal.links import whole_address
from tojimari.portal.proofs.frameworks import framework_of_proof
from tojimari.portal.proofs.models import Proof, ProofOpened, StatusListFile
from tojimari.portal.proofs.showing import figures, headline, item_rows, verdict_of
from tojimari.portal.proofs.statement_keys import published
from tojimari.portal.words import catalog, current_lang, say

_AN_HOUR = 120
_SAME = timedelta(minutes=10)


def _proof_or_404(secret: str) -> Proof:
    """Return a proof that was not withdrawn; one that was has no page any more. Raises Http404."""
    found = Proof.find(secret)
    if found is None or found.state == "revoked":
        raise Http404
    return found


def _held(request: HttpRequest, found: Proof) -> HttpResponse:
    """Say that a proof waits for its company: what it says is not shown meanwhile."""
    return refused(request, say("proofs.held", company=found.company.name), code=409)


def _opened(request: HttpRequest, proof: Proof, what: str) -> None:
    """Note that a proof was opened; the same again within minutes is one, the head alone none."""
    if request.method == "HEAD":  # what looks ahead at links has seen nothing
        return
    rows = ProofOpened.objects.of(proof.company)
    if not rows.filter(proof=proof, what=what, at__gt=timezone.now() - _SAME).exists():
        rows.create(company=proof.company, proof=proof, what=what)


@require_safe
def shown_proof(request: HttpRequest, secret: str) -> HttpResponse:
    """Show a proof to whoever has its link: checked, in plain words, with what to take away."""
    found = _proof_or_404(secret)
    if too_often("proof_page", address_of(request), times=_AN_HOUR, seconds=3600):
        return refused(request, say("error.too_often"), code=429)
    if found.state == "held":
        return _held(request, found)
    _opened(request, found, "page")
    verdict = verdict_of(found)
    said = verdict.statement
    framework = framework_of_proof(found)
    sentence, why = headline(found, verdict)
    context = {
        "proof": found,
        "secret": secret,
        "verdict": verdict.state,
        "headline": sentence,
        "why": why,
        "framework": framework,
        "said": said,
    }
    if said is not None:
        context |= {**figures(said), "items": item_rows(said.items, framework)}
        context["until"] = said.expires.date().isoformat()
    return render(request, "proof_shown.html", context)


@require_safe
def proof_file(request: HttpRequest, secret: str, file_form: str) -> HttpResponse:
    """Send a proof to take away: the statement, the page that checks it, paper, OSCAL."""
    found = _proof_or_404(secret)
    if too_often("proof_file", address_of(request), times=_AN_HOUR, seconds=3600):
        return refused(request, say("error.too_often"), code=429)
    if found.state == "held":
        return _held(request, found)
    if file_form == "sd-jwt":
        body, kind, name = found.text.encode(), "application/dc+sd-jwt", "tojimari-proof.txt"
    elif file_form == "html":
        framework = framework_of_proof(found)
        page = offline_page(catalog(), current_lang(), framework)
        body, kind, name = page.encode(), "text/html; charset=utf-8", FILE_NAME
    elif file_form == "pdf":
        body = b"" if request.method == "HEAD" else _paper(found)
        kind, name = "application/pdf", "tojimari-proof.pdf"
    elif file_form == "oscal" and found.oscal is not None:
        body, kind, name = bytes(found.oscal), "application/json", "tojimari-oscal.json"
    else:
        raise Http404
    if file_form != "html":
        _opened(request, found, "statement" if file_form == "sd-jwt" else file_form)
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _paper(found: Proof) -> bytes:
    from tojimari.report.pdf import print_page
    from tojimari.report.proof import proof_page

    verdict = verdict_of(found)
    if verdict.statement is None:
        raise Http404
    address = whole_address("proofs:shown_proof", found.secret)
    page = proof_page(verdict.statement, found.summary, address, catalog(), current_lang())
    return print_page(page)


@require_safe
def keys(request: HttpRequest) -> JsonResponse:
    """Answer with the keys that verify statements signed here (RFC 7517)."""
    response = JsonResponse(published(), content_type="application/jwk-set+json")
    response["Cache-Control"] = "public, max-age=3600"
    return response


@require_safe
def revoked(request: HttpRequest) -> HttpResponse:
    """Answer with the newest signed list of revoked statements."""
    row = StatusListFile.objects.filter(pk=1).first()
    if row is None or not row.text:
        raise Http404
    response = HttpResponse(row.text, content_type="application/statuslist+jwt")
    response["Cache-Control"] = "public, max-age=600"
    return response
