"""What the portal remembers about its own running."""

from django.db import models

from tojimari.portal.core.retention import keep_for


class Periodic(models.Model):
    """When a repeated job is due next; whichever worker moves the time runs it."""

    name = models.CharField(max_length=30, primary_key=True)
    due_at = models.DateTimeField()


@keep_for(days=7, after="at")
class Heartbeat(models.Model):
    """When each worker was last alive, for the doctor and the health page."""

    worker = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField()
