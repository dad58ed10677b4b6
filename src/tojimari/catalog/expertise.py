"""Shapes of what is known about sending an expert: fields of experts, and programmes that pay."""

from datetime import date
from typing import Literal

import msgspec

from tojimari.model import Text

UNSURE = ("cost", "times", "period", "apply")
"""What a programme may leave open; a page names what is left out."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class ExpertField(_Strict, frozen=True):
    """What an expert is good at, in words a company uses.

    Attributes:
        plain: what such an expert does on a visit.
        themes: themes of controls that they help with: the next step suggests the field.
        kinds: ids of playbooks that suggest the field.
    """

    id: str
    order: int
    title: Text
    plain: Text
    themes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


class Programme(_Strict, frozen=True):
    """A public programme that sends experts or pays for them.

    What no source says is left out (None); ``open_questions`` names it.

    Attributes:
        name: as its runner calls it.
        by: who runs it.
        who: whom it is for.
        what: what it gives.
        cost: what the company pays.
        times: how often an expert comes.
        period: when it is open.
        apply: where one asks for it.
        prefectures: numbers (01 to 47) of those it is for; none for the whole country.
        as_of: the day of the newest page that says so. It changes: a page asks to check it again.
    """

    id: str
    name: Text
    by: Text
    who: Text
    what: Text
    sources: tuple[str, ...]
    as_of: date
    mark: Literal["publisher", "secondary"]
    cost: Text | None = None
    times: Text | None = None
    period: Text | None = None
    apply: Text | None = None
    prefectures: tuple[str, ...] = ()

    @property
    def open_questions(self) -> tuple[str, ...]:
        """Return which parts no source says."""
        return tuple(name for name in UNSURE if getattr(self, name) is None)


class Expertise(_Strict, frozen=True):
    """Everything about sending an expert; keys are ids, in file order."""

    fields: dict[str, ExpertField] = {}
    programmes: dict[str, Programme] = {}
