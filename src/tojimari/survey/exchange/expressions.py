"""Conditions as other programs write them: XPath (XLSForm's relevant) and SurveyJS's visibleIf.

The grammars cover what a When can say; whatever else stands in an expression is refused by name.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import lark

from tojimari.model import When
from tojimari.survey.exchange.portable import normal
from tojimari.survey.schema import Question

LONGEST = 20_000
_SHARED = r"""
    ?start: alternatives
    ?alternatives: together ("or" together)*
    ?together: simple ("and" simple)*
    STRING: /'[^']*'/ | /"[^"]*"/
    NUMBER: /-?\d{1,16}(\.\d{1,16})?/
    %import common.WS
    %ignore WS
"""
_XPATH = (
    _SHARED
    + r"""
    ?simple: "(" alternatives ")"
           | "not" "(" alternatives ")"         -> negated
           | "selected" "(" REF "," STRING ")"  -> contains
           | REF COMPARE STRING                 -> compare
           | REF COMPARE NUMBER                 -> compare
    COMPARE: "!=" | ">=" | "<=" | "=" | ">" | "<"
    REF: /\$\{\s*[A-Za-z_][\w.-]*\s*\}/
"""
)
_SURVEYJS = (
    _SHARED
    + r"""
    ?simple: "(" alternatives ")"
           | ("!" | "not") "(" alternatives ")" -> negated
           | REF "notempty"                     -> there
           | REF "empty"                        -> missing
           | REF ("contains" | "contain") _list -> contains
           | REF "anyof" _list                  -> contains
           | REF COMPARE STRING                 -> compare
           | REF COMPARE NUMBER                 -> compare
    _list: STRING | "[" STRING ("," STRING)* "]"
    COMPARE: "!=" | "<>" | ">=" | "<=" | "==" | "=" | ">" | "<"
    REF: /\{\s*[A-Za-z_][\w.-]*\s*\}/
"""
)


class Unreadable(Exception):
    """An expression that says more than a When can hold; the text says where it stops."""


def _quoted(token: str) -> str:
    return token[1:-1]


@lark.v_args(inline=True)
class _Build(lark.Transformer[Any, When]):
    """Builds conditions while reading. ``subject`` turns a reference into (question, row)."""

    def __init__(self, subject: Callable[[str], tuple[str, str]]) -> None:
        super().__init__()
        self._subject = subject

    def _test(self, ref: str, **test: Any) -> When:
        question, row = self._subject(ref.strip("${} \t\n\r"))
        return When(question=question, row=row, **test)

    def alternatives(self, *parts: When) -> When:
        return When(any=parts)

    def together(self, *parts: When) -> When:
        return When(all=parts)

    def negated(self, part: When) -> When:
        return When(no=part)

    def contains(self, ref: str, *options: str) -> When:
        return self._test(ref, one_of=tuple(map(_quoted, options)))

    def there(self, ref: str) -> When:
        return self._test(ref, answered=True)

    def missing(self, ref: str) -> When:
        return self._test(ref, answered=False)

    def compare(self, ref: str, sign: str, value: lark.Token) -> When:
        equal, unequal = sign in ("=", "=="), sign in ("!=", "<>")
        if value.type == "STRING":
            if not (equal or unequal):
                raise Unreadable(f"{sign} {value}")
            if _quoted(value) == "":
                return self._test(ref, answered=unequal)
            same = self._test(ref, one_of=(_quoted(value),))
            return same if equal else When(no=same)
        number = float(value)
        at_least, at_most = self._test(ref, at_least=number), self._test(ref, at_most=number)
        there = self._test(ref, answered=True)
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
        return both if equal else When(no=both)


@cache
def _parser(grammar: str) -> lark.Lark:
    return lark.Lark(grammar, parser="lalr", maybe_placeholders=False)


def _read(text: str, grammar: str, subject: Callable[[str], tuple[str, str]]) -> When:
    if len(text) > LONGEST:
        raise Unreadable(f"{text[:40]}…")
    try:
        tree = _parser(grammar).parse(text)
        return normal(_Build(subject).transform(tree))
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


def read_xpath(text: str, rows: Mapping[str, tuple[str, str]]) -> When:
    """Return the condition in an XLSForm ``relevant``. ``rows``: name -> (matrix, row).

    Raises Unreadable with the part that cannot be read.
    """
    return _read(text, _XPATH, lambda name: rows.get(name, (name, "")))


def read_surveyjs(text: str) -> When:
    """Return the condition in a SurveyJS ``visibleIf``. Raises Unreadable likewise."""

    def subject(name: str) -> tuple[str, str]:
        question, _, row = name.partition(".")
        return question, row

    return _read(text, _SURVEYJS, subject)


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
