"""What the doctor looks at for what is known about other people's software."""

from collections.abc import Iterator

from django.core.checks import register
from django.utils import timezone

from tojimari.catalog.copies import check_copies
from tojimari.catalog.lifecycle import HERE as LIFECYCLE
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
