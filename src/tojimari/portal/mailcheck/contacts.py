"""Contacts out of the files that address books write: CSV of any program, vCard 2.1 to 4.0."""

import csv
import io
import quopri
import re
from collections.abc import Iterator

from tojimari.knowledge.rented import mail_of_everybody
from tojimari.lib.encodings import decoded
from tojimari.model import TojimariError, ascii_form
from tojimari.portal.mailcheck.models import NAME_AT_MOST
from tojimari.portal.typed import plain_name

CONTACTS_AT_MOST = 5_000
_ROWS = 20_000
_LINE = 10_000
"""Letters of one line of a vCard, put together: a name or an address is far shorter."""
_ADDRESS = re.compile(r"[\w.+/=&'*~-]{1,64}@[^\s@<>\"',;()]{3,253}", re.ASCII)
_OF_MAIL = re.compile(r"mail|メール|アドレス", re.IGNORECASE)
_NOT_MAIL = re.compile(r"type|種類|表示名|display|label", re.IGNORECASE)
_NAMES = (
    re.compile(r"^(?:display ?name|name|表示名|氏名|名前|full ?name)$", re.IGNORECASE),
    re.compile(r"^(?:last ?name|family ?name|姓)$", re.IGNORECASE),
    re.compile(r"^(?:first ?name|given ?name|名)$", re.IGNORECASE),
)


class BadContact(TojimariError):
    """Something is no mail address and no domain."""


def contact_address(text: str) -> str:
    """Return an address or domain as it is compared. Raises BadContact.

    A domain in which anybody can have an address names nobody, so it is refused.
    """
    plain = text.strip().strip("<>").lower().removeprefix("mailto:").removeprefix("@").rstrip(".")
    local, at, domain = plain.rpartition("@")
    try:
        domain = ascii_form(domain)
    except UnicodeError:
        domain = ""
    named = "." in domain and (not at or _ADDRESS.fullmatch(f"{local}@{domain}"))
    if not named or len(plain) > 300 or (not at and domain in mail_of_everybody()):
        raise BadContact(
            f"{plain[:60]}: メールアドレス (yamada@example.co.jp) か、会社のドメイン (example.co.jp) を書いてください。"
            "だれでも使えるドメイン (gmail.com など) だけでは、相手を見分けられません。",
            f"{plain[:60]}: write a mail address (yamada@example.co.jp) or the domain of a company "
            "(example.co.jp). A domain that anybody can use, like gmail.com, names nobody.",
        )
    return f"{local}@{domain}" if at else domain


def contacts_in(data: bytes) -> list[tuple[str, str]]:
    """Return (name, address) of everybody in a file, each address once; what is none is left out."""
    text = decoded(data).text
    of_file = _vcards(text) if re.search(r"(?im)^BEGIN:VCARD\s*$", text) else _rows(text)
    found: dict[str, str] = {}
    for name, address in of_file:
        try:
            plain = contact_address(address)
        except BadContact:
            continue
        found.setdefault(plain, plain_name(" ".join(name.split()), at_most=NAME_AT_MOST))
        if len(found) >= CONTACTS_AT_MOST:
            break
    return [(name, address) for address, name in found.items()]


def _rows(text: str) -> Iterator[tuple[str, str]]:
    delimiter = "\t" if text.partition("\n")[0].count("\t") else ","
    reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter)
    head: list[str] = []
    try:
        for number, row in enumerate(reader):
            if number == 0 and not any(_ADDRESS.search(cell) for cell in row):
                head = [cell.strip() for cell in row]
                continue
            if number > _ROWS:
                return
            yield from _row(head, row)
    except csv.Error:
        return


def _row(head: list[str], row: list[str]) -> Iterator[tuple[str, str]]:
    if head:
        cells = dict(zip(head, row, strict=False))
        of_mail = [each for each in head if _OF_MAIL.search(each) and not _NOT_MAIL.search(each)]
        addresses = [
            found[0] for each in of_mail if (found := _ADDRESS.search(cells.get(each, "")))
        ]
        names = [
            next((cells[each] for each in head if pattern.match(each) and cells.get(each)), "")
            for pattern in _NAMES
        ]
        name = names[0] or " ".join(each for each in names[1:] if each)
    else:
        addresses = [found[0] for cell in row if (found := _ADDRESS.search(cell))]
        name = next((cell for cell in row if cell.strip() and "@" not in cell), "")
    for address in addresses:
        yield name, address


def _vcards(text: str) -> Iterator[tuple[str, str]]:
    name, addresses = "", list[str]()
    for line in _unfolded(text):
        head, _, value = line.partition(":")
        field, *parameters = head.upper().split(";")
        field = field.rpartition(".")[2]
        if any("QUOTED-PRINTABLE" in each for each in parameters):
            value = decoded(quopri.decodestring(value.encode("utf-8", "replace"))).text
        value = re.sub(r"\\([\\,;])", r"\1", value.replace("\\n", " "))
        if field == "BEGIN":
            name, addresses = "", []
        elif field == "FN":
            name = value
        elif field == "N" and not name:
            name = " ".join(each for each in value.split(";")[:2] if each)
        elif field == "EMAIL":
            addresses.append(value)
        elif field == "END":
            yield from ((name, each) for each in addresses)


def _unfolded(text: str) -> Iterator[str]:
    """Yield the lines of vCards: folded ones put together, also those of quoted-printable."""
    pieces, letters, quoted, last = list[str](), 0, False, ""
    for line in text.splitlines()[: _ROWS * 20]:
        more = line
        if quoted and last.endswith("="):
            if pieces and letters <= _LINE:
                pieces[-1] = pieces[-1][:-1]
        elif line[:1] in (" ", "\t"):
            more = line[1:]
        else:
            yield "".join(pieces)
            pieces, letters, quoted = [], 0, False
        quoted = quoted or "QUOTED-PRINTABLE" in more.upper()
        letters += len(more)
        last = more[-1:]
        if letters <= _LINE:  # of a longer one (a picture) the rest is left out
            pieces.append(more)
    yield "".join(pieces)
