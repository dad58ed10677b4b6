"""Real servers for tests, on loopback: PostgreSQL, a mail server, the portal itself."""

import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from tests.support.patience import BOUNDED, PATIENCE
from tests.support.ports import free_port
from tests.support.stored import put_database


class Postgres:
    """A PostgreSQL cluster of its own, run by an unprivileged user, gone when stopped."""

    def __init__(self) -> None:
        self.bin = max(
            Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
        )
        self.folder = Path(tempfile.mkdtemp(prefix="tojimari-pg-"))
        self.port = free_port()
        self.user = self._user()
        if os.geteuid() == 0:
            entry = pwd.getpwnam(self.user)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
        self._run("initdb", "-D", str(self.folder / "data"), "-U", "tojimari", "-A", "trust", "-N")
        options = (
            f"-p {self.port} -h 127.0.0.1 -k {self.folder} -c fsync=off -c full_page_writes=off "
            "-c synchronous_commit=off -c max_connections=60"
        )
        log = str(self.folder / "log")
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-o", options, "-l", log, "-w", "start"
        )

    @staticmethod
    def _user() -> str:
        if os.geteuid() != 0:
            return pwd.getpwuid(os.geteuid()).pw_name
        names = {entry.pw_name for entry in pwd.getpwall()}
        return "postgres" if "postgres" in names else "nobody"

    def _run(self, program: str, *words: str) -> None:
        as_user = ["runuser", "-u", self.user, "--"] if os.geteuid() == 0 else []
        subprocess.run(
            [*as_user, str(self.bin / program), *words],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd="/",
        )

    def url(self, database: str = "postgres") -> str:
        """Return the address of one of its databases."""
        return f"postgres://tojimari@127.0.0.1:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Make an empty database; returns its address."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "tojimari", database)
        return self.url(database)

    def stop(self) -> None:
        """Stop it and delete everything."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


class MailServer:
    """A real SMTP server that keeps what it receives."""

    def __init__(self, *, refuse: bool = False) -> None:
        from aiosmtpd.controller import Controller

        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.to: list[str] = []
        self.envelope_senders: list[str] = []
        outer = self

        class Handler:
            async def handle_DATA(self, server, session, envelope):  # noqa: N802
                if refuse:
                    return "451 not now"
                mail = message_from_bytes(envelope.content, policy=policy.default)
                outer.envelope_senders.append(envelope.mail_from)
                outer.mails.append(mail)
                outer.raw.append(bytes(envelope.content))
                outer.to.extend(envelope.rcpt_tos)
                return "250 kept"

        self.port = free_port()
        self.controller = Controller(Handler(), hostname="127.0.0.1", port=self.port)
        self.controller.start()

    @property
    def url(self) -> str:
        """Return what goes into TOJIMARI_MAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def wait_for(self, count: int, seconds: float = BOUNDED) -> list[EmailMessage]:
        """Wait until ``count`` mails have arrived."""
        until = time.monotonic() + seconds
        while len(self.mails) < count and time.monotonic() < until:
            time.sleep(0.05)
        assert len(self.mails) >= count, f"{len(self.mails)} mails after {seconds} s"
        return self.mails

    def forget(self) -> None:
        """Lose what has come so far."""
        for kept in (self.mails, self.raw, self.to, self.envelope_senders):
            kept.clear()

    def stop(self) -> None:
        self.controller.stop()


class Portal:
    """The portal in a process of its own: `tojimari up`, or `serve` with a `worker`."""

    def __init__(
        self,
        folder: Path,
        *words: str,
        env: dict[str, str] | None = None,
        worker: bool = False,
        host: str = "127.0.0.1",
        database: Path | None = None,
    ) -> None:
        """Start it; it begins with a copy of ``database``, or makes its own from nothing."""
        self.folder, self.port = folder, free_port()
        self.address = f"http://{host}:{self.port}"
        drop = ("TOJIMARI_", "DJANGO_", "LC_")
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(drop)},
            "LANG": "C.UTF-8",
            "TOJIMARI_HOME": str(folder / "portal"),
            "TOJIMARI_STATE": str(folder / "state.sqlite3"),
            "TOJIMARI_AGENT_HOME": str(folder / "agent"),
            "TOJIMARI_PUBLIC_URL": self.address,
            **(env or {}),
        }
        self.log = folder / "portal.log"
        if database:
            put_database(database, folder)
        elif "serve" in words:
            done = self.run("portal", "migrate")
            assert done.returncode == 0, done.stderr
        self.processes = [self._start(*words, "--port", str(self.port))]
        if worker:
            self.processes.append(self._start("worker"))
        self._wait()

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tojimari", *words],
                env=self.env,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
            )

    def _wait(self) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            assert self.processes[0].poll() is None, self.log.read_text()
            try:
                with urllib.request.urlopen(f"{self.address}/health/", timeout=5) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def entrance(self) -> str:
        """Return the one-time address that `tojimari up` printed."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            found = re.findall(r"http://\S+/start/\S+", self.log.read_text())
            if found:
                return found[-1]
            time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command beside the portal, with the same settings."""
        return subprocess.run(
            [sys.executable, "-m", "tojimari", *words],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
        )

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Hostile(threading.Thread):
    """A server that answers every connection with the given bytes, then closes."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(daemon=True)
        self.answer = answer
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                try:
                    connection.recv(65536)
                    connection.sendall(self.answer)
                except OSError:
                    continue

    def stop(self) -> None:
        self.socket.close()
