"""``tojimari drill``: mails to practise with, what GoPhish hands over, and what results can say."""

import argparse
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import yaml

from tojimari.catalog import Catalog, Problem, load_catalog
from tojimari.catalog.conversion import convert_whole
from tojimari.catalog.drill_consistency import check_template
from tojimari.catalog.drill_template import DrillCue, DrillTemplate, filled
from tojimari.catalog.linter import Linter
from tojimari.catalog.phish_scale import alignment_word, cues_word
from tojimari.catalog.read import parse_yaml
from tojimari.cli.printing import print_aside
from tojimari.drills.comparison import ENOUGH
from tojimari.drills.gophish import (
    BadGophishFile,
    read_group,
    read_results,
    read_templates,
)
from tojimari.drills.gophish.reading import BYTES_AT_MOST
from tojimari.drills.intervals import Share
from tojimari.drills.machines import judge
from tojimari.drills.results import Figures, figures
from tojimari.model import Lang, TojimariError
from tojimari.model.japan import JAPAN
from tojimari.report.files import write_report, write_report_folder
from tojimari.report.paragraph import console_of_command, put

_YAML_BYTES = 200_000
_SAMPLE = {
    "ja": {"name": "山田 花子", "company": "見本商店"},
    "en": {"name": "Hanako Yamada", "company": "Sample Shop"},
}
_SAMPLE_LINK = "https://drill.example/example"


class _Said:
    """Says texts of the interface, paragraph by paragraph."""

    def __init__(self, catalog: Catalog, lang: Lang) -> None:
        self.catalog, self.lang = catalog, lang
        self._console = console_of_command()

    def word(self, key: str, **places: object) -> str:
        return self.catalog.ui(f"drill.{key}").say(self.lang, **places)

    def put(self, text: str, indent: int = 0) -> None:
        put(self._console, text, indent)

    def say(self, key: str, indent: int = 0, /, **places: object) -> None:
        self.put(self.word(key, **places), indent)


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Do what is asked. Returns 0; of ``lint`` 2 when something is wrong."""
    said = _Said(load_catalog(), lang)
    match arguments.what:
        case "templates":
            return _templates(arguments.level, said)
        case "show":
            return _show(arguments.id, arguments.html, said)
        case "lint":
            return _lint(arguments.path, said)
        case "import":
            return _import(arguments.path, arguments.into, said)
    return _results(arguments.path, said)


def _templates(level: str | None, said: _Said) -> int:
    for one in said.catalog.drills.values():
        if level in (None, one.level):
            kind, word = said.word(f"kind_{one.kind}"), said.word(f"difficulty_{one.difficulty}")
            title = one.title.say(said.lang)
            said.put(f"{one.id:24} {title} [{kind}, {word}, {len(one.cues)}]")
    return 0


def _show(id_: str, page: Path | None, said: _Said) -> int:
    found = said.catalog.drills.get(id_)
    if found is None:
        text = said.catalog.ui("drill.unknown_id")
        raise TojimariError(text.say("ja", id=id_[:60]), text.say("en", id=id_[:60]))
    today = datetime.now(UTC).astimezone(JAPAN).date()
    mail = filled(
        found.mail(said.lang),
        link=_SAMPLE_LINK,
        qr="",
        today=_day(today, said.lang),
        deadline=_day(today + timedelta(days=2), said.lang),
        **_SAMPLE[said.lang],
    )
    said.put(f"{found.title.say(said.lang)} ({found.id})")
    said.put(f"{said.word('from')}: {mail.sender_name} <{mail.local_part}@drill.example>", 2)
    said.put(f"{said.word('subject')}: {mail.subject}", 2)
    if mail.attachment:
        said.put(f"{said.word('attached')}: {mail.attachment}", 2)
    for line in mail.text.splitlines():
        said.put(line, 4)
    _rating(found, said)
    if page is not None:
        write_report(page, mail.html.encode())
        print_aside(said.word("written", path=page.resolve()))
    return 0


def _day(day: date, lang: Lang) -> str:
    return f"{day.month}月{day.day}日" if lang == "ja" else f"{day.day} {day:%B}"


def _rating(found: DrillTemplate, said: _Said) -> None:
    number, premise = len(found.cues), found.premise
    said.say("cues", n=number, word=said.word(f"cues_{cues_word(number)}"))
    for cue in found.cues:
        kind = said.catalog.drill_cues[cue.cue]
        group, name = said.word(f"group_{kind.group}"), kind.name.say(said.lang)
        at = _shown_at(found, cue, said)
        said.put(f"- {name} [{group}] {at}: {(cue.why or kind.why).say(said.lang)}", 2)
    word = said.word(f"alignment_{alignment_word(premise.rating)}")
    said.say("premise", n=premise.rating, word=word, **msgspec.structs.asdict(premise))
    level = said.word(f"level_{found.level}")
    said.say("difficulty", word=said.word(f"difficulty_{found.difficulty}"), level=level)
    said.say("audience")


def _shown_at(found: DrillTemplate, cue: DrillCue, said: _Said) -> str:
    """Return the words of the mail that a cue points at, or that there are none."""
    of_place = {"sender": found.sender, "link": found.link_text, "attachment": found.attachment}
    text = cue.at or of_place.get(cue.place)
    if text is None:
        return said.word("missing")
    return text.ja if said.lang == "ja" else text.en


def _bytes(path: Path, at_most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(at_most + 1)
    except OSError as error:
        raise TojimariError(
            f"{path}: 読めません ({error.strerror})。場所を確かめてください。",
            f"{path}: cannot be read ({error.strerror}). Check the place.",
        ) from error
    if len(data) > at_most:
        raise TojimariError(f"{path}: 大きすぎます。", f"{path}: is too large.")
    return data


def _lint(path: Path, said: _Said) -> int:
    problems, template = _own_template(path, said.catalog)
    for problem in problems:
        said.put(problem.say(said.lang))
    if problems or template is None:
        said.say("lint_bad", n=len(problems))
        return 2
    said.say("lint_good")
    if template.is_rated:
        word = said.word(f"difficulty_{template.difficulty}")
        said.say("lint_rated", word=word, n=len(template.cues))
    else:
        said.say("template_next")
    return 0


def _own_template(path: Path, catalog: Catalog) -> tuple[list[Problem], DrillTemplate | None]:
    try:
        raw = parse_yaml(_bytes(path, _YAML_BYTES))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        line = " ".join(str(error).split())[:200]
        raise TojimariError(
            f"{path}: YAMLとして読めません ({line})。", f"{path}: is no valid YAML ({line})."
        ) from error
    template, mistakes = convert_whole(raw, DrillTemplate)
    if template is None:
        return [Problem(path.name, one.key, one.reason) for one in mistakes], None
    lint = Linter(catalog.content)
    if template.scene != "own":  # a company writes in the language of its people
        lint.languages(path.name, template)
    check_template(lint, path.name, template)
    return lint.problems, template


def _import(path: Path, into: Path | None, said: _Said) -> int:
    data = _bytes(path, BYTES_AT_MOST)
    try:
        if path.suffix.lower() == ".json":
            return _import_templates(data, into, said)
        return _import_group(data, said)
    except BadGophishFile as error:
        raise TojimariError(f"{path}: {error.text.ja}", f"{path}: {error.text.en}") from error


def _import_group(data: bytes, said: _Said) -> int:
    read = read_group(data)
    said.say("group_read", n=len(read.people))
    if read.left_out:
        said.say("group_left_out", n=read.left_out)
    for one in read.skipped:
        said.say("group_line", 2, line=one.line, reason=one.reason.say(said.lang))
    if read.ignored:
        said.say("group_ignored", names=", ".join(read.ignored))
    return 0


def _import_templates(data: bytes, into: Path | None, said: _Said) -> int:
    read = read_templates(data)
    today = datetime.now(UTC).astimezone(JAPAN).date()
    files = {}
    for number, one in enumerate(read, 1):
        said.say("template_read", name=one.name, subject=one.subject)
        for lost in one.lost:
            said.say(f"lost_{lost.kind}", 2, what=lost.what)
        if not one.lost:
            said.say("template_whole", 2)
        made = msgspec.to_builtins(one.as_template(f"own-{number}", today), str_keys=True)
        files[f"own-{number}.yaml"] = yaml.safe_dump(
            {key: value for key, value in made.items() if value is not None},
            allow_unicode=True,
            sort_keys=False,
        ).encode()
    said.say("template_next")
    if into is not None:
        write_report_folder(into, files)
        said.say("written", path=into.resolve())
    return 0


def _results(path: Path, said: _Said) -> int:
    try:
        read = read_results(_bytes(path, BYTES_AT_MOST))
    except BadGophishFile as error:
        raise TojimariError(f"{path}: {error.text.ja}", f"{path}: {error.text.en}") from error
    outcomes = read.outcomes or judge(read.events, said.catalog.drill_machines, assets_known=False)
    found = figures(list(outcomes.values()))
    if not found.delivered:
        said.say("nobody")
        return 0
    said.say("reported", **_places(found.reported))
    _time_of(found, said, times_known=bool(read.events))
    said.say("acted", **_places(found.acted))
    said.say("fetches", n=read.fetched)
    if found.machines:
        said.say("machines", 2, n=found.machines)
        for reason, number in found.set_aside.items():
            said.put(f"- {said.word(f'reason_{reason}')}: {number}", 4)
    said.say("unclear", 2, n=found.unclear)
    if read.opened:
        said.say("opened_ignored", n=read.opened)
    if read.left_out:
        said.say("left_out", n=read.left_out)
    said.say("no_difficulty")
    if found.delivered < ENOUGH:
        said.say("few", needed=ENOUGH)
    return 0


def _time_of(found: Figures, said: _Said, *, times_known: bool) -> None:
    if not found.reported.count:
        said.say("no_report")
    elif not times_known or found.first_report is None:
        said.say("first_unknown")
    else:
        said.say("first_report", time=_span(found.first_report, said))


def _places(share: Share) -> dict[str, int]:
    low, high = round(100 * share.low), round(100 * share.high)
    return {"n": share.count, "of": share.of, "low": low, "high": high}


def _span(span: timedelta, said: _Said) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return said.word("less_than_minute")
    for key, size in (("days", 60 * 24), ("hours", 60)):
        if minutes >= 2 * size:
            return said.word(key, n=minutes // size)
    return said.word("minutes", n=minutes)
