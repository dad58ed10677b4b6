"""``tojimari questionnaire``: a buyer's workbook, answered from the diagnosis in its own cells.

``read`` writes what was found into a small YAML file that a person confirms; ``fill`` writes only
what is confirmed there, and nothing that is not known.
"""

import argparse
from pathlib import Path
from typing import Any

import msgspec
import yaml

from tojimari.attest.questionnaire import (
    ANSWER_STATES,
    BadForm,
    FormAnswer,
    FormQuestion,
    Layout,
    digest_of,
    filling,
    guess_layouts,
    guess_words,
    questions_in,
    state_of,
)
from tojimari.attest.similarity import index_of
from tojimari.attest.workbook import (
    FILE_BYTES,
    Workbook,
    cell_name,
    fill_workbook,
    read_workbook,
)
from tojimari.catalog.read import parse_yaml
from tojimari.cli.printing import print_aside, print_line
from tojimari.cli.session import Session, session
from tojimari.lib.files import write_whole
from tojimari.lib.printable import printable
from tojimari.model import Lang, TojimariError

MAPPING_BYTES = 1_000_000
SUGGESTED = 3


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    """One question of the mapping file. Only what is ``confirmed`` is filled in."""

    row: int
    controls: list[str] = []
    confirmed: bool = False
    question: str = ""
    answer: str = ""
    remark: str = ""
    suggested: list[str] = []


class _Mapping(msgspec.Struct, forbid_unknown_fields=True):
    """The mapping file: where the questions stand, the words of the form, and its questions."""

    sheet: str
    first: int
    last: int
    question: int
    answer: int
    digest: str
    rows: list[_Row]
    remark: int = 0
    words: dict[str, str] = {}

    def layout(self) -> Layout:
        """Return where the questions stand."""
        return Layout(self.sheet, self.first, self.last, self.question, self.answer, self.remark)


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Read a workbook, or fill it in. Returns 0; of ``fill`` 1 where questions stay open."""
    data = _bytes(arguments.file, FILE_BYTES)
    book = read_workbook(data)
    with session(arguments, lang) as s:
        if arguments.what == "read":
            return _read(arguments, book, s)
        return _fill(arguments, data, book, s)


def _bytes(path: Path, at_most: int) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(at_most + 1)
    except OSError as error:
        raise TojimariError(
            f"{path}: 読めません。場所と名前を確かめてください。",
            f"{path}: cannot be read. Check the place and the name.",
        ) from error
    return data


def _read(arguments: argparse.Namespace, book: Workbook, s: Session) -> int:
    layout = next(iter(guess_layouts(book)), None)
    if layout is None:
        raise BadForm(
            "質問が見つかりません。質問と回答の列があるシートか、確かめてください。",
            "No questions were found. Is there a sheet with columns of questions and answers?",
        )
    questions = questions_in(book, layout)
    _refuse_to_overwrite(arguments.mapping)
    index = index_of(s.catalog)
    rows = []
    for one in questions:
        near = [found.control for found in index.nearest(f"{one.under} {one.text}", SUGGESTED)]
        rows.append(_Row(one.row, controls=near[:1], question=one.text[:200], suggested=near))
    words = guess_words(questions) or {x: s.say(f"questionnaire.word_{x}") for x in ANSWER_STATES}
    made = _Mapping(
        **msgspec.structs.asdict(layout),
        digest=digest_of(questions),
        rows=rows,
        words={str(state): word for state, word in words.items()},
    )
    head = "".join(f"# {line}\n" for line in s.say("questionnaire.head").splitlines())
    plain: Any = msgspec.to_builtins(made)
    text = yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=100)
    write_whole(arguments.mapping, (head + text).encode())
    print_line(s.say("questionnaire.found", n=len(rows), file=arguments.mapping))
    return 0


def _refuse_to_overwrite(path: Path) -> None:
    if path.exists():
        raise TojimariError(
            f"{path}: もうあります。消すか、別の名前にしてください。",
            f"{path}: is there already. Delete it or choose another name.",
        )


def _mapping(path: Path) -> _Mapping:
    data = _bytes(path, MAPPING_BYTES)
    try:
        if len(data) > MAPPING_BYTES:
            raise ValueError("too large")
        return msgspec.convert(parse_yaml(data), _Mapping)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split())[:160]
        raise TojimariError(
            f"{path}: 対応の表として読めません ({said})。",
            f"{path}: cannot be read as a mapping ({said}).",
        ) from error


def _fill(arguments: argparse.Namespace, data: bytes, book: Workbook, s: Session) -> int:
    mapping = _mapping(arguments.mapping)
    layout = mapping.layout()
    questions = questions_in(book, layout)
    if digest_of(questions) != mapping.digest:
        raise TojimariError(
            f"{arguments.mapping}: この質問票のものではありません（質問が違います）。`read` からやり直してください。",
            f"{arguments.mapping}: is not of this questionnaire (the questions differ). Begin with `read`.",
        )
    _refuse_to_overwrite(arguments.out)
    answers = _answers(mapping, questions, s)
    words = {state: mapping.words[state] for state in ANSWER_STATES if mapping.words.get(state)}
    made = filling(questions, layout, answers, words)
    write_whole(arguments.out, fill_workbook(data, {layout.sheet: made.cells}))
    filled = {row for row, column in made.cells if column == layout.answer}
    print_line(s.say("questionnaire.filled", n=len(filled), of=len(questions), file=arguments.out))
    left = [one for one in questions if one.row not in filled]
    for one in left:
        place = cell_name(one.row, layout.answer)
        print_aside(f"  {place}: {printable(' '.join(one.text.split())[:70])}")
    return 1 if left else 0


def _answers(
    mapping: _Mapping, questions: tuple[FormQuestion, ...], s: Session
) -> dict[int, FormAnswer]:
    """Return row -> what goes in, for what a person confirmed and what is known. Refuses mistakes."""
    assessment = s.diagnosis().assessment
    known = {one.row for one in questions}
    found: dict[int, FormAnswer] = {}
    for one in mapping.rows:
        if one.row not in known:
            raise TojimariError(
                f"{one.row}行目には質問がありません。", f"There is no question in row {one.row}."
            )
        for id_ in one.controls:
            s.catalog.control(id_)
        if one.answer and one.answer not in ANSWER_STATES:
            raise TojimariError(
                f"{one.row}行目: answer は {', '.join(ANSWER_STATES)} のどれかです。",
                f"Row {one.row}: answer is one of {', '.join(ANSWER_STATES)}.",
            )
        if not one.confirmed:
            continue
        state = one.answer or (state_of(one.controls, assessment) if one.controls else "unknown")
        if state != "unknown":
            found[one.row] = FormAnswer(msgspec.convert(state, Any), one.remark)
    return found
