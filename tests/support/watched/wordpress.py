"""A real WordPress on loopback: Debian's packages of it, of MariaDB and of apache2 with PHP.

Nothing of WordPress is kept here. It is copied from the package into a folder of its own, installs
itself by its own program into an empty database, and is filled through its own functions.
"""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_port
from tests.support.watched.play import AT, SITE
from tests.support.web_servers import APACHE, running
from tojimari.assess.defacement.baseline import Baseline
from tojimari.assess.defacement.result import WatchResult
from tojimari.collect.outside.egress import Egress
from tojimari.collect.outside.target import Target
from tojimari.collect.outside.visit import Visit
from tojimari.defacement import watch_once

MARIADB = shutil.which("mariadbd", path="/usr/sbin:/usr/bin")
PACKAGE = Path("/usr/share/wordpress")
HERE = Path(__file__).parent / "wordpress_files"
THEME = "wp-content/themes/twentytwentyone"
"""Where the edits of makers and intruders are made: in files of PHP, which later themes do not have."""
THEME_OF_DEBIAN_13 = "wp-content/themes/twentytwentyfour"
PLUGINS = "wp-content/plugins"
_APACHE_MODULES = Path("/usr/lib/apache2/modules")
_WANTED = ("mpm_prefork", "authz_core", "dir", "mime", "headers", "rewrite", "env")
_NO_ROOT = "www-data"


def has_theme() -> bool:
    """Say whether this release of Debian offers the theme; 13 has only later ones."""
    return (PACKAGE / THEME).is_dir()


def _user() -> str | None:
    """Return whom the servers run as, None for whoever runs the tests."""
    return _NO_ROOT if os.geteuid() == 0 else None


class WordPress:
    """The site as its owner and an intruder have it in hand: its files, and PHP run within it."""

    def __init__(self, folder: Path, ports: dict[int, int], desk: int) -> None:
        self.site, self.ports, self._desk = folder / "site", ports, desk
        self._were: dict[Path, bytes | None] = {}

    def php(self, code: str, *, install: bool = False) -> str:
        """Run PHP inside WordPress as its administrator; return what it prints.

        Raises AssertionError with PHP's words when it fails.
        """
        # Not through the site's own address: there an edit may lead everybody elsewhere.
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._desk}/{'?install' if install else ''}", code.encode()
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                said = reply.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            said = error.read().decode("utf-8", "replace")
        printed, mark, rest = said.rpartition("\ndone")
        assert mark, f"{code[:300]}\n{said}"
        assert not rest, f"{code[:300]}\n{said}"
        return printed

    def read(self, path: str) -> str:
        """Return the text of a file of the site."""
        return (self.site / path).read_text(encoding="utf-8")

    def write(self, path: str, text: str) -> None:
        """Write a file of the site."""
        file = self.site / path
        self._were.setdefault(file, file.read_bytes() if file.is_file() else None)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def replace(self, path: str, old: str, new: str) -> None:
        """Replace the first ``old`` in a file of the site, where there has to be one."""
        text = self.read(path)
        assert old in text, (path, old)
        self.write(path, text.replace(old, new, 1))

    def append(self, path: str, text: str) -> None:
        """Add to the end of a file of the site."""
        self.write(path, self.read(path) + text)

    def keep(self) -> None:
        """Let ``undo`` come back to the present state."""
        self._were.clear()
        self.php(
            "global $wpdb; foreach ($wpdb->get_col(\"SHOW TABLES LIKE 'wp\\_%'\") as $t) {"
            '$wpdb->query("DROP TABLE IF EXISTS kept_$t");'
            '$wpdb->query("CREATE TABLE kept_$t LIKE $t");'
            '$wpdb->query("INSERT INTO kept_$t SELECT * FROM $t"); }'
        )

    def undo(self) -> None:
        """Bring files and database back to what they were at ``keep``."""
        for file, was in self._were.items():
            if was is None:
                file.unlink(missing_ok=True)
            else:
                file.write_bytes(was)
        self._were.clear()
        self.php(
            "global $wpdb; foreach ($wpdb->get_col(\"SHOW TABLES LIKE 'wp\\_%'\") as $t) {"
            '$wpdb->query("DELETE FROM $t");'
            '$wpdb->query("INSERT INTO $t SELECT * FROM kept_$t"); }'
        )

    def looked(self, egress: Egress, kept: Baseline | None) -> WatchResult:
        """WatchResult at the site once, as the command does; ``egress`` knows the resolver."""
        way = Egress(
            lab=True, resolver=egress.resolver, ports=self.ports, requests_a_second=100_000
        )
        return watch_once(Visit(Target(SITE, "shop.test"), way), kept, AT, accept=False)


def version() -> str:
    """Return which WordPress the package holds."""
    said = (PACKAGE / "wp-includes/version.php").read_text(encoding="utf-8")
    found = re.search(r"wp_version = '([^']+)'", said)
    assert found
    return found[1]


@contextmanager
def wordpress() -> Iterator[WordPress]:
    """Start it all, install the site and fill it; everything is gone afterwards.

    Raises AssertionError when a package is missing or something does not start.
    """
    assert MARIADB, "install mariadb-server-core"
    assert APACHE, "install apache2-bin"
    assert has_theme(), "install wordpress and wordpress-theme-twentytwentyone"
    assert (PACKAGE / "wp-content/languages/ja.mo").is_file(), "install wordpress-l10n"
    # Not pytest's folder: that one is closed to the user the servers run as.
    folder = Path(tempfile.mkdtemp(prefix="tojimari-wp-"))
    folder.chmod(0o755)
    try:
        for name in ("database", "site"):
            (folder / name).mkdir()
            if user := _user():
                shutil.chown(folder / name, user)
        with _database(folder), _web(folder) as (http, desk):
            cms = WordPress(folder, {80: http, 443: 1}, desk)
            _install(cms)
            yield cms
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _database(folder: Path) -> Iterator[None]:
    """Run MariaDB on a socket in the folder. Everybody may do everything: it has no users."""
    data = folder / "database"
    end = data / "socket"
    command = [
        str(MARIADB),
        "--no-defaults",
        f"--datadir={data}",
        f"--socket={end}",
        f"--pid-file={data}/pid",
        f"--log-error={data}/errors",
        "--skip-networking",
        "--skip-grant-tables",
        "--skip-log-bin",
        "--character-set-server=utf8mb4",
        "--skip-innodb-doublewrite",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-flush-method=nosync",
        "--innodb-buffer-pool-size=24M",
        "--innodb-log-file-size=8M",
        "--innodb-stats-persistent=0",
    ]
    process = subprocess.Popen(
        command, user=_user(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
    )
    try:
        until = time.monotonic() + 30
        while not _listens(end):
            said = (data / "errors").read_text() if (data / "errors").is_file() else ""
            assert process.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.02)
        yield
    finally:
        # Nothing of it is needed any more, so it need not tidy up.
        process.kill()
        process.wait(10)


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asked:
        return asked.connect_ex(str(path)) == 0


@contextmanager
def _web(folder: Path) -> Iterator[tuple[int, int]]:
    """Run apache2 with PHP; yield the ports of the site and of the desk where PHP is handed in."""
    modules = sorted(_APACHE_MODULES.glob("libphp*.so"))
    assert modules, "install libapache2-mod-php"
    http, desk = free_port(), free_port()
    loads = "\n".join(f"LoadModule {m}_module {_APACHE_MODULES}/mod_{m}.so" for m in _WANTED)
    (folder / "desk").mkdir()
    (folder / "desk" / "index.php").write_text((HERE / "desk.php").read_text())
    # Every other name of the internet is somebody else's page.
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "index.html").write_text("<title>prize</title><p>You have won.</p>")
    (folder / "conf").write_text(
        f"""
{loads}
LoadModule php_module {modules[-1]}
ServerName shop.test
ServerRoot {folder}
DefaultRuntimeDir {folder}
TypesConfig /etc/mime.types
PidFile {folder}/pid
ErrorLog {folder}/errors
Listen 127.0.0.1:{http}
Listen 127.0.0.1:{desk}
StartServers 2
MinSpareServers 1
MaxSpareServers 2
KeepAlive Off
{f"User {_NO_ROOT}" if _user() else ""}
{f"Group {_NO_ROOT}" if _user() else ""}
DirectoryIndex index.html index.php
SetEnv WATCHED_SITE {folder}/site
php_admin_value opcache.revalidate_freq 0
php_admin_value error_log {folder}/errors
php_admin_value sendmail_path /bin/true
<FilesMatch "\\.php$">
  SetHandler application/x-httpd-php
</FilesMatch>
<Directory {folder}>
  AllowOverride All
  Require all granted
</Directory>
<VirtualHost 127.0.0.1:{http}>
  ServerName elsewhere.test
  DocumentRoot {folder}/elsewhere
  FallbackResource /index.html
</VirtualHost>
<VirtualHost 127.0.0.1:{http}>
  ServerName {SITE}
  DocumentRoot {folder}/site
</VirtualHost>
<VirtualHost 127.0.0.1:{desk}>
  DocumentRoot {folder}/desk
</VirtualHost>
"""
    )
    (folder / "php").mkdir()
    (folder / "php" / "fast.ini").write_text("opcache.jit=tracing\nopcache.jit_buffer_size=64M\n")
    # Large pages of memory spare the machine a tenth of its work, compiled programs another.
    command = [
        "env",
        "USE_ZEND_ALLOC_HUGE_PAGES=1",
        f"PHP_INI_SCAN_DIR=:{folder / 'php'}",
        str(APACHE),
        "-d",
        str(folder),
        "-f",
        str(folder / "conf"),
        "-DFOREGROUND",
    ]
    with running(command, folder, (http, desk)):
        yield http, desk


_OURS = {
    "wp-config.php": "wp-config.php",
    "toiawase.php": f"{PLUGINS}/toiawase/toiawase.php",
    "toiawase.js": f"{PLUGINS}/toiawase/toiawase.js",
    "few-pages.php": "wp-content/mu-plugins/few-pages.php",
    "translations.php": "wp-content/mu-plugins/translations.php",
    "robots.txt": "robots.txt",
}
"""Files of ours and where they belong in the site."""


def _install(cms: WordPress) -> None:
    """Copy WordPress, let it install itself, and make the shop's site."""
    for name in ("index.php", "xmlrpc.php", "wp-admin", "wp-includes", "wp-content/themes"):
        _copy(PACKAGE / name, cms.site / name)
    for file in PACKAGE.glob("wp-*.php"):
        _copy(file, cms.site / file.name)
    _copy(PACKAGE / PLUGINS, cms.site / PLUGINS)
    _copy(PACKAGE / "wp-content/languages/ja.mo", cms.site / "wp-content/languages/ja.mo")
    for name, to in _OURS.items():
        text = (HERE / name).read_text(encoding="utf-8")
        (cms.site / to).parent.mkdir(parents=True, exist_ok=True)
        (cms.site / to).write_text(text.replace("DATABASE", str(cms.site.parent / "database")))
    (cms.site / "wp-content/uploads").mkdir()
    (cms.site / ".htaccess").touch()
    for made in ("wp-content/uploads", ".htaccess"):
        (cms.site / made).chmod(0o777)
    cms.php(
        "require ABSPATH . 'wp-admin/includes/upgrade.php';"
        "wp_install('豆腐工房みずの', 'mizuno', 'info@shop.test', true, '', 'x', 'ja');",
        install=True,
    )
    cms.php((HERE / "shop.php").read_text(encoding="utf-8").removeprefix("<?php"))


def _copy(here: Path, there: Path) -> None:
    if here.is_dir():
        shutil.copytree(here, there)
    else:
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(here, there)
