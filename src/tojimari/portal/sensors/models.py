"""What was heard of a company: days, matters, and what was sent on."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.core.models import SUBJECT_ID_LETTERS
from tojimari.portal.core.prepared import Given
from tojimari.portal.core.retention import keep_for
from tojimari.portal.core.scope import ScopedManager
from tojimari.portal.devices.models import Device

RULE_LETTERS = 60


@keep_for(days=400, after="heard_until")
class HeardDay(models.Model):
    """What one computer heard in one day, about itself or about a line that it watches.

    Attributes:
        device: the computer that heard it.
        subject_id: the device's id, or the name of the line.
        day: the day in Japan.
        engines: engine, what it guards, lines, unread, last line (ISO 8601 or None), silent.
        signals: kind -> how many, and how many of them were stopped.
        urgent: matters on which somebody must act at once, as that computer counts them.
    """

    DEVICE, LINE = "device", "network"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="heard_days")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="heard_days")
    subject_kind = models.CharField(max_length=10)
    subject_id = models.CharField(max_length=SUBJECT_ID_LETTERS)
    day = models.DateField()
    heard_until = models.DateTimeField()
    engines = models.JSONField(default=list)
    signals = models.JSONField(default=dict)
    urgent = models.PositiveIntegerField(default=0)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "device", "subject_kind", "subject_id", "day"],
                name="heard_day_once",
            )
        ]


@keep_for(days=400, after="over_at")
class Matter(models.Model):
    """Something that a rule told of, from when it began until it is not reported any more.

    The computer sends no names and addresses, so a matter is known by its rule and its beginning.

    Attributes:
        rule: id of the catalog's rule; what it says and how it is told stands there.
        first, last, n: since when, seen last, how many signals.
        heard_at: the newest moment at which the computer still told of it.
        over_at: since when the computer tells of it no more.
        told_at: when people were told of it.
        ours_until: until when it is quiet, because somebody said that it was them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="watch_matters")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="watch_matters")
    subject_kind = models.CharField(max_length=10)
    subject_id = models.CharField(max_length=SUBJECT_ID_LETTERS)
    rule = models.CharField(max_length=RULE_LETTERS)
    first = models.DateTimeField()
    last = models.DateTimeField()
    n = models.PositiveBigIntegerField()
    heard_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    ours_until = models.DateTimeField(null=True)
    ours_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["company", "over_at"], name="open_matters")]


@keep_for(days=400, after="heard_until")
class KnockDay(models.Model):
    """What a sensor counted at one line on one whole day.

    Attributes:
        device: the computer that counted.
        line: the name of the line.
        day: the day in Japan.
        addresses: watched addresses at which something arrived.
        pairs: different (source, port); hits: packets.
        at_least: there were too many to keep apart: ``pairs`` is too small.
        ports: [port and protocol, different sources], most first.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="knock_days")
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="knock_days")
    line = models.CharField(max_length=SUBJECT_ID_LETTERS)
    day = models.DateField()
    heard_until = models.DateTimeField()
    addresses = models.PositiveIntegerField()
    pairs = models.PositiveBigIntegerField()
    hits = models.PositiveBigIntegerField()
    at_least = models.BooleanField()
    ports = models.JSONField(default=list)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["company", "device", "line", "day"], name="knock_day_once"
            )
        ]


class KnockSharing(models.Model):
    """A company that lets its knocks be counted together with other companies'.

    Attributes:
        since: days before this one are not counted.
    """

    company = models.OneToOneField(
        Company, on_delete=models.CASCADE, primary_key=True, related_name="knock_sharing"
    )
    since = models.DateField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ScopedManager()


@keep_for(days=1200, after="made_at")
class KnockWeek(models.Model):
    """A week's knocks of at least ten companies together. Says nothing of any one of them.

    Attributes:
        begins: its Monday.
        companies: how many companies (n); days: counted days of their sensors together.
        rate: the middle one of the companies' knocks a day and IP address, to two digits.
        ports: [port and protocol, share of the knocks (0 to 1, each company alike), companies].
    """

    begins = models.DateField(primary_key=True)
    companies = models.PositiveIntegerField()
    days = models.PositiveIntegerField()
    rate = models.FloatField()
    ports = models.JSONField(default=list)
    made_at = models.DateTimeField(default=timezone.now)


class GatewayBox(models.Model):
    """How a gateway box was when its computer last reported.

    Attributes:
        name: what the box is called in its settings; the line that its facts are about.
        state: the fact ``network.box`` as it came, kept within bounds.
    """

    device = models.OneToOneField(
        Device, on_delete=models.CASCADE, primary_key=True, related_name="gateway_box"
    )
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="gateway_boxes")
    name = models.CharField(max_length=SUBJECT_ID_LETTERS)
    reported_at = models.DateTimeField()
    state = models.JSONField()

    objects = ScopedManager()


def is_open(now: datetime | Given) -> Q:
    """Return which matters still wait for somebody: reported, and nobody's own doing."""
    quiet = Q(ours_until__isnull=False, ours_until__gt=now)
    return Q(over_at=None) & ~quiet


def open_matters(company: Company, now: datetime) -> QuerySet[Matter]:
    """Return the matters of a company that wait for somebody, the newest first."""
    rows: QuerySet[Matter] = Matter.objects.of(company).filter(is_open(now))
    return rows.select_related("device").order_by("-last", "rule", "pk")


class Telling(models.Model):
    """When the people of a company were last told of what can wait: once a day at most."""

    company = models.OneToOneField(
        Company, on_delete=models.CASCADE, primary_key=True, related_name="watch_telling"
    )
    day_told_at = models.DateTimeField(null=True)

    objects = ScopedManager()


@keep_for(days=30, after="made_at")
class HookCall(models.Model):
    """A notice on its way to the operator's hook.

    Attributes:
        body: the JSON that is signed and sent, as it is.
        next_at: when it is tried next; None once it was taken, or given up.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="hook_calls")
    body = models.TextField()
    made_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, default=timezone.now)
    taken_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["next_at"], name="hook_calls_due")]
