"""Shape of a lesson: five minutes that teach one idea, and end with one thing to do today."""

from datetime import date
from typing import Literal

import msgspec

from tojimari.model import Text

Audience = Literal["owner", "staff"]
QUESTIONS_EACH = 3
MINUTES_EACH = 5
"""How long a lesson takes, in minutes: what its texts are kept short for."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class LessonOption(_Strict, frozen=True):
    """One answer; ``right`` for the one that is."""

    text: Text
    right: bool = False


class LessonQuestion(_Strict, frozen=True):
    """A question with one right answer, and why it is right."""

    ask: Text
    options: tuple[LessonOption, ...]
    why: Text

    @property
    def right(self) -> int:
        """Return the place of the right answer, from 0."""
        return next(place for place, option in enumerate(self.options) if option.right)


class LessonToday(_Strict, frozen=True):
    """The one thing to do today; ``control`` is the control whose step it begins."""

    control: str
    do: Text


class Lesson(_Strict, frozen=True):
    """A lesson of five minutes.

    Attributes:
        audience: for whom it is written.
        situation: what happens on a shop's day.
        idea: the one thing to keep in mind.
        points: what follows from it.
        picture: what ``lessons/pictures/<id>.svg`` shows, for those who do not see it.
        today: what to do when it is over.
        controls: open ones among them are why a company is offered this lesson.
    """

    id: str
    order: int
    audience: tuple[Audience, ...]
    title: Text
    situation: Text
    idea: Text
    points: tuple[Text, ...]
    picture: Text
    questions: tuple[LessonQuestion, ...]
    today: LessonToday
    controls: tuple[str, ...]
    sources: tuple[str, ...]
    as_of: date


class LearningRecord(_Strict, frozen=True):
    """When lessons that were taken are the record of the control ``id``.

    Attributes:
        by: who has to have taken them: ``anyone``, ``everyone`` (as many people as the company says
            shall learn), ``owner`` (somebody who answers for the company).
        note: what the record says.
        of: the lessons each of them took; when empty, ``lessons`` of any.
    """

    id: str
    by: Literal["anyone", "everyone", "owner"]
    note: Text
    of: tuple[str, ...] = ()
    lessons: int = 0
