"""A gateway box as a whole machine, tried: started, set up, hurt, cut off in the middle, filled up, taken back.

    PYTHONPATH=src:. python -m benchmarks.box_machine [--folder DIR] [--kvm] [--only NAME ...]

As root, on Linux with debootstrap, qemu-system-x86, knot, dnsmasq, nginx and curl. The first time it makes a
Debian 13 (some 1 GB of packages and disk in DIR, a quarter of an hour); later it starts from there,
with Tojimari's wheels made anew. Nothing leaves this computer but packages and wheels, the first time.
Without --kvm the processor is emulated: many times slower than any real one, so that seconds and rates
say nothing of a real box, and everything has to bear being slow. Every line of the table is what was seen; exit code 1 where one is not as it must be.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.box_network import do

from benchmarks.box_machine import image, portal, trials
from benchmarks.box_machine.machine import Machine
from benchmarks.box_machine.wires import Wires


def main() -> int:
    """Make the machine where it is not there, try everything, print what was seen."""
    parser = argparse.ArgumentParser(prog="box_machine", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp/box_machine"))
    parser.add_argument("--kvm", action="store_true", help="with the processor's help")
    parser.add_argument("--only", nargs="*", choices=sorted(trials.TRIALS), default=None)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("network namespaces and debootstrap need root")
    chosen.folder.mkdir(parents=True, exist_ok=True)
    if not chosen.inside:
        image.debian(chosen.folder)
        image.fetched_wheels(chosen.folder)
        # Everything else stands in a network of its own, so that this computer's is left alone.
        again = ["unshare", "--net", "--mount", sys.executable, "-m", "benchmarks.box_machine"]
        return subprocess.run([*again, "--inside", *sys.argv[1:]], check=False).returncode
    return tried(chosen.folder, emulated=not chosen.kvm, only=chosen.only)


def tried(folder: Path, *, emulated: bool, only: list[str] | None) -> int:
    """Lay the cables, start the machine, and go through the trials."""
    with tempfile.TemporaryDirectory(prefix="box_machine-", dir=folder) as name:
        home = Path(name)
        wires = Wires(home)
        hints = (folder / "debian/usr/share/dns/root.hints").read_text()
        wires.lay(hints)
        machine = None
        try:
            key = wires.signed_names()
            wires.serve()
            authority = portal.authority(home / "portal").read_text()
            files = {
                "usr/share/dns/root.key": f"{key}\n",
                "usr/local/share/ca-certificates/trial.crt": authority,
                **trials.FILES,
            }
            made = image.make(folder, files)
            do("ip", "-n", "outside", "route", "add", "192.168.0.0/16", "via", "203.0.113.1")
            machine = Machine(made, home, emulated=emulated)
            return trials.through(machine, wires, only)
        finally:
            if machine is not None and machine.running is not None:
                machine.cut()
            wires.end()


if __name__ == "__main__":
    sys.exit(main())
