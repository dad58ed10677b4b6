"""What to read in Japanese about a CVE number: lists of MyJVN (``getVulnOverviewList``, feed hnd).

The lists are JVNRSS 3.2 with mod_sec 3.0 (documentation of the MyJVN API at github.com/MyJVN/np,
docs/getVulnOverviewList_api_hnd.md, read on 2026-12-01). They name products without versions: they
say what to read about a weakness, and never whether a computer has it.

Where nothing fits what was asked, the service answers with ``<Result>`` around its Status alone, and
so it does where it failed. The feeds of new entries (jvndb.rdf) are lists without a Status.
"""

import re
from collections.abc import Iterator

import msgspec

from tojimari.knowledge.advisories.elements import ElementReader

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RESULTS = "http://jvndb.jvn.jp/myjvn/Results"
_LIST, _RESULT = f"{_RDF} RDF", f"{_RESULTS} Result"
_STATUS = "http://jvndb.jvn.jp/myjvn/Status Status"
_METHOD = "getVulnOverviewList"
_BEGINNING = 2_000
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


def is_list(data: bytes) -> bool:
    """Say whether XML begins as an answer of MyJVN or a feed of JVN does, and no other form."""
    begin = data[:_BEGINNING]
    return _RDF.encode() in begin or _RESULTS.encode() in begin


def entries(data: bytes) -> Iterator[JvnEntry]:
    """Yield the entries of a list that name a CVE number and lead to a page of JVN.

    Raises ValueError for what is no such list, declares a DOCTYPE, holds less than it says, or is the
    service's word that it failed. An answer without entries is a list as well.
    """
    return _Reader().read(data)


class _Reader(ElementReader[JvnEntry]):
    def __init__(self) -> None:
        super().__init__(namespaces=True)
        self._depth = 0
        self._root = ""
        self._items = 0
        self._status: dict[str, str] | None = None
        self._in = ""
        self._said: dict[str, str] | None = None
        self._cves: set[str] = set()

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1:
            self._root = tag
            if tag not in (_LIST, _RESULT):
                raise ValueError(f"<{tag[:80]}>")
        if self._depth == 2 and tag == _STATUS:
            self._status = attributes
        if self._depth == 2 and tag == f"{_RSS}item":
            self._items += 1
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
        if self._depth == 0:
            self._check_status()

    def _check_status(self) -> None:
        """Raise ValueError where the service says that it failed, or that it sent more than this."""
        status = self._status
        if status is None:
            if self._root == _RESULT:
                raise ValueError("no Status")
            return
        if status.get("retCd") != "0":
            raise ValueError(f"MyJVN: {status.get('errCd', '')} {status.get('errMsg', '')}"[:150])
        sent = status.get("totalResRet", "")
        if sent.isdecimal() and int(sent[:9]) != self._items:
            raise ValueError(f"{self._items} / {sent[:9]} entries")
        if self._root == _RESULT and (status.get("method") != _METHOD or not sent.isdecimal()):
            raise ValueError(f"{status.get('method', '')[:40]}: not a list of weaknesses")

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
