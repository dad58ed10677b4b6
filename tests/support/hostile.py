"""Servers on loopback that do what no honest server does."""

import contextlib
import gzip
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rdatatype
import dns.rrset

Play = Callable[[socket.socket], None]


def drip(data: bytes, pause: float = 0.05) -> Play:
    def play(connected: socket.socket) -> None:
        for place in range(len(data)):
            connected.sendall(data[place : place + 1])
            time.sleep(pause)

    return play


def _drip_of_body(connected: socket.socket) -> None:
    connected.sendall(OK + b"\r\n")
    drip(b"z" * 5000)(connected)


def say(*pieces: bytes, times: int = 1, wait: float = 0.0) -> Play:
    """Send the pieces, the last one ``times`` times over, then wait before hanging up."""

    def play(connected: socket.socket) -> None:
        for piece in pieces[:-1]:
            connected.sendall(piece)
        for _ in range(times):
            connected.sendall(pieces[-1])
        time.sleep(wait)

    return play


OK = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n"
ZEROS = gzip.compress(b"\0" * 50_000_000)
PLAYS: dict[str, Play] = {
    "silence": say(b"", wait=30),
    "drip of headers": drip(OK + b"x: " + b"y" * 5000),
    "drip of body": _drip_of_body,
    "endless body": say(OK + b"\r\n", b"a" * 65536, times=100_000),
    "endless chunks": say(OK + b"transfer-encoding: chunked\r\n\r\n", b"1\r\na\r\n", times=10**7),
    "endless headers": say(OK, b"x-a: " + b"b" * 1000 + b"\r\n", times=10**6),
    "10,000 headers": say(OK, b"x-a: b\r\n" * 10_000 + b"\r\nbody"),
    "a header of 100 MB": say(OK + b"x: ", b"a" * 1_000_000, times=100),
    "10,000 cookies": say(OK, b"set-cookie: a=b\r\n" * 10_000 + b"\r\nbody"),
    "bomb": say(OK + b"content-encoding: gzip\r\n\r\n" + ZEROS * 4),
    "broken gzip": say(OK + b"content-encoding: gzip\r\n\r\nnot packed at all"),
    "half gzip": say(OK + b"content-encoding: gzip\r\n\r\n" + gzip.compress(b"x" * 9999)[:20]),
    "1xx flood": say(b"HTTP/1.1 100 Continue\r\n\r\n", times=10**6),
    "no http": say(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "http 0.9": say(b"<html>hello</html>"),
    "reset": lambda c: c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"),
    "negative length": say(OK + b"content-length: -5\r\n\r\nabc"),
    "length that lies": say(OK + b"content-length: 99999\r\n\r\nabc"),
    "two lengths": say(OK + b"content-length: 3\r\ncontent-length: 9\r\n\r\nabc"),
    "chunks of nonsense": say(OK + b"transfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n"),
    "huge chunk": say(OK + b"transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\n", b"a" * 9000),
    "zero bytes": say(b"\0" * 10_000),
    "zero bytes in headers": say(b"HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\nhi"),
    "status 999999": say(b"HTTP/1.1 999999 what\r\n\r\n"),
    "redirect to itself": say(b"HTTP/1.1 302 x\r\nlocation: /\r\ncontent-length: 0\r\n\r\n"),
    "redirect to a file": say(b"HTTP/1.1 302 x\r\nlocation: file:///etc/passwd\r\n\r\n"),
    "redirect to nonsense": say(b"HTTP/1.1 302 x\r\nlocation: http://[\xff\xfe::1\r\n\r\n"),
}


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what is wanted."""


@contextmanager
def serving(
    play: Play, *, asked: bool = True, context: ssl.SSLContext | None = None
) -> Iterator[int]:
    """Play to each client, after its request when ``asked``; yield the port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                self.request.settimeout(30)
                connected = self.request
                if context is not None:
                    connected = context.wrap_socket(connected, server_side=True)
                if asked:
                    connected.recv(65536)
                play(connected)

    with _Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()


@contextmanager
def chain() -> Iterator[int]:
    """Redirect to a new address for ever; yield the port."""
    count = iter(range(10**9))

    def play(connected: socket.socket) -> None:
        head = f"HTTP/1.1 302 x\r\nlocation: /{next(count)}\r\ncontent-length: 0\r\n\r\n"
        connected.sendall(head.encode())

    with serving(play) as port:
        yield port


@contextmanager
def names(*answers: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Answer each question for addresses with the next of ``answers``; yield (port, asked)."""
    asked: list[str] = []
    left = list(answers)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, egress = self.request
            question = dns.message.from_wire(data)
            name, kind = question.question[0].name, question.question[0].rdtype
            answer = dns.message.make_response(question)
            answer.flags |= dns.flags.RA
            if kind == dns.rdatatype.A:
                asked.append(name.to_text())
                found = left.pop(0) if len(left) > 1 else left[0]
                answer.answer.append(dns.rrset.from_text(name, 0, "IN", "A", *found))
            egress.sendto(answer.to_wire(), self.client_address)

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield int(server.server_address[1]), asked
        server.shutdown()
