"""Verdicts, kept mails, contacts, first mails."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import tojimari.portal.mailcheck.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("companies", "0004_ground"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Judged",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("way", models.CharField(max_length=10)),
                ("level", models.CharField(max_length=10)),
                ("trick", models.CharField(blank=True, max_length=40)),
                ("reasons", models.JSONField(default=list)),
                ("sender", models.CharField(blank=True, max_length=320)),
                ("verified", models.BooleanField(default=False)),
                ("hosts", models.JSONField(default=list)),
                ("sketch", models.JSONField(default=list)),
                ("expected", models.CharField(blank=True, max_length=10)),
                ("asker", models.CharField(blank=True, max_length=16)),
                (
                    "by",
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="judged_mails",
                        to="companies.company",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="KeptMail",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sealed", models.BinaryField()),
                (
                    "delete_at",
                    models.DateTimeField(default=tojimari.portal.mailcheck.models.last_day),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kept_mails",
                        to="companies.company",
                    ),
                ),
                (
                    "judged",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kept",
                        to="mailcheck.judged",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=100)),
                ("address", models.CharField(max_length=320)),
                ("said", models.CharField(max_length=10)),
                ("made_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mail_contacts",
                        to="companies.company",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "address"), name="one_contact_an_address"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FirstMail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sender", models.CharField(max_length=320)),
                ("day", models.DateField()),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="first_mails",
                        to="companies.company",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "sender"), name="one_first_mail")
                ],
            },
        ),
        migrations.AddIndex(
            model_name="judged",
            index=models.Index(fields=["company", "-at"], name="judged_when"),
        ),
    ]
