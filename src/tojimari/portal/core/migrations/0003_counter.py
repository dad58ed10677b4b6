"""Counters of how often something is asked, which were in the cache before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0002_ground")]

    operations = [
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField(default=0)),
                ("over_at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["over_at"], name="counters_over")]},
        ),
    ]
