"""JavaScript libraries by retire.js's data (Apache-2.0): recognised, and known to be vulnerable."""

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from tojimari.knowledge.files import Copy, content_of, copy_of, decoded
from tojimari.knowledge.patterns import Budget, Pattern
from tojimari.knowledge.versions import Version

_FILE = "retirejs-v5"
_VERSION = r"[0-9][0-9.a-z_\-]+"
_MARK = "§§version§§"
_SEVERITIES = ("none", "low", "medium", "high", "critical")


class _Identifiers(msgspec.Struct, frozen=True):
    CVE: tuple[str, ...] = ()
    githubID: str = ""  # noqa: N815  # as the file spells it
    summary: str = ""


class Vulnerability(msgspec.Struct, frozen=True):
    """What is wrong with the versions ``below`` one, from ``atOrAbove`` on where that is given."""

    below: str
    severity: str
    identifiers: _Identifiers
    atOrAbove: str = "0"  # noqa: N815
    excludes: tuple[str, ...] = ()

    def concerns(self, version: Version) -> bool:
        """Say whether ``version`` is one of them."""
        if version.text in self.excludes or version >= Version(self.below):
            return False
        return version >= Version(self.atOrAbove)

    @property
    def rank(self) -> int:
        """Return the severity as a number, 0 (none) to 4 (critical)."""
        return _SEVERITIES.index(self.severity) if self.severity in _SEVERITIES else 2


class _Extractors(msgspec.Struct, frozen=True):
    uri: tuple[str, ...] = ()
    filename: tuple[str, ...] = ()
    filecontent: tuple[str, ...] = ()
    filecontentreplace: tuple[str, ...] = ()
    hashes: dict[str, str] = {}


class _Library(msgspec.Struct, frozen=True):
    vulnerabilities: tuple[Vulnerability, ...]
    extractors: _Extractors


class _Recogniser(msgspec.Struct, frozen=True):
    """A library with its patterns; ``replaced``: (pattern, template of the version)."""

    name: str
    uri: tuple[Pattern, ...]
    filename: tuple[Pattern, ...]
    content: tuple[Pattern, ...]
    replaced: tuple[tuple[Pattern, str], ...]


Repository = dict[str, _Library]


def _repository() -> Repository:
    return decoded(_FILE, Repository)


@lru_cache(maxsize=2)
def _recognisers(copy: Copy) -> tuple[_Recogniser, ...]:
    made = []
    for name, library in content_of(copy, Repository).items():
        found = library.extractors
        made.append(
            _Recogniser(
                name,
                tuple(_patterns(found.uri)),
                tuple(_patterns(found.filename, whole=True)),
                tuple(_patterns(found.filecontent)),
                tuple(_replacing(found.filecontentreplace)),
            )
        )
    return tuple(made)


def _libraries() -> tuple[_Recogniser, ...]:
    return _recognisers(copy_of(_FILE))


def patterns() -> Iterator[Pattern]:
    """Yield every pattern that recognises a library."""
    for one in _libraries():
        yield from (*one.uri, *one.filename, *one.content)
        yield from (pattern for pattern, _ in one.replaced)


def _patterns(sources: tuple[str, ...], *, whole: bool = False) -> Iterator[Pattern]:
    for source in sources:
        plain = source.replace(_MARK, _VERSION)
        yield Pattern(f"^{plain}$" if whole else plain)


def _replacing(sources: tuple[str, ...]) -> Iterator[tuple[Pattern, str]]:
    """Read ``/pattern/replacement/`` with ``$2`` for the second group."""
    for source in sources:
        parts = re.fullmatch(r"/(.*[^\\])/([^/]+)/", source, re.DOTALL)
        if parts:
            yield Pattern(parts.group(1).replace(_MARK, _VERSION)), parts.group(2)


def by_address(url: str, budget: Budget) -> set[tuple[str, str]]:
    """Return (library, version) that the address of a script gives away."""
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        return set()
    name, found = path.rpartition("/")[2], set()
    for library in _libraries():
        for text, patterns in ((url, library.uri), (name, library.filename)):
            for pattern in patterns:
                match = pattern.search(text, budget)
                if match and match.lastindex:
                    version = re.sub(r"[.-]min$", "", str(match.group(1)))
                    found.add((library.name, version))
    return found


def by_content(text: str, budget: Budget) -> set[tuple[str, str]]:
    """Return (library, version) that are found inside a script."""
    found, lowered = set(), text.lower()
    for library in _libraries():
        for pattern in library.content:
            match = pattern.search(text, budget, lowered)
            if match and match.lastindex:
                found.add((library.name, str(match.group(1))))
        for pattern, made_of in library.replaced:
            match = pattern.search(text, budget, lowered)
            if match:
                found.add((library.name, _replaced(match, made_of)))
    if not found:
        # A file nothing inside of which tells: retire.js then knows some by their SHA-1.
        digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        for name, library_ in _repository().items():
            if digest in library_.extractors.hashes:
                found.add((name, library_.extractors.hashes[digest]))
    return found


def _replaced(match: Any, made_of: str) -> str:
    return re.sub(r"\$(\d)", lambda number: _group(match, int(number.group(1))), made_of)


def _group(match: Any, number: int) -> str:
    try:
        return str(match.group(number) or "")
    except IndexError:
        return ""


def vulnerabilities(name: str, version: str) -> list[Vulnerability]:
    """Return what is known to be wrong with a version of a library, the gravest first."""
    library = _repository().get(name)
    if library is None or not version:
        return []
    plain = Version(re.sub(r"[.-]min$", "", version))
    found = [one for one in library.vulnerabilities if one.concerns(plain)]
    return sorted(found, key=lambda one: -one.rank)


def is_known(name: str) -> bool:
    """Say whether the data says anything about the vulnerabilities of a library."""
    return name in _repository()
