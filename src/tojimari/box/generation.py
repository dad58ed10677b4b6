"""A numbered configuration of a box: all files as they were put in place, and what was there before."""

from datetime import datetime

import msgspec

from tojimari.box.rendering.file import RenderedFile

SCHEMA = "tojimari.box-generation/1"


class Original(msgspec.Struct, frozen=True):
    """What was at a place before Tojimari wrote there; ``text`` is None for nothing.

    Text holds bytes that are no UTF-8 as surrogates ("surrogateescape").
    """

    path: str
    text: str | None
    mode: int
    engine: str


class Generation(msgspec.Struct, frozen=True):
    """One configuration. Kept as it is for ever: later versions must read it without its settings.

    Attributes:
        number: 1 for the first; each change takes the next.
        made_at: when it was made (UTC).
        settings: the settings file it was made from, as text.
        files: what was put in place.
        originals: what was there before the first generation that wrote to a place.
        back_to: the generation whose configuration this one brings back, where it does.
        asleep: units of the engines that did not start with the system before the first generation
            that had them.
    """

    number: int
    made_at: datetime
    settings: str
    files: tuple[RenderedFile, ...]
    originals: tuple[Original, ...]
    back_to: int | None = None
    schema: str = SCHEMA
    asleep: tuple[str, ...] = ()

    @property
    def engines(self) -> set[str]:
        """The engines that have files in it."""
        return {one.engine for one in self.files}
