"""Hostile servers cost bounded time and memory, and never more than "unknown"."""

import ipaddress
import socket
import ssl
import threading
import time
import tracemalloc
from datetime import UTC, datetime

import dns.resolver
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.facts import typed_facts
from tests.support.hostile import PLAYS, chain, drip, names, say, serving
from tests.support.patience import BOUNDED
from tests.support.stage import Authority, Stage
from tojimari.assess.check import all_checks
from tojimari.catalog import load_catalog
from tojimari.collect.host import Nonsense, TookTooLong, Unavailable
from tojimari.collect.outside.address_policy import is_public_address
from tojimari.collect.outside.egress import (
    AGENT,
    BODY_BYTES,
    LAB_REQUESTS_A_SECOND,
    REQUESTS_A_SECOND,
    Egress,
    pace_for,
)
from tojimari.collect.outside.errors import NotPermitted
from tojimari.collect.outside.probe import look_outside
from tojimari.collect.outside.probes.tls import tls
from tojimari.collect.outside.relay import Relay
from tojimari.collect.outside.replies import RedirectChain, Reply
from tojimari.collect.outside.target import Target
from tojimari.collect.outside.visit import Visit, read_page

NOW = datetime.now(UTC)
CATALOG = load_catalog()
SECONDS = 1.0
"""What a request may take here."""
MUCH = 60_000_000


def resolver(port: int) -> dns.resolver.Resolver:
    made = dns.resolver.Resolver(configure=False)
    made.nameservers, made.port, made.lifetime = ["127.0.0.1"], port, 2
    return made


@pytest.fixture(scope="module")
def here():
    with names(["127.0.0.1"]) as (port, _):
        yield port


def egress(here: int, port: int, secure: int | None = None) -> Egress:
    ports = {80: port, 443: secure or port}
    return Egress(lab=True, resolver=resolver(here), ports=ports, requests_a_second=1000)


def ends_well(ask) -> RedirectChain | None:
    """Return what was answered, None for "unavailable"; nothing else may happen."""
    before = time.monotonic()
    try:
        found = ask()
    except Unavailable:
        found = None
    assert time.monotonic() - before < BOUNDED
    return found


@pytest.mark.parametrize("name", PLAYS)
def test_a_hostile_answer_costs_little(here, name):
    with serving(PLAYS[name]) as port:
        way = egress(here, port)
        tracemalloc.start()
        try:
            found = ends_well(lambda: way.get("http://shop.example/", seconds=SECONDS))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < MUCH
    if found is not None:
        assert all(len(reply.body) <= BODY_BYTES for reply in found.replies)
        assert len(found.replies) <= 11


def test_an_endless_chain_of_redirects_ends(here):
    with chain() as port:
        found = ends_well(lambda: egress(here, port).get("http://shop.example/", seconds=SECONDS))
    assert found is None or found.stopped


@pytest.mark.parametrize(
    "play", [drip(b"\x16\x03\x03" * 2000), say(b"", wait=20), say(b"\0" * 999)]
)
def test_a_hostile_handshake_costs_little(here, play):
    with serving(play) as port:
        way = egress(here, port)
        assert ends_well(lambda: way.get("https://shop.example/", seconds=SECONDS)) is None


def test_a_drip_inside_tls_costs_little(here, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Authority(tmp_path).pem(("shop.example",)))
    with serving(PLAYS["drip of body"], context=context) as port:
        way = egress(here, port)
        assert ends_well(lambda: way.get("https://shop.example/", seconds=SECONDS)) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400), well=st.booleans())
def test_any_bytes_are_an_answer_or_none(here, data, well):
    with serving(say((b"HTTP/1.1 200 OK\r\n" if well else b"") + data)) as port:
        way = egress(here, port)
        ends_well(lambda: way.get("http://shop.example/", seconds=SECONDS))


PRIVATE = [
    "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
    "100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "ff02::1",
    "fd00:ec2::254", "192.0.0.192", "168.63.129.16", "2001:0:7f00:1::80ff:fffe",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(address):
    assert not is_public_address(address)
    with pytest.raises(NotPermitted):
        Egress().addresses(address)


@pytest.mark.parametrize(
    "spelling", ["127.1", "0x7f.1", "2130706433", "0177.0.0.1", "localhost.", "[::1]"]
)
def test_odd_spellings_lead_nowhere(here, spelling):
    way = Egress(resolver=resolver(here))
    with pytest.raises(Unavailable):
        way.get(f"http://{spelling}/", seconds=SECONDS)


@given(st.ip_addresses())
def test_what_may_be_visited_is_global(address):
    if is_public_address(str(address)):
        assert address.is_global
        assert not address.is_multicast
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            assert address.ipv4_mapped.is_global


@pytest.mark.parametrize(
    "answer", [["127.0.0.1"], ["93.184.216.34", "10.0.0.5"], ["169.254.169.254"]]
)
def test_a_public_name_for_a_private_address_is_refused(answer):
    with names(answer) as (port, _):
        way = Egress(resolver=resolver(port))
        with pytest.raises(NotPermitted):
            way.get("http://shop.example/", seconds=SECONDS)


def test_a_name_is_asked_once_and_pinned():
    """Rebinding: a public address when it is looked at, a private one when it is dialled."""
    with names(["93.184.216.34"], ["127.0.0.1"]) as (port, asked):
        way = Egress(resolver=resolver(port))
        assert way.addresses("shop.example") == ("93.184.216.34",)
        assert way.addresses("SHOP.example.") == ("93.184.216.34",)
    assert len(asked) == 1


@pytest.mark.parametrize("target", ["http://127.0.0.1/", "http://169.254.169.254/latest", "http://[::1]/",
                                    "http://inside.example/", "https://0x7f.1/"])  # fmt: skip
def test_a_redirect_inside_is_not_followed(target):
    """The first answer comes from a pinned public address that a lab stands in for."""
    head = f"HTTP/1.1 302 x\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n".encode()
    with serving(say(head)) as port, names(["127.0.0.1"]) as (dns_port, _):
        way = Egress(resolver=resolver(dns_port))
        way._pins["shop.example"] = ("127.0.0.1",)
        way._ports = {80: port}
        found = way.get("http://shop.example/", seconds=SECONDS)
    assert len(found.replies) == 1
    assert found.stopped


def test_the_passage_for_engines_ends_with_its_deadline(here):
    with serving(drip(b"\x16\x03\x03" * 2000), asked=False) as port:
        with Relay(egress(here, port), "shop.example", 443, seconds=0.5, limit=10**6) as relay:
            with socket.create_connection(("127.0.0.1", relay.port), timeout=10) as connected:
                while connected.recv(4096):
                    continue
        assert relay.late


def test_the_passage_for_engines_has_a_limit(here):
    with serving(say(b"a" * 65536, times=1000), asked=False) as port:
        with Relay(egress(here, port), "shop.example", 443, seconds=20, limit=200_000) as relay:
            with socket.create_connection(("127.0.0.1", relay.port), timeout=10) as connected:
                got = 0
                while piece := connected.recv(65536):
                    got += len(piece)
        assert relay.late
        assert got <= 200_000


def test_a_server_that_is_nice_only_once_makes_tls_unknown(here, tmp_path, monkeypatch):
    from tojimari.collect.outside.probes import tls as module

    monkeypatch.setattr(module, "_ALL_SECONDS", 2.0)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Authority(tmp_path).pem(("shop.example",)))
    turns = threading.Lock()
    nice = [True]

    def play(connected) -> None:
        with turns:
            first, nice[0] = nice[0], False
        if first:
            context.wrap_socket(connected, server_side=True).unwrap()
        else:
            drip(b"\x16\x03\x03\x40\x00" + b"a" * 5000, pause=0.5)(connected)

    with serving(play, asked=False) as port:
        with pytest.raises(Unavailable):
            tls(Visit(Target("shop.example", "shop.example"), egress(here, port)))


@pytest.mark.parametrize(
    "name", ["silence", "drip of headers", "bomb", "no http", "endless headers", "reset"]
)
def test_a_whole_look_at_a_hostile_site_is_never_fine(here, name, monkeypatch):
    from tojimari.collect.outside import egress as module

    monkeypatch.setattr(
        module.Egress.get,
        "__kwdefaults__",
        (module.Egress.get.__kwdefaults__ or {}) | {"seconds": SECONDS},
    )
    kinds = {"site.https", "site.headers", "site.content", "site.exposed", "site.software"}
    with serving(PLAYS[name]) as port:
        found = look_outside(
            Target("shop.example"), egress(here, port), catalog=CATALOG, at=NOW, kinds=kinds
        )
    assert {one.kind for one in found} == kinds
    for one in found:
        if one.fact is None:
            assert one.not_seen.reason in ("timed_out", "unreachable", "nonsense"), one
            continue
        for check in all_checks().values():
            if check.reads == (one.kind,):
                verdict = check.judge(typed_facts({one.kind: one.fact}, NOW), CATALOG)
                assert verdict.state != "met" or one.kind in ("site.content", "site.exposed"), one


def test_only_reading_requests_are_sent_and_they_say_who_asks(tmp_path):
    page = {"status": 200, "headers": [["content-type", "text/html"]],
            "body": '<a href="/contact">c</a><a href="/logout">x</a><form method="post" action="/send"><input name="a"></form>'}  # fmt: skip
    robots = {"status": 200, "headers": [], "body": "User-agent: Tojimari\nDisallow: /contact"}
    paths = {"/": page, "/robots.txt": robots, "/contact": page, "/logout": page}
    stage = Stage(
        tmp_path,
        [{"site": "a.shop.test", "hosts": {"a.shop.test": {"http": paths, "https": paths}}}],
    )
    heard: list[tuple[str, str, str]] = []
    stage.listen(lambda method, path, agent: heard.append((method, path, agent)))
    try:
        look_outside(Target("a.shop.test"), stage.egress(), catalog=CATALOG, at=NOW)
    finally:
        stage.stop()
    ours = [one for one in heard if one[0]]
    assert {method for method, _, _ in ours} <= {"GET", "HEAD", "OPTIONS"}
    assert not [path for _, path, _ in ours if path in ("/contact", "/logout", "/send")]
    assert {agent for _, _, agent in ours if agent} == {AGENT}


def test_machines_of_others_are_asked_slowly_and_a_labs_own_fast():
    assert pace_for("1.1.1.1") == pace_for("2606:4700::1111") == REQUESTS_A_SECOND
    assert pace_for("127.0.0.1") == pace_for("192.168.1.1") == LAB_REQUESTS_A_SECOND


def test_requests_wait_for_their_turn(here):
    with serving(say(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")) as port:
        way = Egress(lab=True, resolver=resolver(here), ports={80: port}, requests_a_second=20)
        before = time.monotonic()
        for host in ("a.example", "b.example"):  # two names of one machine
            for _ in range(5):
                way.get(f"http://{host}/")
        assert time.monotonic() - before >= 9 / 20 * 0.9
        way.wait_turn("a.example")
        with pytest.raises(TookTooLong):
            way.get("http://b.example/", seconds=0.01)


@pytest.mark.parametrize("unit", ["<div>", "<ul><li>", "<x-y>", "<DIV a=1>", "<section><div>"])
def test_a_page_nested_without_end_is_not_parsed(unit):
    """Found on the watch: half a megabyte of these held the parser for 23 seconds."""
    before = time.thread_time()
    with pytest.raises(Nonsense):
        read_page(Reply("http://a.example/", 200, (), unit.encode() * 50_000))
    assert time.thread_time() - before < 10


@pytest.mark.parametrize("unit", [" a{}=1", " a{}", "/a{}", " a{}='b'", "\n a{}"])
def test_an_element_with_attributes_without_end_is_not_parsed(unit):
    """Found on the watch: two megabytes of these held the parser for four minutes."""
    body = "<div" + "".join(unit.format(number) for number in range(100_000)) + ">"
    with pytest.raises(Nonsense):
        read_page(Reply("http://a.example/", 200, (), body.encode()))


def test_long_attributes_are_read_and_japanese_encodings_too():
    body = '<img src="data:image/png;base64,' + "ab/c " * 100_000 + '"><title>戸締まり</title>'
    for encoding in ("utf-8", "cp932", "euc_jp"):
        page = read_page(Reply("http://a.example/", 200, (), body.encode(encoding)))
        assert page.tree.css_first("title").text() == "戸締まり"


@pytest.mark.parametrize(
    "unit", ["<p>x", "<br>", "<li>x", "<td>", "<b>x</b>", "<div></div>", "<img src=a>"]
)
def test_a_long_page_is_read(unit):
    read_page(Reply("http://a.example/", 200, (), unit.encode() * 50_000))
