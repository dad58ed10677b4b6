"""A small text model: how much a text reads like a lure. It can only speak against a message.

A text that reads harmless earns nothing, and what stands below a lure cannot dilute it: the text is
read in pieces from its beginning, and the worst reading counts. The weights were learned by
``benchmarks/mail_lures.py`` from mails that may be used so; the file is data, not a program.
"""

import re
import unicodedata
import zlib
from array import array
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from math import sqrt

from tojimari.knowledge.domains import owner_domain
from tojimari.mail.message import Message
from tojimari.mail.signals.names import brand_domains
from tojimari.mail.signals.wording import own_words

FIRST_COLUMNS = 150
"""Of the shortest piece, where a Japanese letter takes two: a lure of a sentence or two counts,
whatever is written right below it. Shorter ones speak against honest mails too."""
BEFORE_LINK = 300
"""Columns before a link that are read as one piece: a lure says what the link is for."""
LINKS = 2
"""Links whose words are read so."""
PREFIXES = (300, 900, 3_000)
"""Characters from the beginning that are read as one piece each."""
_WIDE = "\u2e80"
MOST_TOKENS = 600
_MAGIC = b"TJLURES1"
_WORD = re.compile(r"[a-zß-öø-ÿ'’]{2,24}|[\u3040-\u30ff\u3400-\u9fff々ー]{2,200}")


def tokens(subject: str, name: str, text: str) -> set[str]:
    """Return what the model sees: words, and pairs of letters in Japanese; those of the head apart."""
    body = set()
    for token in _tokens(text):
        body.add(token)
        if len(body) >= MOST_TOKENS:
            break
    return body | _of_head(f"{subject} {name}"[:600])


@lru_cache(maxsize=16)
def _of_head(text: str) -> frozenset[str]:
    return frozenset(f"^{token}" for token in _tokens(text))


def _tokens(text: str) -> Iterator[str]:
    for found in _WORD.finditer(unicodedata.normalize("NFKC", text).lower()):
        word = found[0]
        if word[0] < "\u3000":
            yield word.replace("’", "'")
        else:
            yield from (word[at : at + 2] for at in range(len(word) - 1))


def key(token: str) -> int:
    """Return the number by which a token stands in the file."""
    return zlib.crc32(token.encode("utf-8"))


class Weights:
    """The model: a weight for each token that it knows.

    Attributes:
        bias: what a text without any known token gets.
    """

    def __init__(self, data: bytes) -> None:
        """Read the file's bytes. Raises ValueError where they are not such a file."""
        count = int.from_bytes(data[8:12], "little")
        if not data.startswith(_MAGIC) or len(data) != 20 + count * 5:
            raise ValueError("not a file of weights")
        scale = int.from_bytes(data[12:16], "little", signed=True) / 1_000_000
        self.bias = int.from_bytes(data[16:20], "little", signed=True) / 1_000_000
        keys = array("I")
        keys.frombytes(data[20 : 20 + count * 4])
        values = array("b")
        values.frombytes(data[20 + count * 4 :])
        self._weights = {each: value * scale for each, value in zip(keys, values, strict=True)}

    def score(self, seen: set[str]) -> float:
        """Return the evidence (log odds) of a set of tokens."""
        if not seen:
            return self.bias
        get = self._weights.get
        return self.bias + sum(sorted(get(key(token), 0.0) for token in seen)) / sqrt(len(seen))


def packed(weights: dict[str, int], scale: float, bias: float) -> bytes:
    """Return a file's bytes: weights from -127 to 127, each worth ``scale``."""
    pairs = sorted({key(token): value for token, value in weights.items()}.items())
    keys, values = array("I", [each for each, _ in pairs]), array("b", [each for _, each in pairs])
    numbers = (
        round(scale * 1_000_000).to_bytes(4, "little", signed=True),
        round(bias * 1_000_000).to_bytes(4, "little", signed=True),
    )
    return (
        _MAGIC
        + len(pairs).to_bytes(4, "little")
        + b"".join(numbers)
        + keys.tobytes()
        + values.tobytes()
    )


@cache
def shipped() -> Weights:
    """Return the model that comes along."""
    return Weights((files("tojimari.mail") / "lures.bin").read_bytes())


def lure(message: Message, weights: Weights | None = None) -> float:
    """Return how much a message reads like a lure: log odds, 0 where it does not."""
    model = weights or shipped()
    text = own_words(message)
    pieces = {
        _first_columns(text),
        *(text[:length] for length in PREFIXES),
        *_at_links(message, text),
    }
    worst = max(model.score(tokens(message.subject, message.sender.name, each)) for each in pieces)
    return max(0.0, worst)


def _at_links(message: Message, text: str) -> Iterator[str]:
    """Yield what stands before links far down: honest words above a lure move it there."""
    homely = {owner_domain(message.sender.domain), *brand_domains()}
    left = LINKS
    for each in message.links:
        if each.host and owner_domain(each.host) in homely:
            continue
        shown = each.shown or each.target
        at = text.find(shown, BEFORE_LINK) if len(shown) >= 3 else -1
        if at >= 0:
            before = _first_columns(text[at - BEFORE_LINK : at][::-1], BEFORE_LINK)[::-1]
            yield f"{before}{shown}"
            left -= 1
            if not left:
                return


def _first_columns(text: str, columns: int = FIRST_COLUMNS) -> str:
    left = columns
    for at, letter in enumerate(text[:columns]):
        left -= 2 if letter >= _WIDE else 1
        if left < 0:
            return text[:at]
    return text[:columns]
