"""The sheet that hangs beside the computer: what to do, whom to call, on one page of A4."""

from collections.abc import Sequence
from datetime import date

import msgspec

from tojimari.catalog import Catalog
from tojimari.model import Lang
from tojimari.report.page import environment

KINDS = ("helper", "bank", "police", "insurer", "host", "partners")
"""Contacts that every sheet has a line for, empty where the company named nobody."""
PUBLIC = ("police_now", "police", "ipa_companies")
SHOWN = ("screen", "money", "password", "lost", "misdirected", "website")
"""Playbooks whose first words stand on the sheet."""
MOST_OF_A_KIND = 3


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


def sheet_page(sheet: Sheet, catalog: Catalog, lang: Lang) -> str:
    """Return the sheet as one HTML page for A4, in ``lang``."""
    known = catalog.incidents
    rows = []
    for kind in KINDS:
        mine = [one for one in sheet.contacts if one.kind == kind][:MOST_OF_A_KIND]
        title = known.contacts[kind].name.say(lang)
        rows.append((title, mine or [SheetContact(kind, "", "")]))
    public = [known.contacts[id_] for id_ in PUBLIC]
    return (
        environment()
        .get_template("sheet.html")
        .render(
            lang=lang,
            ui=lambda key, **words: catalog.ui(key).say(lang, **words),
            company=sheet.company,
            lines=[text.say(lang) for text in known.sheet],
            rows=rows,
            public=[(one.name.say(lang), one.phone or one.mail) for one in public],
            kinds=[
                (known.playbooks[id_].title.say(lang), known.playbooks[id_].at_once.say(lang))
                for id_ in SHOWN
            ],
            code=sheet.code,
            address=sheet.address,
            made_on=sheet.made_on.isoformat(),
            as_of=catalog.meta.as_of.isoformat(),
        )
    )
