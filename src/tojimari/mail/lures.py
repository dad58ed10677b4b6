"""A small text model: how much a text reads like a lure. It can only speak against a message.

A text that reads harmless earns nothing, and what stands below a lure cannot dilute it: the text is
read in pieces from its beginning, and the worst reading counts. The weights were learned by
``benchmarks/mail_lures.py`` from mails that may be used so; the file is data, not a program.
"""

import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from math import sqrt
from zlib import crc32

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
_LATIN, _JAPANESE = 24, 200
"""Letters of the longest word; of longer runs each so many are one."""
_LETTERS = r"[a-zß-öø-ÿ'’]", r"[\u3040-\u30ff\u3400-\u9fff々ー]"
_WORD = re.compile(rf"{_LETTERS[0]}{{2,{_LATIN}}}|{_LETTERS[1]}{{2,{_JAPANESE}}}")
_RUN = re.compile(rf"{_LETTERS[0]}+|{_LETTERS[1]}+")


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
    for word in _WORD.findall(_readable(text)):
        yield from _in_word(word)


def _readable(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower().replace("’", "'")


def _in_word(word: str) -> Sequence[str]:
    """Return the tokens of a run of letters: the word, or in Japanese each pair of letters."""
    if word[0] < "\u3000":
        return (word,)
    return [word[at : at + 2] for at in range(len(word) - 1)]


def key(token: str) -> int:
    """Return the number by which a token stands in the file."""
    return crc32(token.encode("utf-8"))


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
        worth = {value: value * scale for value in set(values)}  # one number for all that are alike
        self._weights = {each: worth[value] for each, value in zip(keys, values, strict=True)}

    def score(self, seen: set[str]) -> float:
        """Return the evidence (log odds) of a set of tokens."""
        return self.evidence(self.weights(seen), len(seen))

    def weights(self, tokens: Iterable[str]) -> list[float]:
        """Return the weights of those tokens that have one."""
        get = self._weights.get
        return [weight for each in tokens if (weight := get(crc32(each.encode("utf-8"))))]

    def evidence(self, weights: Iterable[float], tokens: int) -> float:
        """Return the evidence of so many tokens, of which some have weights."""
        return self.bias + sum(sorted(weights)) / sqrt(tokens) if tokens else self.bias


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
    head = _of_head(f"{message.subject} {message.sender.name}"[:600])
    beginnings = [_first_columns(text), *(text[:length] for length in PREFIXES)]
    read = list(dict.fromkeys(map(_readable, beginnings)))
    together = all(map(read[-1].startswith, read))  # not where a letter made of two was cut
    pieces = [read] if together else [[each] for each in read]
    pieces += ([_readable(each)] for each in _at_links(message, text))
    in_head = model.weights(head)
    return max(0.0, *(max(_scores(model, in_head, len(head), each)) for each in pieces))


def _scores(
    model: Weights, head: list[float], head_tokens: int, pieces: Sequence[str]
) -> Iterator[float]:
    """Yield what the model makes of pieces, each the beginning of the next: words are read once.

    ``head``: weights of the head's tokens. The same as ``Weights.score`` of each piece's ``tokens``,
    to which the tests hold it.
    """
    text = pieces[-1]
    latin = text.isascii()
    seen = dict[str, None]()
    weights = list(head)
    begin = 0
    for piece in pieces:
        cut = len(piece) - _halved(piece, begin)
        words = _WORD.findall(text, begin, cut)
        fresh = _not_in(seen, words if latin else _tokens_of(words))
        seen.update(dict.fromkeys(fresh))
        weights += model.weights(fresh)
        last = _not_in(seen, _tokens_of(_WORD.findall(piece, cut))) if cut < len(piece) else []
        tokens = len(seen) + len(last) + head_tokens
        yield model.evidence([*weights, *model.weights(last)] if last else weights, tokens)
        begin = cut


def _halved(piece: str, begin: int) -> int:
    """Return how many letters at the end of a piece may go on as a word behind it."""
    found = _RUN.match(piece[begin:][::-1])
    if found is None:
        return 0
    return len(found[0]) % (_LATIN if found[0][0] < "\u3000" else _JAPANESE)


def _tokens_of(words: Sequence[str]) -> list[str]:
    return [token for word in words for token in _in_word(word)]


def _not_in(seen: dict[str, None], tokens: Sequence[str]) -> list[str]:
    """Return the tokens that are new, each once, as many as a piece may have."""
    found = dict.fromkeys(tokens)
    return [each for each in found if each not in seen][: MOST_TOKENS - len(seen)]


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
    if max(text[:columns], default="") < _WIDE:
        return text[:columns]
    left = columns
    for at, letter in enumerate(text[:columns]):
        left -= 2 if letter >= _WIDE else 1
        if left < 0:
            return text[:at]
    return text[:columns]
