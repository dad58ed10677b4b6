"""Looks at the running Windows as the product does; prints the observations of the given kinds."""

import sys
from datetime import UTC, datetime

import msgspec

from tojimari.catalog import load_catalog
from tojimari.collect.local_device import look_here
from tojimari.model import Subject, stored

found = look_here(
    catalog=load_catalog(),
    device=Subject("device", "test-device"),
    at=datetime.now(UTC),
    kinds=sys.argv[1:],
)
told = [msgspec.to_builtins(stored(one)) for one in found if one.kind in sys.argv[1:]]
sys.stdout.write(msgspec.json.encode(told).decode())
