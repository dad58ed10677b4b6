"""How many sites a minute: `tojimari site --many` on made-up domains that one local nginx serves.

    PYTHONPATH=. python benchmarks/outside_many.py [--sites 1000]      (writes benchmarks/outside_many.md)

Each name is a domain of its own in DNS (unbound), with a mail server named and none there, as is
common; web and TLS come from one nginx. Nothing is left out of the look but the imitations.
"""

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import psutil
from tests.support.names import unbound
from tests.support.stage import Authority
from tests.support.web_servers import nginx

HERE = Path(__file__).parent


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--sites", type=int, default=1000)
    count = options.parse_args().sites
    names = [f"site{number}.example" for number in range(count)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        records = [f"{name}. A 127.0.0.1" for name in names]
        pem = Authority(folder).pem(("*.example",))
        (folder / "names").write_text("\n".join(names))
        with nginx(pem, workers=256) as ports, unbound(folder, records) as resolver:
            lab = f"80={ports[80]},443={ports[443]},25=1"
            command = [sys.executable, "-m", "tojimari", "site", "--many", str(folder / "names")]
            command += ["--json", "--lab", "--resolver", resolver, "--lab-ports", lab]
            before = time.monotonic()
            with (folder / "rows").open("wb") as out:
                running = subprocess.Popen(command, stdout=out)
                memory, cpu = _watched(running)
            took = time.monotonic() - before
        rows = [json.loads(line) for line in (folder / "rows").read_text().splitlines()]
    found = {row["site"] for row in rows}
    lost = [name for name in names if name not in found]
    reasons = Counter(
        f"{one['kind']}: {one['not_seen']['reason']}"
        for row in rows
        for one in row["seen"]
        if one["fields"] is None
    )
    text = [
        "# Many sites at once",
        "",
        f"Made by `PYTHONPATH=. python benchmarks/outside_many.py --sites {count}` on "
        f"{datetime.now(UTC):%Y-%m-%d} ({platform.machine()}, {os.cpu_count()} cores, Python "
        f"{platform.python_version()}; nginx and unbound on the same machine).",
        "",
        f"{count} domains in {took:.0f} s: **{count / took:.2f} sites/s**, lost: {len(lost)}. "
        f"All processes together {memory / 1e6:.0f} MB at most; {cpu:.0f} s of CPU. The servers' "
        "share is in neither.",
        "",
        "Facts not seen, of "
        + f"{sum(len(row['seen']) for row in rows)}: "
        + (", ".join(f"{kind} {n}" for kind, n in reasons.most_common()) or "none")
        + ".",
        "",
    ]
    (HERE / "outside_many.md").write_text("\n".join(text), encoding="utf-8")
    print("\n".join(text))
    sys.exit(1 if lost or running.returncode not in (0, 1) else 0)


def _watched(running: subprocess.Popen) -> tuple[float, float]:
    """Return the largest memory (bytes, shared pages counted once) and CPU seconds of all of it."""
    root, most, spent = psutil.Process(running.pid), 0.0, {}
    while running.poll() is None:
        memory = 0.0
        for process in [root, *root.children(recursive=True)]:
            with contextlib.suppress(psutil.Error, OSError):
                memory += process.memory_full_info().pss
                times = process.cpu_times()
                spent[process.pid, process.create_time()] = times.user + times.system
        most = max(most, memory)
        time.sleep(0.5)
    return most, sum(spent.values())


if __name__ == "__main__":
    main()
