"""What the owners were told stands in the notices."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("outside", "0002_watch")]

    operations = [migrations.RemoveField(model_name="watch", name="told")]
