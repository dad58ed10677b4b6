"""Whose host it is: the site's own, one that everybody knows, one where anybody may put files."""

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from tojimari.collect.outside.target import suffixes

FAMILIAR = frozenset(
    [
        "ajax.googleapis.com",
        "analytics.twitter.com",
        "b.st-hatena.com",
        "b92.yahoo.co.jp",
        "calendar.google.com",
        "cdnjs.cloudflare.com",
        "challenges.cloudflare.com",
        "code.typesquare.com",
        "code.jquery.com",
        "connect.facebook.net",
        "d.line-scdn.net",
        "docs.google.com",
        "fonts.googleapis.com",
        "googleads.g.doubleclick.net",
        "js.pay.jp",
        "js.stripe.com",
        "maps.google.co.jp",
        "maps.google.com",
        "maps.googleapis.com",
        "platform.instagram.com",
        "platform.twitter.com",
        "player.vimeo.com",
        "s.yimg.jp",
        "s.ytimg.com",
        "scdn.line-apps.com",
        "social-plugins.line.me",
        "ssl.google-analytics.com",
        "static.cloudflareinsights.com",
        "static.line-scdn.net",
        "stats.g.doubleclick.net",
        "stats.wp.com",
        "td.doubleclick.net",
        "typesquare.com",
        "use.typekit.net",
        "www.clarity.ms",
        "www.facebook.com",
        "www.google-analytics.com",
        "www.google.co.jp",
        "www.google.com",
        "www.googleadservices.com",
        "www.googletagmanager.com",
        "www.gstatic.com",
        "www.instagram.com",
        "www.recaptcha.net",
        "www.youtube-nocookie.com",
        "www.youtube.com",
        "yubinbango.github.io",
    ]
)
"""Hosts of services that shops put into their pages every day; nobody else can put files there."""

_ANYBODYS = frozenset(
    [
        "cdn.jsdelivr.net",
        "unpkg.com",
        "esm.sh",
        "cdn.statically.io",
        "raw.githack.com",
        "rawcdn.githack.com",
        "gitcdn.link",
        "storage.googleapis.com",
        "s3.amazonaws.com",
    ]
)
"""Hosts where anybody may put a file: there the first folders say whose it is."""

# Numbers of a version, taken out so that an update is not a change.
_VERSION = re.compile(r"(?<=[/@._-])v?\d[\w.]*")


@lru_cache(maxsize=4096)
def registered(host: str) -> str:
    """Return the name somebody registered, e.g. example.co.jp; below a provider's name that of
    the customer; an address is itself.
    """
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return str(suffixes().privatesuffix(host) or host)


def same_owner(host: str, other: str) -> bool:
    """Say whether two hosts belong to one registered name."""
    return host == other or registered(host) == registered(other)


def address(base: str, text: str) -> str:
    """Return the full address ``text`` means on a page at ``base``, as browsers read it, or ""."""
    text = re.sub(r"[\t\r\n]", "", text[:4000]).strip()
    try:
        url = urljoin(base, text)
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and not parts.hostname:
            return ""
        _ = parts.port
    except ValueError:
        return ""
    # The first page without its slash is the same page.
    bare = parts.scheme in ("http", "https") and not parts.path
    return parts._replace(path="/").geturl() if bare else url


def host_of(url: str) -> str:
    """Return the host of a web address in lower case, "" for any other address."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").rstrip(".")[:253] if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""


def place(url: str) -> str:
    """Return host and path of a file without what changes with every version of it."""
    host = host_of(url)
    try:
        parts = urlsplit(url)
    except ValueError:
        return host
    name = host + _VERSION.sub("#", parts.path)[:200]
    # The number of a tag container says whose container it is.
    container = re.search(r"(?:^|&)id=([\w-]{3,30})", parts.query)
    return f"{name}?id={container[1]}" if container and host in FAMILIAR else name


def provider(place_: str) -> str:
    """Return who stands behind a ``place``: the registered name, or whose folder it is."""
    host, _, path = place_.partition("/")
    if host in _ANYBODYS:
        return f"{host}/{'/'.join(path.split('/')[:2])}".split("@")[0]
    return registered(host)


_LIKE = str.maketrans({"0": "o", "1": "l", "3": "e", "5": "s", "-": None, "_": None})
_IMITATED = [
    "googletagmanager",
    "googleanalytics",
    "googleapis",
    "gstatic",
    "jsdelivr",
    "cloudflare",
    "bootstrapcdn",
    "facebook",
    "doubleclick",
    "jquery",
]


def imitates(host: str) -> str:
    """Return the well-known name that ``host`` is made to look like, "" when none."""
    if host in FAMILIAR or host in _ANYBODYS:
        return ""
    label = registered(host).partition(".")[0]
    plain = label.translate(_LIKE).replace("rn", "m").replace("vv", "w")
    for name in _IMITATED:
        if plain == name:
            # google-analytics.com is the one that is written with a hyphen.
            return "" if label in (name, "google-analytics") else name
        if len(name) > 7 and _one_off(plain, name):
            return name
    return ""


def _one_off(one: str, other: str) -> bool:
    """Say whether one letter is missing, added, changed, or two are swapped."""
    if abs(len(one) - len(other)) > 1:
        return False
    same = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        same += 1
    rests = (one[same:], other[same:])
    if len(one) == len(other):
        swapped = rests[0][:2] == rests[1][:2][::-1] and rests[0][2:] == rests[1][2:]
        return rests[0][1:] == rests[1][1:] or swapped
    longer, shorter = sorted(rests, key=len, reverse=True)
    return longer[1:] == shorter
