"""A process that has read the command's modules once and forks for every run of it.

Reading them costs more than most runs. Each run is a process of its own still: with its own
surroundings, folder, input and output, and with an exit code. tests/cli/test_command.py starts
every verb from nothing too.

Spoken over a socket: a request is JSON with the three open files beside it; the answer is the exit
code in JSON.
"""

import importlib
import json
import os
import socket
import subprocess
import sys
import time
import traceback
from contextlib import suppress
from typing import IO, Any

READ_BEFORE = (
    "tojimari.cli.grammar",
    "tojimari.cli.check",
    "tojimari.cli.history",
    "tojimari.cli.page",
    "tojimari.cli.report",
    "tojimari.cli.site",
    "tojimari.cli.defacement",
    "tojimari.assess.defacement.alarms",
    "tojimari.attest.statement",
    "tojimari.box.plan",
    "tojimari.collect.outside.defacement.crawl",
    "tojimari.collect.outside.probe",
    "tojimari.drills.gophish",
    "tojimari.knowledge.advisories.reading",
    "tojimari.mail.confined",
    "tojimari.report.incident.exchange",
    "tojimari.report.papers.opendocument",
    "tojimari.report.papers.workbook",
    "tojimari.survey.installed",
    "tojimari.watch.ledger",
    "checkdmarc",
    "sslyze",
    "django.core.handlers.wsgi",
    "django.core.management",
    "django.db.backends.sqlite3.base",
    "django.db.models",
    "django.forms",
    "django.template.loader",
    "django.views.generic",
    "fido2.server",
    "jsonschema",
    "httpcore",
    "joserfc.jwt",
    "jwt",
    "markdown_it",
    "pydantic",
    "segno",
    "selectolax.lexbor",
    "univers.version_range",
    "weasyprint",
    "yaml",
)
"""What most of a start goes into. Nothing that reads Django's settings or of the portal: their
surroundings are those of each run."""


class Forker:
    """The side of the tests: starts the process, and asks it for runs."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        for end in (self._socket, theirs):
            end.settimeout(None)  # libraries that were imported may have set another for new ones
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.forked", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )

    def run(
        self,
        words: tuple[str, ...],
        *,
        env: dict[str, str],
        cwd: str,
        files: tuple[int, int, int],
    ) -> int:
        """Run the command; ``files`` are its input, output and errors. Returns the exit code."""
        request = json.dumps({"words": words, "env": env, "cwd": cwd}).encode()
        socket.send_fds(self._socket, [len(request).to_bytes(4, "big")], files)
        self._socket.sendall(request)
        answer = self._socket.recv(16)
        assert answer, "the forking process ended"
        return int(answer)

    def stop(self) -> None:
        """End it."""
        self._socket.close()
        self._process.wait(60)


def _serve(server: socket.socket) -> None:
    for name in READ_BEFORE:
        with suppress(ImportError):  # an extra that is not installed
            importlib.import_module(name)
    from tojimari.catalog import load_catalog

    load_catalog()
    while True:
        head, files, _, _ = socket.recv_fds(server, 4, 3)
        if not head:
            return
        length, request = int.from_bytes(head, "big"), b""
        while len(request) < length:
            request += server.recv(length - len(request))
        child = os.fork()
        if child == 0:
            server.close()
            _run(json.loads(request), files)
        for file in files:
            os.close(file)
        _, status = os.waitpid(child, 0)
        server.sendall(str(os.waitstatus_to_exitcode(status)).encode())


def _run(request: dict[str, Any], files: list[int]) -> None:
    """Become the command: its surroundings, folder and files; never returns."""
    code = 1
    try:
        for ours, given in enumerate(files):
            os.dup2(given, ours)
            os.close(given)
        os.environ.clear()
        os.environ.update(request["env"])
        time.tzset()
        os.chdir(request["cwd"])
        sys.argv = ["tojimari", *request["words"]]
        sys.stdin = _opened(0, "r")
        sys.stdout, sys.stderr = _opened(1, "w"), _opened(2, "w")
        from tojimari.cli import main

        code = main(request["words"])
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  # as Python itself ends a program
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _opened(number: int, mode: str) -> IO[str]:
    return open(number, mode, encoding="utf-8", errors="surrogateescape", closefd=False)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
