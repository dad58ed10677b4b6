"""``tojimari incident sheet``: the page that hangs beside the computer."""

import argparse
from datetime import date
from pathlib import Path

from tojimari.assess.evidence import evidence_observation
from tojimari.catalog import Catalog
from tojimari.cli.printing import print_aside
from tojimari.cli.session import Session, session
from tojimari.model import Lang, TojimariError
from tojimari.report.files import write_report
from tojimari.report.sheet import (
    CONTACTS_AT_MOST,
    KINDS,
    NEEDED,
    SHOWS,
    Sheet,
    SheetContact,
    sheet_page,
)

_LETTERS = 100


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Write the sheet. Returns 0 when everybody who is needed is on it, else 1."""
    if arguments.html is None and arguments.pdf is None:
        raise TojimariError(
            "どこに書くかが分かりません。--pdf 貼り紙.pdf か --html 貼り紙.html を付けてください。",
            "It is not clear where to write it. Add --pdf sheet.pdf or --html sheet.html.",
        )
    contacts = [_contact(*given) for given in arguments.contact[:CONTACTS_AT_MOST]]
    with session(arguments, lang) as s:
        today = s.as_of.astimezone().date()
        sheet = Sheet(arguments.company.strip()[:_LETTERS], contacts, today)
        _write(arguments, sheet, s.catalog, lang)
        missing = frozenset(NEEDED) - {contact.kind for contact in contacts}
        if not missing:
            _keep_evidence(s, today, arguments.pdf or arguments.html)
        _say_missing(missing, s.catalog, lang)
        return 1 if missing else 0


def _contact(kind: str, name: str, reach: str) -> SheetContact:
    if kind not in KINDS:
        raise TojimariError(
            f"--contact {kind[:40]}: その種類はありません。使えるのは: {'、'.join(KINDS)}",
            f"--contact {kind[:40]}: is no kind of contact. Use one of: {', '.join(KINDS)}",
        )
    if not name.strip() or not reach.strip():
        raise TojimariError(
            f"--contact {kind}: 名前と、電話番号かメールを書いてください。",
            f"--contact {kind}: give a name, and a telephone number or mail address.",
        )
    return SheetContact(kind, name.strip()[:_LETTERS], reach.strip()[:_LETTERS])


def _write(arguments: argparse.Namespace, sheet: Sheet, catalog: Catalog, lang: Lang) -> None:
    page = sheet_page(sheet, catalog, lang)
    if arguments.html is not None:
        write_report(arguments.html, page.encode())
    if arguments.pdf is not None:
        from tojimari.report.pdf import print_page

        write_report(arguments.pdf, print_page(page))


def _keep_evidence(s: Session, today: date, path: Path) -> None:
    """Note that the list of contacts is there: the step that asks for it is done."""
    note = "緊急連絡の貼り紙" if s.lang == "ja" else "Emergency sheet"
    made = evidence_observation(
        s.catalog.control(SHOWS), done_on=today, note=note, at=s.as_of, file_name=path.name
    )
    s.store.save([made], s.catalog)


def _say_missing(missing: frozenset[str], catalog: Catalog, lang: Lang) -> None:
    for kind in sorted(missing):
        name = catalog.incidents.contacts[kind].name.say(lang)
        print_aside(catalog.ui("sheet.missing").say(lang, who=name, kind=kind))
