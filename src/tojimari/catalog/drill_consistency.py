"""Whether the mails of drills are whole, honest and harmless: cues, places, links, names of others."""

import html
import re
import unicodedata
from functools import cache

from tojimari.catalog.drill_markup import what_may_not_be
from tojimari.catalog.drill_template import PLACEHOLDERS, CuePlace, DrillCue, DrillTemplate
from tojimari.catalog.linter import Linter
from tojimari.catalog.phish_scale import APPLIES
from tojimari.knowledge.brand_names import brand_names
from tojimari.model import LANGS, Lang, Text

SUBJECT_LETTERS, BODY_LETTERS = 120, 3_000
_BRACES = re.compile(r"\{[^{}]*\}|[{}]")
_ADDRESS = re.compile(r"https?:|www\.|[\w.+-]+@[\w-]", re.IGNORECASE)
_DOMAIN = re.compile(r"(?<![\w.])(?:[a-z0-9][a-z0-9-]*\.)+([a-z]{2,})(?![\w])", re.IGNORECASE)
_FILE_ENDINGS = frozenset(
    {"html", "pdf", "csv", "doc", "docx", "jpg", "png", "ppt", "pptx", "txt", "xls", "xlsx"}
)
"""None of them ends an address of the net."""
_EXAMPLES = re.compile(
    r"(?:^|\.)(?:example(?:\.(?:com|net|org|jp|co\.jp|ne\.jp))?|test|invalid)$", re.IGNORECASE
)
_LOCAL_PART = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,40}[a-z0-9])?")
_MAY_BE_ABSENT: frozenset[CuePlace] = frozenset(
    {"sender", "link", "attachment", "greeting", "signature", "look"}
)
_AUTHORITIES = (
    "e-tax",
    "国税庁",
    "警察庁",
    "総務省",
    "経済産業省",
    "日本年金機構",
    "デジタル庁",
    "ipa",
    "jpcert",
)


@cache
def _names() -> tuple[re.Pattern[str], ...]:
    """Return what finds a real brand or authority: whole words where they are written in Latin."""
    found = []
    for name in sorted(brand_names() | set(_AUTHORITIES)):
        sure = re.escape(name)
        found.append(re.compile(rf"(?<![a-z0-9]){sure}(?![a-z0-9])" if name.isascii() else sure))
    return tuple(found)


def real_name_in(text: str) -> str:
    """Return the real brand or authority that a text names; "" for none."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return next((m[0] for one in _names() if (m := one.search(plain))), "")


def foreign_address_in(text: str) -> str:
    """Return an address of the net that is no example and no place to fill; "" for none."""
    if found := _ADDRESS.search(text):
        return found[0]
    for found in _DOMAIN.finditer(text):
        known = found[1].lower() in _FILE_ENDINGS or _EXAMPLES.search(found[0])
        if not known:
            return found[0]
    return ""


def check_drills(lint: Linter) -> None:
    """Note what does not fit in any of the catalog's templates and kinds of cues."""
    content = lint.content
    for cue in content.drill_cues.values():
        lint.languages("drill_cues.yaml", cue)
    lint.known("drill_machines.yaml", "sources", content.drill_machines.sources, content.sources)
    for record in content.drill_records.values():
        lint.languages("drill_records.yaml", record)
        control = content.controls.get(record.id)
        if control is None or control.evidence is None or control.evidence.kind != "record":
            lint.add(
                "drill_records.yaml",
                record.id,
                "記録で示す対策ではありません",
                "is shown by no record",
            )
    for template in content.drills.values():
        file = f"drills/{template.id}.yaml"
        lint.languages(file, template)
        lint.known(file, "sources", template.sources, content.sources)
        if not template.cues:
            lint.add(file, "cues", "手がかりがありません", "names no cue")
        check_template(lint, file, template)


def check_template(lint: Linter, file: str, template: DrillTemplate) -> None:
    """Note what is wrong with one template, also one of a company's own."""
    for lang in LANGS:
        for key, text in _texts(template, lang).items():
            _words(lint, file, f"{key}.{lang}", text)
        _asks(lint, file, template, lang)
    if not _LOCAL_PART.fullmatch(template.local_part):
        lint.add(file, "local_part", "@の前に使えない文字です", "cannot stand before the @")
    for element in ("process", "relevance", "events", "consequences", "trained"):
        if getattr(template.premise, element) not in APPLIES:
            lint.add(
                file, f"premise.{element}", "0、2、4、6、8のどれかです", "is one of 0, 2, 4, 6, 8"
            )
    for number, cue in enumerate(template.cues):
        _cue(lint, file, f"cues[{number}]", template, cue)
    kinds = [cue.cue for cue in template.cues]
    for kind in lint.content.drill_cues.values():
        if kind.once and kinds.count(kind.id) > 1:
            lint.add(file, "cues", f"「{kind.id}」は1度だけ数えます", f"counts {kind.id!r} once")


def _in(text: Text | None, lang: Lang) -> str:
    if text is None:
        return ""
    return text.ja if lang == "ja" else text.en


def _texts(template: DrillTemplate, lang: Lang) -> dict[str, str]:
    """Return every text that whoever gets the mail reads."""
    fields = ("sender", "subject", "body", "link_text", "attachment", "html")
    return {name: _in(getattr(template, name), lang) for name in fields}


def read_texts(template: DrillTemplate, lang: Lang) -> dict[str, str]:
    """Return every text of a mail as whoever gets it reads it: of HTML the words alone."""
    found = _texts(template, lang)
    return found | {"html": _words_of(found["html"])}


def _words_of(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", " ", page))


def _words(lint: Linter, file: str, key: str, text: str) -> None:
    places = {f"{{{name}}}" for name in PLACEHOLDERS}
    for brace in _BRACES.findall(text) if not key.startswith("html") else []:
        if brace not in places:
            lint.add(
                file, key, f"「{brace}」は埋める所ではありません", f"{brace} is no placeholder"
            )
    plain = _words_of(text) if key.startswith("html") else text
    if found := foreign_address_in(plain):
        lint.add(
            file,
            key,
            f"「{found}」: リンクは{{link}}だけ、ほかの名前は example だけです",
            f"{found}: only {{link}} may be an address, other names only examples",
        )
    if found := real_name_in(plain):
        lint.add(
            file,
            key,
            f"「{found}」: 実在する会社や役所の名前は使えません",
            f"{found}: names of real companies and authorities may not be used",
        )
    limits = {"subject": SUBJECT_LETTERS, "body": BODY_LETTERS}
    if (limit := limits.get(key.partition(".")[0])) and len(text) > limit:
        lint.add(file, key, f"{limit}字を超えています", f"is longer than {limit} characters")
    if key.startswith("html"):
        _markup(lint, file, key, text)


def _markup(lint: Linter, file: str, key: str, text: str) -> None:
    if found := what_may_not_be(text):
        lint.add(
            file,
            key,
            f"「{found}」: この書き方のHTMLは使えません",
            f"{found}: HTML written so may not be used",
        )


def _asks(lint: Linter, file: str, template: DrillTemplate, lang: Lang) -> None:
    """Check that the mail has what it asks for, and nothing of the other kinds."""
    body, page = _in(template.body, lang), _in(template.html, lang)
    leads = "{link}" in body and (not page or "{link}" in page)
    if template.kind == "link" and not leads:
        lint.add(file, f"body.{lang}", "{link} がありません", "has no {link}")
    if template.kind != "link" and ("{link}" in body + page or "{qr}" in body + page):
        lint.add(file, f"body.{lang}", "{link} は link の種類だけです", "only links have {link}")
    name = _in(template.attachment, lang)
    if (template.kind == "attachment") != bool(name):
        lint.add(
            file,
            f"attachment.{lang}",
            "添付の名前は attachment の種類にだけ書きます",
            "a file is named for attachments alone",
        )
    if name and not re.fullmatch(r"[^/\\:*?\"<>|]{1,60}\.(?:html|pdf)", name):
        lint.add(
            file,
            f"attachment.{lang}",
            ".html か .pdf で終わる名前です",
            "must be a name in .html or .pdf",
        )


def _cue(lint: Linter, file: str, key: str, template: DrillTemplate, cue: DrillCue) -> None:
    lint.known(file, f"{key}.cue", [cue.cue], lint.content.drill_cues)
    lacks_link = cue.place == "link" and template.kind != "link"
    if lacks_link or (cue.place == "attachment" and template.kind != "attachment"):
        lint.add(file, f"{key}.place", "このメールにはありません", "is not in this mail")
    if cue.at is None:
        if cue.place not in _MAY_BE_ABSENT:
            lint.add(file, f"{key}.at", "メールのどの言葉かを書きます", "must quote the mail")
        return
    for lang in LANGS:
        said = _in(cue.at, lang)
        if not said or said not in _place(template, cue.place, lang):
            lint.add(
                file,
                f"{key}.at.{lang}",
                f"「{said}」はメールのその所にありません",
                f"{said!r} is not there in the mail",
            )


def _place(template: DrillTemplate, place: CuePlace, lang: Lang) -> str:
    match place:
        case "sender":
            return f"{_in(template.sender, lang)} {template.local_part}"
        case "subject":
            return _in(template.subject, lang)
        case "link":
            return f"{_in(template.link_text, lang)} {_in(template.body, lang)}"
        case "attachment":
            return _in(template.attachment, lang)
    return _in(template.body, lang)
