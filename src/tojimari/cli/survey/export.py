"""``tojimari survey export``: responses for other programs."""

import argparse

from tojimari.cli.printing import print_line
from tojimari.cli.survey.reading import reading_of
from tojimari.model import Lang
from tojimari.survey.export import export_responses
from tojimari.survey.loader import load_questionnaire
from tojimari.survey.parquet import open_responses
from tojimari.survey.provenance import PROVENANCE_NOTES
from tojimari.survey.responses import responses_as_parquet


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Returns 0; everything else is an error."""
    questionnaire = load_questionnaire(arguments.questionnaire)
    data = responses_as_parquet(arguments.data, questionnaire, reading_of(arguments))
    responses = open_responses(data, questionnaire)
    export_responses(responses, questionnaire, arguments.format, arguments.out, lang)
    print_line(
        f"{arguments.out}: 回答{responses.rows}件を書き出しました。"
        if lang == "ja"
        else f"{arguments.out}: wrote {responses.rows} responses."
    )
    if (mark := PROVENANCE_NOTES[responses.origin]) is not None:
        print_line(mark.say(lang))
    return 0
