"""The sheet that hangs beside the computer: what to do, whom to call, on one page of A4."""

from collections.abc import Sequence
from datetime import date

import msgspec

from tojimari.catalog import Catalog
from tojimari.model import Lang, Text
from tojimari.report.page import environment
from tojimari.respond import FIRST_CONTACTS

KINDS = ("helper", "bank", "police", "insurer", "host", "partners")
"""Contacts that every sheet has a line for, empty where the company named nobody."""
NEEDED = ("helper", "bank")
"""Without these a sheet does not help."""
SHOWS = "incident-contacts"
"""The control that the sheet is evidence for."""
CONTACTS_AT_MOST = 30
"""Of one company; a sheet shows ``MOST_OF_A_KIND`` of each kind."""
SHOWN = ("screen", "money", "password", "lost", "misdirected", "website")
"""Playbooks whose first words stand on the sheet."""
MOST_OF_A_KIND = 2
NAME_LETTERS = 28
REACH_LETTERS = 40
REFERENCE_LETTERS = 20
COMPANY_LETTERS = 30
"""What is longer is cut: it stays one page of A4."""
_ON_A_LINE = 15
_LINES_WITH_KINDS = 13
_ROWS_WITH_REFERENCE = 8


class SheetContact(msgspec.Struct, frozen=True):
    """Somebody the company calls.

    Attributes:
        kind: id of a contact of the catalog.
        reach: telephone number, or a mail address.
        reference: number of the contract; "" for none.
    """

    kind: str
    name: str
    reach: str
    reference: str = ""


class Sheet(msgspec.Struct, frozen=True):
    """What one company's sheet says.

    Attributes:
        code: the emergency code; "" where none is printed.
        address: where the code is typed in; "" where there is no portal.
    """

    company: str
    contacts: Sequence[SheetContact]
    made_on: date
    code: str = ""
    address: str = ""


def kind_title(kind: str, catalog: Catalog) -> Text:
    """Return what a kind of the company's own contacts is called."""
    # The catalog's entry is the line for everybody; a company names a station or desk near it.
    return catalog.ui("sheet.police") if kind == "police" else catalog.incidents.contacts[kind].name


def _rows(sheet: Sheet, catalog: Catalog, lang: Lang) -> list[tuple[str, list[SheetContact]]]:
    """Return (what it is called, its contacts) for every kind, each as it fits its line."""
    shown = [
        [one for one in sheet.contacts if one.kind == kind][:MOST_OF_A_KIND]
        or [SheetContact(kind, "", "")]
        for kind in KINDS
    ]
    few = sum(map(len, shown)) <= _ROWS_WITH_REFERENCE
    return [
        (
            kind_title(kind, catalog).say(lang),
            [
                SheetContact(
                    kind,
                    one.name[:NAME_LETTERS],
                    one.reach[:REACH_LETTERS],
                    one.reference[:REFERENCE_LETTERS] if few else "",
                )
                for one in mine
            ],
        )
        for kind, mine in zip(KINDS, shown, strict=True)
    ]


def _lines(rows: list[tuple[str, list[SheetContact]]]) -> int:
    """Return about how many lines the contacts take on paper."""
    taken = 0
    for _, mine in rows:
        lines = sum(1 + (len(c.name) > _ON_A_LINE) + bool(c.reference) for c in mine)
        taken += max(2, lines)  # what a kind is called takes two
    return taken


def sheet_page(sheet: Sheet, catalog: Catalog, lang: Lang) -> str:
    """Return the sheet as one HTML page for A4, in ``lang``."""
    known = catalog.incidents
    rows = _rows(sheet, catalog, lang)
    shown = SHOWN if _lines(rows) <= _LINES_WITH_KINDS else ()
    public = [known.contacts[id_] for id_ in FIRST_CONTACTS]
    return (
        environment()
        .get_template("sheet.html")
        .render(
            lang=lang,
            ui=lambda key, **words: catalog.ui(key).say(lang, **words),
            company=sheet.company[:COMPANY_LETTERS],
            lines=[text.say(lang) for text in known.sheet],
            rows=rows,
            tight=sum(len(mine) for _, mine in rows) > _ROWS_WITH_REFERENCE,
            public=[(one.name.say(lang), one.phone or one.mail) for one in public],
            kinds=[
                (known.playbooks[id_].title.say(lang), known.playbooks[id_].at_once.say(lang))
                for id_ in shown
            ],
            code=sheet.code,
            address=sheet.address,
            made_on=sheet.made_on.isoformat(),
            as_of=catalog.meta.as_of.isoformat(),
        )
    )
