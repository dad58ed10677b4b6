"""XLSForm: a questionnaire as the workbook that ODK, Kobo and others read.

pyxform, the reference implementation, checks every workbook that is written or read.
"""

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path

from tojimari.ask.questionnaire import options_of
from tojimari.model import Text
from tojimari.survey.exchange.expressions import to_xpath
from tojimari.survey.exchange.portable import CannotConvert
from tojimari.survey.schema import Question, Questionnaire

JA, EN = "日本語 (ja)", "English (en)"
LABELS = (f"label::{JA}", f"label::{EN}")
HINTS = (f"hint::{JA}", f"hint::{EN}")
COLUMNS = ("type", "name", *LABELS, *HINTS, "required", "relevant", "constraint", "appearance", "parameters")  # fmt: skip
SAID = ("title", "about", "consent", "universe", "mode")
"""Texts that XLSForm has no two-language field for; they stand as notes at the top."""
Cells = dict[str, str]


def to_workbook(questionnaire: Questionnaire, path: Path) -> bytes:
    """Return the portable part of a questionnaire (see portable_part) as an .xlsx, checked by pyxform.

    ``path`` is only named in errors. Raises CannotConvert.
    """
    import openpyxl

    questions = {question.id: question for question in questionnaire.questions}
    survey: list[Cells] = [
        {"type": "note", "name": f"tojimari_{name}", **_labels(getattr(questionnaire, name))}
        for name in SAID
    ]
    choices: list[Cells] = []
    for section in questionnaire.sections:
        survey.append(
            {"type": "begin_group", "name": f"section_{section.id}", **_labels(section.title)}
        )
        for id_ in section.questions:
            survey += _rows_of(questions[id_], questions)
            choices += _choices_of(questions[id_])
        survey.append({"type": "end_group"})
    settings = [
        {
            "form_title": questionnaire.title.ja,
            "form_id": questionnaire.id,
            "version": questionnaire.version,
            "default_language": JA,
        }
    ]
    book = openpyxl.Workbook()
    book.remove(book.active)
    sheets: dict[str, tuple[tuple[str, ...], list[Cells]]] = {
        "survey": (COLUMNS, survey),
        "choices": (("list_name", "name", *LABELS), choices),
        "settings": (tuple(settings[0]), settings),
    }
    for name, (columns, rows) in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append(columns)
        for row in rows:
            sheet.append([row.get(column) for column in columns])
            for cell in sheet[sheet.max_row]:
                if cell.data_type == "f":
                    cell.data_type = "s"  # a text that begins with = stays a text
    out = io.BytesIO()
    book.save(out)
    check_form(out.getvalue(), path)
    return out.getvalue()


def check_form(data: bytes, path: Path) -> None:
    """Let pyxform read a workbook. Raises CannotConvert with what it finds wrong."""
    if said := fault_in(data, path):
        raise CannotConvert(
            path, f"XLSFormとして正しくありません ({said})。", f"is not a valid XLSForm ({said})."
        )


def fault_in(data: bytes, path: Path) -> str:
    """Return the first thing that pyxform finds wrong with a workbook; "" for nothing."""
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert

    logging.getLogger("pyxform").setLevel(logging.ERROR)
    try:
        convert(io.BytesIO(data), file_type=path.suffix.lower() if path.suffix else ".xlsx")
    except Exception as error:  # noqa: BLE001  # pyxform lets errors of its parts (openpyxl, lark) through
        kind = "" if isinstance(error, PyXFormError) else f"{type(error).__name__}: "
        return kind + " ".join(str(error).split())[:300]
    return ""


def _labels(text: Text, names: tuple[str, str] = LABELS) -> Cells:
    return {names[0]: _out(text.ja), names[1]: _out(text.en)}


def _out(text: str) -> str:
    return re.sub(r"\{(\w+)\}", r"${\1}", text)


def _rows_of(question: Question, questions: dict[str, Question]) -> Iterator[Cells]:
    made: Cells = {"name": question.id, **_labels(question.text)}
    if question.help:
        made |= _labels(question.help, HINTS)
    if question.required:
        made["required"] = "yes"
    if question.when:
        made["relevant"] = to_xpath(question.when, questions)
    if question.shuffle:
        made["parameters"] = "randomize=true"
    limits = []
    listed = f"{question.id}_options"
    match question.type:
        case "single":
            made["type"] = f"select_one {listed}"
        case "several" | "upto":
            made["type"] = f"select_multiple {listed}"
            if question.at_most is not None:
                limits.append(f"count-selected(.) <= {question.at_most}")
            limits += [
                f"not(selected(., '{option.id}') and count-selected(.) > 1)"
                for option in options_of(question)
                if option.alone
            ]
        case "number":
            made["type"] = "integer" if question.whole else "decimal"
            edges = ((">=", question.minimum), ("<=", question.maximum))
            limits += [f". {sign} {edge!r}" for sign, edge in edges if edge is not None]
        case "text":
            made |= {"type": "text", "appearance": "multiline"}
            limits.append(f"string-length(.) <= {question.max_chars}")
        case "matrix":
            required = made.pop("required", "")
            yield {"type": "begin_group", "appearance": "table-list", **made}
            for row in question.rows:
                cells = {"type": f"select_one {listed}", "name": f"{question.id}__{row.id}"}
                relevant = {"relevant": to_xpath(row.when, questions)} if row.when else {}
                yield cells | _labels(row.text) | relevant | {"required": required}
            yield {"type": "end_group"}
            return
    if limits:
        made["constraint"] = " and ".join(limits)
    yield made


def _choices_of(question: Question) -> list[Cells]:
    return [
        {"list_name": f"{question.id}_options", "name": option.id, **_labels(option.text)}
        for option in options_of(question)
    ]
