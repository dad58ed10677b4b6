"""``tojimari survey report``: figures, tables and the printed report."""

import argparse

from tojimari.catalog import load_catalog
from tojimari.cli.printing import print_line
from tojimari.cli.survey.tabulate import say_mark, tabulated
from tojimari.model import Lang
from tojimari.report.files import write_report_folder
from tojimari.survey.loader import load_questionnaire
from tojimari.survey.report import report_files


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Write report.html, report.pdf, figures/ and the tables. Returns 0."""
    questionnaire = load_questionnaire(arguments.questionnaire)
    # The figures are the questionnaire's: what they are divided by is counted in any case.
    also = [figure.by for figure in questionnaire.figures if figure.by]
    tabulation = tabulated(arguments, questionnaire, lang, also=also)
    files = report_files(questionnaire, tabulation, lang)
    write_report_folder(arguments.out, files)
    n = sum(name.endswith(".svg") for name in files)
    print_line(load_catalog().ui("survey.reported").say(lang, n=n, out=arguments.out))
    say_mark(tabulation, lang)
    return 0
