"""What a fact is, and how a stored or sent one of any version becomes a fact of today's shape."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, get_args, get_type_hints

import msgspec

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment with its offset; ISO 8601 text when stored or sent."""

Plain = Any
"""What JSON can hold: the shape of a fact before it is checked against its kind."""


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One record of several in a field of a fact."""


class Fact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fact of a kind about a subject. A subclass is one version of one kind.

    The newest version of a kind is what collectors make and checks read. An older version stays
    as a class of its own with ``upgrade``, so that what was stored or sent in it is still read;
    its class is named after the version (``SiteHeaders1``). What the fields mean in plain words,
    in Japanese and English, stands in the catalog's file of the kind.

    Attributes:
        KIND: id of the fact kind; its first word is the kind of subject.
        VERSION: version of the shape, counted from 1.
        SOURCE: id of the source that programs which look give it: measured or heard.
    """

    KIND: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1
    SOURCE: ClassVar[str] = "measured"

    def __init_subclass__(cls, **options: Any) -> None:
        """Register the class under its kind and version. Raises TypeError for a second one."""
        super().__init_subclass__(**options)
        versions = _VERSIONS.setdefault(cls.KIND, {})
        known = versions.get(cls.VERSION)
        if known is not None and known.__qualname__ != cls.__qualname__:
            raise TypeError(f"{cls.KIND}/{cls.VERSION} is declared twice")
        versions[cls.VERSION] = cls

    def upgrade(self) -> "Fact":
        """Return the same fact in the next version's shape; only older versions have one."""
        raise NotImplementedError(f"{self.KIND}/{self.VERSION} has no newer version")


_VERSIONS: dict[str, dict[int, type[Fact]]] = {}


class BadFact(ValueError):
    """The fields do not fit the kind and version they claim. The message names the field."""


def fact_kinds() -> Mapping[str, type[Fact]]:
    """Return the newest type of every kind, by kind id."""
    return {kind: versions[max(versions)] for kind, versions in sorted(_VERSIONS.items()) if kind}


def ids_of(kinds: Iterable[type[Fact]]) -> tuple[str, ...]:
    """Return the ids of fact kinds, in their order."""
    return tuple(kind.KIND for kind in kinds)


def newest_versions() -> dict[str, int]:
    """Return the newest version of every kind: what is stored with a higher one is not read."""
    return {kind: shape.VERSION for kind, shape in fact_kinds().items()}


def known_versions(kind: str) -> tuple[int, ...]:
    """Return the versions of ``kind`` that can be read, oldest first; empty for unknown kinds."""
    return tuple(sorted(_VERSIONS.get(kind, {}))) if kind else ()


def read_fact(kind: str, version: int, plain: Plain) -> Fact | None:
    """Return the fact that ``plain`` holds, in the newest version's shape.

    plain: what JSON decoded to. None is returned where the kind or its version is not known here
    (a newer program made it). Raises BadFact where the fields do not fit.
    """
    shape = _VERSIONS.get(kind, {}).get(version) if kind else None
    if shape is None:
        return None
    try:
        fact = msgspec.convert(plain, shape)
    except (msgspec.ValidationError, TypeError, ValueError, RecursionError) as error:
        raise BadFact(f"{kind}/{version}: {error}") from error
    newest = max(_VERSIONS[kind])
    while newest > fact.VERSION:
        fact = fact.upgrade()
    return fact


def row_type(shape: type[Fact], field: str) -> type[Row] | None:
    """Return the type of the records in ``field`` of ``shape``; None where it holds none."""
    pending: list[Any] = [get_type_hints(shape)[field]]
    while pending:
        one = pending.pop()
        if isinstance(one, type) and issubclass(one, Row):
            return one
        pending += get_args(one)
    return None


def plain_fact(fact: Fact) -> Plain:
    """Return ``fact`` as what JSON can hold; ``read_fact`` with its version reads it back."""
    return msgspec.json.decode(msgspec.json.encode(fact))
