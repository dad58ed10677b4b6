"""Where a line of text ends. Japanese has no spaces to end one at, and forbids some ends."""

from rich.cells import get_character_cell_size

_NO_START = frozenset(
    "、。，．・：；？！」』）］｝〉》】〕ー々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ,.:;?!)]}%円"
)
"""What no line begins with (after JIS X 4051), and what belongs to the number before it."""
_NO_END = frozenset("「『（［｛〈《【〔([{")


def line_ends(text: str, width: int, *, hang: int = 0) -> list[int]:
    """Return the offsets in ``text`` at which a new line begins.

    width: cells of a line, at least two; Japanese characters take two each.
    hang: cells that every line but the first is moved to the right.
    """
    ends: list[int] = []
    start = 0
    while True:
        end = _end_of_line(text, start, max(2, width - (hang if ends else 0)))
        if end == len(text):
            return ends
        ends.append(end)
        start = end


def _end_of_line(text: str, start: int, room: int) -> int:
    used, last = 0, start
    for at in range(start, len(text)):
        if at > start and _may_end(text[at - 1], text[at]):
            last = at
        used += get_character_cell_size(text[at])
        # Spaces at the end of a line are not printed.
        if used > room and text[at] != " " and at > start:
            return last if last > start else at
    return len(text)


def _may_end(before: str, after: str) -> bool:
    if after == " " or after in _NO_START or before in _NO_END:
        return False
    if before == " ":
        return True
    return get_character_cell_size(before) == 2 or get_character_cell_size(after) == 2
