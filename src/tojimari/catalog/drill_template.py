"""Shape of a drill's mail: what is sent, the cues in it, and how hard it is to detect."""

import re
from datetime import date
from typing import Literal

import msgspec

from tojimari.catalog.phish_scale import (
    CueGroup,
    Difficulty,
    Level,
    Premise,
    difficulty_of,
    level_of,
)
from tojimari.model import Lang, Text

DrillKind = Literal["link", "attachment", "reply"]
"""What it asks for: open a page, open a file, answer."""
Scene = Literal[
    "parcel",
    "bank",
    "tax",
    "card",
    "marketplace",
    "cloud_storage",
    "invoice",
    "payment_change",
    "boss",
    "hr",
    "voicemail",
    "qr_code",
    "calendar",
    "shared_document",
    "password",
    "order",
    "job",
    "utility",
    "survey",
    "quarantine",
    "appeal",
    "own",
]
"""What the story is about; ``own`` for a company's own mail."""
Look = Literal["plain", "notice", "letter"]
"""How the HTML is set: as typed, a box with a coloured head, a letter with a ruled head."""
CuePlace = Literal[
    "sender", "subject", "body", "link", "attachment", "greeting", "signature", "look"
]
"""Where a cue is: ``greeting``, ``signature`` and ``look`` also for what is missing there."""

PLACEHOLDERS = ("name", "company", "link", "qr", "today", "deadline")
"""What is filled in: name of the recipient, of the company, address of the page, address of the
picture with the code, the day it is sent, and two days later."""
_PLACEHOLDER = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")
_LINK, _QR = "{link}", "{qr}"
_SHOWN_LINK = '<a href="{link}">{link}</a>'
_COLOURS = {"notice": "#2b5d8a", "letter": "#444444", "plain": "#222222"}


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class DrillCueKind(_Strict, frozen=True):
    """One of the cues of the NIST Phish Scale.

    Attributes:
        once: counted once however often it is there, as the guide's worksheet does.
        why: what it says to a reader, where the template says nothing of its own.
    """

    id: str
    group: CueGroup
    name: Text
    why: Text
    once: bool = False


class DrillCue(_Strict, frozen=True):
    """A cue in one mail.

    Attributes:
        cue: id of its kind.
        at: the very words of the mail that it points at; None for what is not there.
        why: what gives the mail away here; None: what its kind says.
    """

    cue: str
    place: CuePlace
    at: Text | None = None
    why: Text | None = None


class DrillMail(_Strict, frozen=True):
    """A mail in one language, its placeholders filled or not.

    Attributes:
        local_part: the address before the @; the operator's domain comes behind it.
        attachment: name of the file; "" for none.
    """

    sender_name: str
    local_part: str
    subject: str
    text: str
    html: str
    attachment: str = ""


class DrillTemplate(_Strict, frozen=True):
    """A mail that a company can practise with.

    Attributes:
        body: paragraphs between empty lines. A paragraph that is only ``{link}`` or ``{qr}`` becomes
            a button or a picture in the HTML.
        link_text: what the button says.
        html: HTML of its own, of templates from elsewhere; None: made of ``body``.
        attachment: name of the harmless file.
        premise: for people in a small company in Japan who were not warned of just this.
    """

    id: str
    order: int
    kind: DrillKind
    scene: Scene
    title: Text
    sender: Text
    local_part: str
    subject: Text
    body: Text
    cues: tuple[DrillCue, ...]
    premise: Premise
    sources: tuple[str, ...]
    as_of: date
    link_text: Text | None = None
    look: Look = "plain"
    html: Text | None = None
    attachment: Text | None = None

    @property
    def is_rated(self) -> bool:
        """Whether anybody has named its cues; before that its difficulty says nothing."""
        return bool(self.cues)

    @property
    def difficulty(self) -> Difficulty:
        """How hard it is to detect, by its cues and its premise."""
        return difficulty_of(len(self.cues), self.premise.rating)

    @property
    def level(self) -> Level:
        """The level people choose it by."""
        return level_of(self.difficulty)

    @property
    def has_qr(self) -> bool:
        """Whether a picture with the code of the address has to come with it."""
        return _QR in self.body.ja

    def rated_where(self, trained: int) -> Difficulty:
        """Return how hard it is where people were warned of just this (0, 2, 4, 6 or 8)."""
        premise = msgspec.structs.replace(self.premise, trained=trained)
        return difficulty_of(len(self.cues), premise.rating)

    def mail(self, lang: Lang) -> DrillMail:
        """Return the mail in ``lang`` with its placeholders still to fill (``filled``)."""
        body: str = _in(self.body, lang)
        own = _in(self.html, lang) if self.html is not None else ""
        return DrillMail(
            sender_name=_in(self.sender, lang),
            local_part=self.local_part,
            subject=_in(self.subject, lang),
            text=body.strip() + "\n",
            html=own or self._made_html(body, lang),
            attachment=_in(self.attachment, lang) if self.attachment is not None else "",
        )

    def _made_html(self, body: str, lang: Lang) -> str:
        colour = _COLOURS[self.look]
        label = _in(self.link_text, lang) if self.link_text is not None else _LINK
        parts = [_paragraph(part, label, colour) for part in body.strip().split("\n\n")]
        head = ""
        if self.look != "plain":
            style = (
                f"background:{colour};color:#ffffff;padding:12px 16px"
                if self.look == "notice"
                else f"border-bottom:2px solid {colour};padding:8px 0"
            )
            name = _escaped(_in(self.sender, lang))
            head = f'<div style="{style};font-weight:bold">{name}</div>'
        inside = "\n".join(parts)
        return (
            f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"></head>'
            '<body style="margin:0;padding:16px;font-family:sans-serif;color:#222222">'
            f'{head}<div style="max-width:600px">\n{inside}\n</div></body></html>\n'
        )


def _in(text: Text, lang: Lang) -> str:
    """Return the words themselves: ``say`` would ask for the placeholders."""
    return text.ja if lang == "ja" else text.en


def _escaped(text: str) -> str:
    # Only here: the names of all HTML entities come with it, and every start reads this module.
    import html

    return html.escape(text)


def _paragraph(part: str, label: str, colour: str) -> str:
    part = part.strip()
    if part == _LINK:
        style = (
            f"display:inline-block;background:{colour};color:#ffffff;padding:10px 18px;"
            "text-decoration:none"
        )
        return f'<p><a href="{_LINK}" style="{style}">{_escaped(label)}</a></p>'
    if part == _QR:
        return f'<p><img src="{_QR}" width="180" height="180" alt="QR"></p>'
    lines = _escaped(part).replace("\n", "<br>\n").replace(_LINK, _SHOWN_LINK)
    return f"<p>{lines}</p>"


def filled(mail: DrillMail, **values: str) -> DrillMail:
    """Return ``mail`` with its placeholders filled (those of ``PLACEHOLDERS``), each once.

    A value is never read again, and is escaped in the HTML. What has no value stays as it is.
    """

    def put(text: str, *, escape: bool = False, line: bool = False) -> str:
        def one(found: re.Match[str]) -> str:
            value = values.get(found[1])
            if value is None:
                return found[0]
            value = " ".join(value.split()) if line else value
            return _escaped(value) if escape else value

        return _PLACEHOLDER.sub(one, text)

    return DrillMail(
        sender_name=put(mail.sender_name, line=True),
        local_part=mail.local_part,
        subject=put(mail.subject, line=True),
        text=put(mail.text),
        html=put(mail.html, escape=True),
        attachment=put(mail.attachment, line=True),
    )
