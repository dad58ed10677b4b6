"""What a grant allows becomes names of rights: the columns' meaning is carried over, both ways."""

from itertools import product

from django.db import migrations

RIGHT_OF = {
    "sees_findings": "findings:read",
    "sees_devices": "devices:read",
    "may_write": "reminders:send",
}


def _each(models_of):
    """Yield the rows, and for every combination of columns its values and its text."""
    for name in ("Grant", "Invitation"):
        rows = models_of.get_model("supporters", name)._base_manager
        for chosen in product((False, True), repeat=len(RIGHT_OF)):
            columns = dict(zip(RIGHT_OF, chosen, strict=True))
            names = sorted(RIGHT_OF[column] for column, on in columns.items() if on)
            yield rows, columns, names


def to_scopes(models_of, _):
    for rows, columns, names in _each(models_of):
        text = f" {' '.join(names)} " if names else ""
        rows.filter(**columns).update(scopes=text)


def to_columns(models_of, _):
    for rows, columns, names in _each(models_of):
        if len(names) == 1:
            (column,) = (column for column, on in columns.items() if on)
            rows.filter(scopes__contains=f" {names[0]} ").update(**{column: True})


class Migration(migrations.Migration):
    dependencies = [("supporters", "0003_grant_scopes")]

    operations = [migrations.RunPython(to_scopes, to_columns)]
