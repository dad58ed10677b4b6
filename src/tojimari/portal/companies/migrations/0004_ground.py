"""Jobs belong to the ground: their table stays where it is. Subject ids hold a host name."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("companies", "0003_job_about")]

    operations = [
        migrations.AlterField(
            model_name="observation",
            name="subject_id",
            field=models.CharField(max_length=253),
        ),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Job")]),
    ]
