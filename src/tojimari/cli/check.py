"""``tojimari check``: look at this computer and say where the company stands. No questions."""

import argparse
import sys
from pathlib import Path

from tojimari.cli.session import session
from tojimari.model import Lang


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Look, judge, keep, show. Returns 0 when all basics are met, else 1.

    With ``--answer`` only look, for the portal that asked in that folder; returns 0.
    """
    if arguments.answer is not None:
        return _answer(arguments.answer)
    with session(arguments, lang) as s:
        s.look()
        diagnosis = s.diagnosis(keep=True)
        if arguments.format == "json":
            from tojimari.report.machine import to_json

            sys.stdout.write(to_json(diagnosis, s.catalog).decode() + "\n")
        elif arguments.format == "oscal":
            from tojimari.report.oscal import to_oscal

            sys.stdout.write(to_oscal(diagnosis, s.catalog).decode() + "\n")
        else:
            from tojimari.report.terminal import show_result

            show_result(diagnosis, s.catalog, lang)
        if arguments.page is not None:
            from tojimari.cli.page import write_and_offer

            write_and_offer(arguments.page, diagnosis, s)
        return 0 if diagnosis.all_basics_met else 1


def _answer(folder: Path) -> int:
    from datetime import UTC, datetime

    from tojimari.catalog import load_catalog
    from tojimari.collect.elevation import answer

    answer(folder, catalog=load_catalog(), at=datetime.now(UTC))
    return 0
