"""Conditions as other programs write them: XPath (XLSForm's relevant) and SurveyJS's visibleIf.

The grammars cover what a When can say; whatever else stands in an expression is refused by name.
"""

import operator
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import lark
import msgspec

from tojimari.ask.questionnaire import options_of
from tojimari.model import When
from tojimari.survey.exchange.portable import normal
from tojimari.survey.schema import Question

LONGEST = 20_000
_SHARED = r"""
    ?start: alternatives
    ?alternatives: together (_OR together)*
    ?together: simple (_AND simple)*
    STRING: /'[^']*'/ | /"[^"]*"/
    NUMBER: /-?(\d{1,16}(\.\d{1,16})?|\.\d{1,16})/
    %import common.WS
    %ignore WS
"""
_XPATH = (
    _SHARED
    + r"""
    ?simple: "(" alternatives ")"
           | "not" "(" alternatives ")"         -> negated
           | "selected" "(" _ref "," _value ")" -> contains
           | "count-selected" "(" _ref ")" COMPARE NUMBER -> counted
           | "string-length" "(" _ref ")" COMPARE NUMBER  -> counted
           | _ref COMPARE _value                -> compare
           | _value COMPARE _ref                -> turned
    _ref: REF | ("string" | "number") "(" REF ")"
    _value: STRING | NUMBER | TRUTH
    TRUTH: /(true|false)\s*\(\s*\)/
    COMPARE: "!=" | ">=" | "<=" | "=" | ">" | "<"
    _AND: "and"
    _OR: "or"
    REF: /\$\{[^{}]*\}/ | /(\/[\w.-]+){2,40}/
"""
)
_SURVEYJS = (
    _SHARED
    + r"""
    ?simple: "(" alternatives ")"
           | _NOT simple                        -> negated
           | REF _FILLED                        -> there
           | REF _EMPTY                         -> missing
           | REF _ANYOF _list                   -> contains
           | REF _NONEOF _list                  -> lacks
           | REF _CONTAINS _list                -> contains_all
           | REF _LACKS _list                   -> lacks_one
           | REF COMPARE _value                 -> compare
           | REF COMPARE _array                 -> same_set
           | _value COMPARE REF                 -> turned
           | REF                                -> true
    _list: _value | _array
    _array: "[" _value ("," _value)* "]"
    _value: STRING | NUMBER | TRUTH | WORD
    COMPARE: "!=" | "<>" | ">=" | "<=" | "==" | "=" | ">" | "<"
           | /(notequals?|equals?|greaterorequal|lessorequal|greater|less)\b/i
    _AND: /and\b|&&|&(?!&)/i
    _OR: /or\b|\|\||\|(?!\|)/i
    _NOT.2: /negate\b|!(?!=)/i
    _FILLED.3: /notempty\b/i
    _EMPTY.3: /empty\b/i
    _CONTAINS.3: /contains?\b|allof\b|\*=/i
    _LACKS.3: /notcontains?\b/i
    _ANYOF.3: /anyof\b/i
    _NONEOF.3: /noneof\b/i
    TRUTH.2: /(true|false)\b/i
    WORD: /[^\W\d][\w-]*/
    REF: /\{[^{}]+\}/
"""
)
_SIGNS = {
    "equal": "=", "equals": "=", "notequal": "!=", "notequals": "!=", "greater": ">",
    "less": "<", "greaterorequal": ">=", "lessorequal": "<=", "==": "=", "<>": "!=",
}  # fmt: skip
_TURNED = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
_ORDERED: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le,
}  # fmt: skip


class Unreadable(Exception):
    """An expression that says more than a When can hold; the text says where it stops."""


class Subject(msgspec.Struct, frozen=True):
    """What a reference in an expression stands for: a question, or one row of a matrix."""

    question: Question
    row: str = ""

    @property
    def several(self) -> bool:
        """Whether more than one option can be chosen."""
        return self.question.type in ("several", "upto")

    def options(self) -> dict[str, str]:
        """Return every spelling of an option in the form -> its id."""
        found = {option.id: option.id for option in options_of(self.question)}
        for option in self.question.options:
            found |= dict.fromkeys(option.codes, option.id)
        return found


Subjects = Callable[[str], Subject]
"""Returns what a name in an expression stands for; raises Unreadable where it stands for nothing."""


def _quoted(token: lark.Token) -> str:
    """Return the text of a literal; true and false are the words "true" and "false"."""
    if token.type == "STRING":
        return str(token[1:-1])
    return re.split(r"[\s(]", token.lower())[0] if token.type == "TRUTH" else str(token)


def _as_number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\s*-?(\d+\.?\d*|\.\d+)\s*", text) else None


@lark.v_args(inline=True)
class _Build(lark.Transformer[Any, When]):
    """Builds conditions while reading; what is compared decides what a comparison means."""

    def __init__(self, subjects: Subjects) -> None:
        super().__init__()
        self._subjects = subjects

    def _subject(self, ref: str) -> Subject:
        name = ref.strip().strip("${}").strip() if "{" in ref else ref.rpartition("/")[2]
        return self._subjects(name)

    def _test(self, subject: Subject, **test: Any) -> When:
        return When(question=subject.question.id, row=subject.row, **test)

    def alternatives(self, *parts: When) -> When:
        return When(any=parts)

    def together(self, *parts: When) -> When:
        return When(all=parts)

    def negated(self, part: When) -> When:
        return When(no=part)

    def there(self, ref: str) -> When:
        subject = self._subject(ref)
        if subject.question.type != "matrix" or subject.row:
            return self._test(subject, answered=True)
        rows = [Subject(subject.question, row.id) for row in subject.question.rows]
        return When(any=tuple(self._test(row, answered=True) for row in rows))

    def missing(self, ref: str) -> When:
        subject = self._subject(ref)
        if subject.question.type == "matrix" and not subject.row:
            return When(no=self.there(ref))
        return self._test(subject, answered=False)

    def true(self, ref: str) -> When:
        """A question alone: it holds where the answer is "true", whatever else is answered."""
        subject = self._subject(ref)
        known = subject.options()
        if "true" not in known:
            raise Unreadable(ref)
        return self._test(subject, one_of=(known["true"],))

    def contains(self, ref: str, *values: lark.Token) -> When:
        subject = self._subject(ref)
        if subject.question.type == "number":
            equal = (self._compare_number(subject, "=", _quoted(each)) for each in values)
            return When(any=tuple(equal))
        return self._test(subject, one_of=tuple(self._option(subject, each) for each in values))

    def lacks(self, ref: str, *values: lark.Token) -> When:
        return When(no=self.contains(ref, *values))

    def contains_all(self, ref: str, *values: lark.Token) -> When:
        return When(all=tuple(self.contains(ref, each) for each in values))

    def lacks_one(self, ref: str, *values: lark.Token) -> When:
        return When(no=self.contains_all(ref, *values))

    def same_set(self, ref: str, sign: str, *values: lark.Token) -> When:
        subject = self._subject(ref)
        sign = _SIGNS.get(sign.lower(), sign)
        if not subject.several or sign not in ("=", "!="):
            raise Unreadable(f"{sign} [{', '.join(values)}]")
        same = self._only(subject, [self._option(subject, each) for each in values])
        return same if sign == "=" else When(no=same)

    def counted(self, ref: str, sign: str, number: lark.Token) -> When:
        subject = self._subject(ref)
        holds = [(n > 0) for n in (0, 1, 2) if _compared(n, sign, float(number))]
        if holds not in ([False], [True, True]):
            raise Unreadable(f"{sign} {number}")
        return self._test(subject, answered=holds[0])

    def turned(self, value: lark.Token, sign: str, ref: str) -> When:
        plain = _SIGNS.get(sign.lower(), sign)
        return self.compare(ref, _TURNED.get(plain, plain), value)

    def compare(self, ref: str, sign: str, value: lark.Token) -> When:
        subject = self._subject(ref)
        sign = _SIGNS.get(sign.lower(), sign)
        text = _quoted(value)
        if text == "" and sign in ("=", "!="):
            return self._test(subject, answered=sign == "!=")
        if subject.question.type == "number":
            return self._compare_number(subject, sign, text)
        if subject.question.type == "text":
            raise Unreadable(f"{sign} {value}")
        if sign in ("=", "!="):
            same = self._same(subject, value)
            return same if sign == "=" else When(no=same)
        return self._compare_options(subject, sign, text)

    def _same(self, subject: Subject, value: lark.Token) -> When:
        if not subject.several:
            return self._test(subject, one_of=(self._option(subject, value),))
        known = subject.options()
        text = _quoted(value)
        # Several answers stand in one text with spaces between them.
        parts = [text] if text in known else text.split()
        return self._only(subject, [known[part] if part in known else self._unknown(part) for part in parts])  # fmt: skip

    def _only(self, subject: Subject, ids: list[str]) -> When:
        """Return the condition that exactly ``ids`` are chosen."""
        others = sorted({option.id for option in options_of(subject.question)} - set(ids))
        chosen = [self._test(subject, one_of=(id_,)) for id_ in ids]
        none = [When(no=self._test(subject, one_of=tuple(others)))] if others else []
        return When(all=(*chosen, *none))

    def _option(self, subject: Subject, value: lark.Token) -> str:
        if subject.question.type in ("text", "number"):
            self._unknown(str(value))
        known, text = subject.options(), _quoted(value)
        if text in known:
            return known[text]
        number = _as_number(text)
        same = [id_ for way, id_ in known.items() if number is not None and _as_number(way) == number]  # fmt: skip
        return same[0] if same else self._unknown(str(value))

    def _unknown(self, value: str) -> str:
        raise Unreadable(value)

    def _compare_options(self, subject: Subject, sign: str, text: str) -> When:
        """Compare the numbers that options are called by."""
        number = _as_number(text)
        ids = [
            id_
            for way, id_ in subject.options().items()
            if number is not None
            and (own := _as_number(way)) is not None
            and _compared(own, sign, number)
        ]
        if not ids or subject.several:
            raise Unreadable(f"{sign} {text}")
        return self._test(subject, one_of=tuple(dict.fromkeys(ids)))

    def _compare_number(self, subject: Subject, sign: str, text: str) -> When:
        number = _as_number(text)
        if number is None:
            raise Unreadable(f"{sign} {text}")
        at_least = self._test(subject, at_least=number)
        at_most = self._test(subject, at_most=number)
        there = self._test(subject, answered=True)
        match sign:
            case ">=":
                return at_least
            case "<=":
                return at_most
            case ">":
                return When(all=(there, When(no=at_most)))
            case "<":
                return When(all=(there, When(no=at_least)))
        both = When(all=(at_least, at_most))
        return both if sign == "=" else When(no=both)


@lark.v_args(inline=True)
class _BuildSurveyJS(_Build):
    """SurveyJS takes texts in any case, and several answers are a list: never equal to a text.

    ``{several} = 'a'`` never holds there and ``!= 'a'`` always does, whatever was chosen; neither
    is what its author meant, so neither is guessed.
    """

    def compare(self, ref: str, sign: str, value: lark.Token) -> When:
        if self._subject(ref).several and _SIGNS.get(sign.lower(), sign) in ("=", "!="):
            raise Unreadable(f"{sign} {value}")
        return super().compare(ref, sign, value)

    def _option(self, subject: Subject, value: lark.Token) -> str:
        folded = _quoted(value).casefold()
        found = {id_ for way, id_ in subject.options().items() if way.casefold() == folded}
        exact = subject.options().get(_quoted(value))
        return found.pop() if exact is None and len(found) == 1 else super()._option(subject, value)


def _compared(left: float, sign: str, right: float) -> bool:
    if sign in _ORDERED:
        return _ORDERED[sign](left, right)
    return (left == right) is (sign == "=")


@cache
def _parser(grammar: str) -> lark.Lark:
    return lark.Lark(grammar, parser="lalr", maybe_placeholders=False)


def _read(text: str, grammar: str, build: _Build) -> When:
    if len(text) > LONGEST:
        raise Unreadable(f"{text[:40]}…")
    try:
        tree = _parser(grammar).parse(text)
        return normal(build.transform(tree))
    except lark.UnexpectedInput as error:
        at = getattr(error, "pos_in_stream", None)
        raise Unreadable(
            text[at if at is not None and at >= 0 else 0 :][:60] or text[-60:]
        ) from error
    except lark.exceptions.VisitError as error:
        if isinstance(error.orig_exc, Unreadable):
            raise error.orig_exc from error
        raise
    except RecursionError as error:
        raise Unreadable(f"{text[:40]}…") from error


_STRAIGHT = str.maketrans("‘’“”", "''\"\"")


def read_xpath(text: str, subjects: Subjects) -> When:
    """Return the condition in an XLSForm ``relevant``.

    Raises Unreadable with the part that cannot be read.
    """
    return _read(text.translate(_STRAIGHT), _XPATH, _Build(subjects))


def read_surveyjs(text: str, subjects: Subjects) -> When:
    """Return the condition in a SurveyJS ``visibleIf``. Raises Unreadable likewise."""
    return _read(text, _SURVEYJS, _BuildSurveyJS(subjects))


def to_xpath(when: When, questions: Mapping[str, Question]) -> str:
    """Return a condition (in its normal form) as an XLSForm ``relevant``."""

    def test(one: When) -> str:
        name = f"{one.question}__{one.row}" if one.row else one.question
        ref = f"${{{name}}}"
        if one.one_of is not None:
            if questions[one.question].type in ("several", "upto"):
                return " or ".join(f"selected({ref}, '{option}')" for option in one.one_of)
            return " or ".join(f"{ref} = '{option}'" for option in one.one_of)
        if one.answered is not None:
            return f"{ref} {'!=' if one.answered else '='} ''"
        return _range(ref, one)

    return _write(when, test, "not")


def to_surveyjs(when: When, questions: Mapping[str, Question]) -> str:
    """Return a condition (in its normal form) as a SurveyJS ``visibleIf``."""

    def test(one: When) -> str:
        ref = f"{{{one.question}.{one.row}}}" if one.row else f"{{{one.question}}}"
        if one.one_of is not None:
            sign = "contains" if questions[one.question].type in ("several", "upto") else "="
            return " or ".join(f"{ref} {sign} '{option}'" for option in one.one_of)
        if one.answered is not None:
            return f"{ref} {'notempty' if one.answered else 'empty'}"
        return _range(ref, one)

    return _write(when, test, "!")


def _range(ref: str, one: When) -> str:
    if one.at_least is not None:
        return f"{ref} >= {_number(one.at_least)}"
    return f"{ref} <= {_number(one.at_most or 0.0)}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.15f}".rstrip("0")


def _write(when: When, test: Callable[[When], str], negation: str) -> str:
    if when.all is not None:
        return " and ".join(_inside(part, test, negation) for part in when.all)
    if when.any is not None:
        return " or ".join(_inside(part, test, negation) for part in when.any)
    if when.no is not None:
        return f"{negation}({_write(when.no, test, negation)})"
    return test(when)


def _inside(part: When, test: Callable[[When], str], negation: str) -> str:
    text = _write(part, test, negation)
    return text if part.no is not None else f"({text})"
