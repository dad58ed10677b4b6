"""``tojimari survey lint``: every mistake of a questionnaire, with its line."""

import argparse

from tojimari.cli.printing import print_line
from tojimari.model import Lang
from tojimari.survey.loader import lint_questionnaire


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Returns 0 when the questionnaire is good, 2 when it has mistakes."""
    problems = lint_questionnaire(arguments.questionnaire)
    for problem in problems:
        print_line(problem.say(lang))
    if problems:
        return 2
    print_line("調査票に誤りはありません。" if lang == "ja" else "The questionnaire is good.")
    return 0
