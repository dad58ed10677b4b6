"""Runs in the Windows of the tests: imports an export, looks, prints every observation, a line each.

First argument: the file of an export, "" for none; then the fact kinds, all where there are none.
"""

import json
import subprocess
import sys
from datetime import UTC, datetime

import msgspec

from tojimari.catalog import load_catalog
from tojimari.collect import local_device
from tojimari.collect.look import Collector, System, collectors
from tojimari.model import Subject
from tojimari.model.facts import plain_fact

PATIENCE = 600.0
"""Seconds: the first program of a Wine waits for its services, longer than a look may take."""


def patient(system: System) -> list[Collector]:
    """Return the collectors, with more time than a busy machine of the tests takes."""
    return [msgspec.structs.replace(one, limit_seconds=PATIENCE) for one in collectors(system)]


if __name__ == "__main__":
    export, *kinds = sys.argv[1:]
    if export:
        subprocess.run(["regedit", "/S", export], check=True, stdin=subprocess.DEVNULL)
    local_device.collectors = patient  # type: ignore[attr-defined]  # what it imported
    found = local_device.look_here(
        catalog=load_catalog(),
        device=Subject("device", "in-wine"),
        at=datetime.now(UTC),
        kinds=kinds or None,
    )
    for one in found:
        fields = plain_fact(one.fact) if one.fact else None
        why = one.not_seen.reason if one.not_seen else ""
        print(json.dumps({"kind": one.kind, "fields": fields, "not_seen": why}))
