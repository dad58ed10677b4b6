"""Reads a publisher's XML element by element: no tree is kept, and no DOCTYPE is taken."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Generic, TypeVar
from xml.parsers import expat

_PIECE = 1 << 20

Made = TypeVar("Made")


class ElementReader(ABC, Generic[Made]):
    """Follows the elements; the largest files have some hundred million bytes.

    Attributes:
        done: what was read whole; whoever follows the elements adds to it.
    """

    def __init__(self, *, namespaces: bool = False) -> None:
        """Read nothing yet. namespaces: tags are "namespace name" instead of as they are written."""
        self.done: list[Made] = []
        self._parser = expat.ParserCreate(namespace_separator=" " if namespaces else None)
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _refuse
        self._parser.StartElementHandler = self.begin
        self._parser.EndElementHandler = self.end
        self._parser.CharacterDataHandler = self.text

    def read(self, data: bytes) -> Iterator[Made]:
        """Yield what is made of ``data``, as it is read. Raises ValueError where it is broken."""
        try:
            for start in range(0, len(data), _PIECE):
                self._parser.Parse(data[start : start + _PIECE], False)
                yield from self._taken()
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise ValueError(str(error)) from error
        except LookupError as error:
            # What the parser says of an encoding that nobody knows; its kinds are faults of ours.
            if type(error) is not LookupError:
                raise
            raise ValueError(str(error)) from error
        yield from self._taken()

    def _taken(self) -> list[Made]:
        done, self.done = self.done, []
        return done

    @abstractmethod
    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """Follow the begin of an element."""

    @abstractmethod
    def end(self, tag: str) -> None:
        """Follow the end of an element."""

    @abstractmethod
    def text(self, text: str) -> None:
        """Follow text inside an element."""


def _refuse(*_: object) -> None:
    # No publisher's file has one, and only with one can a few letters stand for gigabytes.
    raise ValueError("DOCTYPE")
