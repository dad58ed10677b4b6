"""The machine: QEMU with two network cards, and a way to give it commands that needs no network."""

import contextlib
import json
import socket
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

MEMORY_MB = 1536
PORTS = {"enp0s16": "tap-out", "enp0s17": "tap-in"}
"""What Debian calls the machine's ports (by their place on the bus), and their cables here."""


class Done(NamedTuple):
    """What came of a command: its exit code (124: took too long), what it printed."""

    code: int
    said: str


class Lost(Exception):
    """The machine does not answer."""


class Machine:
    """One machine whose disk is thrown away with its folder."""

    def __init__(self, made: Path, folder: Path, *, emulated: bool) -> None:
        """Lay a disk over the one of ``made`` (see image.make). emulated: without the processor's help."""
        self.made, self.folder = made, folder
        self.accel = ["-accel", "tcg,thread=multi", "-cpu", "max"] if emulated else [
            *("-accel", "kvm", "-cpu", "host")
        ]  # fmt: skip
        self.disk = folder / "disk.qcow2"
        self.running: subprocess.Popen[bytes] | None = None
        self.line: socket.socket | None = None
        self.left, self.asked = b"", 0
        self.dead_before: frozenset[str] = frozenset()
        """Units that failed before anything was set up: Debian's own."""
        words = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b"]
        subprocess.run([*words, str(made / "disk"), str(self.disk)], check=True)

    def start(self) -> None:
        """Switch it on."""
        with contextlib.suppress(FileNotFoundError):
            (self.folder / "shell").unlink()
        words: list[object] = ["qemu-system-x86_64", "-machine", "q35", *self.accel, "-smp", "2"]
        words += ["-m", MEMORY_MB, "-display", "none", "-monitor", "none", "-nodefaults"]
        words += ["-kernel", self.made / "kernel", "-initrd", self.made / "initrd"]
        words += ["-append", "root=/dev/vda rw console=ttyS0 systemd.show_status=1 panic=5"]
        words += ["-serial", f"file:{self.folder}/console", "-drive"]
        words += [f"file={self.disk},if=virtio,format=qcow2,cache=writeback"]
        words += ["-device", "i6300esb", "-action", "watchdog=reset"]
        words += ["-device", "virtio-rng-pci", "-device", "virtio-serial-pci"]
        words += ["-chardev", f"socket,id=shell,path={self.folder}/shell,server=on,wait=off"]
        words += ["-device", "virtserialport,chardev=shell,name=proof"]
        for number, tap in enumerate(PORTS.values()):
            words += ["-netdev", f"tap,id=n{number},ifname={tap},script=no,downscript=no"]
            mac, place = f"52:54:00:00:00:0{number + 1}", f"0x{16 + number:x}"
            words += ["-device", f"virtio-net-pci,netdev=n{number},mac={mac},addr={place}"]
        log = (self.folder / "qemu.log").open("ab")
        self.running = subprocess.Popen([str(one) for one in words], stdout=log, stderr=log)
        self._connect()

    def _connect(self) -> None:
        until = time.monotonic() + 20
        while True:
            trying = socket.socket(socket.AF_UNIX)
            try:
                trying.connect(str(self.folder / "shell"))
            except OSError:
                trying.close()
                if time.monotonic() > until:
                    raise Lost((self.folder / "qemu.log").read_text()[-500:]) from None
                time.sleep(0.2)
            else:
                self.line, self.left = trying, b""
                return

    def cut(self) -> None:
        """Pull the plug: what the machine had not written to its disk is gone."""
        assert self.running is not None
        self.running.kill()
        self.running.wait()
        if self.line is not None:
            self.line.close()
        self.running = self.line = None

    def send(self, command: str, seconds: float = 60) -> int:
        """Give it a command; returns the command's number."""
        assert self.line is not None
        self.asked += 1
        row = {"id": self.asked, "do": command, "seconds": seconds}
        self.line.settimeout(20)
        try:
            self.line.sendall(json.dumps(row).encode() + b"\n")
        except OSError as error:
            raise Lost(f"the machine takes no commands ({error})") from None
        return self.asked

    def answer(self, number: int, seconds: float) -> dict[str, object]:
        """Wait for what came of a command. Raises Lost."""
        assert self.line is not None
        until = time.monotonic() + seconds
        while True:
            *lines, self.left = self.left.split(b"\n")
            for at, line in enumerate(lines):
                with contextlib.suppress(ValueError):
                    row: dict[str, object] = json.loads(line)
                    if row["id"] == number:
                        self.left = b"\n".join([*lines[at + 1 :], self.left])
                        return row
            rest = until - time.monotonic()
            if rest <= 0:
                raise Lost(f"no answer to command {number}")
            self.line.settimeout(rest)
            try:
                data = self.line.recv(1 << 16)
            except TimeoutError:
                continue
            except OSError as error:
                raise Lost(f"the machine is off ({error})") from None
            if not data:
                raise Lost("the machine is off")
            self.left += data

    def do(self, command: str, seconds: float = 60) -> Done:
        """Run a command as root to its end. Raises Lost."""
        row = self.answer(self.send(command, seconds), seconds + 30)
        return Done(int(str(row["code"])), str(row["said"]))

    def up(self, seconds: float = 600, *, after: str = "") -> str:
        """Wait until the machine answers and its start is over; returns the start's name.

        after: the name of the start before, which must not be the one that answers.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            row: dict[str, object] = {"boot": after}
            with contextlib.suppress(Lost):
                row = self.answer(self.send("true", 5), 5)
            if row["boot"] != after:
                self.do("timeout 300 systemctl is-system-running --wait", 310)
                return str(row["boot"])
            if self.running is None or self.running.poll() is not None:
                raise Lost((self.folder / "qemu.log").read_text()[-500:])
        raise Lost((self.folder / "console").read_text(errors="replace")[-3000:])

    def resident_mb(self) -> float:
        """Return how much memory the machine takes of this computer, in MB."""
        assert self.running is not None
        rows = Path("/proc", str(self.running.pid), "status").read_text().splitlines()
        return next(int(row.split()[1]) for row in rows if row.startswith("VmRSS")) / 1024
