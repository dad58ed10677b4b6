"""Which cells are suppressed so that no small count can be read, nor worked out from the others."""

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
Hidden = npt.NDArray[np.bool_]


def suppress(
    counts: Counts, total_hidden: Hidden, at_least: int, *, adds_up: bool
) -> tuple[Hidden, Hidden]:
    """Return (small, complementary): which cells of a table are suppressed, and why.

    counts: (answers + 1, groups); the last row is the base of each group. Groups add up to a total
    that is published except where ``total_hidden`` (answers + 1); with ``adds_up`` answers add up
    to their base as well. Small are counts from 1 to ``at_least`` - 1, and whole groups whose base
    is small. Others are suppressed until none of the small ones follows from what is left
    (Cox 1980: a cell follows when it lies in the row space of the sums).
    """
    small = (counts > 0) & (counts < at_least)
    small[:, small[-1]] = counts[:, small[-1]] > 0
    extra = np.zeros_like(small)
    # Each round suppresses one more cell, so it ends.
    while True:
        disclosed = _disclosed(small | extra, total_hidden, adds_up)
        if not (disclosed & small).any():
            return small, extra
        candidate = _candidate(counts, small | extra, disclosed, adds_up)
        if candidate is None:
            return small, extra
        extra[candidate] = True


def suppress_total(counts: Counts, at_least: int, *, adds_up: bool) -> tuple[Hidden, Hidden]:
    """Return (small, complementary) for the total column alone.

    counts: (answers + 1); the last is the base. With ``adds_up`` one hidden answer would follow
    from the base, so a second is suppressed.
    """
    small, extra = suppress(
        counts[:, np.newaxis],
        np.ones(len(counts), dtype=np.bool_),
        at_least,
        adds_up=adds_up,
    )
    return small[:, 0], extra[:, 0]


def _disclosed(hidden: Hidden, total_hidden: Hidden, adds_up: bool) -> Hidden:
    """Return which hidden cells follow from the published ones."""
    places = np.argwhere(hidden)
    disclosed = np.zeros_like(hidden)
    if not len(places):
        return disclosed
    number = {(int(r), int(c)): n for n, (r, c) in enumerate(places)}
    sums = []
    for row in np.unique(places[:, 0]):
        if not total_hidden[row]:
            sums.append(_line(number, [(row, c) for c in range(hidden.shape[1])]))
    if adds_up:
        for column in np.unique(places[:, 1]):
            line = _line(number, [(r, column) for r in range(hidden.shape[0])])
            base = number.get((hidden.shape[0] - 1, int(column)))
            if base is not None:
                line[base] = -1.0
            sums.append(line)
    if not sums:
        return disclosed
    _, values, vectors = np.linalg.svd(np.array(sums), full_matrices=True)
    rank = int((values > 1e-9).sum())
    free = vectors[rank:]  # directions in which the hidden cells can change unseen
    fixed = (np.abs(free) < 1e-9).all(axis=0) if len(free) else np.ones(len(places), dtype=bool)
    for place, is_fixed in zip(places, fixed, strict=True):
        disclosed[tuple(place)] = is_fixed
    return disclosed


def _line(
    number: dict[tuple[int, int], int], cells: list[tuple[int, int]]
) -> npt.NDArray[np.float64]:
    line = np.zeros(len(number))
    for row, column in cells:
        place = number.get((int(row), int(column)))
        if place is not None:
            line[place] = 1.0
    return line


def _candidate(
    counts: Counts, hidden: Hidden, disclosed: Hidden, adds_up: bool
) -> tuple[int, int] | None:
    """Return the cell to suppress next: the smallest beside one that follows, bases last."""
    beside = np.zeros_like(hidden)
    beside[disclosed.any(axis=1)] = True
    if adds_up:
        beside[:, disclosed.any(axis=0)] = True
    last = counts.shape[0] - 1
    free = [(int(r), int(c)) for r, c in np.argwhere(beside & ~hidden & (counts > 0))]
    return min(free, key=lambda cell: (cell[0] == last, counts[cell], cell), default=None)
