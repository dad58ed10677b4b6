"""``tojimari survey convert``: questionnaires to and from XLSForm and SurveyJS."""

import argparse
import sys

from tojimari.model import Lang
from tojimari.survey.exchange.conversion import convert


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Returns 0 when everything was carried over, 1 when something was not."""
    lost = convert(str(arguments.source), arguments.out)
    for sentence in lost:
        print(sentence.ja if lang == "ja" else sentence.en, file=sys.stderr)  # noqa: T201
    print(  # noqa: T201
        f"{arguments.out}: 書き出しました。" if lang == "ja" else f"{arguments.out}: written."
    )
    return 1 if lost else 0
