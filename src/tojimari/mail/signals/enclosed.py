"""What comes with a message as a file."""

import re
from collections.abc import Iterator

from tojimari.mail.acquaintances import Known
from tojimari.mail.message import Attachment, Message
from tojimari.mail.signals.seen import Seen, quote

BY_TRAIT = {
    "program": "file_program",
    "script": "file_program",
    "shortcut": "file_shortcut",
    "starts_program": "file_shortcut",
    "disk_image": "file_disk_image",
    "help": "file_program",
    "two_endings": "file_disguised",
    "name_reversed": "file_disguised",
    "name_hidden_end": "file_disguised",
    "other_than_named": "file_disguised",
    "smuggling": "file_smuggles",
    "svg_script": "file_smuggles",
    "password_form": "file_asks_secret",
    "scripted_page": "file_page_with_program",
    "macro_starts_itself": "file_macro_starts",
    "macro": "file_macro",
    "fetches_when_opened": "file_fetches",
    "embedded_object": "file_holds_object",
    "pdf_starts_program": "file_pdf_acts",
    "pdf_script": "file_pdf_script",
    "encrypted": "file_encrypted",
}
"""Trait of an attachment -> signal."""
_PASSWORD = re.compile(
    r"(?:パスワード|password|passwort|\bpw|解凍)[^\n]{0,12}[:：は=][ \t「『]*[\x21-\x7e]{4,30}",
    re.IGNORECASE,
)
"""In letters of ASCII, as passwords are: "is told separately" is none."""


def enclosed(message: Message, known: Known) -> Iterator[Seen]:
    """Yield what the files with a message are, each kind once."""
    found: dict[str, Seen] = {}
    for each in message.attachments:
        for trait in each.traits:
            signal = BY_TRAIT.get(trait.id)
            if signal:
                found.setdefault(signal, Seen(signal, "attachment", _name(each), trait.detail))
        if each.kind == "html" and not each.within:
            found.setdefault("file_page", Seen("file_page", "attachment", _name(each)))
    yield from found.values()
    if "file_encrypted" in found and (told := _PASSWORD.search(message.text)):
        yield Seen("password_beside_file", "text", quote(told[0]))


def _name(each: Attachment) -> str:
    return quote(" › ".join([*each.within, each.name or each.kind]))
