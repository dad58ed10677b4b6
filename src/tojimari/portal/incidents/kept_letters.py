"""Notices as somebody changed them by hand: kept, and never lost when the incident changes."""

from typing import Any, Literal

import msgspec
from django.db import transaction
from django.utils import timezone

from tojimari.model import Lang
from tojimari.portal.incidents.models import Incident, IncidentLetter
from tojimari.respond import Letter, differences, unknown_places


class ShownLetter(msgspec.Struct, frozen=True):
    """A notice as its page shows it.

    Attributes:
        letter: as it was changed by hand; else the draft.
        draft: what the incident's facts give now.
        row: the kept one; None where nobody changed it.
        changed: lines by which the draft differs from what it said when it was changed.
        version: of the kept one, "" for none; see ``LetterForm.seen``.
    """

    letter: Letter
    draft: Letter
    row: Any = None
    changed: list[tuple[Literal["gone", "new"], str]] = []
    version: str = ""


def shown_letter(incident: Incident, draft_id: str, draft: Letter, lang: Lang) -> ShownLetter:
    """Return a notice with the hand's changes where there are any."""
    row = _rows(incident, draft_id, lang).select_related("edited_by").first()
    if row is None:
        return ShownLetter(draft, draft)
    kept = Letter(row.subject, row.body, unknown_places(row.subject + row.body, lang))
    changed = differences(Letter(row.base_subject, row.base_body, 0), draft)
    return ShownLetter(kept, draft, row, changed, _version(row))


def keep_words(
    incident: Incident,
    draft_id: str,
    draft: Letter,
    lang: Lang,
    *,
    subject: str,
    body: str,
    seen: str,
    by: Any,
) -> bool:
    """Keep what was changed by hand; False, and nothing is written, where a colleague was quicker.

    seen: the version the page was made of.
    """
    with transaction.atomic():
        Incident.objects.of(incident.company_id).select_for_update().get(pk=incident.pk)
        row = _rows(incident, draft_id, lang).first()
        if (_version(row) if row else "") != seen:
            return False
        if row is None and (subject, body) == (draft.subject.strip(), draft.body.strip()):
            return True  # nothing was changed: the draft goes on following the incident
        IncidentLetter.objects.of(incident.company_id).update_or_create(
            incident=incident,
            draft=draft_id,
            lang=lang,
            defaults={
                "company_id": incident.company_id,
                "subject": subject,
                "body": body,
                "base_subject": draft.subject,
                "base_body": draft.body,
                "edited_at": timezone.now(),
                "edited_by": by,
            },
        )
    return True


def keep_mine(incident: Incident, draft_id: str, draft: Letter, lang: Lang) -> None:
    """Note that what changed in the draft was seen: the words by hand stay as they are."""
    _rows(incident, draft_id, lang).update(base_subject=draft.subject, base_body=draft.body)


def take_draft(incident: Incident, draft_id: str, lang: Lang) -> None:
    """Throw the hand's changes away: the draft counts again."""
    _rows(incident, draft_id, lang).delete()


def forget_words(incident: Incident, words: str) -> None:
    """Put notices that hold erased words, or were made of a draft that did, back to the draft."""
    sought = _plain(words)
    if not sought:
        return
    rows = IncidentLetter.objects.of(incident.company_id).filter(incident=incident)
    for row in rows:
        held = (row.subject, row.body, row.base_subject, row.base_body)
        if any(sought in _plain(text) for text in held):
            row.delete()


def _plain(text: str) -> str:
    """Return a text with each run of spaces and ends of lines as one space."""
    return " ".join(text.split())


def _rows(incident: Incident, draft_id: str, lang: Lang) -> Any:
    return IncidentLetter.objects.of(incident.company_id).filter(
        incident=incident, draft=draft_id, lang=lang
    )


def _version(row: IncidentLetter) -> str:
    return str(row.edited_at.timestamp())
