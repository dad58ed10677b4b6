"""Starting the portal: prepare the database and the files, serve, work."""

import _thread
import contextlib
import json
import logging
import os
import secrets
import signal
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator

import psutil
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, close_old_connections, connection

from tojimari.lib.files import write_whole
from tojimari.model import TojimariError
from tojimari.portal.core.uploads import TAKEN_BYTES

log = logging.getLogger("tojimari.run")

TICK_SECONDS = 20
RUNNING = "running.json"
"""In the portal's folder while ``up`` runs: which process, on which port."""
_ending: threading.Event | None = None
UNUSED_FILES = ("ext", "htmx-4*", "htmax*", "django-htmx.js", "htmx-2.js")
"""Files of libraries that no page of ours loads."""


class CannotStart(TojimariError):
    """The portal cannot start; nothing was changed."""


def prepare() -> None:
    """Bring database, cache table and static files to this version. Safe to run again.

    Raises CannotStart where the database cannot be opened or written, OSError for files.
    """
    settings.HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        call_command("migrate", interactive=False, verbosity=0)
        if connection.vendor == "postgresql":
            call_command("createcachetable", verbosity=0)
    except OperationalError as error:
        why = str(error).strip().partition("\n")[0]
        raise CannotStart(
            "記録を入れる所 (データベース) を用意できませんでした。ディスクの空き容量と、書き込める場所かを"
            f"確かめてください。それまでの記録は無事です。({why})",
            "The database could not be made ready. Check free space and that its place can be written. "
            f"What was saved before is safe. ({why})",
        ) from error
    collect_static()


def collect_static() -> None:
    """Copy and compress the static files once a version."""
    stamp = settings.STATIC_ROOT / ".version"
    newest = max(
        (path.stat().st_mtime_ns for path in (settings.HERE / "static").rglob("*")), default=0
    )
    wanted = f"{settings.VERSION} {newest}"
    if stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return
    call_command(
        "collectstatic", interactive=False, verbosity=0, ignore_patterns=list(UNUSED_FILES)
    )
    stamp.write_text(wanted, "utf-8")


def work(stop: threading.Event | None = None, *, interval: float = 1.0) -> None:
    """Run tasks until ``stop`` is set (or a signal comes, when there is none to set)."""
    from django_tasks_db.management.commands.db_worker import Worker

    name = f"worker-{secrets.token_hex(6)}"
    worker = Worker(
        queue_names=["default"],
        interval=interval,
        batch=False,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=name,
        excluded_queue_names=[],
    )
    threading.Thread(target=_tick, args=(name, worker), name="periodic", daemon=True).start()
    if stop is None:
        worker.configure_signals()
        worker.run()
        return

    def watch() -> None:
        stop.wait()
        worker.running = False

    threading.Thread(target=watch, name="worker-stop", daemon=True).start()
    while not stop.is_set():
        try:
            worker.run()
        except Exception:
            # A lost database must not end the worker for good: it tries again.
            log.exception("worker stumbled")
            time.sleep(min(5 * interval, 5))


def _tick(name: str, worker: object) -> None:
    from tojimari.portal.operate.periodic import tick

    while getattr(worker, "running", False):
        try:
            tick(name)
        except Exception:
            log.exception("periodic work stumbled")
        finally:
            close_old_connections()
        time.sleep(TICK_SECONDS)


def _end_when(ending: threading.Event) -> None:
    ending.wait()
    time.sleep(0.5)  # the page that says goodbye is still on its way
    # What Ctrl+C does: the server takes nothing new, finishes what it has, and ends. (On Windows
    # os.kill would end the process at once.)
    _thread.interrupt_main()


def serve(host: str, port: int, *, threads: int = 8) -> None:
    """Serve pages until interrupted. Raises CannotStart when the port is taken."""
    from waitress.server import create_server

    from tojimari.portal.wsgi import application

    try:
        server = create_server(
            application,
            host=host,
            port=port,
            threads=threads,
            ident=None,
            max_request_body_size=TAKEN_BYTES,
            max_request_header_size=32_768,
            channel_timeout=60,
            # Django reads these headers itself, and only when the operator says who sets them.
            clear_untrusted_proxy_headers=not settings.BEHIND_PROXY,
        )
    except OSError as error:
        raise CannotStart(
            f"{host}:{port} では開けません ({error.strerror})。--port で別の番号を指定してください。",
            f"Cannot listen on {host}:{port} ({error.strerror}). Name another with --port.",
        ) from error
    try:
        server.run()
    finally:
        server.close()


def running_port() -> int | None:
    """Return the port on which this user's own portal runs already, if it does."""
    try:
        noted = json.loads((settings.HOME / RUNNING).read_text("utf-8"))
        process = psutil.Process(noted["pid"])
        if process.create_time() != noted["started"]:
            return None  # another process that was given the same number
        return int(noted["port"])
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None


def end_running() -> bool:
    """End this user's own portal that runs in another process; returns whether there was one.

    Everything it keeps is written as it comes, so nothing is lost.
    """
    if running_port() is None:
        return False
    noted = json.loads((settings.HOME / RUNNING).read_text("utf-8"))
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(noted["pid"])
        process.terminate()
        # One that has ended, and whose parent has not asked how, counts as ended.
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.1)
    (settings.HOME / RUNNING).unlink(missing_ok=True)
    return True


@contextlib.contextmanager
def _noted(port: int) -> Iterator[None]:
    path = settings.HOME / RUNNING
    started = psutil.Process().create_time()
    note = {"pid": os.getpid(), "started": started, "port": port}
    write_whole(path, json.dumps(note).encode())
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def stop() -> bool:
    """End the portal of this process, if ``up`` runs it, once the answer being made is sent."""
    if _ending is None:
        return False
    _ending.set()
    return True


def up(
    port: int, *, browser: bool, tell: Callable[[str, str], None], carry: Callable[[], object]
) -> None:
    """Run the whole portal in this process for the owner of this computer.

    tell: called with what to show: ("url", address), or ("again", address) when it runs already:
    then only the browser is opened. carry: brings over what the command kept.
    """
    global _ending
    from tojimari.portal.companies.local import entrance, second_entrance

    running = running_port()
    if running is not None:
        tell("again", second_entrance(running))
        if browser:
            webbrowser.open(second_entrance(running))
        return
    prepare()
    carry()
    stop = threading.Event()
    worker = threading.Thread(
        target=work, args=(stop,), kwargs={"interval": 0.3}, name="worker", daemon=True
    )
    worker.start()
    tell("url", entrance())
    if browser:
        threading.Timer(0.8, lambda: webbrowser.open(entrance())).start()
    # Started in the background the signal comes ignored, and the page could not end it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _ending = threading.Event()
    threading.Thread(target=_end_when, args=(_ending,), name="ending", daemon=True).start()
    try:
        with _noted(port):
            serve("127.0.0.1", port)
    finally:
        stop.set()
        worker.join(timeout=3)
