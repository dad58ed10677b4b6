"""Ends of support, from endoflife.date's data (MIT licence), shipped or a newer copy."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path

import msgspec

from tojimari.knowledge.files import as_of, decoded, place_of

HERE = Path(__file__).parent / "lifecycle" / "endoflife.json"
_USUAL_LIFE_DAYS = 365
"""For how long a release is taken to live whose product has too few ended ones to compare with."""
_ENOUGH = 3


class Cycle(msgspec.Struct, frozen=True, rename="camel"):
    """One release cycle of a product. Dates or plain true/false, as the source gives them.

    Attributes:
        eol: end of security support; True when it has ended, False when no end is known.
        eoas: end of active support (features), where the product knows one.
        eoes: end of extended support (for Debian: LTS), by volunteers or paid.
        release_date: when it came out.
        lts: whether (or from when) it is one with long support.
    """

    release_cycle: str
    release_label: str | None = None
    eol: date | bool | None = None
    eoas: date | bool | None = None
    eoes: date | bool | None = None
    latest: str | None = None
    release_date: date | None = None
    lts: date | bool | None = None


class Product(msgspec.Struct, frozen=True):
    """A product with its cycles, newest first."""

    title: str
    releases: tuple[Cycle, ...]
    identifiers: tuple[dict[str, str], ...] | None = None

    def life_days(self, cycle: Cycle) -> float:
        """Return how many days releases of the sort of ``cycle`` (long support or not) live."""
        lives = [
            (one.eol - one.release_date).days
            for one in self.releases
            if isinstance(one.eol, date)
            and one.release_date is not None
            and bool(one.lts) == bool(cycle.lts)
        ]
        if len(lives) < _ENOUGH:
            return _USUAL_LIFE_DAYS
        # Only here: what statistics brings with it takes longer than the table of products.
        from statistics import median

        return median(lives)


class Lifecycle(msgspec.Struct, frozen=True):
    """Every product by its id at endoflife.date; ``source`` names origin, licence and date."""

    source: str
    products: Mapping[str, Product]

    def cycle(self, product: str, version: str) -> Cycle | None:
        """Return the cycle of ``product`` that ``version`` belongs to, longest match first."""
        entry = self.products.get(product)
        if entry is None:
            return None
        parts = version.split(".")
        for length in range(len(parts), 0, -1):
            wanted = ".".join(parts[:length])
            for cycle in entry.releases:
                if cycle.release_cycle == wanted:
                    return cycle
        return None

    def still_tells(self, product: str, cycle: Cycle, age_days: int) -> bool:
        """Return whether data of this age can say that ``cycle`` is still supported.

        A dated end holds whatever the age. "No end is known" says how it was on the day the data
        is from, and a browser's release lives four weeks: it is no news once the data is older
        than such a release lives.
        """
        entry = self.products.get(product)
        if isinstance(cycle.eol, date) or isinstance(cycle.eoes, date) or entry is None:
            return True
        return age_days <= entry.life_days(cycle)

    def of_build(self, products: Iterable[str], build: str) -> tuple[Cycle, ...]:
        """Return every cycle of ``products`` whose newest version is ``build``: several where
        editions of one build are maintained for different times.
        """
        return tuple(
            cycle
            for product in products
            if product in self.products
            for cycle in self.products[product].releases
            if cycle.latest == build
        )

    def before_supported(self, product: str, version: str, today: date) -> bool:
        """Return whether ``version`` is older than every numbered cycle still supported."""
        entry = self.products.get(product)
        if entry is None:
            return False
        alive = [
            key
            for cycle in entry.releases
            if ended(cycle.eol, today) is False
            and (key := _numbers(cycle.release_cycle)) is not None
        ]
        own = _numbers(version)
        return own is not None and bool(alive) and own < min(alive)


def _numbers(version: str) -> tuple[int, ...] | None:
    parts = version.split(".")
    if not all(part.isdecimal() and len(part) < 10 for part in parts):
        return None
    return tuple(int(part) for part in parts)


def ended(end: date | bool | None, today: date) -> bool | None:
    """Return whether support has ended on ``today``; None when the data does not say."""
    if end is None:
        return None
    if isinstance(end, bool):
        return end
    return end < today


def data_age_days(today: date) -> int:
    """Return how many days old the data is on ``today``."""
    return (today - as_of("endoflife", HERE)).days


class _Unread(msgspec.Struct, frozen=True):
    """The shipped data with its products still as text."""

    source: str
    products: dict[str, msgspec.Raw]


class _Products(Mapping[str, Product]):
    """The shipped products, each read when it is first asked for.

    There are hundreds, of which a look needs a handful; all of them take 3 MB.
    """

    def __init__(self, unread: dict[str, msgspec.Raw]) -> None:
        self._unread = unread
        self._read: dict[str, Product] = {}

    def __getitem__(self, id_: str) -> Product:
        """Return a product. Raises KeyError."""
        if id_ not in self._read:
            self._read[id_] = msgspec.json.decode(self._unread[id_], type=Product)
        return self._read[id_]

    def __iter__(self) -> Iterator[str]:
        """Go through the ids."""
        return iter(self._unread)

    def __len__(self) -> int:
        """Count the products."""
        return len(self._unread)

    def __contains__(self, id_: object) -> bool:
        """Return whether there is such a product, without reading it."""
        return id_ in self._unread


@cache
def _shipped() -> Lifecycle:
    unread = decoded("endoflife", _Unread, HERE)
    return Lifecycle(unread.source, _Products(unread.products))


def load_lifecycle() -> Lifecycle:
    """Return the data, the operator's newer copy first. Raises TojimariError for a broken one.

    The operator's is read whole, so that what is wrong in it is said at once.
    """
    if place_of("endoflife", HERE) == HERE:
        return _shipped()
    return decoded("endoflife", Lifecycle, HERE)
