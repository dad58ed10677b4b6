"""An incident put together for handing out: words instead of ids, in the reader's language."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from tojimari.portal.incidents.chain import catch_up, check_rows
from tojimari.portal.incidents.heads import broken_line, newest_head
from tojimari.portal.incidents.models import (
    Incident,
    IncidentEntry,
    IncidentFile,
    IncidentHead,
    IncidentTask,
)
from tojimari.portal.incidents.record import DUTY, answers_of, playbook_of
from tojimari.portal.incidents.shown import entry_text
from tojimari.portal.incidents.standing import corrections, still_standing
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.incident.case import Case, CaseFile, CaseHead, CaseLine
from tojimari.respond.record.head import kid_of

REFERENCE_LETTERS = 8


def reference_of(found: Incident) -> str:
    """Return what people call an incident by: the beginning of its id."""
    return found.pk.hex[:REFERENCE_LETTERS]


def case_of(found: Incident) -> Case:
    """Return an incident as it is handed out."""
    catch_up(found)
    rows = list(
        IncidentEntry.objects.of(found.company_id).filter(incident=found).order_by("number")
    )
    standing = still_standing(rows)
    return Case(
        id=str(found.pk),
        reference=reference_of(found),
        title=playbook_of(found).title.say(current_lang()),
        company=found.company.name or say("case.no_name"),
        known_at=timezone.localtime(found.known_at),
        closed_at=timezone.localtime(found.closed_at) if found.closed_at else None,
        made_at=timezone.localtime(),
        summary=found.summary,
        learned=found.learned,
        lines=tuple(_lines(found, rows)),
        head=_head(newest_head(found)),
        answers=tuple(_answers(found)),
        devices=_named(standing, IncidentEntry.DEVICE),
        persons=_named(standing, IncidentEntry.PERSON),
        done=tuple(_ticked(found, duties=False)),
        told=tuple(_ticked(found, duties=True)),
        issuer=settings.PUBLIC_URL,
        broken=broken_line(found, check_rows(found, rows)),
    )


def _named(rows: list[IncidentEntry], kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.text for row in rows if row.kind == kind and row.text))


def _lines(found: Incident, rows: list[IncidentEntry]) -> list[CaseLine]:
    files = {
        kept.entry_id: kept
        for kept in IncidentFile.objects.of(found.company_id)
        .filter(entry__incident=found)
        .defer("sealed")
    }
    corrected = corrections(rows)
    return [_line(row, files.get(row.pk), corrected.get(row.number or 0, 0)) for row in rows]


def _line(row: IncidentEntry, kept: Any, corrected_by: int) -> CaseLine:
    gone = [name for name in row.digests if name not in row.salts]
    return CaseLine(
        number=row.number or 0,
        kind=row.kind,
        title=say(f"entry.{row.kind}"),
        text=entry_text(row),
        written_at=timezone.localtime(row.made_at),
        who=row.who,
        digest=row.digest,
        happened_at=timezone.localtime(row.at) if row.claimed else None,
        said_by=row.said_by,
        sayer_erased="said_by" in gone,
        about=row.about,
        corrected_by=corrected_by,
        erased=tuple(say(f"leaf.{name}") for name in gone),
        file=CaseFile(row.file_name, row.size, kept.sha256 if kept else "")
        if "file" in row.digests
        else None,
    )


def _head(row: IncidentHead | None) -> CaseHead | None:
    if row is None:
        return None
    stamped: datetime | None = timezone.localtime(row.stamped_at) if row.stamped_at else None
    return CaseHead(
        row.number, row.digest, kid_of(row.jws), timezone.localtime(row.made_at), stamped
    )


def _answers(found: Incident) -> list[tuple[str, str]]:
    lang, questions = current_lang(), catalog().incidents.questions
    comma = "、" if lang == "ja" else ", "
    told = []
    for id_, given in answers_of(found).items():
        question = questions.get(id_)
        if question is None:
            continue
        chosen = given if isinstance(given, tuple) else (given,)
        said = [one.text.say(lang) for one in question.options if one.id in chosen]
        told.append((question.text.say(lang), comma.join(said) or say("case.dont_know")))
    return told


def _ticked(found: Incident, *, duties: bool) -> list[tuple[str, datetime]]:
    lang, known = current_lang(), catalog().incidents
    rows = IncidentTask.objects.of(found.company_id).filter(incident=found, done_at__isnull=False)
    told = []
    for row in rows.order_by("done_at"):
        if row.task.startswith(DUTY) != duties:
            continue
        duty, task = known.duties.get(row.task.removeprefix(DUTY)), known.tasks.get(row.task)
        title = duty.title.say(lang) if duty else task.do.say(lang) if task else row.task
        note = f" – {row.note}" if row.note else ""
        told.append((f"{title}{note}", timezone.localtime(row.done_at)))
    return told
