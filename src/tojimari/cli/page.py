"""Writes the report as a page and offers to open it."""

import sys
import webbrowser
from pathlib import Path

from tojimari.cli.printing import print_aside
from tojimari.cli.session import Session
from tojimari.diagnose import Diagnosis
from tojimari.report.files import write_report
from tojimari.report.page import to_html


def write_and_offer(path: Path, diagnosis: Diagnosis, session: Session) -> None:
    """Write the page to ``path``; on a terminal ask whether to open it in the browser."""
    write_report(path, to_html(diagnosis, session.catalog, session.lang).encode())
    where = path.resolve()
    print_aside(session.say("page.written", path=where))
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    try:
        said = input(session.say("page.offer")).strip().lower()
    except EOFError:
        return
    if said in ("", "y", "yes", "はい", "ｙ") and not webbrowser.open(where.as_uri()):
        print_aside(session.say("page.no_browser", path=where))
