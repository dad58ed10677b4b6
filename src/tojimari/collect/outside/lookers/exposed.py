"""Files that should not lie open on a web site: copies, secrets, listings, log-in pages."""

import re
import secrets
from collections.abc import Callable, Iterator
from urllib.parse import urljoin

import msgspec

from tojimari.collect.host import Refused, TookTooLong, Unavailable
from tojimari.collect.look import Seen
from tojimari.collect.outside.door import Reply
from tojimari.collect.outside.look import looker
from tojimari.collect.outside.visit import Visit

_BYTES = 4096
_SECONDS = 5.0
_REFUSED_SHARE = 0.8


class Place(msgspec.Struct, frozen=True):
    """A path that is asked for, and how to tell that what comes back is the thing itself.

    Attributes:
        kind: secret (passwords or keys), source, backup, listing, debug, admin.
        sign: says whether the first bytes are of that kind: many sites answer "200" to everything.
    """

    path: str
    kind: str
    sign: Callable[[bytes], bool]


def _has(pattern: bytes) -> Callable[[bytes], bool]:
    found = re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    return lambda data: found.search(data) is not None


def _begins(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(starts)


_ENV = _has(
    rb"^\s*(export )?[A-Z][A-Z0-9_]*(KEY|SECRET|PASS|PASSWORD|TOKEN|DATABASE|HOST|ENV)[A-Z0-9_]*\s*="
)
_CONFIG = _has(rb"define\(\s*['\"](DB_PASSWORD|AUTH_KEY)")
_DUMP = _has(rb"^(-- (MySQL|MariaDB|PostgreSQL)|CREATE TABLE|INSERT INTO|DROP TABLE)")
_ARCHIVE = _begins(b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")
_LISTING = _has(
    rb"<title>\s*(Index of /|Directory listing for|.{0,80} - /</title>)|Directory Listing For"
)
_PHPINFO = _has(rb"<title>(PHP [0-9.]+ - )?phpinfo\(\)")
_SQLITE = _begins(b"SQLite format 3\x00")
_KEY = _has(rb"^-----BEGIN ([A-Z]+ )?PRIVATE KEY-----")
_PASSWD = _has(rb"^[A-Za-z0-9._-]+:(\$(apr1|2[aby]|5|6)\$|\{SHA\}|[A-Za-z0-9./]{13}$)")

PLACES = (
    Place("/.git/HEAD", "source", _has(rb"^(ref: refs/|[0-9a-f]{40}$)")),
    Place("/.git/config", "source", _has(rb"^\[core\]")),
    Place("/.svn/wc.db", "source", _SQLITE),
    Place("/.hg/requires", "source", _has(rb"^(revlogv1|store|dotencode)$")),
    Place("/.DS_Store", "source", _begins(b"\x00\x00\x00\x01Bud1")),
    Place("/.env", "secret", _ENV),
    Place("/.env.bak", "secret", _ENV),
    Place("/.env.production", "secret", _ENV),
    Place("/wp-config.php.bak", "secret", _CONFIG),
    Place("/wp-config.php.old", "secret", _CONFIG),
    Place("/wp-config.php~", "secret", _CONFIG),
    Place("/wp-config.bak", "secret", _CONFIG),
    Place("/wp-config.txt", "secret", _CONFIG),
    Place("/.wp-config.php.swp", "secret", _begins(b"b0VIM")),
    Place("/.htpasswd", "secret", _PASSWD),
    Place("/id_rsa", "secret", _KEY),
    Place("/.ssh/id_rsa", "secret", _KEY),
    Place("/server.key", "secret", _KEY),
    Place("/.aws/credentials", "secret", _has(rb"aws_secret_access_key\s*=")),
    Place("/.vscode/sftp.json", "secret", _has(rb"\"(host|password)\"\s*:")),
    Place("/sftp-config.json", "secret", _has(rb"\"(host|password)\"\s*:")),
    Place("/backup.zip", "backup", _ARCHIVE),
    Place("/backup.tar.gz", "backup", _ARCHIVE),
    Place("/backup.sql", "backup", _DUMP),
    Place("/dump.sql", "backup", _DUMP),
    Place("/database.sql", "backup", _DUMP),
    Place("/db.sql", "backup", _DUMP),
    Place("/public_html.zip", "backup", _ARCHIVE),
    Place("/www.zip", "backup", _ARCHIVE),
    Place("/site.zip", "backup", _ARCHIVE),
    Place("/index.php.bak", "backup", _has(rb"<\?php")),
    Place("/wp-content/debug.log", "debug", _has(rb"^\[\d\d-\w{3}-\d{4}[^\]]*\] PHP ")),
    Place("/phpinfo.php", "debug", _PHPINFO),
    Place("/info.php", "debug", _PHPINFO),
    Place("/test.php", "debug", _PHPINFO),
    Place(
        "/server-status", "debug", _has(rb"<title>Apache Status</title>|Apache Server Status for")
    ),
    Place("/wp-content/uploads/", "listing", _LISTING),
    Place("/images/", "listing", _LISTING),
    Place("/img/", "listing", _LISTING),
    Place("/backup/", "listing", _LISTING),
    Place("/data/", "listing", _LISTING),
    Place("/upload/", "listing", _LISTING),
    Place("/phpmyadmin/", "admin", _has(rb"<title>\s*phpMyAdmin|pma_username")),
    Place("/adminer.php", "admin", _has(rb"<title>[^<]*Adminer|auth\[driver\]")),
    Place("/wp-login.php", "admin", _has(rb"id=['\"](user_login|loginform)['\"]")),
    Place("/administrator/", "admin", _has(rb"<input[^>]+type=['\"]?password")),
    Place("/admin/", "admin", _has(rb"<input[^>]+type=['\"]?password")),
)


@looker(sees=("site.exposed",), limit_seconds=60.0)
def exposed(visit: Visit) -> list[Seen]:
    """See which of the places hold what they should not. Only the first bytes are asked for.

    What is in a file is not kept: the path and the kind say enough. Raises Unavailable when the
    site is down, TookTooLong when most places gave no answer.
    """
    home = visit.own_home().reply
    found, silent = [], 0
    if _LISTING(home.body[:_BYTES]):
        found.append({"path": "/", "kind": "listing"})
    to_all = _answer_to_all(visit, home.url)
    refused = 0
    for place, reply in _asked(visit, home.url):
        if reply is None or reply.status == 429 or reply.status >= 500:
            silent += 1
        elif reply.status in (401, 403, 406):
            refused += 1  # of a few places a good sign; of all a guard that keeps robots out
        elif reply.status not in (200, 206) or _is_there(place, to_all):
            continue
        elif _is_there(place, reply.body):
            found.append({"path": place.path, "kind": place.kind})
    if refused > _REFUSED_SHARE * len(PLACES):
        raise Refused(f"{visit.target.site}: {refused} of {len(PLACES)}")
    if silent > len(PLACES) // 2:
        raise TookTooLong(f"{visit.target.site}: {silent} of {len(PLACES)}")
    fields = {"tried": len(PLACES), "silent": silent, "found": found}
    return [Seen("site.exposed", fields=fields)]


def _answer_to_all(visit: Visit, home: str) -> bytes:
    """Return what the site shows at a place that nobody can have made, b"" for "not there"."""
    try:
        reply = visit.door.get(
            urljoin(home, f"/{secrets.token_hex(10)}"), limit=_BYTES, follow=0, seconds=_SECONDS
        ).last
    except Unavailable:
        return b""
    return reply.body if reply.status == 200 else b""


def _is_there(place: Place, body: bytes) -> bool:
    """Say whether it is the thing itself: a page that talks about it is not."""
    page = body.lstrip()[:9].lower().startswith((b"<!doctype", b"<html"))
    if page and place.kind in ("secret", "source", "backup"):
        return False
    return place.sign(body)


def _asked(visit: Visit, home: str) -> Iterator[tuple[Place, Reply | None]]:
    given_up = 0
    for place in PLACES:
        reply = None
        # A site that has stopped answering is left in peace.
        if given_up < 3:
            try:
                reply = visit.door.get(
                    urljoin(home, place.path),
                    headers={"range": f"bytes=0-{_BYTES - 1}"},
                    limit=_BYTES,
                    follow=0,
                    seconds=_SECONDS,
                ).last
                given_up = 0
            except Unavailable:
                given_up += 1
        yield place, reply
