"""An outsider who works out suppressed counts: every published sum at once, by constraint solving."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from ortools.sat.python import cp_model

from tojimari.model import When
from tojimari.survey.schema import Questionnaire
from tojimari.survey.tables import Column, Table, Tabulation

Key = tuple[str, str, str, str, str]
"""Question, row, break, group, answer ("" for the base)."""
NO_GROUP = "-"
"""The group of those who are in none: no table prints it, but sums tell its base."""


def told(
    published: Tabulation, everything: Tabulation, questionnaire: Questionnaire, at_least: int
) -> list[tuple[Key, int]]:
    """Return every small count that is suppressed and follows from what is published.

    everything: the same tables with nothing suppressed. The outsider knows that zeros are printed,
    reads "small" and "complementary", and knows which questions and groups belong together.
    """
    return _Attack(published, everything, questionnaire, at_least).told()


def _cells(table: Table, column: Column) -> Iterator[tuple[str, int | None, str]]:
    yield "", column.base, "" if column.base is not None else "base"
    for cell in column.cells:
        yield cell.answer, cell.n, cell.kept_back


def _withheld(published: Tabulation) -> set[tuple[str, str, str]]:
    return {
        (table.question, table.row, table.by)
        for table in published.tables
        if table.by and all(cell.kept_back for c in table.columns for cell in c.cells)
    }


class _Attack:
    def __init__(self, published, everything, questionnaire, at_least) -> None:
        self.published, self.questionnaire, self.at_least = published, questionnaire, at_least
        self.truth = {
            key: n for t in everything.tables for c in t.columns for key, n, _ in self._keys(t, c)
        }
        # Tables that are kept back whole, zeros too: they came after others.
        self.withheld = _withheld(published)
        self.model = cp_model.CpModel()
        self.known: dict[Key, int] = {}
        self.hidden: dict[Key, cp_model.IntVar] = {}
        for table in published.tables:
            for column in table.columns:
                for key, n, mark in self._keys(table, column):
                    self._variable(key, n, mark)
        self.single = {(t.question, t.row) for t in published.tables if t.kind == "single"}
        for table in published.tables:
            self._sums(table)
        self._turned()
        self._bases()
        self._derived()

    def _keys(self, table: Table, column: Column):
        for answer, n, mark in _cells(table, column):
            # A total is the same in every table of its question.
            by = table.by if column.group else ""
            yield (table.question, table.row, by, column.group, answer), n, mark

    def _variable(self, key: Key, n: int | None, mark: str) -> None:
        if n is not None:
            self.known[key] = n
            return
        true = self.truth[key]
        high = self.at_least - 1 if mark == "small" else max(50, 3 * true)
        low = 0 if key[:3] in self.withheld else 1
        if key not in self.hidden:
            self.hidden[key] = self.model.new_int_var(low, high, str(key))
        else:
            self.model.add(self.hidden[key] <= high)
            self.model.add(self.hidden[key] >= low)

    def _value(self, key: Key):
        # What is printed in one table is known in all.
        return self.known[key] if key in self.known else self.hidden[key]

    def _same(self, one: Key, other: Key) -> None:
        if all(key in self.known or key in self.hidden for key in (one, other)):
            self._equal(self._value(one), self._value(other))

    def _equal(self, left, right) -> None:
        if isinstance(left, int) and isinstance(right, int):
            assert left == right
        else:
            self.model.add(left == right)

    def _sums(self, table: Table) -> None:
        answers = ["", *(cell.answer for cell in table.columns[0].cells)]
        groups = [column.group for column in table.columns if column.group]
        for group in ["", *groups] if table.kind == "single" else ():
            by = table.by if group else ""
            parts = [self._value((table.question, table.row, by, group, a)) for a in answers]
            self._equal(sum(parts[1:]), parts[0])
        somebody = False
        rests: list[Key] = []
        for answer in answers if groups else ():
            total = (table.question, table.row, "", "", answer)
            parts = [(table.question, table.row, table.by, g, answer) for g in groups]
            left = self.truth[total] - sum(self.truth[p] for p in parts)
            # Whether anybody is in no group shows at the bases; how they answered does not.
            somebody = bool(left) if not answer else somebody
            if somebody:
                rests.append((table.question, table.row, table.by, NO_GROUP, answer))
                self.truth[rests[-1]] = left
                if rests[-1] not in self.hidden:
                    self.hidden[rests[-1]] = self.model.new_int_var(0, max(50, 3 * left), "")
                parts = [*parts, rests[-1]]
            self._equal(sum(self._value(p) for p in parts), self._value(total))
        if rests and table.kind == "single":
            self._equal(sum(self._value(r) for r in rests[1:]), self._value(rests[0]))
        if table.kind == "several":
            for group in ["", *groups, *([NO_GROUP] if rests else [])]:
                by = table.by if group else ""
                base = self._value((table.question, table.row, by, group, ""))
                for answer in answers[1:]:
                    value = self._value((table.question, table.row, by, group, answer))
                    if not (isinstance(value, int) and isinstance(base, int)):
                        self.model.add(value <= base)

    def _turned(self) -> None:
        for question, row, by, group, answer in list(self.truth):
            if by and answer:
                by_question, _, by_row = by.partition(".")
                key = f"{question}.{row}" if row else question
                self._same(
                    (question, row, by, group, answer), (by_question, by_row, key, answer, group)
                )
            if by and not answer:
                # Of what everybody was asked and answered, bases are the totals of the break.
                by_question, _, by_row = by.partition(".")
                same = (by_question, by_row, "", "", group)
                groups = [k[4] for k in self.truth if k[:4] == same[:4] and k[4]]
                if all(
                    self.truth[question, row, by, g, ""] == self.truth[*same[:4], g] for g in groups
                ):
                    self._same((question, row, by, group, answer), same)

    def _bases(self) -> None:
        """Whoever was asked gave one of some answers before; nobody else has a base."""
        for question in self.questionnaire.questions:
            if question.when is not None:
                rows = {key[1] for key in self.truth if key[0] == question.id}
                for row in rows:
                    self._unions(question.when, (question.id, row, ""))

    def _derived(self) -> None:
        for derived in self.questionnaire.derived:
            for group in derived.groups:
                self._unions(group.when, (derived.id, "", group.id))

    def _unions(self, when: When, of: tuple[str, str, str]) -> None:
        if when.one_of is None or (when.question, when.row) not in self.single:
            return
        for by in {k[2] for k in self.truth}:
            keys = [k for k in self.truth if (k[0], k[1], k[4]) == of and k[2] == by]
            parts = [
                [(when.question, when.row, *key[2:4], answer) for answer in when.one_of]
                for key in keys
            ]
            if not all(key in self.truth for part in parts for key in part):
                continue
            sums = [sum(self.truth[p] for p in part) for part in parts]
            # Answers that are missing are noted under a table where they are not few.
            exact = sums == [self.truth[key] for key in keys]
            for key, part in zip(keys, parts, strict=True):
                whole, value = sum(self._value(p) for p in part), self._value(key)
                if exact:
                    self._equal(whole, value)
                elif not (isinstance(whole, int) and isinstance(value, int)):
                    self.model.add(value <= whole)

    def _did_not_answer(self, key: Key) -> bool:
        """How many did not answer is no secret, nor how many of a group whose base is printed."""
        question, row, by, group, answer = key
        if group != NO_GROUP:
            return False
        by_question, _, by_row = by.partition(".")
        turned = (by_question, by_row, f"{question}.{row}" if row else question, answer, "")
        return not answer or turned in self.known

    def told(self) -> list[tuple[Key, int]]:
        small = [
            k
            for k in self.hidden
            if k not in self.known
            and 0 < self.truth[k] < self.at_least
            and not self._did_not_answer(k)
        ]
        found = [(k, self.truth[k]) for k in self.truth if k in self.known and k in self.hidden]
        found = [(k, n) for k, n in found if 0 < n < self.at_least]
        differs = {}
        for key in small:
            flag = self.model.new_bool_var("")
            self.model.add(self.hidden[key] != self.truth[key]).only_enforce_if(flag)
            differs[key] = flag
        for key, variable in self.hidden.items():
            self.model.add_hint(variable, self.truth[key])
        for key in small:
            self.model.add_hint(differs[key], 0)
        left = list(small)
        while left:
            self.model.maximize(sum(differs[key] for key in left))
            solver = cp_model.CpSolver()
            solver.parameters.num_workers = 2
            solver.parameters.max_time_in_seconds = 60
            solver.parameters.random_seed = 1
            state = solver.solve(self.model)
            assert state in (cp_model.OPTIMAL, cp_model.FEASIBLE), solver.status_name(state)
            still = [key for key in left if solver.value(self.hidden[key]) == self.truth[key]]
            if len(still) == len(left):
                break
            left = still
        return found + [(key, self.truth[key]) for key in left]


def told_by_three(
    published: Tabulation,
    everything: Tabulation,
    answers: dict[str, list[str]],
    at_least: int,
) -> list[tuple[Key, int]]:
    """Return every small count that follows from the tables of three questions taken together.

    answers: the three questions, each a break of the other two, with their answers. The outsider
    knows that every respondent is in one cell of the cube of the three, which holds whole numbers:
    that says more than the sums of each table.
    """
    model = cp_model.CpModel()
    names = list(answers)
    most = max(c.base or 0 for t in everything.tables for c in t.columns)
    cube = {
        key: model.new_int_var(0, most, str(key))
        for key in itertools.product(*([*ids, None] for ids in answers.values()))
    }

    def margin(fixed):
        places = [(names.index(name), answer) for name, answer in fixed.items()]
        return sum(n for key, n in cube.items() if all(key[at] == a for at, a in places))

    truth = {
        (t.question, t.row, t.by if c.group else "", c.group, cell.answer): cell.n or 0
        for t in everything.tables
        for c in t.columns
        for cell in c.cells
    }
    hidden, withheld = {}, _withheld(published)
    for table in published.tables:
        printed_zeros = (table.question, table.row, table.by) not in withheld
        for column in table.columns:
            group = {table.by: column.group} if column.group else {}
            if column.base is not None:
                answered = [margin(group | {table.question: a}) for a in answers[table.question]]
                model.add(sum(answered) == column.base)
            for cell in column.cells:
                by = table.by if column.group else ""
                count = margin(group | {table.question: cell.answer})
                if cell.n is not None:
                    model.add(count == cell.n)
                    continue
                if printed_zeros or not by:
                    model.add(count >= 1)
                if cell.kept_back == "small":
                    model.add(count < at_least)
                hidden[table.question, table.row, by, column.group, cell.answer] = count
    found = []
    for key, count in hidden.items():
        if 0 < truth[key] < at_least:
            other = model.clone()
            lower = other.new_bool_var("")
            other.add(count < truth[key]).only_enforce_if(lower)
            other.add(count > truth[key]).only_enforce_if(~lower)
            if _solved(other) == cp_model.INFEASIBLE:
                found.append((key, truth[key]))
    assert _solved(model) != cp_model.INFEASIBLE
    return found


def _solved(model: cp_model.CpModel):
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = 60
    solver.parameters.random_seed = 1
    state = solver.solve(model)
    assert state != cp_model.UNKNOWN
    return state


SCALE = 1000
"""Weights are whole numbers of thousandths to the solver."""


def told_by_weights(
    published: Tabulation,
    everything: Tabulation,
    weights: dict[str, float],
    steps: Sequence[float] | npt.NDArray[np.float64],
    by: str,
    other: str,
) -> list[tuple[str, str, int]]:
    """Return (answer, group, count) of small counts of ``q`` by ``by`` that follow from weights.

    weights: of everybody in a group of ``by``, known to the outsider, who tries every way to spread
    the answers over both breaks at once that fits each printed count, weighted sum and share.
    steps: of each answer's printed sums; known as well.
    """
    model = cp_model.CpModel()
    at = {(t.question, t.by): t for t in published.tables}
    true = {(t.question, t.by): t for t in everything.tables}
    answers = [cell.answer for cell in at["q", ""].columns[0].cells]
    others = [column.group for column in at["q", other].columns if column.group]
    most = everything.respondents
    n = {
        (a, g, o): model.new_int_var(0, most, f"{a}{g}{o}")
        for a in answers
        for g in weights
        for o in others
    }
    for key in (("q", ""), ("q", by), ("q", other)):
        for column in at[key].columns:
            for cell in column.cells:
                inside = [
                    place
                    for place in n
                    if place[0] == cell.answer
                    and column.group in ("", place[1] if key[1] == by else place[2])
                ]
                count = sum(n[place] for place in inside)
                if cell.n is not None:
                    model.add(count == cell.n)
                    sum_ = sum(round(weights[p[1]] * SCALE) * n[p] for p in inside)
                    step = steps[answers.index(cell.answer)]
                    printed = cell.weighted or 0.0
                    # Below half a step nothing is printed.
                    model.add(sum_ >= round((printed - step / 2) * SCALE) - 1)
                    model.add(sum_ <= round((printed + step / 2) * SCALE) + 1)
                else:
                    model.add(count >= 1)
                    if cell.kept_back == "small":
                        model.add(count <= 2)
            if column.base is not None:
                inside = [p for p in n if column.group in ("", p[1] if key[1] == by else p[2])]
                model.add(sum(n[place] for place in inside) == column.base)
    assert cp_model.CpSolver().solve(model) != cp_model.INFEASIBLE
    found = []
    for column, real in zip(at["q", by].columns, true["q", by].columns, strict=True):
        for cell, exact in zip(column.cells, real.cells, strict=True):
            if cell.n is None and exact.n in (1, 2):
                count = sum(n[p] for p in n if p[:2] == (cell.answer, column.group))
                tried = model.clone()
                tried.add(count != exact.n)
                solver = cp_model.CpSolver()
                solver.parameters.num_workers = 2
                if solver.solve(tried) == cp_model.INFEASIBLE:
                    found.append((cell.answer, column.group, exact.n))
    return found
