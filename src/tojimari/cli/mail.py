"""``tojimari mail FILE...``: say how dangerous a mail is, without opening anything in it."""

import argparse
import sys
from pathlib import Path

import msgspec

from tojimari.catalog import load_catalog
from tojimari.model import Lang, TojimariError, ascii_form

MOST_FILES = 1_000


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Judge each file and show it. Returns 0 when all look ordinary, else 1."""
    try:
        from tojimari.mail.acquaintances import Contact, gather_known
        from tojimari.mail.confined import Reader
        from tojimari.mail.headers import addresses
        from tojimari.mail.verdict import judge, worst
        from tojimari.report.mail import SCHEMA, show_verdict, verdict_form
    except ImportError as error:
        raise TojimariError(
            f"メールを調べるための部品 ({error.name}) がありません。`pip install 'tojimari[mail]'` で入ります。",
            f"Parts for judging mail are missing ({error.name}). "
            "Install them with `pip install 'tojimari[mail]'`.",
        ) from error
    catalog = load_catalog()
    tricks = {each.id: each.trick for each in catalog.signals.values()}
    contacts = []
    for given in arguments.contact:
        [each] = addresses(given, 1) or [None]
        if each is not None and each.domain:
            contacts.append(Contact(each.address, (each.name,)))
        else:
            contacts += [Contact(domain) for domain in _domains([given])]
    known = gather_known(_domains(arguments.own), contacts)
    files = [(name, _bytes(name)) for name in arguments.files[:MOST_FILES]]
    forms, levels = [], set()
    with Reader(ready=len(files) > 1, own_servers=tuple(arguments.server)) as reader:
        for number, (name, data) in enumerate(files):
            judged = [(each, judge(each, known, tricks)) for each in reader.read(data)]
            verdict = worst([its for _, its in judged])
            levels.add(verdict.level)
            if arguments.format == "json":
                forms.append(verdict_form(name, judged, verdict, catalog))
            else:
                if number:
                    sys.stdout.write("\n")
                show_verdict(name, judged, verdict, catalog, lang, every=arguments.all)
    if arguments.format == "json":
        form = {"schema": SCHEMA, "files": forms}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(form)).decode() + "\n")
    return 0 if levels == {"ordinary"} else 1


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


def _bytes(name: str) -> bytes:
    from tojimari.mail.message import MAIL_BYTES

    if name == "-":
        return sys.stdin.buffer.read(MAIL_BYTES + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(MAIL_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise TojimariError(
            f"{name}: 読めません ({why})。場所を確かめてください。",
            f"{name}: cannot be read ({why}). Check the place.",
        ) from error
