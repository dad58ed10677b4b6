"""``tojimari money``: what pays for the steps or helps with them, held against the company."""

import argparse
import csv
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from tojimari.catalog import load_catalog
from tojimari.catalog.load import HERE
from tojimari.catalog.programme_files.own import own_folder, with_own_programmes
from tojimari.catalog.programme_files.reading import (
    BYTES_AT_MOST,
    BadProgrammeFile,
    ProgrammeFile,
    read_folder_of_programmes,
    read_programmes,
    written,
)
from tojimari.catalog.programme_files.short import HEADINGS
from tojimari.cli.money_words import ask_in_terminal, said_by_options
from tojimari.cli.printing import print_aside, print_line
from tojimari.cli.session import Session, session
from tojimari.lib.folders import make_private, write_folder
from tojimari.model import Lang, TojimariError, seen
from tojimari.model.japan import JAPAN
from tojimari.plan.money import Offer, profile_of, still_asked
from tojimari.report.files import write_report
from tojimari.report.money import (
    field_word,
    fit_sentence,
    insurance_csv,
    insurance_rows,
    programme_card,
    window_sentence,
)
from tojimari.report.paragraph import console_of_command, put

LISTED_SCHEMA = "tojimari.money/1"


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Do what is asked. Returns 0; of ``lint`` 2 when something is wrong."""
    match arguments.what:
        case "template":
            return _template(arguments)
        case "lint":
            return _lint(arguments, lang)
        case "import":
            return _import(arguments, lang)
    with session(arguments, lang) as s:
        match arguments.what:
            case "show":
                return _show(arguments.id, s)
            case "tell":
                return _tell(arguments, s)
            case "insurance":
                return _insurance(arguments, s)
        return _list(arguments, s)


def _list(arguments: argparse.Namespace, s: Session) -> int:
    diagnosis = s.diagnosis()
    near = [offer for offer in diagnosis.offers if offer.is_near]
    rest = [offer for offer in diagnosis.offers if not offer.is_near]
    if arguments.json:
        print_line(as_json(diagnosis.offers, diagnosis.day))
        return 0
    for problem in with_own_programmes(load_catalog(), diagnosis.day)[1]:
        print_aside(problem.say(s.lang))
    console = console_of_command()
    put(console, s.say("money.near"), 0)
    for offer in near:
        _put_short(offer, s)
    if not near:
        put(console, s.say("money.none_near"), 2)
    if arguments.all:
        console.print()
        put(console, s.say("money.rest"), 0)
        for offer in rest:
            _put_short(offer, s)
    console.print()
    if asked := still_asked(diagnosis.offers):
        words = [field_word(field, s.catalog, s.lang) for field in asked]
        fields = ("、" if s.lang == "ja" else ", ").join(words)
        put(console, s.say("money.ask_more", fields=fields), 0)
    put(console, s.say("money.elsewhere"), 0)
    return 0


def as_json(offers: tuple[Offer, ...], day: date) -> str:
    """Return programmes beside a company as one JSON document; see docs/json.md."""
    made = {
        "schema": LISTED_SCHEMA,
        "day": day,
        "programmes": [
            {
                "id": one.programme.id,
                "name": one.programme.name,
                "kind": one.programme.kind,
                "window": one.window.state,
                "round": one.window.round,
                "verdict": one.fit.verdict,
                "could_fit": one.fit.could_fit,
                "missing": one.fit.missing,
                "points": one.fit.points,
                "papers": one.papers,
                "papers_held": one.held,
                "seen": one.programme.seen,
                "mark": one.programme.mark,
                "sources": one.programme.sources,
            }
            for one in offers
        ],
    }
    return msgspec.json.format(msgspec.json.encode(made), indent=1).decode()


def _put_short(offer: Offer, s: Session) -> None:
    console = console_of_command()
    kind = s.say(f"money.kind_{offer.programme.kind}")
    put(console, f"{offer.programme.name.say(s.lang)} [{kind}] ({offer.programme.id})", 2)
    put(console, window_sentence(offer, s.catalog, s.lang), 4)
    put(console, fit_sentence(offer, s.catalog, s.lang), 4)


def _show(id_: str, s: Session) -> int:
    diagnosis = s.diagnosis()
    offer = next((one for one in diagnosis.offers if one.programme.id == id_), None)
    if offer is None:
        text = s.catalog.ui("money.unknown_id")
        raise TojimariError(text.say("ja", id=id_[:60]), text.say("en", id=id_[:60]))
    card, console = programme_card(offer, diagnosis, s.catalog, s.lang), console_of_command()
    put(console, f"{card['name']} [{card['kind']}]", 0)
    for line in (card["window"], card["fit"]):
        put(console, line, 2)
    for name, text in card["rows"]:
        put(console, f"{name}: {text}", 2)
    for key in ("first", "on_the_way"):
        for line in card[key]:
            put(console, f"{s.say(f'money.{key}')}: {line}", 2)
    for paper in card["papers"]:
        held = s.say("money.paper_held" if paper["held"] else "money.paper_lacking")
        put(console, f"{s.say('money.papers')}: {paper['title']} ({held})", 2)
    for step in card["steps"]:
        effect = f" ({step['effect']})" if step["effect"] else ""
        put(console, f"{s.say('money.steps')}: {step['title']}{effect}", 2)
    for conflict in card["conflicts"]:
        claims = " / ".join(conflict["claims"])
        lower = s.say("money.lower_counts") if conflict["lower"] else ""
        put(console, f"{s.say('money.conflict')} ({conflict['about']}): {claims} {lower}", 2)
    for note in card["notes"]:
        put(console, note, 2)
    if card["open"]:
        put(console, s.say("money.open_points", what=card["open"]), 2)
    put(console, card["as_of"], 2)
    return 0


def _tell(arguments: argparse.Namespace, s: Session) -> int:
    before = profile_of(s.store.current(), s.as_of)
    said = said_by_options(arguments)
    if not said:
        asked = still_asked(s.diagnosis().offers)
        if not asked:
            print_line(s.say("money.nothing_asked"))
            return 0
        said = ask_in_terminal(asked, s.catalog, s.lang)
    after = msgspec.structs.replace(before, **said)
    if after == before:
        print_line(s.say("money.nothing_told"))
        return 0
    fact = seen(after, subject=s.company, source="answered", at=s.as_of)
    s.store.save([fact], s.catalog)
    print_line(s.say("money.told"))
    return 0


def _insurance(arguments: argparse.Namespace, s: Session) -> int:
    diagnosis = s.diagnosis()
    if arguments.csv is not None:
        write_report(arguments.csv, insurance_csv(diagnosis, s.catalog, s.lang).encode())
        print_aside(s.say("page.written", path=arguments.csv.resolve()))
        return 0
    console, topic = console_of_command(), ""
    put(console, s.say("money.insurance_about"), 0)
    for row in insurance_rows(diagnosis, s.catalog, s.lang):
        if row["topic"] != topic:
            topic = row["topic"]
            put(console, topic, 0)
        seen_on = f", {row['seen']}" if row["seen"] else ""
        put(console, f"{row['control']}: {row['word']} ({row['basis']}{seen_on})", 2)
        if row["differ"]:
            put(console, s.say("money.insurance_differ"), 4)
    return 0


def _template(arguments: argparse.Namespace) -> int:
    if arguments.csv:
        csv.writer(sys.stdout).writerow(HEADINGS)
    else:
        sys.stdout.write((HERE / "money" / "example.yaml").read_text("utf-8"))
    return 0


def _lint(arguments: argparse.Namespace, lang: Lang) -> int:
    read, catalog = _read(arguments.path, _today()), load_catalog()
    for problem in read.problems:
        print_line(problem.say(lang))
    key = "money.lint_bad" if read.problems else "money.lint_good"
    print_line(catalog.ui(key).say(lang, n=len(read.problems or read.programmes)))
    return 2 if read.problems else 0


def _import(arguments: argparse.Namespace, lang: Lang) -> int:
    """Write every programme as a file of its own, all or, where one has a mistake, none."""
    read, catalog = _read(arguments.path, _seen(arguments.seen)), load_catalog()
    if read.problems:
        for problem in read.problems:
            print_line(problem.say(lang))
        print_line(catalog.ui("money.lint_bad").say(lang, n=len(read.problems)))
        return 2
    folder = arguments.into or own_folder()
    if arguments.into is None:
        make_private(folder)
    try:
        write_folder(folder, {f"{one.id}.yaml": written(one) for one in read.programmes})
    except OSError as error:
        raise TojimariError(
            f"{folder}: 書けません ({error.strerror})。何も変えていません。",
            f"{folder}: cannot be written ({error.strerror}). Nothing was changed.",
        ) from error
    told = catalog.ui("money.imported").say(lang, n=len(read.programmes), folder=folder)
    print_line(told)
    return 0


def _today() -> date:
    return datetime.now(UTC).astimezone(JAPAN).date()


def _seen(given: str | None) -> date:
    if given is None:
        return _today()
    try:
        day = date.fromisoformat(given)
    except ValueError as error:
        raise TojimariError(
            f"--seen {given[:40]}: 日付ではありません。2026-11-30 のように書いてください。",
            f"--seen {given[:40]}: is not a date. Write it like 2026-11-30.",
        ) from error
    if day > _today():
        raise TojimariError(
            f"--seen {given}: まだ来ていない日です。", f"--seen {given}: is in the future."
        )
    return day


def _read(path: Path, day: date) -> ProgrammeFile:
    catalog = load_catalog()
    if path.is_dir():
        return read_folder_of_programmes(path, catalog, seen=day)
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_AT_MOST + 1)
    except OSError as error:
        raise BadProgrammeFile(
            f"{path}: 読めません ({error.strerror})。場所を確かめてください。",
            f"{path}: cannot be read ({error.strerror}). Check the place.",
        ) from error
    return read_programmes(path.name, data, catalog, seen=day)
