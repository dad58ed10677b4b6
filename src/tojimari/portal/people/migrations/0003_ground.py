"""The audit log belongs to the ground: its table stays where it is. Roles are texts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0002_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel("AuditEvent")]
        ),
        migrations.AlterField(
            model_name="membership",
            name="role",
            field=models.CharField(max_length=10),
        ),
    ]
