"""``tojimari papers``: rules, lists and records made of what is known, for an owner without a portal."""

import argparse
import hashlib
from datetime import date, timedelta
from pathlib import Path

import yaml

from tojimari.catalog import Catalog
from tojimari.catalog.paper import PaperKind
from tojimari.catalog.read import parse_yaml
from tojimari.cli.parts import parts_of
from tojimari.cli.printing import print_aside, print_line
from tojimari.cli.session import Session, session
from tojimari.model import Lang, Text, TojimariError, seen_from_outside
from tojimari.model.facts import DeviceOs
from tojimari.papers import Device, Known, Written, kept_papers, made_observation, write
from tojimari.papers.answers import checked
from tojimari.papers.criteria import criteria_rows
from tojimari.papers.kept import until_of
from tojimari.report.files import write_report
from tojimari.report.papers.form import Form, Stamp, paper_form

PLANNED_WITHIN = timedelta(days=90)
_FILE_BYTES = 500_000
_NAME_LETTERS = 100
_AS_PAGE = Text(ja="--out 書類.html なら、なくても作れます。", en="--out paper.html needs none.")
ENDINGS = (".docx", ".odt", ".pdf", ".html", ".xlsx", ".csv")


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """List the papers, print the questions of one, or make one."""
    with session(arguments, lang) as s:
        if arguments.what == "list":
            return _list(s)
        kind = _kind(s.catalog, arguments.kind)
        if arguments.what == "questions":
            return _questions(kind, lang)
        return _make(s, kind, arguments)


def _kind(catalog: Catalog, id_: str) -> PaperKind:
    found = catalog.papers.get(id_)
    if found is None:
        known = "、".join(catalog.papers)
        raise TojimariError(
            f"「{id_:.40}」という書類はありません。作れるのは: {known}",
            f"There is no paper {id_!r:.40}. One of: {', '.join(catalog.papers)}",
        )
    return found


def _list(s: Session) -> int:
    """Print every paper and until when it counts. Returns 0."""
    kept = kept_papers(s.store.current(), s.as_of.astimezone().date())
    for kind in s.catalog.papers.values():
        state = s.say("papers_cli.none")
        if kind.id in kept:
            one = kept[kind.id]
            state = s.say("papers_cli.kept", n=one.version, day=one.until.isoformat())
        print_line(f"{kind.id:28} {kind.title.say(s.lang)}  [{state}]")
    return 0


def _questions(kind: PaperKind, lang: Lang) -> int:
    """Print the questions as an answers file to fill in. Returns 0."""
    print_line(f"# {kind.title.say(lang)}")
    for question in kind.questions:
        print_line(f"\n# {question.text.say(lang)}")
        if question.columns:
            print_line(f"#   {' / '.join(one.say(lang) for one in question.columns)}")
        if question.help:
            print_line(f"#   {question.help.say(lang)}")
        for option in question.options:
            print_line(f"#   {option.id}: {option.text.say(lang)}")
        empty = "[]" if question.type in ("rows", "lines") else '""'
        print_line(f"{question.id}: {empty}")
    return 0


def _make(s: Session, kind: PaperKind, arguments: argparse.Namespace) -> int:
    """Write a paper; with --approve it is evidence. Returns 0 where nothing in it is open, else 1."""
    ending = arguments.out.suffix.lower()
    if ending not in ENDINGS:
        raise TojimariError(
            f"--out {arguments.out}: 書けるのは {'、'.join(ENDINGS)} です。",
            f"--out {arguments.out}: can be one of {', '.join(ENDINGS)}.",
        )
    today = s.as_of.astimezone().date()
    given = _answers(arguments.answers) if arguments.answers else {}
    plan_by = _day("--plan-by", arguments.plan_by, today + PLANNED_WITHIN)
    if plan_by < today:
        raise TojimariError(
            f"--plan-by {plan_by}: もう過ぎた日です。これからの日を書いてください。",
            f"--plan-by {plan_by}: that day has passed. Give one to come.",
        )
    known = _known(s, arguments.company.strip()[:_NAME_LETTERS], today)
    answers = checked(kind, given, today)
    written = write(kind, known, answers, plan_by=plan_by, catalog=s.catalog, lang=s.lang)
    approver = arguments.approve.strip()[:_NAME_LETTERS]
    if approver:
        _check_approvable(kind, answers)
    before = known.kept.get(kind.id)
    stamp = Stamp(
        version=before.version + 1 if before else 1,
        made_on=today,
        company=known.company,
        approved_by=approver,
        approved_on=today if approver else None,
        until=until_of(kind, today) if approver else None,
    )
    form = paper_form(written, kind, stamp, plan_by=plan_by, catalog=s.catalog)
    data = _data(ending, form, kind, known, s)
    write_report(arguments.out, data)
    if approver:
        _keep(s, written, kind, stamp, data)
    _tell(s, written, kind)
    return 1 if written.blanks or written.not_yet else 0


def _check_approvable(kind: PaperKind, answers: dict[str, str]) -> None:
    if not kind.renew_days:
        raise TojimariError(
            "この一覧は、自分のためのものです。承認はいりません。--approve を外してください。",
            "This list is for yourself and needs no approval. Leave --approve out.",
        )
    for question in kind.questions:
        if question.id in kind.approve_needs and not answers.get(question.id):
            raise TojimariError(
                f"承認の前に、この質問に答えてください：{question.text.ja}（{question.id}）",
                f"Before approving, answer this: {question.text.en} ({question.id})",
            )


def _answers(path: Path) -> dict[str, object]:
    try:
        if path.stat().st_size > _FILE_BYTES:
            raise TojimariError(f"{path}: 大きすぎます。", f"{path}: is too large.")
        raw = parse_yaml(path.read_bytes())
    except OSError as error:
        raise TojimariError(
            f"{path}: 読めません ({error.strerror})。",
            f"{path}: cannot be read ({error.strerror}).",
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        said = " ".join(str(error).split())[:200]
        raise TojimariError(
            f"{path}: YAMLとして読めません ({said})。", f"{path}: is no valid YAML ({said})."
        ) from error
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise TojimariError(
            f"{path}: 「質問: 答え」の並びではありません。`tojimari papers questions` がひな形を出します。",
            f"{path}: is no list of question: answer. `tojimari papers questions` prints one.",
        )
    return {str(key): value for key, value in raw.items()}


def _day(option: str, given: str | None, otherwise: date) -> date:
    if given is None:
        return otherwise
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise TojimariError(
            f"{option} {given:.40}: 日付ではありません。2027-04-01 のように書いてください。",
            f"{option} {given:.40}: is not a date. Write it like 2027-04-01.",
        ) from error


def _known(s: Session, company: str, today: date) -> Known:
    diagnosis = s.diagnosis()
    newest = {
        one.subject.id: (one.fact.name, one.last_confirmed_at.astimezone().date().isoformat())
        for one in sorted(diagnosis.observations, key=lambda o: o.last_confirmed_at)
        if isinstance(one.fact, DeviceOs)
    }
    names = diagnosis.device_names or dict.fromkeys(newest, s.say("computers.here"))
    return Known(
        company=company,
        assessment=diagnosis.assessment,
        today=today,
        devices=tuple(Device(names.get(id_, id_), *newest[id_]) for id_ in sorted(newest)),
        outside=tuple(
            (one.declaration.name.say(s.lang), one.id)
            for one in sorted(seen_from_outside(diagnosis.observations))
        ),
        due=tuple((one.control, one.due_on) for one in diagnosis.calendar),
        kept=kept_papers(diagnosis.observations, today),
    )


def _data(ending: str, form: Form, kind: PaperKind, known: Known, s: Session) -> bytes:
    """Return the file. Raises TojimariError where what writes it is missing."""
    if ending in (".xlsx", ".csv") and kind.form != "workbook":
        raise TojimariError(
            "表のファイルになるのは scs-self-declaration だけです。",
            "Only scs-self-declaration can be a table.",
        )
    with parts_of("documents" if ending == ".docx" else "opendocument", instead=_AS_PAGE):
        return _written(ending, form, known, s)


def _written(ending: str, form: Form, known: Known, s: Session) -> bytes:
    from tojimari.report.papers import opendocument, printed, word, workbook

    if ending == ".docx":
        return word.word_file(form)
    if ending == ".odt":
        return opendocument.odt_file(form)
    if ending == ".pdf":
        return printed.pdf_file(form)
    if ending == ".html":
        return printed.paper_page(form).encode()
    rows = criteria_rows(known, s.catalog, s.lang)
    if ending == ".csv":
        return workbook.csv_file(rows, s.catalog, s.lang)
    return workbook.xlsx_file(rows, form, s.catalog, s.lang)


def _keep(s: Session, written: Written, kind: PaperKind, stamp: Stamp, data: bytes) -> None:
    """Note that the paper was approved: what it shows is in place by it."""
    assert stamp.approved_on is not None  # noqa: S101  # only approved ones are kept
    made = made_observation(
        written,
        kind,
        version=stamp.version,
        approved_on=stamp.approved_on,
        sha256=hashlib.sha256(data).hexdigest(),
        at=s.as_of,
    )
    s.store.save([made], s.catalog)
    s.diagnosis(keep=True)


def _tell(s: Session, written: Written, kind: PaperKind) -> None:
    """Say on standard error what is open in the paper, and what it would show."""
    counts = {"blanks": written.blanks, "not_yet": written.not_yet}
    for key, n in counts.items():
        if n:
            print_aside(s.say(f"papers_cli.{key}", n=n, kind=kind.id))
    shows = written.shows if kind.renew_days else ()
    if shows:
        comma = "、" if s.lang == "ja" else ", "
        titles = comma.join(s.catalog.controls[id_].title.say(s.lang) for id_ in shows)
        print_aside(s.say("papers_cli.shows", what=titles))
