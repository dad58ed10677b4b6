"""How mail servers take mail: a real postfix, well and badly set up, and servers that lie."""

import socketserver
import threading
import time
import tracemalloc
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from tests.support.facts import fields_of, typed_facts
from tests.support.hostile import drip, say, serving
from tests.support.mail_servers import MAY_RUN, postfix
from tests.support.names import answers_of
from tests.support.patience import BOUNDED
from tests.support.ports import free_port
from tests.support.stage import Authority
from tests.support.web_servers import nginx
from tests.support.zones import knot
from tojimari.assess.check import checks_of
from tojimari.catalog import load_catalog
from tojimari.collect.outside.egress import Egress
from tojimari.collect.outside.probe import look_outside
from tojimari.collect.outside.probes import mail_transport
from tojimari.collect.outside.probes.mail_transport import _covered, _policy
from tojimari.collect.outside.target import Target

NOW = datetime.now(UTC)
CATALOG = load_catalog()
HOST = "mx.shop.example"
POLICY = "version: STSv1\nmode: enforce\nmx: mx.shop.example\nmax_age: 86400\n"
needs_root = pytest.mark.skipif(not MAY_RUN, reason="postfix can only be started by root")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    zones = {
        "shop.example.": ["@ MX 10 mx", "mx A 127.0.0.1"],
        "kept.example.": [
            "@ MX 10 mx.shop.example.",
            "mta-sts A 127.0.0.1",
            '_mta-sts TXT "v=STSv1; id=20260101;"',
            '_smtp._tls TXT "v=TLSRPTv1; rua=mailto:t@kept.example"',
        ],
        "more.example.": [
            "@ MX 10 mx.shop.example.",
            '_mta-sts TXT "v=STSv1 ; id=20260101 ; later=1"',
            '_smtp._tls TXT "v=TLSRPTv1 ; rua = https://t.example/"',
        ],
        "letters.example.": [
            "@ MX 10 mx.shop.example.",
            '_mta-sts TXT "V=STSV1; id=20260101;"',
            '_smtp._tls TXT "v=tlsrptv1; rua=mailto:t@kept.example"',
        ],
        "twice.example.": [
            "@ MX 10 mx.shop.example.",
            '_mta-sts TXT "v=STSv1; id=1"',
            '_mta-sts TXT "v=STSv1; id=2"',
            '_smtp._tls TXT "v=TLSRPTv1; rua=mailto:t@kept.example"',
            '_smtp._tls TXT "v=TLSRPTv1; rua=mailto:u@kept.example"',
        ],
        "no-mail.example.": ["@ MX 0 ."],
        "bare.example.": ["@ A 127.0.0.1"],
    }
    with knot(tmp_path_factory.mktemp("knot"), zones) as resolver:
        yield resolver


def look(world: str, port: int, *, domain="shop.example", trust=None, ports=None):
    egress = answers_of(world)
    egress = Egress(
        lab=True,
        resolver=egress.resolver,
        ports={25: port, **(ports or {})},
        trust=trust,
        requests_a_second=1000,
    )
    (found,) = look_outside(
        Target(f"www.{domain}", domain),
        egress,
        catalog=CATALOG,
        at=NOW,
        kinds={"mail_domain.transport"},
    )
    return found


def judged(found):
    (check,) = checks_of("mail-transport")
    verdict = check.judge(typed_facts({found.kind: found.fact}, NOW), CATALOG)
    said = CATALOG.controls["mail-transport"].reasons[verdict.reason].text
    assert said.say("ja", **verdict.numbers)
    return verdict.state, verdict.reason


@needs_root
def test_postfix_with_a_good_certificate(world, authority):
    with postfix(authority.pem((HOST,))) as port:
        found = look(world, port, trust=authority.file)
        (server,) = fields_of(found)["servers"]
        assert server["version"] == "TLSv1.3"
        assert server["trusted"] is True
        assert judged(found) == ("met", "no_promise")
        # Nobody signed for it in the eyes of somebody who does not know the authority.
        stranger = look(world, port)
        assert fields_of(stranger)["servers"][0]["problem"] == "unknown_issuer"
        assert judged(stranger) == ("partly", "certificate")


@needs_root
def test_postfix_with_a_certificate_of_another_name(world, authority):
    with postfix(authority.pem(("other.example",))) as port:
        found = look(world, port, trust=authority.file)
        assert fields_of(found)["servers"][0]["problem"] == "name"
        assert judged(found) == ("partly", "certificate")


@needs_root
def test_postfix_without_encryption(world):
    with postfix(None) as port:
        found = look(world, port)
        assert fields_of(found)["servers"][0]["starttls"] is False
        assert judged(found) == ("not_met", "open")


@needs_root
def test_postfix_with_old_encryption_only(world, authority):
    with postfix(authority.pem((HOST,)), smtpd_tls_protocols="TLSv1", smtpd_tls_ciphers="null", tls_export_cipherlist="ALL:@SECLEVEL=0",
                 tls_null_cipherlist="ALL:@SECLEVEL=0") as port:  # fmt: skip
        found = look(world, port, trust=authority.file)
        assert fields_of(found)["servers"][0]["version"] == "TLSv1"
        assert judged(found) == ("partly", "old")


@needs_root
def test_the_promise_of_mta_sts(world, authority, tmp_path):
    pem = authority.pem((HOST,))
    web = authority.pem(("mta-sts.kept.example",))
    text = POLICY.replace("\n", "\\n")
    location = (
        f'location = /.well-known/mta-sts.txt {{ default_type text/plain; return 200 "{text}"; }}'
    )
    with postfix(pem) as port, nginx(web, secure=location) as ports:
        found = look(world, port, domain="kept.example", trust=authority.file, ports=ports)
        assert (fields_of(found)["mta_sts"], fields_of(found)["mta_sts_problem"]) == (
            "enforce",
            None,
        )
        assert fields_of(found)["tls_rpt"] is True
        assert judged(found) == ("met", "good")
        # A policy behind a certificate that nobody believes does not count.
        other = look(world, port, domain="kept.example", ports=ports)
        assert fields_of(other)["mta_sts_problem"] == "certificate"


def test_a_domain_without_mail(world):
    found = look(world, free_port(), domain="no-mail.example")
    assert judged(found) == ("not_applicable", "none")


@pytest.mark.parametrize(
    ("domain", "problem", "reports"),
    [
        ("more.example", "unreachable", True),  # promised; the file that says how is not there
        ("letters.example", None, False),  # both are read to the letter (RFC 8461, RFC 8460)
        ("twice.example", "record", False),
    ],
)
def test_records_about_encryption_are_read_as_senders_read_them(world, domain, problem, reports):
    greeting = say(b"220 hi\r\n", b"250-x\r\n250 HELP\r\n", wait=1)
    with serving(greeting, asked=False) as port:
        fields = fields_of(look(world, port, domain=domain))
    assert (fields["mta_sts_problem"], fields["tls_rpt"]) == (problem, reports)


def test_a_mail_server_that_is_down_is_unknown(world):
    found = look(world, free_port())
    assert found.fact is None
    assert found.not_seen.reason == "unreachable"


@contextmanager
def liar(*answers: bytes):
    """Say each of ``answers`` to each line, then hang up."""

    class Handler(socketserver.StreamRequestHandler):
        timeout = 5

        def handle(self) -> None:
            try:
                for answer in answers:
                    self.wfile.write(answer)
                    if not self.rfile.readline():
                        return
            except OSError:
                return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


EHLO = b"250-mx\r\n250 STARTTLS\r\n"


@pytest.mark.parametrize(
    "answers",
    [
        (b"220 mx\r\n", EHLO, b"220 go\r\n", b"not TLS at all\r\n"),
        (b"220 mx\r\n", EHLO, b"454 not now\r\n"),
        (b"220 mx\r\n", b"502 no\r\n", b"502 no\r\n"),
    ],
)
def test_a_server_that_only_says_so_does_not_encrypt(world, answers):
    with liar(*answers) as port:
        found = look(world, port)
        assert found.fact is not None, found.not_seen
        assert fields_of(found)["servers"][0]["starttls"] is False
        assert judged(found) == ("not_met", "open")


@pytest.mark.parametrize(
    "answers", [(b"554 go away\r\n",), (b"\xff\x00" * 5000 + b"\r\n",), (b"220 " + b"x" * 100_000,)]
)
def test_a_server_that_talks_nonsense_is_unknown_or_open(world, answers):
    with liar(*answers) as port:
        found = look(world, port)
        assert found.fact is None or judged(found)[0] != "met"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (POLICY, ("enforce", None)),
        (POLICY.replace("mx: mx.", "mx: *."), ("enforce", None)),
        (POLICY.replace("mx: mx.shop", "mx: other"), ("enforce", "servers")),
        (POLICY.replace("enforce", "testing"), ("testing", None)),
        ("<html>not found</html>", (None, "syntax")),
        ("", (None, "syntax")),
    ],
)
def test_policies(text, wanted):
    assert _policy(text, (HOST,)) == wanted


def test_a_star_stands_for_one_label():
    assert _covered("a.example", ["*.example"])
    assert not _covered("b.a.example", ["*.example"])
    assert not _covered("xexample", ["*.example"])


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(say(b"220 hi\r\n", b"250-x\r\n", times=10**7), id="endless lines"),
        pytest.param(say(b"220 hi\r\n", b"250-" + b"x" * 100_000, times=10**4), id="endless line"),
        pytest.param(drip(b"220 " + b"x" * 5000, pause=0.2), id="a drip of a greeting"),
        pytest.param(
            lambda c: (c.sendall(b"220 hi\r\n"), c.recv(999), drip(b"250-x\r\n" * 999, 0.2)(c)),
            id="a drip of an answer",
        ),
        pytest.param(
            lambda c: (
                c.sendall(b"220 hi\r\n"),
                c.recv(999),
                c.sendall(b"250-x\r\n250 STARTTLS\r\n"),
                c.recv(999),
                c.sendall(b"220 go\r\n"),
                drip(b"\x16\x03\x03\x40\x00" + b"\x02" * 5000, 0.2)(c),
            ),
            id="a drip of a handshake",
        ),
    ],
)
def test_a_hostile_mail_server_costs_bounded_time_and_memory(world, play, monkeypatch):
    monkeypatch.setattr(mail_transport, "_SECONDS", 1.5)
    with serving(play, asked=False) as port:
        before = time.monotonic()
        tracemalloc.start()
        try:
            look(world, port)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert time.monotonic() - before < BOUNDED
    assert peak < 20_000_000


def test_a_domain_without_a_named_server_that_takes_mail_is_looked_at(world):
    greeting = say(b"220 hi\r\n", b"250-x\r\n250 HELP\r\n", wait=1)
    with serving(greeting, asked=False) as port:
        found = look(world, port, domain="bare.example")
    (row,) = fields_of(found)["servers"]
    assert (row["host"], row["answered"], row["starttls"]) == ("bare.example", True, False)
    assert fields_of(look(world, free_port(), domain="bare.example"))["servers"] == []
