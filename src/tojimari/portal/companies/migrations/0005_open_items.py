"""What of the basics is open stands in the one row of a company, so that lists can count it."""

from collections import defaultdict
from typing import Any

from django.db import migrations, models

from tojimari.assess.standing import BASICS
from tojimari.model import OPEN
from tojimari.portal.words import catalog


def from_states(apps: Any, schema_editor: Any) -> None:
    """Read it off the states that are kept, for the companies judged before."""
    items = catalog().frameworks[BASICS].items
    states = apps.get_model("companies", "ControlState")._base_manager
    controls = {control for item in items for control in item.controls}
    rows = states.filter(control__in=controls, state__in=OPEN).values_list("company", "control")
    open_controls: dict[Any, set[str]] = defaultdict(set)
    for company, control in rows:
        open_controls[company].add(control)
    standings = apps.get_model("companies", "Standing")._base_manager
    changed = []
    for standing in standings.iterator():
        open_here = open_controls.get(standing.company_id)
        if not open_here:
            continue
        names = [item.id for item in items if open_here.intersection(item.controls)]
        standing.open_items = f" {' '.join(names)} "
        changed.append(standing)
    standings.bulk_update(changed, ["open_items"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("companies", "0004_ground")]

    operations = [
        migrations.AddField(
            model_name="standing",
            name="open_items",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.RunPython(from_states, migrations.RunPython.noop),
    ]
