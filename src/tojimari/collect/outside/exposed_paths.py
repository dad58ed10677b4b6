"""Where files are forgotten and doors stand open on web sites, and how to tell the thing itself."""

import re
from collections.abc import Callable, Iterable

import msgspec

from tojimari.collect.outside.target import mail_domain_of


class Place(msgspec.Struct, frozen=True):
    """A path that is asked for, and how to tell that what comes back is the thing itself.

    Attributes:
        kind: secret (passwords or keys), source, backup, listing, debug, admin.
        sign: says whether the first bytes are of that kind: many sites answer "200" to everything.
    """

    path: str
    kind: str
    sign: Callable[[bytes], bool]

    def is_there(self, body: bytes) -> bool:
        """Say whether it is the thing itself: a page that talks about it is not."""
        page = body.lstrip()[:9].lower().startswith((b"<!doctype", b"<html"))
        if page and self.kind in ("secret", "source", "backup") and not self.path.endswith("/"):
            return False
        return self.sign(body)

    def within(self, folder: str) -> "Place":
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
    Place("/.git/HEAD", "source", _has(rb"^(ref: refs/|[0-9a-f]{40}$)")),
    Place("/.git/config", "source", _has(rb"^\[core\]")),
    Place("/.svn/wc.db", "source", _SQLITE),
    Place("/.hg/requires", "source", _has(rb"^(revlogv1|store|dotencode)$")),
    Place("/.DS_Store", "source", _begins(b"\x00\x00\x00\x01Bud1")),
    Place("/.env", "secret", _ENV),
    Place("/.env.bak", "secret", _ENV),
    Place("/.env.local", "secret", _ENV),
    Place("/.env.production", "secret", _ENV),
    Place("/wp-config.php.bak", "secret", _CONFIG),
    Place("/wp-config.php.old", "secret", _CONFIG),
    Place("/wp-config.php.save", "secret", _CONFIG),
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
    Place("/backup.tgz", "backup", _ARCHIVE),
    Place("/backup.sql", "backup", _DUMP),
    Place("/dump.sql", "backup", _DUMP),
    Place("/database.sql", "backup", _DUMP),
    Place("/db.sql", "backup", _DUMP),
    Place("/public_html.zip", "backup", _ARCHIVE),
    Place("/www.zip", "backup", _ARCHIVE),
    Place("/site.zip", "backup", _ARCHIVE),
    Place("/index.php.bak", "backup", _has(rb"<\?php")),
    Place("/wp-content/debug.log", "debug", _has(rb"^\[\d\d-\w{3}-\d{4}[^\]\n]{0,80}\] PHP ")),
    Place("/phpinfo.php", "debug", _PHPINFO),
    Place("/info.php", "debug", _PHPINFO),
    Place("/test.php", "debug", _PHPINFO),
    Place(
        "/server-status",
        "debug",
        _has(rb"<title>Apache Status</title>|Apache Server Status for"),
    ),
    Place("/wp-content/uploads/", "listing", _LISTING),
    Place("/wp-content/updraft/", "backup", _listed_copies),
    Place("/wp-content/ai1wm-backups/", "backup", _listed_copies),
    Place("/images/", "listing", _LISTING),
    Place("/img/", "listing", _LISTING),
    Place("/backup/", "listing", _LISTING),
    Place("/data/", "listing", _LISTING),
    Place("/upload/", "listing", _LISTING),
    Place("/phpmyadmin/", "admin", _PHPMYADMIN),
    Place("/phpMyAdmin/", "admin", _PHPMYADMIN),
    Place("/pma/", "admin", _PHPMYADMIN),
    Place("/adminer.php", "admin", _has(rb"<title>[^<]{0,200}Adminer|auth\[driver\]")),
    Place("/wp-login.php", "admin", _has(rb"id=['\"](user_login|loginform)['\"]")),
    Place("/mt/mt.cgi", "admin", _MOVABLE_TYPE),
    Place("/cgi-bin/mt/mt.cgi", "admin", _MOVABLE_TYPE),
    Place("/administrator/", "admin", _LOG_IN),
    Place("/admin/", "admin", _LOG_IN),
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


def exposed_paths_of(site: str, folders: Iterable[str] = ()) -> list[Place]:
    """Return every place of a site: at the top, in its folders, and copies named after it.

    folders: that the site lies in, from the root on, e.g. ``/wp/``.
    """
    found = [*EXPOSED_PATHS, *_named_after(site)]
    found += [
        one.within(folder) for folder in folders for one in EXPOSED_PATHS if one.path in _IN_FOLDERS
    ]
    return found


def _named_after(site: str) -> list[Place]:
    """Return copies as they are called who makes them by hand: example.co.jp.zip, example.sql."""
    domain = mail_domain_of(site) or site
    names = dict.fromkeys([site, site.removeprefix("www."), domain, domain.partition(".")[0]])
    kinds = ((".zip", _ARCHIVE), (".tar.gz", _ARCHIVE), (".sql", _DUMP))
    return [Place(f"/{name}{end}", "backup", sign) for name in names for end, sign in kinds]
