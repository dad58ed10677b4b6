"""The start without a terminal that would show what the command says (Windows).

``python -m tojimari.cli.windowed`` opens the portal, as a double click does: what went wrong is shown in
a message box, in the owner's words. ``... agent FOLDER`` runs the agent of that folder, as its scheduled
task does: nobody waits for it, so nothing is shown. What either says goes into a file.
"""

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import platformdirs

from tojimari.cli import main
from tojimari.lib.folders import make_private

LOG = "start.log"
"""In the state folder; only the last start is kept."""
AGENT_LOG = "agent.log"
"""In the agent's folder, likewise."""


def start(words: list[str], show: Callable[[str], None], log_file: Path) -> int:
    """Run the command ``words``; returns its exit code (0, or 2 where it could not run).

    show: called with one sentence when it could not. log_file: where what it says goes.
    """
    folder = log_file.parent
    errors = io.StringIO()
    try:
        make_private(folder)
        log = log_file.open("w", encoding="utf-8", buffering=1)
    except OSError as error:
        show(f"{folder}: {error.strerror or error}")
        return 2
    with log:
        # pythonw has neither; libraries that write to them must not fail.
        sys.stdout, sys.stderr = log, _Both(log, errors)
        try:
            code = main(words)
        except Exception as error:  # noqa: BLE001  # nobody else would show it
            import traceback

            traceback.print_exc(file=log)
            errors.write(f"{type(error).__name__}: {error}")
            code = 2
    said = errors.getvalue().strip().removeprefix("tojimari: ")
    if code == 2 and said:
        show(f"{said}\n\n{log_file}")
    return code


class _Both(io.TextIOBase):
    """Writes to a file and remembers it."""

    def __init__(self, file: io.TextIOBase | io.TextIOWrapper, heard: io.StringIO) -> None:
        self._file, self._heard = file, heard

    def write(self, text: str) -> int:
        self._heard.write(text)
        return self._file.write(text)

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()


def _message_box(text: str) -> None:
    """Show ``text`` and wait until it is read."""
    if sys.platform == "win32":
        import win32api
        import win32con

        win32api.MessageBox(0, text, "戸締まり Tojimari", win32con.MB_OK | win32con.MB_ICONERROR)


def _show_nothing(text: str) -> None:
    """Leave ``text`` to the log, where it stands too: nobody is there."""


def run(words: list[str]) -> int:
    """Do what this program was started for, which ``words`` say; returns the exit code."""
    if words[:1] == ["agent"] and len(words) == 2:
        os.environ["TOJIMARI_AGENT_HOME"] = words[1]
        return start(["agent", "run"], _show_nothing, Path(words[1]) / AGENT_LOG)
    state = Path(platformdirs.user_data_dir("tojimari", appauthor=False))
    return start(["up", "--menu", *words], _message_box, state / LOG)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
