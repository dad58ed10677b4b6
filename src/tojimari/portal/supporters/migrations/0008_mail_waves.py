"""Waves of mails are counted by a task and kept for the pages."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("supporters", "0007_mail_warnings")]

    operations = [
        migrations.CreateModel(
            name="MailWaves",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("waves", models.JSONField(default=list)),
                ("newest", models.CharField(blank=True, max_length=120)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mail_waves",
                        to="supporters.organisation",
                    ),
                ),
            ],
        ),
    ]
