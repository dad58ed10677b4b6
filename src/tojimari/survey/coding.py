"""Turns one batch of responses (Arrow) into small integer codes: answers, bases, groups.

Written once over Arrow record batches, so that the very same rules run on a file, in a Spark
partition, or on whatever another engine hands out as batches.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tojimari.ask.piping import PIPE
from tojimari.ask.questionnaire import options_of
from tojimari.model import Text, When
from tojimari.survey.bases import base_of
from tojimari.survey.bitmaps import Mask, as_mask, dense
from tojimari.survey.columns import columns_of
from tojimari.survey.schema import Derived, Question, Questionnaire
from tojimari.survey.violations import BadResponses

Codes = npt.NDArray[np.int64]
Indices = npt.NDArray[np.int32] | npt.NDArray[np.int64]
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
    row_text: Text = Text(ja="", en="")

    @property
    def key(self) -> str:
        """Return ``question`` or ``question.row``."""
        return f"{self.id}.{self.row}" if self.row else self.id


def _plain(text: Text) -> Text:
    """Return a question's text with quoted answers left open: a table speaks of everybody."""
    return Text(ja=PIPE.sub("…", text.ja), en=PIPE.sub("…", text.en))


def _answers(question: Question) -> tuple[tuple[str, Text], ...]:
    return tuple((option.id, option.text) for option in options_of(question))


def variables(questionnaire: Questionnaire) -> dict[str, Variable]:
    """Return everything that can be tabulated, by key, in order. Free text never is."""
    found = []
    for question in questionnaire.questions:
        base, words = _plain(base_of(question, questionnaire)), _plain(question.text)
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
                    _plain(base_of(question, questionnaire, row.when)),
                    _answers(question),
                    notes,
                    row.text,
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
                _plain(base_of(derived, questionnaire)),
                tuple((group.id, group.text) for group in derived.groups),
                (derived.note,) if derived.note else (),
            )
        )
    return {variable.key: variable for variable in found}


class Coded(msgspec.Struct, frozen=True):
    """One answer a respondent, as it lies in the file.

    Attributes:
        codes: int32 or int64, from 0 to below ``size``.
        rows: for each code 0 for "not answered", else 1 + the answer's place.
    """

    codes: Indices
    rows: Codes

    @property
    def size(self) -> int:
        """Return the number of codes."""
        return len(self.rows)


class Batch:
    """One batch of responses; every column is decoded at most once.

    Attributes:
        columns: name -> values in the standard layout.
        first_row: the row number (from 1) of the batch's first response, for messages.
    """

    def __init__(
        self,
        columns: Mapping[str, pa.Array],
        size: int,
        questionnaire: Questionnaire,
        *,
        first_row: int = 1,
    ) -> None:
        """Read ``columns``, each ``size`` long, as they are asked for."""
        self.columns, self._size, self.first_row = columns, size, first_row
        self.questions = {question.id: question for question in questionnaire.questions}
        self.derived = {derived.id: derived for derived in questionnaire.derived}
        self._codes: dict[str, Codes] = {}
        self._masks: dict[str, Mask] = {}

    @classmethod
    def of(
        cls, batch: pa.RecordBatch, questionnaire: Questionnaire, *, first_row: int = 1
    ) -> "Batch":
        """Return an Arrow record batch as a batch of responses."""
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        return cls(columns, batch.num_rows, questionnaire, first_row=first_row)

    def __len__(self) -> int:
        """Return the number of responses."""
        return self._size

    def _column(self, name: str) -> pa.Array:
        try:
            return self.columns[name]
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

    def _as_stored(self, column: str, answers: Sequence[tuple[str, Text]]) -> Coded | None:
        """Return a column without a look at each row; None where a row has to be looked at."""
        array = self._column(column)
        if not pa.types.is_dictionary(array.type):
            array = pc.dictionary_encode(array.cast(pa.string()))
        places = {id_: place for place, (id_, _) in enumerate(answers)}
        found = [places.get(label) for label in array.dictionary.to_pylist()]
        if None in found or len(set(found)) < len(found):
            return None
        rows = np.array([1 + place for place in found if place is not None] + [0], dtype=np.int64)
        if not array.null_count:
            return Coded(dense(array.indices), rows[:-1] if found else rows)
        return Coded(dense(array.indices.cast(pa.int32()).fill_null(len(found))), rows)

    def codes(self, column: str, answers: Sequence[tuple[str, Text]]) -> Codes:
        """Return the place of each answer in ``answers``, or NOT_ANSWERED. Raises BadResponses."""
        if column not in self._codes:
            stored = self._as_stored(column, answers)
            if stored is None:
                self._codes[column] = self._looked_up(column, answers)
            else:  # no index is out of bounds, so nothing has to be checked
                self._codes[column] = np.take(stored.rows - 1, stored.codes, mode="clip")
        return self._codes[column]

    def _looked_up(self, column: str, answers: Sequence[tuple[str, Text]]) -> Codes:
        """Return codes of a column whose dictionary has entries the questionnaire does not."""
        array = self._column(column).cast(pa.string()).dictionary_encode()
        places = {id_: place for place, (id_, _) in enumerate(answers)}
        labels = array.dictionary.to_pylist()
        unknown = -2
        table = np.array([places.get(v, unknown) for v in labels] + [NOT_ANSWERED], dtype=np.int64)
        found: Codes = table[dense(array.indices.fill_null(len(labels)))]
        if (found == unknown).any():
            at = int(np.argmax(found == unknown))
            raise self._bad(column, at, array[at].as_py())
        return found

    def _yes_or_no(self, column: str) -> pa.BooleanArray:
        array = self._column(column)
        if not pa.types.is_boolean(array.type):
            raise self._bad(column, 0, array[0].as_py() if len(array) else array.type)
        return array

    def flags(self, column: str) -> Mask:
        """Return where a yes-or-no column is true; null counts as false. Raises BadResponses."""
        if column not in self._masks:
            array = self._yes_or_no(column)
            self._masks[column] = as_mask(array)
        return self._masks[column]

    def numbers(self, column: str) -> Numbers:
        """Return a number column as float64, NaN where not answered. Raises BadResponses."""
        array = self._column(column)
        if not (pa.types.is_integer(array.type) or pa.types.is_floating(array.type)):
            raise self._bad(column, 0, array[0].as_py() if len(array) else array.type)
        if array.type != pa.float64():
            array = array.cast(pa.float64())
        if array.null_count:
            array = array.fill_null(math.nan)
        values: Numbers = dense(array)
        return values

    def answered(self, question: Question, row: str = "") -> Mask:
        """Return who gave any answer to ``question`` (to ``row`` of a matrix)."""
        names = [column.name for column in columns_of(question) if row in ("", column.row)]
        valid: Mask = np.zeros(len(self), dtype=np.bool_)
        for name in names:
            array = self._column(name)
            if not array.null_count:
                return np.ones(len(self), dtype=np.bool_)
            valid |= as_mask(array.is_valid())
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
        if when.one_of is not None:
            return self._chose(question, when.row, when.one_of)
        if when.none_of is not None:
            hit = self._chose(question, when.row, when.none_of)
            return self.answered(question, when.row) & ~hit
        values = self.numbers(question.id)
        result: Mask = ~np.isnan(values)
        if when.at_least is not None:
            result &= values >= when.at_least
        if when.at_most is not None:
            result &= values <= when.at_most
        return result

    def _chose(self, question: Question, row: str, options: Sequence[str]) -> Mask:
        if question.type in ("several", "upto", "number"):
            names = [
                column.name
                for column in columns_of(question)
                if column.kind == "flag" and column.option in options
            ]
            return _any([self.flags(name) for name in names], len(self))
        answers = _answers(question)
        codes = self.codes(f"{question.id}__{row}" if row else question.id, answers)
        return np.isin(codes, [place for place, (id_, _) in enumerate(answers) if id_ in options])

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

    def coded(self, variable: Variable) -> Coded:
        """Return the answers to a variable of kind single, as cheaply as they can be had."""
        if variable.id not in self.derived:
            column = f"{variable.id}__{variable.row}" if variable.row else variable.id
            stored = self._as_stored(column, variable.answers)
            if stored is not None:
                return stored
        rows = np.arange(len(variable.answers) + 1)
        return Coded(self.single(variable) + 1, rows)

    def several(self, variable: Variable) -> tuple[Mask | None, list[pa.BooleanArray | Mask]]:
        """Return who answered (None for everybody) and who chose each answer.

        For a variable of kind several. Raises BadResponses.
        """
        derived = self.derived.get(variable.id)
        if derived is not None:
            return self._in_base(derived), list(self.groups(derived))
        flags = [self._yes_or_no(f"{variable.id}__{id_}") for id_, _ in variable.answers]
        if any(not flag.null_count for flag in flags):
            return None, flags
        return self.answered(self.questions[variable.id]), flags

    def missing(self, variable: Variable) -> int:
        """Return how many were asked, by the skip logic, and gave no answer.

        Of a derived variable nobody is asked.
        """
        question = self.questions.get(variable.id)
        if question is None:
            return 0
        left = ~self.answered(question, variable.row)
        if not left.any():
            return 0
        if question.when is not None:
            left &= self.holds(question.when)
        for row in question.rows:
            if row.id == variable.row and row.when is not None:
                left &= self.holds(row.when)
        return int(np.count_nonzero(left))


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
