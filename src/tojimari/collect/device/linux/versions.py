"""How Debian version numbers sort (policy manual, section 5.6.12)."""

import re


def _order(char: str) -> int:
    # "~" sorts before everything, even the end of the part; letters before the rest.
    if char == "~":
        return -1
    return ord(char) if char.isalpha() else ord(char) + 256


def _part_key(part: str) -> list[tuple[tuple[int, ...], int]]:
    """Split into (non-digits, digits) pairs that compare as Debian policy 5.6.12 says."""
    key = []
    for text, digits in re.findall(r"(\D*)(\d*)", part, re.ASCII):
        if text or digits:
            key.append(((*(_order(c) for c in text), 0), int(digits or 0)))
    return key


def version_key(version: str) -> tuple[int, list[object], list[object]]:
    """Return a key by which Debian version numbers sort (policy manual, section 5.6.12)."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, dash, revision = rest.rpartition("-")
    if not dash:
        upstream, revision = rest, "0"  # policy: no revision equals revision 0
    # An ended part compares like "nothing here" (0), which is after "~" and before all else.
    end: tuple[tuple[int, ...], int] = ((0,), 0)
    return (
        int(epoch) if epoch.isdigit() else 0,
        [*_part_key(upstream), end],
        [*_part_key(revision), end],
    )
