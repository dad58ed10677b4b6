"""Signs proofs and the list of revoked ones. A worker does it: pages cannot read the key."""

import hashlib
from datetime import timedelta

import msgspec
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django_tasks import task

from tojimari.attest.claims import Claims, Review, claims
from tojimari.attest.keys import key_id, new_key
from tojimari.attest.sd_jwt import bind, present
from tojimari.attest.statement import DAYS, About, Place, issue_statement
from tojimari.attest.status_list import free_index, issue_list
from tojimari.catalog import Framework
from tojimari.diagnose import Diagnosis
from tojimari.model import TojimariError
from tojimari.portal.companies.assessments import (
    result_of,
    without_device_names,
    without_incidents,
    without_money,
)
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.population import whole_catalog
from tojimari.portal.core.audit import note
from tojimari.portal.core.holds import settle
from tojimari.portal.core.jobs import job, start_job
from tojimari.portal.core.models import Job
from tojimari.portal.core.notices import end, tell
from tojimari.portal.core.periodic import every
from tojimari.portal.links import whole_address
from tojimari.portal.proofs.frameworks import framework_of_proof
from tojimari.portal.proofs.models import (
    ItemReview,
    Proof,
    StatusEntry,
    StatusListFile,
)
from tojimari.portal.proofs.notices import PROOF_ENDS, TOLD_DAYS
from tojimari.portal.proofs.statement_keys import (
    drop_old,
    make_first,
    publish_next,
    signing_key,
)
from tojimari.portal.words import say

LIST_DAYS = 7
"""How long a signed list speaks; a worker signs a new one every few hours."""
LIST_EVERY = timedelta(hours=6)
FORGOTTEN_FOR = timedelta(days=DAYS)
"""So long after a restore a statement may still be good that this database never knew."""


class Changed(TojimariError):
    """What would be said is not what the owner saw any more."""

    def __init__(self) -> None:
        """Say it in both languages."""
        super().__init__(say("proofs.changed", "ja"), say("proofs.changed", "en"))


class NotInCatalog(TojimariError):
    """What the proof is about left the catalog."""

    def __init__(self) -> None:
        """Say it in both languages."""
        super().__init__(say("proofs.not_in_catalog", "ja"), say("proofs.not_in_catalog", "en"))


def reviews_of(company: Company, framework: str) -> list[Review]:
    """Return what was reviewed in ``company`` of a framework."""
    return [
        Review(row.item, row.by, row.on, frozenset(row.rests_on))
        for row in ItemReview.objects.of(company).filter(framework=framework)
    ]


def claims_of(
    company: Company, framework: str | Framework, result: Diagnosis | None = None
) -> Claims:
    """Return what ``company`` may claim now in a framework: one of the catalog by its id, or a list."""
    made = result or result_of(company)
    if isinstance(framework, str):
        framework = made.catalog.frameworks[framework]
    return claims(framework, made.assessment, reviews=reviews_of(company, framework.id))


def seen_digest(found: Claims) -> str:
    """Return a digest of what is claimed: the same on another day, if nothing else changed."""
    plain = msgspec.to_builtins(found)
    del plain["as_of"]
    return hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()


def _page(found: Job) -> str:
    return reverse("proofs:proof", args=[found.company_id, found.about])


def _back(found: Job) -> str:
    return reverse("proofs:proofs", args=[found.company_id])


@job("proof", then=_page, back=_back)
def sign_proof(found: Job) -> None:
    """Sign the proof that the job is about."""
    proof = Proof.objects.of(found.company).filter(pk=found.about).first()
    if proof is not None and proof.state == "waiting":
        _sign(proof, checked=True)


@job("proof_renewal", then=_page, back=_page)
def sign_renewal(found: Job) -> None:
    """Sign the proof that the job is about anew, as things are now, for as long as a new one."""
    proof = Proof.objects.of(found.company).filter(pk=found.about).first()
    if proof is not None and proof.can_be_renewed:
        _sign(proof, checked=True, renewed=True)


def _entry(kid: str, until: object) -> StatusEntry:
    """Take a free place in the list at random."""
    taken = set(StatusEntry.objects.values_list("number", flat=True))
    for _ in range(20):
        try:
            with transaction.atomic():
                made: StatusEntry = StatusEntry.objects.create(
                    number=free_index(taken), kid=kid, until=until
                )
        except IntegrityError:  # another worker took it
            continue
        return made
    raise TojimariError(say("job.our_fault", "ja"), say("job.our_fault", "en"))


def _sign(proof: Proof, *, checked: bool, renewed: bool = False) -> None:
    """Sign ``proof``, anew where it was signed before. Raises Changed, NoStatementKey, NotInCatalog.

    checked: refuse where the claims are not what the owner was shown.
    renewed: it is good for as long as a new one; else what was signed before ends when it did.
    """
    make_first()
    framework = framework_of_proof(proof)
    if framework is None:
        raise NotInCatalog
    result = result_of(proof.company)
    found = claims_of(proof.company, framework, result)
    if checked and seen_digest(found) != proof.seen:
        # What was never signed is gone; what was signed before stays as it was.
        Proof.objects.of(proof.company).filter(pk=proof.pk, text="").delete()
        raise Changed
    key, now = signing_key(), timezone.now()
    until = None if renewed else proof.expires_at
    until = until or now + timedelta(days=DAYS)
    entry = _entry(key_id(key), until)
    at = int(now.timestamp())
    about = About(
        settings.PUBLIC_URL,
        proof.company.name,
        at,
        int(until.timestamp()),
        Place(whole_address("proofs:revoked"), entry.number),
    )
    holder = new_key()  # forgotten at once: nobody can present it to somebody else
    made = issue_statement(found, about, key, holder=holder)
    shown = [text for item, text in made.shows.items() if item in proof.shown]
    bound = bind(
        present(made.signed, shown), holder, audience=proof.audience, nonce=proof.nonce, at=at
    )
    signed = {
        "text": bound,
        "summary": made.summary,
        "entry": entry.number,
        "kid": entry.kid,
        "signed_at": now,
        "expires_at": until,
        "oscal": _oscal(result) if proof.with_oscal else None,
    }
    with transaction.atomic():
        rows = Proof.objects.of(proof.company).filter(
            pk=proof.pk, revoked_at=None, superseded_at=None
        )
        before = rows.select_for_update().values_list("entry", flat=True).first()
        if not rows.update(
            **signed
        ):  # withdrawn or replaced meanwhile: what was signed is not handed out
            StatusEntry.objects.filter(number=entry.number).update(status="revoked")
            return
        StatusEntry.objects.filter(number=before, status="valid").update(status="superseded")
        _supersede(made_now := rows.get())
        if made_now.held_at:  # it still waits for the company's word
            StatusEntry.objects.filter(number=entry.number).update(status="suspended")
        end(proof.company, PROOF_ENDS, str(proof.pk), put_away=True)
        note("proof.signed", company=proof.company, actor=None, actor_as="portal")
    refresh_list()


def _oscal(result: Diagnosis) -> bytes:
    """Return the assessment results for readers outside: no names, no incidents, no money."""
    from tojimari.report.oscal import to_oscal

    plain = without_money(without_incidents(without_device_names(result)))
    return to_oscal(plain, whole_catalog())


def _supersede(proof: Proof) -> None:
    """Let earlier proofs of the same framework for the same reader and request count no more."""
    earlier = Proof.objects.of(proof.company).filter(
        framework=proof.framework,
        audience=proof.audience,
        for_request=proof.for_request,
        revoked_at=None,
        superseded_at=None,
        signed_at__lt=proof.signed_at,
    )
    others = dict(earlier.exclude(pk=proof.pk).values_list("pk", "entry"))
    StatusEntry.objects.filter(number__in=others.values(), status="valid").update(
        status="superseded"
    )
    Proof.objects.of(proof.company).filter(pk__in=others).update(superseded_at=timezone.now())
    for key in others:
        end(proof.company, PROOF_ENDS, str(key), put_away=True)


def withdraw(proof: Proof) -> None:
    """Let ``proof`` count no more, at once: its link shows nothing, the list is signed anew."""
    now = timezone.now()
    with transaction.atomic():
        # As it is now, under the lock: a worker may have signed it anew in another place meanwhile.
        rows = Proof.objects.of(proof.company_id).filter(pk=proof.pk)
        entry = rows.select_for_update().values_list("entry", flat=True).first()
        StatusEntry.objects.filter(number=entry).update(status="revoked")
        rows.filter(revoked_at=None).update(revoked_at=now)
        end(proof.company, PROOF_ENDS, str(proof.pk), put_away=True)
        settle(proof.company, "proof", str(proof.pk))
        StatusListFile.objects.update_or_create(pk=1, defaults={"stale": True})
    sign_list.enqueue()


def refresh_list() -> str:
    """Sign the list of revoked statements as it is now; returns it."""
    key = signing_key()
    StatusListFile.objects.get_or_create(pk=1)
    with transaction.atomic():
        # One at a time: a slower one must not put an older list over a newer.
        row = StatusListFile.objects.select_for_update().get(pk=1)
        now = timezone.now()
        # What was signed after the backup that was restored: nobody knows what was revoked of it.
        forgotten = row.restored_at is not None and row.restored_at + FORGOTTEN_FOR > now
        entries = StatusEntry.objects.filter(until__gt=now)
        row.text = issue_list(
            {entry.number: entry.status for entry in entries},
            key,
            uri=whole_address("proofs:revoked"),
            at=int(now.timestamp()),
            good_for=LIST_DAYS * 86_400,
            ttl=int(LIST_EVERY.total_seconds()),
            others="revoked" if forgotten else "valid",
        )
        row.made_at, row.stale = now, False
        row.save()
    return str(row.text)


@task()
def sign_list() -> None:
    """Sign the list, after something was withdrawn."""
    refresh_list()


@every(timedelta(hours=1))
def tend_proofs() -> None:
    """Make the first key, publish the next, keep the list young, forget keys nothing rests on."""
    if settings.LOCAL:
        return
    make_first()
    drop_old()  # even where the key's file is not there, and the next cannot be made
    publish_next()
    row = StatusListFile.objects.filter(pk=1).first()
    if row is None or row.stale or row.made_at is None or row.made_at < timezone.now() - LIST_EVERY:
        refresh_list()


@every(timedelta(hours=12))
def tell_of_ends() -> None:
    """Tell the owners of each proof that ends within ``TOLD_DAYS`` days, once each time."""
    now = timezone.now()
    rows = Proof.objects.across("proofs that end soon").filter(
        held_at=None,
        revoked_at=None,
        superseded_at=None,
        expires_at__gt=now,
        expires_at__lte=now + timedelta(days=TOLD_DAYS),
    )
    for proof in rows.exclude(text="").select_related("company").iterator(chunk_size=200):
        day = f"{timezone.localdate(proof.expires_at)}"
        renews = framework_of_proof(proof) is not None
        values = {"audience": proof.audience, "day": day, "renews": renews}
        points = [day] if renews else [day, "gone"]  # that it cannot be renewed is told once more
        tell(proof.company, PROOF_ENDS, str(proof.pk), points=points, values=values)


@task()
def sign_again(proof_id: str) -> None:
    """Sign a proof anew with the new key, as things are now: its link stays, what it says may not."""
    rows = Proof.objects.across("a key was revoked, its proofs are signed anew")
    proof = rows.filter(pk=proof_id, revoked_at=None, superseded_at=None).first()
    if proof is not None:
        _sign(proof, checked=False)


def ask_for(proof: Proof) -> Job:
    """Hand ``proof`` to a worker to be signed."""
    return start_job(proof.company, "proof", about=str(proof.pk))


def ask_to_renew(proof: Proof, seen: str) -> Job:
    """Hand ``proof`` to a worker to be signed anew; until then it stays as it is.

    seen: digest of the claims that the owner was shown.
    """
    Proof.objects.of(proof.company_id).filter(pk=proof.pk).update(seen=seen)
    return start_job(proof.company, "proof_renewal", about=str(proof.pk))
