"""``tojimari survey import``: responses gathered elsewhere, checked and brought into one layout."""

import argparse
from pathlib import Path

from tojimari.cli.printing import print_aside, print_line
from tojimari.cli.survey.reading import reading_of
from tojimari.model import Lang, TojimariError
from tojimari.survey.draft import draft_questionnaire
from tojimari.survey.exchange.conversion import to_yaml
from tojimari.survey.loader import load_questionnaire
from tojimari.survey.parquet import whole_file
from tojimari.survey.provenance import PROVENANCE_NOTES
from tojimari.survey.responses import import_responses
from tojimari.survey.schema import Questionnaire


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Returns 0 when every value fitted, 1 when some were left empty (--lenient)."""
    questionnaire = _questionnaire(arguments, lang)
    taken = import_responses(
        arguments.data,
        questionnaire,
        arguments.out,
        origin=arguments.origin,
        lenient=arguments.lenient,
        reading=reading_of(arguments),
    )
    for note in taken.notes:
        print_aside(note.ja if lang == "ja" else note.en)
    for column, number in taken.emptied.items():
        print_aside(
            f"「{column}」: 合わない値{number}件を空欄などに直しました。"
            if lang == "ja"
            else f"{column!r}: {number} values that did not fit were put right or left empty.",
        )
    rows = taken.responses.rows
    print_line(
        f"{arguments.out}: 回答{rows}件を書き出しました。"
        if lang == "ja"
        else f"{arguments.out}: wrote {rows} responses."
    )
    if (mark := PROVENANCE_NOTES[taken.responses.origin]) is not None:
        print_line(mark.say(lang))
    return 1 if taken.emptied else 0


def _questionnaire(arguments: argparse.Namespace, lang: Lang) -> Questionnaire:
    """Return the questionnaire that is named, else a draft that is put beside the result."""
    if arguments.questionnaire is not None:
        return load_questionnaire(arguments.questionnaire)
    beside: Path = arguments.out.with_suffix(".yaml")
    if beside.exists():
        raise TojimariError(
            f"{beside} がもうあります。この調査票を使うなら --questionnaire で指定してください。",
            f"{beside} exists already. To use this questionnaire name it with --questionnaire.",
        )
    questionnaire, notes = draft_questionnaire(arguments.data, arguments.encoding)
    with whole_file(beside) as temporary:
        temporary.write_bytes(to_yaml(questionnaire))
    for note in notes:
        print_aside(note.ja if lang == "ja" else note.en)
    print_line(
        f"{beside}: 調査票の下書きを書き出しました。"
        if lang == "ja"
        else f"{beside}: draft written."
    )
    return questionnaire
