"""What differs between two assessments of the same company."""

from collections.abc import Mapping

import msgspec

from tojimari.model import State, better


class Rules(msgspec.Struct, frozen=True):
    """By what an assessment was made: with other rules a change may be ours, not the company's."""

    catalog_version: str
    check_revisions: Mapping[str, int]


class StateChange(msgspec.Struct, frozen=True):
    """A control whose state differs from the one before."""

    control: str
    old: State
    new: State

    @property
    def improved(self) -> bool:
        """Whether the new state is better."""
        return better(self.new, self.old)

    @property
    def newly_known(self) -> bool:
        """Whether it was unknown before: then nothing need have changed in the company."""
        return self.old == "unknown"


def state_changes(
    before: Mapping[str, State] | None, after: Mapping[str, State]
) -> list[StateChange]:
    """Return what differs, in the order of ``after``; nothing where there is none before.

    before, after: control id -> state. Controls that only one of them knows are left out.
    """
    if before is None:
        return []
    return [
        StateChange(control, before[control], state)
        for control, state in after.items()
        if control in before and before[control] != state
    ]


def rules_changed(before: Rules | None, after: Rules) -> bool:
    """Return whether the two were made by different rules."""
    return before is not None and before != after
