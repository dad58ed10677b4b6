"""Rows that have exactly the numbers decided before, and are otherwise drawn at random.

The questions are answered one after the other. For each, firms that the printed figures cannot
tell apart form a cell; how many of a cell give which answer is drawn from the shares that fit the
figures with the least assumption (iterative proportional fitting), mended by the solver until every
number is exact, and then dealt to the firms of the cell at random.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from tojimari.model import DONT_KNOW, Answers, Given
from tojimari.model.conditions import holds
from tojimari.survey.publication import Order, Published
from tojimari.survey.reconstruction.margins import STEP, Decided, Impossible, patient_solver
from tojimari.survey.reconstruction.variables import Key, Variables
from tojimari.survey.schema import Question

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

UNPRINTED = 0.25
"""How much rarer an answer is taken to be that the publication does not print."""
ROUNDS = 200
"""Rounds of proportional fitting; far more than it needs to settle."""
EFFORT = 1.0
"""Deterministic seconds (of CP-SAT) spent on getting nearer to the drawn numbers."""
FEWER = 0.5
"""How much rarer each further answer to a several-answer question is before fitting."""


class _Demand(msgspec.Struct):
    """Firms of ``key`` must number ``number``: exactly, at least or at most."""

    key: Key
    number: int
    kind: str


def populate(
    published: Published, decided: Decided, variables: Variables, firms: int, seed: int
) -> list[dict[str, Given]]:
    """Return the answers of ``firms`` firms: question id -> answer.

    Raises Impossible when the decided numbers cannot all be had in one set of rows.
    """
    random = np.random.default_rng([seed, 2])
    demands = _demands(decided, variables)
    rows: list[dict[str, Given]] = [{} for _ in range(firms)]
    for at, question in enumerate(variables.order):
        asked = [r for r in rows if question.when is None or holds(question.when, r)]
        rest = [r for r in rows if question.when is not None and not holds(question.when, r)]
        here = [
            # Firms that are not asked this question may belong to the set all the same.
            _Demand(d.key, d.number - sum(variables.member(d.key, r) for r in rest), d.kind)
            for d in demands
            if variables.latest(d.key) == at
        ]
        orders = [
            (order, figure.loose)
            for figure in published.rows
            if figure.id not in decided.cannot
            for order in figure.orders
            if variables.latest(Key(order.of, order.by, order.groups[0], (order.answer,))) == at
        ]
        ranks = [
            figure.rank
            for figure in published.rows
            if figure.rank and variables.latest(Key(figure.rank.of, "", "", ("",))) == at
        ]
        limits = [
            _Demand(Key(f.of, answers=(a,)), _most(f.below, f.base or firms), "most")
            for f in published.rows
            if f.each and f.below is not None and variables.place.get(f.of) == at
            for a in f.answers
        ]
        choices = variables.choices(question)
        if None in choices:
            choices.remove(None)
            asked = _answering(variables, question, asked, random, choices[0], here)
        like = next((a.like for a in published.assumed if a.of == question.id), "")
        weights = _as_in(like, choices, rows) if like else _weights(question, choices)
        block = _Block(variables, question, asked, random, choices, weights)
        block.answer([*here, *limits], orders, [(r.of, r.first, r.apart) for r in ranks])
    return rows


def _weights(question: Question, choices: list[Given | None]) -> list[float]:
    """Return how likely each choice is before the figures are fitted.

    Equally likely, but: fewer answers likelier than many, and what the publication does not print
    ("don't know", and added answers among several) rarer than what it prints. Where a figure says
    something, it overrides this.
    """
    per_size: dict[int, int] = {}
    for choice in choices:
        size = len(choice) if isinstance(choice, tuple) else 1
        per_size[size] = per_size.get(size, 0) + 1
    added = {option.id for option in question.options if option.added and not option.alone}
    weights = []
    for choice in choices:
        if isinstance(choice, tuple):
            extra = sum(option in added for option in choice)
            weights.append(FEWER ** len(choice) / per_size[len(choice)] * UNPRINTED**extra)
        else:
            weights.append(UNPRINTED if choice == DONT_KNOW else 1.0)
    return weights


def _as_in(like: str, choices: list[Given | None], rows: list[dict[str, Given]]) -> list[float]:
    """Return the shares of ``choices`` among the answers to another question."""
    given = [row[like] for row in rows if like in row]
    return [max(given.count(choice), 1) / len(given) for choice in choices if choice is not None]


def _answering(
    variables: Variables,
    question: Question,
    asked: list[dict[str, Given]],
    random: np.random.Generator,
    anything: Given | None,
    demands: list[_Demand],
) -> list[dict[str, Given]]:
    """Return the firms that answer a question which may be left out."""
    block = _Block(variables, question, asked, random, [anything, None], [1.0, 1.0])
    block.answer([demand for demand in demands if not demand.key.answers], [], [])
    answering = [row for row in asked if question.id in row]
    for row in answering:
        del row[question.id]  # what they answer is settled next
    return answering


def _most(below: float, base: int) -> int:
    """Return the largest number of ``base`` that is printed as less than ``below`` percent."""
    return max(n for n in range(base + 1) if 2000 * n < (20 * below - 1) * base)


def _demands(decided: Decided, variables: Variables) -> list[_Demand]:
    found: list[_Demand] = []
    for key, number in decided.numbers.items():
        found.append(_Demand(key, number, "exactly"))
        # Where not everybody asked counts in the base, enough must have been asked before.
        for id_ in sorted(variables.named(key.of)):
            before = Key(id_, key.by, key.group, asked=True)
            if not key.answers and key.by and variables.latest(before) < variables.latest(key):
                found.append(_Demand(before, number, "least"))
    return found


class _Block:
    """One question and the firms that are asked it."""

    def __init__(
        self,
        variables: Variables,
        question: Question,
        rows: list[dict[str, Given]],
        random: np.random.Generator,
        choices: list[Given | None],
        weights: list[float],
    ) -> None:
        self.variables = variables
        self.question = question
        self.rows = rows
        self.random = random
        self.choices = choices
        self.weights = weights

    def members(self, key: Key) -> "Flags":
        """Return which firm would belong to ``key`` with which choice: (rows, choices)."""
        on = sorted(self.variables.counts_on(key) - {self.question.id})
        cache: dict[tuple[Any, ...], list[bool]] = {}
        found = np.zeros((len(self.rows), len(self.choices)), dtype=bool)
        for at, row in enumerate(self.rows):
            mark = tuple(row.get(id_) for id_ in on)
            if mark not in cache:
                base: Answers = {id_: row[id_] for id_ in on if id_ in row}
                cache[mark] = [
                    self.variables.member(
                        key, base if choice is None else {**base, self.question.id: choice}
                    )
                    for choice in self.choices
                ]
            found[at] = cache[mark]
        return found

    def answer(
        self,
        demands: list[_Demand],
        orders: list[tuple[Order, bool]],
        ranks: list[tuple[str, tuple[str, ...], tuple[str, ...]]],
    ) -> None:
        """Give every firm an answer so that all of it holds; put it into the rows."""
        if not self.rows:
            return
        wanted = [(self.members(demand.key), demand) for demand in demands]
        ordered = [(self._steps(order), loose) for order, loose in orders]
        ranked = [self._ranks(*rank) for rank in ranks]
        every = [flags for flags, _ in wanted]
        every += [flags for steps, _ in ordered for step in steps for flags in step]
        every += [flags for steps in ranked for step in steps for flags in step]
        cells, of_row = self._cells(every)
        sizes = np.bincount(of_row, minlength=len(cells))
        first = [cells[number] for number in range(len(cells))]
        tables = {id(flags): flags[first] for flags in every}
        shares = self._shares(sizes, [(tables[id(flags)], demand) for flags, demand in wanted])
        totals = self._totals(
            sizes, shares, [(tables[id(flags)], demand) for flags, demand in wanted]
        )
        drawn = np.array(
            [
                self.random.multinomial(size, share)
                for size, share in zip(sizes, shares, strict=True)
            ]
        )
        numbers = self._mend(
            sizes,
            drawn,
            totals,
            [(tables[id(flags)], demand) for flags, demand in wanted],
            [
                ([tuple(tables[id(f)] for f in step) for step in steps], loose)
                for steps, loose in ordered
            ],
            [[tuple(tables[id(f)] for f in step) for step in steps] for steps in ranked],
        )
        for cell, counts in enumerate(numbers):
            dealt = np.repeat(np.arange(len(self.choices)), counts)
            self.random.shuffle(dealt)
            for at, choice in zip(np.flatnonzero(of_row == cell), dealt, strict=True):
                given = self.choices[choice]
                if given is not None:
                    self.rows[at][self.question.id] = given

    def _cells(self, every: list["Flags"]) -> tuple[list[int], "NDArray[np.int64]"]:
        """Return one row of each cell, and the cell of each row."""
        if not every:
            return [0], np.zeros(len(self.rows), dtype=np.int64)
        marks = np.concatenate(every, axis=1)
        _, first, of_row = np.unique(marks, axis=0, return_index=True, return_inverse=True)
        return [int(at) for at in first], of_row.reshape(-1)

    def _steps(self, order: Order) -> list[tuple["Flags", "Flags", "Flags", "Flags"]]:
        """Return pairs of neighbours: lower count, its base, higher count, its base."""
        keys = [Key(order.of, order.by, group, (order.answer,)) for group in order.groups]
        flags = [(self.members(key), self.members(key.base())) for key in keys]
        if order.falling:
            flags.reverse()
        return [(*low, *high) for low, high in pairwise(flags)]

    def _ranks(
        self, of: str, first: tuple[str, ...], apart: tuple[str, ...]
    ) -> list[tuple["Flags", "Flags"]]:
        """Return pairs: the answer that is given more often, and the one that is not."""
        last = self.members(Key(of, answers=(first[-1],)))
        return [
            (last, self.members(Key(of, answers=(option,))))
            for option in self.variables.options(of)
            if option not in (*first, *apart)
        ]

    def _shares(
        self, sizes: "NDArray[np.int64]", wanted: list[tuple["Flags", _Demand]]
    ) -> "Floats":
        """Return the share of each choice in each cell that fits the exact demands.

        Starting from the weights of the choices, every demand scales what it counts, again and again: of all tables with these numbers the one
        nearest to independence.
        """
        weight = np.array(self.weights)
        table: Floats = sizes[:, None] * weight[None, :] / weight.sum()
        exact = [(flags, demand.number) for flags, demand in wanted if demand.kind == "exactly"]
        for _ in range(ROUNDS):
            for flags, number in exact:
                now = table[flags].sum()
                if now > 0:
                    table[flags] *= number / now
            whole = table.sum(axis=1, keepdims=True)
            table *= np.divide(sizes[:, None], whole, out=np.zeros_like(whole), where=whole > 0)
        whole = table.sum(axis=1, keepdims=True)
        even = np.repeat(weight[None, :] / weight.sum(), len(sizes), axis=0)
        shares: Floats = np.divide(table, whole, out=even, where=whole > 0)
        return shares

    def _totals(
        self, sizes: "NDArray[np.int64]", shares: "Floats", wanted: list[tuple["Flags", _Demand]]
    ) -> list[int]:
        """Draw how many firms give each choice; those settled by a demand are taken over."""
        settled: dict[int, int] = {}
        for flags, demand in wanted:
            columns = np.flatnonzero(flags.any(axis=0))
            if demand.kind == "exactly" and len(columns) == 1 and flags[:, columns[0]].all():
                settled[int(columns[0])] = demand.number
        expected = (sizes[:, None] * shares).sum(axis=0)
        free = [k for k in range(len(self.choices)) if k not in settled]
        left = int(sizes.sum()) - sum(settled.values())
        part = expected[free].sum()
        if left > 0 and part > 0:
            drawn = self.random.multinomial(left, expected[free] / part)
            settled |= {k: int(n) for k, n in zip(free, drawn, strict=True)}
        return [settled.get(k, 0) for k in range(len(self.choices))]

    def _mend(
        self,
        sizes: "NDArray[np.int64]",
        drawn: "NDArray[np.int64]",
        totals: list[int],
        wanted: list[tuple["Flags", _Demand]],
        ordered: list[tuple[list[tuple["Flags", ...]], bool]],
        ranked: list[list[tuple["Flags", ...]]],
    ) -> "NDArray[np.int64]":
        """Return the numbers nearest to ``drawn`` (cells, choices) with which everything holds.

        ``totals`` keeps what must be moved from being heaped on one choice.
        """
        from ortools.sat.python import cp_model

        model = cp_model.CpModel()
        cells, choices = drawn.shape
        given = [
            [model.new_int_var(0, int(sizes[c]), f"{c}.{k}") for k in range(choices)]
            for c in range(cells)
        ]
        off = []
        for c in range(cells):
            model.add(sum(given[c]) == int(sizes[c]))
            for k in range(choices):
                over = model.new_int_var(0, int(sizes[c]), f"off{c}.{k}")
                # The cell's sum is fixed: what is too much here is too little elsewhere.
                model.add(over >= given[c][k] - int(drawn[c, k]))
                model.add_hint(given[c][k], int(drawn[c, k]))
                off.append(over)
        for k, wanted_total in enumerate(totals):
            apart = model.new_int_var(0, int(sizes.sum()), f"total{k}")
            column = cp_model.LinearExpr.sum([given[c][k] for c in range(cells)])
            model.add(apart >= column - wanted_total)
            off.append(apart)

        def total(flags: "Flags") -> Any:
            return cp_model.LinearExpr.sum([given[c][k] for c, k in np.argwhere(flags).tolist()])

        for flags, demand in wanted:
            if demand.kind == "exactly":
                model.add(total(flags) == demand.number)
            elif demand.kind == "least":
                model.add(total(flags) >= demand.number)
            else:
                model.add(total(flags) <= demand.number)
        missed = _rising(model, total, sizes, ordered)
        for steps in ranked:
            for more, less in steps:
                model.add(total(less) <= total(more))
        model.minimize(sum(off) + int(sizes.sum()) * sum(missed))
        solver = patient_solver(EFFORT, linearize=1)
        status = solver.solve(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            text = self.question.text
            raise Impossible(
                f"「{text.ja}」の答えを、公表された数字どおりに割り当てられませんでした。",
                f'The answers to "{text.en}" could not be dealt as the published figures ask.',
            )
        return np.array([[solver.value(cell) for cell in row] for row in given])


def _rising(
    model: Any,
    total: Callable[["Flags"], Any],
    sizes: "NDArray[np.int64]",
    ordered: list[tuple[list[tuple["Flags", ...]], bool]],
) -> list[Any]:
    """Demand that shares rise from group to group; return what is 1 where a loose order fails."""
    missed = []
    for steps, loose in ordered:
        for low, low_base, high, high_base in steps:
            # Who is in the group was settled before: the bases are numbers by now.
            small, large = _fixed(low_base, sizes), _fixed(high_base, sizes)
            if not small or not large:
                continue
            rising = STEP * (total(high) * small - total(low) * large) >= small * large
            if loose:
                held = model.new_bool_var("held")
                model.add(rising).only_enforce_if(held)
                missed.append(held.negated())
            else:
                model.add(rising)
    return missed


def _fixed(flags: "Flags", sizes: "NDArray[np.int64]") -> int:
    """Return the number of firms in a base that does not hang on the answer."""
    return int(sizes[flags.all(axis=1)].sum())
