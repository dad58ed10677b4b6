"""A questionnaire drafted from data that came without one: SAV, CSV, Parquet, spreadsheets."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from tojimari.ask.questionnaire import QuestionType
from tojimari.model import DONT_KNOW, Text, When
from tojimari.survey.columns import OWN_COLUMNS
from tojimari.survey.consistency import MAX_CHARS
from tojimari.survey.exchange.assembly import TO_WRITE, Assembly, Part, options_named
from tojimari.survey.exchange.expressions import Subjects
from tojimari.survey.exchange.names import Names, plain_id
from tojimari.survey.exchange.omissions import Omissions
from tojimari.survey.foreign_tables import Incoming, open_table, sav_encoding, sav_metadata
from tojimari.survey.headings import IDS, split_answers
from tojimari.survey.schema import RESPONDENT, Option, Question, Questionnaire
from tojimari.survey.spelling import plain
from tojimari.survey.validation import to_number
from tojimari.survey.violations import BadResponses

MOST_VALUES = 400
"""Different values that are kept of a column; one with more is no list of options."""
MOST_OPTIONS = 30
FEW_NUMBERS = 7
"""So many different whole numbers may be codes of options."""
MOST_UNLABELLED = 12
_NO_ANSWER = re.compile(
    r"don'?t know|\bdk\b|refus|no answer|not applicable|inapplicable|\bn/?a\b|\biap\b|missing|"
    r"無回答|不明|非該当|わからない|分からない|回答拒否|答えたくない|該当せず",
    re.IGNORECASE,
)
_WEIGHT = re.compile(r"weight|\bwt|wgt|重み|ウェイト|ウエイト", re.IGNORECASE)
_DATE = re.compile(
    r"(?:[AEJS]?DATE|DATETIME|YMDHMS|[DM]?TIME|QYR|MOYR|WKYR|MONTH|WKDAY)\d", re.IGNORECASE
)
"""Formats of dates and times in SPSS, before their width."""
_LISTED = (";", "；", "|", "\n", "、", ",")


class Seen(msgspec.Struct):
    """What was seen in one column."""

    values: dict[str, str] = msgspec.field(default_factory=dict)
    counts: Counter[str] = msgspec.field(default_factory=Counter)
    many: bool = False
    number: int = 0
    numeric: bool = True
    whole: bool = True
    longest: int = 0

    def add(self, values: pa.Array) -> None:
        """Look at the values of one piece."""
        coded = pc.value_counts(values.drop_null())
        for entry in coded.to_pylist():
            value, times = entry["values"], entry["counts"]
            text = value if isinstance(value, str) else plain(value)
            if not text.strip():
                continue
            self.number += times
            self.longest = max(self.longest, len(text))
            if self.numeric:
                self.numeric = to_number(value, whole=False) is not None
                self.whole = self.whole and to_number(value, whole=True) is not None
            key = plain(value)
            if key in self.values or len(self.values) < MOST_VALUES:
                self.values.setdefault(key, text.strip())
                self.counts[key] += times
            else:
                self.many = True


class Described(msgspec.Struct, frozen=True):
    """What a file says of its columns: labels, labels of values, and which values are no answers."""

    title: str = ""
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    values: dict[str, dict[Any, str]] = msgspec.field(default_factory=dict)
    scales: frozenset[str] = frozenset()
    missing: dict[str, list[dict[str, Any]]] = msgspec.field(default_factory=dict)
    formats: dict[str, str] = msgspec.field(default_factory=dict)

    def labels_of(self, name: str) -> tuple[dict[str, tuple[str, str]], list[str]]:
        """Return plain value -> (value, label) of a column, and the values declared as missing."""
        found: dict[str, tuple[str, str]] = {}
        gone: list[str] = []
        for code, text in self.values.get(name, {}).items():
            value = code if isinstance(code, str) else plain(code)
            if any(_within(code, each) for each in self.missing.get(name, ())):
                gone.append(value)
            else:
                found[plain(code)] = (value, text)
        return found, gone


def draft_questionnaire(path: Path, encoding: str = "") -> tuple[Questionnaire, tuple[Text, ...]]:
    """Return a questionnaire into which the data at ``path`` fit, and what was assumed.

    Raises BadResponses when the file cannot be read or holds no column that can be asked.
    """
    table = open_table(path, [RESPONDENT], encoding)
    seen = _looked_at(table)
    described = _described(path)
    omissions = Omissions()
    form = Assembly(omissions, _no_condition)
    drafted = _Draft(form, omissions, described)
    own = _own_columns(seen)
    for name in table.heading:
        if name not in own.values():
            drafted.add(name, seen[name])
    _say_weights(table.heading, described, own, omissions)
    stem = plain_id(path.stem).strip("_0123456789") or "survey"
    title = _words(described.title or path.stem)
    made = form.finish(
        Questionnaire(
            id=Names("survey").take(stem, 64), version="1", title=title, about=TO_WRITE,
            consent=TO_WRITE, universe=TO_WRITE, mode=TO_WRITE, sections=(), questions=(),
            columns=own,
        )
    )  # fmt: skip
    if not made.questions:
        raise BadResponses(
            f"{path}: 質問にできる列がありません。",
            f"{path}: has no column that could be a question.",
        )
    asked = {name for question in made.questions for name in (question.id, *question.names)}
    dropped = [name for name in table.heading if name not in asked and name not in own.values()]
    made = msgspec.structs.replace(made, left_out=tuple(dropped))
    return made, (*table.notes, *omissions.texts())


def _no_condition(text: str, subjects: Subjects) -> When:
    raise AssertionError(text)  # pragma: no cover  # data have no conditions


def _looked_at(table: Incoming) -> dict[str, Seen]:
    seen = {name: Seen() for name in table.heading}
    for piece in table.pieces:
        for name, values in piece.items():
            seen[name].add(values)
    return seen


def _described(path: Path) -> Described:
    if path.suffix.lower() not in (".sav", ".zsav"):
        return Described()
    meta = sav_metadata(path, sav_encoding(path))
    return Described(
        title=str(meta.file_label or "").strip(),
        labels={name: text for name, text in meta.column_names_to_labels.items() if text},
        values=dict(meta.variable_value_labels),
        missing=dict(meta.missing_ranges),
        formats={n: str(kind) for n, kind in meta.original_variable_types.items()},
        scales=frozenset(n for n, kind in meta.variable_measure.items() if kind == "scale"),
    )


def _own_columns(seen: Mapping[str, Seen]) -> dict[str, str]:
    """Return which columns are the file's own: the respondent's id, and in our layout the weight."""
    plainly = {plain(name): name for name in seen}
    if RESPONDENT in plainly:
        return {name: plainly[name] for name in OWN_COLUMNS if name in plainly}
    for name in seen:
        each = seen[name]
        if plain(name) in IDS and each.number and (each.many or len(each.values) == each.number):
            return {RESPONDENT: name}
    return {}


def _say_weights(
    heading: tuple[str, ...], described: Described, own: Mapping[str, str], omissions: Omissions
) -> None:
    for name in heading:
        said = f"{name} {described.labels.get(name, '')}"
        if _WEIGHT.search(said) and name not in own.values():
            omissions.add(
                (name, 0),
                f"重みなら、下書きに columns: {{weight: {name}}} と書き、質問から消します。",
                f"if this is the weight write columns: {{weight: {name}}} and take the question out.",
            )


def _within(code: Any, span: Mapping[str, Any]) -> bool:
    try:
        return bool(span["lo"] <= code <= span["hi"])
    except (TypeError, KeyError):
        return False


def _words(text: str) -> Text:
    plain_text = " ".join(text.replace("{", "(").replace("}", ")").split()) or "?"
    return Text(ja=plain_text, en=plain_text)


class _Draft:
    """Makes a question of each column."""

    def __init__(self, form: Assembly, omissions: Omissions, described: Described) -> None:
        self._form = form
        self._omissions = omissions
        self._described = described
        self._part = Part("", "data", Text(ja="データ", en="Data"))

    def _say_date(self, name: str, seen: Seen) -> None:
        """Name a column of dates: as words it is no span of time, as a number nobody can read it."""
        written = self._described.formats.get(name, "")
        if not _DATE.match(written):
            return
        if seen.numeric:
            self._omissions.add(
                (name, 0), f"日付や月 ({written}) ですが、SPSSの中の数のままです。",
                f"is a date or part of one ({written}); it stays the number that SPSS holds.",
            )  # fmt: skip
        else:
            self._omissions.add(
                (name, 0), f"日付や時刻 ({written}) は、文で答える質問にしました。",
                f"is a date or time ({written}); it became a question that is answered in words.",
            )  # fmt: skip

    def add(self, name: str, seen: Seen) -> None:
        """Add the question of a column; one that holds nothing is left out and named."""
        labels, gone = self._described.labels_of(name)
        if gone:
            self._omissions.add(
                (name, 0), f"ファイルが欠損としている値は、答えなしとします: {', '.join(gone)}",
                f"values that the file declares as missing count as no answer: {', '.join(gone)}",
            )  # fmt: skip
        if not seen.number and len(labels) < 2:
            self._omissions.add(
                (name, 0), "値がないので、移していません。", "has no values and is left out."
            )
            return
        self._say_date(name, seen)
        kind: QuestionType
        options: tuple[Option, ...] = ()
        missing: tuple[str, ...] = ()
        if labels and self._is_list(name, seen, labels):
            kind, options = "single", self._labelled(name, seen, labels)
        elif seen.numeric:
            kind = "number"
            missing = self._missing(name, labels)
            if not labels and _few(seen):
                kind, options = "single", _listed(seen)
                self._omissions.add(
                    (name, 0),
                    "数が少ししかないので、選択肢とみなしました。",
                    "holds few numbers, which were taken for options.",
                )
        else:
            kind, options = self._of_texts(name, seen)
        if kind == "single" and len(options) < 2:
            kind, options = ("number" if seen.numeric else "text"), ()
        if kind == "text" and seen.longest > MAX_CHARS:
            self._omissions.add((name, 0), "文が長すぎるので、移していません。", "its texts are too long; it is left out.")  # fmt: skip
            return
        question = Question(
            "", kind, _words(self._described.labels.get(name, name)), options=options,
            required=False, whole=kind != "number" or seen.whole, missing=missing,
            max_chars=max(1000, seen.longest) if kind == "text" else 1000,
        )  # fmt: skip
        self._form.add((name, 0), self._part, name, question)

    def _is_list(self, name: str, seen: Seen, labels: Mapping[str, tuple[str, str]]) -> bool:
        """Whether labelled values are options; a few labels on an amount are marks of its ends."""
        unlabelled = [key for key in seen.values if key not in labels]
        if seen.many or len(unlabelled) > MOST_UNLABELLED:
            return False
        scale = name in self._described.scales
        return not (unlabelled and seen.numeric and (scale or len(unlabelled) > len(labels)))

    def _labelled(
        self, name: str, seen: Seen, labels: Mapping[str, tuple[str, str]]
    ) -> tuple[Option, ...]:
        bare = [key for key in seen.values if key not in labels]
        if bare:
            shown = ", ".join(seen.values[key][:20] for key in bare)
            self._omissions.add(
                (name, 0), f"説明のない値も選択肢にしました: {shown}",
                f"values without a label became options too: {shown}",
            )  # fmt: skip
        found = [(code, _words(text or code), False) for code, text in labels.values()]
        found += [(seen.values[key], _words(seen.values[key]), False) for key in bare]
        return _coded(found)

    def _missing(self, name: str, labels: Mapping[str, tuple[str, str]]) -> tuple[str, ...]:
        none = tuple(code for code, text in labels.values() if _NO_ANSWER.search(text))
        rest = [f"{code} = {text}" for code, text in labels.values() if code not in none]
        if none:
            self._omissions.add(
                (name, 0), f"次の値は、答えなしとします: {', '.join(none)}",
                f"these values count as no answer: {', '.join(none)}",
            )  # fmt: skip
        if rest:
            self._omissions.add(
                (name, 0), f"数の質問です。説明のある値も数として数えます: {', '.join(rest)[:200]}",
                f"is a number; labelled values are counted as numbers: {', '.join(rest)[:200]}",
            )  # fmt: skip
        return none

    def _of_texts(self, name: str, seen: Seen) -> tuple[QuestionType, tuple[Option, ...]]:
        together = _together(seen)
        if together:
            self._omissions.add(
                (name, 0), "一つの欄に答えがいくつもあるので、分けました。",
                "holds several answers in one cell, which were split.",
            )  # fmt: skip
            return "several", together
        distinct = len(seen.values)
        few = distinct <= MOST_OPTIONS and (seen.number >= 2 * distinct or distinct <= 5)
        if not seen.many and few and seen.longest <= 100 and distinct < max(2, seen.number):
            return "single", _listed(seen)
        return "text", ()


def _few(seen: Seen) -> bool:
    few = len(seen.values)
    return seen.whole and not seen.many and 2 <= few <= FEW_NUMBERS and seen.number >= 5 * few


def _listed(seen: Seen) -> tuple[Option, ...]:
    keys = sorted(seen.values, key=_order if seen.numeric else lambda key: (0.0, key))
    return _coded([(seen.values[key], _words(seen.values[key]), False) for key in keys])


def _order(key: str) -> tuple[float, str]:
    number = to_number(key, whole=False)
    return (float(number) if number is not None else 0.0, key)


def _coded(found: list[tuple[str, Text, bool]]) -> tuple[Option, ...]:
    """Return options for values, with their numbers where they are numbers."""
    options, _ = options_named(found, plain)
    return tuple(
        msgspec.structs.replace(option, code=int(value))
        if re.fullmatch(r"-?\d{1,9}", value) and str(int(value)) == value
        else option
        for option, (value, _, _) in zip(options, found, strict=True)
    )


def _together(seen: Seen) -> tuple[Option, ...]:
    """Return the options of a column whose cells list several; () where they do not."""
    for separator in _LISTED:
        listing = sum(n for key, n in seen.counts.items() if separator in seen.values[key])
        if seen.many or listing * 5 < seen.number:
            continue
        tokens = Counter(_tokens(seen, separator))
        often = 3 if separator in (",", "、") else 1.5
        if len(tokens) > 40 or any(len(token) > 80 for token in tokens):
            continue
        if sum(tokens.values()) < often * len(tokens) or len(tokens) < 2:
            continue
        options = _coded(
            [(token, _words(token), False) for token in tokens if plain(token) != DONT_KNOW]
        )
        known = {plain(way): o.id for o in options for way in (o.id, *o.codes)}
        if all(split_answers(value, known) is not None for value in seen.values.values()):
            return tuple(msgspec.structs.replace(option, code=None) for option in options)
    return ()


def _tokens(seen: Seen, separator: str) -> Iterator[str]:
    spelled: dict[str, str] = {}
    for key, number in seen.counts.items():
        for part in seen.values[key].split(separator):
            token = part.strip()
            if token:
                yield from [spelled.setdefault(plain(token), token)] * number
