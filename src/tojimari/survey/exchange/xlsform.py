"""XLSForm: a questionnaire as the workbook that ODK, Kobo and others read, and back.

pyxform, the reference implementation, checks every workbook that is written or read.
"""

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tojimari.ask.questionnaire import QuestionType, Row, options_of
from tojimari.model import DONT_KNOW, Text, When
from tojimari.survey.exchange.expressions import Unreadable, read_xpath, to_xpath
from tojimari.survey.exchange.portable import CannotConvert
from tojimari.survey.foreign_tables import check_workbook
from tojimari.survey.schema import Option, Question, Questionnaire, Section
from tojimari.survey.violations import BadResponses

JA, EN = "日本語 (ja)", "English (en)"
LABELS = (f"label::{JA}", f"label::{EN}")
HINTS = (f"hint::{JA}", f"hint::{EN}")
COLUMNS = ("type", "name", *LABELS, *HINTS, "required", "relevant", "constraint", "appearance", "parameters")  # fmt: skip
SAID = ("title", "about", "consent", "universe", "mode")
"""Texts that XLSForm has no two-language field for; they stand as notes at the top."""
MOST_ROWS = 20_000
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
    _check(out.getvalue(), path)
    return out.getvalue()


def _check(data: bytes, path: Path) -> None:
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert

    logging.getLogger("pyxform").setLevel(logging.ERROR)
    try:
        convert(io.BytesIO(data), file_type=".xlsx")
    except Exception as error:  # pyxform lets errors of its parts (openpyxl, lark) through
        kind = "" if isinstance(error, PyXFormError) else f"{type(error).__name__}: "
        said = kind + " ".join(str(error).split())[:300]
        raise CannotConvert(
            path, f"XLSFormとして正しくありません ({said})。", f"is not a valid XLSForm ({said})."
        ) from error


def _labels(text: Text, names: tuple[str, str] = LABELS) -> Cells:
    return {names[0]: _out(text.ja), names[1]: _out(text.en)}


def _out(text: str) -> str:
    return re.sub(r"\{(\w+)\}", r"${\1}", text)


def _in(text: str) -> str:
    return re.sub(r"\$\{\s*(\w+)\s*\}", r"{\1}", text)


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


_LIMITS = (
    ("at_most", re.compile(r"count-selected\(\s*\.\s*\)\s*<=\s*(\d{1,9})")),
    ("alone", re.compile(r"not\(\s*selected\(\s*\.\s*,\s*'([^']*)'\s*\)\s+and\s+count-selected\(\s*\.\s*\)\s*>\s*1\s*\)")),
    ("minimum", re.compile(r"\.\s*>=\s*(-?\d{1,16}(?:\.\d{1,16})?)")),
    ("maximum", re.compile(r"\.\s*<=\s*(-?\d{1,16}(?:\.\d{1,16})?)")),
    ("max_chars", re.compile(r"string-length\(\s*\.\s*\)\s*<=\s*(\d{1,9})")),
)  # fmt: skip
_AND = re.compile(r"and\s+(?=\S)")


class _Reader:
    """Reads the sheets of one workbook and collects what it cannot take over."""

    def __init__(self, path: Path, sheets: dict[str, list[tuple[int, Cells]]]) -> None:
        self.path = path
        self.sheets = sheets
        self.notes: list[Text] = []
        self.matrix_rows: dict[str, tuple[str, str]] = {}
        self.choices = self._choices()

    def refuse(self, sheet: str, row: int, ja: str, en: str) -> CannotConvert:
        return CannotConvert(self.path, f"{sheet} {row}行目: {ja}", f"{sheet}, row {row}: {en}")

    def note(self, sheet: str, row: int, ja: str, en: str) -> None:
        self.notes.append(Text(ja=f"{sheet} {row}行目: {ja}", en=f"{sheet}, row {row}: {en}"))

    def text(self, cells: Cells, what: str, sheet: str, row: int) -> Text | None:
        found: dict[str, str] = {}
        for column, value in cells.items():
            head, _, language = column.partition("::")
            if head.strip() == what:
                short = "ja" if "ja" in language.lower() or "日本" in language else "en"
                found.setdefault(short if language else "only", _in(value))
        if not found:
            return None
        if len(found) == 1:
            self.note(
                sheet,
                row,
                "片方の言葉しかないので、両方に同じ文を入れました。",
                "is in one language only; it was put in for both.",
            )
        any_ = next(iter(found.values()))
        return Text(ja=found.get("ja", any_), en=found.get("en", any_))

    def _choices(self) -> dict[str, list[Option]]:
        found: dict[str, list[Option]] = {}
        for row, cells in self.sheets.get("choices", []):
            listed = cells.get("list_name", cells.get("list name", ""))
            name = cells.get("name", "")
            text = self.text(cells, "label", "choices", row) or Text(ja=name, en=name)
            found.setdefault(listed, []).append(Option(name, text))
        return found

    def when(self, cells: Cells, row: int) -> When | None:
        text = cells.get("relevant", "")
        if not text:
            return None
        try:
            return read_xpath(text, self.matrix_rows)
        except Unreadable as error:
            raise self.refuse(
                "survey",
                row,
                f"relevant を読めません ({error}の所)。簡単な形に直してください。",
                f"the relevant cannot be read (at {error}). Write it more simply.",
            ) from error

    def limits(self, cells: Cells, row: int) -> tuple[dict[str, str], set[str]]:
        rest = cells.get("constraint", "").strip()
        found: dict[str, str] = {}
        alone: set[str] = set()
        while rest:
            fits = ((name, pattern.match(rest)) for name, pattern in _LIMITS)
            name, match = next(((name, match) for name, match in fits if match), ("", None))
            after = rest[match.end() :].lstrip() if match else rest
            joint = _AND.match(after)
            if match is None or (after and not joint):
                raise self.refuse(
                    "survey",
                    row,
                    f"constraint を読めません ({after[:60]}の所)。",
                    f"the constraint cannot be read (at {after[:60]}).",
                )
            if name == "alone":
                alone.add(match[1])
            else:
                found[name] = match[1]
            rest = after[joint.end() :] if joint else ""
        return found, alone

    def question(self, row: int, cells: Cells, matrix: list[tuple[int, Cells]]) -> Question:
        name = cells.get("name", "")
        kind, _, listed = cells["type"].strip().partition(" ")
        limits, alone = self.limits(cells, row)
        kinds: dict[str, QuestionType] = {
            "select_one": "single", "integer": "number", "decimal": "number", "text": "text",
            "select_multiple": "upto" if "at_most" in limits else "several",
            "begin_group": "matrix", "begin group": "matrix",
        }  # fmt: skip
        type_ = kinds.get("begin_group" if matrix else kind)
        if type_ is None:
            raise self.refuse(
                "survey",
                row,
                f"種類「{cells['type']:.40}」は移せません。",
                f"the type {cells['type'][:40]!r} cannot be carried over.",
            )
        if matrix:
            listed = matrix[0][1]["type"].partition(" ")[2]
        rows = tuple(self._matrix_row(name, number, line) for number, line in matrix)
        options = self.choices.get(listed.strip(), [])
        keep = type_ in ("several", "upto")
        raw: dict[str, Any] = {
            "id": name,
            "type": type_,
            "text": self.text(cells, "label", "survey", row) or Text(ja=name, en=name),
            "help": self.text(cells, "hint", "survey", row),
            "options": [
                msgspec.structs.replace(option, alone=keep and option.id in alone)
                for option in options
                if option.id != DONT_KNOW
            ],
            "rows": rows,
            "when": self.when(cells, row),
            "shuffle": "randomize=true" in cells.get("parameters", "").replace(" ", "").lower(),
            "required": _yes((matrix[0][1] if matrix else cells).get("required", "")),
            "dont_know": any(option.id == DONT_KNOW for option in options),
            "whole": kind != "decimal",
        } | {
            key: float(v) if key in ("minimum", "maximum") else int(v) for key, v in limits.items()
        }
        handled = {"type", "name", "required", "relevant", "constraint", "appearance", "parameters"}
        for column in cells:
            if column not in handled and column.partition("::")[0] not in ("label", "hint"):
                self.note("survey", row, f"{column:.40} は移せません。", f"not carried over: {column[:40]}.")  # fmt: skip
        return msgspec.convert(msgspec.to_builtins(raw), Question)

    def _matrix_row(self, question: str, number: int, cells: Cells) -> Row:
        name = cells.get("name", "")
        id_ = name.removeprefix(f"{question}__")
        self.limits(cells, number)
        text = self.text(cells, "label", "survey", number) or Text(ja=name, en=name)
        return Row(id_, text, self.when(cells, number))


def _yes(value: str) -> bool:
    return value.strip().lower() in ("yes", "true", "true()")


def _sheets(path: Path) -> dict[str, list[tuple[int, Cells]]]:
    import openpyxl

    try:
        check_workbook(path)
        book = openpyxl.load_workbook(path, read_only=True, keep_links=False)
        found: dict[str, list[tuple[int, Cells]]] = {}
        for sheet in book.worksheets:
            lines: list[tuple[int, Cells]] = []
            heading: list[str] = []
            for number, row in enumerate(sheet.iter_rows(max_row=MOST_ROWS), start=1):
                values = ["" if cell.value is None else str(cell.value).strip() for cell in row]
                if any(cell.data_type == "f" for cell in row):
                    raise CannotConvert(
                        path,
                        f"{sheet.title} {number}行目: 数式の欄があります。値だけにしてください。",
                        f"{sheet.title}, row {number}: has a formula. Use plain values.",
                    )
                if not heading:
                    heading = values
                elif any(values):
                    pairs = zip(heading, values, strict=False)
                    lines.append((number, {name: value for name, value in pairs if name and value}))
            found[sheet.title.strip().lower()] = lines
    except (CannotConvert, OSError):
        raise
    except BadResponses as error:
        raise CannotConvert(path, "開けないか、大きすぎます。", "cannot be opened or is too large.") from error  # fmt: skip
    except Exception as error:  # openpyxl lets whatever its parts raise through
        raise CannotConvert(
            path, "ブックとして読めません。", "is not a readable workbook."
        ) from error
    return found


class _Contents(msgspec.Struct, frozen=True):
    """What the sheet "survey" holds: texts by field, sections (id, title, ids), questions."""

    texts: dict[str, Text]
    sections: list[tuple[str, Text, list[str]]]
    questions: list[Question]


def _contents(reader: _Reader, lines: list[tuple[int, Cells]]) -> _Contents:
    """Return what stands in the lines of the sheet "survey". Raises CannotConvert."""
    texts: dict[str, Text] = {}
    sections: list[tuple[str, Text, list[str]]] = []
    questions: list[Question] = []
    at = 0
    while at < len(lines):
        row, cells = lines[at]
        at += 1
        kind = cells.get("type", "").replace(" group", "_group")
        name = cells.get("name", "")
        matrix: list[tuple[int, Cells]] = []
        if kind == "begin_group" and "table-list" in cells.get("appearance", ""):
            while at < len(lines) and lines[at][1].get("type", "").startswith("select_one"):
                matrix.append(lines[at])
                line = lines[at][1].get("name", "")
                reader.matrix_rows[line] = (name, line.removeprefix(f"{name}__"))
                at += 1
            at += 1
        elif kind == "begin_group":
            if "relevant" in cells:
                raise reader.refuse(
                    "survey",
                    row,
                    "組の relevant は移せません。質問ごとに書いてください。",
                    "the relevant of a group cannot be carried over. Write it at its questions.",
                )
            text = reader.text(cells, "label", "survey", row) or Text(ja=name, en=name)
            sections.append((name.removeprefix("section_"), text, []))
            continue
        elif kind in ("end_group", ""):
            continue
        elif kind == "note" and name.removeprefix("tojimari_") in SAID:
            texts[name.removeprefix("tojimari_")] = reader.text(cells, "label", "survey", row) or Text(ja=name, en=name)  # fmt: skip
            continue
        try:
            question = reader.question(row, cells, matrix)
        except msgspec.ValidationError as error:
            raise reader.refuse("survey", row, f"値が合いません ({error})。", f"does not fit ({error}).") from error  # fmt: skip
        if not sections:
            sections.append(("main", Text(ja="質問", en="Questions"), []))
        questions.append(question)
        sections[-1][2].append(question.id)
    return _Contents(texts, sections, questions)


def from_workbook(path: Path) -> tuple[Questionnaire, tuple[Text, ...]]:
    """Return the questionnaire in an XLSForm, and sentences on what was not carried over.

    Raises CannotConvert naming sheet and row; a condition is never left out silently.
    """
    sheets = _sheets(path)
    _check(path.read_bytes(), path)
    reader = _Reader(path, sheets)
    found = _contents(reader, sheets.get("survey", []))
    texts = found.texts
    settings = next((cells for _, cells in sheets.get("settings", [])), {})
    stem = re.sub(r"[^a-z0-9_]+", "_", path.stem.lower()).strip("_0123456789") or "survey"
    missing = Text(ja="（未記入）", en="(to be written)")
    title = settings.get("form_title") or stem
    questionnaire = Questionnaire(
        id=settings.get("form_id") or stem,
        version=settings.get("version") or "1",
        title=texts.get("title", Text(ja=title, en=title)),
        about=texts.get("about", missing),
        consent=texts.get("consent", missing),
        universe=texts.get("universe", missing),
        mode=texts.get("mode", missing),
        sections=tuple(Section(id_, text, tuple(ids)) for id_, text, ids in found.sections if ids),
        questions=tuple(found.questions),
    )
    return questionnaire, tuple(reader.notes)
