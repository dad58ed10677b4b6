"""Which controls of the catalog a sentence from outside may be about, by the words they share."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

from tojimari.catalog import Catalog

LETTERS_AT_MOST = 600
"""Letters of a sentence that are compared."""
SHOWN_AT_MOST = 5
_LATIN = re.compile(r"[a-z][a-z0-9]+")
_JAPANESE = re.compile(r"[぀-ヿ㐀-鿿々ー]+")
_ENDINGS = ("ing", "ed", "es", "s")


class Suggestion(msgspec.Struct, frozen=True):
    """A control that a sentence may be about. ``likeness``: cosine of the words, 0 to 1."""

    control: str
    likeness: float


def _features(text: str) -> Counter[str]:
    """Return the pairs of letters of Japanese and the words of English in a text, counted."""
    plain = unicodedata.normalize("NFKC", text[:LETTERS_AT_MOST]).lower()
    found: Counter[str] = Counter()
    for run in _JAPANESE.findall(plain):
        pairs = (run[i : i + 2] for i in range(len(run) - 1))
        # Pairs of hiragana alone are grammar and say nothing of what is spoken about.
        found.update(pair for pair in pairs if not all("぀" <= c <= "ゟ" for c in pair))
    for word in _LATIN.findall(plain):
        ending = next((e for e in _ENDINGS if word.endswith(e) and len(word) > len(e) + 2), "")
        found[word.removesuffix(ending)] += 1
    return found


class Index:
    """The words of every control, as the catalog speaks of it in different places."""

    def __init__(self, texts: Iterable[tuple[str, str]]) -> None:
        """Take (control, text) pairs; one control may have many."""
        documents = [(control, _features(text)) for control, text in texts]
        documents = [(control, words) for control, words in documents if words]
        of = Counter(word for _, words in documents for word in words)
        self._weight = {word: math.log(1 + len(documents) / n) for word, n in of.items()}
        self._unknown = math.log(1 + len(documents))
        self._controls = [control for control, _ in documents]
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for number, (_, words) in enumerate(documents):
            length = self._length(words)
            for word, n in words.items():
                weight = (1 + math.log(n)) * self._weight[word] / length
                self._postings.setdefault(word, []).append((number, weight))

    def _length(self, words: Counter[str]) -> float:
        return math.sqrt(
            sum(
                ((1 + math.log(n)) * self._weight.get(word, self._unknown)) ** 2
                for word, n in words.items()
            )
        )

    def nearest(self, text: str, at_most: int = SHOWN_AT_MOST) -> tuple[Suggestion, ...]:
        """Return the controls that share most words with ``text``, the likeliest first."""
        words = _features(text)
        if not words:
            return ()
        length, likeness = self._length(words), dict[int, float]()
        for word, n in words.items():
            for number, weight in self._postings.get(word, ()):
                mine = (1 + math.log(n)) * self._weight[word] / length
                likeness[number] = likeness.get(number, 0.0) + mine * weight
        best: dict[str, float] = {}
        for number, value in likeness.items():
            control = self._controls[number]
            best[control] = max(best.get(control, 0.0), value)
        ranked = sorted(best.items(), key=lambda one: (-one[1], one[0]))
        return tuple(Suggestion(control, round(value, 3)) for control, value in ranked[:at_most])


def texts_of(catalog: Catalog, without: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Yield what the catalog says of each control: itself, its questions, the schemes that ask for it.

    without: ids of frameworks that are left out, so that the rest can be tried on their words.
    """
    for control in catalog.controls.values():
        own = (control.title, control.do, control.plain)
        asked = [q.text for q in catalog.questions_for(control.id) if q.stage != "profile"]
        for text in (*own, *asked):
            yield control.id, text.ja
            yield control.id, text.en
    for framework in catalog.frameworks.values():
        if framework.id in without:
            continue
        for item in framework.items:
            said = [(item.controls, item.title)]
            said += [(one.controls, one.gist) for one in item.criteria]
            for controls, text in said:
                for id_ in controls:
                    yield id_, text.ja
                    yield id_, text.en


@lru_cache(maxsize=4)
def index_of(catalog: Catalog) -> Index:
    """Return the index of a catalog, made once."""
    return Index(texts_of(catalog))
