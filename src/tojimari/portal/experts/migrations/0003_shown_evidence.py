"""The pieces of evidence that an expert opens."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("experts", "0002_mail_claims")]

    operations = [migrations.AddField("expertvisit", "files", models.JSONField(default=list))]
