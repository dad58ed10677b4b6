"""Paths where files and log-in pages are left open on web sites, and how to recognise each."""

import re
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from tojimari.collect.outside.target import mail_domain_of


class ExposedPath(msgspec.Struct, frozen=True):
    """A path that is asked for, and how to recognise what lies there.

    Attributes:
        kind: secret (passwords or keys), source, backup, listing, debug, admin.
        matches: says whether the first bytes are of that kind: many sites answer "200" to everything.
    """

    path: str
    kind: Literal["secret", "source", "backup", "listing", "debug", "admin"]
    matches: Callable[[bytes], bool]

    def is_there(self, body: bytes) -> bool:
        """Say whether it is the thing itself: a page that talks about it is not."""
        page = body.lstrip()[:9].lower().startswith((b"<!doctype", b"<html"))
        if page and self.kind in ("secret", "source", "backup") and not self.path.endswith("/"):
            return False
        return self.matches(body)

    def within(self, folder: str) -> "ExposedPath":
        """Return the same place in a folder, e.g. ``/wp/``."""
        return msgspec.structs.replace(self, path=folder + self.path.removeprefix("/"))


def _has(pattern: bytes) -> Callable[[bytes], bool]:
    found = re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    return lambda data: found.search(data) is not None


def _begins(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(starts)


# The line is read whole before a word is looked for in it: a stranger's may be as long as the page.
_ENV = _has(
    rb"^[ \t]*+(export )?+(?=[A-Z][A-Z0-9_]*+\s*+=)"
    rb"[A-Z][A-Z0-9_]*?(KEY|SECRET|PASS|TOKEN|DATABASE|HOST|ENV)"
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
# What stands within a tag ends with the next one, so that no page takes longer than its length.
_LOG_IN = _has(rb"<input\b[^<>]{1,1000}?\btype\s*=\s*['\"]?password")
_PHPMYADMIN = _has(rb"<title>\s*phpMyAdmin|pma_username")
_MOVABLE_TYPE = _has(rb"<title>[^<]{0,200}\|\s*Movable Type")
_PASSWD = _has(rb"^[A-Za-z0-9._-]+:(\$(apr1|2[aby]|5|6)\$|\{SHA\}|[A-Za-z0-9./]{13}$)")

_LISTED_COPY = _has(rb"href=['\"][^'\"<>]{1,300}\.(zip|gz|tgz|bz2|sql|wpress)['\"]")


def _listed_copies(body: bytes) -> bool:
    """Say whether a page lists copies, of those that UpdraftPlus or All-in-One WP Migration make."""
    return _LISTING(body) and _LISTED_COPY(body)


EXPOSED_PATHS = (
    ExposedPath("/.git/HEAD", "source", _has(rb"^(ref: refs/|[0-9a-f]{40}$)")),
    ExposedPath("/.git/config", "source", _has(rb"^\[core\]")),
    ExposedPath("/.svn/wc.db", "source", _SQLITE),
    ExposedPath("/.hg/requires", "source", _has(rb"^(revlogv1|store|dotencode)$")),
    ExposedPath("/.DS_Store", "source", _begins(b"\x00\x00\x00\x01Bud1")),
    ExposedPath("/.env", "secret", _ENV),
    ExposedPath("/.env.bak", "secret", _ENV),
    ExposedPath("/.env.local", "secret", _ENV),
    ExposedPath("/.env.production", "secret", _ENV),
    ExposedPath("/wp-config.php.bak", "secret", _CONFIG),
    ExposedPath("/wp-config.php.old", "secret", _CONFIG),
    ExposedPath("/wp-config.php.save", "secret", _CONFIG),
    ExposedPath("/wp-config.php~", "secret", _CONFIG),
    ExposedPath("/wp-config.bak", "secret", _CONFIG),
    ExposedPath("/wp-config.txt", "secret", _CONFIG),
    ExposedPath("/.wp-config.php.swp", "secret", _begins(b"b0VIM")),
    ExposedPath("/.htpasswd", "secret", _PASSWD),
    ExposedPath("/id_rsa", "secret", _KEY),
    ExposedPath("/.ssh/id_rsa", "secret", _KEY),
    ExposedPath("/server.key", "secret", _KEY),
    ExposedPath("/.aws/credentials", "secret", _has(rb"aws_secret_access_key\s*=")),
    ExposedPath("/.vscode/sftp.json", "secret", _has(rb"\"(host|password)\"\s*:")),
    ExposedPath("/sftp-config.json", "secret", _has(rb"\"(host|password)\"\s*:")),
    ExposedPath("/backup.zip", "backup", _ARCHIVE),
    ExposedPath("/backup.tar.gz", "backup", _ARCHIVE),
    ExposedPath("/backup.tgz", "backup", _ARCHIVE),
    ExposedPath("/backup.sql", "backup", _DUMP),
    ExposedPath("/dump.sql", "backup", _DUMP),
    ExposedPath("/database.sql", "backup", _DUMP),
    ExposedPath("/db.sql", "backup", _DUMP),
    ExposedPath("/public_html.zip", "backup", _ARCHIVE),
    ExposedPath("/www.zip", "backup", _ARCHIVE),
    ExposedPath("/site.zip", "backup", _ARCHIVE),
    ExposedPath("/index.php.bak", "backup", _has(rb"<\?php")),
    ExposedPath(
        "/wp-content/debug.log", "debug", _has(rb"^\[\d\d-\w{3}-\d{4}[^\]\n]{0,80}\] PHP ")
    ),
    ExposedPath("/phpinfo.php", "debug", _PHPINFO),
    ExposedPath("/info.php", "debug", _PHPINFO),
    ExposedPath("/test.php", "debug", _PHPINFO),
    ExposedPath(
        "/server-status",
        "debug",
        _has(rb"<title>Apache Status</title>|Apache Server Status for"),
    ),
    ExposedPath("/wp-content/uploads/", "listing", _LISTING),
    ExposedPath("/wp-content/updraft/", "backup", _listed_copies),
    ExposedPath("/wp-content/ai1wm-backups/", "backup", _listed_copies),
    ExposedPath("/images/", "listing", _LISTING),
    ExposedPath("/img/", "listing", _LISTING),
    ExposedPath("/backup/", "listing", _LISTING),
    ExposedPath("/data/", "listing", _LISTING),
    ExposedPath("/upload/", "listing", _LISTING),
    ExposedPath("/phpmyadmin/", "admin", _PHPMYADMIN),
    ExposedPath("/phpMyAdmin/", "admin", _PHPMYADMIN),
    ExposedPath("/pma/", "admin", _PHPMYADMIN),
    ExposedPath("/adminer.php", "admin", _has(rb"<title>[^<]{0,200}Adminer|auth\[driver\]")),
    ExposedPath("/wp-login.php", "admin", _has(rb"id=['\"](user_login|loginform)['\"]")),
    ExposedPath("/mt/mt.cgi", "admin", _MOVABLE_TYPE),
    ExposedPath("/cgi-bin/mt/mt.cgi", "admin", _MOVABLE_TYPE),
    ExposedPath("/administrator/", "admin", _LOG_IN),
    ExposedPath("/admin/", "admin", _LOG_IN),
)
# Of these also the ones in the folder that the site lies in; the others lie at the top.
_IN_FOLDERS = frozenset(
    [
        "/.git/HEAD",
        "/.env",
        "/wp-config.php.bak",
        "/wp-config.php.old",
        "/wp-config.php.save",
        "/wp-config.php~",
        "/.wp-config.php.swp",
        "/.htpasswd",
        "/backup.zip",
        "/backup.tar.gz",
        "/backup.sql",
        "/wp-content/debug.log",
        "/wp-content/uploads/",
        "/wp-content/updraft/",
        "/wp-content/ai1wm-backups/",
        "/wp-login.php",
        "/admin/",
    ]
)


def is_listing(body: bytes) -> bool:
    """Say whether a page is a server's own list of the files in a folder."""
    return _LISTING(body)


def exposed_paths_of(site: str, folders: Iterable[str] = ()) -> list[ExposedPath]:
    """Return every place of a site: at the top, in its folders, and copies named after it.

    folders: that the site lies in, from the root on, e.g. ``/wp/``.
    """
    found = [*EXPOSED_PATHS, *_named_after(site)]
    found += [
        one.within(folder) for folder in folders for one in EXPOSED_PATHS if one.path in _IN_FOLDERS
    ]
    return found


def _named_after(site: str) -> list[ExposedPath]:
    """Return copies as they are called who makes them by hand: example.co.jp.zip, example.sql."""
    domain = mail_domain_of(site) or site
    names = dict.fromkeys([site, site.removeprefix("www."), domain, domain.partition(".")[0]])
    kinds = ((".zip", _ARCHIVE), (".tar.gz", _ARCHIVE), (".sql", _DUMP))
    return [
        ExposedPath(f"/{name}{end}", "backup", matches) for name in names for end, matches in kinds
    ]
