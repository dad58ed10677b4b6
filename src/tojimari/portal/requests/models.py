"""What buyers ask, what suppliers answer and show, who saw it, and questionnaires as files."""

import hashlib
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec
from django.conf import settings
from django.core import signing
from django.db import models
from django.utils import timezone

from tojimari.attest.replies import Reply
from tojimari.attest.requirements import Ask
from tojimari.portal.companies.models import Company
from tojimari.portal.core.retention import keep_for
from tojimari.portal.core.scope import ScopedManager
from tojimari.portal.core.sealing import derived_key
from tojimari.portal.people.models import User
from tojimari.portal.proofs.models import Proof
from tojimari.portal.supporters.models import Organisation

TITLE_LETTERS, PURPOSE_LETTERS, DATA_LETTERS, CONTACT_LETTERS = 80, 1000, 500, 200
COST_LETTERS, PERSON_LETTERS, NAME_LETTERS = 1000, 60, 120
GRACE = timedelta(days=30)
"""So long after the day to answer by a link still opens."""
SHOWN_FOR = timedelta(days=365)
"""So long a buyer sees an answer; then it is erased."""
_SALT = "tojimari.supplier-link"
_DIGEST = "tojimari stopped addresses 1"


class BuyerRequest(models.Model):
    """What a buyer asks its suppliers. It does not change once suppliers were asked.

    Attributes:
        requirement: id of the catalog's requirement; "" for a list of the buyer's own.
        asks: what is asked, as it was when the request was made (``attest.requirements.Ask``).
        purpose: why it is asked, as suppliers read it.
        data: which data, system or place it is about.
        contact: whom a supplier may talk to, about the cost too.
        closed_at: since when no answer is taken any more.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="buyer_requests"
    )
    title = models.CharField(max_length=TITLE_LETTERS)
    requirement = models.CharField(max_length=60, blank=True)
    asks = models.JSONField(default=list)
    purpose = models.TextField(max_length=PURPOSE_LETTERS)
    data = models.TextField(max_length=DATA_LETTERS, blank=True)
    contact = models.CharField(max_length=CONTACT_LETTERS)
    due = models.DateField()
    lang = models.CharField(max_length=2, default="ja")
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-made_at"], name="requests_of_buyer")
        ]

    def __str__(self) -> str:
        """Return the title."""
        return self.title

    @property
    def asked(self) -> tuple[Ask, ...]:
        """Return what is asked."""
        return msgspec.convert(self.asks, tuple[Ask, ...])


class Inquiry(models.Model):
    """A buyer's request to one supplier, with the supplier's answer.

    The address in the mail holds the id and ``turn``, signed: nothing secret is kept. Once a company
    of the portal took it over, the address alone opens nothing any more.

    Attributes:
        company: the company that answers it here; None for one without an account.
        name, email: as the buyer knows the supplier.
        letter: ``first`` or ``reminder``: what the waiting mail is.
        mail: "" (nothing waits), ``waiting``, ``taken`` or ``refused``.
        claimed_at: since when a worker mails it.
        turn: raised to end the links before.
        draft: answers by key (``attest.replies.Reply``), seen by the supplier alone.
        shown: what the buyer sees: answers, words about the cost, who sent it. Empty unless sent.
        met ... declined: how many of what is shown are in each state.
        why: the supplier's reason for declining the request as a whole.
        person: who filled it in, as they typed it.
        proof: the signed proof that goes with what is shown; None for an answer without one.
        shown_until: when what is shown is erased.
    """

    ASKED, ANSWERED, DECLINED, WITHDRAWN, STOPPED, HELD = (
        "asked",
        "answered",
        "declined",
        "withdrawn",
        "stopped",
        "held",  # answered, and waiting for the supplier's word after a restore
    )
    STATES = (ASKED, ANSWERED, DECLINED, WITHDRAWN, STOPPED, HELD)
    WAITING, TAKEN, REFUSED = "waiting", "taken", "refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(BuyerRequest, on_delete=models.CASCADE, related_name="inquiries")
    company = models.ForeignKey(
        Company, null=True, blank=True, on_delete=models.CASCADE, related_name="inquiries"
    )
    name = models.CharField(max_length=NAME_LETTERS, blank=True)
    email = models.EmailField(max_length=254)
    state = models.CharField(max_length=10, default=ASKED)
    made_at = models.DateTimeField(default=timezone.now)
    letter = models.CharField(max_length=10, default="first")
    mail = models.CharField(max_length=10, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    turn = models.PositiveSmallIntegerField(default=0)
    draft = models.JSONField(default=dict)
    cost = models.TextField(max_length=COST_LETTERS, blank=True)
    person = models.CharField(max_length=PERSON_LETTERS, blank=True)
    shown = models.JSONField(default=dict)
    proof = models.ForeignKey(Proof, null=True, on_delete=models.SET_NULL, related_name="+")
    met = models.PositiveSmallIntegerField(default=0)
    planned = models.PositiveSmallIntegerField(default=0)
    not_met = models.PositiveSmallIntegerField(default=0)
    not_applicable = models.PositiveSmallIntegerField(default=0)
    declined = models.PositiveSmallIntegerField(default=0)
    why = models.TextField(max_length=COST_LETTERS, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    shown_until = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "email"], name="one_inquiry_an_address")
        ]
        indexes: ClassVar = [
            models.Index(fields=["request", "state", "name"], name="inquiries_of_request"),
            models.Index(fields=["request", "name", "id"], name="inquiries_by_name"),
            models.Index(fields=["company", "-made_at"], name="inquiries_of_company"),
            models.Index(fields=["mail", "request"], name="inquiries_to_mail"),
            models.Index(fields=["email", "-made_at"], name="inquiries_to_address"),
        ]

    def __str__(self) -> str:
        """Return how the buyer calls the supplier."""
        return self.name or self.email

    @property
    def token(self) -> str:
        """Return the part of the address that names it."""
        return signing.Signer(salt=_SALT, sep=".").sign(f"{self.pk.hex}{self.turn:x}")

    @classmethod
    def of_token(cls, token: str) -> "Inquiry | None":
        """Return the inquiry an address names; None where it was not made here, or has ended."""
        try:
            plain = signing.Signer(salt=_SALT, sep=".").unsign(token)
            id_, turn = uuid.UUID(hex=plain[:32]), int(plain[32:] or "0", 16)
        except (signing.BadSignature, ValueError):
            return None
        rows = cls.objects.across("whoever holds a supplier's link may answer")
        return rows.select_related("request__organisation", "company").filter(pk=id_, turn=turn).first()  # fmt: skip

    @property
    def expires_at(self) -> datetime:
        """Return when its link ends."""
        end = datetime.combine(self.request.due, datetime.min.time()) + timedelta(days=1) + GRACE
        return timezone.make_aware(end)

    @property
    def is_open(self) -> bool:
        """Return whether an answer is still taken."""
        request = self.request
        return (
            request.closed_at is None
            and request.organisation.approved_at is not None
            and timezone.now() < self.expires_at
        )

    @property
    def replies(self) -> dict[str, Reply]:
        """Return the answers being prepared, by the key of what is asked."""
        return msgspec.convert(self.draft, dict[str, Reply])

    @property
    def is_shown(self) -> bool:
        """Return whether the buyer sees an answer now."""
        return (
            self.state == self.ANSWERED
            and self.shown_until is not None
            and timezone.now() < self.shown_until
        )

    @property
    def shown_replies(self) -> dict[str, Reply]:
        """Return the answers that the buyer sees; none unless they are shown."""
        found = self.shown.get("replies", {}) if self.is_shown else {}
        return msgspec.convert(found, dict[str, Reply])


class GivenReply(models.Model):
    """What a company answered last to one thing, for whoever asks it next.

    Attributes:
        key: of what was asked (``Ask.key``).
        ask: what was asked. reply: the answer.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="given_replies")
    key = models.CharField(max_length=120)
    ask = models.JSONField()
    reply = models.JSONField()
    at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "key"], name="one_given_reply_a_key")
        ]


@keep_for(days=730, after="at")
class InquiryView(models.Model):
    """That somebody of the buyer saw an answer: the supplier reads who, how and when.

    Attributes:
        way: ``list``, ``page``, ``file``, ``api`` or ``sign`` (took the proof along).
    """

    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="views")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    way = models.CharField(max_length=4)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["inquiry", "-at"], name="views_of_inquiry")]


class StoppedAddress(models.Model):
    """An address that wants no more mail from a buyer, as a keyed digest: the list names nobody."""

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="stopped_addresses"
    )
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "digest"], name="one_stop_an_address")
        ]

    @staticmethod
    def digested(email: str, secret: str | None = None) -> str:
        """Return what is kept of an address, under the portal's secret or an earlier one."""
        key = derived_key(secret or settings.SECRET_KEY, _DIGEST)
        return hashlib.blake2b(email.lower().encode(), digest_size=32, key=key).hexdigest()

    @classmethod
    def among(cls, organisation: Organisation, emails: Iterable[str]) -> set[str]:
        """Return which of ``emails`` want no mail from a buyer; a new secret forgets none."""
        secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        digests = {cls.digested(email, one): email for email in emails for one in secrets}
        kept = cls.objects.filter(organisation=organisation).values_list("digest", flat=True)
        return {digests[digest] for digest in kept if digest in digests}


@keep_for(days=180, after="made_at")
class FormFile(models.Model):
    """A buyer's questionnaire as a file, being answered for a company.

    Attributes:
        content: the file as it was handed in.
        layout: where its questions stand (``attest.questionnaire.Layout``).
        mapping: row -> ids of controls that a person said the question is about; [] for none.
        answers: row -> what is written there (``FormAnswer``), where a person said it.
        left: rows a person wants left as they are.
        words: state -> the word the form wants.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="form_files")
    name = models.CharField(max_length=120)
    content = models.BinaryField()
    layout = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    answers = models.JSONField(default=dict)
    left = models.JSONField(default=list)
    words = models.JSONField(default=dict)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    filled_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "-made_at"], name="forms_of_company")]

    def __str__(self) -> str:
        """Return the file's name."""
        return self.name


class FormMapping(models.Model):
    """What somebody found the questions of a form to be about, for when the form comes again.

    It belongs to the company, or to the supporter who works with the forms of many. It holds
    nothing of any company: questions are a digest, answers are not in it.

    Attributes:
        digest: of the questions (``attest.questionnaire.digest_of``).
        controls: for each question in turn, ids of controls.
    """

    company = models.ForeignKey(
        Company, null=True, blank=True, on_delete=models.CASCADE, related_name="form_mappings"
    )
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="form_mappings"
    )
    digest = models.CharField(max_length=64)
    controls = models.JSONField(default=list)
    words = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "digest"],
                condition=models.Q(organisation=None),
                name="one_mapping_of_company",
            ),
            models.UniqueConstraint(
                fields=["organisation", "digest"],
                condition=models.Q(company=None),
                name="one_mapping_of_supporter",
            ),
        ]


def plain_of(value: Any) -> Any:
    """Return a struct as plain values for a JSON column."""
    return msgspec.to_builtins(value)
