"""What a grant allows are names of rights now: the columns go."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("supporters", "0004_columns_to_scopes")]

    operations = [
        migrations.RemoveField(model_name=model, name=column)
        for model in ("grant", "invitation")
        for column in ("sees_findings", "sees_devices", "may_write")
    ]
