"""Which weaknesses a package has, told from real histories of Debian packages, beside debsecan.

Labels come from the changelogs of the packages that are installed here: a CVE number is closed by the
oldest version whose entry names it, so the version before has it (positive) and that version, the one
after, and later rebuilds of the same upstream version have not (hard negatives). Further negatives for
us alone: the same package in another distribution, and a binary package of that name built from
another source. Nothing is learned, so nothing is held out.

Both are asked as their users ask them: ours reads the tracker's form into an index and judges a list of
software; debsecan (Debian package) fetches its own form from a server on loopback and reads a dpkg
status file. Usage: PYTHONPATH=src:. python benchmarks/advisories.py
"""

import gzip
import http.server
import json
import re
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from tojimari.assess.advisories import concerns
from tojimari.knowledge.advisories.index import Index, make_index
from tojimari.model.facts import DeviceSoftware, SoftwareItem

_HEAD = re.compile(r"^(\S+) \(([^)\s]+)\) ")
_CVE = re.compile(r"CVE-\d{4}-\d{4,7}")
RELEASE = "debian-12"


class Case(NamedTuple):
    """A question: has this version of a source package this weakness?"""

    source: str
    version: str
    cve: str
    weak: bool
    sort: str


def histories() -> dict[str, list[tuple[str, set[str]]]]:
    """Return source package -> its versions, newest first, each with the CVE numbers it names."""
    found: dict[str, list[tuple[str, set[str]]]] = {}
    for path in sorted(Path("/usr/share/doc").glob("*/changelog.Debian.gz")):
        try:
            text = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
        except OSError:
            continue
        entries: list[tuple[str, set[str]]] = []
        source = ""
        for line in text.splitlines():
            if head := _HEAD.match(line):
                source = source or head.group(1)
                if head.group(1) != source:
                    break  # renamed: older versions are another package's
                entries.append((head.group(2), set()))
            elif entries:
                entries[-1][1].update(_CVE.findall(line))
        if len(entries) > len(found.get(source, [])):
            found[source] = entries
    return found


def _upstream(version: str) -> str:
    return version.split(":")[-1].rsplit("-", 1)[0]


def cases(
    known: dict[str, list[tuple[str, set[str]]]],
) -> tuple[dict[str, dict[str, str]], list[Case]]:
    """Return (source -> CVE -> the version that closes it, questions with their labels)."""
    closed: dict[str, dict[str, str]] = {}
    asked = []
    for source, entries in known.items():
        at: dict[str, int] = {}
        for place, (_, cves) in enumerate(entries):
            for cve in cves:
                at[cve] = place  # the oldest counts
        for cve, place in at.items():
            version = entries[place][0]
            closed.setdefault(source, {})[cve] = version
            asked.append(Case(source, version, cve, False, "the fixing version"))
            if place + 1 < len(entries):
                asked.append(Case(source, entries[place + 1][0], cve, True, "the version before"))
            if place:
                asked.append(Case(source, entries[place - 1][0], cve, False, "the next version"))
            rebuilt = [
                v for v, _ in entries[:place] if "+deb" in v and _upstream(v) == _upstream(version)
            ]
            asked += [Case(source, v, cve, False, "a later rebuild") for v in rebuilt[:1]]
    return closed, asked


def ours(
    closed: dict[str, dict[str, str]], asked: list[Case], folder: Path
) -> tuple[set[tuple[str, str, str]], float]:
    """Return ((source, version, CVE) that we call weak, CPU seconds with making the index)."""
    tracker = {
        source: {
            cve: {"releases": {"bookworm": {"status": "resolved", "fixed_version": version}}}
            for cve, version in fixed.items()
        }
        for source, fixed in closed.items()
    }
    (folder / "tracker.json").write_text(json.dumps(tracker), encoding="utf-8")
    began = time.process_time()
    make_index([folder / "tracker.json"], folder / "index.sqlite3")
    index = Index(folder / "index.sqlite3")
    packages = sorted({(case.source, case.version) for case in asked})
    items = tuple(
        SoftwareItem(f"p{n}", version, "dpkg", True, source, version)
        for n, (source, version) in enumerate(packages)
        if source != "linux"
    )
    # Of several kernels the newest counts, so each is asked of a computer of its own.
    kernels = [
        (SoftwareItem("linux-image-amd64", version, "dpkg", True, source, version),)
        for source, version in packages
        if source == "linux"
    ]
    weak = {
        (concern.package, concern.installed, cve)
        for software in [items, *kernels]
        for concern in concerns(DeviceSoftware(software, (), RELEASE), index).found
        for cve in concern.ids
    }
    spent = time.process_time() - began
    elsewhere = concerns(DeviceSoftware(items, (), "ubuntu-24.04"), index)
    namesake = tuple(
        SoftwareItem(source, version, "dpkg", True, f"{source}-of-another", version)
        for source, version in packages
    )
    other = concerns(DeviceSoftware(namesake, (), RELEASE), index)
    foreign = tuple(
        SoftwareItem(source, version, "dpkg", False, source, version)
        for source, version in packages
    )
    third = concerns(DeviceSoftware(foreign, (), RELEASE), index)
    print(
        f"ours alone, {len(packages):,} packages each, none of which is weak: another distribution "
        f"{len(elsewhere.found)} found, another source of that name {len(other.found)}, "
        f"another archive's package {len(third.found)}"
    )
    return weak, spent


def debsecan(
    closed: dict[str, dict[str, str]], asked: list[Case], folder: Path
) -> tuple[set[tuple[str, str, str]], float]:
    """Return ((source, version, CVE) that debsecan calls weak, CPU seconds)."""
    names = sorted({cve for fixed in closed.values() for cve in fixed})
    number = {cve: n for n, cve in enumerate(names)}
    lines = [f"{cve},," for cve in names]
    rows = [
        f"{source},{number[cve]},S  F,{version},"
        for source, fixed in closed.items()
        for cve, version in fixed.items()
    ]
    text = "\n".join(["VERSION 1", *lines, "", *rows, "", *(f"{source}," for source in closed), ""])
    data = zlib.compress(text.encode())
    packages = sorted({(case.source, case.version) for case in asked})
    (folder / "status").write_text(
        "".join(
            f"Package: p{n}\nStatus: install ok installed\nArchitecture: amd64\nSource: {source}\n"
            f"Version: {version}\n\n"
            for n, (source, version) in enumerate(packages)
        )
    )

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    began = time.time()
    done = subprocess.run(
        [
            *("debsecan", "--suite", "bookworm", "--format", "simple", "--status"),
            *(str(folder / "status"), "--source", f"http://127.0.0.1:{server.server_port}/"),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    import resource

    spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    server.shutdown()
    weak = set()
    for line in done.stdout.splitlines():
        cve, package = line.split()[:2]
        weak.add((*packages[int(package[1:])], cve))
    print(f"debsecan: {time.time() - began:.1f} s wall, {done.stderr.count(chr(10))} warnings")
    return weak, spent


def _told(who: str, weak: set[tuple[str, str, str]], asked: list[Case], spent: float) -> None:
    right = sum(case.weak and case[:3] in weak for case in asked)
    wrong: defaultdict[str, int] = defaultdict(int)
    missed = 0
    for case in asked:
        if not case.weak and case[:3] in weak:
            wrong[case.sort] += 1
        missed += case.weak and case[:3] not in weak
    false = sum(wrong.values())
    print(
        f"| {who} | {right / max(1, right + false):.4f} | {right / max(1, right + missed):.4f} | "
        f"{false} {dict(wrong)} | {missed} | {spent:.2f} |"
    )


def main() -> int:
    """Ask both, print a table."""
    closed, asked = cases(histories())
    pairs = sum(len(fixed) for fixed in closed.values())
    print(
        f"{pairs:,} closed weaknesses in {len(closed)} source packages; {len(asked):,} questions, "
        f"{sum(case.weak for case in asked):,} of them weak"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        own, own_spent = ours(closed, asked, folder)
        peer, peer_spent = debsecan(closed, asked, folder)
    print("| who | precision | recall | false | missed | CPU s |\n|---|---|---|---|---|---|")
    _told("ours", own, asked, own_spent)
    _told("debsecan", peer, asked, peer_spent)
    return 0


if __name__ == "__main__":
    sys.exit(main())
