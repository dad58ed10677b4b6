"""Turns one batch of responses (Arrow) into small integer codes: answers, bases, groups.

Written once over Arrow record batches, so that the very same rules run on a file, in a Spark
partition, or on whatever another engine hands out as batches.
"""

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tojimari.catalog import load_catalog
from tojimari.model import Text
from tojimari.survey.columns import columns_of, options_of
from tojimari.survey.consistency import PIPE
from tojimari.survey.faults import BadResponses
from tojimari.survey.schema import (
    Derived,
    Question,
    Questionnaire,
    When,
)

Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]

NOT_ANSWERED = -1
"""The code of a respondent who gave no answer, or was not asked."""


class Variable(msgspec.Struct, frozen=True):
    """What a table can be about: a question, one row of a matrix, or a derived variable.

    Attributes:
        kind: single (exactly one answer), several (any number), number.
        answers: ids and texts in order; the code of an answer is its place here.
    """

    id: str
    row: str
    kind: str
    text: Text
    base_text: Text
    answers: tuple[tuple[str, Text], ...]
    notes: tuple[Text, ...] = ()

    @property
    def key(self) -> str:
        """Return ``question`` or ``question.row``."""
        return f"{self.id}.{self.row}" if self.row else self.id


def _ui(key: str) -> Text:
    return load_catalog().ui(key)


def _plain(text: Text) -> Text:
    """Return a question's text with quoted answers left open: a table speaks of everybody."""
    return Text(ja=PIPE.sub("…", text.ja), en=PIPE.sub("…", text.en))


def _answers(question: Question) -> tuple[tuple[str, Text], ...]:
    return tuple((option.id, option.text) for option in options_of(question))


def variables(questionnaire: Questionnaire) -> dict[str, Variable]:
    """Return everything that can be tabulated, by key, in order. Free text never is."""
    everybody = _ui("survey.everybody")
    found = []
    for question in questionnaire.questions:
        base, words = question.base or everybody, _plain(question.text)
        notes = (question.note,) if question.note else ()
        if question.type == "matrix":
            found += [
                Variable(
                    question.id,
                    row.id,
                    "single",
                    Text(
                        ja=f"{words.ja} {row.text.ja}",
                        en=f"{words.en} {row.text.en}",
                    ),
                    base,
                    _answers(question),
                    notes,
                )
                for row in question.rows
            ]
        elif question.type == "number":
            found.append(Variable(question.id, "", "number", words, base, (), notes))
        elif question.type != "text":
            kind = "single" if question.type == "single" else "several"
            found.append(Variable(question.id, "", kind, words, base, _answers(question), notes))
    for derived in questionnaire.derived:
        found.append(
            Variable(
                derived.id,
                "",
                "several" if derived.several else "single",
                derived.text,
                derived.base or everybody,
                tuple((group.id, group.text) for group in derived.groups),
                (derived.note,) if derived.note else (),
            )
        )
    return {variable.key: variable for variable in found}


def tabulated_columns(questionnaire: Questionnaire) -> list[str]:
    """Return the columns a tabulation reads, without weight and design."""
    return [
        column.name
        for question in questionnaire.questions
        if question.type != "text"
        for column in columns_of(question)
    ]


class Batch:
    """One batch of responses; every column is decoded at most once.

    Attributes:
        first_row: the row number (from 1) of the batch's first response, for messages.
    """

    def __init__(
        self, batch: pa.RecordBatch, questionnaire: Questionnaire, *, first_row: int = 1
    ) -> None:
        """Read columns of ``batch`` as they are asked for."""
        self.batch, self.first_row = batch, first_row
        self.questions = {question.id: question for question in questionnaire.questions}
        self.derived = {derived.id: derived for derived in questionnaire.derived}
        self._codes: dict[str, Codes] = {}
        self._masks: dict[str, Mask] = {}

    def __len__(self) -> int:
        """Return the number of responses."""
        return int(self.batch.num_rows)

    def _column(self, name: str) -> pa.Array:
        try:
            return self.batch.column(name)
        except KeyError as error:
            raise BadResponses(
                f"列「{name}」がありません。調査票の版と、書き出した列を確かめてください。",
                f"Column {name!r} is missing. Check the questionnaire's version and the export.",
            ) from error

    def _bad(self, name: str, at: int, value: object) -> BadResponses:
        row = self.first_row + at
        return BadResponses(
            f"{row}件目、列「{name}」: 「{value!s:.40}」は調査票にない値です。",
            f"Response {row}, column {name!r}: {str(value)[:40]!r} is not in the questionnaire.",
        )

    def codes(self, column: str, answers: Sequence[tuple[str, Text]]) -> Codes:
        """Return the place of each answer in ``answers``, or NOT_ANSWERED. Raises BadResponses."""
        if column not in self._codes:
            array = self._column(column)
            if not pa.types.is_dictionary(array.type):
                array = pc.dictionary_encode(array.cast(pa.string()))
            places = {id_: place for place, (id_, _) in enumerate(answers)}
            labels = array.dictionary.to_pylist()
            table = np.array([places.get(v, -2) for v in labels] + [NOT_ANSWERED], dtype=np.int64)
            if array.null_count:
                codes = table[array.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
            else:  # no index is out of bounds, so nothing has to be checked
                codes = np.take(table, array.indices.to_numpy(), mode="clip")
            if (table == -2).any() and (codes == -2).any():
                at = int(np.argmax(codes == -2))
                raise self._bad(column, at, array[at].as_py())
            self._codes[column] = codes
        return self._codes[column]

    def flags(self, column: str) -> Mask:
        """Return where a yes-or-no column is true; null counts as false. Raises BadResponses."""
        if column not in self._masks:
            array = self._column(column)
            if not pa.types.is_boolean(array.type):
                raise self._bad(column, 0, array[0].as_py() if len(array) else array.type)
            plain = array.fill_null(False) if array.null_count else array
            self._masks[column] = plain.to_numpy(zero_copy_only=False)
        return self._masks[column]

    def numbers(self, column: str) -> Numbers:
        """Return a number column as float64, NaN where not answered. Raises BadResponses."""
        array = self._column(column)
        if not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
            raise self._bad(column, 0, array[0].as_py() if len(array) else array.type)
        values: Numbers = array.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return values

    def answered(self, question: Question, row: str = "") -> Mask:
        """Return who gave any answer to ``question`` (to ``row`` of a matrix)."""
        names = [column.name for column in columns_of(question) if row in ("", column.row)]
        valid: Mask = np.zeros(len(self), dtype=np.bool_)
        for name in names:
            array = self._column(name)
            if not array.null_count:
                return np.ones(len(self), dtype=np.bool_)
            valid |= array.is_valid().to_numpy(zero_copy_only=False)
        return valid

    def holds(self, when: When) -> Mask:
        """Return for whom a condition holds; an unanswered question fails every test of it."""
        if when.all is not None:
            return _all([self.holds(part) for part in when.all], len(self))
        if when.any is not None:
            return _any([self.holds(part) for part in when.any], len(self))
        if when.no is not None:
            return ~self.holds(when.no)
        if when.question in self.derived:
            return self._derived_test(when)
        return self._test(self.questions[when.question], when)

    def _derived_test(self, when: When) -> Mask:
        derived = self.derived[when.question]
        ids = [group.id for group in derived.groups]
        flags = self.groups(derived)
        in_base = self._in_base(derived)
        if when.answered is not None:
            known = _any(flags, len(self))
            return known if when.answered else ~known
        chosen = when.one_of if when.one_of is not None else when.none_of or ()
        hit = _any([flags[ids.index(id_)] for id_ in chosen], len(self))
        return hit if when.one_of is not None else in_base & ~hit

    def _test(self, question: Question, when: When) -> Mask:
        if when.answered is not None:
            known = self.answered(question, when.row)
            return known if when.answered else ~known
        if question.type == "number":
            values = self.numbers(question.id)
            with np.errstate(invalid="ignore"):
                result: Mask = ~np.isnan(values)
                if when.at_least is not None:
                    result = result & (values >= when.at_least)
                if when.at_most is not None:
                    result = result & (values <= when.at_most)
            return result
        chosen = when.one_of if when.one_of is not None else when.none_of or ()
        if question.type in ("several", "upto"):
            hit = _any([self.flags(f"{question.id}__{id_}") for id_ in chosen], len(self))
            return hit if when.one_of is not None else self.answered(question) & ~hit
        column = f"{question.id}__{when.row}" if question.type == "matrix" else question.id
        answers = _answers(question)
        codes = self.codes(column, answers)
        wanted = [place for place, (id_, _) in enumerate(answers) if id_ in chosen]
        hit = np.isin(codes, wanted)
        return hit if when.one_of is not None else (codes != NOT_ANSWERED) & ~hit

    def _in_base(self, derived: Derived) -> Mask:
        if derived.when is None:
            return np.ones(len(self), dtype=np.bool_)
        return self.holds(derived.when)

    def groups(self, derived: Derived) -> list[Mask]:
        """Return who is in each group of a derived variable; one group each unless several."""
        key = f"\0{derived.id}"
        left = self._in_base(derived)
        found = []
        for number, group in enumerate(derived.groups):
            cached = f"{key}\0{number}"
            if cached not in self._masks:
                self._masks[cached] = left & self.holds(group.when)
            found.append(self._masks[cached])
            if not derived.several:
                left = left & ~self._masks[cached]
        return found

    def single(self, variable: Variable) -> Codes:
        """Return the code of each respondent's answer to a variable of kind single."""
        derived = self.derived.get(variable.id)
        if derived is None:
            column = f"{variable.id}__{variable.row}" if variable.row else variable.id
            return self.codes(column, variable.answers)
        codes = np.full(len(self), NOT_ANSWERED, dtype=np.int64)
        for place, mask in enumerate(self.groups(derived)):
            codes[mask] = place
        return codes

    def several(self, variable: Variable) -> tuple[Mask, list[Mask]]:
        """Return who answered, and who chose each answer, of a variable of kind several."""
        derived = self.derived.get(variable.id)
        if derived is not None:
            return self._in_base(derived), self.groups(derived)
        flags = [self.flags(f"{variable.id}__{id_}") for id_, _ in variable.answers]
        return self.answered(self.questions[variable.id]), flags

    def asked(self, variable: Variable) -> Mask:
        """Return who was to be asked, by the skip logic; of a derived variable nobody is asked."""
        question = self.questions.get(variable.id)
        if question is None:
            return np.zeros(len(self), dtype=np.bool_)
        mask = (
            np.ones(len(self), dtype=np.bool_)
            if question.when is None
            else self.holds(question.when)
        )
        for row in question.rows:
            if row.id == variable.row and row.when is not None:
                mask = mask & self.holds(row.when)
        return mask


def _all(masks: Iterable[Mask], length: int) -> Mask:
    result = np.ones(length, dtype=np.bool_)
    for mask in masks:
        result &= mask
    return result


def _any(masks: Iterable[Mask], length: int) -> Mask:
    result = np.zeros(length, dtype=np.bool_)
    for mask in masks:
        result |= mask
    return result
