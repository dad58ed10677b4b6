"""How rows of earlier versions are read: tables that have moved, columns that became something else.

A backup names the newest migration of each app it was made with; a change that came later than
that is applied to its rows.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

Fields = dict[str, Any]


class Change(msgspec.Struct, frozen=True):
    """A change of one table, which came with a migration.

    Attributes:
        app, migration: rows of a backup made before it are changed.
        table: label of the model as it was before.
        label: label of the model from then on.
        read: old fields -> new fields.
    """

    app: str
    migration: str
    table: str
    label: str
    read: Callable[[Fields], Fields] = dict


_RIGHT_OF = {
    "sees_findings": "findings:read",
    "sees_devices": "devices:read",
    "may_write": "reminders:send",
}


def _columns_to_scopes(fields: Fields) -> Fields:
    kept = {name: value for name, value in fields.items() if name not in _RIGHT_OF}
    ticked = [right for column, right in _RIGHT_OF.items() if fields.get(column)]
    return kept | {"scopes": " ".join(ticked)}


def _without_told(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if name != "told"}


def _judge_again(fields: Fields) -> Fields:
    return fields | {"stale_since": fields.get("stale_since") or fields["judged_at"]}


def _match_again(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if name != "judged_with"}


CHANGES = (
    Change("companies", "0004_ground", "companies.job", "core.job"),
    Change("people", "0003_ground", "people.auditevent", "core.auditevent"),
    Change(
        "supporters",
        "0004_columns_to_scopes",
        "supporters.grant",
        "supporters.grant",
        _columns_to_scopes,
    ),
    Change(
        "supporters",
        "0004_columns_to_scopes",
        "supporters.invitation",
        "supporters.invitation",
        _columns_to_scopes,
    ),
    Change(
        "companies", "0005_open_items", "companies.standing", "companies.standing", _judge_again
    ),
    Change(
        "devices",
        "0004_judged_by_what_was_said",
        "devices.packageversion",
        "devices.packageversion",
        _match_again,
    ),
    Change("outside", "0003_told_by_notices", "outside.watch", "outside.watch", _without_told),
)
"""In the order in which they came."""


def changes_since(migrations: Mapping[str, str]) -> tuple[Change, ...]:
    """Return the changes that came after a backup. migrations: app -> name of its newest one."""
    return tuple(one for one in CHANGES if migrations.get(one.app, "") < one.migration)


def label_today(table: str, changes: tuple[Change, ...]) -> str:
    """Return the label a table of a backup has today."""
    for change in changes:
        if change.table == table:
            table = change.label
    return table


def row_today(table: str, fields: Fields, changes: tuple[Change, ...]) -> Fields:
    """Return the fields of a row of a backup as they are today. Raises TypeError, KeyError."""
    for change in changes:
        if change.table == table:
            table, fields = change.label, change.read(fields)
    return fields
