"""Numbers of firms that agree with the printed figures, and the figures that cannot agree.

Every set of firms that a printed figure is about becomes an integer variable; skip logic and
partitions tie them together; each printed figure is a condition that can be switched off.
Shares are compared as integers, so that rounding half up is exact.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from tojimari.model import TojimariError, When
from tojimari.survey.publication import Figure, Order, Published
from tojimari.survey.reconstruction.variables import Key, Variables, tests
from tojimari.survey.schema import Derived, Question

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

Linear = Any
"""A number, a variable or a sum of them. The solver's own stubs add numpy scalars to the union."""
STEP = 1000
"""Two shares differ when they differ by at least 1/STEP: visibly at one decimal."""
EFFORT = 5.0
"""Deterministic seconds (of CP-SAT, not of a clock) for one question to the solver."""
INSIDE_BOUND = 50
"""A share known only by a bound is drawn within this many tenths of a point inside of it."""


class Impossible(TojimariError):
    """The solver found nothing, or not in time."""


class Decided(msgspec.Struct, frozen=True):
    """What was decided before any row is made.

    Attributes:
        numbers: firms in every set that a printed figure needs.
        cannot: id of a figure that cannot hold -> ids of figures it cannot hold together with
            (all of them are needed for the contradiction).
    """

    numbers: dict[Key, int]
    cannot: dict[str, tuple[str, ...]]


def patient_solver(effort: float, linearize: int, presolve: bool = True) -> "cp_model.CpSolver":
    """Return a solver that gives the same answer every time.

    One worker, and a limit (``effort``) in the solver's own deterministic seconds, not a clock's.
    ``linearize``: its linearization level, 0 where products of two unknowns dominate.
    ``presolve``: false for many small questions to one model, where it costs more than it saves.
    """
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = effort
    solver.parameters.linearization_level = linearize
    solver.parameters.cp_model_presolve = presolve
    return solver


def keys_of(figure: Figure) -> list[Key]:
    """Return the sets that a figure counts; one, except for ``each``."""
    if figure.each:
        return [Key(figure.of, figure.by, figure.group, (answer,)) for answer in figure.answers]
    return [Key(figure.of, figure.by, figure.group, figure.answers)] if figure.of else []


class _Model:
    def __init__(self, variables: Variables, firms: int) -> None:
        from ortools.sat.python import cp_model

        self.variables = variables
        self.firms = firms
        self.cp = cp_model
        self.model = cp_model.CpModel()
        self.sets: dict[Key, Linear] = {}
        self.on: dict[str, cp_model.IntVar] = {}

    def _new(self, name: str) -> "cp_model.IntVar":
        return self.model.new_int_var(0, self.firms, name)

    def number(self, key: Key) -> Linear:
        """Return the number of firms in ``key``, tied to everything it is part of."""
        if len(key.answers) > 1 and not self.variables.several(key.of):
            return sum(self.number(key._replace(answers=(answer,))) for answer in key.answers)
        if key not in self.sets:
            if key.by:
                self._crossed(key)
            elif key.of in self.variables.derived:
                self._derived(self.variables.derived[key.of])
            else:
                self._question(self.variables.questions[key.of])
        return self.sets[key]

    def _question(self, question: Question) -> None:
        base = self.firms if question.when is None else self.count(question.when)
        if not question.required:
            answered = self._new(question.id)
            self.model.add(answered <= base)
            base = answered
        self.sets[Key(question.id)] = base
        self._answers(Key(question.id), self.variables.options(question.id))

    def _answers(self, base: Key, options: Iterable[str]) -> None:
        """Tie the answers of one base to it."""
        parts = []
        alone = self.variables.alone(base.of)
        for option in options:
            key = base._replace(answers=(option,))
            self.sets[key] = self._new(str(key))
            parts.append(self.sets[key])
        if not self.variables.several(base.of):
            self.model.add(sum(parts) == self.sets[base])
            return
        by_itself = sum(self.sets[base._replace(answers=(option,))] for option in sorted(alone))
        for option in options:
            if option not in alone:
                self.model.add(
                    self.sets[base._replace(answers=(option,))] + by_itself <= self.sets[base]
                )
        self.model.add(sum(parts) >= self.sets[base])

    def _derived(self, derived: Derived) -> None:
        base = self._new(derived.id)
        self.sets[Key(derived.id)] = base
        apart = self.variables.apart(derived)
        before: list[cp_model.IntVar] = []
        for group in derived.groups:
            number = self._new(f"{derived.id}={group.id}")
            self.sets[Key(derived.id, answers=(group.id,))] = number
            whole = self.count(group.when)
            if apart or derived.several:
                self.model.add(number == whole)
            else:  # the first group that holds is taken
                self.model.add(number <= whole)
                self.model.add(sum(before) + number >= whole)
            before.append(number)
            self.model.add(number <= base)
        for other, same in self.variables.bases_around(derived.id):
            around = self.number(Key(other))
            self.model.add(base == around if same else base <= around)
        if derived.several:
            self.model.add(base <= sum(before))
        else:
            self.model.add(base == sum(before))

    def count(self, when: When) -> Linear:
        """Return the number of firms for whom ``when`` holds, as tightly as single sets tell."""
        if when.no is not None:
            return self.firms - self.count(when.no)
        parts = [self.count(part) for part in tests(when)]
        if parts:
            both = self._new(f"when{len(self.model.proto.variables)}")
            for part in parts:
                self.model.add(both <= part if when.all else both >= part)
            if when.all:
                self.model.add(both >= sum(parts) - (len(parts) - 1) * self.firms)
            else:
                self.model.add(both <= sum(parts))
            return both
        base = Key(when.question)
        everybody = self.number(base)
        if when.answered is not None:
            return everybody if when.answered else self.firms - everybody
        chosen = frozenset(when.one_of if when.one_of is not None else when.none_of or ())
        holding = self._any_of(when.question, chosen)
        return holding if when.one_of is not None else everybody - holding

    def _any_of(self, question: str, chosen: frozenset[str]) -> Linear:
        options = self.variables.options(question)
        single = [self.number(Key(question, answers=(o,))) for o in options if o in chosen]
        if not self.variables.several(question) or len(single) == 1:
            return sum(single)
        rest = frozenset(options) - chosen
        if rest <= self.variables.alone(question):
            # Whoever was asked chose one of these, or one of the rest alone.
            others = sum(self.number(Key(question, answers=(o,))) for o in sorted(rest))
            return self.number(Key(question)) - others
        union = self._new(f"any{len(self.model.proto.variables)}")
        for part in single:
            self.model.add(union >= part)
        self.model.add(union <= sum(single))
        self.model.add(union <= self.number(Key(question)))
        return union

    def _crossed(self, key: Key) -> None:
        """Make every group of ``key.by`` for ``key.of`` and tie them to the whole."""
        of, by = key.of, key.by
        groups = self.variables.options(by)
        options = self.variables.options(of)
        covered = self.variables.covers(by, of)
        for group in groups:
            base = Key(of, by, group)
            self.sets[base] = self._new(str(base))
            all_in = self.number(Key(by, answers=(group,)))
            self.model.add(self.sets[base] <= all_in)
            self.model.add(self.sets[base] >= all_in + self.number(Key(of)) - self.firms)
            if self._within(by, group, of):
                self.model.add(self.sets[base] == all_in)
            asked = self._asked_among(of, by, group)
            if asked is not None:
                self.model.add(self.sets[base] == asked)
            for other, same in self.variables.bases_around(of):
                whole = self.number(Key(other, by, group))
                self.model.add(self.sets[base] == whole if same else self.sets[base] <= whole)
            self._answers(base, options)
        for answers in ((), *((option,) for option in options)):
            parts = sum(self.sets[Key(of, by, group, answers)] for group in groups)
            whole = self.number(Key(of, answers=answers))
            self.model.add(parts == whole if covered else parts <= whole)

    def _asked_among(self, of: str, by: str, group: str) -> Linear:
        """Return who of ``group`` is asked ``of`` where one answer to one question decides it."""
        question = self.variables.questions.get(of)
        when = question.when if question is not None and question.required else None
        if when is None or not when.question or when.one_of is None:
            return None
        if self.variables.several(when.question) or when.question in self.variables.named(by):
            return None
        return self.number(Key(when.question, by, group, when.one_of))

    def _within(self, by: str, group: str, of: str) -> bool:
        """Say whether everybody in ``group`` is asked ``of``."""
        ids = self.variables.named(by) | self.variables.counts_on(Key(of))
        inside = Key(by, answers=(group,))
        return all(
            self.variables.member(Key(of), answers)
            for answers in self.variables.possible(ids)
            if self.variables.member(inside, answers)
        )

    def state(self, figure: Figure, crossed: frozenset[tuple[str, str]]) -> None:
        """Add one printed figure, in force while its switch is on."""
        switch = self.model.new_bool_var(figure.id)
        self.on[figure.id] = switch
        for key in keys_of(figure):
            base = self.number(key.base())
            count = self.number(key)
            twice, printed, scale = 2 * count, figure.printed(), 2 * figure.scale()
            conditions = []
            if figure.base is not None:
                conditions.append(base == figure.base)
            if figure.base_within is not None:
                conditions.append(base >= figure.base_within[0])
                conditions.append(base <= figure.base_within[1])
            if figure.count is not None:
                conditions.append(count == figure.count)
            if figure.percent is not None:
                conditions.append(figure.scale() * twice >= (2 * printed - 1) * base)
                conditions.append(figure.scale() * twice + 1 <= (2 * printed + 1) * base)
            if figure.below is not None:
                conditions.append(scale * count + 1 <= round(20 * figure.below - 1) * base)
            if figure.above is not None:
                conditions.append(scale * count >= round(20 * figure.above + 1) * base)
            for condition in conditions:
                if not isinstance(condition, bool):  # a fixed base needs no condition
                    self.model.add(condition).only_enforce_if(switch)
                elif not condition:
                    self.model.add(switch == 0)
        if figure.rank:
            self._rank(figure, switch)
        for order in figure.orders:
            if (order.of, order.by) in crossed:
                self._order(order, switch)

    def _rank(self, figure: Figure, switch: "cp_model.IntVar") -> None:
        assert figure.rank is not None  # noqa: S101  # for the type checker
        of, first = figure.rank.of, figure.rank.first
        numbers = [self.number(Key(of, answers=(answer,))) for answer in first]
        for more, less in pairwise(numbers):
            self.model.add(more >= less + 1).only_enforce_if(switch)
        for option in self.variables.options(of):
            if option not in (*first, *figure.rank.apart):
                other = self.number(Key(of, answers=(option,)))
                self.model.add(other <= numbers[-1]).only_enforce_if(switch)

    def _order(self, order: Order, switch: "cp_model.IntVar") -> None:
        keys = [Key(order.of, order.by, group, (order.answer,)) for group in order.groups]
        for low, high in pairwise(keys):
            if order.falling:
                low, high = high, low
            square = self.firms**2
            rising = self.model.new_int_var(0, square, f"{high}*{low.base()}")
            flat = self.model.new_int_var(0, square, f"{low}*{high.base()}")
            bases = self.model.new_int_var(0, square, f"{low.base()}*{high.base()}")
            low_base, high_base = self.number(low.base()), self.number(high.base())
            self.model.add_multiplication_equality(rising, [self.number(high), low_base])
            self.model.add_multiplication_equality(flat, [self.number(low), high_base])
            self.model.add_multiplication_equality(bases, [low_base, high_base])
            self.model.add(STEP * rising >= STEP * flat + bases).only_enforce_if(switch)
            self.model.add(bases >= 1).only_enforce_if(switch)

    def solve(self, presolve: bool) -> "cp_model.CpSolver | None":
        """Solve what stands now; None when nothing fits. The same every time."""
        solver = patient_solver(EFFORT, linearize=0, presolve=presolve)
        self.status = solver.solve(self.model)
        return solver if self.status in (self.cp.OPTIMAL, self.cp.FEASIBLE) else None


def decide(published: Published, variables: Variables, firms: int, seed: int) -> Decided:
    """Decide the number of firms in every set that a printed figure needs.

    As many figures as possible hold together; where they leave a number open it is drawn evenly
    from what they allow (``seed``). Raises Impossible.
    """
    model = _Model(variables, firms)
    crossed = frozenset((f.of, f.by) for f in published.rows if f.by)
    for figure in published.rows:
        model.state(figure, crossed)
    model.model.maximize(sum(model.on.values()))
    solver = model.solve(presolve=True)
    if solver is None or model.status != model.cp.OPTIMAL:
        raise Impossible(
            "公表された数字をどう組み合わせても、数が決まりません。公表値のファイルを確かめてください。",
            "No numbers fit the published figures. Check the file of published figures.",
        )
    off = [id_ for id_, switch in model.on.items() if not solver.value(switch)]
    model.model.clear_objective()  # type: ignore[no-untyped-call]
    of = {figure.id: figure.of for figure in published.rows}
    cannot = {id_: _conflict(model, id_, off, of) for id_ in off}
    for id_, switch in model.on.items():
        model.model.add(switch == (id_ not in off))
    # A figure that holds on another base than the printed one is stated there instead.
    kept = [f for f in published.rows if f.id not in off]
    for figure in published.rows:
        if figure.id in off and figure.instead:
            moved = msgspec.structs.replace(figure, of=figure.instead, id=f"{figure.id}*")
            model.state(moved, crossed)
            model.model.add(model.on[moved.id] == 1)
            kept.append(moved)
    return Decided(_draw(model, kept, variables, seed), cannot)


def _conflict(model: _Model, wrong: str, off: list[str], of: dict[str, str]) -> tuple[str, ...]:
    """Return a smallest set of figures that ``wrong`` cannot hold together with.

    Smallest: without any one of them the rest would hold.
    """
    base = model.model.clone()
    everything = [id_ for id_ in model.on if id_ not in off]
    # What is said about the same question explains most; look there first.
    near = [id_ for id_ in everything if of[id_] == of[wrong]]
    suspects = _infeasible(model, base, wrong, near)
    if suspects is None:
        suspects = _infeasible(model, base, wrong, everything) or everything
    at = 0
    while at < len(suspects):
        fewer = suspects[:at] + suspects[at + 1 :]
        core = _infeasible(model, base, wrong, fewer)
        if core is None:
            at += 1
        else:
            suspects = [id_ for id_ in fewer if id_ in core]
            at = min(at, len(suspects))
    return tuple(suspects)


def _infeasible(
    model: _Model, base: "cp_model.CpModel", wrong: str, ids: list[str]
) -> list[str] | None:
    """Return figures among ``ids`` that contradict ``wrong``, None when all of them can hold."""
    trial = base.clone()
    assumed = {trial.get_bool_var_from_proto_index(model.on[id_].index): id_ for id_ in ids}
    trial.add(trial.get_bool_var_from_proto_index(model.on[wrong].index) == 1)
    trial.add_assumptions(list(assumed))
    solver = patient_solver(EFFORT, linearize=0)
    if solver.solve(trial) != model.cp.INFEASIBLE:
        return None
    guilty = set(solver.sufficient_assumptions_for_infeasibility())
    return [id_ for literal, id_ in assumed.items() if literal.index in guilty]


def _draw(model: _Model, kept: list[Figure], variables: Variables, seed: int) -> dict[Key, int]:
    """Fix every number the figures need, one after the other: first bases, then answers."""
    random = np.random.default_rng(seed)
    stated = [(figure, key) for figure in kept for key in keys_of(figure) if not figure.each]
    bases = dict.fromkeys(key.base() for _, key in stated)
    groups = dict.fromkeys(Key(key.by, answers=(key.group,)) for key in bases if key.by)
    answers = dict.fromkeys(key for _, key in stated if key.answers)
    numbers: dict[Key, int] = {}
    for figure, key in stated:
        if figure.base is not None:
            numbers[key.base()] = figure.base
        if figure.count is not None:
            numbers[key] = figure.count
    for key, given in numbers.items():
        if not isinstance(model.number(key), int):
            model.model.add(model.number(key) == given)
    for key in [*groups, *bases, *answers]:
        if key in numbers:
            continue
        number = model.number(key)
        if isinstance(number, int):
            numbers[key] = number
            continue
        about = [figure for figure, other in stated if other == key]
        numbers[key] = _one(model, key, about, numbers, variables, random)
        model.model.add(number == numbers[key])
    return numbers


def _one(
    model: _Model,
    key: Key,
    about: list[Figure],
    numbers: dict[Key, int],
    variables: Variables,
    random: "np.random.Generator",
) -> int:
    """Return a number for ``key``: the only one that fits, or one drawn from those that do."""
    number = model.number(key)
    base = numbers.get(key.base())
    if key.answers and base is not None and about:
        fitting = [n for n in range(base + 1) if all(f.fits(n, base) for f in about)]
        if len(fitting) == 1:
            return fitting[0]
    low, high = (_extreme(model, number, largest) for largest in (False, True))
    if any(figure.below is not None for figure in about):
        low = max(low, high - high * INSIDE_BOUND // 1000)
    if low == high:
        return low
    if not key.answers and any(
        not variables.questions[id_].required for id_ in variables.named(key.of)
    ):
        return high  # as few left the question out as the figures allow
    # Around the middle of what is possible: an extreme would make other numbers extreme too.
    return _nearest(model, number, round(low + (high - low) * random.beta(5, 5)))


def _extreme(model: _Model, number: Linear, largest: bool) -> int:
    if largest:
        model.model.maximize(number)
    else:
        model.model.minimize(number)
    solver = model.solve(presolve=False)
    model.model.clear_objective()  # type: ignore[no-untyped-call]
    return _value(solver, number)


def _nearest(model: _Model, number: Linear, wanted: int) -> int:
    off = model.model.new_int_var(0, model.firms, "off")
    model.model.add(off >= number - wanted)
    model.model.add(off >= wanted - number)
    model.model.minimize(off)
    solver = model.solve(presolve=False)
    model.model.clear_objective()  # type: ignore[no-untyped-call]
    return _value(solver, number)


def _value(solver: "cp_model.CpSolver | None", number: Linear) -> int:
    if solver is None:
        raise Impossible(
            "計算が決められた手間の中で終わりませんでした。この版の不具合です。お知らせください。",
            "The solver did not finish within its effort. This is a fault of this version; "
            "please report it.",
        )
    return int(solver.value(number))
