"""What a database's tables are made of, without the order of columns and names nobody chose."""

from typing import Any

from django.db import connection


def shape() -> dict[str, dict[str, Any]]:
    """Return table -> columns, constraints and indexes of the database that is connected."""
    with connection.cursor() as cursor:
        return {name: _table(cursor, name) for name in connection.introspection.table_names(cursor)}


_known: dict[tuple[tuple[str | None], ...], dict[str, Any]] = {}
"""What SQLite keeps of a table are the words it was made with: the same words are the same table,
and reading them takes Django long."""


def _table(cursor: Any, name: str) -> dict[str, Any]:
    if connection.vendor != "sqlite":
        return _read(cursor, name)
    cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = %s ORDER BY name", [name])
    made_with = tuple(cursor.fetchall())
    if made_with not in _known:
        _known[made_with] = _read(cursor, name)
    return _known[made_with]


def _read(cursor: Any, name: str) -> dict[str, Any]:
    columns = {
        one.name: (one.type_code, one.display_size or one.internal_size, one.null_ok, one.default)
        for one in connection.introspection.get_table_description(cursor, name)
    }
    found = connection.introspection.get_constraints(cursor, name)
    constraints = sorted(
        repr(
            (
                one["columns"],
                one["primary_key"],
                one["unique"],
                one["foreign_key"],
                one["check"],
                one["index"],
                one.get("orders"),
                one.get("definition"),
            )
        )
        for one in found.values()
    )
    return {"columns": columns, "constraints": constraints, "named": _named(found)}


def _named(found: dict[str, Any]) -> list[str]:
    """Names that a migration may have to know: of indexes and unique rules that we named."""
    return sorted(name for name in found if not name.startswith(("__", "sqlite_")))
