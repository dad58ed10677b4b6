"""Shape of a bank's or insurer's policy: which standing leads to which conditions.

There is no word for refusing: the lowest level asks for nothing, so everybody stands on one, and what
is offered in the end a person decides.
"""

from datetime import date
from typing import Annotated, Literal

import msgspec

from tojimari.catalog.money import Count, Id, Yen
from tojimari.model import Text

Proof = Literal["said", "paper", "measured"]
"""What must stand behind a measure at least: an answer, a paper or record, or a look at it."""
PROOFS: tuple[Proof, ...] = ("said", "paper", "measured")
Points = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A-?[0-9]{1,2}(\.[0-9]{1,3})?\Z",
        extra={
            "ja": "'-0.2' のような数ではありません (引用符で囲みます)",
            "en": "is no number such as '-0.2' (in quotes)",
        },
    ),
]
"""A change in percentage points a year, written as text so that it stays exact."""
Amount = Annotated[int, msgspec.Meta(ge=0, le=10**12)]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Need(_Strict, frozen=True):
    """What a level asks for.

    Attributes:
        controls: ids of controls; each must be met, or not apply.
        by: what must stand behind each at least.
        at_least: how many of them are enough; all where None.
    """

    controls: tuple[str, ...]
    by: Proof
    at_least: Count | None = None


class Conditions(_Strict, frozen=True):
    """What a level brings, beside what the lender offers everybody. What is left out is agreed.

    Attributes:
        rate: change of the yearly rate, percentage points.
        months: change of the longest term, months.
        guarantee_fee: change of the guarantee fee, percentage points.
        maximum: the most that is lent, yen.
        insurance: the insurance that comes with it, in words.
        note: anything else.
    """

    rate: Points | None = None
    months: Annotated[int, msgspec.Meta(ge=-600, le=600)] | None = None
    guarantee_fee: Points | None = None
    maximum: Yen | None = None
    insurance: Text | None = None
    note: Text | None = None


class Level(_Strict, frozen=True):
    """One level; ``needs`` is empty for the lowest alone."""

    id: Id
    title: Text
    needs: tuple[Need, ...] = ()
    conditions: Conditions = Conditions()


class LenderPolicy(_Strict, frozen=True):
    """A policy of a bank or insurer, as data.

    Attributes:
        title: what it is called.
        about: what it is for, and what it is not, in words its borrowers read.
        levels: the best first; the last asks for nothing.
        valid_from: the first day it holds, in Japan.
        contact: whom a borrower asks; a person decides.
        sample: made up for showing how one is written; a portal refuses to switch it on as it is.
        sources: ids of sources, for what it says of others.
    """

    id: Id
    title: Text
    about: Text
    levels: tuple[Level, ...]
    valid_from: date
    contact: Text
    sample: bool = False
    sources: tuple[str, ...] = ()
