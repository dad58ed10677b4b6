"""Runs in the Windows of the tests: looks once and prints every observation, a line each."""

import json
import sys
from datetime import UTC, datetime

from tojimari.catalog import load_catalog
from tojimari.collect.local_device import look_here
from tojimari.model import Subject
from tojimari.model.facts import plain_fact

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    found = look_here(
        catalog=load_catalog(),
        device=Subject("device", "in-wine"),
        at=datetime.now(UTC),
        kinds=sys.argv[1:] or None,
    )
    for one in found:
        fields = plain_fact(one.fact) if one.fact else None
        why = one.not_seen.reason if one.not_seen else ""
        print(json.dumps({"kind": one.kind, "fields": fields, "not_seen": why}))
