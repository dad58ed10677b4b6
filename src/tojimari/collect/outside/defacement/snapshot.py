"""Takes the snapshot of a page: enough to see that it changed and how, never the page itself."""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from urllib.parse import unquote
from zlib import crc32

import msgspec

from tojimari.collect.outside.defacement.card_fields import CARD_FIELD, Labels
from tojimari.collect.outside.defacement.places import address, host_of, place
from tojimari.collect.outside.defacement.script_features import script_features
from tojimari.collect.outside.encodings import text_of
from tojimari.collect.outside.markup import FRAMES, Cut, Tag, Words, read
from tojimari.collect.outside.replies import Reply
from tojimari.knowledge.domains import same_owner
from tojimari.knowledge.spam import TEXT_CHARACTERS, defaced, lures, spam_in
from tojimari.model.snapshots import BY_SHEET, PageForm, PageFrame, PageSnapshot, ScriptFeatures

LISTED = 200
_SHAPES = 150
_LINKS = 500
_URL = 300
_SKETCHED = 20_000
_PROGRAMS = re.compile(
    r"\.(?:exe|msi|msix|scr|apk|bat|cmd|vbs|hta|jar|ps1|iso|img|dmg|pkg|lnk|wsf|cpl)$",
    re.IGNORECASE,
)
_SCRIPT_TYPES = re.compile(r"^(?:|module|(?:text|application)/(?:x-)?(?:java|ecma)script.*)$")
# None of these gives back what it took: otherwise a kilobyte of spaces takes minutes.
_REFRESH = re.compile(
    r"[\d.]*+\s*+[;,]?+\s*+(?:url\s*+=\s*+)?+[\"']?+\s*+(.+)", re.IGNORECASE | re.DOTALL
)
_CALLS_ONLY = re.compile(
    r"(?:void\(?+0?+\)?+|;|history\.\w++\(-?+\d*+\)|window\.(?:print|close)\(\))*+"
)
"""Of code without white space."""


class PageReading(msgspec.Struct, frozen=True):
    """A snapshot, and the addresses in the page that the crawl goes on with."""

    snapshot: PageSnapshot
    links: tuple[str, ...]
    own_scripts: tuple[str, ...]
    own_sheets: tuple[str, ...]


def read_snapshot(reply: Reply, *, known_as: str = "") -> PageReading:
    """Return a page's snapshot and its addresses; never fails, in time linear in its length."""
    return _SnapshotBuilder(reply, known_as or reply.url).reading()


def frames_of(reply: Reply, sheet: Mapping[str, str]) -> tuple[PageFrame, ...]:
    """Return the frames of a page, those included that its own style sheets hide (``rules_of``)."""
    return (
        _SnapshotBuilder(reply, reply.url, dict.fromkeys(sheet, BY_SHEET)).reading().snapshot.frames
    )


def _fingerprint(text: str, size: int = 8) -> str:
    return blake2b(text.encode("utf-8", "replace"), digest_size=size).hexdigest()


def _sketch(text: str) -> tuple[int, ...]:
    text = "".join(text[:_SKETCHED].split())
    runs = {text[at : at + 4] for at in range(len(text) - 3)}
    return tuple(sorted({crc32(run.encode("utf-8", "replace")) for run in runs})[:64])


class _SnapshotBuilder:
    """Goes through a page once and gathers."""

    def __init__(self, reply: Reply, known_as: str, sheet: Mapping[str, str] | None = None) -> None:
        self.reply, self.url = reply, known_as.partition("#")[0][:_URL]
        self.here = host_of(reply.url)
        self.base = reply.url
        self.sheet = sheet
        self.title = self.based = self.refresh = self.boast = ""
        self.words: list[str] = []
        self.characters = 0
        self.scripts: dict[str, None] = {}
        self.own_scripts: dict[str, None] = {}
        self.own_sheets: dict[str, None] = {}
        self.code: list[ScriptFeatures] = []
        self.frames: dict[PageFrame, None] = {}
        self.forms: list[PageForm] = []
        self.to = ""
        self.fields: list[str] | None = None
        self.secrets: set[str] = set()
        self.labels = Labels()
        self.followed: dict[str, None] = {}
        self.own: dict[str, None] = {}
        self.foreign: Counter[str] = Counter()
        self.unseen: Counter[str] = Counter()
        self.lures: dict[str, None] = {}
        self.in_hidden_link = ""
        self.programs: dict[str, None] = {}
        self.shape: set[str] = set()
        self.cut = reply.cut

    def reading(self) -> PageReading:
        for token in read(text_of(self.reply), self.sheet):
            if isinstance(token, Cut):
                self.cut = True
            elif isinstance(token, Words):
                self._read(token)
            elif not token.quiet:
                self._look(token)
        self._end_form()
        text = " ".join(self.words)
        snapshot = PageSnapshot(
            url=self.url,
            landed=self.here,
            title=self.title,
            text=_fingerprint(re.sub(r"\s+", " ", text)),
            scripts=tuple(sorted(self.scripts))[:LISTED],
            code=tuple(dict.fromkeys(self.code))[:LISTED],
            frames=tuple(self.frames)[:LISTED],
            forms=tuple(self.forms)[:50],
            links=tuple(sorted(self.own))[:_LINKS],
            foreign=dict(self.foreign.most_common(LISTED)),
            unseen=tuple(self.unseen)[:LISTED],
            programs=tuple(sorted(self.programs))[:50],
            base=self.based,
            refresh=self.refresh,
            boast=self.boast,
            spam=spam_in(f"{self.title}\n{text}"),
            shape=tuple(sorted(self.shape)[:_SHAPES]),
            sketch=_sketch(text),
            cut=self.cut,
            covert=tuple(h for h, n in self.unseen.items() if n == self.foreign[h])[:LISTED],
            lures=tuple(self.lures)[:LISTED],
        )
        return PageReading(
            snapshot,
            tuple(self.followed)[:_LINKS],
            tuple(self.own_scripts)[:20],
            tuple(self.own_sheets)[:20],
        )

    def _read(self, words: Words) -> None:
        if self.in_hidden_link and words.hidden:
            self._lure(words.text)
        if self.characters < TEXT_CHARACTERS:
            self.words.append(words.text)
            self.characters += len(words.text)
            self.labels.read(words.text)
        if words.inside in ("h1", "h2", "h3", "center", "marquee", "font", "b", "strong", "big"):
            self.boast = self.boast or defaced(words.text)

    def _look(self, tag: Tag) -> None:
        name, attributes = tag.name, tag.attributes
        if name in ("a", "area") or not tag.hidden:
            self.in_hidden_link = ""
        path = "/".join((*tag.parents, name))
        self.shape.add(_fingerprint(f"{path}.{attributes.get('class', '')[:60]}", 3))
        if name == "title" and not self.title:
            self.title = re.sub(r"\s+", " ", tag.raw).strip()[:200]
            self.boast = self.boast or defaced(self.title)
        elif name == "script":
            self._script(tag)
        elif name in FRAMES:
            self._frame(tag)
        elif name in ("a", "area"):
            self._link(tag)
        elif name == "link" and "stylesheet" in attributes.get("rel", "").lower().split():
            url = self._address(attributes.get("href", ""))
            if host_of(url) == self.here:
                self.own_sheets[url] = None
        elif name == "base" and "href" in attributes and self.base == self.reply.url:
            self.base = self._address(attributes["href"]) or self.base
            self.based = "" if self._own(host_of(self.base)) else host_of(self.base)
        elif name == "meta" and attributes.get("http-equiv", "").strip().lower() == "refresh":
            self._refresh(attributes.get("content", ""))
        elif name == "form":
            self._end_form()
            self.to, self.fields = self._where(attributes.get("action", "")), []
        elif name in ("input", "select", "textarea", "button"):
            self._field(tag)
        elif name in ("img", "image", "picture", "source", "video") and "src" in attributes:
            self.words.append(place(self._address(attributes["src"]))[-80:])
        for attribute, value in attributes.items():
            if attribute.startswith("on") and len(value) > 3:
                self._code(value)

    def _address(self, text: str) -> str:
        return address(self.base, text)

    def _own(self, host: str) -> bool:
        return not host or same_owner(host, self.here)

    def _code(self, text: str) -> None:
        if len(self.code) < LISTED:
            self.code.append(script_features(text))

    def _script(self, tag: Tag) -> None:
        kind = tag.attributes.get("type", "").split(";")[0].strip().lower()
        source = tag.attributes.get("src", tag.attributes.get("href", ""))
        if kind == "importmap":
            self._code(f"import({tag.raw})")
        elif not _SCRIPT_TYPES.match(kind):
            return
        elif source.strip():
            self._load(source)
        elif tag.raw.strip():
            self._code(tag.raw)

    def _load(self, source: str) -> None:
        url = self._address(source)
        if url.lower().startswith("data:"):
            self._code(_data(url if len(source) < 4000 else source.strip()))
        elif host_of(url):
            self.scripts[place(url)] = None
            if host_of(url) == self.here:
                self.own_scripts[url] = None

    def _frame(self, tag: Tag) -> None:
        attributes = tag.attributes
        if "srcdoc" in attributes and "<script" in attributes["srcdoc"].lower():
            self._code(attributes["srcdoc"])
        source = attributes.get("src", attributes.get("data", ""))
        if source.lower().strip().startswith("javascript:"):
            self._code(source)
            return
        url = self._address(source)
        if host_of(url):
            self.frames[PageFrame(place(url), tag.hidden)] = None

    def _link(self, tag: Tag) -> None:
        target = tag.attributes.get("href", "")
        url = self._address(target) if target.strip() else ""
        if url.lower().startswith(("javascript:", "data:text/html")):
            code = target.partition(":")[2]
            if len(code) > 200 or not _CALLS_ONLY.fullmatch("".join(code.split())):
                self._code(code)
            return
        host = host_of(url)
        if not host:
            return
        plain = url.partition("#")[0]
        if _PROGRAMS.search(plain.partition("?")[0]) or _PROGRAMS.search(
            tag.attributes.get("download", "")
        ):
            self.programs[place(plain)[:_URL]] = None
        elif host == self.here:
            self.own[place(plain).partition("/")[2][:100]] = None
            if not tag.hidden and len(plain) <= _URL:
                self.followed[plain] = None
        elif not self._own(host):
            self.foreign[host] += 1
            if tag.hidden:
                self.unseen[host] += 1
                self.in_hidden_link = host
                self._lure(unquote(plain[:_URL]).replace("-", " "))

    def _lure(self, text: str) -> None:
        """Note that the hidden link that is being read offers what intruders sell."""
        if lures(text):
            self.lures[self.in_hidden_link] = None

    def _refresh(self, content: str) -> None:
        found = _REFRESH.match(content[:1000].strip())
        url = self._address(found[1].strip().strip("\"'")) if found else ""
        if not self._own(host_of(url)):
            self.refresh = host_of(url)

    def _where(self, action: str) -> str:
        url = self._address(action) if action.strip() else self.reply.url
        return place(url) if host_of(url) else url.partition(":")[0][:20]

    def _field(self, tag: Tag) -> None:
        attributes = tag.attributes
        kind = attributes.get("type", "text" if tag.name == "input" else tag.name).lower()[:20]
        if "formaction" in attributes:
            self.forms.append(PageForm(self._where(attributes["formaction"])))
        if kind in ("submit", "button", "reset", "image", "hidden"):
            return
        if self.fields is None:
            self.to, self.fields = self._where(""), []
        name = attributes.get("name", "") or attributes.get("id", "")
        self.fields.append(f"{kind}:{name[:40]}")
        hints = ("name", "id", "placeholder", "autocomplete", "aria-label")
        if kind == "password":
            self.secrets.add("password")
        if any(CARD_FIELD.search(attributes.get(hint, "")[:100]) for hint in hints):
            self.secrets.add("card")

    def _end_form(self) -> None:
        if self.fields is not None:
            if self.fields and self.labels.of_card():
                self.secrets.add("card")
            fields = tuple(sorted(set(self.fields))[:60])
            self.forms.append(PageForm(self.to, fields, tuple(sorted(self.secrets))))
        self.fields, self.secrets, self.labels = None, set(), Labels()


def _data(url: str) -> str:
    """Return the text within a ``data:`` address."""
    head, _, body = url.partition(",")
    if not head.lower().rstrip().endswith("base64"):
        return unquote(body)
    try:
        return base64.b64decode(unquote(body) + "==").decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return body
