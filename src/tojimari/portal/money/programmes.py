"""The programmes that are known: shipped, of the operator's folder, of a company's supporters."""

import logging
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from django.db.models import QuerySet
from django.utils import timezone

from tojimari.catalog import Catalog
from tojimari.catalog.money import Programme
from tojimari.catalog.programme_files.own import own_folder, with_own_programmes
from tojimari.model.japan import JAPAN
from tojimari.portal.companies.models import Company
from tojimari.portal.money.models import OwnProgramme
from tojimari.portal.supporters.models import Grant, Organisation
from tojimari.portal.words import catalog

log = logging.getLogger("tojimari.money")


def today() -> date:
    """Return the day in Japan."""
    return timezone.now().astimezone(JAPAN).date()


def programmes_for(company: Company) -> list[Programme]:
    """Return what is known for a company beside the shipped ones.

    The operator's, and those of the supporters that it lets look.
    """
    grants = Grant.objects.of(company).filter(
        withdrawn_at=None,
        organisation__approved_at__isnull=False,
        organisation__kind=Organisation.SUPPORTER,
    )
    rows = OwnProgramme.objects.filter(organisation__in=grants.values("organisation"))
    return [*operators(), *read_rows(rows)]


def programmes_of(organisation: Organisation) -> list[Programme]:
    """Return every programme an organisation's people see: shipped, the operator's, their own."""
    own = read_rows(OwnProgramme.objects.filter(organisation=organisation))
    known = catalog().with_programmes([*operators(), *own])
    return list(known.money.programmes.values())


def read_rows(rows: QuerySet[OwnProgramme]) -> list[Programme]:
    """Return the programmes of rows; one that today's shape does not fit any more is left out."""
    found = []
    for row in rows.order_by("pk"):
        try:
            one = msgspec.convert(row.content, Programme)
        except (msgspec.ValidationError, ValueError):
            log.warning("a programme of a supporter cannot be read", extra={"reason": row.pk})
            continue
        found.append(msgspec.structs.replace(one, id=row.key))
    return found


def content_of(programme: Programme) -> dict[str, Any]:
    """Return a programme as a row keeps it."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(programme))
    return plain


def operators() -> tuple[Programme, ...]:
    """Return the programmes of the operator's folder; read again when a file of it changes."""
    folder = own_folder()
    if not folder.is_dir():
        return ()
    return _operators(folder, _state_of(folder), today())


def _state_of(folder: Path) -> tuple[tuple[str, int, int], ...]:
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
        told = [(path.name, path.stat()) for path in files]
    except OSError:
        return ()
    return tuple((name, seen.st_mtime_ns, seen.st_size) for name, seen in told)


@lru_cache(maxsize=2)
def _operators(
    _: Path, state: tuple[tuple[str, int, int], ...], day: date
) -> tuple[Programme, ...]:
    found, problems = with_own_programmes(catalog(), day)
    for problem in problems:
        log.warning("a programme of the folder is left out", extra={"reason": problem.say("en")})
    return _added(found, catalog())


def _added(found: Catalog, before: Catalog) -> tuple[Programme, ...]:
    known = before.money.programmes
    more: Iterable[Programme] = found.money.programmes.values()
    return tuple(one for one in more if known.get(one.id) != one)
