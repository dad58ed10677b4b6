"""Django set up for tests: a portal for others, on SQLite or on a PostgreSQL of this very run.

Django reads its settings once a process, so this is imported before anything of the portal is.
``TOJIMARI_TEST_DATABASE=postgresql`` starts a PostgreSQL; workers of one run share it, and the
home, through the environment they inherit.
"""

import os
import shutil
import tempfile
from collections.abc import Callable

SHARED = "TOJIMARI_TEST_HOME"
"""Tells a worker that the process which started it has set everything up."""

_undo: list[Callable[[], object]] = []


def set_up() -> None:
    """Set Django up, once a process; ``tear_down`` undoes what it started."""
    import django
    from django.apps import apps

    if apps.ready:
        return
    inherited = SHARED in os.environ
    if not inherited:
        _surroundings()
    django.setup()
    if not inherited:
        from tojimari.portal.operate.server import collect_static

        collect_static()


def _surroundings() -> None:
    home = tempfile.mkdtemp(prefix="tojimari-test-")
    _undo.append(lambda: shutil.rmtree(home, ignore_errors=True))
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings",
            "TOJIMARI_MODE": "server",
            "TOJIMARI_HOME": home,
            SHARED: home,
            "TOJIMARI_PUBLIC_URL": "http://testserver",
            "TOJIMARI_HOSTS": "localhost,127.0.0.1",
            "TOJIMARI_MAIL_URL": "smtp://127.0.0.1:1",
            "TOJIMARI_LOG_LEVEL": "WARNING",
        }
    )
    if os.environ.get("TOJIMARI_TEST_DATABASE") == "postgresql":
        from tests.support.servers import Postgres

        server = Postgres()
        _undo.append(server.stop)
        os.environ["TOJIMARI_DATABASE_URL"] = server.url()


def tear_down() -> None:
    """Stop the database this process started and delete the home it made."""
    while _undo:
        _undo.pop()()
