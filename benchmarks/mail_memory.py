"""The most memory that a child which reads a mail ever has, over a corpus and over hostile files.

    python benchmarks/mail_memory.py CORPUS

CORPUS: see ``mail.py``. Every file gets a child of its own, as at the portal, of a process that has
loaded what it begins with (and, once a file needed it, the rest); the kernel tells the most that was resident in it (``ru_maxrss``), pages that it
shares with that process counted in full. What is hostile is what tests/mail/test_confined.py tries.
"""

import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tojimari.mail import reading_process
from tojimari.mail.frames import Settings
from tojimari.mail.message import MAIL_BYTES

MEGABYTE = 1 << 20
_WRITE = """
import pathlib, sys
from tests.mail import made
from tests.mail.test_confined import HOSTILE, KINDS
folder = pathlib.Path(sys.argv[1])
for name, make in HOSTILE.items():
    (folder / name).write_bytes(make())
for number, data in enumerate(KINDS):
    (folder / f"kind {number}").write_bytes(data)
noise = __import__("random").Random(18).randbytes(29 << 20)
(folder / "PDF of 29 MB").write_bytes(made.attached("a.pdf", made.pdf("https://evil.example") + noise))
(folder / "zip of 20 MB").write_bytes(made.attached("a.zip", made.zipped(a__bin=noise[: 20 << 20])))
"""
_peaks: list[int] = []


def main() -> None:
    with tempfile.TemporaryDirectory() as hostile:
        # By a process of its own: what makes them would count among what the children share.
        subprocess.run([sys.executable, "-c", _WRITE, hostile], check=True)
        _measure(Path(sys.argv[1]), Path(hostile))


def _measure(corpus: Path, hostile: Path) -> None:
    reading_process.prepare(reading_process.OFTEN)
    gc.collect()
    gc.freeze()
    gc.disable()
    os.waitpid = _waited
    for name, files in (("corpus", _corpus(corpus)), ("hostile", sorted(hostile.iterdir()))):
        found = sorted((_peak(file), file.stem) for file in files)
        peaks = [peak for peak, _ in found]
        middle, high = peaks[len(peaks) // 2], peaks[int(len(peaks) * 0.99)]
        print(
            f"{name}: {len(found)} files, MB at most: median {middle:.0f}, 99% {high:.0f}, all {peaks[-1]:.0f}"
        )
        print("  the largest:", ", ".join(f"{file} {peak:.0f}" for peak, file in found[-6:]))


def _corpus(corpus: Path) -> Iterator[Path]:
    for split in ("dev", "stress-ham-dev", "train"):
        yield from sorted((corpus / split).glob("*.eml"))


def _peak(path: Path) -> float:
    with path.open("rb") as file:
        data = file.read(MAIL_BYTES)
        settings = Settings(cut=bool(file.read(1)))  # as ``confined.Reader`` does
    reading_process._forked(settings, data, True, None)
    return _peaks.pop() * 1024 / MEGABYTE


def _waited(child: int, options: int) -> tuple[int, int]:
    pid, status, used = os.wait4(child, options)
    _peaks.append(used.ru_maxrss)
    return pid, status


if __name__ == "__main__":
    main()
