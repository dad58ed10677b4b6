"""Plays a made-up site on loopback, and looks at it with the watch."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from tests.support.watched.sites import Files
from tojimari.assess.defacement.baseline import Baseline
from tojimari.assess.defacement.result import WatchResult
from tojimari.collect.outside.egress import Egress
from tojimari.collect.outside.target import Target
from tojimari.collect.outside.visit import Visit
from tojimari.defacement import watch_once

SITE = "www.shop.test"
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


class _Handler(http.server.BaseHTTPRequestHandler):
    server: "Played"

    def do_GET(self) -> None:
        if self.server.instead is not None:
            return self._stand_in(*self.server.instead)
        path = self.path.partition("?")[0]
        self.server.asked.append(path)
        self.server.agents.add(self.headers.get("user-agent", ""))
        if path in self.server.moved:
            self.send_response(302)
            self.send_header("location", self.server.moved[path])
            self.send_header("content-length", "0")
            return self.end_headers()
        if self.path in self.server.queries:
            return self._answer(self.server.queries[self.path])
        for name, mark, files in self.server.others:
            if mark in self.headers.get(name, ""):
                return self._answer(files.get(path))
        return self._answer(self.server.files.get(path))

    def _answer(self, file: tuple[str, bytes] | None) -> None:
        kind, body = file or ("text/html", b"<title>404</title>")
        self.send_response(200 if file else 404)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stand_in(self, status: int, headers: dict[str, str], text: str) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


class Played(http.server.ThreadingHTTPServer):
    """A server of ``files`` by path, which keeps who ``asked`` for what.

    Attributes:
        queries: files that an address with its query has.
        moved: path -> where it leads.
        instead: (status, headers, text) that every address answers with.
        others: (header, part of it, other files for who sends that).
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: Files = {}
        self.queries: Files = {}
        self.moved: dict[str, str] = {}
        self.instead: tuple[int, dict[str, str], str] | None = None
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.others: list[tuple[str, str, Files]] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up is part of the play."""


@contextmanager
def played() -> Iterator[Played]:
    server = Played()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def door_to(server: Played, egress: Egress) -> Egress:
    """Return a way out that leads every name to the server; ``egress`` knows the resolver."""
    ports = {80: server.server_port, 443: 1}
    return Egress(lab=True, resolver=egress.resolver, ports=ports, requests_a_second=100_000)


def looked(
    server: Played, egress: Egress, kept: Baseline | None, *, accept: bool = False
) -> WatchResult:
    """WatchResult at the played site once, as the command does."""
    visit = Visit(Target(SITE, "shop.test"), door_to(server, egress))
    return watch_once(visit, kept, AT, accept=accept)
