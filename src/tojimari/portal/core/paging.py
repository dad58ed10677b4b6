"""Pages of long lists: a late page costs no more than the first, a search is made once."""

from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet


class KeyedPaginator(Paginator):
    """Pages of wide rows in the order of an index.

    An offset makes the database read every row before it, with all its columns. The keys alone stand
    in the index; so they are counted off there, and only the rows of the page are read.

    searched: no index helps to find the rows. All their keys are read at once (they must not be more
        than tens of thousands): counting them first would search a second time.
    at_most: rows beyond so many are neither counted nor shown: nobody pages that far.
    """

    def __init__(
        self,
        rows: QuerySet[Any],
        per_page: int,
        *,
        searched: bool = False,
        count: int | None = None,
        at_most: int | None = None,
    ) -> None:
        """Keep the rows; ``count``: how many there are, where that is known already."""
        super().__init__(rows, per_page)
        self.rows, self.searched, self.at_most = rows, searched, at_most
        if count is not None:
            self.count = count

    @cached_property
    def count(self) -> int:  # type: ignore[override]
        """How many rows there are."""
        return len(self._found) if self.searched else self.rows.order_by()[: self.at_most].count()

    @cached_property
    def _found(self) -> list[Any]:
        return list(self.rows.values_list("pk", flat=True)[: self.at_most])

    def page(self, number: int | str) -> Page:
        """Return a page. Raises InvalidPage for one that is not there."""
        number = self.validate_number(number)
        first = (int(number) - 1) * self.per_page
        if self.searched:
            keys = self._found[first : first + self.per_page]
        elif first:
            keys = list(self.rows.values_list("pk", flat=True)[first : first + self.per_page])
        else:
            return super().page(number)
        return self._get_page(self.rows.filter(pk__in=keys), int(number), self)
