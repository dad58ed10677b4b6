"""``tojimari survey import``: responses gathered elsewhere, checked and brought into one layout."""

import argparse
import sys

from tojimari.model import Lang
from tojimari.survey.loader import load_questionnaire
from tojimari.survey.provenance import PROVENANCE_NOTES
from tojimari.survey.responses import import_responses


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Returns 0 when every value fitted, 1 when some were left empty (--lenient)."""
    questionnaire = load_questionnaire(arguments.questionnaire)
    taken = import_responses(
        arguments.data,
        questionnaire,
        arguments.out,
        origin=arguments.origin,
        lenient=arguments.lenient,
    )
    for note in taken.notes:
        print(note.ja if lang == "ja" else note.en, file=sys.stderr)  # noqa: T201
    for column, number in taken.emptied.items():
        print(  # noqa: T201
            f"「{column}」: 合わない値{number}件を空欄などに直しました。"
            if lang == "ja"
            else f"{column!r}: {number} values that did not fit were put right or left empty.",
            file=sys.stderr,
        )
    rows = taken.responses.rows
    print(  # noqa: T201
        f"{arguments.out}: 回答{rows}件を書き出しました。"
        if lang == "ja"
        else f"{arguments.out}: wrote {rows} responses."
    )
    if (mark := PROVENANCE_NOTES[taken.responses.origin]) is not None:
        print(mark.say(lang))  # noqa: T201
    return 1 if taken.emptied else 0
