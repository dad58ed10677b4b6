"""What a style sheet hides by where it stands: ``.x a``, ``div.x > p``, as far as that is plain.

A menu that opens is no hiding: what another rule shows again, what stands in lists and navigation,
and what holds only on some screens or in some state (``:hover``, ``:not``) is left out.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_COMPOUND = re.compile(r"(?:\*|[a-z][a-z0-9]{0,20})?(?:[.#][\w-]{1,80}){0,5}", re.IGNORECASE)
_KEY = re.compile(r"[.#]?[\w-]+")
_STATE = re.compile(r"::?[\w-]+(?:\([^()]{0,200}\))?|\[[^\]]{0,200}\]")
_BETWEEN = re.compile(r"\s*(>)\s*|\s+")
_BESIDE = re.compile(r"\s*[~+]\s*")
_OPENS = re.compile(r"^(?:ul|ol|dl|nav|menu|summary|details)$|menu|nav|drop", re.IGNORECASE)
_SHOWING = re.compile(
    r"(?:^|[;\s{])(?:display|visibility|opacity|left|right|top|bottom|max-height|height|width"
    r"|transform|clip|clip-path|font-size|text-indent|color)\s*+:",
    re.IGNORECASE,
)
_COMPOUNDS = 6
_PATHS = 500
_OF_A_KEY = 10
_NEAR = 64
_STEPS = 300_000


class Path(NamedTuple):
    """One selector, from the element it speaks of outwards.

    Attributes:
        compounds: what each element must have: its name, ``.class`` and ``#id``.
        child: whether the next one out must be the parent itself; one fewer than ``compounds``.
        how: how the element is hidden.
        frame: how it is hidden if it is a window onto another page.
    """

    compounds: tuple[frozenset[str], ...]
    child: tuple[bool, ...]
    how: str
    frame: str

    @property
    def keys(self) -> frozenset[str]:
        """Everything the selector names."""
        return frozenset().union(*self.compounds)


class Rule(NamedTuple):
    """One rule of a style sheet: its selectors, how it hides what it names, and what it may show.

    Attributes:
        always: whether it holds on every screen.
    """

    selectors: str
    body: str
    how: str
    frame: str
    always: bool


def paths_of(rules: Iterable[Rule]) -> list[Path]:
    """Return what ``rules`` of one sheet hide for good by paths; single classes and ids are not here."""
    hiding: list[Path] = []
    shown: list[tuple[Path, bool]] = []
    for rule in rules:
        hides = bool(rule.how or rule.frame)
        if not hides and not _SHOWING.search(rule.body):
            continue
        for selector in rule.selectors.split(",")[:20]:
            plain = _STATE.sub("", selector).strip()
            if not hides:
                plain = _BESIDE.sub(" ", plain)
            path = _parsed(plain, rule.how, rule.frame)
            if path is None or len(hiding) + len(shown) >= 2 * _PATHS:
                continue
            in_state = _STATE.search(selector) is not None
            if not hides:
                shown.append((path, in_state))
            elif rule.always and not in_state and (path.child or len(path.keys) > 1):
                hiding.append(path)
    kept = [path for path in hiding if not any(_OPENS.search(key) for key in path.keys)]
    return [path for path in kept[:_PATHS] if not any(_shows(*one, path) for one in shown)]


def _parsed(selector: str, how: str, frame: str) -> Path | None:
    compounds: list[frozenset[str]] = []
    child: list[bool] = []
    at = 0
    while at < len(selector):
        found = _COMPOUND.match(selector, at)
        if found is None or found.end() == at or len(compounds) == _COMPOUNDS:
            return None
        keys = _KEY.findall(found[0].removeprefix("*"))
        compounds.append(frozenset(k if k[0] in ".#" else k.lower() for k in keys))
        at = found.end()
        if at == len(selector):
            break
        between = _BETWEEN.match(selector, at)
        if between is None:
            return None
        child.append(between[1] is not None)
        at = between.end()
    # "body *" or "p" say nothing of a place, and would be asked of every element.
    if not any(key[0] in ".#" for one in compounds for key in one):
        return None
    return Path(tuple(reversed(compounds)), tuple(reversed(child)), how, frame)


def _shows(shown: Path, in_state: bool, hidden: Path) -> bool:
    """Return whether what ``hidden`` speaks of is shown again by another rule."""
    if shown.compounds[0] != hidden.compounds[0]:
        return False
    return in_state or hidden.keys <= shown.keys


class Paths:
    """The paths of a page's own sheets, asked of each element; the work is limited for all of them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._by_key: dict[str, list[Path]] = {}
        self._left = _STEPS

    def add(self, paths: Iterable[Path]) -> None:
        """Take the paths of one more sheet."""
        for path in paths:
            named = sorted(path.compounds[0], key=lambda key: (key[0] not in ".#", key))
            found = self._by_key.setdefault(named[0] if named else "", [])
            if len(found) < _OF_A_KEY and path not in found:
                found.append(path)

    def hide(
        self, keys: frozenset[str], around: Sequence[frozenset[str]], *, frame: bool = False
    ) -> str:
        """Return how an element is hidden by its place; "" for not.

        keys: its name, ``.class`` and ``#id``. around: those of what it stands in, outermost first.
        """
        if not self._by_key or self._left < 0:
            return ""
        asked = [path for key in ("", *keys) for path in self._by_key.get(key, ())]
        near = around[-_NEAR:] if asked else ()
        for path in asked:
            how = path.how or (path.frame if frame else "")
            if how and path.compounds[0] <= keys and self._stands(path, near):
                return how
        return ""

    def _stands(self, path: Path, around: Sequence[frozenset[str]]) -> bool:
        places = {len(around)}
        for compound, child in zip(path.compounds[1:], path.child, strict=True):
            outer = {at - 1 for at in places} if child else range(max(places))
            self._left -= 1 + len(outer)
            if self._left < 0:
                return False
            places = {at for at in outer if at >= 0 and compound <= around[at]}
            if not places:
                return False
        return True
