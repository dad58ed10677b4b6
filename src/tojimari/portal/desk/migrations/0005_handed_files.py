"""The files that somebody outside opens. What a company had agreed to before stays as it was."""

from typing import Any

from django.db import migrations, models
from django.utils import timezone


def keep_what_was_agreed(apps: Any, schema: Any) -> None:
    """Tick what everybody a conversation is handed to could open until now: all but notes' files."""
    handovers = apps.get_model("desk", "Handover")._base_manager
    attachments = apps.get_model("desk", "Attachment")._base_manager
    for one in handovers.filter(until__gt=timezone.now(), ended_at=None):
        files = attachments.filter(message__ticket=one.ticket_id).exclude(message__kind="note")
        one.files = sorted(str(key) for key in files.values_list("pk", flat=True))
        one.save(update_fields=["files"])


class Migration(migrations.Migration):
    dependencies = [("desk", "0004_referral")]

    operations = [
        migrations.AddField("handover", "files", models.JSONField(default=list)),
        migrations.AddField("referral", "files", models.JSONField(default=list)),
        migrations.RunPython(keep_what_was_agreed, migrations.RunPython.noop),
    ]
