"""An assessment: all findings of one company at one moment, rolled up per control."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from tojimari.model.findings import Finding, State

Basis = Literal["measured", "answered", "document", "record", "mixed", "none"]


class ControlStanding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the company stands on one control, *said* beside *measured*.

    Attributes:
        control: control id.
        state: the rolled-up state; measured wins for the devices it covers.
        basis: what the state rests on.
        headline: the finding whose sentence explains the state.
        said: what was answered, if it was asked.
        measured: one finding a measured subject.
        kept: findings from papers and records.
        contradiction: the owner said it is met and the measurement saw otherwise, or the reverse.
        covered: how many devices were measured for it.
        expected: how many devices the company said it has; None when not said.
    """

    control: str
    state: State
    basis: Basis
    headline: Finding
    said: Finding | None = None
    measured: tuple[Finding, ...] = ()
    kept: tuple[Finding, ...] = ()
    contradiction: bool = False
    covered: int = 0
    expected: int | None = None


class Assessment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything judged for one company ``as_of`` a moment, so it can be explained and recomputed.

    Attributes:
        company: company id.
        as_of: the moment judged for (UTC).
        catalog_version: version of the catalog that was used.
        check_revisions: check (control) id -> revision.
        controls: control id -> standing, in catalog order.
        profile: profile question id -> answer, for choosing peers.
    """

    company: str
    as_of: datetime
    catalog_version: str
    check_revisions: dict[str, int]
    controls: dict[str, ControlStanding]
    profile: dict[str, Any] = {}
