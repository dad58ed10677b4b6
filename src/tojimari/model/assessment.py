"""An assessment: all findings of one company at one moment, rolled up per control."""

from datetime import datetime

import msgspec

from tojimari.model.findings import Finding, State

Basis = str
"""What a state rests on: the ``basis`` of a declared source, ``MIXED`` or ``NO_BASIS``."""
MIXED: Basis = "mixed"
"""Partly seen first hand, partly answered."""
NO_BASIS: Basis = "none"
Profile = dict[str, str | int | list[str] | None]
"""Profile question id -> its answer: ids of options, a number, or "dont_know"."""


class ControlStanding(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"evidence": "kept"}
):
    """Where the company stands on one control, *said* beside *measured*.

    Attributes:
        control: control id.
        state: the rolled-up state; measured wins for the devices it covers.
        basis: what the state rests on.
        headline: the finding whose sentence explains the state.
        said: what was answered, if it was asked.
        measured: one finding a subject that was measured or heard of.
        evidence: findings from papers and records; stored and sent as ``kept``.
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
    evidence: tuple[Finding, ...] = ()
    contradiction: bool = False
    covered: int = 0
    expected: int | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding it holds; the headline may be one of the others."""
        said = () if self.said is None else (self.said,)
        return (self.headline, *self.measured, *self.evidence, *said)


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
    profile: Profile = {}

    @property
    def states(self) -> dict[str, State]:
        """Control id -> state."""
        return {id_: standing.state for id_, standing in self.controls.items()}

    @property
    def rests_on(self) -> tuple[str, ...]:
        """Ids of every observation a finding rests on, sorted."""
        return tuple(
            sorted(
                {
                    id_
                    for standing in self.controls.values()
                    for finding in standing.findings
                    for id_ in finding.rests_on
                }
            )
        )


SCHEMA = "tojimari.assessment/2"
"""Schema of a stored assessment; raised when its shape changes."""


class BadAssessment(ValueError):
    """What was stored is no assessment, or one that only a newer program can read."""


class NewerAssessment(BadAssessment):
    """A newer program stored it."""


class _Stored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: str
    assessment: msgspec.Raw


def encode_assessment(assessment: Assessment) -> bytes:
    """Return ``assessment`` whole, as JSON with its schema: findings, evidence, rules."""
    return msgspec.json.encode(_Stored(SCHEMA, msgspec.Raw(msgspec.json.encode(assessment))))


def decode_assessment(data: bytes | str) -> Assessment:
    """Return the assessment that ``encode_assessment`` of this or an earlier version stored.

    Raises NewerAssessment for a later version's, BadAssessment for anything else.
    """
    try:
        keys = msgspec.json.decode(data, type=dict[str, msgspec.Raw])
        if "schema" not in keys:  # versions 0.1 and 0.2 stored the bare assessment
            return msgspec.json.decode(data, type=Assessment)
        schema = msgspec.json.decode(keys["schema"], type=str)
        if schema != SCHEMA:
            raise NewerAssessment(f"an assessment stored as {schema!r:.60}")
        stored = msgspec.json.decode(data, type=_Stored)
        return msgspec.json.decode(stored.assessment, type=Assessment)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadAssessment(f"no assessment: {error}") from error
