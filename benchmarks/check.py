"""Runs `tojimari check --json` and Lynis's fastest full run on this machine, in one go, and compares.

Prints wall time, CPU time and peak memory of both with their ratio, and a table of Lynis's findings
against ours. Ends with 1 when a goal is missed or a finding of Lynis has neither a control nor a
written reason in lynis_findings.yaml.

    python benchmarks/check.py [--runs 5]
    python benchmarks/check.py --before FOLDER [--runs 9] [--processes 250]

The second compares with an earlier checkout instead, its catalog compiled, turn about in one go: both
beside as many idle processes, since a desktop runs a few hundred.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import yaml

HERE = Path(__file__).parent
GOAL_RATIO = 30
GOAL_MEMORY_MB = 80


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds; peak memory of the whole process tree in MB."""

    wall: float
    cpu: float
    memory: float


def measure(argv: list[str], env: dict[str, str] | None = None) -> tuple[Cost, str]:
    """Run ``argv`` and return what it cost and printed. CPU includes all its children."""
    with tempfile.TemporaryFile() as out:
        started = time.perf_counter()
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(env or {})},
        )
        peak = _Peak(process.pid)
        peak.start()
        _, _, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        peak.stop()
        out.seek(0)
        printed = out.read().decode(errors="replace")
    # The sampler sees sums over the tree but may miss a short peak; ru_maxrss never misses the
    # largest single process. The larger of the two is the honest lower bound.
    memory = max(peak.bytes / 1e6, usage.ru_maxrss / 1e3)
    return Cost(wall, usage.ru_utime + usage.ru_stime, memory), printed


class _Peak(threading.Thread):
    """Samples the proportional memory of a process and its descendants every 10 ms."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.bytes = 0
        self._ended = threading.Event()

    def run(self) -> None:
        try:
            root = psutil.Process(self.pid)
        except psutil.Error:
            return
        while not self._ended.wait(0.01):
            total = 0
            try:
                tree = [root, *root.children(recursive=True)]
            except psutil.Error:
                return
            for process in tree:
                try:
                    total += process.memory_full_info().pss
                except (psutil.Error, OSError):
                    continue
            self.bytes = max(self.bytes, total)

    def stop(self) -> None:
        self._ended.set()
        self.join(timeout=1)


def lynis_findings(report: Path) -> list[tuple[str, str, str]]:
    """Return (level, test id, text) of every warning and suggestion in Lynis's report file."""
    found = []
    for line in report.read_text("utf-8", errors="replace").splitlines():
        for level in ("warning", "suggestion"):
            if line.startswith(f"{level}[]="):
                parts = line.split("=", 1)[1].split("|")
                found.append((level, parts[0], parts[1]))
    return found


def covered_by(test: str, table: dict[str, dict[str, str]]) -> dict[str, str] | None:
    """Return the table's entry for a Lynis test id: exact, else its family."""
    return table.get(test) or table.get(f"{test.split('-')[0]}-*")


def against(before: Path, runs: int, processes: int) -> int:
    """Print what a check costs from this checkout and from the one in ``before``, turn about."""
    costs: dict[Path, list[Cost]] = {before: [], HERE.parent: []}
    idle = [subprocess.Popen(["sleep", "3600"]) for _ in range(processes)]
    try:
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(runs + 1):
                for number, (checkout, found) in enumerate(costs.items()):
                    env = {
                        "PYTHONPATH": str(checkout / "src"),
                        "TOJIMARI_STATE": f"{folder}/{number}.sqlite3",
                    }
                    command = [sys.executable, "-m", "tojimari", "check", "--json"]
                    found.append(measure(command, env)[0])
    finally:
        for process in idle:
            process.kill()
            process.wait()
    then, now = (_middle(found[1:]) for found in costs.values())
    print(f"{_machine()}; {processes} idle processes beside; median of {runs}, memory: maximum\n")
    print("| tojimari check --json | before | now | ratio |")
    print("|---|---|---|---|")
    for what, one, other in (
        ("wall time, s", then.wall, now.wall),
        ("CPU time, s", then.cpu, now.cpu),
        ("peak memory, MB", then.memory, now.memory),
    ):
        print(f"| {what} | {one:.2f} | {other:.2f} | {one / other:.2f}x |")
    return 0


def _machine() -> str:
    return (
        f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"uid {os.geteuid()}"
    )


def main() -> int:
    """Run the comparison."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=5)
    options.add_argument("--lynis-runs", type=int, default=1)
    options.add_argument("--before", type=Path)
    options.add_argument("--processes", type=int, default=250)
    arguments = options.parse_args()
    if arguments.before is not None:
        return against(arguments.before.resolve(), arguments.runs, arguments.processes)
    lynis = shutil.which("lynis") or "/usr/sbin/lynis"
    if not Path(lynis).exists():
        print("Lynis is not installed: apt-get install lynis", file=sys.stderr)
        return 2
    command = Path(sys.executable).with_name("tojimari")
    with tempfile.TemporaryDirectory() as folder:
        state = {"TOJIMARI_STATE": f"{folder}/state.sqlite3"}
        ours: list[Cost] = []
        printed = ""
        for _ in range(arguments.runs + 1):
            cost, printed = measure([str(command), "check", "--json"], state)
            ours.append(cost)
        first, ours = ours[0], ours[1:]
        report = Path(folder) / "lynis.dat"
        theirs = [
            measure(
                [
                    lynis,
                    "audit",
                    "system",
                    "--quick",
                    "--quiet",
                    "--no-colors",
                    "--report-file",
                    str(report),
                    "--log-file",
                    f"{folder}/lynis.log",
                ]
            )[0]
            for _ in range(arguments.lynis_runs)
        ]
        findings = lynis_findings(report)
    return _print(first, ours, theirs, findings, json.loads(printed))


def _middle(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(c.wall for c in costs),
        statistics.median(c.cpu for c in costs),
        max(c.memory for c in costs),
    )


def _print(
    first: Cost,
    ours: list[Cost],
    theirs: list[Cost],
    findings: list[tuple[str, str, str]],
    result: dict,
) -> int:
    us, them = _middle(ours), _middle(theirs)
    print(
        f"{_machine()}; tojimari n={len(ours)} (median; memory: maximum), lynis n={len(theirs)}\n"
    )
    print("| | tojimari check --json | lynis audit system --quick | ratio |")
    print("|---|---|---|---|")
    print(f"| wall time, s | {us.wall:.2f} | {them.wall:.1f} | {them.wall / us.wall:.0f}x |")
    print(f"| CPU time, s | {us.cpu:.2f} | {them.cpu:.1f} | {them.cpu / us.cpu:.0f}x |")
    print(
        f"| peak memory, MB | {us.memory:.0f} | {them.memory:.0f} | "
        f"{them.memory / us.memory:.2f}x |"
    )
    print(f"\nThe first run on this machine took {first.wall:.2f} s.\n")
    table = yaml.safe_load((HERE / "lynis_findings.yaml").read_text("utf-8"))
    states = {control["id"]: control for control in result["controls"]}
    print("| Lynis | what it says | our control | we say | or why it is not ours |")
    print("|---|---|---|---|---|")
    missed = 0
    for level, test, text in findings:
        entry = covered_by(test, table)
        if entry is None:
            missed += 1
            print(f"| {test} ({level}) | {text} | | | **no control and no reason** |")
            continue
        control = states.get(entry.get("control", ""))
        said = control["state"] if control else ""
        if "control" in entry and control is None:
            missed += 1
            said = "**no such control**"
        why = entry.get("reason") or entry.get("note", "")
        # Lynis complains and we say it is fine: that needs a written reason too.
        if control and control["state"] == "met" and not why:
            missed += 1
            why = "**we say met without a reason**"
        print(f"| {test} ({level}) | {text} | {entry.get('control', '')} | {said} | {why} |")
    ok = them.wall / us.wall >= GOAL_RATIO and us.memory < GOAL_MEMORY_MB and not missed
    print(
        f"\nGoals ({GOAL_RATIO}x in wall time, under {GOAL_MEMORY_MB} MB, nothing missed): "
        f"{'met' if ok else 'NOT met'}"
    )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
