"""The web sites a company named, and how it proved that they are its own."""

import secrets
import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from tojimari.portal.companies.models import Company, ScopedManager

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
    def line(self) -> str:
        """Return the line that proves ownership."""
        return f"{PROOF}{self.token}"


LOOK_AGAIN_AFTER = timedelta(minutes=10)
"""A site is not looked at more often than this from here: it is somebody's shop window."""
SITES_AT_MOST = 20
