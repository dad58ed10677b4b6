"""``tojimari survey codebook``: the columns of a response file."""

import argparse

from tojimari.cli.printing import print_line
from tojimari.model import Lang
from tojimari.survey.codebook import codebook
from tojimari.survey.loader import load_questionnaire


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Returns 0; everything else is an error."""
    questionnaire = load_questionnaire(arguments.questionnaire)
    print_line(codebook(questionnaire, arguments.format, lang), end="")
    return 0
