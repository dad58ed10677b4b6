"""What is read of a message: plain values only, so that they can leave the confined process."""

from typing import Literal

import msgspec

Place = Literal[
    "sender", "subject", "headers", "text", "hidden", "link", "picture", "calendar", "attachment"
]
"""Where in a message something stands."""

MAIL_BYTES = 40 << 20
"""Of a larger file the rest is not read (and said so); providers take 25 to 50 MB."""
TEXT_CHARACTERS = 100_000
HTML_BYTES = 600_000
LINKS = 500
PARTS = 300
DEPTH = 12
ATTACHMENTS = 100
MESSAGES = 50
"""Messages in one file: of a mailbox, and those attached to others."""


class _Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Address(_Value, frozen=True):
    """A person or program as a header names it.

    Attributes:
        name: what mail programs show, decoded; "" where there is none.
        address: the whole address in lower case; "" where it cannot be read.
        domain: its domain in the form of DNS; "" where there is none.
    """

    name: str = ""
    address: str = ""
    domain: str = ""


class Verified(_Value, frozen=True):
    """One result that the receiving server wrote down itself (RFC 8601).

    Attributes:
        method: spf, dkim, dmarc or arc.
        result: pass, fail, softfail, none ...
        domain: the domain it speaks of, in the form of DNS.
    """

    method: str
    result: str
    domain: str


class Hop(_Value, frozen=True):
    """One server the message says it came through.

    Attributes:
        helo: what the sending side called itself.
        name: its name by the receiver's own look-up; "" where it wrote none.
        ip: its address; "" where it wrote none.
        by: the receiving server.
    """

    helo: str = ""
    name: str = ""
    ip: str = ""
    by: str = ""


class Link(_Value, frozen=True):
    """An address that something in the message leads to. Nothing was fetched.

    Attributes:
        target: as it stands there, 2,000 characters at most.
        scheme: http, https, mailto, javascript, data, ... in lower case.
        host: in the form of DNS, or an IP address; "" where there is none. Of a host that is none
            of DNS and that browsers take all the same, the name it ends in.
        shown: what the reader sees in its place; "" for the address itself.
        place: where it stands.
        userinfo: what stands before an @ in front of the host, or else before that name.
    """

    target: str
    scheme: str
    host: str
    shown: str
    place: Place
    userinfo: str = ""


class Hidden(_Value, frozen=True):
    """Text in the message that its reader does not see.

    Attributes:
        how: display, size, colour, opacity, off_screen, invisible_characters.
        text: the first 300 characters.
        characters: how many in all.
    """

    how: str
    text: str
    characters: int


class Form(_Value, frozen=True):
    """A form to fill in within the message itself.

    Attributes:
        to: host that it sends to; "" where it does not say.
        secret: it asks for a password or a card's number.
    """

    to: str
    secret: bool


class Trait(_Value, frozen=True):
    """Something of note within an attachment.

    Attributes:
        id: what it is: macro, autostart, encrypted, program, shortcut, smuggling ...
        detail: the words or the name it was seen by, 200 characters at most.
    """

    id: str
    detail: str = ""


class Attachment(_Value, frozen=True):
    """A file that comes with the message, or lies in one that does.

    Attributes:
        name: as mail programs show it; "" where it has none.
        declared: the type that the message says it has.
        kind: what it is by its own bytes: pdf, zip, office, ole, html, image, program, shortcut ...;
            "" where that cannot be told.
        bytes: size; -1 where it was not unpacked.
        within: names of the files it lies in, from the outside.
        traits: what is of note.
    """

    name: str
    declared: str
    kind: str
    bytes: int
    within: tuple[str, ...] = ()
    traits: tuple[Trait, ...] = ()


class Gap(_Value, frozen=True):
    """Something that was not read, and may hold anything.

    Attributes:
        id: too_large, too_many_parts, too_deep, too_many_attachments, too_many_links, damaged, ...
        detail: where, 200 characters at most.
    """

    id: str
    detail: str = ""


class Message(_Value, frozen=True):
    """One message as its receiver has it before the eyes, and what lies behind.

    Attributes:
        kind: "mail" with headers; "text" without (pasted, SMS, LINE).
        sender: who it says it is from (From).
        senders: how many addresses From names; 1 in an honest mail.
        reply_to: where answers go, where it says so.
        to: to whom it says it goes (To, Cc), 50 at most.
        envelope: domain that the sending server named (Return-Path).
        message_id: domain of its Message-ID; "" where there is none.
        has_message_id: there is a Message-ID.
        signed_by: domains of DKIM signatures, whether or not they hold.
        verified: what the receiving server itself verified; nothing else may be trusted.
        hops: the servers it came through, the newest first, 30 at most.
        headers: names of all headers in lower case, in order, 300 at most.
        urgent_flag: it is marked as urgent (Importance, X-Priority).
        bulk: it says how to unsubscribe, or that it is bulk.
        mailer: the program that wrote it, by its own word.
        subject: decoded.
        text: what the reader sees, 100,000 characters at most.
        visible_in_html: the text is that of an HTML part.
        has_html: there is an HTML part.
        has_plain: there is a part of plain text.
        pictures: pictures that are shown in it.
        mislabelled: a text is not in the encoding it names.
        hidden: text that is there but not seen.
        links: where it leads, each once.
        forms: forms within it.
        attachments: files, those within others too.
        calendar: it is an invitation, and from this address.
        forwarded: it was attached to, or quoted whole in, another message.
        quoted: the share (0 to 1) of its text that is quoted from earlier ones.
        quoted_sender: sender of a message that its text says it forwards.
        in_reply_to: it says that it answers an earlier one.
        gaps: what was not read.
    """

    kind: Literal["mail", "text"]
    sender: Address = Address()
    senders: int = 0
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    envelope: str = ""
    message_id: str = ""
    has_message_id: bool = False
    signed_by: tuple[str, ...] = ()
    verified: tuple[Verified, ...] = ()
    hops: tuple[Hop, ...] = ()
    headers: tuple[str, ...] = ()
    urgent_flag: bool = False
    bulk: bool = False
    mailer: str = ""
    subject: str = ""
    text: str = ""
    visible_in_html: bool = False
    has_html: bool = False
    has_plain: bool = False
    pictures: int = 0
    mislabelled: bool = False
    hidden: tuple[Hidden, ...] = ()
    links: tuple[Link, ...] = ()
    forms: tuple[Form, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    calendar: Address | None = None
    forwarded: bool = False
    quoted: float = 0.0
    quoted_sender: Address | None = None
    in_reply_to: bool = False
    gaps: tuple[Gap, ...] = ()
