"""The encryption of real nginx servers, good and bad; and what is no TLS at all."""

import contextlib
import socket
import threading

import pytest

from tests.support.facts import fields_of
from tests.support.names import unbound
from tests.support.ports import free_port
from tests.support.tls_sites import CATALOG, NOW, SITES, judged, lab_door, sites
from tojimari.collect.outside.egress import Egress
from tojimari.collect.outside.probe import look_outside
from tojimari.collect.outside.target import Target

WANTED = {
    "good": ("met", "good"),
    "plain": ("not_met", "no_redirect"),
    "no-hsts": ("partly", "no_hsts"),
    "old-too": ("partly", "old"),
    "only-old": ("not_met", "only_old"),
    "expired": ("not_met", "expired"),
    "soon": ("partly", "soon"),
    "wrong-name": ("not_met", "name"),
    "self-signed": ("not_met", "self_signed"),
    "stranger": ("not_met", "unknown_issuer"),
    "incomplete": ("not_met", "unknown_issuer"),
    "chained": ("met", "good"),
    "turned": ("met", "good_order"),
    "no-secrecy": ("partly", "no_secrecy"),
    "some-secrecy": ("met", "good_secrecy"),
    "staple-owed": ("not_met", "staple"),
    "stapled": ("met", "good"),
    "stapled-late": ("met", "good"),
}


@pytest.fixture(scope="module")
def doors(tmp_path_factory):
    """Site -> a egress that leads there."""
    names = [f"{site}.example. A 127.0.0.1" for site in SITES]
    with sites() as (ports, authority), unbound(tmp_path_factory.mktemp("dns"), names) as dns:
        yield lambda site, https=None, http=None: lab_door(
            dns, http or ports[site][0], https or ports[site][1], authority
        )


def look(egress: Egress, site: str):
    target = Target(f"{site}.example", f"{site}.example")
    seen = look_outside(target, egress, catalog=CATALOG, at=NOW, kinds=("site.tls", "site.https"))
    return {o.kind: o for o in seen}


@pytest.mark.parametrize("site", SITES)
def test_what_nginx_offers_is_seen_and_judged(doors, site):
    seen = look(doors(site), site)
    verdict = judged(seen)
    assert (verdict.state, verdict.reason) == WANTED[site], (verdict, seen["site.tls"])
    CATALOG.reason("website-encryption", verdict.reason).text.say("ja", **verdict.numbers)


def test_versions_and_ciphers_are_named(doors):
    good = fields_of(look(doors("good"), "good")["site.tls"])
    assert good["versions"] == ["TLSv1.2", "TLSv1.3"]
    assert (good["forward_secrecy"], good["weak_ciphers"], good["key"]) == (True, [], "EC 256")
    assert good["names"] == ["good.example"]
    old = fields_of(look(doors("old-too"), "old-too")["site.tls"])
    assert old["versions"] == ["TLSv1.0", "TLSv1.1", "TLSv1.2"]
    assert old["forward_secrecy"] is False
    assert any("NULL" in name or "anon" in name for name in old["weak_ciphers"])


def test_hsts_is_read(doors):
    found = fields_of(look(doors("good"), "good")["site.https"])
    assert (found["hsts_days"], found["hsts_subdomains"]) == (365, True)
    assert fields_of(look(doors("no-hsts"), "no-hsts")["site.https"])["hsts_days"] is None


@pytest.fixture
def talker():
    """A server that treats every connection as told: call with a function of the socket."""
    servers = []

    def start(behave) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connected, _ = server.accept()
                    threading.Thread(target=play, args=(connected,), daemon=True).start()

        def play(connected) -> None:
            with contextlib.suppress(OSError), connected:
                behave(connected)

        threading.Thread(target=serve, daemon=True).start()
        return int(server.getsockname()[1])

    yield start
    for server in servers:
        server.close()


def test_what_is_no_tls_is_not_offered(doors, talker):
    def plain(connected):
        connected.recv(100)
        connected.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")

    for behave in (plain, lambda connected: connected.recv(10)):
        seen = look(doors("good", talker(behave)), "good")
        assert fields_of(seen["site.tls"])["offered"] is False
        assert judged(seen).reason == "none"


def test_no_door_at_all_is_not_offered(doors):
    seen = look(doors("good", free_port()), "good")
    assert judged(seen).reason == "none"
    assert fields_of(seen["site.https"])["https"] is False


def test_a_site_that_is_down_everywhere_is_unknown(doors):
    closed = free_port()
    found = look(doors("good", closed, closed), "good")
    assert {kind: fields_of(one) for kind, one in found.items()} == {
        "site.tls": None,
        "site.https": None,
    }


def test_nothing_is_left_behind_by_a_look(doors):
    """Each look left a thread and eight megabytes behind: a thousand sites took three gigabytes."""
    for _ in range(2):
        look(doors("good"), "good")
    engine = [one for one in threading.enumerate() if type(one).__module__.startswith("sslyze")]
    for one in engine:
        one.join(5)
    assert not [one for one in engine if one.is_alive()]
