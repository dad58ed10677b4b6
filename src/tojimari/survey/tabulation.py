"""From responses to tables: counts, shares with their uncertainty, tests, what is suppressed."""

from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec
import numpy as np

from tojimari.catalog import load_catalog
from tojimari.model import Text
from tojimari.survey.bound_cells import bound_cells, tell_turned
from tojimari.survey.coding import Variable
from tojimari.survey.counts import Array, Counts
from tojimari.survey.estimates import Estimate, Units, holm, mean, shares, units_of
from tojimari.survey.independence import Independence, independence
from tojimari.survey.plan import Plan, make_plan
from tojimari.survey.precision import coarse_shares, coarse_sums, exchange, steps
from tojimari.survey.scan import Progress, count_file, open_parquet, sample_of
from tojimari.survey.schema import Questionnaire
from tojimari.survey.suppression import Grid, Mask, hide_together
from tojimari.survey.tables import SIGNIFICANT, TOTAL, Cell, Column, Table, Tabulation, Test
from tojimari.survey.violations import BadResponses

ORIGIN_KEY = b"tojimari.origin"
ORIGINS = ("responses", "reconstruction", "synthetic")


class Rules(msgspec.Struct, frozen=True):
    """What is shown.

    Attributes:
        at_least: counts from 1 up to below this are suppressed; 0 suppresses nothing.
        few_below: a base below this carries the mark "for orientation only".
    """

    at_least: int = 3
    few_below: int = 30


def tabulate(
    data: Path,
    questionnaire: Questionnaire,
    *,
    by: Sequence[str],
    published: Sequence[Sequence[str]] = (),
    rules: Rules | None = None,
    progress: Progress | None = None,
) -> Tabulation:
    """Return every variable in total and by every break of ``by``.

    data: a Parquet file in the layout of ``schema``. published: the breaks of each tabulation of
    the same responses that is out already, in that order: what they print beside this one tells no
    small count either. Raises BadResponses.
    """
    file = open_parquet(data)
    origin = (file.schema_arrow.metadata or {}).get(ORIGIN_KEY, b"responses").decode()
    if origin not in ORIGINS:
        raise BadResponses(
            f"{data}: 由来「{origin}」が分かりません。", f"{data}: unknown origin {origin!r}."
        )
    sample = sample_of(data)
    if not sample.respondents:
        raise BadResponses(f"{data}: 回答が一件もありません。", f"{data}: holds no response.")
    plan = make_plan(questionnaire, _in_all(by, published), sample)
    counts = count_file(data, plan, progress=progress)
    rules = rules or Rules()
    if origin != "responses":
        # Behind made-up rows there is nobody to protect.
        rules = msgspec.structs.replace(rules, at_least=0)
    return tables_of(plan, counts, origin=origin, rules=rules, by=by, published=published)


def _in_all(by: Sequence[str], published: Sequence[Sequence[str]]) -> list[str]:
    return list(dict.fromkeys([*by, *(key for earlier in published for key in earlier)]))


def tabulate_elsewhere(
    engine: str,
    data: str,
    questionnaire: Questionnaire,
    *,
    by: Sequence[str],
    published: Sequence[Sequence[str]] = (),
    rules: Rules | None = None,
) -> Tabulation:
    """Tabulate where the data are: ``spark`` (a Parquet path), or a URL that Ibis connects to.

    data: for Spark a path it can read, else the name of a table. Raises BadResponses.
    """
    from tojimari.survey import engines

    if engine == "spark":
        session = engines.spark()
        frame = engines.spark_frame(session, data)
        sample = engines.sample_of_spark(frame)
        plan = make_plan(questionnaire, _in_all(by, published), sample)
        counts = engines.count_spark(frame, plan)
    else:
        table = engines.table_at(engine, data)
        plan = make_plan(questionnaire, _in_all(by, published), engines.sample_of_table(table))
        counts = engines.count_table(table, plan)
    rules = rules or Rules()
    return tables_of(plan, counts, origin="responses", rules=rules, by=by, published=published)


def tables_of(
    plan: Plan,
    counts: Counts,
    *,
    origin: str,
    rules: Rules,
    by: Sequence[str],
    published: Sequence[Sequence[str]] = (),
) -> Tabulation:
    """Return the tables of what was counted; ``by`` and ``published`` as ``tabulate`` has them.

    Raises BadResponses for fewer responses than a cell must hold: their number is published, so
    whatever is suppressed would follow from it.
    """
    if plan.sample.respondents < rules.at_least:
        raise BadResponses(
            f"回答が{plan.sample.respondents}件では、誰の答えか分かってしまいます。"
            f"{rules.at_least}件以上で集計してください (--no-suppression で、それでも集計します)。",
            f"With {plan.sample.respondents} responses everybody's answers would show. Tabulate "
            f"{rules.at_least} or more (--no-suppression does it nevertheless).",
        )
    units = units_of(plan, counts.everybody)
    everything = [
        _Draft(plan, counts, variable, group, units, rules)
        for variable in plan.variables
        for group in (None, *plan.breaks)
        if group is None or group.key != variable.key
    ]
    if rules.at_least:
        _suppress(everything, plan.questionnaire, [*published, by])
    drafts = [draft for draft in everything if draft.is_by(by)]
    if sample_tells(plan) and any(draft.grid.hidden.any() for draft in drafts):
        _coarsen(everything, weighted=plan.sample.weighted)
    adjusted = _adjusted(drafts)
    return Tabulation(
        questionnaire=plan.questionnaire.id,
        title=plan.questionnaire.title,
        respondents=plan.sample.respondents,
        weighted=plan.sample.weighted,
        origin=origin,  # type: ignore[arg-type]  # one of ORIGINS, checked when it was read
        tables=tuple(draft.table(p) for draft, p in zip(drafts, adjusted, strict=True)),
    )


def sample_tells(plan: Plan) -> bool:
    """Say whether weights or strata make figures in total hang on who is in which group."""
    return plan.sample.weighted or len(plan.sample.units) > 1


def _coarsen(drafts: Sequence["_Draft"], *, weighted: bool) -> None:
    """Set for every table how exactly its weighted figures are printed."""
    change = exchange(drafts) if weighted else 0.0
    tables: dict[str, list[_Draft]] = {}
    for draft in drafts:
        tables.setdefault(draft.variable.key, []).append(draft)
    for mine in tables.values():
        width = steps(mine, change)
        for draft in mine:
            draft.steps = width


def _adjusted(drafts: Sequence["_Draft"]) -> list[float | None]:
    """Return the adjusted p of each table's test.

    Where a table keeps something back its p is nobody's business, and neither is its rank among
    the others': these are adjusted as if it came after them.
    """
    tested = [draft for draft in drafts if draft.test is not None]
    everybody = dict(zip(map(id, tested), holm([_p(draft) for draft in tested]), strict=True))
    open_ = [draft for draft in tested if not draft.grid.hidden.any()]
    shown = holm([_p(draft) for draft in open_], len(tested))
    return [(everybody | dict(zip(map(id, open_), shown, strict=True))).get(id(d)) for d in drafts]


def _p(draft: "_Draft") -> float:
    return draft.test.p if draft.test is not None else 1.0


def _suppress(
    drafts: Sequence["_Draft"], questionnaire: Questionnaire, publications: Sequence[Sequence[str]]
) -> None:
    """Suppress for one publication after the other: what an earlier one printed stays known."""
    for number, breaks in enumerate(publications):
        new = [draft for draft in drafts if not draft.grid.out and draft.is_by(breaks)]
        for draft in new:
            draft.grid.later = number > 0
        shown = [draft for draft in drafts if draft.grid.out or draft in new]
        tell_turned(shown)
        hide_together([draft.grid for draft in shown], bound_cells(shown, questionnaire))
        for draft in new:
            draft.grid.out = True


class _Draft:
    """One table before the p values of all are known."""

    def __init__(
        self,
        plan: Plan,
        counts: Counts,
        variable: Variable,
        by: Variable | None,
        units: Units,
        rules: Rules,
    ) -> None:
        self.plan, self.counts, self.variable, self.by = plan, counts, variable, by
        self.units, self.rules = units, rules
        self.answers, self.base = counts.cells(variable, by)
        self.grid = self._grid()
        self.steps: Array | None = None
        self.test = self._test()

    def is_by(self, breaks: Collection[str]) -> bool:
        """Say whether this is a table in total, or by one of ``breaks``."""
        return self.by is None or self.by.key in breaks

    def hidden_rows(self) -> Mask:
        """Return in which rows (answers, base) somebody is in a cell that is not printed."""
        hidden, counts = self.grid.hidden, self.grid.counts
        unseen = hidden | (~self.grid.is_printed & (counts > 0))
        if self.by is None:
            unseen = np.zeros_like(hidden)
        return np.asarray(unseen[:, :-1].any(axis=1))

    def _grid(self) -> Grid:
        cells = np.vstack([self.answers[0].sum(axis=-1), self.base[:1].sum(axis=-1)])
        whole = cells.sum(axis=1, keepdims=True)
        printed = np.hstack([cells[:, :-1], whole]) if self.by is not None else whole
        return Grid(
            np.rint(printed).astype(np.int64),
            self.rules.at_least,
            adds_up=self.variable.kind == "single",
        )

    def _test(self) -> Independence | None:
        if self.by is None or self.variable.kind != "single":
            return None
        groups = self.answers[:3, :, :-1]
        if groups[0].sum() < self.rules.few_below:
            return None
        return independence(groups, self.units)

    def table(self, p_adjusted: float | None) -> Table:
        """Return the finished table."""
        variable, by = self.variable, self.by
        total = self._column(TOTAL, load_catalog().ui("survey.total"), slice(None))
        columns = [total]
        if by is not None:
            columns += [
                self._column(id_, text, slice(place, place + 1))
                for place, (id_, text) in enumerate(by.answers)
            ]
        columns = self._kept_back(columns)
        return Table(
            question=variable.id,
            row=variable.row,
            kind=variable.kind,  # type: ignore[arg-type]  # as in Variable
            text=variable.text,
            base_text=variable.base_text,
            by=by.key if by else "",
            by_text=by.text if by else Text(ja="", en=""),
            columns=tuple(columns),
            test=self._published(p_adjusted),
            notes=self._notes(),
            row_text=variable.row_text,
        )

    def _published(self, p_adjusted: float | None) -> Test | None:
        if self.test is None or p_adjusted is None:
            return None
        differs = p_adjusted < SIGNIFICANT
        if self.grid.hidden.any():
            return Test(None, None, None, None, None, differs)
        found = self.test
        return Test(found.statistic, found.df1, found.df2, found.p, p_adjusted, differs)

    def _column(self, id_: str, text: Text, groups: slice) -> Column:
        answers: Array = self.answers[:, :, groups].sum(axis=2)
        base: Array = self.base[:, groups].sum(axis=1)
        n = round(base[0].sum())
        return Column(
            group=id_,
            text=text,
            base=n,
            base_weighted=self._whole(base),
            cells=tuple(self._cells(answers, base, n)),
            few=n < self.rules.few_below,
        )

    def _cells(self, answers: Array, base: Array, n: int) -> list[Cell]:
        if self.variable.kind == "number":
            found = mean(answers, self.units) if n else Estimate(None)
            label = load_catalog().ui("survey.mean")
            plain = float(answers[6].sum()) / n if n else None
            weighted = self._whole(base)
            return [
                Cell(
                    "mean", label, n, weighted, found.value, plain, found.se, found.low, found.high
                )
            ]
        cells = []
        estimates = shares(answers[:3], base[:3], self.units)
        weights = answers[1].sum(axis=1)
        if self.steps is not None:
            weights = coarse_sums(weights, self.steps[:-1])
            errors = [estimate.se for estimate in estimates]
            whole = self._whole(base)
            estimates = coarse_shares(
                weights, whole or 0.0, self.steps[:-1], errors, base[:3], self.units
            )
        for place, ((id_, text), found) in enumerate(
            zip(self.variable.answers, estimates, strict=True)
        ):
            count = round(answers[0, place].sum())
            cells.append(
                Cell(
                    answer=id_,
                    text=text,
                    n=count,
                    weighted=_number(weights[place]),
                    share=found.value,
                    share_unweighted=count / n if n else None,
                    se=found.se,
                    low=found.low,
                    high=found.high,
                )
            )
        return cells

    def _whole(self, base: Array) -> float | None:
        """Return the sum of the weights of a base as it is printed, if it is."""
        whole = base[1].sum()
        return _number(whole if self.steps is None else coarse_sums(whole, self.steps[-1]))

    def _kept_back(self, columns: list[Column]) -> list[Column]:
        if not self.grid.hidden.any():
            return columns
        hidden, small = self.grid.printed()
        # The total stands last in the grid and first in print.
        return [
            _hide(column, hidden[:, place - 1], small[:, place - 1])
            for place, column in enumerate(columns)
        ]

    def _notes(self) -> tuple[Text, ...]:
        ui, notes = load_catalog().ui, list(self.variable.notes)
        if self.grid.withheld:
            notes.append(ui("survey.withheld"))
        missing = self.counts.missing(self.variable)
        # Beside a base that is kept back it would tell it.
        if missing >= max(1, self.rules.at_least) and not self.grid.hidden[-1, -1]:
            template = ui("survey.missing")
            notes.append(
                Text(
                    ja=template.say("ja", n=f"{missing:,}"), en=template.say("en", n=f"{missing:,}")
                )
            )
        if self.variable.kind == "several":
            notes.append(ui("survey.several"))
        if self.steps is not None:
            notes.append(
                ui("survey.coarse" if self.plan.sample.weighted else "survey.coarse_errors")
            )
        if len(self.plan.margins) < len(self.plan.sample.raked):
            notes.append(ui("survey.raked_unknown"))
        return tuple(notes)


def _number(sum_: np.float64 | Array) -> float | None:
    return None if np.isnan(sum_) else float(sum_)


def _hide(column: Column, hidden: np.ndarray, small: np.ndarray) -> Column:
    """Return the column without what is suppressed; the last entry of each mask is the base."""
    cells = tuple(
        msgspec.structs.replace(
            cell,
            n=None,
            weighted=None,
            share=None,
            share_unweighted=None,
            se=None,
            low=None,
            high=None,
            kept_back="small" if is_small else "complementary",
        )
        if is_hidden
        else cell
        for cell, is_hidden, is_small in zip(column.cells, hidden[:-1], small[:-1], strict=True)
    )
    if hidden[-1]:
        return msgspec.structs.replace(column, base=None, base_weighted=None, cells=cells)
    return msgspec.structs.replace(column, cells=cells)
