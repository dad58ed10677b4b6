"""Where facts come from: every source, declared once."""

from typing import Literal

import msgspec

Source = str
"""Id of a declared source; ``source_of`` refuses any other text."""

OscalMethod = Literal["TEST", "INTERVIEW", "EXAMINE"]


class SourceDeclaration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What counts for one source of facts.

    Attributes:
        id: the text that observations carry.
        rank: of several sources about one control the lowest speaks first.
        first_hand: a program looked at the subject itself, or read what another program that
            watches it had written down. Such facts are judged by checks.
        basis: what a state that rests on it is said to rest on; also the key of the words for it.
        oscal_method: how OSCAL names the way of finding out.
    """

    id: Source
    rank: int
    first_hand: bool
    basis: str
    oscal_method: OscalMethod


_DECLARED: dict[Source, SourceDeclaration] = {}


def _declare(declaration: SourceDeclaration) -> None:
    _DECLARED[declaration.id] = declaration


_declare(SourceDeclaration("measured", 1, first_hand=True, basis="measured", oscal_method="TEST"))
# What an engine's own log says (antivirus, intrusion detection) was seen by that engine.
_declare(SourceDeclaration("heard", 1, first_hand=True, basis="measured", oscal_method="TEST"))
_declare(
    SourceDeclaration("document", 2, first_hand=False, basis="document", oscal_method="EXAMINE")
)
_declare(SourceDeclaration("record", 2, first_hand=False, basis="record", oscal_method="EXAMINE"))
_declare(
    SourceDeclaration("answered", 3, first_hand=False, basis="answered", oscal_method="INTERVIEW")
)

SOURCES: tuple[Source, ...] = tuple(_DECLARED)
"""Ids of all sources."""
FIRST_HAND: tuple[Source, ...] = tuple(
    declaration.id for declaration in _DECLARED.values() if declaration.first_hand
)
"""Ids of the sources whose facts checks judge."""


def source_of(id_: Source) -> SourceDeclaration:
    """Return the declaration of a source. Raises ValueError for an undeclared one."""
    try:
        return _DECLARED[id_]
    except KeyError:
        raise ValueError(f"no source of facts is called {id_!r:.60}") from None
