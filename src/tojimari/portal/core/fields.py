"""A column of scopes: rights given to somebody, as one text, so that a database can look into it."""

from collections.abc import Iterable
from typing import Any

from django.db import models

from tojimari.portal.core.permissions import UnknownRight, rights


class ScopesField(models.TextField):
    """Names of rights as a tuple. The database holds `` one two `` and answers ``scopes__has``.

    Writing a right that no app declares raises UnknownRight; what was written earlier and is not
    declared any more is read, and gives nothing.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        """Be empty unless scopes are given."""
        super().__init__(*args, **{"blank": True, "default": tuple, **options})

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Return a plain text column: a migration must not depend on what is declared today."""
        name, _, args, options = super().deconstruct()
        return name, "django.db.models.TextField", args, options | {"default": ""}

    def from_db_value(self, value: str | None, *_: Any) -> tuple[str, ...]:
        """Return the names."""
        return self.to_python(value)

    def to_python(self, value: Any) -> tuple[str, ...]:
        """Return the names of a text, or of any list of them."""
        return tuple(value.split() if isinstance(value, str) else value or ())

    def get_prep_value(self, value: Any) -> str:
        """Return the text. Raises UnknownRight."""
        names = self.to_python(value)
        for name in names:
            if name not in rights():
                raise UnknownRight(name)
        return as_text(names)

    def value_to_string(self, obj: models.Model) -> str:
        """Return the text for a backup."""
        return as_text(self.value_from_object(obj))


def as_text(names: Iterable[str]) -> str:
    """Return names of rights as the column holds them: each between spaces, "" for none."""
    joined = " ".join(sorted(set(names)))
    return f" {joined} " if joined else ""


@ScopesField.register_lookup
class Has(models.Lookup):
    """``scopes__has="findings:read"``: the right is among them."""

    lookup_name = "has"

    def get_prep_lookup(self) -> str:
        """Return what is looked for. Raises UnknownRight."""
        if self.rhs not in rights():
            raise UnknownRight(self.rhs)
        escaped = str(self.rhs).replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
        return f"% {escaped} %"

    def get_db_prep_lookup(self, value: str, connection: Any) -> tuple[str, list[str]]:
        """Hand the pattern over as it is."""
        return "%s", [value]

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """Return the comparison, alike on SQLite and PostgreSQL."""
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return f"{left} LIKE {right} ESCAPE '\\'", [*left_values, *right_values]
