"""How long a new advisory takes to reach whom it concerns: 50,000 devices of 2,000 packages each.

Starts a PostgreSQL of its own and fills it with made-up devices, five a company, each with 2,000 of
60,000 package versions; takes in indexes one after another and prints the seconds of matching each,
and those of telling and judging the first hundred companies that are concerned.
Usage: PYTHONPATH=src:. python benchmarks/advisories_fleet.py [--devices 50000]
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from tests.support.servers import Postgres

PACKAGES, VERSIONS, EACH = 6000, 10, 2000


ATTACKED = "CVE-2021-44228"
"""Stands in CISA's catalogue."""


def _take(folder: Path, weak: dict[int, str]) -> None:
    from tojimari.knowledge.advisories.index import make_index
    from tojimari.knowledge.advisories.place import index_place

    tracker = {
        f"pkg{n}": {
            number: {"releases": {"bookworm": {"status": "resolved", "fixed_version": "4-1"}}}
        }
        for n, number in weak.items()
    }
    (folder / "t.json").write_text(json.dumps(tracker))
    make_index([folder / "t.json"], index_place())


def _fill(devices: int) -> None:
    from tojimari.portal.companies.models import Company
    from tojimari.portal.devices.models import Device, DevicePackages, PackageVersion
    from tojimari.portal.devices.packages import packed

    chance = np.random.default_rng(1)
    PackageVersion.objects.bulk_create(
        [
            PackageVersion(release="debian-12", package=f"pkg{n}", version=f"{v}-1", judged_by="")
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
                    versions=packed(_some_versions(chance, first)),
                )
                for device in made
            ]
        )


def _some_versions(chance: np.random.Generator, first: int) -> list[int]:
    packages = chance.choice(PACKAGES, EACH, replace=False)
    versions = first + packages * VERSIONS + chance.integers(0, VERSIONS, EACH)
    return [int(one) for one in versions]


def _match(what: str) -> None:
    from django_tasks_db.models import DBTaskResult

    from tojimari.portal.devices.matching import follow_up, match_all
    from tojimari.portal.devices.models import OpenWeakness

    rows = OpenWeakness.objects.across("benchmark")
    before, tasks = rows.count(), DBTaskResult.objects.count()
    started, spent = time.perf_counter(), time.process_time()
    match_all()
    seconds, processor = time.perf_counter() - started, time.process_time() - spent
    print(
        f"{what}: {seconds:.1f} s, {processor:.1f} s CPU of ours, {rows.count() - before:,} weaknesses "
        f"more, {DBTaskResult.objects.count() - tasks} tasks; load {os.getloadavg()[0]:.0f}",
        flush=True,
    )
    waiting = DBTaskResult.objects.order_by("-enqueued_at")[:2]
    if DBTaskResult.objects.count() > tasks:
        started = time.perf_counter()
        companies = [c for one in waiting for c in one.args_kwargs["args"][0]]
        follow_up.func(companies)
        print(
            f"  {len(companies)} companies told and judged: {time.perf_counter() - started:.1f} s"
        )


def main() -> int:
    """Fill, match, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=5_000)
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

    try:
        call_command("migrate", verbosity=0)
        started = time.perf_counter()
        _fill(chosen.devices)
        print(
            f"{chosen.devices:,} devices filled in {time.perf_counter() - started:.0f} s",
            flush=True,
        )
        harmless = {0: "CVE-2026-1000"}
        many = {n: f"CVE-2026-{1000 + n}" for n in range(0, 3000, 30)}
        for what, weak in (
            ("the first index, of 1 advisory", harmless),
            ("one advisory more", harmless | {1: "CVE-2026-1001"}),
            ("the same again", harmless | {1: "CVE-2026-1001"}),
            ("one more, used by attackers", harmless | {1: "CVE-2026-1001", 2: ATTACKED}),
            ("99 more", many | {1: "CVE-2026-1001", 2: ATTACKED}),
        ):
            _take(folder, weak)
            _match(what)
    finally:
        postgres.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
