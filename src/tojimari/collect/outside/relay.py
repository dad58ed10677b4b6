"""A passage on this machine through which an engine with a network of its own must go.

Engines time each answer but not the whole: a server that drips holds them for hours. Through here
they reach the pinned address only, and all of it ends with one deadline.
"""

import contextlib
import selectors
import socket
import threading
import time
from types import TracebackType

from tojimari.collect.host import Unavailable
from tojimari.collect.outside.egress import Egress

_PIECE = 64 * 1024
_CONNECTIONS_AT_MOST = 16
_CONNECT_SECONDS = 5.0


class Relay:
    """Passes connections on to one port of one host, as ``with Relay(...) as relay``.

    Attributes:
        port: where to connect on 127.0.0.1.
        late: the deadline or the limit of bytes ended it; what the engine says is then no result.
    """

    def __init__(self, egress: Egress, host: str, port: int, *, seconds: float, limit: int) -> None:
        """Listen. ``seconds`` for all connections together, ``limit`` bytes from the server."""
        self._egress, self._host, self._to = egress, host, port
        self._until = time.monotonic() + seconds
        self._left = limit
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._turns = threading.BoundedSemaphore(_CONNECTIONS_AT_MOST)
        self.late = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self._timer = threading.Timer(seconds, self._give_up)
        self._timer.daemon = True

    def __enter__(self) -> "Relay":
        threading.Thread(target=self._accept, daemon=True).start()
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        self._close()

    def _give_up(self) -> None:
        self.late = True
        self._close()

    def _close(self) -> None:
        # A thread that waits in accept() is not woken by close() alone.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                inner, _ = self._listener.accept()
            except OSError:
                return
            self._turns.acquire()
            threading.Thread(target=self._serve, args=(inner,), daemon=True).start()

    def _serve(self, inner: socket.socket) -> None:
        try:
            left = self._until - time.monotonic()
            with (
                inner,
                self._egress.connect(
                    self._host, self._to, seconds=max(0.01, min(left, _CONNECT_SECONDS))
                ) as outer,
            ):
                for one in (inner, outer):
                    # Handshakes are small pieces that wait for each other.
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self._open |= {inner, outer}
                try:
                    self._pass_on(inner, outer)
                finally:
                    with self._lock:
                        self._open -= {inner, outer}
        except (Unavailable, OSError, ValueError):
            return  # the engine sees a connection that ends, which it tells in its own words
        finally:
            self._turns.release()

    def _pass_on(self, inner: socket.socket, outer: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(inner, selectors.EVENT_READ, outer)
            selector.register(outer, selectors.EVENT_READ, inner)
            while (left := self._until - time.monotonic()) > 0:
                for key, _ in selector.select(left):
                    source, other = key.fileobj, key.data
                    assert isinstance(source, socket.socket)  # noqa: S101  # what was registered
                    piece = source.recv(_PIECE)
                    if not piece:
                        return
                    if source is outer and not self._may_take(len(piece)):
                        return
                    other.settimeout(left)
                    other.sendall(piece)
            self.late = True

    def _may_take(self, size: int) -> bool:
        with self._lock:
            self._left -= size
            if self._left < 0:
                self.late = True
            return self._left >= 0
