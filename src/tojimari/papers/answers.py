"""What a company answered for a paper, checked; and the rows and lines in it."""

import re
from collections.abc import Mapping
from datetime import date

from tojimari.catalog.paper import PaperKind, PaperQuestion
from tojimari.lib.printable import printable
from tojimari.model import Lang, TojimariError
from tojimari.papers.blocks import fit, one_line

LINE_LETTERS = 300
LINES_LETTERS = 8000
ROWS_AT_MOST = 300
_BETWEEN = re.compile(r"\s*[、,，\t]\s*")
NONE = frozenset({"なし", "無し", "ない", "none", "no", "-"})
"""Said in place of rows: there are none."""


class BadPaperAnswer(TojimariError):
    """An answer that does not fit its question."""


def checked(kind: PaperKind, given: Mapping[str, object], today: date) -> dict[str, str]:
    """Return the answers as they are kept: question id -> text; what was left empty is left out.

    Raises BadPaperAnswer with question and reason.
    """
    asked = {question.id: question for question in kind.questions}
    for id_ in given:
        if id_ not in asked:
            raise BadPaperAnswer(
                f"「{id_!s:.40}」という質問は、この書類にはありません。",
                f"This paper has no question {id_!s:.40}.",
            )
    found = {}
    for id_, question in asked.items():
        text = _one(question, given.get(id_, ""), today)
        if text:
            found[id_] = text
    return found


def _one(question: PaperQuestion, raw: object, today: date) -> str:
    if isinstance(raw, list | tuple):
        raw = "\n".join(_row(one) for one in raw)
    text = "" if raw is None else str(raw)
    if question.type in ("lines", "rows"):
        lines = [line.strip() for line in fit(text).split("\n") if line.strip()]
        if len(lines) > ROWS_AT_MOST or len(text) > LINES_LETTERS:
            raise _bad(question, "長すぎます", "is too long")
        return "\n".join(lines)
    text = " ".join(printable(text, keep="\n\t").split())
    if len(text) > LINE_LETTERS:
        raise _bad(question, "長すぎます", "is too long")
    if text and question.type == "choice" and text not in {one.id for one in question.options}:
        raise _bad(question, "選べる答えではありません", "is not one of the answers")
    if text and question.pattern and not re.fullmatch(question.pattern, text):
        raise _bad(question, "形が違います", "is of another form")
    return _day(question, text, today) if text and question.type == "day" else text


def _row(one: object) -> str:
    if isinstance(one, list | tuple):
        return "、".join(str(cell) for cell in one)
    return str(one)


def _day(question: PaperQuestion, text: str, today: date) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise _bad(
            question, "日付ではありません（例：2026-04-01）", "is no day (2026-04-01)"
        ) from error
    if question.done and day > today:
        raise _bad(question, "まだ来ていない日です", "is a day to come")
    return day.isoformat()


def _bad(question: PaperQuestion, ja: str, en: str) -> BadPaperAnswer:
    asked = question.text
    return BadPaperAnswer(f"「{asked.ja}」の答え：{ja}。", f"The answer to “{asked.en}” {en}.")


def rows_of(question: PaperQuestion, text: str) -> list[tuple[str, ...]]:
    """Return the rows of an answer, each with as many cells as the question has columns."""
    width = len(question.columns)
    found = []
    for line in text.split("\n"):
        if line.strip():
            cells = [one_line(cell) for cell in _BETWEEN.split(line.strip(), maxsplit=width - 1)]
            found.append((*cells, *[""] * (width - len(cells))))
    return found


def says_none(text: str) -> bool:
    """Return whether an answer says that there is nothing to list."""
    return text.strip().strip("。.").lower() in NONE


def day_words(day: date | str, lang: Lang) -> str:
    """Return a day as it stands in a paper."""
    one = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{one.year}年{one.month}月{one.day}日" if lang == "ja" else one.isoformat()
