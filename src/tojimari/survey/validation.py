"""Brings a piece of a foreign table into the standard layout and names every value that cannot be.

Whole columns at a time: what differs is looked at once, not once a row.
"""

import re
from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tojimari.ask.questionnaire import options_of
from tojimari.model import DONT_KNOW, Text
from tojimari.model.conditions import named
from tojimari.survey.bitmaps import Mask, as_mask
from tojimari.survey.coding import Batch
from tojimari.survey.columns import Column, codes_of, columns_of
from tojimari.survey.headings import split_answers
from tojimari.survey.parquet import schema_of
from tojimari.survey.schema import CLUSTER, RESPONDENT, STRATUM, WEIGHT, Question, Questionnaire
from tojimari.survey.spelling import plain
from tojimari.survey.violations import SHOWN, BadResponses, Violations

Parsed = tuple[object, bool]
"""The value in the standard layout, and whether it could be read."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
MOST_BLANK = 1_000_000
"""Empty rows that are passed over; their places are kept to name rows rightly."""
_TRUE = {"1", "true", "t", "yes", "y", "はい", "○", "〇", "✓", "✔", "selected", "checked"}
_FALSE = {"0", "false", "f", "no", "n", "いいえ", "×", "not selected", "unchecked"}
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")


def _text(ja: str, en: str) -> Text:
    return Text(ja=ja, en=en)


def spellings(question: Question) -> dict[str, str]:
    """Return every way to write an option in a file -> its id; what is ambiguous is left out."""
    options = options_of(question)
    found = {plain(option.id): option.id for option in options}
    for coded in question.options:
        for way in coded.codes:
            found.setdefault(plain(way), coded.id)
    for id_, code in codes_of(question).items():
        found.setdefault(str(code), id_)
    texts: dict[str, set[str]] = {}
    for option in options:
        for text in (option.text.ja, option.text.en):
            texts.setdefault(plain(text), set()).add(option.id)
    for text, ids in texts.items():
        if len(ids) == 1:
            found.setdefault(text, next(iter(ids)))
    return found


def to_number(value: object, whole: bool) -> float | int | None:
    """Return the number a cell holds, None when it holds none (or one too large to be exact)."""
    text = plain(value)
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not _NUMBER.fullmatch(text) or len(text) > 30:
        return None
    number = float(text)
    if not abs(number) <= 2**53 or (whole and number != int(number)):
        return None
    return int(number) if whole else number


class Checker:
    """Checks piece after piece of one table against the codebook of a questionnaire."""

    def __init__(
        self, questionnaire: Questionnaire, heading: Mapping[str, str], lenient: bool
    ) -> None:
        """``heading``: standard column -> name in the file. ``lenient``: empty what is wrong."""
        self.violations = Violations()
        self.lenient = lenient
        self._heading = heading
        self._questionnaire = questionnaire
        self._order = questionnaire.in_order()
        self._place = {question.id: at for at, question in enumerate(self._order)}
        self._screens = questionnaire.screens
        self._spellings = {question.id: spellings(question) for question in self._order}
        own = [name for name in (WEIGHT, STRATUM, CLUSTER) if name in heading]
        self.schema = schema_of(questionnaire, own)
        self._rows = np.arange(0)
        self._next_row = 2
        self._blank: list[int] = []
        self._weightless = 0

    def check(self, piece: Mapping[str, pa.Array]) -> pa.RecordBatch:
        """Return ``piece`` in the standard layout; violations are kept in ``violations``."""
        piece, size = self._filled(piece)
        raw = {ours: piece[theirs] for ours, theirs in self._heading.items()}
        columns: dict[str, pa.Array] = {}
        if RESPONDENT not in raw:
            columns[RESPONDENT] = pa.array([str(row - 1) for row in self._rows.tolist()])
        for name in (RESPONDENT, WEIGHT, STRATUM, CLUSTER):
            if name in raw:
                columns[name] = self._own(name, raw[name])
        for question in self._order:
            self._question(question, raw, columns, size)
        self._skips(columns, size)
        return pa.RecordBatch.from_arrays(
            [columns[name] for name in self.schema.names], schema=self.schema
        )

    def source_row(self, number: int) -> int:
        """Return the row in the file of the ``number``-th row (from 0) that was not empty."""
        row = number + 2
        for blank in self._blank:
            row += blank <= row
        return row

    def _filled(self, piece: Mapping[str, pa.Array]) -> tuple[Mapping[str, pa.Array], int]:
        """Leave out rows with nothing in them (spreadsheets like to add some at the end)."""
        size = len(next(iter(piece.values())))
        self._rows = np.arange(self._next_row, self._next_row + size)
        self._next_row += size
        filled = np.zeros(size, np.bool_)
        for values in piece.values():
            if filled.all():
                break
            filled |= as_mask(pc.is_valid(values))
        weightless = self._without_weight(piece) & filled
        self._weightless += int(weightless.sum())
        kept = filled & ~weightless
        if kept.all():
            return piece, size
        self._blank += self._rows[~kept].tolist()
        if len(self._blank) > MOST_BLANK:
            raise BadResponses(
                f"空の行が多すぎます ({MOST_BLANK:,}行より多い)。取り除いてください。",
                f"There are too many empty rows (more than {MOST_BLANK:,}). Remove them.",
            )
        self._rows = self._rows[kept]
        keep = pa.array(kept)
        return {name: values.filter(keep) for name, values in piece.items()}, int(kept.sum())

    def _without_weight(self, piece: Mapping[str, pa.Array]) -> Mask:
        """Return the rows with the weight 0: they belong to no sample and are passed over."""
        values = piece.get(self._heading.get(WEIGHT, ""))
        if values is None or pa.types.is_null(values.type):
            return np.zeros(len(next(iter(piece.values()))), np.bool_)
        coded = pc.dictionary_encode(values)
        zero = [to_number(value, whole=False) == 0 for value in coded.dictionary.to_pylist()]
        return as_mask(pa.array(zero, pa.bool_()).take(coded.indices))

    def notes(self) -> tuple[Text, ...]:
        """Return what was passed over without being wrong."""
        if not self._weightless:
            return ()
        number = self._weightless
        return (
            _text(
                f"重みが0の回答{number}件は読み飛ばしました。",
                f"Responses with the weight 0 were passed over: {number}.",
            ),
        )

    def _mapped(
        self,
        name: str,
        raw: pa.Array,
        kind: pa.DataType,
        parse: Callable[[object], Parsed],
        reason_of: Callable[[object], Text],
    ) -> pa.Array:
        """Parse every different value once and put the results in place."""
        if pa.types.is_null(raw.type):
            return pa.nulls(len(raw), kind)
        coded = pc.dictionary_encode(raw)
        values = coded.dictionary.to_pylist()
        parsed = [parse(value) for value in values]
        result = pa.array([value for value, _ in parsed], kind).take(coded.indices)
        if not all(good for _, good in parsed):
            bad = pa.array([not good for _, good in parsed]).take(coded.indices)
            self._mark(name, as_mask(bad), lambda at: reason_of(raw[at].as_py()))
        return result

    def _mark(self, name: str, bad: Mask, reason_of: Text | Callable[[int], Text]) -> None:
        places = np.flatnonzero(bad)
        column = self._heading.get(name, name)
        for at in places[:SHOWN].tolist():
            reason = reason_of if isinstance(reason_of, Text) else reason_of(at)
            self.violations.add(int(self._rows[at]), column, reason)
        if len(places) > SHOWN:
            self.violations.add_more(column, len(places) - SHOWN)

    def _own(self, name: str, raw: pa.Array) -> pa.Array:
        if name == WEIGHT:
            weights = self._mapped(name, raw, pa.float64(), _weight, _bad_weight)
            empty = (
                as_mask(pc.is_null(raw))
                if not pa.types.is_null(raw.type)
                else np.ones(len(raw), np.bool_)
            )
            self._mark(name, empty, _bad_weight(""))
            return weights
        texts = self._mapped(name, raw, pa.string(), _id_text, _bad_text)
        if name == RESPONDENT:
            reason = _text("回答者の番号が空です。", "the respondent's id is empty.")
            unread = as_mask(pc.is_null(texts)) & as_mask(pc.is_null(raw))
            self._mark(name, unread, reason)
            texts = pc.fill_null(texts, "")
        return texts

    def _question(
        self,
        question: Question,
        raw: Mapping[str, pa.Array],
        columns: dict[str, pa.Array],
        size: int,
    ) -> None:
        for column in columns_of(question):
            kind = self.schema.field(column.name).type
            if column.name in raw:
                columns[column.name] = self._column(question, column, kind, raw[column.name])
            else:
                columns[column.name] = pa.nulls(size, kind)
        if question.type in ("several", "upto"):
            if question.id in raw:
                self._split(question, raw[question.id], columns)
            self._several(question, raw, columns)
        elif question.type == "number" and question.dont_know:
            self._unknown_number(question, raw, columns)

    def _column(
        self, question: Question, column: Column, kind: pa.DataType, raw: pa.Array
    ) -> pa.Array:
        match column.kind:
            case "choice":
                known = self._spellings[question.id]

                def parse(value: object) -> Parsed:
                    key = plain(value)
                    return known.get(key), not key or key in known

                return self._mapped(column.name, raw, kind, parse, _bad_choice(question))
            case "flag":
                return self._mapped(column.name, raw, kind, _flag, _bad_flag)
            case "number":
                return self._mapped(
                    column.name, raw, kind, _number_parser(question), _bad_number(question)
                )
            case "text":
                return self._mapped(column.name, raw, kind, _text_parser(question), _bad_text)

    def _empty(self, question: Question, columns: dict[str, pa.Array], where: Mask) -> None:
        """Take the whole answer away where it is wrong (only used when lenient)."""
        if self.lenient and where.any():
            for column in columns_of(question):
                values = columns[column.name]
                columns[column.name] = pc.if_else(
                    pa.array(where), pa.scalar(None, values.type), values
                )

    def _split(self, question: Question, raw: pa.Array, columns: dict[str, pa.Array]) -> None:
        """Fill the columns of a question from one column whose cells hold all its answers."""
        if pa.types.is_null(raw.type):
            return
        coded = pc.dictionary_encode(raw)
        known = self._spellings[question.id]
        found = [split_answers(value, known) for value in coded.dictionary.to_pylist()]
        for column in columns_of(question):
            flags = [column.option in ids if ids else None for ids in found]
            columns[column.name] = pa.array(flags, pa.bool_()).take(coded.indices)
        bad = as_mask(pa.array([ids is None for ids in found]).take(coded.indices))
        reason = _bad_choice(question)
        self._mark(question.id, bad, lambda at: reason(raw[at].as_py()))

    def _several(
        self, question: Question, raw: Mapping[str, pa.Array], columns: dict[str, pa.Array]
    ) -> None:
        own = columns_of(question)
        there = Batch(columns, len(columns[own[0].name]), self._questionnaire).answered(question)
        chosen = {c.option: as_mask(columns[c.name]) for c in own}
        for column in own:
            if column.name in raw:
                gap = there & as_mask(pc.is_null(columns[column.name]))
                gap &= as_mask(pc.is_null(raw[column.name]))  # what is unreadable is said already
                reason = _text(
                    "同じ質問のほかの列に答えがあるのに空です (選んでいないなら0)。",
                    "is empty though other columns of the question are filled (0 for not chosen).",
                )
                self._mark(column.name, gap, reason)
            # An empty flag beside a filled one can only mean "not chosen".
            filled = pc.if_else(pa.array(there), False, pa.scalar(None, pa.bool_()))
            columns[column.name] = pc.coalesce(columns[column.name], filled)
        number = np.sum(list(chosen.values()), axis=0)
        wrong = np.zeros(len(there), np.bool_)
        if question.at_most is not None:
            many = number > question.at_most
            reason = _text(
                f"{question.at_most}つまでなのに、それより多く選ばれています。",
                f"more than {question.at_most} options are chosen.",
            )
            self._mark(question.id, many, reason)
            wrong |= many
        for option in options_of(question):
            if option.alone:
                both = chosen[option.id] & (number > 1)
                name = f"{question.id}__{option.id}"
                alone = _text(
                    f"「{option.text.ja}」がほかの答えと一緒に選ばれています。",
                    f'"{option.text.en}" is chosen together with other answers.',
                )
                self._mark(name, both, alone)
                wrong |= both
        self._empty(question, columns, wrong)

    def _unknown_number(
        self, question: Question, raw: Mapping[str, pa.Array], columns: dict[str, pa.Array]
    ) -> None:
        """Fill "don't know" from words in the number's own column where there is no flag."""
        flag = f"{question.id}__{DONT_KNOW}"
        worded = np.zeros(len(columns[question.id]), np.bool_)
        if question.id in raw:
            ways = _unknown_words(question)
            values = raw[question.id]
            if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
                coded = pc.dictionary_encode(values)
                words = [plain(value) in ways for value in coded.dictionary.to_pylist()]
                worded = as_mask(pa.array(words, pa.bool_()).take(coded.indices))
        there = as_mask(pc.is_valid(columns[question.id]))
        unknown = as_mask(columns[flag]) | worded
        both = there & unknown
        reason = _text(
            "数があるのに「わからない」でもあります。", 'is a number and "don\'t know" at once.'
        )
        self._mark(flag, both, reason)
        answered = there | unknown | as_mask(pc.is_valid(columns[flag]))
        columns[flag] = pc.if_else(
            pa.array(answered), pa.array(unknown), pa.scalar(None, pa.bool_())
        )
        self._empty(question, columns, both)

    def _skips(self, columns: dict[str, pa.Array], size: int) -> None:
        """Name answers to questions that were not asked, in the order of asking."""
        gone = np.zeros(size, np.bool_)
        # Conditions only look back, at columns that are final here: what it decodes stays true.
        batch = Batch(columns, size, self._questionnaire)
        for at, question in enumerate(self._order):
            asked = ~gone
            if question.when is not None:
                asked = asked & batch.holds(question.when)
            for column in columns_of(question):
                row = next((row for row in question.rows if row.id == column.row), None)
                here = asked
                if row is not None and row.when is not None:
                    here = asked & batch.holds(row.when)
                values = columns[column.name]
                wrong = as_mask(pc.is_valid(values)) & ~here
                if wrong.any():
                    reason = _text(
                        "この人には聞かない質問なのに答えがあります。",
                        "is answered though this respondent is not asked it.",
                    )
                    self._mark(column.name, wrong, reason)
                    if self.lenient:
                        columns[column.name] = pc.if_else(
                            pa.array(wrong), pa.scalar(None, values.type), values
                        )
            for screen in self._screens:
                if max(self._place[id_] for id_ in named(screen.when)) == at:
                    gone = gone | batch.holds(screen.when)


def _flag(value: object) -> Parsed:
    key = plain(value)
    if key in _TRUE:
        return True, True
    return (False, True) if key in _FALSE else (None, not key)


def _bad_flag(value: object) -> Text:
    return _text(
        f"「{value!s:.40}」は使えません (選んだなら1、選んでいないなら0)。",
        f"{str(value)[:40]!r} does not fit (1 for chosen, 0 for not).",
    )


def _bad_choice(question: Question) -> Callable[[object], Text]:
    known = ", ".join(option.id for option in options_of(question)[:12])
    more = ", …" if len(options_of(question)) > 12 else ""

    def reason(value: object) -> Text:
        return _text(
            f"「{value!s:.40}」という選択肢はありません (使えるのは: {known}{more})。",
            f"{str(value)[:40]!r} is not an option (allowed: {known}{more}).",
        )

    return reason


def _unknown_words(question: Question) -> set[str]:
    """Return the ways to write "don't know" where a number belongs."""
    texts = [text for o in options_of(question) for text in (o.id, o.text.ja, o.text.en)]
    return {plain(text) for text in texts}


def _number_parser(question: Question) -> Callable[[object], Parsed]:
    words = _unknown_words(question) | {plain(value) for value in question.missing}

    def parse(value: object) -> Parsed:
        key = plain(value)
        if not key or key in words:
            return None, True
        number = to_number(value, question.whole)
        low, high = question.minimum, question.maximum
        fits = (
            number is not None
            and (low is None or number >= low)
            and (high is None or number <= high)
        )
        return (number, True) if fits else (None, False)

    return parse


def _bad_number(question: Question) -> Callable[[object], Text]:
    low, high = question.minimum, question.maximum
    span_ja = ("" if low is None else f"{low:g}以上") + ("" if high is None else f"{high:g}以下")
    span_en = " ".join(
        part
        for part in (
            "" if low is None else f"at least {low:g}",
            "" if high is None else f"at most {high:g}",
        )
        if part
    )
    kind_ja, kind_en = ("整数", "a whole number") if question.whole else ("数", "a number")

    def reason(value: object) -> Text:
        return _text(
            f"「{value!s:.40}」は使えません。要るのは{span_ja}{'の' if span_ja else ''}{kind_ja}です。",
            f"{str(value)[:40]!r} does not fit; it must be {kind_en} {span_en}".rstrip() + ".",
        )

    return reason


def _text_parser(question: Question) -> Callable[[object], Parsed]:
    def parse(value: object) -> Parsed:
        text = value if isinstance(value, str) else plain(value)
        if len(text) > question.max_chars or _unprintable(text):
            return None, False
        return text or None, True

    return parse


def _id_text(value: object) -> Parsed:
    text = value if isinstance(value, str) else plain(value)
    text = text.strip()
    return (None, False) if len(text) > 200 or _unprintable(text) else (text or None, True)


def _unprintable(text: str) -> bool:
    return _CONTROL.search(text) is not None


def _bad_text(value: object) -> Text:
    return _text(
        f"長すぎるか、読めない文字があります ({len(str(value))}字)。",
        f"is too long or has characters that cannot be read ({len(str(value))} characters).",
    )


def _weight(value: object) -> Parsed:
    number = to_number(value, whole=False)
    return (number, True) if number is not None and number > 0 else (None, False)


def _bad_weight(value: object) -> Text:
    return _text(
        f"重み「{value!s:.40}」は使えません。0より大きい数が要ります。",
        f"the weight {str(value)[:40]!r} does not fit; it must be a number above 0.",
    )
