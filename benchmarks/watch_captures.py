"""What is told of captures that others published: real Suricata, our rules, our readers.

    PYTHONPATH=src:. python benchmarks/watch_captures.py FOLDER... [--root DIR] [--eve DIR] [--each]

Every capture below the folders (``*.pcap``, ``*.pcapng``, ``*.cap``, packed by gzip or not) is read by ``suricata -r`` with
Debian's own configuration, over it what ``tojimari watch settings suricata`` writes, and our own
rules alone. What it writes is heard as the eve.json of a line that was added eight days before and
on which nothing was learned since: so everything in a capture is new there, which is the loudest
that a line can be. Nothing leaves this machine.

root: a root with Suricata where this machine has none (see watch_proof.py). eve: keep what Suricata
wrote in a folder and take it from there next time, where the capture and our settings are the same.
each: also print a row for every capture of which nothing is told.
"""

import argparse
import gzip
import hashlib
import json
import shutil
import struct
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from tojimari.catalog import Catalog, load_catalog
from tojimari.watch.desk import Desk
from tojimari.watch.engine_settings import settings_of
from tojimari.watch.hearing import Listener, add_log
from tojimari.watch.ledger import open_ledger
from tojimari.watch.notice import Notice
from tojimari.watch.signal import is_inside

LEARNED = timedelta(days=8)
GLUED = 3600
"""Seconds: a longer capture is mostly glued together from pieces, and its hours say nothing."""
ENDINGS = (".pcap", ".pcapng", ".cap", ".pcap.gz", ".pcapng.gz", ".cap.gz")
READABLE = {0, 1, 9, 12, 14, 101, 104, 113, 228, 229, 276, 778}
"""Kinds of link that Suricata reads; of another one it waits a minute before it gives up."""
SYSTEMS_OWN = "/etc/suricata/suricata.yaml"


class Seen(msgspec.Struct):
    """What came of one capture.

    Attributes:
        packets: as Suricata counts them; flows: connections.
        seconds: from the first to the last of what Suricata wrote of it.
        inside: whether one of its addresses is private: else no line of a company looks like it.
        told: notices, without that of a watch that fell silent.
    """

    packets: int = 0
    flows: int = 0
    seconds: float = 0.0
    inside: bool = False
    signals: int = 0
    told: list[Notice] = []


def captures(folders: list[Path]) -> Iterator[tuple[Path, Path]]:
    """Yield (folder, capture), each content once, in a steady order."""
    seen: set[bytes] = set()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.name.endswith(ENDINGS):
                digest = hashlib.sha256(path.read_bytes()).digest()
                if digest not in seen:
                    seen.add(digest)
                    yield folder, path


def is_readable(data: bytes) -> bool:
    """Return whether a capture begins as one of a link that Suricata reads."""
    orders = {b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}
    orders |= {one[::-1]: "<" for one in orders}
    if len(data) < 28:
        return False
    if data[:4] in orders:
        (kind,) = struct.unpack_from(f"{orders[data[:4]]}I", data, 20)
        return kind & 0xFFFF in READABLE
    if data[:4] != b"\x0a\x0d\x0d\x0a":
        return False
    order = ">" if data[8:12] == b"\x1a\x2b\x3c\x4d" else "<"
    at = 0
    while at + 12 <= len(data):
        block, length = struct.unpack_from(f"{order}II", data, at)
        if block == 1:  # the first interface
            return bool(struct.unpack_from(f"{order}H", data, at + 8)[0] in READABLE)
        at += max(length, 12)
    return False


class Replay:
    """Suricata on captures, with the settings that the product writes."""

    def __init__(self, root: Path | None, kept: Path | None) -> None:
        """Write the settings down. root, kept: see the module."""
        self.root, self.kept = root, kept
        self.work = Path(
            tempfile.mkdtemp(prefix="watch-captures-", dir=(root or Path("/")) / "tmp")
        )
        self.inside = Path("/tmp") / self.work.name  # as the root sees it
        rules, settings = settings_of("suricata")
        self.settings = f"{rules.text}\n{settings.text}".encode()
        (self.work / "own.rules").write_text(rules.text)
        over = settings.text.split("rule-files:")[0]
        (self.work / "over.yaml").write_text(f"%YAML 1.1\n---\n{over}")
        if kept:
            kept.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> "Replay":
        """Be there."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing in the root."""
        shutil.rmtree(self.work)

    def eve(self, capture: Path) -> list[str]:
        """Return what Suricata writes of a capture; nothing of one that it cannot read."""
        data = capture.read_bytes()
        if capture.suffix == ".gz":
            data = gzip.decompress(data)
        digest = hashlib.sha256(data + self.settings).hexdigest()[:24]
        at = self.kept / f"{digest}.json.gz" if self.kept else None
        if at and at.exists():
            return gzip.decompress(at.read_bytes()).decode().splitlines()
        if not is_readable(data):
            return []
        (self.work / "x.pcap").write_bytes(data)
        (self.work / "eve.json").unlink(missing_ok=True)
        words = ["chroot", str(self.root)] if self.root else []
        words += ["suricata", "-r", f"{self.inside}/x.pcap", "-c", SYSTEMS_OWN, "-k", "none"]
        words += ["--include", f"{self.inside}/over.yaml", "-S", f"{self.inside}/own.rules"]
        words += ["-l", str(self.inside), "--runmode", "single"]
        ran = subprocess.run(words, capture_output=True, text=True, check=False)
        written = self.work / "eve.json"
        text = written.read_text(errors="replace") if written.exists() else ""
        if ran.returncode != 0:
            print(f"not read: {capture.name}: {ran.stderr.strip()[-200:]}")
        if at:
            at.write_bytes(gzip.compress(text.encode(), 6, mtime=0))
        return text.splitlines()


def moment(text: str) -> float:
    """Return a moment as Suricata writes it, in seconds."""
    return datetime.fromisoformat(text).timestamp()


def heard(lines: list[str], catalog: Catalog, folder: Path) -> Seen:
    """Return what the product makes of what Suricata wrote."""
    seen, moments, said = Seen(), list[float](), list[str]()
    for line in lines:
        event = json.loads(line)
        if event["event_type"] == "stats":
            decoder = event["stats"].get("decoder", {})
            seen.packets = max(seen.packets, decoder.get("pkts", 0))
            continue
        said.append(line)
        moments.append(moment(event["timestamp"]))
        seen.inside |= is_inside(event.get("src_ip", "")) or is_inside(event.get("dest_ip", ""))
        if event["event_type"] == "flow":
            seen.flows += 1
            moments += [moment(event["flow"]["start"]), moment(event["flow"]["end"])]
    if not said:
        return seen
    seen.seconds = max(moments) - min(moments)
    begin = datetime.fromtimestamp(min(moments), UTC)
    now = datetime.fromtimestamp(max(moments), UTC) + timedelta(hours=1)
    log, slots = folder / "eve.json", {k.id: k.together for k in catalog.watch.kinds.values()}
    log.write_text("")
    with (
        tempfile.TemporaryDirectory() as made,
        open_ledger(Path(made) / "x.heard", slots) as ledger,
    ):
        add_log(ledger, "suricata", log, "line", begin - LEARNED)
        log.write_text("".join(f"{line}\n" for line in said))
        seen.signals = Listener(ledger, now=lambda: now).listen().signals
        found = Desk(ledger, catalog).notices(now)
        seen.told = [one for one in found if one.rule != "engine_silent"]
    return seen


def main() -> None:
    """Replay, hear, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--root", type=Path)
    parser.add_argument("--eve", type=Path)
    parser.add_argument("--each", action="store_true")
    chosen = parser.parse_args()
    if not chosen.root and not shutil.which("suricata"):
        raise SystemExit("No Suricata here. Name a root that has one with --root.")
    catalog, all_, rules = load_catalog(), dict[str, list[Seen]](), Counter[str]()
    print("| capture | packets | minutes | signals | told | said |\n|---|---|---|---|---|---|")
    with Replay(chosen.root, chosen.eve) as replay, tempfile.TemporaryDirectory() as made:
        for folder, path in captures(chosen.folders):
            seen = heard(replay.eve(path), catalog, Path(made))
            all_.setdefault(folder.name, []).append(seen)
            rules.update(one.rule for one in seen.told)
            if seen.told or chosen.each:
                row(path.name, seen, catalog)
    print("\n| folder | captures | with a private address | packets | hours* | signals | told of |")
    print("|---|---|---|---|---|---|---|")
    for name, found in all_.items():
        print(
            f"| {name} | {len(found)} | {sum(one.inside for one in found)} "
            f"| {sum(one.packets for one in found):,} "
            f"| {sum(one.seconds for one in found if one.seconds <= GLUED) / 3600:.1f} "
            f"| {sum(one.signals for one in found)} | {sum(bool(one.told) for one in found)} |"
        )
    print("\n*of captures up to an hour long: longer ones are mostly pieces of different days")
    print("\n" + "; ".join(f"{rule} {n}" for rule, n in rules.most_common()))


def row(name: str, seen: Seen, catalog: Catalog) -> None:
    """Print what came of one capture."""
    rules = catalog.watch.rules
    said = "; ".join(rules[one.rule].what.say("en", **one.values()) for one in seen.told)
    told = ", ".join(one.rule for one in seen.told)
    length = f"{seen.seconds / 60:.1f}"
    print(f"| {name} | {seen.packets} | {length} | {seen.signals} | {told} | {said} |", flush=True)


if __name__ == "__main__":
    main()
