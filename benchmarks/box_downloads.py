"""Downloads through a gateway box with the real squid, c-icap and ClamAV of Debian 13.

    PYTHONPATH=src:. python benchmarks/box_downloads.py --root DIR

As root, on Linux. A box, an office and the outside are network namespaces; the box's rules and the
engines' files are those that ``tojimari box setup`` would put in place, and the engines run in DIR:

    debootstrap --variant=minbase --include=systemd-standalone-sysusers trixie DIR
    chroot DIR apt-get install --no-install-recommends squid c-icap libc-icap-mod-virus-scan clamav-daemon

ClamAV gets one signature of its own (the EICAR test file), no list of viruses. Prints a table; the exit
code is 1 where something is not as it should be.
"""

import argparse
import contextlib
import hashlib
import http.client
import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.support.box_network import SETTINGS, build, do, in_space
from tests.support.boxes import settings_of

from tojimari.box.rendering.file import Places
from tojimari.box.rendering.files import rendered
from tojimari.box.rendering.firewall import RULES

VIRUS = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SERVER, TIMEOUT = "203.0.113.1", 20
BIGGEST_MB = 25
WAITED = 120
"""Seconds within which an engine is up."""


def packed(data: bytes) -> bytes:
    """Return ``data`` in a zip file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("invoice.com", data)
    return made.getvalue()


FILES = {
    "/page.html": b"<p>hello</p>" * 100,
    "/ordinary.zip": packed(os.urandom(200_000)),
    "/eicar.com": VIRUS,
    "/eicar.zip": packed(VIRUS),
    "/big.iso": os.urandom(2**20) * (BIGGEST_MB + 5),
}


class _Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        data = FILES[self.path]
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Type", "application/octet-stream")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def fetched(path: str, lang: str = "ja") -> tuple[int, bytes]:
    """Return what a computer of the office gets: status (0 for no answer) and content."""
    with in_space("office"):
        asking = http.client.HTTPConnection(SERVER, 80, timeout=TIMEOUT)
        try:
            asking.connect()
        except OSError:
            return 0, b""
    try:
        asking.request("GET", path, headers={"Accept-Language": lang})
        answer = asking.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        asking.close()


def answers() -> bool:
    """Return whether the scanner takes connections."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", 1344), 1):
        return True
    return False


def through(path: str) -> bool:
    """Return whether a file came whole."""
    return fetched(path) == (200, FILES[path])


class Box:
    """The engines in their root, with the files that the box would have."""

    def __init__(self, root: Path, when_dead: str) -> None:
        self.root = root
        chosen = {"when_dead": when_dead, "biggest_mb": BIGGEST_MB}
        # Debian 13 for this processor: the root's own folder of libraries.
        [libraries] = [one.parent.name for one in (root / "usr/lib").glob("*/c_icap")]
        settings = settings_of(**{**SETTINGS, "downloads": chosen})
        files = rendered(settings, Places(libraries=libraries))
        for path, file in files.items():
            if file.engine == "downloads":
                place = root / path.lstrip("/")
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(file.text, "utf-8")
        do("nft", "flush", "ruleset")
        subprocess.run(["nft", "-f", "-"], input=files[RULES].text, text=True, check=True)
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *words: str) -> None:
        """Start an engine in the root."""
        self.run(name, "chroot", str(self.root), *words)

    def run(self, name: str, *words: str) -> None:
        """Start an engine by a whole command."""
        self.running[name] = subprocess.Popen(words, stdout=sys.stderr, start_new_session=True)

    def kill(self, name: str) -> None:
        """Kill an engine with its children, as systemd does."""
        gone = self.running.pop(name)
        os.killpg(gone.pid, signal.SIGKILL)
        gone.wait()

    def begin(self) -> None:
        """Start all three, and wait until a download passes."""
        for folder, owner in (("clamav", "clamav"), ("c-icap", "c-icap")):
            made = self.root / "run" / folder
            made.mkdir(exist_ok=True)
            do("chroot", str(self.root), "chown", f"{owner}:{owner}", f"/run/{folder}")
        signature = (
            f"{hashlib.md5(VIRUS, usedforsecurity=False).hexdigest()}:{len(VIRUS)}:Eicar-Test"
        )
        (self.root / "var/lib/clamav/own.hdb").write_text(f"{signature}\n")
        self.virus_scanner()
        self.scanner()
        self.start("squid", "/usr/sbin/squid", "-N", "-f", "/etc/squid/squid.conf")
        wait_for(lambda: fetched("/page.html")[0] == 200)

    def virus_scanner(self) -> None:
        """Start ClamAV and wait until it answers."""
        self.start("clamd", "/usr/sbin/clamd", "--foreground")
        wait_for(lambda: (self.root / "run/clamav/clamd.ctl").exists())

    def scanner(self) -> None:
        """Start c-icap as its unit does, and wait until it answers."""
        # PrivateTmp= of its unit: what it hands to ClamAV lies where ClamAV does not see it.
        apart = 'mount -t tmpfs tmpfs "$0/tmp" && exec chroot --userspec=c-icap:c-icap "$0" "$@"'
        words = ("/usr/bin/c-icap", "-N", "-f", "/etc/c-icap/tojimari-box.conf")
        self.run("c-icap", "unshare", "--mount", "sh", "-c", apart, str(self.root), *words)
        wait_for(answers)

    def end(self) -> None:
        """Kill what runs."""
        for name in tuple(self.running):
            self.kill(name)
        (self.root / "run/clamav/clamd.ctl").unlink(missing_ok=True)


def wait_for(done: Callable[[], bool]) -> None:
    """Wait until it is so. Raises SystemExit where it does not become so."""
    until = time.monotonic() + WAITED
    while not done():
        if time.monotonic() > until:
            raise RuntimeError("an engine did not come up; see the root's /var/log")
        time.sleep(0.3)


def trials(root: Path) -> list[tuple[str, bool, str]]:
    """Return what was tried, whether it went as it should, and what happened."""
    made: list[tuple[str, bool, str]] = []

    def note(what: str, path: str, passes: bool) -> None:
        began = time.perf_counter()
        status, content = fetched(path)
        whole = status == 200 and content == FILES[path]
        right = whole if passes else FILES[path] not in content and not whole
        seconds = time.perf_counter() - began
        made.append(
            (what, right, f"{'passed' if whole else f'refused ({status})'}, {seconds:.2f} s")
        )

    for when_dead in ("let_through", "stop_everything"):
        box = Box(root, when_dead)
        try:
            box.begin()
            if when_dead == "let_through":
                note("an ordinary page", "/page.html", True)
                note("an ordinary zip file of 200 kB", "/ordinary.zip", True)
                note("EICAR", "/eicar.com", False)
                note("EICAR in a zip file", "/eicar.zip", False)
                for lang, words in (
                    ("ja,en-US;q=0.9,en;q=0.8", "ダウンロードを止めました"),
                    ("en-US,en;q=0.9,ja;q=0.8", "The download was stopped"),
                    ("fr", "ダウンロードを止めました"),
                ):
                    said = fetched("/eicar.com", lang)[1].decode("utf-8", "replace")
                    right = f"<h1>{words}</h1>" in said and "Eicar-Test" in said
                    made.append((f"the page of refusal ({lang})", right, words))
                note(f"a file of {BIGGEST_MB + 5} MB (above the limit, unread)", "/big.iso", True)
            box.kill("c-icap")
            passes = when_dead == "let_through"
            note(f"scanner killed, {when_dead}: a page", "/page.html", passes)
            note(f"scanner killed, {when_dead}: EICAR", "/eicar.com", passes)
            box.scanner()
            back = time.monotonic()
            wait_for(lambda: fetched("/eicar.com")[0] not in (0, 500) and not through("/eicar.com"))
            seconds = time.monotonic() - back
            note(f"scanner back for {seconds:.0f} s, {when_dead}: EICAR", "/eicar.com", False)
            note(f"scanner back, {when_dead}: a page", "/page.html", True)
            box.kill("clamd")
            note(f"ClamAV killed, {when_dead}: a page", "/page.html", passes)
            note(f"ClamAV killed, {when_dead}: EICAR", "/eicar.com", passes)
            (root / "run/clamav/clamd.ctl").unlink(missing_ok=True)
            box.virus_scanner()
            note(f"ClamAV back, {when_dead}: EICAR", "/eicar.com", False)
            note(f"ClamAV back, {when_dead}: a page", "/page.html", True)
        finally:
            box.end()
    return made


def main() -> int:
    """Try it; returns 1 where something is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if os.geteuid() != 0:
        parser.error("network namespaces need root")
    if not asked.inside:
        apart = ["unshare", "--net", "--mount", sys.executable, __file__, "--inside"]
        return subprocess.run([*apart, "--root", str(asked.root)], check=False).returncode
    build()
    for kind, place in (("proc", "proc"), ("tmpfs", "run"), ("tmpfs", "tmp")):
        do("mount", "-t", kind, kind, str(asked.root / place))
    do("mount", "--bind", "/dev", str(asked.root / "dev"))
    do("mount", "-t", "tmpfs", "tmpfs", str(asked.root / "dev/shm"))
    with in_space("outside"):
        server = ThreadingHTTPServer((SERVER, 80), _Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = trials(asked.root)
    print("| tried | as it should | what happened |\n|---|---|---|")
    for what, right, happened in made:
        print(f"| {what} | {'yes' if right else 'NO'} | {happened} |")
    return 0 if all(right for _, right, _ in made) else 1


if __name__ == "__main__":
    sys.exit(main())
