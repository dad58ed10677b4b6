"""Answers to a question, in the one form that whoever asks and whoever judges share."""

from collections.abc import Mapping

import msgspec

DONT_KNOW = "dont_know"
"""The option id of "don't know", in every questionnaire."""

Given = str | float | tuple[str, ...] | Mapping[str, str]
"""One answer: an option id or text, a number, option ids, or row id -> option id (matrix).

"Don't know" is the option id ``dont_know``, for a number the text ``dont_know``.
"""
Answers = Mapping[str, Given]
"""Question id -> answer. A question that is not in it was not answered."""


def is_unknown(given: Given) -> bool:
    """Return whether the answer is "don't know"."""
    return given in (DONT_KNOW, (DONT_KNOW,))


class Answer(msgspec.Struct, frozen=True):
    """One answer as the diagnosis stores it: chosen option ids, or a number.

    "Don't know" is the single choice dont_know.
    """

    question: str
    choices: tuple[str, ...] = ()
    number: int | None = None

    @property
    def unknown(self) -> bool:
        """Whether the company answered "don't know"."""
        return DONT_KNOW in self.choices

    @property
    def given(self) -> Given:
        """The answer as a questionnaire takes it."""
        return self.choices if self.number is None else self.number

    @classmethod
    def of(cls, question: str, given: Given) -> "Answer":
        """Return ``given`` as the answer to ``question``; of a matrix, what its rows chose."""
        if isinstance(given, int | float):
            return cls(question, (), int(given))
        if isinstance(given, Mapping):
            return cls(question, tuple(given.values()))
        return cls(question, given if isinstance(given, tuple) else (given,))
