"""Where on a site what should not be seen is looked for, and what only looks like it."""

import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from tests.support.facts import fields_of
from tests.support.stage import Stage
from tests.support.web_servers import NGINX, nginx
from tojimari.catalog import load_catalog
from tojimari.collect.outside.exposed_paths import EXPOSED_PATHS, exposed_paths_of
from tojimari.collect.outside.probe import look_outside
from tojimari.collect.outside.probes import exposed
from tojimari.collect.outside.target import Target

CATALOG = load_catalog()
NOW = datetime.now(UTC)
CONFIG = {"headers": [["content-type", "text/plain"]], "body": "define('DB_PASSWORD', 'x');\n"}
LOG_IN = "<form><input name=u><input name='p' type = 'password'></form>"


def page(body: str):
    return {"headers": [["content-type", "text/html"]], "body": f"<!doctype html>{body}"}


def file(body: str):
    return {"headers": [["content-type", "application/octet-stream"]], "body": body}


def to(url: str):
    return {"status": 302, "headers": [["location", url]]}


FOUND = {
    # A site that lies in a folder.
    "redirect": (
        {"/": to("/wp/"), "/wp/": page("x"), "/wp/wp-config.php.bak": CONFIG},
        "/wp/wp-config.php.bak",
    ),
    "refresh": (
        {
            "/": page('<meta http-equiv="refresh" content="0; url=home/index.html">'),
            "/home/.env": file("DB_PASSWORD=x"),
        },
        "/home/.env",
    ),
    "frame": (
        {"/": page("<frameset><frame src='/a/b/top.html'>"), "/a/b/backup.zip": file("PK\x03\x04")},
        "/a/b/backup.zip",
    ),
    "wordpress-below": (
        {
            "/": page('<link rel=stylesheet href="/wordpress/wp-content/themes/t/style.css">'),
            "/wordpress/wp-login.php": page('<form id="loginform">'),
        },
        "/wordpress/wp-login.php",
    ),
    # Pages to log in.
    "eccube": (
        {
            "/": page("x"),
            "/admin/": to("/admin/login"),
            "/admin/login": page("<script>" + "x" * 20_000 + "</script>" + LOG_IN),
        },
        "/admin/",
    ),
    "movable-type": (
        {"/": page("x"), "/mt/mt.cgi": page("<title>サインイン | Movable Type Pro</title>")},
        "/mt/mt.cgi",
    ),
    "phpmyadmin": (
        {"/": page("x"), "/phpMyAdmin/": page("<title>phpMyAdmin</title>")},
        "/phpMyAdmin/",
    ),
    # Names.
    "named": ({"/": page("x"), "/named.shop.test.zip": file("PK\x03\x04")}, "/named.shop.test.zip"),
    "label": ({"/": page("x"), "/shop.sql": file("-- MySQL dump 10.13")}, "/shop.sql"),
    "local": ({"/": page("x"), "/.env.local": file("API_KEY=x")}, "/.env.local"),
    "save": ({"/": page("x"), "/wp-config.php.save": CONFIG}, "/wp-config.php.save"),
    "tgz": ({"/": page("x"), "/backup.tgz": file("PK\x03\x04")}, "/backup.tgz"),
}
NOTHING = {
    "customers-log-in": {"/": page("x"), "/admin/": to("/login"), "/login": page(LOG_IN)},
    "all-log-in": {"/": page("x"), "*": to("/login"), "/login": page(LOG_IN)},
    "log-in-elsewhere": {"/": page("x"), "/admin/": to("https://other.shop.test/admin/")},
    "page-about-it": {
        "/": page("x"),
        "/mt/mt.cgi": page("<title>Not found</title> Movable Type"),
        "/phpMyAdmin/": page("phpMyAdmin"),
        "/backup.tgz": page("PK\x03\x04"),
        "/wp-content/updraft/": page("<title>Index of /wp-content/updraft/</title> nothing"),
        "/wp-content/ai1wm-backups/": page('<a href="backup.zip">x</a>'),
    },
    # Shows one page below the folder, whatever is asked for.
    "yes-man": {"/": to("/wp/"), "/wp/": page("x"), "*": page(LOG_IN)},
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    sites = {name: paths for name, (paths, _) in FOUND.items()} | NOTHING
    hosts = {f"{name}.shop.test": {"https": paths} for name, paths in sites.items()}
    hosts["other.shop.test"] = {"https": {"*": page(LOG_IN)}}
    made = Stage(tmp_path_factory.mktemp("stage"), [{"site": "x", "hosts": hosts}])
    yield made
    made.stop()


def seen(stage, name, ports=None):
    site = f"{name}.shop.test"
    (found,) = look_outside(
        Target(site, site), stage.egress(ports), catalog=CATALOG, at=NOW, kinds={"site.exposed"}
    )
    assert found.fact is not None, found.not_seen
    return fields_of(found)


@pytest.mark.parametrize("name", FOUND)
def test_what_lies_open_is_found(stage, name):
    assert [row["path"] for row in seen(stage, name)["found"]] == [FOUND[name][1]]


@pytest.mark.parametrize("name", NOTHING)
def test_what_only_looks_like_it_is_not(stage, name):
    assert seen(stage, name)["found"] == []


def test_a_folder_is_searched_only_where_the_site_shows_one(stage):
    heard: Counter[str] = Counter()
    stage.listen(lambda _, path, __: heard.update([path]))
    assert seen(stage, "tgz")["tried"] == len(exposed_paths_of("tgz.shop.test"))
    assert not [path for path in heard if path.startswith("/wp/")]
    heard.clear()
    tried = seen(stage, "redirect")["tried"]
    stage.listen(lambda *_: None)
    assert tried == len(exposed_paths_of("redirect.shop.test", ["/wp/"]))
    assert heard["/wp/.git/HEAD"] == heard["/.git/HEAD"] == 1
    assert sum(heard.values()) < tried + 10


def test_what_was_not_asked_for_in_time_is_not_clean(stage, monkeypatch):
    monkeypatch.setattr(exposed, "_SECONDS_IN_ALL", 0.0)
    site = "tgz.shop.test"
    (found,) = look_outside(
        Target(site, site), stage.egress(), catalog=CATALOG, at=NOW, kinds={"site.exposed"}
    )
    assert found.fact is None
    assert found.not_seen.reason == "timed_out"


def test_copies_are_named_after_the_site():
    paths = {one.path for one in exposed_paths_of("www.example.co.jp")}
    for name in ("www.example.co.jp", "example.co.jp", "example"):
        assert {f"/{name}.zip", f"/{name}.tar.gz", f"/{name}.sql"} <= paths
    assert len(exposed_paths_of("example.co.jp")) == len(EXPOSED_PATHS) + 6


def test_a_folder_of_copies_that_a_server_lists(stage, tmp_path):
    assert NGINX, "install nginx"
    tmp_path.chmod(0o755)
    (tmp_path / "backup_2026-09-06-0453_site_0fca-db.gz").write_text("x")
    listed = f"location /wp-content/updraft/ {{ alias {tmp_path}/; autoindex on; }}"
    with nginx(stage.authority.pem(("listed.shop.test",)), secure=listed) as ports:
        fields = seen(stage, "listed", ports)
    assert {"path": "/wp-content/updraft/", "kind": "backup"} in fields["found"]


@pytest.mark.parametrize(
    "piece", [b"<input ", b"<input type", b"<input a<", b"<title>", b'href="', b"\n", b"A_"]
)
def test_pages_are_told_apart_in_linear_time(piece):
    body = (piece * 64 * 1024)[: 64 * 1024]
    before = time.process_time()
    for place in EXPOSED_PATHS:
        place.is_there(body if place.kind == "admin" else body[:4096])
    assert time.process_time() - before < 5
