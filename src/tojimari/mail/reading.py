"""Reads a file somebody gives: one mail, a mailbox, Outlook's file, or text without any headers.

Runs in the confined process (``confined.py``); nothing here fetches, saves or runs anything.
"""

import re
from collections.abc import Iterator, Sequence
from email.message import Message as Parsed
from itertools import islice
from typing import Any

import msgspec

from tojimari.lib.encodings import decoded
from tojimari.mail import headers as read
from tojimari.mail.attachments.budget import Budget
from tojimari.mail.attachments.kinds import by_ending
from tojimari.mail.attachments.look import Looked, is_only_named, look
from tojimari.mail.forwarded import forwarded_within, quoted_head
from tojimari.mail.html import Page, plain_text, read_html, text_links
from tojimari.mail.links import bare_links_in, links_in
from tojimari.mail.message import (
    DEPTH,
    LINKS,
    MAIL_BYTES,
    MESSAGES,
    PARTS,
    TEXT_CHARACTERS,
    Address,
    Gap,
    Hidden,
    Link,
    Message,
)
from tojimari.mail.parts import Part, without_endless_head
from tojimari.mail.parts import parsed as take_apart
from tojimari.mail.recognition import OLE, is_mail

_MAILBOX = re.compile(rb"^From [^\r\n]{3,200}\r?\n(?=[A-Za-z][A-Za-z0-9-]{0,60}:)", re.MULTILINE)
_REPLY = re.compile(r"^\s*>|^\s*-{2,}\s*(?:Original Message|元のメッセージ)", re.IGNORECASE)
_URGENT = re.compile(r"^\s*(?:1|2|high|urgent)\b", re.IGNORECASE)
_ORGANIZER = re.compile(
    r"^(?:ORGANIZER|ATTENDEE)[^:\n]{0,300}:\s*mailto:([^\s]{3,320})", re.MULTILINE | re.IGNORECASE
)
_ICAL_TEXT = re.compile(
    r"^(?:SUMMARY|DESCRIPTION|LOCATION)[^:\n]{0,200}:(.{0,4000})", re.MULTILINE | re.IGNORECASE
)


class NeedsOwnChild(Exception):
    """A file in it would be looked into, which must not be done where others are read as well."""


def read_file(
    data: bytes, own_servers: Sequence[str] = (), *, files: bool = True, cut: bool = False
) -> list[Message]:
    """Return the messages in a file: a mailbox has many, a mail those that are attached to it too.

    Of a mail the first one is the mail itself. ``own_servers``: mail servers of the receiver's own
    whose results may be believed (see ``headers.verified``). Never raises for what is in the file,
    but NeedsOwnChild where a file would be looked into and ``files`` is false; what could not be read is
    in ``gaps``. ``cut``: it was longer.
    """
    gaps = (Gap("too_large"),) if cut or len(data) > MAIL_BYTES else ()
    data = data[:MAIL_BYTES]
    if data.startswith(OLE):
        if not files:
            raise NeedsOwnChild
        return _outlook(data)
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    starts = (
        [found.start() for found in _MAILBOX.finditer(data)] if data.startswith(b"From ") else []
    )
    if len(starts) > 1:
        more = (Gap("too_many_messages"),) if len(starts) > MESSAGES else ()
        starts = starts[:MESSAGES]
        ends = [*starts[1:], len(data)]
        found: list[Message] = []
        for first, end in zip(starts, ends, strict=True):
            found += _mail(data[first:end], own_servers, (*gaps, *more), files)[:1]
        return found
    if is_mail(data[:20_000]):
        return _mail(data, own_servers, gaps, files)
    return [read_text(decoded(data[: TEXT_CHARACTERS * 4]).text, gaps)]


def _outlook(data: bytes) -> list[Message]:
    from tojimari.mail.outlook import rebuilt  # its library is slow to load and seldom needed

    found = rebuilt(data)
    if found is None:
        return [Message("mail", gaps=(Gap("damaged"),))]
    [message, *inner] = read_file(found.mail)
    looked, budget, gaps = Looked(), Budget(), list(message.gaps)
    for file in found.files:
        if file is None:
            gaps.append(Gap("damaged_attachment"))
        else:
            look(file.name, file.declared, file.content, budget, looked)
    outlook = msgspec.structs.replace(
        message,
        kind="mail",
        sender=message.sender if message.sender != Address() else Address(found.sender[:300]),
        attachments=tuple(looked.attachments),
        links=(*message.links, *looked.links)[:500],
        gaps=tuple(dict.fromkeys((*gaps, *looked.gaps)))[:30],
    )
    return [outlook, *inner]


def read_text(text: str, gaps: tuple[Gap, ...] = ()) -> Message:
    """Return a message of which only the text is there: pasted, from a phone, or from a photo."""
    cut = text[:TEXT_CHARACTERS]
    if len(cut) < len(text):
        gaps = (*gaps, Gap("text_cut"))
    if re.search(r"<(?:html|body|div|table|a)(?:\s[^<>]{0,500})?>", cut[:5000], re.IGNORECASE):
        page = read_html(cut)
        return Message(
            "text", text=page.text, visible_in_html=True, has_html=True, pictures=page.pictures,
            hidden=tuple(page.hidden), links=_each_once([*page.links, *text_links(page)]),
            forms=tuple(page.forms), gaps=gaps,
        )  # fmt: skip
    cut, hidden = plain_text(cut)
    sender, subject, _ = quoted_head(cut, pasted=True)
    return Message(
        "text",
        sender=sender or Address(),
        senders=1 if sender else 0,
        subject=subject,
        text=cut,
        has_plain=True,
        hidden=(hidden,) if hidden else (),
        links=_each_once([*links_in(cut, "text", LINKS), *bare_links_in(cut, "text")]),
        gaps=gaps,
    )


def _mail(
    data: bytes, own_servers: Sequence[str], gaps: tuple[Gap, ...], files: bool
) -> list[Message]:
    whole, data = data, without_endless_head(data)
    if data is not whole:
        gaps = (*gaps, Gap("damaged"))
    del whole
    try:
        parsed = take_apart(data)
        body = _Body(parsed, files)
    except RecursionError:
        text = decoded(data[: TEXT_CHARACTERS * 4]).text
        return [read_text(text, (*gaps, Gap("damaged")))]
    first = _message(parsed, body, own_servers, gaps)
    inner = list(islice(_inner(body.inner, 1, files), MESSAGES + 1))
    if len(inner) > MESSAGES:
        cut = (*first.gaps, Gap("too_many_attachments"))
        first = msgspec.structs.replace(first, gaps=cut)
    return [first, *forwarded_within(first), *inner[:MESSAGES]]


def _inner(parts: Sequence[Parsed], depth: int, files: bool) -> Iterator[Message]:
    """Yield the messages attached to one; what they say of servers' results is not believed."""
    for part in parts[:MESSAGES]:
        body = _Body(part, files)
        gaps = (Gap("too_deep"),) if depth >= DEPTH and body.inner else ()
        yield _message(part, body, None, gaps, forwarded=True)
        if depth < DEPTH:
            yield from _inner(body.inner, depth + 1, files)


class _Body:
    """The parts of one message: what is shown, and what comes with it."""

    def __init__(self, parsed: Parsed, files: bool) -> None:
        self.files = files
        self.inner: list[Parsed] = []
        self.plain: list[str] = []
        self.pages: list[Page] = []
        self.looked = Looked()
        self.budget = Budget()
        self.gaps: list[Gap] = []
        self.hidden: list[Hidden] = []
        self.links: list[Link] = []
        self.calendar: Address | None = None
        self.invited: list[str] = []
        self.mislabelled = False
        self._parts(parsed)

    def _parts(self, parsed: Parsed) -> None:
        stack: list[tuple[Parsed, int]] = [(parsed, 0)]
        number = 0
        while stack:
            part, depth = stack.pop()
            number += 1
            if number > PARTS:
                self.gaps.append(Gap("too_many_parts"))
                return
            kind = part.get_content_type()
            if kind == "message/rfc822" and isinstance(part.get_payload(), list):
                self.inner += [
                    _opened(part, each) for each in part.get_payload() if isinstance(each, Parsed)
                ]
            elif part.is_multipart():
                if depth > DEPTH * 2:
                    self.gaps.append(Gap("too_deep"))
                    continue
                children = [each for each in part.get_payload() if isinstance(each, Parsed)]
                stack += [(each, depth + 1) for each in reversed(children)]
            elif (name := _file_name(part)).lower().endswith(".eml"):
                self.inner.append(take_apart(_payload(part)))
            else:
                self._leaf(part, kind, name)

    def _leaf(self, part: Parsed, kind: str, name: str) -> None:
        apart = part.get_content_disposition() == "attachment" or (
            name and by_ending(name) != "text"
        )
        if kind == "text/calendar" or name.lower().endswith(".ics"):
            self._invitation(_payload(part, TEXT_CHARACTERS * 4), _charset(part))
        elif kind in ("text/plain", "text/html", "text/enriched", "text/richtext") and not apart:
            most = TEXT_CHARACTERS * 6
            found = decoded(_payload(part, most)[:most], _charset(part))
            self.mislabelled |= found.mislabelled
            self._shown(kind, found.text)
        elif (data := _payload(part)) or name:
            if not self.files and not is_only_named(name, data):
                raise NeedsOwnChild
            look(name, kind, data, self.budget, self.looked)

    def _shown(self, kind: str, text: str) -> None:
        if kind == "text/html":
            text, hidden = plain_text(text)
            page = read_html(text)
            self.hidden += [*page.hidden, *([hidden] if hidden else [])]
            self.links += [*page.links, *text_links(page)]
            self.pages.append(page)
            if page.cut:
                self.gaps.append(Gap("text_cut"))
            return
        text, hidden = plain_text(text)
        self.hidden += [hidden] if hidden else []
        if len(text) > TEXT_CHARACTERS:
            self.gaps.append(Gap("text_cut"))
        self.plain.append(text[:TEXT_CHARACTERS])

    def _invitation(self, data: bytes, charset: str) -> None:
        text = re.sub(r"\r?\n[ \t]", "", decoded(data[: TEXT_CHARACTERS * 4], charset).text)
        organizer = _ORGANIZER.search(text)
        named = read.addresses(organizer[1], 1) if organizer else []
        self.calendar = msgspec.structs.replace(named[0], name="") if named else Address()
        words = "\n".join(_ICAL_TEXT.findall(text)[:20]).replace("\\n", "\n").replace("\\,", ",")
        self.links += links_in(words, "calendar", 50)
        self.invited.append(words[:TEXT_CHARACTERS])


def _message(
    parsed: Parsed,
    body: _Body,
    own_servers: Sequence[str] | None,
    gaps: tuple[Gap, ...],
    *,
    forwarded: bool = False,
) -> Message:
    plain = "\n".join(body.plain)[:TEXT_CHARACTERS]
    shown = "\n".join(page.text for page in body.pages)[:TEXT_CHARACTERS]
    text = shown or plain
    for words in body.invited:  # shown by calendars, and by mail programs above the text
        if words.strip() and words.strip() not in text:
            text = f"{text}\n{words}"[:TEXT_CHARACTERS]
    links = [*body.links, *([] if shown else links_in(plain, "text", LINKS)), *body.looked.links]
    quoted, _, _ = quoted_head(text, pasted=False)
    return Message(
        "mail",
        **_from_headers(parsed, own_servers),
        text=text,
        visible_in_html=bool(shown),
        has_html=bool(body.pages),
        has_plain=bool(plain.strip()),
        pictures=sum(page.pictures for page in body.pages),
        mislabelled=body.mislabelled,
        hidden=tuple(body.hidden[:20]),
        links=_each_once(links),
        forms=tuple(form for page in body.pages for form in page.forms)[:20],
        attachments=tuple(body.looked.attachments),
        calendar=body.calendar,
        forwarded=forwarded,
        quoted=_share_quoted(plain or text),
        quoted_sender=quoted,
        gaps=tuple(dict.fromkeys((*gaps, *body.gaps, *body.looked.gaps)))[:30],
    )


def _from_headers(parsed: Parsed, own_servers: Sequence[str] | None) -> dict[str, Any]:
    """Return the fields of a message that its headers say. ``own_servers``: None believes none."""
    raw = read.raw_headers(parsed)
    first: dict[str, bytes] = {}
    for name, line in raw:
        first.setdefault(name, line)

    def said(name: str) -> str:
        return read.value(first[name]) if name in first else ""

    def named(*names: str, at_most: int = 50) -> list[Address]:
        lines = [read.unfolded(first[each]) for each in names if each in first]
        return read.addresses(", ".join(lines), at_most)

    senders = named("from")
    identity = said("message-id").strip("<> ")
    return {
        "sender": senders[0] if senders else Address(),
        "senders": len(senders),
        "reply_to": tuple(named("reply-to", at_most=5)),
        "to": tuple(named("to", "cc")),
        "envelope": next((each.domain for each in named("return-path", at_most=1)), ""),
        "message_id": read.domain_of(identity.rpartition("@")[2]) if "@" in identity else "",
        "has_message_id": bool(identity),
        "signed_by": read.signed_by(raw),
        "verified": () if own_servers is None else read.verified(raw, own_servers),
        "hops": read.hops([line for name, line in raw if name == "received"]),
        "headers": tuple(name for name, _ in raw),
        "urgent_flag": bool(_URGENT.match(said("importance")) or _URGENT.match(said("x-priority"))),
        "bulk": "list-unsubscribe" in first or said("precedence").lower() in ("bulk", "list"),
        "mailer": (said("x-mailer") or said("user-agent"))[:100],
        "subject": said("subject")[:1000],
        "in_reply_to": "in-reply-to" in first or "references" in first,
    }


def _each_once(links: Sequence[Link]) -> tuple[Link, ...]:
    return tuple({(each.target, each.shown): each for each in links}.values())[:LINKS]


def _share_quoted(text: str) -> float:
    lines = [line for line in text.split("\n")[:3000] if line.strip()]
    return round(sum(bool(_REPLY.match(line)) for line in lines) / len(lines), 2) if lines else 0.0


def _opened(carrier: Parsed, inner: Parsed) -> Parsed:
    """Return an attached mail, also one in base64, which is forbidden (RFC 2046, 5.2.1) and sent."""
    encoding = str(carrier.get("content-transfer-encoding", "")).strip().lower()
    if encoding not in ("base64", "quoted-printable") or inner.is_multipart() or inner.keys():
        return inner
    text = inner.get_payload()
    inner["Content-Transfer-Encoding"] = encoding
    inner.set_payload(text)
    return take_apart(_payload(inner))


def _charset(part: Parsed) -> str:
    try:
        return str(part.get_content_charset() or "")
    except (LookupError, ValueError, TypeError):
        return ""


def _payload(part: Parsed, at_most: int | None = None) -> bytes:
    try:
        if at_most is not None and isinstance(part, Part):
            data = part.beginning(at_most)
        else:
            data = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, TypeError):
        data = None
    if isinstance(data, bytes):
        return data
    payload = part.get_payload()
    return payload.encode("utf-8", "replace") if isinstance(payload, str) else b""


def _file_name(part: Parsed) -> str:
    """Return the name of a part: RFC 2231, encoded words where they must not be, or raw bytes."""
    said = (str(part.get(each, "")).lower() for each in ("content-disposition", "content-type"))
    if not any("name" in each for each in said):
        return ""  # what most parts are: nothing to take apart
    try:
        name = part.get_filename() or ""
    except (ValueError, LookupError, TypeError, AttributeError, IndexError):
        name = ""
    return read.file_name(name)
