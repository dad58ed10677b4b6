"""Conditions on answers: what they name, and whether they hold for one respondent."""

from collections.abc import Iterator, Mapping

from tojimari.survey.problems import Path_
from tojimari.survey.schema import Derived, When

Given = str | float | tuple[str, ...] | Mapping[str, str]
"""One answer: an option id or text, a number, option ids, or row id -> option id (matrix).

"Don't know" is the option id ``dont_know``, for a number the text ``dont_know``.
"""
Answers = Mapping[str, Given]
"""Question id -> answer. A question that is not in it was not answered."""


def each_test(when: When, path: Path_ = ()) -> Iterator[tuple[When, Path_]]:
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
    """Say whether ``when`` holds. A test of what was not answered does not (see schema.When)."""
    if when.all is not None:
        return all(holds(part, answers) for part in when.all)
    if when.any is not None:
        return any(holds(part, answers) for part in when.any)
    if when.no is not None:
        return not holds(when.no, answers)
    given = answers.get(when.question)
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


def derive(derived: Derived, answers: Answers) -> str | tuple[str, ...] | None:
    """Return the group (with ``several``: the groups) of one respondent, None for none.

    ``answers`` must hold the derived variables that this one is made from.
    """
    if derived.when is not None and not holds(derived.when, answers):
        return None
    fitting = tuple(group.id for group in derived.groups if holds(group.when, answers))
    if not fitting:
        return None
    return fitting if derived.several else fitting[0]
