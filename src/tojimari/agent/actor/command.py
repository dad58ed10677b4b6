"""Starts one program with a fixed list of words: no shell, no terminal, no input, and an end."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

import msgspec

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_KEPT_LETTERS = 200_000
_GRACE_SECONDS = 20.0


class Ran(msgspec.Struct, frozen=True):
    """What a program answered; ``code`` None: it took too long and was ended."""

    code: int | None
    text: str


def run(
    words: Sequence[str], *, seconds: float, environment: Mapping[str, str] | None = None
) -> Ran:
    """Run a program with nothing of our environment; ended with all it started when it hangs.

    Returns what it wrote (both ways out, as one text). A program that is not there answers 127.
    """
    clean = {"PATH": PATH, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "HOME": "/root"}
    clean |= {
        "DEBIAN_FRONTEND": "noninteractive",
        "NEEDRESTART_MODE": "l",
        "UCF_FORCE_CONFFOLD": "1",
    }
    try:
        child = subprocess.Popen(
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**clean, **(environment or {})},
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        return Ran(127, str(error))
    try:
        text, _ = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        text = _end(child)
        return Ran(None, text.decode("utf-8", "replace")[-_KEPT_LETTERS:])
    return Ran(child.returncode, text.decode("utf-8", "replace")[-_KEPT_LETTERS:])


def _end(child: subprocess.Popen[bytes]) -> bytes:
    """End a program and everything in its session that stayed in its group."""
    for how, wait in ((signal.SIGTERM, _GRACE_SECONDS / 10), (signal.SIGKILL, _GRACE_SECONDS)):
        try:
            os.killpg(child.pid, how)
        except ProcessLookupError:
            break
        try:
            return child.communicate(timeout=wait)[0]
        except subprocess.TimeoutExpired:
            continue
    if child.stdout:
        child.stdout.close()
    child.wait()
    return b""
