"""The names that visitors are led to: one real nginx with a certificate for each name."""

import contextlib
import os
import shutil
import socket
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.facts import fields_of, typed_facts
from tests.support.names import unbound
from tests.support.patience import BOUNDED
from tests.support.ports import free_port
from tests.support.stage import Stage
from tests.support.tls_sites import (
    CATALOG,
    HSTS,
    MODERN,
    NGINX,
    Signer,
    certificate,
    judged,
    lab_door,
    pem,
)
from tests.support.web_servers import running
from tojimari.assess.checks.site_encryption import encryption
from tojimari.collect.outside.landings import landing_certificate, landings, typed
from tojimari.collect.outside.probe import look_outside
from tojimari.collect.outside.target import Target
from tojimari.collect.outside.visit import Visit

NOW = datetime.now(UTC)
SITES: dict[str, dict[str, Any]] = {  # name -> how the certificate of www.name is made
    "fine": {},
    "expired": {"days": (-30, -1)},
    "early": {"days": (1, 30)},
    "bare-only": {"name": "bare-only.example"},
    "self-signed": {"alone": True},
    "stranger": {"stranger": True},
    "soon": {"days": (-80, 5)},
}
WANTED = {
    "fine": ("met", "good"),
    "expired": ("not_met", "landing_expired"),
    "early": ("not_met", "landing_not_yet"),
    "bare-only": ("not_met", "landing_name"),
    "self-signed": ("not_met", "landing_self_signed"),
    "stranger": ("not_met", "landing_unknown_issuer"),
    "soon": ("partly", "landing_soon"),
    "old": ("not_met", "landing_only_old"),
    "closed": ("partly", "only_there"),
}


def server(port, name, path, says):
    return (
        f"server {{ listen 127.0.0.1:{port} ssl; server_name {name}; {MODERN} {HSTS}"
        f" ssl_certificate {path}; ssl_certificate_key {path}; location / {{ {says} }} }}\n"
    )


@contextlib.contextmanager
def names(root, folder):
    """Every name.example leads to www.name.example; yield {80: port, 443: port, 8443: old port}."""
    http, https, old = free_port(), free_port(), free_port()
    folder.joinpath("authority.pem").write_bytes(pem(root.certificate))
    page = 'return 200 "hello";'
    made = f"server {{ listen 127.0.0.1:{http}; location / {{ return 301 https://$host/; }} }}\n"
    for site, how in SITES.items():
        own = certificate(site, root, folder, name=f"{site}.example")
        made += server(https, f"{site}.example", own, f"return 301 https://www.{site}.example/;")
        www = certificate(f"www.{site}", root, folder, **{"name": f"www.{site}.example"} | how)
        made += server(https, f"www.{site}.example", www, page)
    for site, name in (("wild", "*.wild.example"), ("narrow", "narrow.example")):
        own = certificate(site, root, folder, name=name)
        for host in (f"{site}.example", f"www.{site}.example"):
            made += server(https, host, own, page)
    for site, to in (("leaves", "expired.other"), ("old", "www.old.example:8443")):
        own = certificate(site, root, folder, name=f"{site}.example")
        made += server(https, f"{site}.example", own, f"return 301 https://{to}/;")
    away = certificate("expired.other", root, folder, name="expired.other", days=(-9, -1))
    made += server(https, "expired.other", away, page)
    www = certificate("www.closed", root, folder, name="www.closed.example")
    made += server(https, "www.closed.example", www, page)
    made += f"server {{ listen 127.0.0.1:{https} ssl; server_name closed.example; ssl_reject_handshake on; }}\n"
    made += (
        f"server {{ listen 127.0.0.1:{http}; server_name closed.example;"
        " return 301 https://www.closed.example/; }\n"
    )
    weak = certificate("www.old", root, folder, name="www.old.example", bits=2048)
    made += (
        f"server {{ listen 127.0.0.1:{old} ssl; ssl_protocols TLSv1 TLSv1.1;"
        f" ssl_ciphers ALL:@SECLEVEL=0; ssl_certificate {weak}; ssl_certificate_key {weak};"
        f" location / {{ {page} }} }}\n"
    )
    (folder / "conf").write_text(
        f"""{"user root;" if os.geteuid() == 0 else ""} daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 256; }}
http {{ access_log off; default_type text/html; server_names_hash_bucket_size 128;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
{made} }}
"""
    )
    command = [str(NGINX), "-p", str(folder), "-e", f"{folder}/errors", "-c", f"{folder}/conf"]
    with running(command, folder, (http, https, old)):
        yield {80: http, 443: https, 8443: old}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A egress to all of the names."""
    every = [*SITES, "leaves", "old", "closed", "wild", "narrow"]
    records = [f"{www}{site}.example. A 127.0.0.1" for site in every for www in ("", "www.")]
    folder = Path(tempfile.mkdtemp(prefix="tojimari-led-"))
    root = Signer("test authority")
    try:
        with (
            names(root, folder) as ports,
            unbound(
                tmp_path_factory.mktemp("dns"), [*records, "expired.other. A 127.0.0.1"]
            ) as dns,
        ):

            def egress():
                made = lab_door(dns, ports[80], ports[443], folder / "authority.pem")
                made._ports[8443] = ports[8443]
                return made

            yield egress
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def target(site: str, mail: str | None = None) -> Target:
    name = f"{site}.example"
    return Target(name, name if mail is None else mail)


@pytest.fixture(scope="module")
def good(world):
    """What is seen of a site whose certificates are fine, by kind."""
    kinds = ("site.tls", "site.https")
    seen = look_outside(target("fine"), world(), catalog=CATALOG, at=NOW, kinds=kinds)
    return {one.kind: one for one in seen}


def test_a_whole_look_sees_where_it_leads_to(good):
    (row,) = fields_of(good["site.tls"])["led_to"]
    assert (row["host"], row["trusted"], row["names"]) == (
        "www.fine.example",
        True,
        ["www.fine.example"],
    )
    assert judged(good).reason == "good"


def verdict(good, tls):
    facts = {kind: fields_of(one) for kind, one in good.items()}
    return encryption(typed_facts(facts | {"site.tls": facts["site.tls"] | tls}, NOW), CATALOG)


@pytest.mark.parametrize("site", [*SITES, "old"])
def test_its_certificate_is_judged_like_the_sites_own(world, good, site):
    found = verdict(good, {"led_to": landings(Visit(target(site), world()))})
    assert (found.state, found.reason) == WANTED[site], found
    for lang in ("ja", "en"):
        said = CATALOG.reason("website-encryption", found.reason).text.say(lang, **found.numbers)
        assert site == "fine" or f"www.{site}.example" in said


def test_a_name_that_is_closed_is_not_as_bad_when_it_leads_to_an_open_one(world):
    kinds = ("site.tls", "site.https")
    seen = look_outside(target("closed"), world(), catalog=CATALOG, at=NOW, kinds=kinds)
    found = judged({one.kind: one for one in seen})
    assert (found.state, found.reason) == WANTED["closed"]
    assert found.numbers == {"host": "www.closed.example"}


def test_with_and_without_www_has_one_owner_whatever_the_mail_domain(world):
    (row,) = landings(Visit(target("expired", mail=""), world()))
    assert (row.host, row.problem) == ("www.expired.example", "expired")


TYPED = {  # the site -> what becomes of who types its other name
    "narrow.example": ("www.narrow.example", "not_met", "typed_name"),
    "www.wild.example": ("wild.example", "not_met", "typed_name"),
    "bare-only.example": ("www.bare-only.example", "not_met", "typed_name"),
    "expired.example": ("www.expired.example", "not_met", "typed_expired"),
    "self-signed.example": ("www.self-signed.example", "not_met", "typed_untrusted"),
    "early.example": ("www.early.example", "not_met", "typed_untrusted"),
    "fine.example": ("www.fine.example", "met", "good"),
    "www.fine.example": ("fine.example", "met", "good"),
}


@pytest.mark.parametrize("site", TYPED)
def test_the_name_with_or_without_www_is_looked_at_too(world, good, site):
    host, state, reason = TYPED[site]
    rows = typed(Visit(Target(site, site.removeprefix("www.")), world()))
    assert [row.host for row in rows] == [host]
    found = verdict(good, {"typed": rows, "led_to": ()})
    assert (found.state, found.reason) == (state, reason)
    for lang in ("ja", "en"):
        said = CATALOG.reason("website-encryption", found.reason).text.say(lang, **found.numbers)
        assert state == "met" or f"{host} " in said


@pytest.mark.parametrize("site", ["sub.fine.example", "www.sub.fine.example", "leaves.other"])
def test_other_names_are_not_made_up(world, site):
    assert typed(Visit(Target(site, "fine.example"), world())) == ()


def test_a_whole_look_names_what_who_types_www_meets(world):
    kinds = ("site.tls", "site.https")
    seen = look_outside(target("narrow"), world(), catalog=CATALOG, at=NOW, kinds=kinds)
    found = judged({one.kind: one for one in seen})
    assert (found.state, found.reason) == ("not_met", "typed_name")
    assert found.numbers == {"host": "www.narrow.example", "names": "narrow.example"}


def test_somebody_elses_certificate_is_not_the_owners(world):
    assert landings(Visit(target("leaves"), world())) == ()


def test_a_long_way_is_not_looked_at_to_its_end(tmp_path):
    hosts = {
        f"a{n}.shop.test": {
            "https": {
                "/": {"status": 301, "headers": [["Location", f"https://a{n + 1}.shop.test/"]]}
            }
        }
        for n in range(9)
    }
    stage = Stage(tmp_path, [{"site": "a0.shop.test", "hosts": hosts}])
    try:
        rows = landings(Visit(Target("a0.shop.test", "shop.test"), stage.egress()))
    finally:
        stage.stop()
    assert [row.host for row in rows] == ["a1.shop.test", "a2.shop.test", "a3.shop.test"]


def test_a_server_that_stops_talking_costs_seconds(world):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        egress = world()
        egress._ports[443] = silent.getsockname()[1]
        before = time.monotonic()
        row = landing_certificate(egress, "www.fine.example", 443)
    assert (row.trusted, row.problem) == (None, None)
    assert time.monotonic() - before < BOUNDED


def test_what_was_not_seen_is_not_fine(good):
    row = fields_of(good["site.tls"])["led_to"][0]
    silent = row | {"trusted": None, "names": [], "not_after": None}
    assert verdict(good, {"led_to": [silent]}).state == "unknown"
    assert verdict(good, {"led_to": None}).state == "unknown"


def test_facts_from_before_are_judged_as_before(good):
    old = {kind: dict(fields_of(one)) for kind, one in good.items()}
    for name in ("led_to", "forward_secrecy_some", "typed"):
        del old["site.tls"][name]
    del old["site.https"]["by_page"]
    assert encryption(typed_facts(old, NOW), CATALOG).reason == "good"
