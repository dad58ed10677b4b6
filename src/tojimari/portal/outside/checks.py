"""What the doctor looks at for what is known about other people's software."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.core.checks import register
from django.utils import timezone

from tojimari.catalog.copies import check_copies
from tojimari.catalog.lifecycle import HERE as LIFECYCLE
from tojimari.knowledge.advisories.place import is_there
from tojimari.knowledge.files import as_of
from tojimari.model import TojimariError
from tojimari.portal.signs import DOCTOR, SignMessage, says

FRESH_DAYS = 60
"""How old what is known may be: a browser's release lives four weeks."""


@register(DOCTOR, deploy=True)
def knowledge(**_: object) -> Iterator[SignMessage]:
    """Say whether what is known about software can be used, and from which day it is."""
    try:
        check_copies()
    except TojimariError as error:
        yield says("knowledge", "bad", ja=error.say("ja"), en=error.say("en"))
        return
    day = min(as_of(name) for name in ("retirejs-v5", "wappalyzer-fingerprints"))
    day = min(day, as_of("endoflife", LIFECYCLE))
    ja = f"ソフトの弱点とサポート期限の資料は {day} のものです。"
    en = f"What is known about software and its ends of support is of {day}."
    if (timezone.localdate() - day).days <= FRESH_DAYS:
        yield says("knowledge", "good", ja=ja, en=en)
        return
    yield says(
        "knowledge",
        "warn",
        ja=f"{ja}そのあとに見つかった弱点は分かりません。新しい写しを TOJIMARI_KNOWLEDGE に置くか、新しい版の戸締まりにしてください。",
        en=f"{en} Holes found since are not known. Put newer copies where TOJIMARI_KNOWLEDGE says, or install a newer Tojimari.",
    )


OLD_AFTER = timedelta(days=14)


@register(DOCTOR, deploy=True)
def advisories(**_: object) -> Iterator[SignMessage]:
    """Say from which day the published weaknesses are, where the operator took some in."""
    if not is_there():
        if settings.ADVISORIES:
            yield says(
                "advisories",
                "warn",
                ja="TOJIMARI_ADVISORIES の資料が、まだ一度も取れていません。`tojimari worker` が動いているか、アドレスが正しいかを確かめてください。",
                en="Nothing of TOJIMARI_ADVISORIES was fetched yet. See whether `tojimari worker` runs, and whether the addresses are right.",
            )
        return
    from tojimari.knowledge.advisories.index import index

    try:
        read = index()
    except TojimariError as error:
        yield says("advisories", "bad", ja=error.say("ja"), en=error.say("en"))
        return
    if read is not None:
        day = read.as_of.isoformat()
        old = timezone.now().date() - read.as_of > OLD_AFTER
        yield says(
            "advisories",
            "warn" if old else "good",
            ja=f"公表された弱点の資料は {day} のものです。"
            + ("古いので、新しいものを取り込んでください。" if old else ""),
            en=f"The published weaknesses are of {day}."
            + (" That is old: take in newer ones." if old else ""),
        )
