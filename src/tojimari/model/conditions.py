"""Conditions on answers: their one form, what they name, and whether they hold."""

from collections.abc import Collection, Iterator, Mapping

import msgspec

from tojimari.model.answers import Answers, Given, is_unknown

KeyPath = tuple[str | int, ...]
"""Where something stands in a questionnaire: keys and positions from the top."""


class When(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A condition on earlier answers: one test of one question, or a combination of conditions.

    A test names ``question`` (``row`` too for a matrix) and gives one of ``one_of``, ``none_of``
    (option ids; for several: any, or none, of them chosen), ``at_least``, ``at_most`` (numbers) or
    ``answered``. A test of a question that was not answered does not hold, whatever it asks for,
    except ``answered: false``. A combination gives one of ``all``, ``any``, ``no``.
    """

    question: str = ""
    row: str = ""
    one_of: tuple[str, ...] | None = None
    none_of: tuple[str, ...] | None = None
    at_least: float | None = None
    at_most: float | None = None
    answered: bool | None = None
    all: tuple["When", ...] | None = None
    any: tuple["When", ...] | None = None
    no: "When | None" = None


def each_test(when: When, path: KeyPath = ()) -> Iterator[tuple[When, KeyPath]]:
    """Yield every single test inside ``when`` with the place where it stands."""
    if when.all is not None:
        for index, part in enumerate(when.all):
            yield from each_test(part, (*path, "all", index))
    if when.any is not None:
        for index, part in enumerate(when.any):
            yield from each_test(part, (*path, "any", index))
    if when.no is not None:
        yield from each_test(when.no, (*path, "no"))
    if when.question or not (when.all is not None or when.any is not None or when.no is not None):
        yield when, path


def named(when: When | None) -> frozenset[str]:
    """Return the ids of the questions that ``when`` asks about."""
    return frozenset(test.question for test, _ in each_test(when)) if when else frozenset()


def holds(when: When, answers: Answers) -> bool:
    """Return whether ``when`` holds where nothing more will be answered."""
    return decide(when, answers, ()) is True


def decide(when: When, answers: Answers, still_open: Collection[str]) -> bool | None:
    """Return whether ``when`` holds; None while that hangs on a question in ``still_open``."""
    parts = when.all if when.all is not None else when.any
    if parts is not None:
        settles = when.all is None  # one part that holds settles "any", one that does not "all"
        undecided = False
        for part in parts:
            held = decide(part, answers, still_open)
            if held is settles:
                return settles
            undecided = undecided or held is None
        return None if undecided else not settles
    if when.no is not None:
        held = decide(when.no, answers, still_open)
        return None if held is None else not held
    return None if when.question in still_open else _test(when, answers.get(when.question))


def _test(when: When, given: Given | None) -> bool:
    if isinstance(given, Mapping):
        given = given.get(when.row)
    if when.answered is not None:
        return (given is not None) is when.answered
    if given is None:
        return False
    chosen = given if isinstance(given, tuple) else (given,)
    if when.one_of is not None:
        return any(option in chosen for option in when.one_of)
    if when.none_of is not None:
        return not any(option in chosen for option in when.none_of)
    if not isinstance(given, int | float):
        return False  # "don't know" is neither more nor less than a number
    if when.at_least is not None:
        return given >= when.at_least
    return when.at_most is not None and given <= when.at_most


class Interview:
    """Goes through questions in the order they are asked, and knows which answers count so far.

    Attributes:
        in_doubt: ask also where the condition hangs on something not answered yet, and let "don't
            know" leave open what hangs on it. Otherwise a question is asked only where its
            condition holds by the answers there are.
        counted: the answers that count: those to questions that are asked.
        open: ids of the questions that are, or may still be, asked and are not settled.
        unsure: those of them that were answered with "don't know".
    """

    def __init__(self, *, in_doubt: bool) -> None:
        """Begin before the first question."""
        self.in_doubt = in_doubt
        self.counted: dict[str, Given] = {}
        self.open: set[str] = set()
        self.unsure: set[str] = set()

    def reach(self, when: When | None) -> tuple[bool | None, bool]:
        """Return whether what stands under ``when`` applies, and whether it is asked now.

        The first is None while that hangs on an open question.
        """
        if when is None:
            return True, True
        applies = decide(when, self.counted, self.open)
        if applies is None:
            return None, self.in_doubt or holds(when, self.counted)
        return applies, applies

    def take(self, question: str, given: Given) -> None:
        """Count the answer to a question that is asked."""
        self.counted[question] = given
        if self.in_doubt and is_unknown(given):
            self.open.add(question)
            self.unsure.add(question)

    def presupposes(self, when: When | None) -> str:
        """Return the id of the question whose "don't know" leaves ``when`` undecided; "" for none.

        To ask what hangs on nothing else would presuppose an answer that was not given.
        """
        if when is None or decide(when, self.counted, self.open) is not None:
            return ""
        hangs_on = named(when) & self.open
        return min(hangs_on) if hangs_on <= self.unsure else ""

    def leave_open(self, question: str) -> None:
        """Note a question that may still be answered."""
        self.open.add(question)
