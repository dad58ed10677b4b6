"""What to read in Japanese about a CVE number: lists of MyJVN (``getVulnOverviewList``, feed hnd).

The lists are JVNRSS 3.2 with mod_sec 3.0 (documentation of the MyJVN API at github.com/MyJVN/np,
docs/getVulnOverviewList_api_hnd.md, read on 2026-12-01). They name products without versions: they
say what to read about a weakness, and never whether a computer has it.
"""

import re
from collections.abc import Iterator

import msgspec

from tojimari.knowledge.advisories.elements import ElementReader

RDF = b"http://www.w3.org/1999/02/22-rdf-syntax-ns#"
"""What the beginning of such a file names, and no other form of advisories."""
_RSS = "http://purl.org/rss/1.0/ "
_SEC = "http://jvn.jp/rss/mod_sec/3.0/ "
_MODIFIED = "http://purl.org/dc/terms/ modified"
_ID = re.compile(r"JVNDB-\d{4}-\d{6}")
_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
_PAGE = re.compile(r"https://(?:jvndb\.)?jvn\.jp/[A-Za-z0-9/._-]{1,150}")
_MOST_LETTERS = 300
_MOST_CVES = 500


class JvnEntry(msgspec.Struct, frozen=True, array_like=True):
    """One entry of JVN iPedia.

    Attributes:
        id: its number, as "JVNDB-2026-000123".
        title: what it is about, in the language of the list.
        link: its page at JVN.
        day: when it was last changed (ISO); "" where it does not say.
        cves: the CVE numbers it names.
    """

    id: str
    title: str
    link: str
    day: str
    cves: tuple[str, ...]


def entries(data: bytes) -> Iterator[JvnEntry]:
    """Yield the entries of a list that name a CVE number and lead to a page of JVN.

    Raises ValueError for what is no such list or declares a DOCTYPE.
    """
    return _Reader().read(data)


class _Reader(ElementReader[JvnEntry]):
    def __init__(self) -> None:
        super().__init__(namespaces=True)
        self._depth = 0
        self._in = ""
        self._said: dict[str, str] | None = None
        self._cves: set[str] = set()

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 2 and tag == f"{_RSS}item":
            self._said, self._cves = {}, set()
        if self._said is None or self._depth != 3:
            return
        self._in = tag
        if tag == f"{_SEC}references" and len(self._cves) < _MOST_CVES:
            number = attributes.get("id", "")
            if _CVE.fullmatch(number):
                self._cves.add(number)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._in = ""
        if self._depth == 1 and self._said is not None:
            self.done += self._entry(self._said)
            self._said = None

    def _entry(self, said: dict[str, str]) -> list[JvnEntry]:
        number, title, link, day = (
            said.get(tag, "").strip()
            for tag in (f"{_SEC}identifier", f"{_RSS}title", f"{_RSS}link", _MODIFIED)
        )
        # Others would be led elsewhere by who made the file.
        if not (_ID.fullmatch(number) and _PAGE.fullmatch(link) and title and self._cves):
            return []
        return [
            JvnEntry(number, " ".join(title.split()), link, day[:10], tuple(sorted(self._cves)))
        ]

    def text(self, text: str) -> None:
        if self._said is not None and self._in:
            before = self._said.get(self._in, "")
            self._said[self._in] = (before + text)[:_MOST_LETTERS]
