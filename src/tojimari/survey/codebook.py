"""The codebook: every column of a response file, what it holds and of whom."""

import csv
import io
from typing import Literal

from tojimari.ask.questionnaire import options_of
from tojimari.lib.formulas import guard
from tojimari.model import Lang, Text
from tojimari.survey.bases import base_of
from tojimari.survey.columns import OWN_COLUMNS, answer_columns, codes_of, label_of
from tojimari.survey.schema import CLUSTER, RESPONDENT, STRATUM, WEIGHT, Question, Questionnaire

_KINDS = {
    "choice": Text(ja="選択肢のid", en="option id"),
    "flag": Text(ja="選んだら1、選ばなければ0", en="1 chosen, 0 not"),
    "number": Text(ja="数", en="number"),
    "text": Text(ja="文", en="text"),
}
_OWN = {
    RESPONDENT: Text(
        ja="回答者の番号 (かならず、重なりなし)", en="respondent's id (needed, unique)"
    ),
    WEIGHT: Text(ja="重み (0より大きい数、なくてもよい)", en="weight (above 0, may be left out)"),
    STRATUM: Text(ja="層 (なくてもよい)", en="stratum (may be left out)"),
    CLUSTER: Text(ja="集落 (なくてもよい)", en="cluster (may be left out)"),
}
_HEADING = (
    Text(ja="列", en="Column"),
    Text(ja="値", en="Value"),
    Text(ja="内容", en="What"),
    Text(ja="使える値", en="Values"),
    Text(ja="聞く相手", en="Asked of"),
)


def codebook_rows(questionnaire: Questionnaire, lang: Lang) -> list[tuple[str, ...]]:
    """Return heading and one row a column: name, kind of value, content, values, base."""

    def say(text: Text) -> str:
        return text.ja if lang == "ja" else text.en

    questions = {question.id: question for question in questionnaire.questions}
    rows = [tuple(map(say, _HEADING))]
    rows += [(name, "", say(_OWN[name]), "", "") for name in OWN_COLUMNS]
    for column in answer_columns(questionnaire):
        question = questions[column.question]
        row = next((row for row in question.rows if row.id == column.row), None)
        base = base_of(question, questionnaire, row.when if row else None)
        allowed = _values(question, lang) if column.kind in ("choice", "number") else ""
        label = label_of(column, question, lang)
        rows.append((column.name, say(_KINDS[column.kind]), label, allowed, say(base)))
    return rows


def _values(question: Question, lang: Lang) -> str:
    if question.type == "number":
        low = "" if question.minimum is None else f"{question.minimum:g}"
        high = "" if question.maximum is None else f"{question.maximum:g}"
        unit = question.unit
        return f"{low}–{high}" + (f" ({unit.ja if lang == 'ja' else unit.en})" if unit else "")
    codes = codes_of(question)
    return "; ".join(
        f"{option.id} ({codes[option.id]}) {option.text.ja if lang == 'ja' else option.text.en}"
        for option in options_of(question)
    )


def codebook(questionnaire: Questionnaire, kind: Literal["md", "csv"], lang: Lang) -> str:
    """Return the codebook as a Markdown table or as CSV that is safe to open in a spreadsheet."""
    rows = codebook_rows(questionnaire, lang)
    if kind == "csv":
        out = io.StringIO()
        csv.writer(out).writerows([guard(cell) for cell in row] for row in rows)
        return out.getvalue()
    title = questionnaire.title.ja if lang == "ja" else questionnaire.title.en
    lines = ["| " + " | ".join(map(_in_table, row)) + " |" for row in rows]
    lines.insert(1, "|" + "---|" * len(rows[0]))
    return (
        f"# {_in_table(title)} ({questionnaire.id} {questionnaire.version})\n\n"
        + "\n".join(lines)
        + "\n"
    )


def _in_table(text: str) -> str:
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").split())
