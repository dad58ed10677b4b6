"""Shapes of what is known about sending an expert: fields of experts."""

import msgspec

from tojimari.model import Text


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


class Expertise(_Strict, frozen=True):
    """Everything about sending an expert; keys are ids, in file order."""

    fields: dict[str, ExpertField] = {}
