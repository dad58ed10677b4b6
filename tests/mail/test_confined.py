"""The reading process: shut in, ended in time, and what it does not finish is said."""

import base64
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.mail import made
from tojimari.mail.confined import QUEUE, Busy, Reader
from tojimari.mail.message import HTML_BYTES, LINKS, PARTS
from tojimari.mail.reading import NeedsOwnChild, read_file

ATTEMPTS = """
import json, os, socket
from tojimari.mail.confinement import shut_in
filtered = shut_in()
def refused(what):
    try:
        what()
    except OSError:
        return True
    return False
found = [refused(lambda: open("/etc/passwd")), refused(socket.socket), refused(os.fork), refused(os.pipe)]
if filtered:
    # Not even where the process runs as root and lifts its limits again.
    found += [refused(lambda: os.open("/etc/passwd", 0)), refused(lambda: os.execv("/bin/true", ["true"])), refused(lambda: os.kill(1, 0))]
os.write(1, json.dumps((filtered, found)).encode())
os._exit(0)
"""


def test_what_reads_can_open_send_and_start_nothing():
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(ATTEMPTS)],
        capture_output=True,
        check=True,
        env=dict(os.environ),
    )
    filtered, found = json.loads(done.stdout)
    assert all(found), found
    assert filtered or sys.platform != "linux"


@pytest.fixture(scope="module")
def reader():
    with Reader(ready=True) as made_ready:
        yield made_ready


KINDS = [
    made.mail("本文", "<p>本文 <a href='https://日本語.example/'>x</a></p>").as_bytes(),
    made.attached("a.png", made.code("https://evil.example")),
    made.attached("a.pdf", made.pdf("https://evil.example/pdf")),
    made.attached("a.zip", made.zipped(a__js=b"x", b__exe=made.PROGRAM)),
    made.attached("a.iso", made.disk_image("setup.exe", made.PROGRAM)),
    made.attached("a.lnk", made.shortcut("/c mshta x")),
    made.attached("a.one", made.onenote(made.PROGRAM)),
    made.attached("a.docx", made.openxml(**{"word__vbaProject.bin": b"x"})),
    made.attached("a.html", made.SMUGGLING),
    made.attached("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x01" * 600),
    "差出人: 銀行 <a@evil.example>\n件名: 至急\nhttps://日本語.example".encode("iso2022_jp"),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600,
]


@pytest.mark.parametrize("data", KINDS)
def test_shut_in_it_reads_what_it_reads_outside(reader, data):
    assert reader.read(data) == read_file(data)


@pytest.mark.parametrize("data", KINDS)
def test_read_together_it_is_the_same_as_read_alone(reader, data):
    assert reader.read(data, together=True) == read_file(data)


def test_what_stops_the_shared_child_stops_nobody_elses_mail(reader):
    plain, huge = KINDS[0], HOSTILE["nested without end"]()
    for data in (plain, huge, plain, HOSTILE["NULs"](), HOSTILE["many brackets"](), plain):
        found = reader.read(data, together=True)
        if data is plain:
            assert found == read_file(plain)
    assert reader.read(KINDS[3]) == read_file(KINDS[3])


def test_a_file_is_never_looked_into_where_others_are_read():
    for data in KINDS[1:10]:
        with pytest.raises(NeedsOwnChild):
            read_file(data, files=False)
    assert read_file(KINDS[0], files=False) == read_file(KINDS[0])


CLOSED = """
import json, os, sys
from tojimari.mail import reading_process
from tojimari.mail.batch import Batch
reading_process.prepare(())
batch = Batch(())
plain = b"From: a@b.example\\nSubject: x\\n\\ntext"
first = batch.ask(plain)
def look(*_):
    seen = []
    for each in (0, 1, *pipes):
        try:
            os.fstat(each)
            seen.append(each)
        except OSError:
            pass
    return json.dumps(seen).encode()
pipes = (batch._into, batch._out)
reading_process.answer, answer = look, reading_process.answer
seen = reading_process._forked(reading_process.Settings(), b"x", True, batch)
again = batch.ask(plain)
batch.close()
sys.stdout.write(json.dumps([json.loads(seen), min(pipes) > 1, first is not None and first == again]))
"""


def test_the_child_cannot_answer_what_others_ask():
    done = subprocess.run(
        [sys.executable, "-c", CLOSED], capture_output=True, check=True, env=dict(os.environ)
    )
    assert json.loads(done.stdout) == [[], True, True]


SELDOM = """
import os, sys
from tests.mail.test_confined import KINDS
from tojimari.mail import reading_process as process
from tojimari.mail.frames import Settings

def asked(data, ready=True):
    return process._forked(Settings(), data, ready, None)

def loaded():
    return [name for name in process.SELDOM if name in sys.modules]

for name in [*process.SELDOM, *process.OFTEN]:
    sys.modules.pop(name, None)
process.prepare(process.OFTEN)
asked(KINDS[0]), asked(KINDS[2])
before = loaded()
image = asked(KINDS[4])
after = loaded()
# A child that was taken over gets nothing by asking for it once more.
process.answer, kept = lambda *_: os._exit(3), process.answer
lied = asked(KINDS[4])
process.answer = kept
print([before, len(after) == len(process.SELDOM), image == kept(Settings(), KINDS[4]), lied == process.failed("stopped")])
"""


def test_what_few_mails_need_is_loaded_with_the_first_of_them():
    done = subprocess.run(
        [sys.executable, "-c", SELDOM], capture_output=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.decode().strip() == "[[], True, True, True]"


@pytest.mark.parametrize("number", [4, 5, 7, 9, 11])
def test_without_preparation_it_loads_what_few_mails_need(number):
    with Reader() as plain:
        assert plain.read(KINDS[number]) == read_file(KINDS[number])


def test_whoever_waits_too_long_for_his_turn_is_told_so(monkeypatch):
    monkeypatch.setattr("tojimari.mail.confined.TURN_SECONDS", 0.0)
    monkeypatch.setattr("tojimari.mail.confined._QUEUE_SECONDS", 0.0)
    with Reader() as plain:
        with plain._one, pytest.raises(Busy):
            plain.read(KINDS[0])
        held = [plain._queue.acquire(blocking=False) for _ in range(QUEUE + 1)]
        assert held == [True] * QUEUE + [False]
        with pytest.raises(Busy):  # no thread more than these ever waits here
            plain.read(KINDS[0])
        for _ in range(QUEUE):
            plain._queue.release()
        assert plain.read(KINDS[0]) == read_file(KINDS[0])


@pytest.mark.skipif(os.name != "posix", reason="counts open files")
def test_a_server_with_a_thousand_files_open_reads_mail_as_well():
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(2048, hard), hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        with Reader() as plain:
            [message] = plain.read(made.mail("本文").as_bytes())
    finally:
        for file in held:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (message.text.strip(), message.gaps) == ("本文", ())


def test_without_preparation_it_loads_what_a_file_needs():
    with Reader() as plain:
        assert plain.read(KINDS[2]) == read_file(KINDS[2])


def nested(depth: int) -> bytes:
    head = b"From: a@b.example\nSubject: x\n"
    for number in range(depth):
        head += b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (number, number)
    return head + b"\ntext\n"


HOSTILE: dict[str, Callable[[], bytes]] = {
    "ten thousand parts": lambda: b"From: a@b.c\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\ntext\n" * 10_000,
    "five thousand attachments": lambda: b"From: a@b.c\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n"
    + b"--b\nContent-Type: application/pdf; name=a.pdf\n\n%PDF-1\n" * 5_000,
    "nested without end": lambda: nested(5_000),
    "one long header": lambda: b"From: a@b.c\nSubject: " + b"=?utf-8?B?" + b"A" * 3_000_000 + b"?=\n\nx",
    "many headers": lambda: b"From: a@b.c\nSubject: x\n" + b"X-A: b\n" * 200_000 + b"\nx",
    "many recipients": lambda: b"From: a@b.c\nSubject: x\nTo: " + b"a <b@c.d>, " * 100_000 + b"\n\nx",
    "many brackets": lambda: b"From: " + b"<" * 500_000 + b"\nSubject: " + b"(" * 500_000 + b"\n\n" + b"<" * 500_000,
    "deep page": lambda: b"From: a@b.c\nSubject: x\nContent-Type: text/html\n\n" + b"<div><b><a href=x>" * 40_000,
    "many links": lambda: b"From: a@b.c\nSubject: x\n\n" + b"http://evil.example/%d " * 30_000,
    "zip in zip": lambda: made.attached("a.zip", made.zipped(a__zip=made.zipped(b__zip=made.zipped(c__zip=made.zipped(d__zip=made.zipped(e__zip=made.zipped(f__exe=made.PROGRAM))))))),
    "mails in mails in mails": lambda: b"From: a@b.c\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n"
    + b"--b\nContent-Type: multipart/mixed; boundary=c\n\n" * 1
    + b"--c\nContent-Type: message/rfc822\n\nFrom: a@b.c\nSubject: y\n\nx\n" * 290
    + b"--c--\n"
    + b"--b\nContent-Type: application/octet-stream; name=a.eml\nContent-Transfer-Encoding: base64\n\n" + base64.b64encode(b"From: a@b.c\nSubject: x\n\nx") + b"\n" * 8,
    "bomb": lambda: made.attached("a.zip", made.zipped(**{f"{n}__bin": b"\x00" * 20_000_000 for n in range(8)})),
    "large picture": lambda: made.attached("a.png", made.endless_picture()),
    "NULs": lambda: b"\x00" * 1_000_000,
    "no line": lambda: b"From: " + b"a" * 5_000_000,
    "forty megabytes and more": lambda: b"From: a@b.c\nSubject: x\nContent-Transfer-Encoding: base64\n\n" + b"AAAA" * 12_000_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_made_to_stop_it_does_not(reader, name):
    found = reader.read(HOSTILE[name]())
    assert found
    for each in found:
        assert len(each.links) <= LINKS
        assert len(each.attachments) <= PARTS
        assert len(each.text) <= HTML_BYTES
    assert reader.read(KINDS[0]) == read_file(KINDS[0])


def test_what_takes_too_long_is_ended_and_the_next_one_read(monkeypatch):
    monkeypatch.setattr("tojimari.mail.confined.SECONDS", 0.0)
    with Reader() as late:
        [found] = late.read(KINDS[0])
        assert next(each.id for each in found.gaps) in ("took_too_long", "stopped")
        monkeypatch.undo()
        assert late.read(KINDS[0]) == read_file(KINDS[0])


PIECES = [b"From: a@b.c\n", b"Subject: =?iso-2022-jp?B?GyRC?=\n", b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Type: text/html; charset=shift_jis\n", b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: x-uuencode\n", b"Content-Type: message/rfc822\n", b"Content-Disposition: attachment; filename*0*=utf-8''%E3;filename*1=a\n", b"Received: from a ([1.2.3.4]) by b\n", b"Authentication-Results: b; dkim=pass (\n", b"\n", b"--b\n", b"--b--\n", b"<a href=http://a.example>b</a>", b"<style>.a{display:none}</style><p class=a>x", b"\x1b$B-!", b"\x82\xa0", b"PK\x03\x04", b"%PDF-1.4\n", b"{\\rt", b"L\x00\x00\x00\x01\x14\x02\x00", b"BEGIN:VCALENDAR\nORGANIZER:mailto:", b"begin 644 a\n", b"From x\n", b"<svg onload=x>", b"\x89PNG\r\n\x1a\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=40), max_size=25).map(b"".join))
def test_no_bytes_stop_the_reading(data):
    for found in read_file(data):
        assert all(len(each.target) <= 2_000 for each in found.links)


@pytest.mark.parametrize("ready", [False, True])
def test_names_in_a_text_are_looked_at_without_opening_a_file(ready):
    text = "確認は sagawa-kakunin.example.com と login.example.net へ".encode()
    with Reader(ready=ready) as made:
        found = made.read(text)
    assert found == read_file(text)
    assert found[0].gaps == ()
    assert found[0].links
