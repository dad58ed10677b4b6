"""Hosts that everybody knows: services that web sites embed, and names made to look like theirs."""

from tojimari.knowledge.domains import owner_domain

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

OWN_PAGES = frozenset(
    [
        "amazon.co.jp",
        "apple.com",
        "creema.jp",
        "facebook.com",
        "gnavi.co.jp",
        "hotpepper.jp",
        "indeed.com",
        "instagram.com",
        "jalan.net",
        "lin.ee",
        "line.me",
        "linkedin.com",
        "mercari-shops.com",
        "minne.com",
        "pinterest.com",
        "rakuten.co.jp",
        "tabelog.com",
        "threads.net",
        "tiktok.com",
        "twitter.com",
        "x.com",
        "yahoo.co.jp",
        "youtube.com",
    ]
)
"""Domains where companies have pages of their own, so that menus lead there."""

SHARED_HOSTS = frozenset(
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


def provider(place_: str) -> str:
    """Return who stands behind a ``place``: the registered name, or whose folder it is."""
    host, _, path = place_.partition("/")
    if host in SHARED_HOSTS:
        return f"{host}/{'/'.join(path.split('/')[:2])}".split("@")[0]
    return owner_domain(host)


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
    if host in FAMILIAR or host in SHARED_HOSTS:
        return ""
    label = owner_domain(host).partition(".")[0]
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
