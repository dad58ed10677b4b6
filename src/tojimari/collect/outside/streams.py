"""Connections on which every read and write ends with one deadline, plain and over TLS."""

import contextlib
import socket
import ssl
import time

import httpcore

_WIRE_BYTES = 64 * 1024


class DeadlineStream(httpcore.NetworkStream):
    """A socket on which every read and write ends with one deadline, however slowly bytes come."""

    def __init__(self, connected: socket.socket, until: float) -> None:
        """Take over ``connected``; ``until``: the deadline (time.monotonic)."""
        self._socket, self._until = connected, until

    def _set(self, late: type[httpcore.TimeoutException]) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            raise late("deadline")
        self._socket.settimeout(left)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """See httpcore.NetworkStream."""
        self._set(httpcore.ReadTimeout)
        try:
            return self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """See httpcore.NetworkStream."""
        rest = memoryview(buffer)
        while rest:
            self._set(httpcore.WriteTimeout)
            try:
                rest = rest[self._socket.send(rest) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout(str(error)) from error
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        """See httpcore.NetworkStream."""
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """See httpcore.NetworkStream."""
        try:
            return TlsStream(self, ssl_context, server_hostname)
        except (httpcore.TimeoutException, httpcore.NetworkError):
            self.close()
            raise

    def get_extra_info(self, info: str) -> object:
        """See httpcore.NetworkStream."""
        return self._socket if info == "socket" else None


class TlsStream(httpcore.NetworkStream):
    """TLS over a stream, fed by us a piece at a time.

    An ssl.SSLSocket reads on for as long as only tickets and key updates come, past any timeout;
    here the deadline is looked at between the pieces.
    """

    def __init__(self, stream: DeadlineStream, context: ssl.SSLContext, name: str | None) -> None:
        """Shake hands; ``name``: the server's, for SNI. Raises httpcore.ConnectError."""
        self._stream = stream
        self._from, self._to = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            self._tls = context.wrap_bio(self._from, self._to, server_hostname=name)
        except ValueError as error:  # a name that cannot be sent, e.g. one that starts with a dot
            raise httpcore.ConnectError(str(error)) from error
        try:
            while True:
                try:
                    self._tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    self._more()
            self._flush()
        except ssl.SSLError as error:
            raise httpcore.ConnectError(str(error)) from error

    def _flush(self) -> None:
        if waiting := self._to.read():
            self._stream.write(waiting)

    def _more(self) -> None:
        self._flush()
        piece = self._stream.read(_WIRE_BYTES)
        if piece:
            self._from.write(piece)
        else:
            self._from.write_eof()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """See httpcore.NetworkStream."""
        while True:
            try:
                return self._tls.read(max_bytes)
            except ssl.SSLWantReadError:
                self._more()
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                return b""  # many servers hang up without saying goodbye
            except ssl.SSLError as error:
                raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """See httpcore.NetworkStream."""
        try:
            self._tls.write(buffer)
        except ssl.SSLError as error:
            raise httpcore.WriteError(str(error)) from error
        self._flush()

    def close(self) -> None:
        """See httpcore.NetworkStream."""
        with contextlib.suppress(httpcore.TimeoutException, httpcore.NetworkError):
            self._stream.close()

    def get_extra_info(self, info: str) -> object:
        """See httpcore.NetworkStream."""
        return self._tls if info == "ssl_object" else self._stream.get_extra_info(info)
