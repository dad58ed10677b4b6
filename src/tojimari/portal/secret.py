"""The portal's own secret when the environment gives none: made once, readable by its user only."""

import secrets
from pathlib import Path

from tojimari.lib.files import write_once
from tojimari.lib.folders import make_private


def secret_key(home: Path) -> str:
    """Return the key kept in ``home``, making it on first use."""
    path = home / "secret.key"
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        make_private(home)
    made = secrets.token_urlsafe(64)
    return write_once(path, made.encode("ascii")).decode("ascii").strip()
