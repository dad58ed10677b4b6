"""``tojimari evidence``: papers and records, with the day they must be renewed."""

import argparse
import hashlib
from datetime import date
from pathlib import Path

from tojimari.assess.evidence import evidence_observation
from tojimari.cli.session import Session, session
from tojimari.model import Lang, Observation, TojimariError
from tojimari.report.terminal import show_calendar, show_standing

MAX_FILE_BYTES = 200_000_000


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Add one piece of evidence, or list what is registered and due."""
    with session(arguments, lang) as s:
        if arguments.what == "list":
            show_calendar(s.diagnosis(), s.catalog, lang)
            return 0
        observation = _observation(s, arguments)
        s.store.save([observation], s.catalog)
        diagnosis = s.diagnosis(keep=True)
        standing = diagnosis.assessment.controls[arguments.id]
        show_standing(arguments.id, diagnosis, s.catalog, lang)
        return 0 if standing.state in ("met", "not_applicable") else 1


def _observation(s: Session, arguments: argparse.Namespace) -> Observation:
    control = s.catalog.control(arguments.id)
    if control.evidence is None:
        raise TojimariError(
            f"「{control.id}」は書類や記録で示す対策ではありません。`tojimari done {control.id}` を"
            "使ってください。",
            f"{control.id!r} is not shown by a paper or record. Use `tojimari done {control.id}`.",
        )
    if arguments.file is None and not arguments.note.strip():
        raise TojimariError(
            "何が証拠かが分かりません。--file で書類を示すか、--note にどこにあるかを書いてください "
            "(例: --note 事務所の棚)。",
            "It is not clear what the evidence is. Name the paper with --file, or say with --note "
            'where it is (for example --note "office cabinet").',
        )
    done_on = _day(arguments.date, s.as_of.astimezone().date())
    name, sha256 = _fingerprint(arguments.file) if arguments.file else (None, None)
    return evidence_observation(
        control, done_on=done_on, note=arguments.note, at=s.as_of, file_name=name, sha256=sha256
    )


def _day(given: str | None, today: date) -> date:
    if given is None:
        return today
    try:
        day = date.fromisoformat(given)
    except ValueError as error:
        raise TojimariError(
            f"--date {given}: 日付ではありません。2026-04-01 のように書いてください。",
            f"--date {given}: is not a date. Write it like 2026-04-01.",
        ) from error
    if day > today:
        raise TojimariError(
            f"--date {given}: まだ来ていない日です。作った日、行った日を書いてください。",
            f"--date {given}: is in the future. Give the day it was made or done.",
        )
    return day


def _fingerprint(path: Path) -> tuple[str, str]:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise TojimariError(
                f"{path}: 大きすぎます (200 MBまで)。", f"{path}: is too large (200 MB at most)."
            )
        with path.open("rb") as file:
            return path.name, hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TojimariError(
            f"{path}: 読めません ({error.strerror})。場所を確かめてください。",
            f"{path}: cannot be read ({error.strerror}). Check the place.",
        ) from error
