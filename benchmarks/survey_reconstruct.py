"""The reconstruction of the 2021 survey: time, and the same bytes when it is made again.

    python benchmarks/survey_reconstruct.py

Runs the command twice in new processes with different hash seeds.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> int:
    prints = []
    with tempfile.TemporaryDirectory() as folder:
        for number in (1, 2):
            out = Path(folder) / f"{number}.parquet"
            started = time.monotonic()
            done = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "tojimari",
                    "survey",
                    "reconstruct",
                    "jfc2021",
                    "--out",
                    out,
                ],
                env={**os.environ, "PYTHONHASHSEED": str(number)},
                stdout=subprocess.DEVNULL,
                check=False,
            )
            took = time.monotonic() - started
            prints.append(hashlib.sha256(out.read_bytes()).hexdigest())
            print(f"run {number}: code {done.returncode}, {took:.1f} s, {prints[-1][:16]}")
            if done.returncode or took > 120:
                return 1
    same = prints[0] == prints[1]
    print("same bytes" if same else "DIFFERENT bytes")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
