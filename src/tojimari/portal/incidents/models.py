"""Incidents of a company, whom it calls, and the code that lets its people report one."""

import secrets
import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from tojimari.agent.codes import ALPHABET, normal_code
from tojimari.portal.companies.models import Company
from tojimari.portal.core.scope import ScopedManager

NAME_LETTERS = 100
SUMMARY_LETTERS = 2000
NOTE_LETTERS = 1000
SUBJECT_LETTERS = 300
BODY_LETTERS = 20_000
AUTHOR_LETTERS = 320
"""A name, or the address of somebody who gave none."""
FILE_NAME_LETTERS = 200
CODE_LETTERS = 12
_GROUP = 4
_SALT = "tojimari emergency code 1"

CONTACT_KINDS = ("helper", "bank", "police", "insurer", "host", "partners", "ministry")
"""Contacts of the catalog whose numbers a company knows itself."""

ENTRY_KINDS = (
    "note",
    "device",
    "person",
    "opened",
    "closed",
    "opened_again",
    "done",
    "undone",
    "told",
    "untold",
    "file",
    "noticed",
    "decided",
    "erased",
    "chained",
)
"""What a line of the record can be."""
CORRECTED = ("note", "device", "person", "opened", "closed", "file")
"""Kinds of lines whose words can be corrected; ticks are corrected by ticking again."""
NEVER_ERASED = ("erased", "chained")
"""What the portal itself wrote about the record."""


class Incident(models.Model):
    """Something that happened to a company and has to be handled.

    Attributes:
        kind: id of a playbook.
        known_at: when it became known: clocks and tasks count from there.
        opened_as: owner or staff; ``code`` for somebody who had the emergency code.
        reporter, reach: who told of it by the code, and where they are reached; as they wrote it.
        summary: what happened, in the company's words.
        answers: question id -> answer, of the playbook and of the duties.
        learned: what the company will change, written at the end.
    """

    OPEN, CLOSED = "open", "closed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="incidents")
    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=10, default=OPEN)
    known_at = models.DateTimeField()
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    opened_as = models.CharField(max_length=12)
    reporter = models.CharField(max_length=NAME_LETTERS, blank=True)
    reach = models.CharField(max_length=NAME_LETTERS, blank=True)
    summary = models.TextField(blank=True)
    answers = models.JSONField(default=dict)
    closed_at = models.DateTimeField(null=True)
    learned = models.TextField(blank=True)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["company", "state", "-known_at"], name="incidents_now")
        ]


class IncidentTask(models.Model):
    """A task of an incident that somebody has said something about.

    Attributes:
        task: id of a task of the catalog; ``duty-`` and the id of a duty: that somebody was told.
        who: who does it, as written; "" for whoever the playbook names.
        done_at: when it was ticked; None while it is open.
        note: what was done.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="incident_tasks")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    task = models.CharField(max_length=40)
    who = models.CharField(max_length=NAME_LETTERS, blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    note = models.CharField(max_length=NOTE_LETTERS, blank=True)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "task"], name="one_row_a_task")
        ]


class IncidentEntry(models.Model):
    """One line of what happened, in its order. Never changed: a correction is a new line.

    Every line holds the digest of the one before it (``respond.record``), so that a change is
    noticed. Words, names and files are in the chain as salted digests alone: erasing one takes it
    and its salt away and leaves the digest.

    Attributes:
        kind: ``note`` (somebody's words), ``device`` or ``person`` (touched by it), ``opened``,
            ``closed``, ``opened_again``; ``done``, ``undone`` (a task), ``told``, ``untold`` (a
            duty); ``file`` (a piece of evidence); ``noticed`` (it was noticed at another time than
            was said before); ``decided`` (what will change: ids of controls); ``erased``; ``chained`` (the lines before it were written when there
            was no chain).
        text: the words; of a task or duty its id; of ``erased`` which leaves were.
        at: when it happened, as whoever wrote it says; ``claimed``: they gave another time than now.
        said_by: who says so, where that is not who wrote it.
        made_at: when it was written down here.
        who: the name of who wrote it, as it was then.
        number: 1, 2, 3 ...; None for a row of an earlier backup that is not chained yet.
        about: number of the line that is corrected, or of which something is erased; 0 for none.
        size, file_name: of a file.
        digests, salts: leaf -> as hex; see ``respond.record.entry``.
        previous, digest: of the line before, and of this one.
    """

    NOTE, DEVICE, PERSON = "note", "device", "person"
    OPENED, CLOSED, AGAIN = "opened", "closed", "opened_again"
    DONE, UNDONE, TOLD, UNTOLD = "done", "undone", "told", "untold"
    FILE, NOTICED, DECIDED = "file", "noticed", "decided"
    ERASED, CHAINED = "erased", "chained"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="incident_entries")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    text = models.CharField(max_length=SUMMARY_LETTERS, blank=True)
    at = models.DateTimeField()
    claimed = models.BooleanField(default=False)
    said_by = models.CharField(max_length=NAME_LETTERS, blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    who = models.CharField(max_length=AUTHOR_LETTERS, blank=True)
    number = models.PositiveIntegerField(null=True)
    about = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)
    file_name = models.CharField(max_length=FILE_NAME_LETTERS, blank=True)
    digests = models.JSONField(default=dict)
    salts = models.JSONField(default=dict)
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            # Two who write at once never fork the chain: the second would have the same number.
            models.UniqueConstraint(fields=["incident", "number"], name="one_line_a_number")
        ]
        indexes: ClassVar = [models.Index(fields=["incident", "at"], name="entries_of_incident")]


class IncidentFile(models.Model):
    """The bytes of a piece of evidence, sealed about this row's id. Gone when it is erased.

    Attributes:
        sha256: of the file, for comparing with one that lies elsewhere; goes with it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="incident_files")
    entry = models.OneToOneField(IncidentEntry, on_delete=models.CASCADE, related_name="file")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    sealed = models.BinaryField()

    objects = ScopedManager()


class IncidentHead(models.Model):
    """A signed head: which line a record had reached when.

    Attributes:
        number, digest: of that line.
        jws: as ``respond.record.head`` makes it.
        told_at: when the owners were told of it; None where it was signed for an export alone.
        stamp: answer of the time-stamp server over it (RFC 3161), verified; empty for none.
        stamped_at: the moment in it.
        tries: how often a stamp was asked for.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="incident_heads")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    jws = models.TextField()
    made_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True)
    stamp = models.BinaryField(default=bytes)
    stamped_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "number"], name="one_head_a_line")
        ]


class EmergencyContact(models.Model):
    """Somebody the company calls when something has happened.

    Attributes:
        kind: one of ``CONTACT_KINDS``.
        reference: number of the contract or policy, or whatever they ask for.
        within_hours: how soon the contract wants them told; None where it says nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="emergency_contacts"
    )
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=NAME_LETTERS)
    phone = models.CharField(max_length=40, blank=True)
    mail = models.EmailField(max_length=254, blank=True)
    reference = models.CharField(max_length=NAME_LETTERS, blank=True)
    within_hours = models.PositiveSmallIntegerField(null=True)
    checked_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "kind"], name="contacts_of_company")]

    @property
    def dialled(self) -> str:
        """The number as a telephone takes it."""
        return "".join(letter for letter in self.phone if letter in "+#*0123456789")


class IncidentLetter(models.Model):
    """A draft of a notice as somebody changed it by hand. It stays when the incident changes.

    Attributes:
        draft: id of a draft of the catalog.
        subject, body: the words as they are to be sent.
        base_subject, base_body: what the draft said when they were written: where it says
            something else by now, the page shows what.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="incident_letters")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    draft = models.CharField(max_length=40)
    lang = models.CharField(max_length=2)
    subject = models.CharField(max_length=SUBJECT_LETTERS, blank=True)
    body = models.TextField(blank=True)
    base_subject = models.TextField(blank=True)
    base_body = models.TextField(blank=True)
    edited_at = models.DateTimeField(default=timezone.now)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incident", "draft", "lang"], name="one_letter_a_draft")
        ]


class EmergencyCode(models.Model):
    """The code on a company's sheet. It lets anybody report an incident, and shows nothing.

    Only a keyed hash is kept: who has the database, but not the portal's secret, cannot try codes.
    """

    company = models.OneToOneField(
        Company, on_delete=models.CASCADE, primary_key=True, related_name="emergency_code"
    )
    hash = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    used_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    @classmethod
    def make(cls, company: Company, by: Any) -> str:
        """Make the company's code, the one before stops working; returns the letters to show."""
        letters = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LETTERS))
        cls.objects.of(company).update_or_create(
            company=company,
            defaults={
                "hash": _hashed(letters, settings.SECRET_KEY),
                "made_at": timezone.now(),
                "made_by": by,
                "used_at": None,
            },
        )
        return "-".join(letters[at : at + _GROUP] for at in range(0, CODE_LETTERS, _GROUP))

    @classmethod
    def find(cls, typed: str) -> "EmergencyCode | None":
        """Return the code somebody typed, None where there is none such."""
        letters = normal_code(typed)
        if len(letters) != CODE_LETTERS:
            return None
        secret = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        found: EmergencyCode | None = (
            cls.objects.across("somebody without an account gave a code")
            .filter(hash__in=[_hashed(letters, one) for one in secret])
            .select_related("company")
            .first()
        )
        return found


def _hashed(letters: str, secret: str) -> str:
    return salted_hmac(_SALT, letters, secret=secret, algorithm="sha256").hexdigest()
