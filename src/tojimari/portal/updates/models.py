"""What is proposed for devices, who said yes, the tasks that were signed, and what came of them."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.core.retention import keep_for
from tojimari.portal.core.scope import ScopedManager
from tojimari.portal.devices.models import Device
from tojimari.portal.supporters.models import Organisation

WORDS_LETTERS = 1000
POLICY_DAYS_AT_MOST = 366


SILENT = "silent"
"""The reason we give ourselves where a device began and said nothing more."""


class TaskKey(models.Model):
    """A key that tasks are signed with (Ed25519). Its private part is in no table: see ``task_keys``.

    Attributes:
        kid: its JWK thumbprint (RFC 7638).
        public: 32 bytes as hex.
        state: ``current`` (signs), ``previous`` (handed its trust on to the next), ``revoked``
            (may have been stolen: it handed nothing on, and devices have to be told anew).
        handover: the statement, signed by this key, that names the next; "" for none.
        handover_number: the number of that statement; it only grows.
    """

    CURRENT, PREVIOUS, REVOKED = "current", "previous", "revoked"

    kid = models.CharField(max_length=43, primary_key=True)
    public = models.CharField(max_length=64)
    state = models.CharField(max_length=10)
    handover = models.TextField(blank=True)
    handover_number = models.BigIntegerField(null=True)
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="current"), name="one_task_key"
            )
        ]


class SecondPerson(models.Model):
    """Somebody of the company who has to say yes as well, besides an owner.

    Attributes:
        ends_at: when it ends, because an owner asked for that and the second person said nothing
            to it; None while it stands.
    """

    company = models.OneToOneField(
        Company, on_delete=models.CASCADE, primary_key=True, related_name="update_second"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    since = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True)

    objects = ScopedManager()


class AddressChange(models.Model):
    """When the mail address of an account last changed: for a while no code sent there counts."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    at = models.DateTimeField()


class Actuator(models.Model):
    """What a device said of its own part that runs tasks.

    Attributes:
        sequence: the highest number given to a task of this device; it only grows.
        kinds: kinds of task the device's own people allow; None before it has said so.
        key: thumbprint of the task key the device trusts; "" before it has said so.
        told_at: when it last said so.
        restart_since: since when it says that it has to be restarted; None when it need not.
        isolated_until: until when it says that it is cut off from all but the portal; None when not.
    """

    device = models.OneToOneField(
        Device, on_delete=models.CASCADE, primary_key=True, related_name="actuator"
    )
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="actuators")
    sequence = models.BigIntegerField(default=0)
    kinds = models.JSONField(null=True)
    key = models.CharField(max_length=43, blank=True)
    told_at = models.DateTimeField(null=True)
    restart_since = models.DateTimeField(null=True)
    isolated_until = models.DateTimeField(null=True)

    objects = ScopedManager()


@keep_for(days=1095, after="ended_at")
class Wave(models.Model):
    """One task for many devices of many companies: one device first, then a tenth, then the rest.

    Attributes:
        form: id the page gave the form; sending it twice makes one wave.
        stage: 0 (one device), 1 (a tenth), 2 (the rest).
        most_failed: percent of the devices that answered in a stage which may fail; more stops it.
        state: ``running``, ``done``, ``stopped``.
        why: ``failures``, or ``supporter``; "" while it was not stopped.
        mailed_to: the people of the organisation who have the mail on what came of it.
        mailed_at: when all of them had it. claimed_at: as of ``core.claims``.
    """

    RUNNING, DONE, STOPPED = "running", "done", "stopped"
    STAGES: ClassVar = ("one", "tenth", "rest")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="update_waves"
    )
    form = models.UUIDField(unique=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict)
    not_before = models.DateTimeField()
    until = models.DateTimeField()
    words = models.TextField(blank=True)
    most_failed = models.PositiveSmallIntegerField(default=10)
    stage = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, default=RUNNING)
    why = models.CharField(max_length=20, blank=True)
    ended_at = models.DateTimeField(null=True)
    mailed_to = models.JSONField(default=list)
    mailed_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state"], name="waves_running")]


@keep_for(days=1095, after="ended_at")
class Proposal(models.Model):
    """What somebody proposes to do on devices of one company.

    Attributes:
        organisation: the supporter that proposes; None where an owner starts it.
        kind, parameters: as the catalog of task kinds declares them.
        not_before, until: when the devices may do it.
        state: ``proposed`` (the owner has to say yes), ``approved``, ``refused`` (the owner said
            no), ``stopped``, ``lapsed`` (nobody said yes in time), ``ended`` (nothing is to come).
        policy: the policy under which it was approved; None where people said yes to it.
        stopped_by: ``owner``, ``supporter``, ``grant`` (withdrawn), ``wave`` (stopped), ``key``
            (the portal's key was revoked), ``restored`` (an older backup was); "" while it was not stopped.
    """

    PROPOSED, APPROVED, REFUSED, STOPPED, LAPSED, ENDED = (
        "proposed",
        "approved",
        "refused",
        "stopped",
        "lapsed",
        "ended",
    )
    OPEN: ClassVar = (PROPOSED, APPROVED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="update_proposals")
    organisation = models.ForeignKey(
        Organisation, null=True, on_delete=models.CASCADE, related_name="update_proposals"
    )
    wave = models.ForeignKey(Wave, null=True, on_delete=models.SET_NULL, related_name="proposals")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict)
    not_before = models.DateTimeField()
    until = models.DateTimeField()
    words = models.TextField(blank=True)
    state = models.CharField(max_length=10, default=PROPOSED)
    policy = models.ForeignKey(
        "updates.Policy", null=True, on_delete=models.SET_NULL, related_name="proposals"
    )
    approved_at = models.DateTimeField(null=True)
    stopped_by = models.CharField(max_length=10, blank=True)
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["company", "-made_at"], name="proposals_of_company"),
            models.Index(fields=["state", "until"], name="proposals_open"),
        ]

    @property
    def is_open(self) -> bool:
        """Return whether something can still come of it."""
        return self.state in self.OPEN


class DeviceTask(models.Model):
    """What a proposal means for one device, and what came of it.

    Attributes:
        state: ``waiting`` (for a yes), ``approved`` (to be signed), ``signed`` (waits for the
            device to ask), ``handed`` (the device has it), ``started``, ``done``, ``kept_back``
            (done in part), ``failed``, ``refused`` (by the device), ``stopped``, ``lapsed`` (the
            time went by without a word).
        sequence: its number among the tasks of the device; None until it is signed.
        sealed: the signed task, sealed under the portal's secret; empty once it is of no use.
        dry_run: id of the task that only asks what would change.
        dry_sequence, dry_sealed: as of the task itself; None and empty while there is none.
        plan: what the device said it would change, before; None where it has not said.
        changes: what the device said it changed: [[name, before, after], ...].
        reason: why it waits, failed or was refused: a key of the wire's sentences.
        notes: what else it says: keys of the wire's sentences.
        kept: paths of settings that were left as they are.
        restart: the device has to be restarted for it to take hold.
        stage: of the wave it is in; None for those not let go yet, and outside of waves.
    """

    WAITING, APPROVED, SIGNED, HANDED, STARTED = (
        "waiting",
        "approved",
        "signed",
        "handed",
        "started",
    )
    DONE, KEPT_BACK, FAILED, REFUSED, STOPPED, LAPSED = (
        "done",
        "kept_back",
        "failed",
        "refused",
        "stopped",
        "lapsed",
    )
    UNSIGNED: ClassVar = (WAITING, APPROVED)
    UNDER_WAY: ClassVar = (SIGNED, HANDED, STARTED)
    LIVE: ClassVar = (*UNSIGNED, *UNDER_WAY)
    FINISHED: ClassVar = (DONE, KEPT_BACK, FAILED, REFUSED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="device_tasks")
    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="tasks")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="tasks")
    state = models.CharField(max_length=10, default=WAITING)
    stage = models.PositiveSmallIntegerField(null=True)
    sequence = models.BigIntegerField(null=True)
    kid = models.CharField(max_length=43, blank=True)
    sealed = models.BinaryField(default=bytes)
    dry_run = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    dry_sequence = models.BigIntegerField(null=True)
    dry_sealed = models.BinaryField(default=bytes)
    plan = models.JSONField(null=True)
    changes = models.JSONField(default=list)
    reason = models.CharField(max_length=40, blank=True)
    notes = models.JSONField(default=list)
    kept = models.JSONField(default=list)
    restart = models.BooleanField(default=False)
    signed_at = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)
    stop_told_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["proposal", "device"], name="one_task_a_device"),
            models.UniqueConstraint(fields=["device", "sequence"], name="one_number_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["device", "state"], name="tasks_of_device")]


class Policy(models.Model):
    """A yes beforehand: these kinds, at these hours, on all devices but these.

    Attributes:
        organisation: whose proposals it covers.
        kinds: ids of kinds of task.
        days: weekdays, 0 (Monday) to 6, on which its hours begin.
        begins, ends: minutes after midnight in the portal's time zone; where ``ends`` is not after
            ``begins`` it is on the next day.
        excluded: ids of devices it never covers.
        good_until: when it ends by itself.
        agreed_at: since when it counts; None until all have said yes who have to.
        ended_at: when it was taken back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="update_policies")
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="update_policies"
    )
    kinds = models.JSONField(default=list)
    days = models.JSONField(default=list)
    begins = models.PositiveSmallIntegerField()
    ends = models.PositiveSmallIntegerField()
    excluded = models.JSONField(default=list)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)
    good_until = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "ended_at"], name="policies_now")]


class Consent(models.Model):
    """One responsible person's yes, after signing in anew.

    Attributes:
        about: id of the proposal or policy; of the company where it is about the second person.
        what: ``proposal``, ``policy``, ``second`` (naming a second person, or doing without).
        how: ``passkey``, ``app`` (a number from an app), ``mail`` (a number by mail).
    """

    PROPOSAL, POLICY, SECOND = "proposal", "policy", "second"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="update_consents")
    what = models.CharField(max_length=10)
    about = models.UUIDField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    name = models.CharField(max_length=254)
    how = models.CharField(max_length=10)
    at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["what", "about", "user"], name="one_yes_a_person")
        ]
