"""``tojimari survey convert``: questionnaires to and from XLSForm and SurveyJS."""

import argparse

from tojimari.cli.printing import print_aside, print_line
from tojimari.model import Lang
from tojimari.survey.exchange.conversion import convert


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Returns 0 when everything was carried over, 1 when something was not."""
    lost = convert(str(arguments.source), arguments.out)
    for sentence in lost:
        print_aside(sentence.ja if lang == "ja" else sentence.en)
    print_line(
        f"{arguments.out}: 書き出しました。" if lang == "ja" else f"{arguments.out}: written."
    )
    return 1 if lost else 0
