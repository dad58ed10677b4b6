"""What of a questionnaire other formats can hold, and in which one form conditions are written."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from tojimari.model import DONT_KNOW, Text, TojimariError, When
from tojimari.model.conditions import each_test
from tojimari.survey.schema import Question, Questionnaire


class CannotConvert(TojimariError):
    """A questionnaire could not be converted; nothing was written."""

    def __init__(self, path: Path, ja: str, en: str) -> None:
        """Name the file, say what is wrong and that nothing was written."""
        super().__init__(
            f"{path}: {ja} 何も書き出していません。", f"{path}: {en} Nothing was written."
        )


def normal(when: When) -> When:
    """Return a condition that holds for the same answers, in the one form that formats share.

    Alternatives of one question stand together, nested all/any are flattened, none_of is
    "answered and not one of".
    """
    if when.no is not None:
        return When(no=normal(when.no))
    if when.all is not None:
        return _together(when.all, "all")
    if when.any is not None:
        return _together(when.any, "any")
    if when.none_of is not None:
        chosen = When(question=when.question, row=when.row, one_of=tuple(sorted(set(when.none_of))))
        there = When(question=when.question, row=when.row, answered=True)
        return When(all=(there, When(no=chosen)))
    if when.one_of is not None:
        return msgspec.structs.replace(when, one_of=tuple(sorted(set(when.one_of))))
    return when


def _together(parts: tuple[When, ...], how: str) -> When:
    flat: list[When] = []
    for part in map(normal, parts):
        flat.extend(getattr(part, how) or (part,))
    if how == "any":
        merged: dict[tuple[str, str] | int, When] = {}
        for number, part in enumerate(flat):
            key = number if part.one_of is None else (part.question, part.row)
            before = merged.get(key)
            options = (*(part.one_of or ()), *((before.one_of or ()) if before else ()))
            merged[key] = (
                part
                if part.one_of is None
                else msgspec.structs.replace(part, one_of=tuple(sorted(set(options))))
            )
        flat = list(merged.values())
    if len(flat) == 1:
        return flat[0]
    return When(all=tuple(flat)) if how == "all" else When(any=tuple(flat))


def portable_part(questionnaire: Questionnaire) -> tuple[Questionnaire, tuple[Text, ...]]:
    """Return the part that the formats hold, and a sentence for everything that they do not."""
    lost: list[Text] = []

    def lose(ja: str, en: str) -> None:
        lost.append(Text(ja=ja, en=en))

    names = (
        ("derived", "作った変数", "derived variables"),
        ("breaks", "集計の分け方", "break variables"),
        ("screens", "対象外の人の見分け", "screens"),
        ("figures", "図", "figures"),
        ("fielded", "調査の期間", "days of fieldwork"),
        ("source", "出典", "the source"),
        ("notes", "注", "notes"),
        ("columns", "読み込むファイルの列の名前", "names of columns of imported files"),
        ("left_out", "読み飛ばす列", "columns that are passed over"),
    )
    for field, ja, en in names:
        if getattr(questionnaire, field):
            lose(f"{ja}は移せません。", f"Not carried over: {en}.")
    uncertain = {q.id for q in questionnaire.questions if q.type == "number" and q.dont_know}
    questions = tuple(_question(q, uncertain, lose) for q in questionnaire.in_order())
    return (
        Questionnaire(
            id=questionnaire.id,
            version=questionnaire.version,
            title=questionnaire.title,
            about=questionnaire.about,
            consent=questionnaire.consent,
            universe=questionnaire.universe,
            mode=questionnaire.mode,
            sections=questionnaire.sections,
            questions=questions,
        ),
        tuple(lost),
    )


def _question(
    question: Question, uncertain: set[str], lose: Callable[[str, str], None]
) -> Question:
    gone: list[tuple[str, str]] = []
    if question.base or question.note:
        gone.append(("母数の言葉と注", "base and note"))
    if question.unit:
        gone.append(("単位", "the unit"))
    if question.catalog:
        gone.append(("カタログとのつながり", "the link to the catalog"))
    if any(option.code is not None or option.codes for option in question.options):
        gone.append(("選択肢の符号", "codes of options"))
    if question.names or question.row_names or question.missing:
        gone.append(("読み込むファイルでの名前", "names in imported files"))
    if any(option.fixed for option in question.options):
        gone.append(("順番を変えない選択肢", "options that keep their place"))
    if question.id in uncertain:
        gone.append(("数の質問の「わからない」", '"don\'t know" for a number'))
    if question.type == "matrix" and question.shuffle:
        gone.append(("表の順番を変えること", "the drawn order of a matrix"))

    def condition(when: When | None) -> When | None:
        if when is None:
            return None
        if any(test.question in uncertain and _of_unknown(test) for test, _ in each_test(when)):
            gone.append(("「わからない」かどうかの条件", 'a condition on "don\'t know"'))
            return None
        return normal(when)

    when = condition(question.when)
    rows = tuple(msgspec.structs.replace(row, when=condition(row.when)) for row in question.rows)
    for ja, en in gone:
        lose(
            f"質問「{question.id}」: {ja}は移せません。",
            f"{question.id!r}: not carried over: {en}.",
        )
    return msgspec.structs.replace(
        question,
        base=None,
        note=None,
        unit=None,
        catalog="",
        names=(),
        row_names={},
        missing=(),
        options=tuple(
            msgspec.structs.replace(option, fixed=False, code=None, codes=())
            for option in question.options
        ),
        rows=rows,
        when=when,
        shuffle=question.shuffle and question.type != "matrix",
        dont_know=question.dont_know and question.type != "number",
    )


def _of_unknown(test: When) -> bool:
    return DONT_KNOW in (*(test.one_of or ()), *(test.none_of or ()))
