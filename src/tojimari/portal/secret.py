"""The portal's own secret when the environment gives none: made once, readable by its user only."""

import os
import secrets
from pathlib import Path

from tojimari.lib.folders import make_private


def secret_key(home: Path) -> str:
    """Return the key kept in ``home``, making it on first use."""
    path = home / "secret.key"
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        make_private(home)
    key = secrets.token_urlsafe(64)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:  # another process was faster
        return path.read_text("ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key)
    return key
