"""The list of an RPM repository's files (``repomd.xml``): where its advisories lie, and their checksum."""

import re

import msgspec

from tojimari.knowledge.advisories.elements import ElementReader

_REPO = "http://linux.duke.edu/metadata/repo "
_WANTED = "updateinfo"
_DIGESTS = {"sha256": 64, "sha384": 96, "sha512": 128}
"""Kinds of checksum that hold, and how many letters each has. "sha" is SHA-1: two files can share one."""
_MOST_LETTERS = 1_000


class ListedFile(msgspec.Struct, frozen=True):
    """A file of a repository.

    Attributes:
        location: where it lies, from the folder above ``repodata/``.
        algorithm: sha256, sha384 or sha512.
        digest: of the file as it lies there, packed; hexadecimal.
    """

    location: str
    algorithm: str
    digest: str


def advisories_of(data: bytes) -> ListedFile:
    """Return the file with the repository's advisories.

    Raises ValueError for what is no such list, names none, or names no checksum that holds.
    """
    found = list(_Reader().read(data))
    if not found:
        raise ValueError(f"repomd.xml: no {_WANTED}")
    return found[0]


class _Reader(ElementReader[ListedFile]):
    def __init__(self) -> None:
        super().__init__(namespaces=True)
        self._path: list[str] = []
        self._wanted = False
        self._location = self._algorithm = self._digest = ""

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._path and tag != f"{_REPO}repomd":
            raise ValueError(f"<{tag[:80]}>")
        self._path.append(tag)
        if self._path[1:] == [f"{_REPO}data"]:
            self._wanted = attributes.get("type") == _WANTED
            self._location = self._algorithm = self._digest = ""
        elif self._wanted and self._path[2:] == [f"{_REPO}location"]:
            self._location = attributes.get("href", "")[:_MOST_LETTERS]
        elif self._wanted and self._path[2:] == [f"{_REPO}checksum"]:
            self._algorithm = attributes.get("type", "").lower()

    def end(self, tag: str) -> None:
        if self._wanted and self._path[1:] == [f"{_REPO}data"]:
            self.done.append(self._listed())
            self._wanted = False
        self._path.pop()

    def _listed(self) -> ListedFile:
        digest = self._digest.strip().lower()
        letters = _DIGESTS.get(self._algorithm)
        if letters is None or not re.fullmatch(f"[0-9a-f]{{{letters}}}", digest):
            raise ValueError(f"repomd.xml: no checksum that holds ({self._algorithm[:20]})")
        return ListedFile(self._location, self._algorithm, digest)

    def text(self, text: str) -> None:
        if self._wanted and self._path[2:] == [f"{_REPO}checksum"]:
            self._digest = (self._digest + text)[:_MOST_LETTERS]
