"""What the doctor looks at for what is known about other people's software."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.core.checks import register
from django.utils import timezone

from tojimari.catalog.copies import check_copies
from tojimari.catalog.lifecycle import HERE as LIFECYCLE
from tojimari.knowledge.advisories.place import is_there
from tojimari.knowledge.exploited import exploited_as_of
from tojimari.knowledge.files import as_of
from tojimari.model import Lang, Text, TojimariError
from tojimari.portal.outside.advisories import Fetched, last_fetch
from tojimari.portal.outside.provenance import Provenance
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
        attacked = exploited_as_of()
    except TojimariError as error:
        yield says("advisories", "bad", ja=error.say("ja"), en=error.say("en"))
        return
    if read is not None:
        day = read.as_of.isoformat()
        old = timezone.now().date() - min(read.as_of, attacked) > OLD_AFTER
        yield says(
            "advisories",
            "warn" if old else "good",
            ja=f"公表された弱点の資料は {day}、攻撃に使われているものの一覧は {attacked} のものです。"
            + ("古いので、新しいものを取り込んでください。" if old else ""),
            en=f"The published weaknesses are of {day}, the list of those in use by attackers of {attacked}."
            + (" That is old: take in newer ones." if old else ""),
        )


_CHECKED: dict[Provenance, Text] = {
    "signature": Text(ja="署名を確かめた", en="signature checked"),
    "checksum": Text(ja="チェックサムを確かめた", en="checksum checked"),
    "digest": Text(ja="ダイジェストを確かめた", en="digest checked"),
    "nothing": Text(ja="配布元に確かめるものがない", en="the publisher has nothing to check"),
}


@register(DOCTOR, deploy=True)
def fetched_advisories(**_: object) -> Iterator[SignMessage]:
    """Say of each address the operator named whether its file came, and how it was checked."""
    notes = last_fetch()
    told = [(address, notes[address]) for address in settings.ADVISORIES if address in notes]
    if not told:
        return
    failed = any(one.failed for _, one in told)
    yield says(
        "advisories_fetched",
        "warn" if failed else "good",
        ja="取ってくる弱点の資料: " + "、".join(_told(address, one, "ja") for address, one in told),
        en="Advisories that are fetched: "
        + "; ".join(_told(address, one, "en") for address, one in told),
    )


def _told(address: str, one: Fetched, lang: Lang) -> str:
    if one.taken_at is None:
        how = Text(ja="まだ取れていない", en="not fetched yet").say(lang)
    else:
        how = f"{one.taken_at:%Y-%m-%d} {_CHECKED[one.checked].say(lang)}"
    if one.failed is not None:
        last = Text(ja="最後は失敗", en="the last try failed").say(lang)
        how = f"{how}, {last}: {one.failed.say(lang)}"
    return f"{address} ({how})"
