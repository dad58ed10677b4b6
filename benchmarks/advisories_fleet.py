"""How long a new advisory takes to reach whom it concerns: 50,000 devices of 2,000 packages each.

Starts a PostgreSQL of its own and fills it with made-up devices of 10,000 companies, each with 2,000
of 60,000 package versions; takes in an index; then a second one that names one more package, which
a share of the devices has. Prints the seconds of matching everything and of matching the change.
Usage: PYTHONPATH=src:. python benchmarks/advisories_fleet.py [--devices N]
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.support.servers import Postgres

PACKAGES, VERSIONS, EACH = 6000, 10, 2000


def _take(folder: Path, *weak: int) -> None:
    from tojimari.knowledge.advisories.index import make_index
    from tojimari.knowledge.advisories.place import index_place

    tracker = {
        f"pkg{n}": {
            f"CVE-2026-{1000 + n}": {
                "releases": {"bookworm": {"status": "resolved", "fixed_version": "4-1"}}
            }
        }
        for n in weak
    }
    (folder / "t.json").write_text(json.dumps(tracker))
    make_index([folder / "t.json"], index_place())


def _fill(devices: int) -> None:
    from tojimari.portal.companies.models import Company
    from tojimari.portal.devices.models import Device, DevicePackages, PackageVersion
    from tojimari.portal.devices.packages import _packed

    chance = random.Random(1)
    PackageVersion.objects.bulk_create(
        [
            PackageVersion(release="debian-12", package=f"pkg{n}", version=f"{v}-1")
            for n in range(PACKAGES)
            for v in range(VERSIONS)
        ],
        batch_size=5000,
    )
    first = PackageVersion.objects.order_by("pk").first().pk
    companies = [Company(name=f"商店{n}") for n in range(max(1, devices // 5))]
    Company.objects.bulk_create(companies, batch_size=5000)
    for start in range(0, devices, 1000):
        made = [
            Device(company=companies[n // 5], kind="computer", system="linux")
            for n in range(start, min(devices, start + 1000))
        ]
        Device.objects.across("benchmark").bulk_create(made)
        DevicePackages.objects.across("benchmark").bulk_create(
            [
                DevicePackages(
                    device=device,
                    company=device.company,
                    versions=_packed(
                        first + n * VERSIONS + chance.randrange(VERSIONS)
                        for n in chance.sample(range(PACKAGES), EACH)
                    ),
                )
                for device in made
            ]
        )


def main() -> int:
    """Fill, match, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=50_000)
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tojimari-bench-"))
    postgres = Postgres()
    os.environ.update(
        TOJIMARI_MODE="server",
        TOJIMARI_LOG_LEVEL="ERROR",
        TOJIMARI_DATABASE_URL=postgres.create("bench"),
        TOJIMARI_SECRET_KEY="x" * 50,
        TOJIMARI_PUBLIC_URL="http://127.0.0.1",
        TOJIMARI_HOME=str(folder),
        TOJIMARI_KNOWLEDGE=str(folder),
        DJANGO_SETTINGS_MODULE="tojimari.portal.settings",
    )
    import django

    django.setup()
    from django.core.management import call_command

    from tojimari.portal.devices.models import OpenWeakness
    from tojimari.portal.devices.packages import match_all

    try:
        call_command("migrate", verbosity=0)
        started = time.perf_counter()
        _fill(chosen.devices)
        print(f"{chosen.devices:,} devices filled in {time.perf_counter() - started:.0f} s")
        for what, weak in (
            ("an index of 1 advisory, everything judged for the first time", range(1)),
            ("one advisory more", range(2)),
            ("the same again", range(2)),
        ):
            _take(folder, *weak)
            before, started, spent = (
                OpenWeakness.objects.across("x").count(),
                time.perf_counter(),
                time.process_time(),
            )
            match_all()
            print(
                f"{what}: {time.perf_counter() - started:.1f} s, {time.process_time() - spent:.1f} s CPU "
                f"of ours, {OpenWeakness.objects.across('x').count() - before:,} weaknesses more"
            )
    finally:
        postgres.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
