"""The portal's own secret when the environment gives none: made once, readable by its user only."""

import os
import secrets
import time
from pathlib import Path

from tojimari.lib.folders import make_private

WRITTEN_WITHIN = 5.0
"""Seconds a process that starts beside another waits for what that one writes."""


def secret_key(home: Path) -> str:
    """Return the key kept in ``home``, making it on first use."""
    path = home / "secret.key"
    try:
        return _read(path)
    except FileNotFoundError:
        make_private(home)
    key = secrets.token_urlsafe(64)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:  # another process was faster
        return _read(path)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key)
    return key


def _read(path: Path) -> str:
    """Return the key in ``path``; an empty file is one that another process is about to fill."""
    until = time.monotonic() + WRITTEN_WITHIN
    while not (key := path.read_text("ascii").strip()) and time.monotonic() < until:
        time.sleep(0.05)
    return key
