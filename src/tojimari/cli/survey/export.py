"""``tojimari survey export``: responses for other programs."""

import argparse

from tojimari.model import Lang
from tojimari.survey.export import export_responses
from tojimari.survey.parquet import open_responses
from tojimari.survey.read import load_questionnaire
from tojimari.survey.responses import responses_as_parquet


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Returns 0; everything else is an error."""
    questionnaire = load_questionnaire(arguments.questionnaire)
    responses = open_responses(responses_as_parquet(arguments.data, questionnaire), questionnaire)
    export_responses(responses, questionnaire, arguments.format, arguments.out, lang)
    origin = {
        "responses": "",
        "reconstruction": " 公表された数字からの復元で、本当の回答ではありません。",
        "synthetic": " 作った見本で、本当の回答ではありません。",
    }
    origin_en = {
        "responses": "",
        "reconstruction": " They are a reconstruction from published figures, not real responses.",
        "synthetic": " They are made up, not real responses.",
    }
    print(  # noqa: T201
        f"{arguments.out}: 回答{responses.rows}件を書き出しました。{origin[responses.origin]}"
        if lang == "ja"
        else f"{arguments.out}: wrote {responses.rows} responses.{origin_en[responses.origin]}"
    )
    return 0
