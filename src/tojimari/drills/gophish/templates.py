"""Templates of GoPhish: JSON, rewritten to what a drill's mail may hold."""

import re
from datetime import date
from email.utils import parseaddr
from typing import Any, Literal

import msgspec

from tojimari.catalog.drill_markup import LINK
from tojimari.catalog.drill_template import DrillKind, DrillTemplate
from tojimari.catalog.phish_scale import Premise
from tojimari.drills.gophish.errors import BadGophishFile
from tojimari.drills.gophish.markup import LostMarkup, rebuilt, words
from tojimari.lib.printable import printable
from tojimari.model import Text

BYTES_AT_MOST = 5_000_000
"""Attachments stand in the file in base64; they are not taken over."""
TEMPLATES_AT_MOST = 200
_LETTERS = 200
_BODY_LETTERS = 200_000
LostKind = Literal["tracker", "field", "attachment", "sender_domain", "ambiguous"] | LostMarkup
"""A tracking picture; a field that has no place here; an attached file; the domain of the sender (the
operator's own is used); a part that GoPhish would compute; or something of the HTML."""

_FIELD = re.compile(r"\{\{([^{}]{0,200})\}\}")
_FULL_NAME = re.compile(r"\{\{-?\s*\.FirstName\s*-?\}\}\s*\{\{-?\s*\.LastName\s*-?\}\}")
_LAST_FIRST = re.compile(r"\{\{-?\s*\.LastName\s*-?\}\}\s*\{\{-?\s*\.FirstName\s*-?\}\}")
_PUT = {".FirstName": "{name}", ".LastName": "{name}", ".URL": LINK}
_TRACKERS = (".Tracker", ".TrackingURL")
_LOCAL_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")


class Lost(msgspec.Struct, frozen=True):
    """What could not be carried over, by name."""

    kind: LostKind
    what: str


class ReadTemplate(msgspec.Struct, frozen=True):
    """A template with our placeholders.

    Attributes:
        local_part: of the envelope sender; "" where it has none.
        lost: empty where everything was carried over.
    """

    name: str
    subject: str
    text: str
    html: str
    sender_name: str = ""
    local_part: str = ""
    lost: tuple[Lost, ...] = ()

    @property
    def has_link(self) -> bool:
        """Whether it leads to the page at all."""
        return LINK in self.text or LINK in self.html

    def as_template(self, id_: str, day: date) -> DrillTemplate:
        """Return it as a company's own template: the same words in both languages, no cues named.

        Until somebody names cues and answers for the premise its difficulty says nothing.
        """
        kind: DrillKind = "link" if self.has_link else "reply"
        return DrillTemplate(
            id=id_,
            order=1,
            kind=kind,
            scene="own",
            title=_both(self.name),
            sender=_both(self.sender_name or self.name),
            local_part=self.local_part or "info",
            subject=_both(self.subject),
            body=_both(self.text),
            html=_both(self.html) if self.html else None,
            cues=(),
            premise=Premise(0, 0, 0, 0),
            sources=(),
            as_of=day,
        )


def _both(words_: str) -> Text:
    return Text(ja=words_, en=words_)


def read_templates(data: bytes) -> tuple[ReadTemplate, ...]:
    """Return the templates of a file: one, or a list as GoPhish's API gives it.

    Raises BadGophishFile where it is too large, no JSON, or no template.
    """
    if len(data) > BYTES_AT_MOST:
        raise BadGophishFile(
            f"大きすぎます（{BYTES_AT_MOST // 1_000_000}MBまで）。添付ファイルを外して書き出してください。",
            f"The file is too large (at most {BYTES_AT_MOST // 1_000_000} MB). Export it without attachments.",
        )
    try:
        raw: Any = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadGophishFile(
            "JSONとして読めません。GoPhishのテンプレートを書き出したファイルを選んでください。",
            "Cannot be read as JSON. Choose a file with a template of GoPhish.",
        ) from error
    rows = raw if isinstance(raw, list) else [raw]
    if not rows or len(rows) > TEMPLATES_AT_MOST:
        raise BadGophishFile(
            f"テンプレートは1つから{TEMPLATES_AT_MOST}までです。",
            f"There must be 1 to {TEMPLATES_AT_MOST} templates.",
        )
    return tuple(_read(row, number) for number, row in enumerate(rows, 1))


def read_template(data: bytes) -> ReadTemplate:
    """Return the template of a file that holds one.

    Raises BadGophishFile where it holds none or several, or is not fit to be read.
    """
    found = read_templates(data)
    if len(found) > 1:
        raise BadGophishFile(
            f"{len(found)}個のテンプレートが入っています。1つずつ書き出してください。",
            f"It holds {len(found)} templates. Export one at a time.",
        )
    return found[0]


def _read(row: object, number: int) -> ReadTemplate:
    if not isinstance(row, dict) or not any(row.get(key) for key in ("subject", "text", "html")):
        raise BadGophishFile(
            f"{number}番目: GoPhishのテンプレート（subject、text、html）ではありません。",
            f"Number {number}: is no template of GoPhish (subject, text, html).",
        )
    lost: list[Lost] = []
    name = _line(row, "name", number) or f"template {number}"
    sender_name, address = parseaddr(_line(row, "envelope_sender", number))
    local_part, _, domain = address.rpartition("@")
    if domain:
        lost.append(Lost("sender_domain", domain[:_LETTERS]))
    subject = _carried(_line(row, "subject", number), lost)
    text = _carried(_body(row, "text", number), lost)
    page, lost_markup = rebuilt(_carried(_body(row, "html", number), lost))
    lost += [Lost(kind, printable(what)) for kind, what in lost_markup]
    lost += _attachments(row.get("attachments"))
    return ReadTemplate(
        name=name,
        subject=subject,
        text=text.strip() or words(page),
        html=page,
        sender_name=_carried(printable(sender_name), lost),
        local_part=local_part if _LOCAL_PART.fullmatch(local_part) else "",
        lost=tuple(dict.fromkeys(lost)),
    )


def _said(row: dict[str, object], key: str, number: int, limit: int) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > limit:
        raise BadGophishFile(
            f"{number}番目の {key}: 文字ではないか、長すぎます（{limit:,}字まで）。",
            f"Number {number}, {key}: is no text or too long (at most {limit:,} characters).",
        )
    return value


def _line(row: dict[str, object], key: str, number: int) -> str:
    return printable(" ".join(_said(row, key, number, _LETTERS * 5).split()))[:_LETTERS]


def _body(row: dict[str, object], key: str, number: int) -> str:
    value = _said(row, key, number, _BODY_LETTERS).replace("\r\n", "\n")
    return printable(value, keep="\n\t")


def _carried(source: str, lost: list[Lost]) -> str:
    """Return the text with fields as our placeholders; what has none is taken out and noted."""
    source = _LAST_FIRST.sub("{name}", _FULL_NAME.sub("{name}", source))

    def one(found: re.Match[str]) -> str:
        inside = found[1].strip().strip("-").strip()
        if inside in _PUT:
            return _PUT[inside]
        if inside in _TRACKERS:
            lost.append(Lost("tracker", inside))
        elif re.fullmatch(r"\.\w{1,40}", inside):
            lost.append(Lost("field", inside))
        else:
            lost.append(Lost("ambiguous", printable(inside)[:_LETTERS]))
        return ""

    return _FIELD.sub(one, source)


def _attachments(given: object) -> list[Lost]:
    if not isinstance(given, list):
        return []
    names = [one.get("name") for one in given[:50] if isinstance(one, dict)]
    return [Lost("attachment", printable(str(name or "?"))[:_LETTERS]) for name in names]
