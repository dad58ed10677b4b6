"""What is kept of mail drills: consents, own templates, drills, a row a mail, and what came of each."""

import hashlib
import secrets
import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.core.models import Employee
from tojimari.portal.core.retention import keep_for
from tojimari.portal.core.scope import ScopedManager
from tojimari.portal.supporters.models import Organisation

NAME_LETTERS = 100
TITLE_LETTERS = 100
GROUP_LETTERS = 60
AGENT_LETTERS = 200
CONSENT_LETTERS = 4000
CONSENT_GOOD_FOR = timedelta(days=365)
KEEP_DAYS = (30, 90, 180, 365)
"""For how long after the end of a drill a company may have its data kept."""
OPEN_FOR = timedelta(days=7)
"""So long after the last mail what people do still counts."""


def _secret() -> str:
    return secrets.token_urlsafe(18)


class DrillConsent(models.Model):
    """The written consent of who answers for a company; it comes before the first mail.

    Attributes:
        text: the words they agreed to, as shown.
        by_name: their name then, as the account had it.
        names: ``nobody`` (nobody is shown who did what) or ``owner`` (the owner is).
        staff_told: the owner said that the people were told of drills before.
        keep_days: how long after a drill its data is kept.
        pooled: its figures may be counted together with those of other companies.
        withdrawn_at: since when it does not stand any more.
    """

    NOBODY, OWNER = "nobody", "owner"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="drill_consents")
    text = models.TextField()
    lang = models.CharField(max_length=2)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    by_name = models.CharField(max_length=320)
    at = models.DateTimeField(default=timezone.now)
    names = models.CharField(max_length=10, default=NOBODY)
    staff_told = models.BooleanField(default=False)
    keep_days = models.PositiveSmallIntegerField(default=90)
    pooled = models.BooleanField(default=False)
    withdrawn_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company"],
                condition=models.Q(withdrawn_at=None),
                name="one_drill_consent_stands",
            )
        ]

    @property
    def ends_at(self) -> Any:
        """Return when it has to be given anew."""
        return self.at + CONSENT_GOOD_FOR

    @classmethod
    def standing(cls, company: Any) -> "DrillConsent | None":
        """Return the consent that stands now; None where there is none, or it is too old."""
        found: DrillConsent | None = cls.objects.of(company).filter(withdrawn_at=None).first()
        return found if found is not None and found.ends_at > timezone.now() else None


class Placement(models.Model):
    """In which group of a company somebody works, as the results are shown by."""

    employee = models.OneToOneField(
        Employee, on_delete=models.CASCADE, primary_key=True, related_name="placement"
    )
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="placements")
    group = models.CharField(max_length=GROUP_LETTERS)

    objects = ScopedManager()


class Objection(models.Model):
    """Somebody does not want to be in drills of a company; they said so on a page of one."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="drill_objections")
    email = models.EmailField(max_length=254)
    at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "email"], name="one_drill_objection")
        ]


class StaffPage(models.Model):
    """The page about drills that a company hands out to its people, before and after.

    The secret in its link is kept as it is: the owner hands the same link on again and again. Whoever
    holds it reads what everybody in the company may know.

    Attributes:
        is_on: the link works.
    """

    company = models.OneToOneField(
        Company, on_delete=models.CASCADE, primary_key=True, related_name="drill_staff_page"
    )
    secret = models.CharField(max_length=40, unique=True, default=_secret)
    is_on = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    @classmethod
    def of_company(cls, company: Company) -> "StaffPage":
        """Return the company's row; it is made with the first question."""
        found: StaffPage = cls.objects.of(company).get_or_create(company=company)[0]
        return found

    @classmethod
    def find(cls, secret: str) -> "StaffPage | None":
        """Return the page with this secret, where its link works."""
        rows = cls.objects.across("somebody followed the link to a company's page about drills")
        found: StaffPage | None = (
            rows.filter(secret=secret, is_on=True).select_related("company").first()
        )
        return found

    def switch(self, *, on: bool) -> None:
        """Let the link work or end it; where it worked already, a new one replaces it. Saves."""
        if on and self.is_on:
            self.secret = _secret()
        self.is_on = on
        self.save(update_fields=["secret", "is_on"])


class OwnTemplate(models.Model):
    """A mail that a company wrote, or took over from GoPhish, for its own drills.

    Attributes:
        content: the template, as ``catalog.drill.DrillTemplate``; checked when it came in.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="drill_templates")
    content = models.JSONField()
    made_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()


class DrillRound(models.Model):
    """The same drill that a supporter proposed to many companies; each decides for itself.

    Attributes:
        trial: in half of the companies' people, drawn by lot, an earlier mail comes first; so that
            what the mail of all shows can be compared.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="drill_rounds"
    )
    title = models.CharField(max_length=TITLE_LETTERS)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)
    trial = models.BooleanField(default=False)


@keep_for(days=0, after="erase_at")
class Drill(models.Model):
    """One drill of a company.

    Attributes:
        level: how hard its mails are to detect; all alike, so that figures can be compared.
        templates: ids of templates; an own one has ``own-`` and its id.
        lang: in which language its mails are written.
        starts_on, days: from this day on the mails go, spread over so many working days.
        organisation: the supporter who proposed it; None where the company planned it itself.
        seed: address of a mailbox that nobody reads; what opens a mail there is a machine. "" none.
        everybody: goes to everybody with an address; else only to ``chosen``.
        with_form: a link leads to fields like those of a sign-in first; nothing of them is sent.
        names, keep_days: as the consent said when it was started; they stay so.
        state: ``planned``, ``running``, ``stopped`` or ``over``.
        erase_at: when everything about it goes; None while it is planned.
    """

    PLANNED, RUNNING, STOPPED, OVER = "planned", "running", "stopped", "over"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="drills")
    title = models.CharField(max_length=TITLE_LETTERS)
    templates = models.JSONField(default=list)
    lang = models.CharField(max_length=2, default="ja")
    level = models.CharField(max_length=10)
    starts_on = models.DateField()
    days = models.PositiveSmallIntegerField(default=5)
    everybody = models.BooleanField(default=True)
    chosen = models.JSONField(default=list)
    seed = models.EmailField(max_length=254, blank=True)
    with_form = models.BooleanField(default=False)
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    round = models.ForeignKey(
        DrillRound, null=True, on_delete=models.SET_NULL, related_name="drills"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, default=PLANNED)
    consent = models.ForeignKey(
        DrillConsent, null=True, on_delete=models.SET_NULL, related_name="drills"
    )
    names = models.CharField(max_length=10, blank=True)
    keep_days = models.PositiveSmallIntegerField(null=True)
    started_at = models.DateTimeField(null=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    over_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    why_stopped = models.CharField(max_length=20, blank=True)
    erase_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["company", "-made_at"], name="drills_of_company"),
            models.Index(fields=["state"], name="drills_by_state"),
            models.Index(fields=["erase_at"], name="drills_to_erase"),
        ]

    @property
    def named(self) -> bool:
        """Say whether the owner sees who did what."""
        return self.names == DrillConsent.OWNER


def hashed(token: str) -> str:
    """Return what is kept of a link's secret: it has 128 random-like bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


class DrillMail(models.Model):
    """One mail of a drill to one person.

    Attributes:
        name, email, group: of the person when the drill began.
        seed: it goes to the mailbox that nobody reads, and counts nowhere.
        wave: 1, or 2 for the mail that people of both arms of a trial get.
        arm: of a trial: ``now`` or ``later``; "" outside of trials.
        hash: of its link's secret; "" before it is handed over.
        state: ``waiting``; ``handing`` from just before the last byte goes to the mail server:
            such a mail is never sent again; ``taken`` by the server; ``refused`` for good;
            ``stopped`` before it went; ``returned``: the server reported that it was not delivered.
        claimed_at: since when a worker has it in hand; it lapses, should the worker die.
    """

    WAITING, HANDING, TAKEN = "waiting", "handing", "taken"
    REFUSED, STOPPED, RETURNED = "refused", "stopped", "returned"
    SENT = (HANDING, TAKEN, RETURNED)
    """States in which it may have arrived somewhere."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="drill_mails")
    drill = models.ForeignKey(Drill, on_delete=models.CASCADE, related_name="mails")
    employee = models.ForeignKey(
        Employee, null=True, on_delete=models.SET_NULL, related_name="drill_mails"
    )
    name = models.CharField(max_length=NAME_LETTERS, blank=True)
    email = models.EmailField(max_length=254)
    group = models.CharField(max_length=GROUP_LETTERS, blank=True)
    seed = models.BooleanField(default=False)
    wave = models.PositiveSmallIntegerField(default=1)
    arm = models.CharField(max_length=10, blank=True)
    template = models.CharField(max_length=60)
    send_at = models.DateTimeField()
    hash = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, default=WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["drill", "email", "wave"], name="one_drill_mail_a_person"
            ),
            models.UniqueConstraint(
                fields=["hash"], condition=~models.Q(hash=""), name="one_drill_link"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["state", "send_at"], name="drill_mails_due")]

    @classmethod
    def for_company(cls, rows: models.QuerySet) -> models.QuerySet:
        """Return which of a company's rows it may take along: of drills that show persons."""
        return rows.filter(drill__names=DrillConsent.OWNER)


class DrillEvent(models.Model):
    """Something that touched the page of one mail, or came back for it.

    Attributes:
        kind: as ``drills.events.EventKind``.
        detail: of ``fetched`` the method, of ``opened`` how, of ``reported`` by what, of ``replied``
            ``automatic`` where a program answered.
        place: keyed digest of the address it came from, as hex; never the address.
        central: it came from a network of a data centre, by what was known then: of the digest nobody
            can tell it any more.
        agent: what the program called itself, cut.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="drill_events")
    mail = models.ForeignKey(DrillMail, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10)
    detail = models.CharField(max_length=10, blank=True)
    at = models.DateTimeField(default=timezone.now)
    place = models.CharField(max_length=32, blank=True)
    central = models.BooleanField(default=False)
    agent = models.CharField(max_length=AGENT_LETTERS, blank=True)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["mail", "at"], name="drill_events_of_mail")]

    @classmethod
    def for_company(cls, rows: models.QuerySet) -> models.QuerySet:
        """Return which of a company's rows it may take along: of drills that show persons."""
        return rows.filter(mail__drill__names=DrillConsent.OWNER)
