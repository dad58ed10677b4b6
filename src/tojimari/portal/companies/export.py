"""Everything kept about a company, for its owner to take along."""

import base64
from typing import Any

from django.db import models
from django.forms.models import model_to_dict

from tojimari.portal.companies.models import Company

SCHEMA = "tojimari.export/1"
SECRETS = frozenset({"hash", "result", "sealed", "dry_sealed"})
"""Columns that are no use to anybody but us: hashes of secrets, files made from the rest, and what
only the portal's secret opens."""


def everything_of(company: Company) -> dict[str, Any]:
    """Return every row that hangs on ``company``, table by table, as plain values."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for relation in Company._meta.related_objects:
        model: Any = relation.related_model
        rows = model._base_manager.filter(**{relation.field.name: company}).order_by("pk")
        # Some rows about a company were written by others for themselves; their model says which.
        rows = model.for_company(rows) if hasattr(model, "for_company") else rows
        tables[model._meta.db_table.replace("_", ".", 1)] = [_plain(row) for row in rows.iterator()]
    # The table's name, not the model's: a model may move to another app, its table stays.
    people = company.memberships.select_related("user")
    return {
        "schema": SCHEMA,
        "company": _plain(company),
        "people": [{"email": m.user.email, "name": m.user.name, "role": m.role} for m in people],
        **tables,
    }


def _plain(row: models.Model) -> dict[str, Any]:
    names = [field.name for field in row._meta.concrete_fields if field.name not in SECRETS]
    values = model_to_dict(row, fields=names)
    for field in row._meta.concrete_fields:
        # model_to_dict leaves out what no form may edit: ids and such.
        if field.name in names and field.name not in values:
            values[field.name] = field.value_from_object(row)
    values = {
        key: base64.b64encode(v).decode() if isinstance(v, bytes | memoryview) else v
        for key, v in values.items()
    }
    return {
        key: str(v) if hasattr(v, "hex") and not isinstance(v, float) else v
        for key, v in values.items()
    }
