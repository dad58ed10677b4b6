"""What is recorded of a web site for comparing it later: enough to see what changed, never pages.

A baseline holds these as JSON, under the names in its version 1 (``rename``).
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import blake2b

import msgspec

_BITS = 10
"""Of a Bloom filter for each address, with four positions: one in a hundred is a mistake."""


def _positions(url: str, bits: int) -> list[int]:
    digest = blake2b(url.encode("utf-8", "replace"), digest_size=16).digest()
    return [int.from_bytes(digest[at : at + 4], "big") % bits for at in range(0, 16, 4)]


class SpamCount(msgspec.Struct, frozen=True):
    """How much of a page is spam.

    Attributes:
        strong: words that no honest shop sells by, each once, at most ten.
        times: how often they stand there.
        brands, trade: how many different names of brands, and words of selling, there are.
    """

    strong: tuple[str, ...] = ()
    times: int = 0
    brands: int = 0
    trade: int = 0


class ScriptFeatures(
    msgspec.Struct, frozen=True, rename={"fingerprint": "print", "indicators": "signs"}
):
    """A script within a page, or a file of the site's own.

    Attributes:
        fingerprint: of its words; numbers, tokens and spaces do not count.
        indicators: what it does: hides (it decodes a text of its own and runs it, or its names are
            made unreadable), hides_active (what it hides, when decoded, does something), keys, card,
            fields, sends, loads, frame (makes one nobody sees), goes.
        hosts: hosts written in it, also in what it hides, but not in remarks; at most 24.
        sources: those of them from which it loads a program.
        sent: those of them that it sends something to by a direct word.
        odd: places of the site itself that it sends to, where nobody's own program receives.
        containers: Google's containers of tags it opens; who owns one can put any program there.
        builds: how often it decodes something right beside where it makes a program of a text.
    """

    fingerprint: str
    indicators: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    sent: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    builds: int = 0


class SitemapDigest(msgspec.Struct, frozen=True):
    """What a sitemap lists.

    Attributes:
        pages: how many addresses on the site's own host.
        known: which addresses, as a Bloom filter in base64: a few bits for each, so that thousands
            of articles whose names have nothing in common are known again. See ``new_among``.
        spam: addresses whose very name is spam, at most ten; ``spam_in_all`` how many.
    """

    pages: int = 0
    known: str = ""
    spam: tuple[str, ...] = ()
    spam_in_all: int = 0

    @classmethod
    def of(cls, urls: Sequence[str], spam: Sequence[str]) -> "SitemapDigest":
        """Return the digest of all ``urls``, of which ``spam`` are spam by their name."""
        bits = bytearray((len(urls) * _BITS + 7) // 8)
        for url in urls:
            for at in _positions(url, len(bits) * 8):
                bits[at >> 3] |= 1 << (at & 7)
        known = b64encode(bits).decode()
        return cls(len(urls), known, tuple(url[:200] for url in spam[:10]), len(spam))

    def new_among(self, urls: list[str]) -> list[str]:
        """Return those it did not list; of a hundred, about one is wrongly taken for listed.

        Raises ValueError where ``known`` is no base64.
        """
        bits = b64decode(self.known)
        n = len(bits) * 8
        return [
            url
            for url in urls
            if not (n and all(bits[at >> 3] >> (at & 7) & 1 for at in _positions(url, n)))
        ]


BY_SHEET = "sheet"


class PageFrame(msgspec.Struct, frozen=True):
    """A window onto another page.

    ``hidden``: how, "" when people see it; BY_SHEET where a style sheet of the site's own does it.
    """

    place: str
    hidden: str = ""


class PageForm(msgspec.Struct, frozen=True):
    """A form: where it sends (host and path), and the names and kinds of its fields.

    ``secrets``: password, card.
    """

    to: str
    fields: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


class PageSnapshot(msgspec.Struct, frozen=True):
    """One page at one moment. Places are host and path, hosts are in lower case; lists are bounded.

    Attributes:
        url: address it is known by, without fragment.
        landed: host where the request ended.
        title: of the page, at most 200 characters.
        text: fingerprint of what people read.
        scripts: places of the scripts it loads.
        code: scripts within the page, also those in links and attributes.
        links: own pages it leads to, as paths.
        foreign: other hosts -> links that lead there; ``unseen``: those from hidden places.
        covert: of these, those that no open link of the page leads to.
        lures: of those from hidden places, the ones whose link offers fakes, gambling, pills and
            the like.
        programs: programs it offers to download.
        base, refresh: other host that the page's addresses, or the visitor, are led to; else "".
        boast: an intruder's boast in the title or a heading; else "".
        shape: the kinds of places that the page is made of, as fingerprints.
        sketch: the smallest fingerprints of its text's runs of four characters, at most 64, so that
            two pages can be asked how much text they have in common.
        cut: it is longer than what is read.
    """

    url: str
    landed: str
    title: str = ""
    text: str = ""
    scripts: tuple[str, ...] = ()
    code: tuple[ScriptFeatures, ...] = ()
    frames: tuple[PageFrame, ...] = ()
    forms: tuple[PageForm, ...] = ()
    links: tuple[str, ...] = ()
    foreign: dict[str, int] = {}
    unseen: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    base: str = ""
    refresh: str = ""
    boast: str = ""
    spam: SpamCount = SpamCount()
    shape: tuple[str, ...] = ()
    sketch: tuple[int, ...] = ()
    cut: bool = False
    covert: tuple[str, ...] = ()
    lures: tuple[str, ...] = ()


class SiteSnapshot(msgspec.Struct, frozen=True):
    """A web site at one moment: what is compared.

    Attributes:
        pages: snapshots, the first page first.
        files: the site's own script files, by place.
        listing: what its sitemap lists.
        from_search: the first page and one that lies deep, as they are shown to a search engine and
            to who comes from one by phone, the first page also by computer; addresses as of ``pages``.
        fresh: how many addresses the sitemap lists that it did not list last time, and of which kind
            most are; not part of a baseline.
        gone: addresses known before that are no longer there.
        missed: addresses known before that gave no answer this time.
    """

    pages: tuple[PageSnapshot, ...]
    files: dict[str, ScriptFeatures] = {}
    listing: SitemapDigest = SitemapDigest()
    from_search: tuple[PageSnapshot, ...] = ()
    fresh: tuple[int, str] = (0, "")
    gone: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
