"""What is kept of proofs: public keys, each proof, when it was opened, and reviews."""

import secrets
import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.core.retention import keep_for
from tojimari.portal.core.scope import ScopedManager
from tojimari.portal.supporters.models import Organisation

NAME_LETTERS = 100
NUMBER_LETTERS = 60


class StatementKey(models.Model):
    """A key that statements are signed with (ES256). Its private part is in no table.

    Attributes:
        kid: its JWK thumbprint (RFC 7638).
        jwk: the public part.
        state: ``next`` (published, signs nothing yet), ``current`` (signs), ``previous`` (only
            verifies, until its statements ended), or ``revoked`` (may have been stolen, or its
            private part was lost before it signed: it is published no more).
    """

    NEXT, CURRENT, PREVIOUS, REVOKED = "next", "current", "previous", "revoked"

    kid = models.CharField(max_length=43, primary_key=True)
    jwk = models.JSONField()
    state = models.CharField(max_length=10)
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="current"), name="one_statement_key"
            ),
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="next"), name="one_next_statement_key"
            ),
        ]


@keep_for(days=1, after="until")
class StatusEntry(models.Model):
    """One place of the list of revoked statements; it names no company.

    Attributes:
        number: the index in the list, drawn at random.
        status: ``valid``, ``revoked``, ``superseded`` or ``suspended`` (held back after a restore).
        until: when the statement ends by itself; after that the place is free again.
    """

    number = models.PositiveIntegerField(primary_key=True)
    status = models.CharField(max_length=10, default="valid")
    kid = models.CharField(max_length=43)
    until = models.DateTimeField()


class StatusListFile(models.Model):
    """The signed list as it is handed out: one row.

    Attributes:
        stale: something changed since it was signed.
        restored_at: when an older backup was restored. Statements signed between are not known
            here: until they have ended, a place that nobody is known to have counts as revoked.
    """

    text = models.TextField(blank=True)
    made_at = models.DateTimeField(null=True)
    stale = models.BooleanField(default=True)
    restored_at = models.DateTimeField(null=True)


def _secret() -> str:
    return secrets.token_urlsafe(24)


@keep_for(days=1095, after="expires_at")
class Proof(models.Model):
    """One statement for one reader, and the link to it.

    Attributes:
        secret: what makes its link unguessable; kept as it is, since the owner hands it on.
        audience, nonce: for whom and for which request it is made.
        for_request: id of the buyer's request whose answer it goes with; None for one that is
            handed out by its link. With an answer it has no link: only the buyer's people see it.
        controls: the controls a buyer asked for, where ``framework`` names its own list; else empty.
        shown: ids of the items that are shown; all others only count.
        seen: digest of what the owner was shown before asking for it.
        with_oscal: the assessment results are handed out beside it.
        entry: its place in the list of revoked statements.
        text: the presentation (SD-JWT with key binding); "" until a worker signed it.
        summary: the short form for paper.
        oscal: the assessment results, as they were when it was signed.
        revoked_at, superseded_at: since when it does not count any more.
        held_at: since when it waits for the company's word, after an older backup was restored.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="proofs")
    secret = models.CharField(max_length=40, unique=True, default=_secret)
    framework = models.CharField(max_length=60)
    audience = models.CharField(max_length=NAME_LETTERS)
    nonce = models.CharField(max_length=NUMBER_LETTERS)
    for_request = models.UUIDField(null=True)
    controls = models.JSONField(default=list)
    shown = models.JSONField(default=list)
    seen = models.CharField(max_length=64)
    with_oscal = models.BooleanField(default=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)
    kid = models.CharField(max_length=43, blank=True)
    entry = models.PositiveIntegerField(null=True)
    text = models.TextField(blank=True)
    summary = models.TextField(blank=True)
    oscal = models.BinaryField(null=True)
    signed_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-made_at"], name="proofs_of_company")]

    @property
    def state(self) -> str:
        """Return ``waiting``, ``good``, ``revoked``, ``superseded``, ``held`` or ``expired``."""
        if self.revoked_at:
            return "revoked"
        if self.superseded_at:
            return "superseded"
        if self.held_at:
            return "held"
        if not self.text:
            return "waiting"
        return "expired" if self.expires_at <= timezone.now() else "good"

    @property
    def can_be_renewed(self) -> bool:
        """Return whether it can be signed anew: it was signed, and was neither ended nor replaced."""
        return self.state in ("good", "expired")

    @classmethod
    def find(cls, secret: str) -> "Proof | None":
        """Return the proof with this secret, where it was signed."""
        found: Proof | None = (
            cls.objects.across("somebody followed the link to a proof")
            .filter(secret=secret, signed_at__isnull=False, for_request=None)
            .select_related("company")
            .first()
        )
        return found


@keep_for(days=1095, after="at")
class ProofOpened(models.Model):
    """That a proof was opened by its link. what: page, statement, paper, oscal. Nothing of whom."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    proof = models.ForeignKey(Proof, on_delete=models.CASCADE, related_name="opened")
    what = models.CharField(max_length=10)
    at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["proof", "-at"], name="proof_openings")]


class ItemReview(models.Model):
    """That somebody who helps the company looked at what it says of an item, and agrees.

    Attributes:
        by: organisation and person, as they are shown; who they are now may have changed.
        rests_on: ids of the observations that the item rested on.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="item_reviews")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.SET_NULL)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    by = models.CharField(max_length=2 * NAME_LETTERS)
    framework = models.CharField(max_length=60)
    item = models.CharField(max_length=60)
    on = models.DateField()
    rests_on = models.JSONField(default=list)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "organisation", "framework", "item"],
                name="one_review_of_an_item",
            )
        ]
