"""Jobs and the audit log come from other apps, with their tables: the database does not change."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("companies", "0004_ground"),
        ("people", "0003_ground"),
        ("supporters", "0002_alter_organisation_kind"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Job",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=uuid.uuid4,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("kind", models.CharField(max_length=10)),
                        ("lang", models.CharField(default="ja", max_length=2)),
                        ("control", models.CharField(blank=True, max_length=60)),
                        ("about", models.CharField(blank=True, max_length=60)),
                        ("state", models.CharField(default="waiting", max_length=10)),
                        ("done", models.PositiveSmallIntegerField(default=0)),
                        ("total", models.PositiveSmallIntegerField(default=0)),
                        ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("problem", models.JSONField(null=True)),
                        ("result", models.BinaryField(null=True)),
                        (
                            "company",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="jobs",
                                to="companies.company",
                            ),
                        ),
                    ],
                    options={"db_table": "companies_job"},
                ),
                migrations.CreateModel(
                    name="AuditEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("actor_as", models.CharField(max_length=12)),
                        ("action", models.CharField(max_length=40)),
                        ("about", models.JSONField(default=dict)),
                        (
                            "actor",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "company",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="audit_events",
                                to="companies.company",
                            ),
                        ),
                        (
                            "organisation",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="supporters.organisation",
                            ),
                        ),
                    ],
                    options={
                        "db_table": "people_auditevent",
                        "indexes": [
                            models.Index(fields=["company", "-at"], name="audit_of_company")
                        ],
                    },
                ),
            ]
        ),
    ]
