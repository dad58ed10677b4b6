"""Which cells of different tables tell each other: what is suppressed in one goes in the other."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from tojimari.model import When
from tojimari.survey.coding import Variable
from tojimari.survey.schema import Questionnaire
from tojimari.survey.suppression import Grid, Place

Cell = tuple[Grid, Place]


class Counted(Protocol):
    """A table that has been counted: of a variable, by a break or in total."""

    @property
    def variable(self) -> Variable:
        """Return what is counted."""

    @property
    def by(self) -> Variable | None:
        """Return the break."""

    @property
    def grid(self) -> Grid:
        """Return the counts."""


def bound_cells(tables: Sequence[Counted], questionnaire: Questionnaire) -> list[list[Cell]]:
    """Return groups of cells that go together; none where nothing is suppressed.

    These are the totals of a variable in each of its tables; a table and the same one turned; rows
    by one break that are equal in every group, such as the base of what only those were asked who
    gave one answer before, or that make up a base together; and a group put together from answers.
    """
    if not any(table.grid.hidden.any() for table in tables):
        return []
    found: dict[tuple[object, ...], list[Cell]] = {}
    for table in tables:
        for key, cell in _named(table):
            found.setdefault(key, []).append(cell)
    for table in tables:
        for key, cell in _left_over(table):
            if key in found:
                found[key].append(cell)
    others = (*_turned(tables), *_unions(tables, questionnaire))
    return [cells for cells in (*found.values(), *others) if len(cells) > 1]


def tell_turned(tables: Sequence[Counted]) -> None:
    """Tell every table of answers that add up which other one is the same table turned."""
    at = {(t.variable.key, t.by.key if t.by else ""): t for t in tables}
    for table in tables:
        other = at.get((table.by.key, table.variable.key)) if table.by else None
        if other is not None and table.grid.adds_up and other.grid.adds_up:
            columns = {group: column for group, column in _columns(other) if group}
            answers = [id_ for id_, _ in table.variable.answers]
            if other is not table and set(answers) == set(columns):
                table.grid.turned = (other.grid, tuple(columns[id_] for id_ in answers))


def _turned(tables: Sequence[Counted]) -> Iterator[list[Cell]]:
    """Yield the totals that are bases of the turned table: where everybody is in a group."""
    for table in tables:
        grid = table.grid
        if grid.turned is not None and not grid.open:
            other, columns = grid.turned
            for row, column in enumerate(columns):
                yield [(grid, (row, grid.total)), (other, (other.base, column))]


def _rows(table: Counted) -> list[str]:
    """Return the names of the rows: answers, and "" for the base."""
    return [*([id_ for id_, _ in table.variable.answers] or ["mean"]), ""]


def _columns(table: Counted) -> Iterator[tuple[str, int]]:
    """Yield the printed columns: groups, and "" for the total."""
    for column, (group, _) in enumerate(table.by.answers if table.by else ()):
        yield group, column
    yield "", table.grid.total


def _named(table: Counted) -> Iterator[tuple[tuple[object, ...], Cell]]:
    """Yield what each cell counts, by every name it has."""
    grid, of, by = table.grid, table.variable, table.by
    for row, name in enumerate(_rows(table)):
        yield ("total", of.key, name), (grid, (row, grid.total))
        if by is None:
            continue
        counts = tuple(grid.counts[row].tolist())
        for group, column in _columns(table):
            cell = (grid, (row, column))
            yield ("row", by.key, counts, column), cell
            if group and name:
                yield ("pair", frozenset({(of.key, name), (by.key, group)})), cell
    if by is not None and not grid.open:
        # Everybody is in a group: the bases of what all were asked are the totals of the break.
        bases = tuple(grid.counts[-1].tolist())
        for group, column in _columns(table):
            yield ("base", by.key, bases, group), (grid, (grid.base, column))
    if by is None and of.kind == "single":
        bases = tuple(grid.counts[:, -1].tolist())
        for row, name in enumerate(_rows(table)):
            yield ("base", of.key, bases, name), (grid, (row, grid.total))


def _left_over(table: Counted) -> Iterator[tuple[tuple[object, ...], Cell]]:
    """Yield for each answer the name of what its base is without it."""
    if table.by is None or table.variable.kind != "single":
        return
    grid = table.grid
    for row in range(len(grid.counts) - 1):
        rest = tuple((grid.counts[-1] - grid.counts[row]).tolist())
        for _, column in _columns(table):
            yield ("row", table.by.key, rest, column), (grid, (row, column))


def _unions(tables: Sequence[Counted], questionnaire: Questionnaire) -> Iterator[list[Cell]]:
    """Yield what adds up across tables: a base of several answers before, a group of answers."""
    at = {(t.variable.key, t.by.key if t.by else ""): t for t in tables}
    asked = [
        (question.id, "", question.when) for question in questionnaire.questions if question.when
    ]
    asked += [
        (derived.id, group.id, group.when)
        for derived in questionnaire.derived
        for group in derived.groups
    ]
    for id_, name, when in asked:
        for table in tables:
            of = at.get((_key(when), table.by.key if table.by else ""))
            if table.variable.id != id_ or of is None or of.variable.kind != "single":
                continue
            rows = [_rows(of).index(answer) for answer in when.one_of or ()]
            mine = _rows(table).index(name)
            for (_, column), (_, other) in zip(_columns(table), _columns(of), strict=True):
                parts: list[Cell] = [(of.grid, (row, other)) for row in rows]
                counts = [int(of.grid.counts[row, other]) for row in rows]
                whole = sum(counts)
                if whole > max(counts, default=0):
                    table.grid.unmark((mine, column))
                # A base with few answers missing bounds what it is part of from below.
                if whole - table.grid.counts[mine, column] < table.grid.at_least:
                    yield [(table.grid, (mine, column)), *parts]


def _key(when: When) -> str:
    return f"{when.question}.{when.row}" if when.row else when.question
