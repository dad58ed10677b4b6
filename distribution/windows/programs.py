"""The programs of the machine that the package is made with."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from distribution.windows.problems import NotBuilt


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    good: tuple[int, ...] = (0,),
) -> str:
    """Run one of them and return what it printed.

    Raises NotBuilt with its last words where its exit code is none of ``good``.
    """
    try:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            # Without a locale of Unicode some cannot write a file with a Japanese name.
            env={**(os.environ if env is None else env), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError as error:
        raise NotBuilt(f"{command[0]} is not installed; `make windows` installs it") from error
    if done.returncode not in good:
        words = (done.stdout + done.stderr).strip()[-2000:]
        raise NotBuilt(f"{command[0]} failed:\n{words}")
    return done.stdout
