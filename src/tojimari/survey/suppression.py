"""Which cells are suppressed so that no small count can be read, nor worked out from the others.

What an outsider knows of a suppressed cell: the sums it belongs to, that it is no zero (zeros are
printed) and, by its mark, on which side of the threshold it lies. A small count is safe when another
table fits all of that and holds another number in its place: a cycle of suppressed cells, in turn
one more and one less, changes no sum (Cox 1980; Kelly, Golden and Assad 1992 for the network). Where
there is no such cycle the cheapest cells that make one are suppressed with it.
"""

import heapq
import itertools
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Place = tuple[int, int]

MARGIN = 10_000
"""What suppressing a total or a base costs beside its count: it has to go in every table."""
UNMARKED = 300
"""What taking the mark off small counts costs, against suppressing more to keep it."""
SHARED = 50
"""What a cycle over an already suppressed total costs: other tables have to move with it."""
_ACROSS = -1
"""In place of a column: what the groups of a row add up to, in the turned table."""


class Grid:
    """One table as it is published: answers and their base (last row), groups and total (last).

    Small counts of who is in no group are protected too: how many they are follows from the bases,
    what they answered does not (unless the turned table has the base of that answer).

    Attributes:
        counts: (answers + 1, columns); between groups and total stands "in no group", which is not
            printed, where somebody is in none.
        hidden: what is suppressed; ``small`` which of it an outsider knows to be small: by its
            mark, or (a base, which carries none) by one elsewhere.
        is_printed: which columns are; all but "in no group".
        out: it was printed in an earlier publication, and nothing can take that back.
        turned: the same table turned, where it is published too, and its column for each of these
            answers. Its bases are the sums of the groups here, without those who are in none.
        later: it is printed after others: with something to suppress in it, all of it is, since
            what the others printed holds each cell where it is.
    """

    def __init__(self, counts: Counts, at_least: int, *, adds_up: bool) -> None:
        """counts: (answers + 1, groups + 1), bases in the last row, totals in the last column.

        adds_up: answers add up to their base.
        """
        rest = counts[:, -1] - counts[:, :-1].sum(axis=1)
        self.grouped = counts.shape[1] > 1
        self.open = int(self.grouped and bool(rest.any()))
        if self.open:
            counts = np.insert(counts, -1, rest, axis=1)
        self.counts, self.at_least, self.adds_up = counts, at_least, adds_up
        few = (counts > 0) & (counts < at_least)
        few[:, few[-1]] = counts[:, few[-1]] > 0
        self.is_printed = np.ones(counts.shape[1], dtype=np.bool_)
        if self.open:
            self.is_printed[-2] = False
        self.hidden: Mask = few & self.is_printed
        # Where small means one, the mark would tell the count.
        self.small: Mask = self.hidden.copy() if at_least > 2 else np.zeros_like(few)
        self._few, self._safe = self.hidden.copy(), np.zeros_like(few)
        if self.open:
            # No table prints who is in no group, but the total less the groups is it.
            self._few[:-1, -2] = few[:-1, -2]
        self._shared, self._freed = np.zeros_like(few), np.zeros_like(few)
        self.out = self.later = False
        self.turned: tuple[Grid, tuple[int, ...]] | None = None

    def printed(self) -> tuple[Mask, Mask]:
        """Return (hidden, small) of the printed columns, the total last."""
        return self.hidden[:, self.is_printed], self.small[:, self.is_printed]

    @property
    def base(self) -> int:
        """Return the row of the bases."""
        return len(self.counts) - 1

    @property
    def total(self) -> int:
        """Return the column of the totals."""
        return int(self.counts.shape[1]) - 1

    @property
    def withheld(self) -> bool:
        """Say whether all of the table is suppressed, zeros too."""
        return self.later and bool(self.hidden[:, self.is_printed].all())

    def protect(self) -> bool:
        """Suppress until every small count is safe. Returns whether anything was suppressed."""
        if self.out:
            return False
        before = int(self.hidden.sum())
        if self.later:
            return self._withhold()
        self._close()
        if not self.grouped and not self.adds_up:
            return False  # nothing printed is a sum
        places = [(int(r), int(c)) for r, c in np.argwhere(self._few & ~self._safe)]
        for place in places:
            if not self._safe[place] and not self._no_secret(place):
                self._protect(place)
        for row, column in np.argwhere((self._shared & ~self._safe) | self._few_margins()):
            self._free((int(row), int(column)))
        self._close()
        return int(self.hidden.sum()) > before

    def _no_secret(self, place: Place) -> bool:
        """Say whether it is how many were in no group, told by the total and the turned table."""
        row, column = place
        return not self.is_printed[column] and self._tight(row) and not self.hidden[row, self.total]

    def _tight(self, row: int) -> bool:
        """Say whether the groups of an answer add up to something printed in the turned table."""
        cells = self._sums_elsewhere(row)
        return bool(cells) and not any(grid.hidden[cell] for grid, cell in cells)

    def _sums_elsewhere(self, row: int) -> "list[tuple[Grid, Place]]":
        """Return what the groups of a row add up to in the turned table: a base, or all of them."""
        if self.turned is None or not self.open:
            return []
        grid, columns = self.turned
        own = columns if row == self.base else columns[row : row + 1]
        return [(grid, (grid.base, column)) for column in own if grid.counts[grid.base, column]]

    def _few_margins(self) -> Mask:
        """Return small totals and bases not yet free: other tables may move them one way only."""
        margins = np.zeros_like(self.hidden)
        if self.grouped:
            margins[-1, :-1] = margins[:-1, -1] = True
        return margins & self._few & ~self._freed

    def is_few(self, cell: Place) -> bool:
        """Say whether a cell is small by itself."""
        return bool(self._few[cell])

    def unmark(self, cell: Place) -> None:
        """Take the mark off a cell: together with what it is made of it would tell the count."""
        self.small[cell] = False

    def hide(self, cell: Place) -> bool:
        """Suppress what is suppressed in another table. Returns whether it was not before."""
        if self.out or self.hidden[cell] or not self.counts[cell]:
            return False
        self.hidden[cell] = self._shared[cell] = True
        return True

    def _withhold(self) -> bool:
        """Suppress the whole table, zeros too, where anything in it has to be."""
        if self.withheld or not (self.hidden | self._few).any():
            return False
        self.hidden |= self.is_printed
        self.small[:] = False
        return True

    def _close(self) -> None:
        """Suppress all of a group whose base is: a count and its share would tell the base."""
        self.hidden |= (self.counts > 0) & self.is_printed & self.hidden[-1]

    def _free(self, place: Place) -> None:
        """Suppress until a cell shared with other tables can move, both ways."""
        self._safe[place] = self._freed[place] = True
        found = sorted(min(ways) for change in (1, -1) if (ways := self._ways(place, change)))
        for _, unmarked, cycle in found:
            self._hide(cycle, marked=not unmarked)

    def _ways(self, place: Place, change: int) -> list[tuple[int, bool, list[Place]]]:
        """Return (cost, whether marks go, cells) of cycles that change ``place``."""
        return [
            (cost + (0 if marked else UNMARKED), not marked, cells)
            for marked in (True, False)
            for cost, cells in self._cycle(place, change, marked=marked)
        ]

    def _protect(self, place: Place) -> None:
        self._safe[place] = True  # also where nothing could cover it: all around it is zero
        if found := [*self._ways(place, 1), *self._ways(place, -1)]:
            _, unmarked, cycle = min(found)
            self._hide(cycle, marked=not unmarked)
            for cell in cycle:
                if cell[1] != _ACROSS:
                    self._safe[cell] = True

    def _hide(self, cycle: list[Place], *, marked: bool) -> None:
        for cell in cycle:
            if cell[1] == _ACROSS:
                grid, there = self._crossed(cell[0])
                grid.hide(there)
                grid.small[there] &= marked
            elif self.is_printed[cell[1]]:
                self.hidden[cell] = True
                # A mark that would tell the count is not given.
                self.small[cell] &= marked

    def _cycle(
        self, place: Place, change: int, *, marked: bool
    ) -> Iterator[tuple[int, list[Place]]]:
        """Yield (cost, cells) of the cheapest cycle that changes ``place`` by one, if any."""
        if not self._may(place, change, marked=marked):
            return
        column = place[1]
        up = change * self._sign(place) > 0
        start, goal = (self._column(column), self._row(place))
        if not up:
            start, goal = goal, start
        if (found := self._path(start, goal, place, marked=marked)) is not None:
            yield found[0], [place, *found[1]]

    def _path(
        self, start: int, goal: int, without: Place, *, marked: bool
    ) -> tuple[int, list[Place]] | None:
        best = {start: 0}
        came: dict[int, tuple[int, Place]] = {}
        queue = [(0, start)]
        while queue:
            cost, node = heapq.heappop(queue)
            if node == goal:
                break
            if cost > best[node]:
                continue
            for cell, other in self._steps(node, marked=marked):
                further = cost + self._cost(cell)
                if cell != without and further < best.get(other, 1 << 60):
                    best[other], came[other] = further, (node, cell)
                    heapq.heappush(queue, (further, other))
        if goal not in came:
            return None
        cells, node = [], goal
        while node != start:
            node, cell = came[node]
            cells.append(cell)
        return best[goal], cells

    def _row(self, cell: Place) -> int:
        """Return the node of a cell's row: its groups, or (behind these) the rest and the total."""
        if not self.grouped:
            return 1
        row, column = cell
        outer = self.turned is not None and bool(self.open) and column >= self.total - 1
        return row + 1 + (len(self.counts) if outer else 0)

    def _column(self, column: int) -> int:
        return -(column + 1) if self.adds_up else -1

    def _steps(self, node: int, *, marked: bool) -> Iterator[tuple[Place, int]]:
        """Yield the cells that can be changed at a row or column, and where each leads."""
        rows, columns = self.counts.shape
        if node > 0:  # a row: one more of what counts positively leads to its column
            row = (node - 1) % rows
            for cell in itertools.product([row] if self.grouped else range(rows), range(columns)):
                if self._row(cell) == node and self._may(cell, self._sign(cell), marked=marked):
                    yield cell, self._column(cell[1])
            yield from self._across(node, row, marked=marked)
            return
        for column in [-node - 1] if self.adds_up else range(columns):
            for row in range(rows):
                cell = (row, column)
                if self._may(cell, -self._sign(cell), marked=marked):
                    yield cell, self._row(cell)

    def _across(self, node: int, row: int, *, marked: bool) -> Iterator[tuple[Place, int]]:
        """Yield the way between the groups of a row and the rest of it, over what they add up to.

        It stands in the turned table, and is suppressed there.
        """
        elsewhere = self._sums_elsewhere(row) if self.grouped else []
        outer = node > len(self.counts)
        moves = [
            (grid, cell)
            for grid, cell in elsewhere
            if not grid.out or grid.hidden[cell]
            if grid._may(cell, 1 if outer else -1, marked=marked)
        ]
        if moves:
            yield (row, _ACROSS), row + 1 + (0 if outer else len(self.counts))

    def _crossed(self, row: int) -> "tuple[Grid, Place]":
        """Return the cell of the turned table that is suppressed for a way across."""
        return min(self._sums_elsewhere(row), key=lambda one: one[0]._cost(one[1]))

    def _sign(self, cell: Place) -> int:
        """Return -1 for totals and bases: they stand on the other side of a sum."""
        at_total = self.grouped and cell[1] == self.total
        return -1 if at_total != (cell[0] == self.base) else 1

    def _may(self, cell: Place, change: int, *, marked: bool) -> bool:
        """Say whether an outsider can hold ``cell`` for one more (or less) than it is."""
        value = int(self.counts[cell])
        if not self.adds_up and not self._within(cell, value + change):
            return False
        if not self.is_printed[cell[1]]:
            return value + change >= 0
        if not value:
            return False
        if not marked or (self._few[cell] and not self.small[cell]):
            return value + change >= 1
        if self.small[cell]:
            return 1 <= value + change < self.at_least
        return value + change >= self.at_least

    def _within(self, cell: Place, value: int) -> bool:
        """Say whether no answer is above its base, where answers do not add up to it."""
        if cell[0] == self.base:
            return value >= max(map(int, self.counts[:-1, cell[1]]), default=0)
        return value <= int(self.counts[-1, cell[1]])

    def _cost(self, cell: Place) -> int:
        if cell[1] == _ACROSS:
            grid, there = self._crossed(cell[0])
            return grid._cost(there)
        margin = cell[0] == self.base or (self.grouped and cell[1] == self.total)
        if not self.is_printed[cell[1]]:
            return 1
        if self.hidden[cell]:
            return SHARED if margin else 1
        return int(self.counts[cell]) + (MARGIN if margin else 10)


def hide_together(grids: Iterable[Grid], same: Iterable[list[tuple[Grid, Place]]]) -> None:
    """Suppress in every table until small counts are safe and no cell is hidden in one place only.

    same: cells of different tables that hold the same count.
    """
    tables, links = list(grids), list(same)
    moved = True
    while moved:  # each round suppresses more, so it ends
        moved = sum(grid.protect() for grid in tables) > 0
        for cells in links:
            if any(grid.hidden[cell] for grid, cell in cells):
                marked = all(grid.small[cell] for grid, cell in cells if grid.is_few(cell))
                for grid, cell in cells:
                    moved |= grid.hide(cell)
                    if not grid.out:
                        grid.small[cell] &= marked
