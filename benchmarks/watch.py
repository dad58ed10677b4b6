"""How many lines a second are heard: read, understood, counted and kept. 10,000 are asked for.

python benchmarks/watch.py [LINES]
"""

import json
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tojimari.watch.hearing import Listener, add_log
from tojimari.watch.ledger import open_ledger

ASSETS = Path(__file__).parents[1] / "tests" / "assets" / "watch"


def flows(lines: int) -> list[str]:
    """Return what Suricata writes all day, with an alert every hundredth line (made up)."""
    made = []
    for n in range(lines):
        event = {
            "timestamp": datetime.now(UTC).isoformat(),
            "flow_id": n,
            "event_type": "alert" if n % 100 == 0 else "flow",
            "src_ip": f"203.0.113.{n % 250}",
            "src_port": n % 60_000,
            "dest_ip": "192.168.1.10",
            "dest_port": n % 1000,
            "proto": "TCP",
            "flow": {
                "pkts_toserver": n,
                "bytes_toserver": n * 60,
                "state": "closed",
                "reason": "timeout",
            },
        }
        if n % 100 == 0:
            event["alert"] = {
                "signature": f"made {n % 37}",
                "severity": 2,
                "action": "allowed",
                "category": "x",
            }
        made.append(json.dumps(event))
    return made


def calls(lines: int) -> list[str]:
    """Return connections of nine devices to fifteen thousand places outside, each of which is kept."""
    made = []
    for n in range(lines):
        moment, place = datetime.now(UTC).isoformat(), n * 7919 % 15_000
        event = {
            "timestamp": moment,
            "event_type": "flow",
            "src_ip": f"192.168.1.{n % 9}",
            "dest_ip": f"203.0.{place // 250}.{place % 250}",
            "dest_port": 443,
            "proto": "TCP",
            "flow": {"start": moment, "state": "closed"},
        }
        made.append(json.dumps(event))
    return made


def measured(engine: str, lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "engine.log"
        log.touch()
        with open_ledger(Path(folder) / "x.heard", {"knock": 1440}) as ledger:
            add_log(ledger, engine, log, "line", datetime.now(UTC))
            log.write_text("".join(f"{line}\n" for line in lines))
            began = time.perf_counter()
            heard = Listener(ledger).listen()
            seconds = time.perf_counter() - began
        size = (Path(folder) / "x.heard").stat().st_size
    assert heard.lines == len(lines)
    print(
        f"{engine:10} {heard.lines:8} lines  {heard.signals:7} signals  {heard.lines / seconds:9.0f} lines/s"
        f"  ledger {size / 1e6:5.1f} MB"
    )


def main() -> None:
    lines = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    measured("suricata", flows(lines))
    measured("suricata", calls(lines))
    for path in sorted(ASSETS.iterdir()):
        if path.suffix != ".md" and path.stem != "suricata":
            recorded = path.read_text().splitlines()
            measured(path.stem, (recorded * (lines // len(recorded) + 1))[:lines])
    print(
        f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB (with the lines made)"
    )


if __name__ == "__main__":
    main()
