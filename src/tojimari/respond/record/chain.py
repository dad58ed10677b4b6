"""Whether lines are the ones that were written, in their order; or where that breaks."""

import hmac
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from tojimari.respond.record.entry import FIRST, LEAVES, Entry, Leaf, blind, digest_of

Reason = Literal[
    "altered",
    "leaf_altered",
    "leaf_added",
    "missing",
    "order",
    "not_following",
    "other_incident",
    "cut",
    "not_signed_so",
    "not_as_printed",
]
"""Why a record breaks: a line, or a text or file beside it, is not what was hashed; one stands
there that was not; a line is missing; one stands twice or elsewhere; the line before was exchanged;
it belongs to another incident; lines at the end that were signed are missing; a line is another
than was signed; or than was printed."""
FileDigest = Callable[[Leaf, int], str | None]
"""Salted digest of the file of a leaf with that many bytes; None where the file is not there."""


class Shown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line as it is exported. ``leaves``: what is there of the things whose digests it holds."""

    entry: Entry
    digest: str
    leaves: dict[str, Leaf] = {}


class Break(msgspec.Struct, frozen=True):
    """Where a record breaks, and why.

    Attributes:
        number: of the line; counted in the export.
        leaf: which of ``LEAVES`` it is about; "" for the line itself.
    """

    number: int
    why: Reason
    leaf: str = ""


class Checked(msgspec.Struct, frozen=True):
    """What checking lines gave.

    Attributes:
        broken: where it breaks first; None where the lines are whole.
        digests: of each line, in order, up to the break.
        erased: (line, leaf) of what is not there any more, and whether a line says who erased it.
        no_file: lines whose file is not in the export.
    """

    broken: Break | None
    digests: tuple[str, ...]
    erased: tuple[tuple[int, str, bool], ...] = ()
    no_file: tuple[int, ...] = ()


def _no_file(_: Leaf, __: int) -> str | None:
    return None


def check_lines(record: str, lines: Sequence[Shown], file_digest: FileDigest = _no_file) -> Checked:
    """Return whether ``lines`` are the record of the incident ``record``, whole from its beginning.

    Whether lines are missing at the end only a signed head can tell.
    """
    digests: list[str] = []
    gone: list[tuple[int, str]] = []
    no_file: list[int] = []
    seen: set[int] = set()
    for number, line in enumerate(lines, 1):
        before = digests[-1] if digests else FIRST
        why = _broken(record, line, number, before, seen)
        if why is not None:
            return Checked(Break(number, why), tuple(digests))
        seen.add(line.entry.number)
        broken = _leaves(line, number, file_digest, gone, no_file)
        if broken is not None:
            return Checked(broken, tuple(digests))
        digests.append(line.digest)
    said = _said_erased(lines)
    erased = tuple((number, leaf, (number, leaf) in said) for number, leaf in gone)
    return Checked(None, tuple(digests), erased, tuple(no_file))


def _broken(record: str, line: Shown, number: int, before: str, seen: set[int]) -> Reason | None:
    entry = line.entry
    if not _same(digest_of(entry), line.digest):
        return "altered"
    if entry.record != record:
        return "other_incident"
    if entry.number != number:
        return "order" if entry.number in seen or entry.number < number else "missing"
    if not _same(entry.previous, before):
        return "not_following"
    return None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _leaves(
    line: Shown,
    number: int,
    file_digest: FileDigest,
    gone: list[tuple[int, str]],
    no_file: list[int],
) -> Break | None:
    """Check what stands beside a line; what is not there any more is put into ``gone``."""
    for name in line.leaves:
        if name not in line.entry.digests:
            return Break(number, "leaf_added", name if name in LEAVES else "")
    for name, said in line.entry.digests.items():
        if name not in LEAVES:
            return Break(number, "leaf_added")
        leaf = line.leaves.get(name)
        if leaf is None:
            gone.append((number, name))
            continue
        try:
            if name == "file":
                found = file_digest(leaf, line.entry.size)
            else:
                found = blind(leaf.salt, leaf.value.encode())
        except ValueError:
            found = ""
        if found is None:
            no_file.append(number)
        elif not _same(found, said):
            return Break(number, "leaf_altered", name if name in LEAVES else "")
    return None


ERASED = "erased"
"""Kind of the line that says what somebody erased of an earlier one; its text names the leaves."""


def _said_erased(lines: Sequence[Shown]) -> set[tuple[int, str]]:
    """Return (line, leaf) of what a later line says was erased."""
    found: set[tuple[int, str]] = set()
    for line in lines:
        text = line.leaves.get("text")
        if line.entry.kind == ERASED and 0 < line.entry.about < line.entry.number and text:
            found |= {(line.entry.about, name) for name in text.value.split() if name in LEAVES}
    return found
