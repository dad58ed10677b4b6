"""SurveyJS: a questionnaire as the JSON that its form library draws, and back."""

import html
import re
from pathlib import Path
from typing import Any

import msgspec

from tojimari.ask.questionnaire import QuestionType, Row, options_of
from tojimari.model import DONT_KNOW, Text, When
from tojimari.survey.exchange.expressions import Unreadable, read_surveyjs, to_surveyjs
from tojimari.survey.exchange.portable import CannotConvert
from tojimari.survey.schema import Option, Question, Questionnaire, Section

MAX_BYTES = 5_000_000
SAID = ("consent", "universe", "mode")
"""Texts that SurveyJS has no field for; they stand before the first question."""
_READ = {
    "": {"locale", "title", "description", "pages", "tojimari"},
    "page": {"name", "title", "elements"},
    "choice": {"value", "text", "isExclusive"},
    "row": {"value", "text", "visibleIf"},
    "element": {
        "type", "name", "title", "description", "isRequired", "visibleIf", "choices",
        "choicesOrder", "maxSelectedChoices", "inputType", "min", "max", "step", "maxLength",
        "columns", "rows", "isAllRowRequired", "eachRowRequired",
    },
}  # fmt: skip


def _said(text: Text) -> dict[str, str]:
    return {"default": text.en, "ja": text.ja}


def to_json(questionnaire: Questionnaire) -> bytes:
    """Return the portable part of a questionnaire (see portable_part) as SurveyJS JSON."""
    questions = {question.id: question for question in questionnaire.questions}
    pages: list[dict[str, Any]] = [
        {
            "name": section.id,
            "title": _said(section.title),
            "elements": [_element(questions[id_], questions) for id_ in section.questions],
        }
        for section in questionnaire.sections
    ]
    for name in reversed(SAID):
        text: Text = getattr(questionnaire, name)
        shown = {"default": html.escape(text.en), "ja": html.escape(text.ja)}
        pages[0]["elements"].insert(0, {"type": "html", "name": f"tojimari_{name}", "html": shown})
    whole = {
        "locale": "ja",
        "tojimari": {"id": questionnaire.id, "version": questionnaire.version},
        "title": _said(questionnaire.title),
        "description": _said(questionnaire.about),
        "pages": pages,
    }
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"


def _element(question: Question, questions: dict[str, Question]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": question.id, "title": _said(question.text)}
    if question.help:
        made["description"] = _said(question.help)
    if question.when:
        made["visibleIf"] = to_surveyjs(question.when, questions)
    if question.required:
        made["isRequired"] = True
    if question.shuffle:
        made["choicesOrder"] = "random"
    choices = [
        {"value": option.id, "text": _said(option.text)}
        | ({"isExclusive": True} if option.alone and question.type != "single" else {})
        for option in options_of(question)
    ]
    match question.type:
        case "single":
            made |= {"type": "radiogroup", "choices": choices}
        case "several" | "upto":
            made |= {"type": "checkbox", "choices": choices}
            if question.at_most is not None:
                made["maxSelectedChoices"] = question.at_most
        case "number":
            made |= {"type": "text", "inputType": "number"}
            edges = {"min": question.minimum, "max": question.maximum}
            made |= {key: value for key, value in edges.items() if value is not None}
            made |= {"step": 1} if question.whole else {}
        case "text":
            made |= {"type": "comment", "maxLength": question.max_chars}
        case "matrix":
            made["type"] = "matrix"
            made["columns"] = [{"value": c["value"], "text": c["text"]} for c in choices]
            made["rows"] = [
                {"value": row.id, "text": _said(row.text)}
                | ({"visibleIf": to_surveyjs(row.when, questions)} if row.when else {})
                for row in question.rows
            ]
            if question.required:
                made["eachRowRequired"] = True
    return {"type": made.pop("type"), **made}


class _Reader:
    """Reads one SurveyJS file and collects what it cannot take over."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: list[Text] = []

    def refuse(self, name: str, ja: str, en: str) -> CannotConvert:
        return CannotConvert(self.path, f"「{name:.60}」: {ja}", f"{name[:60]!r}: {en}")

    def mapping(self, raw: Any, name: str, kind: str) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise self.refuse(name, "形が違います。", "has the wrong shape.")
        for key in raw:
            if key not in _READ[kind]:
                self.notes.append(
                    Text(
                        ja=f"「{name:.60}」: {key:.40} は移せません。",
                        en=f"{name[:60]!r}: not carried over: {key[:40]}.",
                    )
                )
        return raw

    def entries(self, raw: Any, name: str) -> list[Any]:
        if raw is None:
            return []
        if not isinstance(raw, list):
            raise self.refuse(name, "並びではありません。", "is not a list.")
        return raw

    def text(self, raw: Any, name: str, otherwise: str = "") -> Text:
        if isinstance(raw, dict):
            en, ja = raw.get("default", raw.get("en")), raw.get("ja")
        else:
            en = ja = None
            raw = otherwise if raw is None else raw
            if isinstance(raw, str) and raw:
                ja = raw
        found = [said for said in (ja, en) if isinstance(said, str) and said.strip()]
        if not found:
            raise self.refuse(name, "文がありません。", "has no text.")
        if len(found) == 1:
            self.notes.append(
                Text(
                    ja=f"「{name:.60}」: 片方の言葉しかないので、両方に同じ文を入れました。",
                    en=f"{name[:60]!r}: is in one language only; it was put in for both.",
                )
            )
        return Text(ja=str(found[0]), en=str(found[-1]))

    def when(self, raw: Any, name: str) -> When | None:
        if raw is None or raw == "":
            return None
        try:
            return read_surveyjs(str(raw))
        except Unreadable as error:
            raise self.refuse(
                name,
                f"条件を読めません ({error}の所)。簡単な形に直してください。",
                f"the condition cannot be read (at {error}). Write it more simply.",
            ) from error

    def choices(self, raw: Any, name: str) -> tuple[tuple[Option, ...], bool]:
        options: list[Option] = []
        unknown = False
        for entry in self.entries(raw, name):
            given = {"value": entry} if isinstance(entry, str | int) else entry
            choice = self.mapping(given, name, "choice")
            id_ = str(choice.get("value", ""))
            text = self.text(choice.get("text"), f"{name}.{id_}", id_)
            if id_ == DONT_KNOW:
                unknown = True
            else:
                options.append(Option(id_, text, alone=choice.get("isExclusive") is True))
        return tuple(options), unknown

    def question(self, raw: dict[str, Any]) -> Question:
        name = str(raw.get("name", ""))
        self.mapping(raw, name, "element")
        options, unknown = self.choices(raw.get("choices", raw.get("columns")), name)
        most = raw.get("maxSelectedChoices") or None
        kinds: dict[str, QuestionType] = {
            "radiogroup": "single", "dropdown": "single", "comment": "text", "matrix": "matrix",
            "checkbox": "upto" if most else "several",
            "text": "number" if raw.get("inputType") == "number" else "text",
        }  # fmt: skip
        kind = kinds.get(str(raw.get("type")))
        if kind is None:
            raise self.refuse(
                name,
                f"種類「{raw.get('type')!s:.40}」の質問は移せません。",
                f"questions of the type {str(raw.get('type'))[:40]!r} cannot be carried over.",
            )
        rows = []
        for entry in self.entries(raw.get("rows"), name) if kind == "matrix" else []:
            row = self.mapping({"value": entry} if isinstance(entry, str) else entry, name, "row")
            id_ = str(row.get("value", ""))
            here = f"{name}.{id_}"
            rows.append(Row(id_, self.text(row.get("text"), here, id_), self.when(row.get("visibleIf"), here)))  # fmt: skip
        help_ = raw.get("description")
        question = {
            "id": name,
            "type": kind,
            "text": self.text(raw.get("title"), name, name),
            "help": self.text(help_, name) if help_ else None,
            "options": options,
            "rows": tuple(rows),
            "at_most": most,
            "minimum": raw.get("min") if kind == "number" else None,
            "maximum": raw.get("max") if kind == "number" else None,
            "whole": kind != "number" or raw.get("step") == 1,
            "max_chars": (raw.get("maxLength") or 1000) if kind == "text" else 1000,
            "when": self.when(raw.get("visibleIf"), name),
            "shuffle": raw.get("choicesOrder") == "random",
            "required": raw.get("isRequired") is True,
            "dont_know": unknown,
        }
        try:
            return msgspec.convert(msgspec.to_builtins(question), Question)
        except msgspec.ValidationError as error:
            raise self.refuse(
                name, f"値が合いません ({error})。", f"does not fit ({error})."
            ) from error


def from_json(path: Path) -> tuple[Questionnaire, tuple[Text, ...]]:
    """Return the questionnaire in a SurveyJS file, and sentences on what was not carried over.

    Raises CannotConvert naming the element; a condition is never left out silently.
    """
    reader = _Reader(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise CannotConvert(path, "大きすぎます (5 MBまで)。", "is too large (5 MB at most).")
        raw = msgspec.json.decode(data)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        why = str(getattr(error, "strerror", None) or error)[:120]
        raise CannotConvert(
            path, f"JSONとして読めません ({why})。", f"is not readable JSON ({why})."
        ) from error
    top = reader.mapping(raw, path.name, "")
    given = top.get("tojimari")
    ours: dict[str, Any] = given if isinstance(given, dict) else {}
    said: dict[str, Text] = {}
    sections: list[Section] = []
    questions: list[Question] = []
    for number, entry in enumerate(reader.entries(top.get("pages"), "pages"), start=1):
        page = reader.mapping(entry, f"page {number}", "page")
        here: list[str] = []
        for element in reader.entries(page.get("elements"), f"page {number}"):
            if not isinstance(element, dict):
                raise reader.refuse(f"page {number}", "形が違います。", "has the wrong shape.")
            name = str(element.get("name", ""))
            if element.get("type") == "html" and name.removeprefix("tojimari_") in SAID:
                text = reader.text(element.get("html"), name)
                said[name.removeprefix("tojimari_")] = Text(
                    ja=html.unescape(text.ja), en=html.unescape(text.en)
                )
                continue
            question = reader.question(element)
            questions.append(question)
            here.append(question.id)
        name = str(page.get("name") or f"page{number}")
        sections.append(Section(name, reader.text(page.get("title"), name, name), tuple(here)))
    missing = Text(ja="（未記入）", en="(to be written)")
    stem = re.sub(r"[^a-z0-9_]+", "_", path.stem.lower()).strip("_0123456789") or "survey"
    questionnaire = Questionnaire(
        id=str(ours.get("id") or stem),
        version=str(ours.get("version") or "1"),
        title=reader.text(top.get("title"), "title", stem),
        about=reader.text(top["description"], "description") if top.get("description") else missing,
        consent=said.get("consent", missing),
        universe=said.get("universe", missing),
        mode=said.get("mode", missing),
        sections=tuple(sections),
        questions=tuple(questions),
    )
    return questionnaire, tuple(reader.notes)
