"""Time stamps on heads, from a server that answers with what real ``openssl ts`` made."""

import contextlib
import http.server
import subprocess
import threading
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.pressing import run_tasks
from tests.support.records import opened, taken, verified
from tojimari.portal.incidents import timestamps
from tojimari.portal.incidents.chain import append
from tojimari.portal.incidents.heads import sign
from tojimari.portal.incidents.models import IncidentHead
from tojimari.portal.incidents.timestamps import stamp_head, stamp_waiting
from tojimari.respond.record import stamp

pytestmark = pytest.mark.django_db

_CONFIG = """
[tsa]
default_tsa = own
[own]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
"""


def openssl(*words: str, **more) -> bytes:
    done = subprocess.run(["openssl", *words], capture_output=True, check=True, **more)
    return done.stdout


class Authority:
    """A time-stamp authority with its own root, by openssl."""

    def __init__(self, folder, name: str) -> None:
        self.folder = folder / name
        self.folder.mkdir()
        self.ca, self.key = self.folder / "ca.pem", self.folder / "tsa.key"
        self.cert = self.folder / "tsa.pem"
        new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        root = ("-x509", "-days", "30", "-subj", f"/CN={name} root")
        openssl(*new, *root, "-keyout", f"{self.folder}/ca.key", "-out", str(self.ca))
        asked = self.folder / "tsa.csr"
        openssl(*new, "-subj", f"/CN={name} tsa", "-keyout", str(self.key), "-out", str(asked))
        use = self.folder / "use.cnf"
        use.write_text("extendedKeyUsage = critical,timeStamping\n")
        openssl(
            *("x509", "-req", "-in", str(asked), "-CA", str(self.ca), "-days", "30"),
            *("-CAkey", f"{self.folder}/ca.key", "-CAcreateserial", "-extfile", str(use)),
            *("-out", str(self.cert)),
        )
        (self.folder / "serial").write_text("01\n")
        self.config = self.folder / "tsa.cnf"
        self.config.write_text(_CONFIG.format(folder=self.folder))

    def answer(self, query: bytes) -> bytes:
        asked, made = self.folder / "query.tsq", self.folder / "reply.tsr"
        asked.write_bytes(query)
        openssl(
            *("ts", "-reply", "-config", str(self.config), "-section", "own"),
            *("-queryfile", str(asked), "-signer", str(self.cert), "-inkey", str(self.key)),
            *("-out", str(made)),
        )
        return made.read_bytes()

    def query(self, data: bytes, *words: str) -> bytes:
        """A request for something else than was asked."""
        file = self.folder / "other"
        file.write_bytes(data)
        return openssl("ts", "-query", "-data", str(file), "-sha512", "-cert", *words)


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    folder = tmp_path_factory.mktemp("authorities")
    return Authority(folder, "good"), Authority(folder, "other")


class Server:
    """A time-stamp server; ``answer`` makes what it sends of what it was asked."""

    def __init__(self, answer) -> None:
        self.answer, self.status = answer, 200
        self.asked: list[tuple[str, bytes]] = []
        self.headers = {"Content-Type": "application/timestamp-reply"}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked.append((self.headers["Content-Type"], body))
                data = outer.answer(body)
                self.send_response(outer.status)
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/tsr?x=1"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def serve(settings, authorities):
    servers = []

    def make(answer) -> Server:
        made = Server(answer)
        servers.append(made)
        settings.TIMESTAMP_URL = made.address
        settings.TIMESTAMP_CA = str(authorities[0].ca)
        return made

    yield make
    for one in servers:
        one.stop()


def head_of(world) -> IncidentHead:
    return IncidentHead.objects.of(world.company).latest("number")


def test_a_head_is_stamped_and_the_export_carries_it(world, serve, authorities, tmp_path, capsys):
    good, other = authorities
    server = serve(good.answer)
    found = opened(world)
    sign(found)
    run_tasks()
    head = head_of(world)
    assert abs(datetime.now(UTC) - head.stamped_at) < timedelta(minutes=2)
    ((kind, body),) = server.asked
    assert kind == "application/timestamp-query"
    assert head.jws.encode() not in body
    # openssl itself finds it good.
    (tmp_path / "head").write_text(head.jws)
    (tmp_path / "stamp.tsr").write_bytes(bytes(head.stamp))
    found_good = openssl(
        *("ts", "-verify", "-data", str(tmp_path / "head"), "-in", str(tmp_path / "stamp.tsr")),
        *("-CAfile", str(good.ca)),
    )
    assert b"OK" in found_good
    data = taken(world, found)
    printed = ("--printed", head.digest)
    code, said = verified(capsys, tmp_path, data, *printed)
    assert (code, "were not checked" in said) == (0, True)
    code, said = verified(capsys, tmp_path, data, *printed, "--ca", str(good.ca))
    assert (code, "is stamped by an authority you trust" in said) == (0, True)
    # Somebody else's stamp says nothing, and breaks nothing.
    code, said = verified(capsys, tmp_path, data, *printed, "--ca", str(other.ca))
    assert (code, "were not checked" in said) == (0, True)
    shown = world.client("owner").get(f"/c/{world.company.pk}/incidents/{found.pk}/")
    assert "外の機関による時刻の証明" in shown.content.decode()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda good, other, jws: other.answer(good.query(jws)), "other"),
        (lambda good, other, jws: other.answer(good.query(b"something else")), "false"),
        (lambda good, other, jws: good.answer(good.query(b"something else")), "false"),
        (lambda good, other, jws: good.answer(good.query(jws))[:-1] + b"\x00", "false"),
        (lambda good, other, jws: b"garbage", "false"),
    ],
    ids=["signer", "signer-imprint", "imprint", "signature", "garbage"],
)
def test_a_stamp_is_false_only_for_what_it_stamps_or_its_signature(authorities, spoil, why):
    good, other = authorities
    trusted = stamp.certificates(good.ca.read_bytes())
    with pytest.raises(stamp.BadStamp) as raised:
        stamp.stamped_at(spoil(good, other, b"head"), b"head", trusted)
    assert isinstance(raised.value, stamp.OtherSigner) == (why == "other")


def test_a_stamp_of_somebody_else_hides_no_good_one(world, serve, authorities, tmp_path, capsys):
    good, other = authorities
    server = serve(good.answer)
    found = opened(world)
    sign(found)
    run_tasks()
    append(found, "note", "later")
    server.answer = other.answer
    head = sign(found)
    run_tasks()
    answer = other.answer(good.query(head.jws.encode()))
    IncidentHead.objects.of(world.company).filter(pk=head.pk).update(stamp=answer)
    data = taken(world, found)
    code, said = verified(capsys, tmp_path, data, "--printed", head.digest, "--ca", str(good.ca))
    assert (code, "lines up to 1 existed" in said) == (0, True), said


@pytest.mark.parametrize(
    "answering",
    [
        lambda good, other: lambda body: good.answer(good.query(b"something else")),
        lambda good, other: other.answer,
        lambda good, other: lambda body: b"",
        lambda good, other: lambda body: b"\x30\x82\xff\xff" + bytes(200),
        lambda good, other: lambda body: b"x" * 70_000,
        lambda good, other: lambda body: good.answer(body)[:-7],
        lambda good, other: lambda body: good.answer(body)[:-1] + b"\x00",
        lambda good, other: lambda body: bytes.fromhex("30053003020102"),  # refused: status 2
    ],
    ids=["imprint", "untrusted", "empty", "garbage", "large", "cut", "signature", "refused"],
)
def test_what_is_no_stamp_of_it_is_not_stored(world, serve, authorities, answering):
    server = serve(answering(*authorities))
    sign(opened(world))
    run_tasks()
    head = head_of(world)
    assert (bytes(head.stamp), head.stamped_at, head.tries) == (b"", None, 1)
    assert len(server.asked) == 1


def test_a_stamp_of_before_is_no_answer(world, serve, authorities):
    """The same bytes stamped, but for another request: its nonce tells."""
    good = authorities[0]
    found = opened(world)
    head = sign(found)  # no server is set yet
    serve(lambda _: good.answer(good.query(head.jws.encode())))
    stamp_head.func(head.pk)
    assert head_of(world).stamped_at is None
    serve(lambda _: good.answer(good.query(head.jws.encode(), "-no_nonce")))
    stamp_head.func(head.pk)
    assert head_of(world).stamped_at is None


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (500, {}),
        (302, {"Location": "http://127.0.0.1:1/"}),
        (200, {"Content-Type": "text/html"}),
    ],
)
def test_other_answers_are_none(world, serve, authorities, status, headers):
    server = serve(authorities[0].answer)
    server.status, server.headers = status, server.headers | headers
    sign(opened(world))
    run_tasks()
    assert head_of(world).stamped_at is None
    assert len(server.asked) == 1


def test_silence_ends_and_is_tried_again(world, serve, authorities, monkeypatch):
    waiting = threading.Event()

    def silent(body):
        waiting.wait(5)
        return b""

    serve(silent)
    monkeypatch.setattr(timestamps, "SILENCE_SECONDS", 0.3)
    found = opened(world)
    sign(found)
    run_tasks()
    waiting.set()
    append(found, "note", "the record goes on")
    assert head_of(world).tries == 1
    serve(authorities[0].answer)
    stamp_waiting.func()
    run_tasks()
    head = head_of(world)
    assert (head.tries, head.stamped_at is not None) == (2, True)
    stamp_waiting.func()
    run_tasks()
    assert head_of(world).tries == 2


def test_drops_that_never_end_are_ended_as_a_whole(serve, authorities, monkeypatch):
    import time

    stop = threading.Event()

    server = serve(lambda body: b"")
    handler = server.server.RequestHandlerClass

    def drip(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.end_headers()
        with contextlib.suppress(OSError):
            while not stop.wait(0.1):
                self.wfile.write(b"x")
                self.wfile.flush()

    monkeypatch.setattr(handler, "do_POST", drip)
    monkeypatch.setattr(timestamps, "WHOLE_SECONDS", 1.0)
    begun = time.monotonic()
    try:
        data = timestamps.fetch(server.address, b"x", at_most=60_000)
    except timestamps.NoStamp:
        data = b""
    finally:
        stop.set()
    assert time.monotonic() - begun < 8
    assert len(data) < 1000


def test_without_a_server_nothing_is_asked(world, settings):
    settings.TIMESTAMP_URL = ""
    sign(opened(world))
    stamp_waiting.func()
    run_tasks()
    assert head_of(world).tries == 0
