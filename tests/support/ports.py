"""Ports for servers of a test."""

import random
import socket

_given: set[int] = set()


def free_port() -> int:
    """Return a port nobody listens on now, for UDP and TCP, and never the same one twice.

    From below the range that outgoing connections take theirs from: with hundreds of those beside
    us a port of theirs may be gone before the server opens it.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        try:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(socket.AF_INET, kind) as asked:
                    asked.bind(("127.0.0.1", port))
        except OSError:
            continue
        if port not in _given:
            _given.add(port)
            return port
