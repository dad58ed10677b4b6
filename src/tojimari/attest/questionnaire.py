"""A buyer's questionnaire in a spreadsheet: where its questions stand, and what goes into its cells."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from tojimari.attest.workbook import Sheet, Workbook
from tojimari.model import Assessment, State, TojimariError, worst

QUESTIONS_AT_MOST = 500
QUESTION_LETTERS = 5
"""The shortest text that is taken for a question."""
_HEAD_ROWS = 40
_QUESTION = ("質問", "設問", "確認事項", "確認内容", "要求事項", "評価基準", "チェック項目", "対策項目", "項目", "内容", "question", "requirement", "control", "item")  # fmt: skip
_ANSWER = ("回答", "答え", "対応状況", "実施状況", "状況", "結果", "自己評価", "判定", "評価", "○×", "answer", "response", "status", "result")  # fmt: skip
_REMARK = ("備考", "コメント", "補足", "根拠", "理由", "具体", "remark", "comment", "note", "evidence", "detail")  # fmt: skip

AnswerState = Literal["met", "partly", "planned", "not_met", "not_applicable"]
ANSWER_STATES: tuple[AnswerState, ...] = ("met", "partly", "planned", "not_met", "not_applicable")
_WORDS: dict[AnswerState, tuple[str, ...]] = {
    "not_applicable": ("対象外", "該当なし", "該当無", "非該当", "該当しない", "適用外", "n/a", "na", "not applicable", "-", "ー", "－", "―"),
    "planned": ("予定", "計画", "対応中", "実施中", "検討中", "planned", "in progress"),
    "partly": ("△", "▲", "一部", "部分", "partly", "partial", "不十分"),
    "not_met": ("×", "✕", "✗", "✖", "いいえ", "未実施", "未対応", "していない", "できていない", "なし", "無", "no", "not met", "ng"),
    "met": ("○", "◯", "〇", "◎", "はい", "実施", "対応済", "済", "できている", "している", "あり", "有", "yes", "ok", "met", "done"),
}  # fmt: skip
"""What forms write for each state; the first state with a word that fits is taken."""


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a form has its questions and wants its answers. Rows and columns count from 1.

    Attributes:
        first, last: rows of the first and the last question.
        remark: column for a remark; 0 where there is none.
    """

    sheet: str
    first: int
    last: int
    question: int
    answer: int
    remark: int = 0


class FormQuestion(msgspec.Struct, frozen=True):
    """One question of a form.

    Attributes:
        under: what stands left of it: its number and its section.
        words: what may be chosen as an answer; empty where anything may be written.
        filled: what stands in the answer's cell already.
    """

    row: int
    text: str
    under: str = ""
    words: tuple[str, ...] = ()
    filled: str = ""


class BadForm(TojimariError):
    """A form in which the questions cannot be found as asked."""


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split()).lower()


def _says(text: str, words: Iterable[str]) -> int:
    """Return how good ``text`` is as a heading that says one of ``words``: 0 for none."""
    plain = _plain(text)
    if not plain or len(plain) > 30:
        return 0
    return max((3 if plain == w else 2 if w in plain else 0 for w in map(_plain, words)), default=0)


def _columns(sheet: Sheet) -> list[int]:
    return sorted({column for _, column in sheet.cells})


def _is_question(sheet: Sheet, row: int, column: int) -> bool:
    return len(sheet.cells.get((row, column), "").strip()) >= QUESTION_LETTERS


def _head(sheet: Sheet) -> tuple[int, dict[str, int]]:
    """Return the row of headings and the columns they name; row 0 where no row says so."""
    best: tuple[int, int, dict[str, int]] = (0, 0, {})
    for row in sorted({row for row, _ in sheet.cells if row <= _HEAD_ROWS}):
        named: dict[str, int] = {}
        points = 0
        for name, words in (("answer", _ANSWER), ("question", _QUESTION), ("remark", _REMARK)):
            found = [
                (_says(sheet.cells.get((row, column), ""), words), -column)
                for column in _columns(sheet)
                if column not in named.values()
            ]
            score, column = max(found, default=(0, 0))
            if score:
                named[name] = -column
                points += score
        if len(named) >= 2 and points > best[0]:
            best = (points, row, named)
    return best[1], best[2]


def guess_layout(sheet: Sheet) -> Layout | None:
    """Return where a sheet seems to have its questions; None where it seems to have none."""
    head, named = _head(sheet)
    below = [place for place in sheet.cells if place[0] > head]
    longest: dict[int, int] = {}
    for row, column in below:
        if _is_question(sheet, row, column):
            letters = len(sheet.cells[row, column])
            longest[column] = longest.get(column, 0) + min(letters, 60)
    if not longest:
        return None
    question = max(longest, key=lambda column: (longest[column], -column))
    said = named.get("question", question)
    if longest.get(said, 0) * 3 >= longest[question]:
        question = said
    rows = sorted(
        row for row, column in below if column == question and _is_question(sheet, row, column)
    )
    answer = named.get("answer", 0)
    if not answer or answer == question:
        answer = _empty_beside(sheet, question, rows)
    remark = named.get("remark", 0)
    return Layout(
        sheet=sheet.name,
        first=rows[0],
        last=rows[-1],
        question=question,
        answer=answer,
        remark=remark if remark not in (question, answer) else 0,
    )


def _empty_beside(sheet: Sheet, question: int, rows: list[int]) -> int:
    """Return the first column to the right with a list to choose from, else the first empty one."""
    right = range(question + 1, question + 12)
    for column in right:
        if any(sheet.words_for(row, column) for row in rows):
            return column
    for column in right:
        if not any((row, column) in sheet.cells for row in rows):
            return column
    return question + 1


def guess_layouts(book: Workbook) -> list[Layout]:
    """Return the layout of each visible sheet that seems to hold questions, the fullest first."""
    found = [guess_layout(sheet) for sheet in book.sheets if not sheet.hidden]
    known = [one for one in found if one is not None]
    sheets = {sheet.name: sheet for sheet in book.sheets}
    return sorted(known, key=lambda one: -len(_rows(sheets[one.sheet], one)))


def _rows(sheet: Sheet, layout: Layout) -> list[int]:
    taken: set[tuple[int, int]] = set()
    rows = []
    for row in range(layout.first, layout.last + 1):
        if not _is_question(sheet, row, layout.question):
            continue
        cell = sheet.anchor(row, layout.answer)
        # A heading runs across into the answers; an answer shared by rows is asked once.
        if cell[1] <= layout.question or cell in taken or cell in sheet.formulas:
            continue
        taken.add(cell)
        rows.append(row)
    return rows


def sheet_of(book: Workbook, layout: Layout) -> Sheet:
    """Return the sheet a layout is about. Raises BadForm."""
    found = next((sheet for sheet in book.sheets if sheet.name == layout.sheet), None)
    if found is None:
        raise BadForm("そのシートはありません。", "There is no such sheet.")
    return found


def questions_in(book: Workbook, layout: Layout) -> tuple[FormQuestion, ...]:
    """Return the questions of a form. Raises BadForm where there are none, or too many."""
    sheet = sheet_of(book, layout)
    good = 1 <= layout.first <= layout.last and layout.question >= 1 and layout.answer >= 1
    if (
        not good
        or layout.answer == layout.question
        or layout.remark in (layout.question, layout.answer)
    ):
        raise BadForm(
            "質問・回答・備考は、別々の列を選んでください。最初の行は最後の行より上です。",
            "Choose a column of its own for questions, answers and remarks, and a first row above the last.",
        )
    rows = _rows(sheet, layout)
    if not rows:
        raise BadForm(
            "その列に質問が見つかりません。質問の列と行を選び直してください。",
            "There are no questions in that column. Choose the column and the rows again.",
        )
    if len(rows) > QUESTIONS_AT_MOST:
        raise BadForm(
            f"質問が多すぎます（{QUESTIONS_AT_MOST}個まで）。行の範囲を狭めてください。",
            f"Too many questions ({QUESTIONS_AT_MOST} at most). Choose fewer rows.",
        )
    return tuple(
        FormQuestion(
            row=row,
            text=sheet.cells[row, layout.question].strip(),
            under=_under(sheet, row, layout.question),
            words=sheet.words_for(*sheet.anchor(row, layout.answer)),
            filled=sheet.cells.get(sheet.anchor(row, layout.answer), ""),
        )
        for row in rows
    )


def _under(sheet: Sheet, row: int, question: int) -> str:
    left = (sheet.cells.get(sheet.anchor(row, column), "") for column in range(1, question))
    return " ".join(dict.fromkeys(" ".join(text.split())[:60] for text in left if text.strip()))[
        :120
    ]


def digest_of(questions: Iterable[FormQuestion]) -> str:
    """Return what tells one buyer's form from another: a digest of its questions, not of its answers.

    Spaces and width of letters do not matter, so the form of next year is known again.
    """
    total = hashlib.sha256()
    for question in questions:
        total.update(re.sub(r"\s", "", _plain(question.text)).encode() + b"\0")
    return total.hexdigest()


def guess_words(questions: Iterable[FormQuestion]) -> dict[AnswerState, str]:
    """Return the word a form seems to want for each state, from its lists to choose from.

    A state that no word of a list fits is left out: a form without "partly" has no word for it.
    """
    offered = list(dict.fromkeys(word for question in questions for word in question.words))
    found: dict[AnswerState, str] = {}
    for word in offered:
        state = _meant(word)
        if state is not None:
            found.setdefault(state, word)
    return found


def _meant(word: str) -> AnswerState | None:
    plain = _plain(word)
    for state, words in _WORDS.items():
        for one in map(_plain, words):
            # A short sign or a Latin word must be all of it: "no" is not in "not applicable".
            exact = len(one) == 1 or one.isascii()
            if (
                plain == one
                or (not exact and one in plain)
                or (len(one) == 1 and plain.startswith(one))
            ):
                return state
    return None


def state_of(controls: Iterable[str], assessment: Assessment) -> State:
    """Return where a company stands on a question: the worst of the controls it is about."""
    states = [
        assessment.controls[id_].state if id_ in assessment.controls else "unknown"
        for id_ in controls
    ]
    if any(state == "unknown" for state in states) and not any(
        s in ("not_met", "partly") for s in states
    ):
        return "unknown"
    return worst(state for state in states if state != "unknown")


class FormAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What goes into one row of a form: a state, and a remark."""

    state: AnswerState
    remark: str = ""


class Filling(msgspec.Struct, frozen=True):
    """What is written into a sheet, and the rows that stay as they were.

    Attributes:
        no_word: rows whose list has no word for their state.
    """

    cells: dict[tuple[int, int], str]
    no_word: tuple[int, ...]


def filling(
    questions: Iterable[FormQuestion],
    layout: Layout,
    answers: Mapping[int, FormAnswer],
    words: Mapping[AnswerState, str],
) -> Filling:
    """Return what is written for ``answers`` (by row), in the words chosen for each state.

    Where a cell is chosen from a list, only a word of that list is written.
    """
    cells: dict[tuple[int, int], str] = {}
    no_word = []
    for question in questions:
        answer = answers.get(question.row)
        if answer is None:
            continue
        word = words.get(answer.state, "")
        if question.words and word not in question.words:
            word = next((w for w in question.words if _meant(w) == answer.state), "")
        if not word:
            no_word.append(question.row)
            continue
        cells[question.row, layout.answer] = word
        if layout.remark and answer.remark:
            cells[question.row, layout.remark] = answer.remark
    return Filling(cells, tuple(no_word))
