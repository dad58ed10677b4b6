"""One line of a record: what of it is chained, and the texts and files that stand beside it.

The chain holds no word and no name, only their salted digests (HMAC-SHA-256 under 32 random bytes
of its own for each): who erases a text with its salt leaves a digest that tells nothing, and a
chain that is whole. A short text could be guessed from a plain digest.
"""

import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from typing import Any

import msgspec

LEAVES = ("who", "said_by", "text", "name", "file")
"""What can stand beside a line: who wrote it, who says when it happened, the words, the name of a
file, the file itself."""
SALT_BYTES = 32
FIRST = ""
"""What the first line has before it."""


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is chained of one line.

    Attributes:
        record: id of the incident, so that no line fits into another's record.
        number: 1, 2, 3 ...
        kind: what sort of line it is.
        written_at: when it was written, by the portal's clock; ISO 8601, UTC, microseconds.
        happened_at: when it happened, as somebody says; "" where nobody says another time.
        about: number of the line it corrects or erases something of; 0 for none.
        size: bytes of the file; 0 for none.
        digests: name of a leaf -> its salted digest, as hex.
        previous: digest of the line before; "" of the first.
    """

    record: str
    number: int
    kind: str
    written_at: str
    previous: str
    happened_at: str = ""
    about: int = 0
    size: int = 0
    digests: dict[str, str] = {}


class Leaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands beside a line, with the salt of its digest.

    Attributes:
        value: the words; for a file the name of the part of an export that holds it, "" where the
            export holds none.
    """

    salt: str
    value: str = ""


def canonical(entry: Entry) -> bytes:
    """Return the bytes of a line that are hashed: its JSON by RFC 8785.

    A line holds only texts, whole numbers below 2^53 and one object of texts. For these what
    msgspec writes with sorted keys is RFC 8785 to the byte (a test compares them), so any language
    can check a record, and the command needs no further library.
    """
    return msgspec.json.encode(entry, order="sorted")


def digest_of(entry: Entry) -> str:
    """Return the digest of a line, to which the next one is tied."""
    return hashlib.sha256(canonical(entry)).hexdigest()


def new_salt() -> str:
    """Return a fresh salt as hex."""
    return secrets.token_hex(SALT_BYTES)


def blinding(salt: str) -> Any:
    """Return the hash to be fed with a leaf's bytes. Raises ValueError for what is no salt."""
    key = bytes.fromhex(salt)
    if len(key) != SALT_BYTES:
        raise ValueError("no salt")
    return hmac.new(key, digestmod=hashlib.sha256)


def blind(salt: str, data: bytes) -> str:
    """Return the salted digest of a leaf as hex. Raises ValueError for what is no salt."""
    made = blinding(salt)
    made.update(data)
    return str(made.hexdigest())


def moment_text(moment: datetime) -> str:
    """Return a moment as a line holds it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
