"""``tojimari mail FILE...``: say how dangerous a mail is, without opening anything in it."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tojimari.catalog import load_catalog
from tojimari.cli.parts import parts_of
from tojimari.model import Lang, TojimariError, ascii_form

if TYPE_CHECKING:
    from tojimari.mail.acquaintances import Known
    from tojimari.mail.confined import Reader

SHOWN_WHOLE = 10
"""Mails that are shown whole in the terminal; of more, one line each that is not ordinary."""
_STANDARD_INPUT = "-"


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Judge each mail and show it. Returns 0 when all look ordinary, else 1."""
    from tojimari.mail.confined import Reader

    mails = _mails(arguments.files)
    first = list(islice(mails, SHOWN_WHOLE + 1))
    if not first:
        raise TojimariError(
            "メールのファイルが見つかりません。場所を確かめてください。",
            "There is no mail in there. Check the place.",
        )
    with Reader(ready=len(first) > 1, own_servers=tuple(arguments.server)) as reader:
        reader.begin()  # it loads its part while this process loads its own
        return _run(arguments, lang, reader, len(first), chain(first, mails))


def _run(
    arguments: argparse.Namespace,
    lang: Lang,
    reader: "Reader",
    number_of_first: int,
    mails: Iterator[tuple[str, bytes]],
) -> int:
    with parts_of("mail"):
        from tojimari.mail.photos import is_picture, read_photo
        from tojimari.mail.verdict import judge, worst
        from tojimari.report.mail import SCHEMA, Brief, show_many, show_verdict, verdict_form
    catalog = load_catalog()
    tricks = {each.id: each.trick for each in catalog.signals.values()}
    known = _known(arguments.own, arguments.contact)
    several, many = number_of_first > 1, number_of_first > SHOWN_WHOLE
    forms: list[dict[str, Any]] = []
    counts: Counter[str] = Counter()
    brief: list[Brief] = []
    unread = False
    for number, (name, data) in enumerate(mails):
        if is_picture(data):
            message, photo = read_photo(data, reader)
            unread |= photo == "no_engine"
            messages = [message]
        else:
            messages = reader.read(data, together=several)
        judged = [(each, judge(each, known, tricks)) for each in messages]
        verdict = worst([its for _, its in judged])
        counts[verdict.level] += 1
        if arguments.format == "json":
            forms.append(verdict_form(name, judged, verdict, catalog))
        elif many:
            if verdict.level != "ordinary":
                message = next(one for one, its in judged if its is verdict)
                brief.append(Brief(name, message.sender.address, message.subject, verdict))
        else:
            if number:
                sys.stdout.write("\n")
            show_verdict(name, judged, verdict, catalog, lang, every=arguments.all)
    if arguments.format == "json":
        form = {"schema": SCHEMA, "files": forms}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(form)).decode() + "\n")
    elif many:
        show_many(counts, brief, catalog, lang, every=arguments.all)
    if unread:
        sys.stderr.write(catalog.ui("mail.no_engine").say(lang) + "\n")
    return 0 if set(counts) == {"ordinary"} else 1


def _known(own: list[str], given: list[str]) -> "Known":
    from tojimari.mail.acquaintances import Contact, gather_known
    from tojimari.mail.headers import addresses

    contacts = []
    for text in given:
        found = addresses(text, 1)
        if found and found[0].domain:
            contacts.append(Contact(found[0].address, (found[0].name,)))
        else:
            contacts += [Contact(domain) for domain in _domains([text])]
    return gather_known(_domains(own), contacts)


def _domains(given: list[str]) -> frozenset[str]:
    found = set()
    for name in given:
        try:
            found.add(ascii_form(name.rpartition("@")[2].strip(" .")))
        except UnicodeError as error:
            raise TojimariError(
                f"{name[:60]}: ドメインの名前ではありません。example.co.jp のように書いてください。",
                f"{name[:60]}: is not the name of a domain. Write it like example.co.jp.",
            ) from error
    return frozenset(found)


def _mails(names: list[str]) -> Iterator[tuple[str, bytes]]:
    from tojimari.mail.mailboxes import mails_in
    from tojimari.mail.message import MAIL_BYTES

    for name in names:
        if name == _STANDARD_INPUT:
            yield name, sys.stdin.buffer.read(MAIL_BYTES + 1)
            continue
        try:
            yield from mails_in(Path(name))
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise TojimariError(
                f"{name}: 読めません ({why})。場所を確かめてください。",
                f"{name}: cannot be read ({why}). Check the place.",
            ) from error
