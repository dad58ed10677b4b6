"""Starting the portal: prepare the database and the files, serve, work."""

import logging
import secrets
import threading
import time
import webbrowser
from collections.abc import Callable

from django.conf import settings
from django.core.management import call_command
from django.db import close_old_connections, connection

from tojimari.model import TojimariError

log = logging.getLogger("tojimari.run")

TICK_SECONDS = 20
UNUSED_FILES = ("ext", "htmx-4*", "htmax*", "django-htmx.js", "htmx-2.js")
"""Files of libraries that no page of ours loads."""


class CannotStart(TojimariError):
    """The portal cannot start; nothing was changed."""


def prepare() -> None:
    """Bring database, cache table and static files to this version. Safe to run again."""
    settings.HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    call_command("migrate", interactive=False, verbosity=0)
    if connection.vendor == "postgresql":
        call_command("createcachetable", verbosity=0)
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
            max_request_body_size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
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


def up(
    port: int, *, browser: bool, tell: Callable[[str, str], None], carry: Callable[[], object]
) -> None:
    """Run the whole portal in this process for the owner of this computer.

    tell: called with what to show: ("url", address). carry: brings over what the command kept.
    """
    from tojimari.portal.companies.local import entrance

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
    try:
        serve("127.0.0.1", port)
    finally:
        stop.set()
        worker.join(timeout=3)
