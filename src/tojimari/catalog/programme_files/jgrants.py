"""What the public API of Jグランツ hands out: the list of calls, or one call with its details.

Fields read (its documented shape): id, name, title, target_area_search, subsidy_max_limit,
acceptance_start_datetime, acceptance_end_datetime, target_number_of_employees; of the details also
industry (parted by `` / ``), use_purpose, subsidy_rate (words), target_area_detail, detail (HTML),
front_subsidy_detail_page_url, and guideline files in base64, which are counted and not taken.
Conditions stand there in prose, so what comes from here is never judged to fit by itself.
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from importlib.util import find_spec
from typing import Any

from tojimari.lib.markup import not_too_deep
from tojimari.model import TojimariError
from tojimari.model.japan import JAPAN, prefecture_number

CALLS_AT_MOST = 500
HTML_AT_MOST = 500_000
_WORDS_AT_MOST = 1_500
_EVERYWHERE = ("全国",)
_ANY_STAFF = "従業員数の制約なし"
_STAFF = re.compile(r"\A(\d{1,6})[名人]以下\Z")
_SHARE = re.compile(r"(?<![\d/])([1-9]\d?)/([1-9]\d?)(?![\d/])")
_SHARE_JA = re.compile(r"([1-9]\d?)分の([1-9]\d?)")
_NOT_READ = "script, style, template, iframe, object, embed, noscript, svg, math, head, form"


class BadCalls(TojimariError):
    """What was handed over is not what the API answers."""


def calls(raw: object, seen: date) -> Iterator[dict[str, Any]]:
    """Yield each call in the short form of a programme. Raises BadCalls.

    raw: the decoded JSON. seen: the day on which it was fetched.
    """
    found = raw.get("result") if isinstance(raw, dict) else raw
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadCalls(
            "Jグランツの答えの形ではありません (result の並びがありません)。",
            "This is not what Jgrants answers (there is no list named result).",
        )
    if len(found) > CALLS_AT_MOST:
        raise BadCalls(
            f"一度に取り込めるのは{CALLS_AT_MOST}件までです。",
            f"{CALLS_AT_MOST} calls at a time at most.",
        )
    for one in found:
        yield _call(one, seen)


def plain_words(html: str) -> str:
    """Return the words of a page part: no markup is kept, so nothing of it can act.

    Raises BadCalls where what reads HTML is not installed.
    """
    if "<" not in html and "&" not in html:
        return _tidy(html)
    if find_spec("selectolax") is None:
        raise BadCalls(
            "HTMLを読む部品が入っていません。`pip install tojimari[mail]` で入れてください。",
            "What reads HTML is not installed. Install it with `pip install tojimari[mail]`.",
        )
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(not_too_deep(html[:HTML_AT_MOST]))
    for node in tree.css(_NOT_READ):
        node.decompose()
    return _tidy(tree.body.text(separator=" ", strip=True) if tree.body else "")


def _tidy(text: str) -> str:
    return " ".join(text.split())[:_WORDS_AT_MOST]


def _call(one: dict[str, Any], seen: date) -> dict[str, Any]:
    number = re.sub(r"[^a-z0-9]", "", _text(one, "id").lower())[:40]
    areas = [part for part in re.split(r"[/／、,\s]+", _text(one, "target_area_search")) if part]
    known = [prefecture_number(area) for area in areas]
    needs = ["other-conditions"]
    if areas and not set(areas) & set(_EVERYWHERE) and not all(known):
        needs.insert(0, "other-area")
        known = []
    made: dict[str, Any] = {
        "id": f"jgrants-{number}" if number else "",
        "kind": "grant",
        "name": _text(one, "title") or _text(one, "name"),
        "runner": "Jグランツに載っている募集（実施機関はページで確かめてください）",
        "runner_en": "A call listed on Jgrants (its page names the runner)",
        "who": _joined(one, "target_area_search", "target_area_detail", "industry")
        or "募集のページで確かめてください",
        "gives": plain_words(_text(one, "detail", HTML_AT_MOST))
        or _text(one, "use_purpose")
        or "募集のページで確かめてください",
        "mark": "publisher",
        "seen": seen.isoformat(),
        "sources": [f"Jグランツ 公開API ({seen.isoformat()}の写し)"],
        "prefectures": [code for code in known if code],
        "needs": needs,
        "notes": _notes(one),
        "address": _address(one),
        **_times(one),
        **_numbers(one),
    }
    return {key: value for key, value in made.items() if value not in ("", [], None)}


def _text(one: dict[str, Any], key: str, at_most: int = 4_000) -> str:
    value = one.get(key)
    return value.strip()[:at_most] if isinstance(value, str) else ""


def _joined(one: dict[str, Any], *keys: str) -> str:
    return " ・ ".join(filter(None, (_tidy(_text(one, key)) for key in keys)))


def _address(one: dict[str, Any]) -> str:
    given = _text(one, "front_subsidy_detail_page_url", 500)
    return given if re.fullmatch(r"https://[^\s\"'<>`\\]{3,490}", given) else ""


def _moment(one: dict[str, Any], key: str) -> datetime | None:
    """Return a moment of the API, which is UTC, in Japan; None where there is none."""
    try:
        found = datetime.fromisoformat(_text(one, key, 40))
        return found.astimezone(JAPAN) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _times(one: dict[str, Any]) -> dict[str, Any]:
    opens, closes = (_moment(one, f"acceptance_{end}_datetime") for end in ("start", "end"))
    if closes is None:
        return {"status": "unknown"}
    call: dict[str, Any] = {"closes": closes.date().isoformat()}
    if (closes.hour, closes.minute) not in ((0, 0), (23, 59)):
        call["closes_at"] = closes.strftime("%H:%M")
    if opens is not None:
        call["opens"] = opens.date().isoformat()
    return {"status": "rounds", "rounds": [call]}


def _numbers(one: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    most = one.get("subsidy_max_limit")
    if isinstance(most, int) and not isinstance(most, bool) and most > 0:
        made["maximum"] = most
    staff = _STAFF.match(unicodedata.normalize("NFKC", _text(one, "target_number_of_employees")))
    if staff:
        made["staff_at_most"] = int(staff[1])
    rate = unicodedata.normalize("NFKC", _text(one, "subsidy_rate"))
    shares = [(a, b) for a, b in _SHARE.findall(rate)]
    shares += [(b, a) for a, b in _SHARE_JA.findall(rate)]
    if len(shares) == 1 and int(shares[0][0]) <= int(shares[0][1]):
        made["rates"] = [{"share": f"{shares[0][0]}/{shares[0][1]}"}]
    return made


def _notes(one: dict[str, Any]) -> list[str]:
    notes = []
    if rate := _tidy(_text(one, "subsidy_rate")):
        notes.append(f"補助率（原文）: {rate}")
    staff = _tidy(_text(one, "target_number_of_employees"))
    if staff and staff != _ANY_STAFF:
        notes.append(f"従業員数（原文）: {staff}")
    if purpose := _tidy(_text(one, "use_purpose")):
        notes.append(f"使い道（原文）: {purpose}")
    files = [
        file
        for key in ("application_guidelines", "outline_of_grant", "application_form")
        if isinstance(one.get(key), list)
        for file in one[key]
    ]
    if files:
        notes.append(
            f"添付のファイル{len(files)}件は取り込んでいません。ページから開いてください。"
        )
    return notes
