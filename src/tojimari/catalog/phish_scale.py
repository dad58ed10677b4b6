"""The NIST Phish Scale: how hard it is for people to see that a mail is not what it says.

NIST TN 2276 (Dawkins and Jacobs, 2023, public domain). The guide itself could not be read here: the
cut-offs and the table are compared from five public worksheets after it, made by different hands (the
source ``nist-phish-scale`` is therefore marked secondary). They agree on the numbers of cues and, but for
one, on the table; one of four puts a premise of 18 into medium. No level of a mail of ours hangs on
what they differ in.
"""

from typing import Literal

import msgspec

CueGroup = Literal["error", "technical", "visual", "language", "tactic"]
"""The five groups of cues (table 1 of the guide)."""
Cues = Literal["few", "some", "many"]
Alignment = Literal["weak", "medium", "strong"]
Difficulty = Literal["least", "moderate_to_least", "moderate", "very"]
"""How hard to detect, in the four words of the guide; never compared across."""
DIFFICULTIES: tuple[Difficulty, ...] = ("least", "moderate_to_least", "moderate", "very")
Level = Literal["easy", "medium", "hard"]
"""What people choose from: the two least difficult words are one."""
LEVELS: dict[Level, frozenset[Difficulty]] = {
    "easy": frozenset({"least", "moderate_to_least"}),
    "medium": frozenset({"moderate"}),
    "hard": frozenset({"very"}),
}
SOME_CUES_FROM, MANY_CUES_FROM = 9, 15
"""1 to 8 cues are few, 9 to 14 some, 15 and more many."""
MEDIUM_FROM, STRONG_FROM = 11, 18
"""Premise rating: 10 and less is weak, 11 to 17 medium, 18 and more strong."""
APPLIES = (0, 2, 4, 6, 8)
"""Answers to an element of the premise: not at all, low, moderate, significant, extreme."""

_TABLE: dict[tuple[Cues, Alignment], Difficulty] = {
    ("few", "strong"): "very",
    ("few", "medium"): "very",
    ("few", "weak"): "moderate",
    ("some", "strong"): "very",
    ("some", "medium"): "moderate",
    ("some", "weak"): "moderate_to_least",
    ("many", "strong"): "moderate",
    ("many", "medium"): "moderate",
    ("many", "weak"): "least",
}


class Premise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How well the story fits those who get it; each element is one of ``APPLIES``.

    Attributes:
        process: it looks like something that is done at work there.
        relevance: it matters for that work.
        events: it fits what happens otherwise, also outside of work.
        consequences: one is afraid of what happens if one does nothing.
        trained: people there were warned of just this; it is taken off.
    """

    process: int
    relevance: int
    events: int
    consequences: int
    trained: int = 0

    @property
    def rating(self) -> int:
        """The sum of the guide, from -8 to 32."""
        return self.process + self.relevance + self.events + self.consequences - self.trained


def cues_word(count: int) -> Cues:
    """Return the word for a number of cues; none at all is harder still than few."""
    if count >= MANY_CUES_FROM:
        return "many"
    return "some" if count >= SOME_CUES_FROM else "few"


def alignment_word(rating: int) -> Alignment:
    """Return the word for a premise rating."""
    if rating >= STRONG_FROM:
        return "strong"
    return "medium" if rating >= MEDIUM_FROM else "weak"


def difficulty_of(cues: int, rating: int) -> Difficulty:
    """Return how hard a mail with so many cues and such a premise rating is to detect."""
    return _TABLE[cues_word(cues), alignment_word(rating)]


def level_of(difficulty: Difficulty) -> Level:
    """Return the level that people choose it by."""
    return next(level for level, words in LEVELS.items() if difficulty in words)
