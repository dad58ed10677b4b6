"""Which of two versions of a program is the older one."""

import re
from functools import total_ordering

_PARTS = re.compile(r"\d{1,15}|[a-z]+", re.IGNORECASE)
_AT_MOST = 20


@total_ordering
class Version:
    """A version as programs write them: 1.9.0b1 < 1.9.0-rc.1 < 1.9.0 = 1.9 < 1.9.1.

    Letters behind numbers mark what comes before the release, but a single letter directly behind
    the last number ("1.0.2u", as OpenSSL has them) comes after it.
    """

    def __init__(self, text: str) -> None:
        """Read ``text``; what is neither digit nor letter separates."""
        self.text = text
        plain = text.partition("+")[0].strip().lower()
        plain = re.sub(r"^v(?=\d)", "", plain)
        late = re.fullmatch(r"(\d+(?:\.\d+)+)([a-z])", plain)
        found = _PARTS.findall(late.group(1) if late else plain)[:_AT_MOST]
        numbers: list[int] = []
        while found and found[0].isdigit():
            numbers.append(int(found.pop(0)))
        while numbers and numbers[-1] == 0:
            numbers.pop()
        before = tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in found)
        # A release is later than anything marked as before it.
        self._key = (
            tuple(numbers),
            (0, before) if before else (1, ()),
            late.group(2) if late else "",
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._key == other._key

    def __lt__(self, other: "Version") -> bool:
        return self._key < other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"Version({self.text!r})"
