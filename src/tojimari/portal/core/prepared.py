"""Queries that are built once: at each asking only the values go in.

Django builds the tree of a query and writes its SQL anew each time, which for a list with many
counts takes longer than the database takes to answer it. Only the text is kept, never an answer:
what a company withdraws is gone at the next asking.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import msgspec
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, ExpressionWrapper, F, Field, QuerySet, UUIDField

from tojimari.portal.core.scope import note_across

_SIZES = (1, 50, 1000)
"""A list of ids is filled up to one of these lengths, so that few texts are kept."""


class Given(Expression):
    """The place of a value in a query that is built once; it has a name, and no value yet.

    It stands where a value stands in a filter. What looks into the value while a query is built
    (whether an organisation is a buyer) fails with AttributeError: such a query has no one text.
    """

    def __init__(self, name: str, output_field: Field) -> None:
        """Name the value; the field says how the database wants it."""
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Return a place, and itself in the place of the value."""
        return "%s", [self]


class _Text(msgspec.Struct, frozen=True):
    """What is kept of a query: its SQL ("" when it can find nothing), values, how columns are read."""

    sql: str
    values: tuple[Any, ...] = ()
    converters: tuple[tuple[int, list[Any], Any], ...] = ()


class Prepared:
    """A query of values whose SQL is written once a process."""

    def __init__(self, why: str, build: Callable[[], QuerySet]) -> None:
        """Keep how it is built: as a ``values_list`` with ``Given`` for what changes.

        why: what it asks all companies' rows for; goes to the log at each asking. "" for rows that
            are no company's.
        """
        self._why, self._build = why, build
        self._text: _Text | None = None

    def rows(self, **given: Any) -> list[tuple[Any, ...]]:
        """Return the rows found with these values. Raises KeyError for one that is not given."""
        if self._text is None:
            self._text = _written(self._build())
        text = self._text
        if not text.sql:
            return []
        if self._why:
            note_across(self._why)
        connection = connections[DEFAULT_DB_ALIAS]
        values = [
            one.output_field.get_db_prep_value(given[one.name], connection)
            if isinstance(one, Given)
            else one
            for one in text.values
        ]
        with connection.cursor() as cursor:
            cursor.execute(text.sql, values)
            found = cursor.fetchall()
        return _converted(found, text, connection) if text.converters else found


def _written(query: QuerySet) -> _Text:
    compiler = query.query.get_compiler(DEFAULT_DB_ALIAS)
    try:
        sql, values = compiler.as_sql()
    except EmptyResultSet:
        return _Text("")
    columns = compiler.get_converters([column for column, _, _ in compiler.select])
    converters = [(place, how, column) for place, (how, column) in columns.items()]
    return _Text(sql, tuple(values), tuple(converters))


def _converted(found: list[Any], text: _Text, connection: Any) -> list[tuple[Any, ...]]:
    rows = [list(row) for row in found]
    for place, how, column in text.converters:
        for row in rows:
            for convert in how:
                row[place] = convert(row[place], column, connection)
    return [tuple(row) for row in rows]


class PreparedOfIds:
    """A query about the companies of a list, whatever its length up to a thousand."""

    def __init__(self, why: str, build: Callable[[], QuerySet]) -> None:
        """Keep how it is built, without the list: of rows with a column ``company``."""
        self._of = {size: Prepared(why, partial(_of_ids, build, size)) for size in _SIZES}

    def rows(self, ids: Iterable[Any], **given: Any) -> list[tuple[Any, ...]]:
        """Return what is found of the companies with these ids; a longer list in several goes."""
        left, found = list(ids), []
        while left:
            some, left = left[: _SIZES[-1]], left[_SIZES[-1] :]
            size = next(size for size in _SIZES if len(some) <= size)
            some += some[-1:] * (size - len(some))
            named = {f"id{n}": id_ for n, id_ in enumerate(some)}
            found += self._of[size].rows(**named, **given)
        return found


def _of_ids(build: Callable[[], QuerySet], n: int) -> QuerySet:
    # The key by itself: a list of a foreign key must be of values, not of places for them.
    key: ExpressionWrapper = ExpressionWrapper(F("company_id"), UUIDField())
    places = [Given(f"id{place}", UUIDField()) for place in range(n)]
    return build().alias(company_key=key).filter(company_key__in=places)
