"""What the doctor looks at for what is known about other people's software."""

from collections.abc import Iterator

from django.core.checks import register

from tojimari.catalog.copies import check_copies
from tojimari.catalog.lifecycle import HERE as LIFECYCLE
from tojimari.knowledge.files import as_of
from tojimari.model import TojimariError
from tojimari.portal.signs import DOCTOR, SignMessage, says


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
    yield says(
        "knowledge",
        "good",
        ja=f"ソフトの弱点とサポート期限の資料は {day} のものです。",
        en=f"What is known about software and its ends of support is of {day}.",
    )
