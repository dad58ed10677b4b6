"""A process beside a portal that makes what a journey begins with, and empties it afterwards.

Reading the portal's modules takes seconds; here they are read once for all journeys. A program is
Python's text in a line of JSON; the answer is what it printed, and what went wrong.
"""

import io
import json
import subprocess
import sys
import time
import traceback
from contextlib import redirect_stdout

from tests.support.patience import PATIENCE

TASKS = "django_tasks_database_dbtaskresult"
"""What waits for the worker, and what it has done."""


class Maker:
    """The side of the tests: starts the process, and hands programs over."""

    def __init__(self, env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.making"],
            env={**env, "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, program: str) -> list[str]:
        """Run ``program`` in a portal's surroundings; returns the words it printed."""
        sending, answers = self._process.stdin, self._process.stdout
        assert sending
        assert answers
        sending.write(json.dumps(program) + "\n")
        sending.flush()
        answer = answers.readline()
        assert answer, "the process that makes things ended"
        said, wrong = json.loads(answer)
        assert not wrong, wrong
        return str(said).split()

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(60)


def filled() -> list[str]:
    """Return the names of the tables that hold rows."""
    from django.db import connection

    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        cursor.execute(
            " UNION ALL ".join(
                f"(SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)}))"
                for table in tables
            )
        )
        return [table for (table,) in cursor.fetchall()]


def settled() -> None:
    """Wait until a worker has come, begun its round and done what it began; prints ``filled``."""
    from tojimari.portal.core.periodic import declared
    from tojimari.portal.operate.models import Periodic

    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if Periodic.objects.count() == len(declared()) and not _undone():
            print(*filled())
            return
        time.sleep(0.1)
    raise AssertionError("the worker's first round never ended")


def empty(kept: set[str]) -> None:
    """Delete every row but those of the tables ``kept``, while nothing is done for the portal.

    PostgreSQL's own: neither foreign keys nor triggers are asked, and the worker can take nothing
    new until the rows are gone.
    """
    from django.db import connection, transaction

    quote = connection.ops.quote_name
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {TASKS} IN EXCLUSIVE MODE")
            if not _undone():
                cursor.execute("SET LOCAL session_replication_role = replica")
                for table in filled():
                    if table not in kept:
                        cursor.execute(f"DELETE FROM {quote(table)}")
                return
        time.sleep(0.05)
    raise AssertionError("the worker never came to an end")


def _undone() -> bool:
    from django_tasks_db.models import DBTaskResult

    return bool(DBTaskResult.objects.filter(status__in=("READY", "RUNNING")).exists())


def _serve() -> None:
    import django

    django.setup()
    answers = sys.stdout
    for line in sys.stdin:
        said, wrong = io.StringIO(), ""
        try:
            with redirect_stdout(said):
                exec(compile(json.loads(line), "<made>", "exec"), {"__name__": "made"})  # noqa: S102  # a test's own
        except BaseException:  # noqa: BLE001  # it is the test's, which says so
            wrong = traceback.format_exc()
        print(json.dumps([said.getvalue(), wrong]), file=answers, flush=True)


if __name__ == "__main__":
    _serve()
