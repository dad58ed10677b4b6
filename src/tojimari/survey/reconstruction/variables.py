"""Questions and derived variables of a questionnaire under one roof: asked, answered, counted."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from tojimari.ask.questionnaire import options_of
from tojimari.model import Answers, Given, When
from tojimari.model.conditions import holds, named
from tojimari.survey.derived import derive
from tojimari.survey.schema import Derived, Question, Questionnaire


class Key(NamedTuple):
    """A set of firms: those asked ``of``, in ``group`` of ``by``, who gave one of ``answers``.

    ``by`` "" is everybody; no answers is the whole base. ``asked``: the base is everybody who was
    asked, also where the question may be left out.
    """

    of: str
    by: str = ""
    group: str = ""
    answers: tuple[str, ...] = ()
    asked: bool = False

    def base(self) -> "Key":
        """Return the set that a share of this one is of."""
        return self._replace(answers=())


class Variables:
    """What can be counted in answers to ``questionnaire``."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        """``questionnaire`` must be free of mistakes (see read.load_questionnaire)."""
        self.order = questionnaire.in_order()
        self.questions = {question.id: question for question in self.order}
        self.derived = {derived.id: derived for derived in questionnaire.derived}
        self.place = {question.id: at for at, question in enumerate(self.order)}

    def options(self, id_: str) -> tuple[str, ...]:
        """Return the ids of the answers (groups) of a question or derived variable."""
        if id_ in self.derived:
            return tuple(group.id for group in self.derived[id_].groups)
        return tuple(option.id for option in options_of(self.questions[id_]))

    def alone(self, id_: str) -> frozenset[str]:
        """Return the answers of a several-answer question that exclude the others."""
        if id_ in self.derived:
            return frozenset()
        return frozenset(o.id for o in options_of(self.questions[id_]) if o.alone)

    def several(self, id_: str) -> bool:
        """Say whether one firm may give more than one answer."""
        if id_ in self.derived:
            return self.derived[id_].several
        return self.questions[id_].type in ("several", "upto")

    def named(self, id_: str) -> frozenset[str]:
        """Return the ids of all questions that decide who is asked ``id_`` and what they say."""
        if id_ in self.derived:
            derived = self.derived[id_]
            direct = named(derived.when).union(*(named(group.when) for group in derived.groups))
            own: frozenset[str] = frozenset()
        else:
            direct, own = named(self.questions[id_].when), frozenset({id_})
        return own.union(*(self.named(other) for other in direct))

    def latest(self, key: Key) -> int:
        """Return the place of the last question that must be answered to count ``key``."""
        return max((self.place[id_] for id_ in self.counts_on(key)), default=-1)

    def counts_on(self, key: Key) -> frozenset[str]:
        """Return the ids of the questions that decide who belongs to ``key``."""
        on = self.named(key.by) if key.by else frozenset()
        if key.answers or key.of in self.derived:
            return on | self.named(key.of)
        if not (self.questions[key.of].required or key.asked):
            return on | self.named(key.of)
        when = named(self.questions[key.of].when)
        return on.union(*(self.named(id_) for id_ in when))

    def value(self, id_: str, answers: Answers) -> Given | None:
        """Return one firm's answer to a question, or its group(s) of a derived variable."""
        if id_ in self.questions:
            return answers.get(id_)
        derived = self.derived[id_]
        needed = named(derived.when).union(*(named(group.when) for group in derived.groups))
        inner: dict[str, Given] = dict(answers)
        for other in needed & self.derived.keys():
            found = self.value(other, answers)
            if found is not None:
                inner[other] = found
        return derive(derived, inner)

    def member(self, key: Key, answers: Answers) -> bool:
        """Say whether a firm belongs to ``key``."""
        question = self.questions.get(key.of)
        if question is not None and (question.required or key.asked):
            inside = question.when is None or holds(question.when, answers)
        else:
            inside = self.value(key.of, answers) is not None
        if inside and key.by:
            inside = _chosen(self.value(key.by, answers), (key.group,))
        if inside and key.answers:
            inside = _chosen(self.value(key.of, answers), key.answers)
        return inside

    def choices(self, question: Question) -> list[Given | None]:
        """Return everything one firm can answer; None (left out) only where that is allowed."""
        options = self.options(question.id)
        found: list[Given | None] = list(options)
        if self.several(question.id):
            free = [option for option in options if option not in self.alone(question.id)]
            most = question.at_most or len(free)
            found = [c for size in range(1, most + 1) for c in combinations(free, size)]
            found += [(option,) for option in options if option in self.alone(question.id)]
        return found if question.required else [*found, None]

    def possible(self, ids: frozenset[str]) -> Iterator[dict[str, Given]]:
        """Yield every combination of answers to ``ids`` that the skip logic allows."""
        order = sorted(ids, key=self.place.__getitem__)

        def go(at: int, answers: dict[str, Given]) -> Iterator[dict[str, Given]]:
            if at == len(order):
                yield answers
                return
            question = self.questions[order[at]]
            if question.when is not None and not holds(question.when, answers):
                yield from go(at + 1, answers)
                return
            for choice in self.choices(question):
                more = answers if choice is None else {**answers, question.id: choice}
                yield from go(at + 1, more)

        yield from go(0, {})

    def apart(self, derived: Derived) -> bool:
        """Say whether no firm can be in two groups of ``derived``."""
        return all(
            sum(holds(group.when, answers) for group in derived.groups) <= 1
            for answers in self.possible(self.named(derived.id))
        )

    def bases_around(self, id_: str) -> list[tuple[str, bool]]:
        """Return questions that everybody counted in a derived variable is asked.

        With each: whether the two bases are the same. Nothing for a question itself, nor for one
        that everybody is asked.
        """
        if id_ not in self.derived:
            return []
        found: list[tuple[str, bool]] = []
        possible = list(self.possible(self.named(id_)))
        inside = [self.member(Key(id_), answers) for answers in possible]
        for other in sorted(self.named(id_), key=self.place.__getitem__):
            asked = [self.member(Key(other), answers) for answers in possible]
            if self.questions[other].when and all(
                there for there, counted in zip(asked, inside, strict=True) if counted
            ):
                found.append((other, asked == inside))
        return found

    def covers(self, by: str, of: str) -> bool:
        """Say whether everybody who is asked ``of`` has a group of ``by``."""
        key = Key(of)
        ids = self.named(by) | self.counts_on(key)
        return all(
            self.value(by, answers) is not None
            for answers in self.possible(ids)
            if self.member(key, answers)
        )


def _chosen(given: Given | None, wanted: tuple[str, ...]) -> bool:
    if given is None or isinstance(given, Mapping):
        return False
    chosen = given if isinstance(given, tuple) else (given,)
    return any(option in chosen for option in wanted)


def tests(when: When) -> tuple[When, ...]:
    """Return the parts of a combination, () for a single test."""
    return when.all or when.any or ((when.no,) if when.no else ())
