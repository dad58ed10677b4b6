"""The web sites a company named, and how it proved that they are its own."""

import secrets
import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from tojimari.model import shown_name
from tojimari.portal.companies.models import Company
from tojimari.portal.core.scope import ScopedManager

FILE_PATH = "/.well-known/tojimari.txt"
"""Where the proof lies on the site itself."""
PROOF = "tojimari="
"""What stands before the token, in DNS and in the file."""


def _token() -> str:
    return secrets.token_hex(16)


class Site(models.Model):
    """A web site of a company. Its name is the subject id of what is observed about it.

    Attributes:
        name: host name in ASCII, e.g. ``www.example.co.jp``.
        mail_domain: the registered domain it belongs to.
        token: what its owner puts into DNS or a file; no secret, but nobody can guess it.
        proven_by: ``dns``, ``file`` or, for a test server of one's own, ``lab``.
        proven_at: when the proof was last seen; None before, and once it was found gone.
    """

    DNS, FILE, LAB = "dns", "file", "lab"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="sites")
    name = models.CharField(max_length=253)
    mail_domain = models.CharField(max_length=253)
    token = models.CharField(max_length=32, default=_token)
    proven_by = models.CharField(max_length=4, blank=True)
    proven_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "name"], name="site_once")
        ]

    @property
    def shown_name(self) -> str:
        """Return the name as people read it."""
        return shown_name(self.name)

    @property
    def shown_domain(self) -> str:
        """Return the domain whose DNS may hold the proof, as people read it."""
        return shown_name(self.mail_domain or self.name)

    @property
    def line(self) -> str:
        """Return the line that proves ownership."""
        return f"{PROOF}{self.token}"


class Watch(models.Model):
    """The watch over a proven site: what it is held against, and what the last look saw.

    Attributes:
        baseline: as ``assess.defacement.baseline.encode`` writes it; "" before the first look.
        accepted: the same of the state that the page shows, for when the owner says it is theirs;
            why it is not the baseline: ``assess.defacement.result.WatchResult``.
        next_at: when to look again. A worker that looks moves it on first, and so claims the look.
        tried_at: the last look.
        seen_at: the last look that saw the site.
        changes: of that look: kind, severity, page, evidence and on how many pages.
        kept_at: since when the site is held against the present baseline.
        pages: how many that look saw.
    """

    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="watch")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="watches")
    baseline = models.TextField(blank=True)
    accepted = models.TextField(blank=True)
    next_at = models.DateTimeField(default=timezone.now)
    tried_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    kept_at = models.DateTimeField(null=True, blank=True)
    pages = models.PositiveSmallIntegerField(default=0)
    changes = models.JSONField(default=list)

    objects = ScopedManager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["next_at"], name="to_watch")]

    @property
    def unseen(self) -> bool:
        """Say whether the last look did not see the site."""
        return self.tried_at is not None and self.tried_at != self.seen_at


WATCH_EVERY = timedelta(hours=24)
WATCH_AGAIN_AFTER = timedelta(hours=1)
"""After a look that did not see the site."""
LOOK_AGAIN_AFTER = timedelta(minutes=10)
"""A site is not looked at more often than this from here: it is somebody's shop window."""
PROOFS_AT_MOST = 10
"""In that time, of one host."""
SITES_AT_MOST = 20
