"""Chains the lines that are there; a further line says that they were written before the chain."""

from itertools import groupby

from django.db import migrations
from django.utils import timezone

from tojimari.portal.incidents.tying import tie_earlier


def chain(apps, schema_editor):
    model = apps.get_model("incidents", "IncidentEntry")
    rows = (
        model._base_manager.filter(number=None)
        .select_related("by")
        .order_by("incident_id", "made_at", "pk")
    )
    now = timezone.now()
    for _, of_incident in groupby(rows, key=lambda row: row.incident_id):
        made, mark = tie_earlier(model, list(of_incident), None, now)
        model._base_manager.bulk_update(
            made, ["claimed", "who", "number", "previous", "digests", "salts", "digest"]
        )
        mark.save(force_insert=True)


def unchain(apps, schema_editor):
    model = apps.get_model("incidents", "IncidentEntry")
    model._base_manager.filter(kind="chained").delete()


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_chain"), ("people", "0003_ground")]

    operations = [migrations.RunPython(chain, unchain)]
