"""What is seen of a web site from outside."""

from typing import ClassVar, Literal

import msgspec

from tojimari.model.facts.base import Fact, Moment, Row


class ChangeAlarm(Row, frozen=True, forbid_unknown_fields=True):
    """What may be an intruder's work (the first 30).

    Attributes:
        kind: kind.
        page: page or file.
        evidence: what was found.
        on_pages: number of pages with the same.
    """

    kind: str
    page: str
    evidence: str
    on_pages: int


class SiteChanges(Fact, frozen=True, forbid_unknown_fields=True):
    """What changed since the last look; seen by `tojimari site watch` and by the watch on the portal.

    Attributes:
        baseline_at: when the watch was begun, or the present state accepted.
        first: there was nothing yet to compare with.
        pages: pages that were looked at.
        alarms: what may be an intruder's work (the first 30).
        alarms_in_all: how many.
        notes_in_all: ordinary changes.
    """

    KIND: ClassVar[str] = "site.changes"

    baseline_at: Moment
    first: bool
    pages: int
    alarms: tuple[ChangeAlarm, ...]
    alarms_in_all: int
    notes_in_all: int


class OpenForm(Row, frozen=True, forbid_unknown_fields=True):
    """Forms that send openly.

    Attributes:
        page: page.
        to: where it sends.
        secret: has a password field.
        open: not encrypted.
    """

    page: str
    to: str
    secret: bool
    open: bool


class MixedContent(Row, frozen=True, forbid_unknown_fields=True):
    """Content loaded without encryption (the first 30).

    Attributes:
        kind: kind.
        url: address.
        page: page.
    """

    kind: Literal["active", "passive"]
    url: str
    page: str


class ForeignScript(Row, frozen=True, forbid_unknown_fields=True):
    """Scripts loaded from others.

    Attributes:
        host: host.
        sealed: sealed by SRI.
    """

    host: str
    sealed: bool


class SiteContent(Fact, frozen=True, forbid_unknown_fields=True):
    """Forms of the first page and a few more, and what they load.

    Attributes:
        pages: pages that were looked at.
        forms: forms in which people write something.
        open_forms: forms that send openly.
        mixed: content loaded without encryption (the first 30).
        mixed_in_all: how many.
        foreign_scripts: scripts loaded from others.
    """

    KIND: ClassVar[str] = "site.content"

    pages: tuple[str, ...]
    forms: int
    open_forms: tuple[OpenForm, ...]
    mixed: tuple[MixedContent, ...]
    mixed_in_all: int
    foreign_scripts: tuple[ForeignScript, ...]


class ExposedFile(Row, frozen=True, forbid_unknown_fields=True):
    """What was found.

    Attributes:
        path: path.
        kind: kind.
    """

    path: str
    kind: Literal["secret", "source", "backup", "listing", "debug", "admin"]


class SiteExposed(Fact, frozen=True, forbid_unknown_fields=True):
    """Files and pages that should not be seen from outside. Their contents are not kept.

    Attributes:
        tried: places tried.
        silent: places without an answer.
        found: what was found.
    """

    KIND: ClassVar[str] = "site.exposed"

    tried: int
    silent: int
    found: tuple[ExposedFile, ...]


class HeaderTest(Row, frozen=True, forbid_unknown_fields=True):
    """Outcome of each test.

    Attributes:
        test: test.
        result: result code.
        passed: passed.
        points: points; positive ones count only from a score of 90.
    """

    test: str
    result: str
    passed: bool
    points: int


class Cookie(Row, frozen=True, forbid_unknown_fields=True):
    """A cookie that was set, without its value.

    Attributes:
        name: name.
        domain: host or domain it is sent to.
        secure: sent over TLS only.
        http_only: out of reach of scripts in the page.
        same_site: limit on requests from other sites, empty when not said; None when
            it was not seen.
    """

    name: str
    domain: str
    secure: bool
    http_only: bool
    same_site: Literal["strict", "lax", "none"] | None


Grade = Literal["A+", "A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D+", "D", "D-", "F"]


class HeaderScore(Row, frozen=True, forbid_unknown_fields=True):
    """What the rules gave for one site.

    Attributes:
        score: score (0 or more, may pass 100) (points).
        grade: grade.
        tests: outcome of each test.
    """

    score: int
    grade: Grade
    tests: tuple[HeaderTest, ...]


class SiteHeaders1(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 1: the verdict of the rules instead of what they are about.

    Attributes:
        url: page that was looked at.
        score, grade, tests: as of HeaderScore.
        cookies: cookies that were set, without their values, 100 at most.
        cookies_in_all: number of cookies.
    """

    KIND: ClassVar[str] = "site.headers"
    VERSION: ClassVar[int] = 1

    url: str
    score: int
    grade: Grade
    tests: tuple[HeaderTest, ...]
    cookies: tuple[Cookie, ...]
    cookies_in_all: int

    def upgrade(self) -> "SiteHeaders":
        """Keep the verdict: the headers it was made of were not recorded."""
        return SiteHeaders(
            url=self.url,
            cookies=self.cookies,
            cookies_in_all=self.cookies_in_all,
            judged=HeaderScore(self.score, self.grade, self.tests),
        )


class SentHeader(Row, frozen=True, forbid_unknown_fields=True):
    """A header that guards visitors, or the same in a ``meta`` element of the page.

    Attributes:
        name: in lower case.
        value: as sent, cut at 64 K characters; nonces are replaced by their number.
        in_page: it stands in the page itself.
    """

    name: str
    value: str
    in_page: bool


class ScriptTag(Row, frozen=True, forbid_unknown_fields=True):
    """A kind of script element of the page; each kind once.

    Attributes:
        external: it loads a file.
        own: from a name of the site's owner, or written in the page.
        scheme: of the file's address; empty where the address names none.
        pinned: sealed by a hash (subresource integrity).
    """

    external: bool
    own: bool
    scheme: Literal["http", "https", ""]
    pinned: bool


class SiteHeaders(Fact, frozen=True, forbid_unknown_fields=True):
    """Headers, cookies, redirects and scripts of the first page that guard its visitors, or do not.

    Attributes:
        url: page that was looked at.
        redirects: scheme and host of each step from http on, the last one being the page; empty
            where http gives no answer.
        http_trusted: whether every certificate on that way is trusted.
        https: whether https gives an answer.
        https_trusted: whether every certificate from https on is trusted.
        html: whether the page is HTML.
        headers: headers that guard visitors, in order.
        scripts: kinds of script elements in the page.
        cookies: cookies a browser holds afterwards, without their values, 500 at most.
        cookies_in_all: number of cookies.
        same_site_unknown: a cookie of the page says SameSite in a way that browsers do not take.
        allowed_origin: who may read along from other sites (CORS), empty for nobody.
        allows_asker: that is the very origin that asked.
        allows_credentials: also with the visitor's log-in.
        judged: verdict of the rules in a fact of version 1, which holds nothing else; None since.
    """

    KIND: ClassVar[str] = "site.headers"
    VERSION: ClassVar[int] = 2

    url: str
    redirects: tuple[str, ...] = ()
    http_trusted: bool = True
    https: bool = False
    https_trusted: bool = True
    html: bool = False
    headers: tuple[SentHeader, ...] = ()
    scripts: tuple[ScriptTag, ...] = ()
    cookies: tuple[Cookie, ...] = ()
    cookies_in_all: int = 0
    same_site_unknown: bool = False
    allowed_origin: str = ""
    allows_asker: bool = False
    allows_credentials: bool = False
    judged: HeaderScore | None = None

    def sent(self, name: str) -> list[str]:
        """Return the values of a header, in order; none where it was not sent."""
        return [row.value for row in self.headers if row.name == name and not row.in_page]

    def in_page(self, name: str) -> list[str]:
        """Return what ``meta`` elements of the page give for a header, in order."""
        return [row.value for row in self.headers if row.name == name and row.in_page]


class SiteHttps1(Fact, frozen=True, forbid_unknown_fields=True):
    """Version 1: without what the page itself leads to.

    Attributes:
        http, https, redirected, final, stopped, hsts_days, hsts_subdomains: as today.
    """

    KIND: ClassVar[str] = "site.https"
    VERSION: ClassVar[int] = 1

    http: bool
    https: bool
    redirected: bool
    final: str
    stopped: str | None
    hsts_days: int | None
    hsts_subdomains: bool

    def upgrade(self) -> "SiteHttps":
        """Keep all of it; pages that lead on by themselves were taken for ones that stay."""
        return SiteHttps(**msgspec.structs.asdict(self))


class SiteHttps(Fact, frozen=True, forbid_unknown_fields=True):
    """Whether http leads to https, and whether browsers are told to use https from then on.

    Attributes:
        http: whether http is answered.
        https: whether https is answered.
        redirected: whether http ends up at https.
        by_page: whether only the page that http shows leads on to https (``meta`` refresh, a
            script), which a redirect should.
        final: where http ended up.
        stopped: why the redirects were not followed to the end; None when it was not
            seen.
        hsts_days: days browsers are told to use https only (HSTS); None when it was
            not seen.
        hsts_subdomains: whether it covers subdomains.
    """

    KIND: ClassVar[str] = "site.https"
    VERSION: ClassVar[int] = 2

    http: bool
    https: bool
    redirected: bool
    final: str
    stopped: str | None
    hsts_days: int | None
    hsts_subdomains: bool
    by_page: bool = False


class SiteSoftwareItem(Row, frozen=True, forbid_unknown_fields=True):
    """What was recognised.

    Attributes:
        name: name.
        kind: kind.
        version: version, empty when not told.
        seen_in: what told it.
        system: distribution that maintains it, if one does.
    """

    name: str
    kind: Literal["cms", "shop", "framework", "server", "language", "plugin", "theme", "script"]
    version: str
    seen_in: Literal["header", "meta", "html", "script", "address", "content"]
    system: str


class SiteSoftware(Fact, frozen=True, forbid_unknown_fields=True):
    """Server, CMS and parts with their versions, as far as pages and answers tell.

    Attributes:
        items: what was recognised.
        items_in_all: how many were recognised.
        all_tried: whether all patterns could be tried in time.
        known_as_of: day of the data that recognises them.
    """

    KIND: ClassVar[str] = "site.software"

    items: tuple[SiteSoftwareItem, ...]
    items_in_all: int
    all_tried: bool
    known_as_of: str


class LandingCertificate(Row, frozen=True, forbid_unknown_fields=True):
    """Other names of the owner that visitors are led to (3 at most), and their certificates.

    Attributes:
        host: name.
        trusted: whether its certificate is trusted, empty when not told; None when it
            was not seen.
        problem: why it is not trusted, or why no browser of today opens it; None when
            it was not seen.
        names: names in the certificate (the first 20).
        not_after: when the certificate ends; None when it was not seen.
    """

    host: str
    trusted: bool | None
    problem: (
        Literal["expired", "not_yet", "name", "self_signed", "unknown_issuer", "only_old"] | None
    )
    names: tuple[str, ...]
    not_after: Moment | None


class SiteTls1(Fact, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Version 1: without the name that people type too.

    Attributes:
        offered, versions, weak_ciphers, forward_secrecy, forward_secrecy_some, trusted, problem,
            names, issuer, not_after, key, key_weak, signature_hash, chain_in_order, ocsp_stapled,
            must_staple, weaknesses: as today.
        led_to: as today. Early facts have neither this nor ``forward_secrecy_some``, and are judged
            without.
    """

    KIND: ClassVar[str] = "site.tls"
    VERSION: ClassVar[int] = 1

    offered: bool
    versions: tuple[str, ...]
    weak_ciphers: tuple[str, ...]
    forward_secrecy: bool | None
    forward_secrecy_some: bool | None = None
    trusted: bool | None
    problem: Literal["expired", "not_yet", "name", "self_signed", "unknown_issuer"] | None
    names: tuple[str, ...]
    issuer: str | None
    not_after: Moment | None
    key: str | None
    key_weak: bool | None
    signature_hash: str | None
    chain_in_order: bool | None
    ocsp_stapled: bool | None
    must_staple: bool | None
    weaknesses: tuple[str, ...]
    led_to: tuple[LandingCertificate, ...] | None = ()

    def upgrade(self) -> "SiteTls":
        """Keep all of it; the other name was not looked at."""
        return SiteTls(**msgspec.structs.asdict(self))


class SiteTls(Fact, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Versions, strength and certificate of the encryption.

    Attributes:
        offered: whether encrypted connections are answered.
        versions: versions accepted, SSLv2 to TLSv1.3.
        weak_ciphers: weak cipher suites accepted.
        forward_secrecy: whether every accepted suite has forward secrecy; None when it
            was not seen.
        forward_secrecy_some: whether any accepted suite has forward secrecy; None when
            it was not seen.
        trusted: whether the certificate is trusted by Mozilla's list; None when it was
            not seen.
        problem: why it is not trusted; None when it was not seen.
        names: names in the certificate (the first 20).
        issuer: issuer; None when it was not seen.
        not_after: when the certificate ends; None when it was not seen.
        key: kind and length of the key; None when it was not seen.
        key_weak: key too short (RSA under 2048, elliptic curve under 224 bits); None
            when it was not seen.
        signature_hash: hash of the signature; None when it was not seen.
        chain_in_order: whether the chain was sent in order; None when it was not seen.
        ocsp_stapled: whether an OCSP response is stapled; None when it was not seen.
        must_staple: whether the certificate demands it; None when it was not seen.
        weaknesses: known weaknesses found.
        led_to: other names of the owner that visitors are led to (3 at most), and
            their certificates; None when it was not seen.
        typed: the same name with or without ``www.``, which people type too, and its
            certificate; empty where it is not answered over TLS.
    """

    KIND: ClassVar[str] = "site.tls"
    VERSION: ClassVar[int] = 2

    offered: bool
    versions: tuple[str, ...]
    weak_ciphers: tuple[str, ...]
    forward_secrecy: bool | None
    forward_secrecy_some: bool | None = None
    trusted: bool | None
    problem: Literal["expired", "not_yet", "name", "self_signed", "unknown_issuer"] | None
    names: tuple[str, ...]
    issuer: str | None
    not_after: Moment | None
    key: str | None
    key_weak: bool | None
    signature_hash: str | None
    chain_in_order: bool | None
    ocsp_stapled: bool | None
    must_staple: bool | None
    weaknesses: tuple[str, ...]
    led_to: tuple[LandingCertificate, ...] | None = ()
    typed: tuple[LandingCertificate, ...] = ()
