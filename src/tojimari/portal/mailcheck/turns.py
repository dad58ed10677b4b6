"""How many mails this process judges at once for visitors, so that other pages stay answered."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 2
"""A photo takes a processor for up to a minute; the web server has eight threads for everything."""
WAIT_SECONDS = 3.0
RETRY_SECONDS = 60
"""What a visitor is told to wait, as the header Retry-After has it."""
_TURNS = threading.BoundedSemaphore(AT_ONCE)


@contextmanager
def turn() -> Iterator[bool]:
    """Wait a moment for a turn and hold it; gives whether there was one."""
    got = _TURNS.acquire(timeout=WAIT_SECONDS)
    try:
        yield got
    finally:
        if got:
            _TURNS.release()
