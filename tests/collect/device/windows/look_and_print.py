"""Runs in the Windows of the tests: imports an export, looks, prints every observation, a line each.

First argument: the file of an export, "" for none; then the fact kinds, all where there are none.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime

from tojimari.catalog import load_catalog
from tojimari.collect.local_device import look_here
from tojimari.model import Subject
from tojimari.model.facts import plain_fact

if __name__ == "__main__":
    export, *kinds = sys.argv[1:]
    if export:
        subprocess.run(["regedit", "/S", export], check=True, stdin=subprocess.DEVNULL)
    found = look_here(
        catalog=load_catalog(),
        device=Subject("device", "in-wine"),
        at=datetime.now(UTC),
        kinds=kinds or None,
    )
    for one in found:
        fields = plain_fact(one.fact) if one.fact else None
        why = one.not_seen.reason if one.not_seen else ""
        print(json.dumps({"kind": one.kind, "fields": fields, "not_seen": why}))
