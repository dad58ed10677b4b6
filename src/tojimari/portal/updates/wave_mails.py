"""Tells the people of an organisation by mail what came of a wave."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django_tasks import task

from tojimari.model import LANGS
from tojimari.portal.core.claims import claim, free
from tojimari.portal.core.mail import not_taken, send
from tojimari.portal.links import whole_address
from tojimari.portal.supporters.models import Helper
from tojimari.portal.updates.kinds import title_of
from tojimari.portal.updates.models import DeviceTask, Wave
from tojimari.portal.updates.wave_tasks import counts
from tojimari.portal.words import say

TRIED_FOR = timedelta(days=3)


def readers(wave: Wave) -> list[Any]:
    """Return who is told: of failures everybody of the organisation, else who started the wave.

    Where that person does not work there any more, everybody is told.
    """
    people = [one.user for one in Helper.objects.filter(organisation=wave.organisation_id)]
    own = [one for one in people if one.pk == wave.made_by_id]
    return people if wave.why == "failures" or not own else own


@task()
def mail_wave(wave_id: str) -> None:
    """Mail what came of a wave, each person once; what no server takes is tried again later."""
    if not settings.MAIL_CONFIGURED:
        return
    rows = Wave.objects.filter(pk=wave_id, mailed_at=None).exclude(state=Wave.RUNNING)
    claimed = claim(rows, "claimed_at")
    wave = rows.filter(claimed_at=claimed).select_related("organisation").first()
    if claimed is None or wave is None:
        return
    mine = Wave.objects.filter(pk=wave_id, claimed_at=claimed)
    try:
        for user in readers(wave):
            if str(user.pk) not in wave.mailed_to and _send(wave, user.email):
                wave.mailed_to = [*wave.mailed_to, str(user.pk)]
                mine.update(mailed_to=wave.mailed_to)
    except OSError:
        not_taken("wave")
        mine.update(claimed_at=None)
        return
    mine.update(mailed_at=timezone.now(), claimed_at=None)


def _send(wave: Wave, to: str) -> bool:
    """Send one mail in both languages: of which one a helper reads, nothing is kept."""
    found, why = counts(wave), wave.why or "over"
    total, done, failed = sum(found.values()), found[DeviceTask.DONE], found[DeviceTask.FAILED]
    subjects, texts = [], []
    for lang in LANGS:
        what = title_of(wave.kind, wave.parameters, lang)
        subjects.append(say(f"mail.wave_{why}_subject", lang, what=what))
        texts.append(
            say(
                "mail.wave",
                lang,
                what=what,
                organisation=str(wave.organisation),
                n=total,
                done=done,
                failed=failed,
                rest=total - done - failed,
                why=say(f"wavewhy.{why}", lang),
                link=whole_address("updates:wave", wave.organisation_id, wave.pk),
            )
        )
    return send(" / ".join(subjects), "\n\n----\n\n".join(texts), to)


def waiting() -> Iterable[str]:
    """Return the waves that are over and of which somebody is still to be told."""
    rows = Wave.objects.filter(
        free("claimed_at"), mailed_at=None, ended_at__gt=timezone.now() - TRIED_FOR
    )
    return [str(one) for one in rows.values_list("pk", flat=True)]
