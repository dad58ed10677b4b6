"""Writes responses for other programs: CSV for spreadsheets, SAV for SPSS and R, Parquet."""

import csv
import shutil
from pathlib import Path
from typing import Any, Literal

import pyarrow.parquet as pq

from tojimari.ask.questionnaire import options_of
from tojimari.lib.formulas import guard
from tojimari.model import Lang, Text
from tojimari.survey.columns import ORIGIN_COLUMN, answer_columns, codes_of, label_of
from tojimari.survey.parquet import Responses, whole_file
from tojimari.survey.provenance import PROVENANCE_NOTES
from tojimari.survey.schema import (
    CLUSTER,
    RESPONDENT,
    STRATUM,
    WEIGHT,
    Questionnaire,
)
from tojimari.survey.violations import BadResponses

Format = Literal["csv", "sav", "parquet"]
SAV_MOST = 50_000_000
"""Cells of a SAV file: its writer needs the whole table in memory (about 100 bytes a cell)."""
LABEL_BYTES, VALUE_LABEL_BYTES = 255, 119
"""Longest labels that every reader of SAV files takes."""
_OWN_LABELS = {
    RESPONDENT: Text(ja="回答者の番号", en="Respondent"),
    WEIGHT: Text(ja="重み", en="Weight"),
    STRATUM: Text(ja="層", en="Stratum"),
    CLUSTER: Text(ja="集落（抽出の単位）", en="Cluster"),
}


def export_responses(
    responses: Responses, questionnaire: Questionnaire, kind: Format, out: Path, lang: Lang = "ja"
) -> None:
    """Write ``responses`` to ``out``, wholly or not at all. ``lang``: of the labels in SAV.

    Raises BadResponses when the place cannot be written or a SAV file would be too large.
    """
    with whole_file(out) as temporary:
        match kind:
            case "csv":
                _csv(responses, temporary)
            case "parquet":
                shutil.copyfile(responses.path, temporary)
            case "sav":
                _sav(responses, questionnaire, temporary, lang)


def _csv(responses: Responses, out: Path) -> None:
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        # Without metadata the mark has to be in the rows, or it is lost on the way back.
        mark = [] if PROVENANCE_NOTES[responses.origin] is None else [responses.origin]
        writer.writerow([*responses.columns, *([ORIGIN_COLUMN] if mark else [])])
        for batch in responses.batches():
            columns = [[_cell(value) for value in column.to_pylist()] for column in batch.columns]
            writer.writerows([*row, *mark] for row in zip(*columns, strict=True))


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case str():
            return guard(value)
        case _:
            return repr(value)


def _short(text: str, most: int) -> str:
    return text.encode()[:most].decode(errors="ignore")


def _sav(responses: Responses, questionnaire: Questionnaire, out: Path, lang: Lang) -> None:
    import pandas as pd
    import pyreadstat

    cells = responses.rows * len(responses.columns)
    if cells > SAV_MOST:
        raise BadResponses(
            f"SAVにするには大きすぎます ({cells:,}個の値、{SAV_MOST:,}個まで)。"
            "CSVかParquetにしてください。",
            f"Too large for SAV ({cells:,} values, at most {SAV_MOST:,}). Use CSV or Parquet.",
        )
    questions = {question.id: question for question in questionnaire.questions}
    columns = {column.name: column for column in answer_columns(questionnaire)}
    table = pq.read_table(responses.path)
    data: dict[str, Any] = {}
    labels: list[str | None] = []
    values: dict[str, dict[float, str]] = {}
    measures: dict[str, str] = {}
    yes_no = {0.0: "いいえ", 1.0: "はい"} if lang == "ja" else {0.0: "No", 1.0: "Yes"}
    for name in table.column_names:
        given = table[name].to_pylist()
        column = columns.get(name)
        if column is None:
            text = _OWN_LABELS[name]
            labels.append(text.ja if lang == "ja" else text.en)
            data[name] = pd.Series(given, dtype="float64" if name == WEIGHT else "object")
            continue
        question = questions[column.question]
        labels.append(_short(label_of(column, question, lang), LABEL_BYTES))
        if column.kind == "text":
            data[name] = pd.Series([text or "" for text in given], dtype="object")
            continue
        if column.kind == "choice":
            codes = codes_of(question)
            given = [None if id_ is None else codes[id_] for id_ in given]
            values[name] = {
                float(codes[o.id]): _short(
                    o.text.ja if lang == "ja" else o.text.en, VALUE_LABEL_BYTES
                )
                for o in options_of(question)
            }
        elif column.kind == "flag":
            values[name] = yes_no
        measures[name] = "scale" if column.kind == "number" else "nominal"
        data[name] = pd.Series(given, dtype="float64")
    if (mark := PROVENANCE_NOTES[responses.origin]) is not None:
        labels.append(_short(mark.ja if lang == "ja" else mark.en, LABEL_BYTES))
        data[ORIGIN_COLUMN] = pd.Series([responses.origin] * responses.rows, dtype="object")
    pyreadstat.write_sav(
        pd.DataFrame(data),
        str(out),
        file_label=_short(f"{questionnaire.id} {questionnaire.version} {responses.origin}", 60),
        column_labels=labels,
        variable_value_labels=values,
        variable_measure=measures,
        compress=True,
    )
