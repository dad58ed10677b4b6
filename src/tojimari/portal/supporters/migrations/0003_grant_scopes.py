"""What a grant allows becomes names of rights: room for them first."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("supporters", "0002_alter_organisation_kind")]

    operations = [
        migrations.AddField(
            model_name="grant", name="scopes", field=models.TextField(blank=True, default="")
        ),
        migrations.AddField(
            model_name="invitation", name="scopes", field=models.TextField(blank=True, default="")
        ),
        migrations.AlterField(
            model_name="organisation", name="kind", field=models.CharField(max_length=10)
        ),
    ]
