"""Which column of a file is which column of the layout: by id, by the form's names, by the text."""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import msgspec

from tojimari.model import DONT_KNOW, Text
from tojimari.survey.columns import (
    FIELDWORK_COLUMNS,
    ORIGIN_COLUMN,
    OWN_COLUMNS,
    answer_columns,
    columns_of,
)
from tojimari.survey.schema import RESPONDENT, Question, Questionnaire
from tojimari.survey.spelling import plain
from tojimari.survey.violations import BadResponses

EVERYTHING = "*"
"""Passes over every column that the questionnaire does not know."""
IDS = {
    "id", "_id", "_uuid", "uuid", "instanceid", "meta/instanceid", "meta-instanceid", "key", "caseid",
    "case_id", "respid", "respondent_id", "respondentid", "responseid", "response id", "response_id",
    "serial", "回答者番号", "回答者id", "整理番号", "回答番号", "サンプルid",
}  # fmt: skip
"""Names under which programs write the id of a respondent."""
_NOT_ANSWERS = {
    "start", "end", "today", "deviceid", "subscriberid", "simserial", "phonenumber", "username",
    "instanceid", "key", "submissiondate", "submitterid", "submittername", "attachmentspresent",
    "attachmentsexpected", "status", "reviewstate", "edits", "formversion", "formhub/uuid",
    "__version__", "meta/instanceid", "meta/instancename", "meta-instanceid", "meta-instancename",
    "meta/rootuuid", "timestamp", "タイムスタンプ", "開始時刻", "完了時刻", "start time", "completion time",
    "last modified time", "最終変更時刻",
}  # fmt: skip
"""What programs write beside the answers: when and by which machine a form was filled in."""
_BETWEEN = ("__", "/", ".", ":")


class Matched(msgspec.Struct, frozen=True):
    """How a file's columns were understood.

    Attributes:
        columns: column of the layout -> name in the file. The id of a question of several answers
            stands for one column whose cells hold all its answers.
        notes: what was assumed or passed over.
    """

    columns: dict[str, str]
    notes: tuple[Text, ...]


def match_columns(
    path: Path,
    heading: tuple[str, ...],
    questionnaire: Questionnaire,
    ignore: Collection[str] = (),
    id_column: str = "",
) -> Matched:
    """Match the columns of a file. ``ignore``: columns to pass over, or EVERYTHING unknown.

    Raises BadResponses naming every column that is not known, or one that a question lacks.
    """
    called = dict(_called(questionnaire))
    plainly = {plain(name): column for name, column in reversed(called.items())}
    fixed = {theirs: ours for ours, theirs in questionnaire.columns.items()}
    fixed |= {id_column: RESPONDENT} if id_column else {}
    if id_column and id_column not in heading:
        raise BadResponses(
            f"{path}: 列「{id_column:.60}」がありません。",
            f"{path}: there is no column {id_column[:60]!r}.",
        )
    found: dict[str, str] = {}
    extra: dict[str, int] = {}
    passed: list[str] = []
    for number, theirs in enumerate(heading, start=1):
        ours = fixed.get(theirs) or _found(theirs, called, plainly)
        if theirs in ignore or theirs in questionnaire.left_out:
            passed.append(theirs)
        elif ours is not None and ours not in found:
            found[ours] = theirs
        elif ours is None and plain(theirs) in (*FIELDWORK_COLUMNS, ORIGIN_COLUMN):
            continue
        else:
            extra[theirs] = number
    notes = list(_respondent(found, extra))
    known = [name for name in extra if plain(name) in _NOT_ANSWERS or name.startswith("_")]
    passed += [name for name in extra if name in known or EVERYTHING in ignore]
    unknown = {name: number for name, number in extra.items() if name not in passed}
    if unknown:
        raise _unknown(path, unknown)
    if passed:
        listed = ", ".join(f"{name:.60}" for name in passed)
        notes.append(Text(ja=f"読み飛ばした列: {listed}", en=f"Columns passed over: {listed}"))
    absent = _absent(path, found, questionnaire)
    if absent:
        listed = ", ".join(absent)
        notes.append(
            Text(
                ja=f"ファイルにない質問は、答えなしとします: {listed}",
                en=f"Questions that are not in the file count as not answered: {listed}",
            )
        )
    return Matched(found, tuple(notes))


def known_names(questionnaire: Questionnaire) -> list[str]:
    """Return every column name that a file may have, as it is usually written."""
    return [
        *OWN_COLUMNS,
        *questionnaire.columns.values(),
        *(name for name, _ in _called(questionnaire)),
    ]


def _called(questionnaire: Questionnaire) -> Iterator[tuple[str, str]]:
    """Yield (name in a file, column of the layout); later ones count less."""
    names: list[tuple[str, str]] = []
    # The names of the form come first: its question "weight" is no weight of the sample.
    for question in questionnaire.in_order():
        names += [(name, question.id) for name in question.names if question.type != "matrix"]
        names += [
            (name, f"{question.id}__{row}")
            for row, others in question.row_names.items()
            for name in others
        ]
    names += [(name, name) for name in OWN_COLUMNS]
    names += [(column.name, column.name) for column in answer_columns(questionnaire)]
    for question in questionnaire.in_order():
        names += _parts(question)
        if question.type in ("several", "upto"):
            names.append((question.id, question.id))
    names += _worded(questionnaire)
    seen: set[str] = set()
    for name, column in names:
        if name not in seen:
            seen.add(name)
            yield name, column


def _parts(question: Question) -> Iterator[tuple[str, str]]:
    """Yield the names of the columns of options and rows: ``q/a``, ``q.a``, ``q__a``."""
    parts: dict[str, str] = {}
    if question.type in ("several", "upto"):
        for option in question.options:
            parts |= dict.fromkeys((option.id, *option.codes), option.id)
        parts |= {DONT_KNOW: DONT_KNOW} if question.dont_know else {}
    elif question.type == "matrix":
        for row in question.rows:
            parts |= dict.fromkeys((row.id, *question.row_names.get(row.id, ())), row.id)
    for name in (question.id, *question.names):
        for part, id_ in parts.items():
            for between in _BETWEEN:
                yield f"{name}{between}{part}", f"{question.id}__{id_}"


def _worded(questionnaire: Questionnaire) -> list[tuple[str, str]]:
    """Return the questions' own words as names: form services head their columns so."""
    names: dict[str, set[str]] = {}
    for question in questionnaire.in_order():
        for text in (question.text.ja, question.text.en):
            if question.type == "matrix":
                for row in question.rows:
                    for said in (row.text.ja, row.text.en):
                        names.setdefault(f"{text} [{said}]", set()).add(f"{question.id}__{row.id}")
            else:
                names.setdefault(text, set()).add(question.id)
    return [(name, next(iter(ids))) for name, ids in names.items() if len(ids) == 1]


def _found(theirs: str, called: Mapping[str, str], plainly: Mapping[str, str]) -> str | None:
    """Return the column that a name stands for; groups before it (``group/q1``) do not count."""
    for name in (theirs, *_tails(theirs)):
        same = called.get(name) or plainly.get(plain(name))
        if same is not None:
            return same
    return None


def _tails(name: str) -> Iterator[str]:
    for between in ("/", "-"):
        parts = name.split(between)
        for at in range(1, len(parts)):
            yield between.join(parts[at:])


def _respondent(found: dict[str, str], extra: dict[str, int]) -> Iterator[Text]:
    """Find the ids of the respondents under another name; without any the rows are numbered."""
    if RESPONDENT in found:
        return
    theirs = next((name for name in extra if plain(name) in IDS), None)
    if theirs is None:
        yield Text(
            ja="回答者の番号の列がないので、行の番号を使いました。",
            en="There is no column of respondents' ids; the rows were numbered.",
        )
        return
    found[RESPONDENT] = theirs
    del extra[theirs]
    yield Text(
        ja=f"回答者の番号は、列「{theirs:.60}」から取りました。",
        en=f"The respondents' ids were taken from the column {theirs[:60]!r}.",
    )


def _unknown(path: Path, unknown: Mapping[str, int]) -> BadResponses:
    ja = "、".join(f"「{name:.60}」({number}列目)" for name, number in unknown.items())
    several = len(unknown) > 1
    en = ", ".join(
        f"column {number}: {name[:60]!r}" if not several else f"{name[:60]!r} (column {number})"
        for name, number in unknown.items()
    )
    return BadResponses(
        f"{path}: 1行目の{ja}は調査票にない列です。読み飛ばすときは --ignore で指定します。"
        "`tojimari survey codebook` で列の一覧が出ます。",
        f"{path}: row 1, {en} {'are not columns' if several else 'is not a column'} of this "
        "questionnaire. --ignore passes them over. `tojimari survey codebook` lists the columns.",
    )


def _absent(path: Path, found: dict[str, str], questionnaire: Questionnaire) -> list[str]:
    """Return the questions that the file leaves out. Raises BadResponses for half a question."""
    absent: list[str] = []
    for question in questionnaire.in_order():
        own = columns_of(question)
        there = [column for column in own if column.name in found]
        gaps = [column.name for column in own if column not in there and column.option != DONT_KNOW]
        together = question.type in ("several", "upto") and question.id in found
        if together and there:
            del found[question.id]  # some programs write the answers twice
        if not there and not together:
            absent.append(question.id)
        elif there and gaps:
            raise BadResponses(
                f"{path}: 質問「{question.id}」の列「{gaps[0]}」がありません。",
                f"{path}: the column {gaps[0]!r} of the question {question.id!r} is missing.",
            )
    return absent


_SEPARATORS = (";", "；", "\n", "|", "、", "，", ",", "/", "\t", " ")


def split_answers(cell: object, known: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the ids of all answers that stand in one cell, () for an empty one.

    ``known``: plain spelling of an option -> its id. None: something in it is no option.
    """
    text = str(cell).strip()
    if not text:
        return ()
    if plain(text) in known:
        return (known[plain(text)],)
    if text.startswith("[") and text.endswith("]"):
        text = re.sub(r"[\"']", "", text[1:-1])
    for separator in _SEPARATORS:
        if separator in text:
            parts = [part.strip() for part in text.split(separator)]
            ids = _joined(parts, separator, known)
            if ids:
                return tuple(dict.fromkeys(ids))
    return (known[plain(text)],) if plain(text) in known else None


def _joined(parts: list[str], separator: str, known: Mapping[str, str]) -> list[str] | None:
    """Read the parts; options whose own words hold the separator are put together again."""
    ids: list[str] = []
    at = 0
    while at < len(parts):
        if not parts[at]:
            at += 1
            continue
        for end in range(len(parts), at, -1):
            ways = (separator.join(parts[at:end]), f"{separator} ".join(parts[at:end]))
            same = next((known[plain(way)] for way in ways if plain(way) in known), None)
            if same is not None:
                ids.append(same)
                at = end
                break
        else:
            return None
    return ids
