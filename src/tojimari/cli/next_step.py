"""``tojimari next``: the one next step, with its reason; ``--all`` for the whole plan."""

import argparse

from tojimari.cli.session import session
from tojimari.model import Lang
from tojimari.report.terminal import show_plan, show_step


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Show the next step (with ``--how`` step by step on every platform)."""
    with session(arguments, lang) as s:
        diagnosis = s.diagnosis()
        if arguments.all:
            show_plan(diagnosis, s.catalog, lang)
        else:
            show_step(diagnosis, s.catalog, lang, how=arguments.how)
        return 0 if diagnosis.all_basics_met else 1
