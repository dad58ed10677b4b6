"""Devices of a company, their codes and reports, and what was refused."""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from tojimari.agent.codes import ALPHABET, CODE_LENGTH, normal_code
from tojimari.portal.companies.models import Company
from tojimari.portal.core.retention import keep_for
from tojimari.portal.core.scope import ScopedManager

CODE_GOOD_FOR = timedelta(minutes=30)


class Device(models.Model):
    """A computer or phone. Its id is the subject id of its observations; never a serial number.

    Attributes:
        kind: ``here`` (the computer the portal runs on), ``computer`` (has the agent), ``phone``
            (somebody answered the self-check on it).
        public_key: Ed25519, 32 bytes as hex; its private half never leaves the device.
        removed_at: when the owner removed it. Its facts are deleted then; the row stays as a
            dated tombstone without a name, so that its key is refused with a reason.
    """

    HERE, COMPUTER, PHONE = "here", "computer", "phone"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="devices")
    kind = models.CharField(max_length=10)
    name = models.CharField(max_length=60, blank=True)
    system = models.CharField(max_length=20, blank=True)
    public_key = models.CharField(max_length=64, blank=True)
    enrolled_at = models.DateTimeField(default=timezone.now)
    last_report_at = models.DateTimeField(null=True, blank=True)
    agent_version = models.CharField(max_length=20, blank=True)
    look_wanted_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "removed_at"], name="devices_now")]


@keep_for(days=1, after="expires_at")
class EnrolCode(models.Model):
    """A short code that lets one device in, once, for half an hour. Only its hash is kept.

    Attributes:
        kind: ``computer`` for the agent, ``phone`` for the self-check page.
    """

    hash = models.CharField(max_length=64, unique=True)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="enrol_codes")
    kind = models.CharField(max_length=10)
    made_by = models.ForeignKey(
        "people.User", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()

    @staticmethod
    def hashed(code: str) -> str:
        """Return what is kept of a code."""
        return hashlib.sha256(f"tojimari enrol {normal_code(code)}".encode()).hexdigest()

    @classmethod
    def make(cls, company: Company, kind: str, made_by: object) -> tuple["EnrolCode", str]:
        """Make a code; returns it and the letters to show, like ABCD-EFGH."""
        letters = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        made = cls.objects.of(company).create(
            company=company,
            hash=cls.hashed(letters),
            kind=kind,
            made_by=made_by,
            expires_at=timezone.now() + CODE_GOOD_FOR,
        )
        return made, f"{letters[:4]}-{letters[4:]}"

    @classmethod
    def open_for(cls, company: Company, typed: str, now: datetime) -> "EnrolCode | None":
        """Return the company's own code with these letters, while it is still good."""
        found: EnrolCode | None = (
            cls.objects.of(company)
            .filter(hash=cls.hashed(typed), used_at=None, expires_at__gt=now)
            .first()
        )
        return found

    @classmethod
    def usable(cls, typed: str, kind: str, now: datetime) -> "EnrolCode | None":
        """Return the code that was typed, if it is still good; locks the row."""
        if len(normal_code(typed)) != CODE_LENGTH:
            return None
        found: EnrolCode | None = (
            cls.objects.across("whoever holds a code is let in by it")
            .select_for_update()
            .filter(hash=cls.hashed(typed), kind=kind, used_at=None, expires_at__gt=now)
            .first()
        )
        return found


class Report(models.Model):
    """One signed report that arrived: its id makes the second copy harmless.

    Attributes:
        report: the id the device gave it.
        kinds: fact kinds it spoke about; with ``made_at`` they say when a fact was confirmed.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="reports")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="reports")
    report = models.UUIDField()
    made_at = models.DateTimeField()
    arrived_at = models.DateTimeField(default=timezone.now)
    kinds = models.JSONField(default=list)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "report"], name="one_report_once")
        ]
        indexes: ClassVar = [models.Index(fields=["device", "made_at"], name="reports_when")]


@keep_for(days=30, after="at")
class Refusal(models.Model):
    """Something a device sent that was not taken, and why. Kept for 30 days.

    Attributes:
        company: None when it could not be told whose it was.
        reason: a short fixed word; the portal's texts hold its sentence.
    """

    at = models.DateTimeField(default=timezone.now)
    company = models.ForeignKey(
        Company, null=True, on_delete=models.CASCADE, related_name="refusals"
    )
    device = models.ForeignKey(Device, null=True, on_delete=models.CASCADE, related_name="refusals")
    reason = models.CharField(max_length=20)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["company", "-at"], name="refusals_when"),
            models.Index(fields=["at"], name="refusals_old"),
        ]


class PackageVersion(models.Model):
    """A version of a source package that a distribution keeps, installed on some device.

    It is judged once for all of them. It names no company.

    Attributes:
        release: the archive, as "debian-12".
        fixed: the version that mends what is published about it; "" where nothing is, or nothing
            mends it yet.
        ids: the publishers' numbers of what ``fixed`` mends, those in use by attackers first.
        attacked: whether attackers are known to use one of them.
        judged_by: digest of what was published of the package when it was judged, "" for nothing;
            NOT_MATCHED while the devices that have it were not looked at yet.
    """

    NOT_MATCHED = "?"

    release = models.CharField(max_length=40)
    package = models.CharField(max_length=200)
    version = models.CharField(max_length=200)
    fixed = models.CharField(max_length=200, blank=True, default="")
    ids = models.JSONField(default=list)
    attacked = models.BooleanField(default=False)
    judged_by = models.CharField(max_length=64, blank=True, default=NOT_MATCHED)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["release", "package", "version"], name="package_once")
        ]


class DevicePackages(models.Model):
    """Which package versions are installed on a device: enough to find it when one turns out weak.

    Attributes:
        versions: ids of PackageVersion, sorted, each as four bytes, least significant first.
    """

    device = models.OneToOneField(
        Device, on_delete=models.CASCADE, primary_key=True, related_name="packages"
    )
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="packages")
    versions = models.BinaryField()

    objects = ScopedManager()


class OpenWeakness(models.Model):
    """A package on a device with published weaknesses that an update mends."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="weaknesses")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="weaknesses")
    package = models.ForeignKey(PackageVersion, on_delete=models.CASCADE, related_name="open_on")
    found_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "package"], name="one_weakness_a_device")
        ]
