"""Says which published weaknesses concern a computer, the used ones first."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import msgspec

from tojimari.assess.advisories import Concern, Concerns
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog
from tojimari.knowledge.advisories.jvn import JvnEntry
from tojimari.knowledge.exploited import exploited_as_of
from tojimari.knowledge.package_urls import package_url
from tojimari.model import Lang
from tojimari.report.weakness_exchange import Weak


def purl_of(concern: Concern) -> str:
    """Return the Package URL of what is installed."""
    return package_url(concern.release, concern.package, concern.installed)


def concerns_as_data(found: Concerns) -> dict[str, Any]:
    """Return what concerns a computer as JSON holds it, each package with its Package URL."""
    rows = [{**msgspec.to_builtins(one), "purl": purl_of(one)} for one in found.found]
    return {"found": rows, "compared": found.compared, "not_compared": found.not_compared}


def concerns_as_weak(found: Concerns, catalog: Catalog, lang: Lang) -> list[Weak]:
    """Return what concerns a computer as other programs are given it, a line of text with each."""
    weak = []
    for one in found.found:
        key = "advisories.row" if one.fixed else "advisories.row_open"
        said = catalog.ui(key).say(
            lang,
            package=one.package,
            installed=one.installed,
            fixed=one.fixed,
            ids=few(one.ids),
        )
        fixed = (one.fixed,) if one.fixed else ()
        weak.append(Weak(one.package, fixed, one.ids, said, (purl_of(one),)))
    return weak


def concern_lines(
    found: Concerns,
    as_of: date,
    catalog: Catalog,
    lang: Lang,
    to_read: Callable[[Sequence[str]], Sequence[JvnEntry]] = lambda _: (),
) -> list[str]:
    """Return the lines to print; an indented one belongs to the one above it.

    to_read: gives what JVN has about CVE numbers (in Japanese), named below each of those that are
        in use by attackers.
    """

    def ui(key: str, **values: object) -> str:
        return catalog.ui(f"advisories.{key}").say(lang, **values)

    def rows(concerns: Sequence[Concern]) -> list[str]:
        return [
            "  "
            + ui(
                "row" if one.fixed else "row_open",
                package=one.package,
                installed=one.installed,
                fixed=one.fixed,
                ids=few(one.ids),
            )
            for one in concerns
        ]

    def with_pages(concerns: Sequence[Concern]) -> list[str]:
        return [
            line
            for one, row in zip(concerns, rows(concerns), strict=True)
            for line in (row, *(f"    {ui('jvn', id=e.id, link=e.link)}" for e in to_read(one.ids)))
        ]

    attacked = [one for one in found.found if one.attacked]
    mended = [one for one in found.found if one.fixed and not one.attacked]
    open_ = [one for one in found.found if not one.fixed and not one.attacked]
    lines = [ui("attacked"), *with_pages(attacked)] if attacked else []
    if mended:
        lines += [ui("mended"), *rows(mended)]
    if not found.compared:
        lines.append(ui("none_compared"))
    elif not found.found:
        lines.append(ui("nothing"))
    if open_:
        names = few(sorted({one.package for one in open_}))
        lines.append(ui("open", n=sum(len(one.ids) for one in open_), packages=names))
    return [
        *lines,
        ui(
            "data",
            day=as_of.isoformat(),
            attacked=exploited_as_of().isoformat(),
            compared=found.compared,
            rest=found.not_compared,
        ),
    ]
