"""The short way to write a programme: plain words, Japanese headings, dates and amounts as people do.

Whatever is not understood stays as it was written: the lint then names it.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

from tojimari.catalog.money import Programme
from tojimari.lib.printable import printable
from tojimari.model import Text
from tojimari.model.japan import prefecture_number

LETTERS_AT_MOST = 2_000
_NO_PLACES = str.maketrans("{}", "()")
"""Braces are places to fill in texts of the catalog: in those of others they would be a fault."""
HEADINGS = {
    "番号": "id",
    "名前": "name",
    "英語の名前": "name_en",
    "種類": "kind",
    "行っているところ": "runner",
    "だれのため": "who",
    "内容": "gives",
    "年度": "year",
    "回": "round",
    "始まり": "opens",
    "締切": "closes",
    "締切の時刻": "closes_at",
    "状態": "status",
    "確かめた日": "seen",
    "確かめ方": "mark",
    "都道府県": "prefectures",
    "市区町村": "municipalities",
    "会社の大きさ": "size",
    "従業員の上限": "staff_at_most",
    "資本金の上限": "capital_at_most",
    "事業の年数": "years_in_business",
    "条件": "needs",
    "書類": "papers",
    "対策": "controls",
    "補助率": "rate",
    "小規模の補助率": "rate_small",
    "下限": "minimum",
    "上限": "maximum",
    "注文の順番": "order",
    "会社の負担": "cost",
    "時期": "period",
    "申し込み方": "apply",
    "ページ": "address",
    "出どころ": "sources",
    "メモ": "notes",
}
"""Japanese heading of a column -> what it is."""
WORDS: dict[str, dict[str, str]] = {
    "kind": {
        "補助金": "grant",
        "助成金": "grant",
        "融資": "loan",
        "保険": "insurance",
        "サービス": "service",
        "相談": "advice",
        "訓練": "drill",
        "税": "tax",
    },
    "status": {"募集": "rounds", "いつでも": "standing", "終了": "ended", "不明": "unknown"},
    "mark": {"本人のページ": "publisher", "引用": "secondary", "未確認": "unverified"},
    "order": {"決定のあと": "after_award", "いつでも": "any", "不明": "unknown"},
    "size": {"中小企業": "sme", "小規模企業者": "small", "すべて": ""},
}
"""What a cell may say in Japanese -> what it is in the catalog."""
_TEXTS = tuple(
    name
    for name, hint in get_type_hints(Programme, include_extras=True).items()
    if hint is Text or hint == (Text | None)
)
_LISTS = ("prefectures", "municipalities", "needs", "papers", "controls", "sources", "notes")
_AMOUNTS = (
    "minimum",
    "maximum",
    "capital_at_most",
    "staff_at_most",
    "years_in_business",
    "year",
)
_ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988}
_DATE = re.compile(r"\A(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?\Z")
_ERA_DATE = re.compile(r"\A(令和|平成|R|H)(\d{1,2}|元)[-/.年](\d{1,2})[-/.月](\d{1,2})日?\Z")
_AMOUNT = re.compile(r"\A(\d[\d,]*)(億|万|千)?(円|人|名|年|年度|以下|以内)*\Z")
_UNITS = {"億": 100_000_000, "万": 10_000, "千": 1_000}


def whole_form(raw: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what was written short in the shape of a programme; what is odd stays as it is."""
    made = {_heading(key): _plain(value) for key, value in raw.items()}
    made = {key: value for key, value in made.items() if value not in ("", None)}
    for key, read in (("rate", ""), ("rate_small", "small")):
        if key in made and isinstance(made[key], str):
            share = unicodedata.normalize("NFKC", made.pop(key)).replace(" ", "")
            rate = {"share": share, **({"size": read} if read else {})}
            rates = made.setdefault("rates", [])
            rates.insert(0, rate) if read else rates.append(rate)
    for key in _AMOUNTS:
        _replace(made, key, amount)
    for key in ("seen", "opens", "closes"):
        _replace(made, key, day)
    for key, words in WORDS.items():
        said = made.get(key)
        if isinstance(said, str):
            made[key] = words.get(said, said)
    for key in _LISTS:
        if isinstance(made.get(key), str | int):
            parts = [str(made[key])] if key in ("notes", "sources") else _split(str(made[key]))
            made[key] = parts
    _rounds(made)
    if "prefectures" in made and isinstance(made["prefectures"], list):
        made["prefectures"] = [
            prefecture_number(str(one)) or str(one) for one in made["prefectures"]
        ]
    if isinstance(made.get("municipalities"), list):
        made["municipalities"] = [str(one) for one in made["municipalities"]]
    _texts(made)
    made.setdefault("mark", "secondary")
    made.setdefault("status", "rounds" if made.get("rounds") else "unknown")
    return made


def day(written: str) -> str:
    """Return a day as ISO 8601; unchanged where it is no day that people write."""
    plain = unicodedata.normalize("NFKC", written).replace(" ", "")
    found = _DATE.match(plain)
    if found:
        return f"{int(found[1]):04}-{int(found[2]):02}-{int(found[3]):02}"
    era = _ERA_DATE.match(plain)
    if era:
        year = _ERAS[era[1]] + (1 if era[2] == "元" else int(era[2]))
        return f"{year:04}-{int(era[3]):02}-{int(era[4]):02}"
    return plain.partition("T")[0] if re.match(r"\A\d{4}-\d\d-\d\dT", plain) else written


def amount(written: str) -> int | str:
    """Return an amount or a count as people write it; unchanged where it is none."""
    plain = unicodedata.normalize("NFKC", written).replace(" ", "")
    found = _AMOUNT.match(plain)
    if not found or len(found[1]) > 18:
        return written
    return int(found[1].replace(",", "")) * _UNITS.get(found[2] or "", 1)


def _heading(key: object) -> str:
    said = unicodedata.normalize("NFKC", str(key)[:60]).strip()[:60]
    return HEADINGS.get(said, {"source": "sources", "note": "notes"}.get(said, said))


def _plain(value: object) -> Any:
    """Return a value without what could steer a terminal, a page or a database."""
    if isinstance(value, str):
        text = printable(value.replace("\r\n", "\n").replace("\r", "\n"), keep="\n").strip()
        return text.translate(_NO_PLACES)[: LETTERS_AT_MOST + 1]
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key)[:60]: _plain(one) for key, one in value.items()}
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value


def _replace(made: dict[str, Any], key: str, read: Callable[[str], object]) -> None:
    if isinstance(made.get(key), str):
        made[key] = read(made[key])


def _split(said: str) -> list[str]:
    return [one for one in re.split(r"[、,，/／・;\s]+", said) if one]


def _rounds(made: dict[str, Any]) -> None:
    """Make a call of the plain columns; a list of calls may be written out instead."""
    plain = {key: made.pop(key) for key in ("opens", "closes", "closes_at") if key in made}
    name = made.pop("round", None)
    if plain and "rounds" not in made:
        made["rounds"] = [{**plain, **({"name": str(name)} if name is not None else {})}]


def _texts(made: dict[str, Any]) -> None:
    for key in _TEXTS:
        english = made.pop(f"{key}_en", None)
        said = made.get(key)
        if isinstance(said, str):
            made[key] = {"ja": said, "en": english if isinstance(english, str) else said}
    notes = made.get("notes")
    if isinstance(notes, list):
        made["notes"] = [{"ja": n, "en": n} if isinstance(n, str) else n for n in notes]
