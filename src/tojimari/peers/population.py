"""Which counts of our own companies may be shown, so that none of them shows through."""

CELL = 10
"""Both those who have a control and those who have not must be at least this many."""


def _large(cell: tuple[int, int]) -> bool:
    return min(cell) >= CELL


def shown_cells(
    by_size: dict[str, tuple[int, int]],
) -> tuple[dict[str, tuple[int, int]], tuple[int, int] | None]:
    """Return the size groups and the total of one control that may be shown.

    by_size: group -> (have it, have it not); "" is those who did not say. A group is shown when
    both counts reach CELL. The total is shown only when what is left after the shown groups is
    nothing or reaches CELL too: else a small group would follow by subtraction.
    """
    shown = {size: cell for size, cell in by_size.items() if size and _large(cell)}
    met, others = (sum(cell[i] for cell in by_size.values()) for i in (0, 1))
    while True:
        rest = (met - sum(c[0] for c in shown.values()), others - sum(c[1] for c in shown.values()))
        if rest == (0, 0) or _large(rest):
            break
        if not shown:
            return {}, None
        del shown[min(shown, key=lambda size: sum(shown[size]))]
    return shown, (met, others) if _large((met, others)) else None
