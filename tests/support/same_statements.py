"""Which of the portal's tests send a database only statements that other tests send as well.

On PostgreSQL they are left out. Found out by sending them all there once, whenever many tests came
or went: ``TOJIMARI_STATEMENTS=record`` beside ``TOJIMARI_TEST_DATABASE=postgresql``, with the whole
of tests/portal. A test that is new, or has another name, is asked there until then.
"""

import os
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Generator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

PORTAL = Path(__file__).parents[1] / "portal"
LIST = PORTAL / "same_statements.txt"

ALWAYS_ASKED = {
    "core",
    "test_fleet.py",
    "test_forms.py",
    "test_holds.py",
    "test_invitations.py",
    "test_isolation.py",
    "test_joining.py",
    "test_long_names.py",
    "test_migrations.py",
    "test_observations.py",
    "test_operate.py",
    "test_people.py",
    "test_presses_at_once.py",
}
"""Files and folders about what databases decide differently: order, length, numbers, uniqueness, who
comes first. The same statement with another value is another question there."""

WORTH_SECONDS = 0.1
"""What takes less processor time than this is asked all the same: the list stays short."""


def recording() -> bool:
    """Whether this run is to find out."""
    return os.environ.get("TOJIMARI_STATEMENTS") == "record"


@cache
def listed() -> frozenset[str]:
    """The tests of the list, as ``file.py::test``."""
    return frozenset(LIST.read_text("utf-8").split())


def name_of(item: pytest.Item) -> str:
    """Return how the list names a test: by its function, with whatever values."""
    return f"{item.path.relative_to(PORTAL).as_posix()}::{getattr(item, 'originalname', item.name)}"


@cache
def _shape(statement: str) -> str:
    """Return ``statement`` without its values and their number; "" for what only frames others."""
    if re.match("SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|SET |SHOW ", statement):
        return ""
    bare = re.sub(r"\b\d+\b", "0", re.sub("'[^']*'", "0", statement)).replace("%s", "0")
    return re.sub(r"\(0(?:, ?0)*\)(?:, ?\(0(?:, ?0)*\))*", "(0)", bare)


class Recorder:
    """A plugin that notes what each test sends, and writes the list when all have run."""

    def __init__(self) -> None:
        self._sent: defaultdict[str, set[str]] = defaultdict(set)
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._bound: set[str] = set()
        self._now = ""

    def _note(
        self, execute: Callable[..., Any], statement: Any, values: Any, many: bool, context: Any
    ) -> Any:
        shape = _shape(str(statement))
        try:
            return execute(statement, values, many, context)
        except Exception as error:
            shape += f" {type(error).__name__}"  # refused, it is another question
            raise
        finally:
            if shape:
                self._sent[self._now].add(shape)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Note what is sent from the first fixture to the last, and what it takes."""
        from django.db import connection

        if self._note not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._note)
        self._now, began = name_of(item), time.process_time()
        mark = item.get_closest_marker("django_db")
        whole = bool(mark and mark.kwargs.get("transaction"))
        file = self._now.partition("::")[0]
        if whole or ALWAYS_ASKED & {file, file.partition("/")[0]}:
            self._bound.add(self._now)
        done = yield
        self._seconds[self._now] += time.process_time() - began
        return done

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Write the list, the dearest test first asked whether others send all that it sends."""
        if exitstatus:
            return
        senders = Counter(shape for shapes in self._sent.values() for shape in shapes)
        left_out = []
        for name in sorted(self._seconds, key=self._seconds.__getitem__, reverse=True):
            if self._seconds[name] < WORTH_SECONDS or name in self._bound:
                continue
            if all(senders[shape] > 1 for shape in self._sent[name]):
                left_out.append(name)
                senders.subtract(self._sent[name])
        LIST.write_text("".join(f"{name}\n" for name in sorted(left_out)), "utf-8")
