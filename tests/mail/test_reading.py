"""What is read of a mail: as its receiver has it before the eyes, and what lies behind."""

import base64
import email
import mailbox

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.mail import made
from tests.mail.made import FORWARDS, OUTLOOK_SUBJECT, mail
from tojimari.mail.headers import addresses, value
from tojimari.mail.message import Address, Gap
from tojimari.mail.parts import parsed
from tojimari.mail.reading import read_file, read_text

RECEIVED = b"Received: from out.shop.example (out.shop.example [192.0.2.7])\r\n\tby mx.kado.example with ESMTPS; Tue, 1 Jan 2030 00:00:00 +0900\r\n"
PASS = b"Authentication-Results: mx.kado.example; dkim=pass header.d=shop.example; spf=pass smtp.mailfrom=a@shop.example; dmarc=pass (p=none) header.from=shop.example\r\n"
HEAD = b"From: a@shop.example\r\nTo: b@kado.example\r\nSubject: x\r\n"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (OUTLOOK_SUBJECT, "①㈱ﾊﾝｶｸ"),
        ("【重要】お支払い".encode("cp932"), "【重要】お支払い"),
        ("【重要】お支払い".encode(), "【重要】お支払い"),
        (b"=?shift_jis?Q?=82=A0_b?= c", "あ b c"),
        (b"=?x-unknown?Q?abc?= =?utf-8?Q?=E3=81=82?=", "abcあ"),
        (b"=?utf-8?B?!!!!?=", ""),
        (b"plain =?broken", "plain =?broken"),
        (b"a\x00b\x1b[31m\r\n c", "a b [31m c"),
    ],
)  # fmt: skip
def test_a_header_is_read_as_mail_programs_show_it(raw, text):
    assert value(raw).startswith(text)


def test_a_character_cut_in_two_by_encoded_words_is_whole():
    data = "支払".encode()
    words = [
        b"=?utf-8?Q?" + b"".join(b"=%02X" % each for each in part) + b"?="
        for part in (data[:4], data[4:])
    ]
    assert value(b"\r\n ".join(words)) == "支払"


@pytest.mark.parametrize(
    ("header", "name", "address"),
    [
        ('"Amazon.co.jp" <a@evil.example>', "Amazon.co.jp", "a@evil.example"),
        ("Amazon.co.jp [A] <a@evil.example>", "Amazon.co.jp [A]", "a@evil.example"),
        ("support@bank.example <x@evil.example>", "support@bank.example", "x@evil.example"),
        ("A@Example.JP", "", "a@example.jp"),
        ("楽天市場", "楽天市場", ""),
    ],
)
def test_a_sender_is_name_and_address(header, name, address):
    [found] = addresses(header)
    assert (found.name, found.address) == (name, address)


def test_what_is_seen_and_what_is_not_are_kept_apart():
    html = (
        '<body bgcolor="#ffffff"><style>.h{display:none}</style><p>お知らせ <a href="https://evil.example/x">https://bank.example</a></p>'
        '<div class=h>かくれた長い文章です</div><span style="color:#fefefe">白い文字で書いた文章</span><img src="x"><img src=y width=1>'
        '<form action="https://evil.example"><input type=password></form></body>'
    )
    [found] = read_file(mail("見て", html).as_bytes())
    assert "かくれた" not in found.text
    assert {(each.how, each.text[:2]) for each in found.hidden} == {
        ("display", "かく"),
        ("colour", "白い"),
    }
    assert [(each.host, each.shown) for each in found.links] == [
        ("evil.example", "https://bank.example")
    ]
    assert (found.pictures, found.forms[0].to, found.forms[0].secret) == (1, "evil.example", True)
    assert (found.visible_in_html, found.has_plain) == (True, True)


@pytest.mark.parametrize(
    ("head", "believed"),
    [
        (PASS + RECEIVED + HEAD, True),
        (RECEIVED + PASS + HEAD, False),  # anybody can write below the first server's line
        (RECEIVED + HEAD + PASS, False),
        (PASS + HEAD, False),
        (RECEIVED + b"Received: from x by mx.google.com; d\r\n" + PASS.replace(b"mx.kado.example", b"mx.google.com") + HEAD, False),
        (b"Received: by 2002:a05:1 with SMTP id x; d\r\n" + RECEIVED.replace(b"mx.kado.example", b"mx.google.com") + PASS.replace(b"mx.kado.example", b"mx.google.com") + HEAD, True),
        (b"Received: by 2002:a05:1 with SMTP id x; d\r\n" + RECEIVED.replace(b"mx.kado.example", b"mx.google.com") + PASS + HEAD, False),
    ],
)  # fmt: skip
def test_only_what_the_receiving_server_wrote_is_believed(head, believed):
    [found] = read_file(head + b"\r\ntext")
    assert [(each.method, each.result, each.domain) for each in found.verified] == (
        [
            ("dkim", "pass", "shop.example"),
            ("spf", "pass", "shop.example"),
            ("dmarc", "pass", "shop.example"),
        ]
        if believed
        else []
    )
    assert found.sender.domain == "shop.example"


def test_the_results_of_a_server_named_as_the_companys_own_are_believed_below_its_line():
    [found] = read_file(RECEIVED + PASS + HEAD + b"\r\ntext", ("mx.kado.example",))
    assert len(found.verified) == 3


def test_hops_are_read():
    [found] = read_file(RECEIVED + HEAD + b"\r\ntext")
    [hop] = found.hops
    assert (hop.helo, hop.name, hop.ip, hop.by) == (
        "out.shop.example",
        "out.shop.example",
        "192.0.2.7",
        "mx.kado.example",
    )


def test_a_mail_attached_to_another_is_a_message_of_its_own():
    outer = mail("見てください")
    inner = mail(
        "本物です", Subject="中身", Authentication_Results="mx; dkim=pass header.d=shop.example"
    )
    outer.add_attachment(inner)
    first, second = read_file(outer.as_bytes())
    assert (first.forwarded, second.forwarded, second.subject) == (False, True, "中身")
    assert second.verified == ()


@pytest.mark.parametrize("form", FORWARDS)
def test_a_mail_forwarded_in_the_text_is_a_message_of_its_own(form):
    text = f"どうでしょう\n\n{FORWARDS[form]}こちらへ https://evil.example/x"
    outer, inner = read_file(mail(text, Subject="Fwd: 至急").as_bytes())
    evil = Address("銀行", "a@evil.example", "evil.example")
    assert (outer.sender.domain, outer.quoted_sender) == ("shop.example", evil)
    assert (inner.kind, inner.forwarded, inner.sender, inner.subject) == (
        "text",
        True,
        evil,
        "至急",
    )
    assert inner.text.strip() == "こちらへ https://evil.example/x"
    assert [each.host for each in inner.links] == ["evil.example"]
    assert inner.verified == ()


def test_an_answer_that_quotes_its_question_is_one_message():
    text = f"了解しました。\n\n{FORWARDS['Outlook on the web']}来週はいかがですか"
    [found] = read_file(mail(text, Subject="Re: 件").as_bytes())
    assert found.quoted_sender is not None


@pytest.mark.parametrize(
    ("text", "sender", "hosts"),
    [
        (
            "差出人: 銀行 <a@evil.example>\n件名: 至急\nこちらhttps://evil.example/a。",
            "a@evil.example",
            ["evil.example"],
        ),
        (
            "お荷物のお届けにあがりましたが不在の為持ち帰りました。hxxp://evil[.]example/x",
            "",
            ["evil.example"],
        ),
        ("<html><body>x <a href='http://evil.example'>y</a></body>", "", ["evil.example"]),
        ("Note: nothing", "", []),
    ],
)
def test_pasted_text_is_a_message_without_headers(text, sender, hosts):
    for encoding in ("utf-8", "cp932", "iso2022_jp"):
        [found] = read_file(text.encode(encoding))
        assert (found.kind, found.sender.address, [each.host for each in found.links]) == (
            "text",
            sender,
            hosts,
        )


def test_a_mailbox_holds_many(tmp_path):
    box = mailbox.mbox(tmp_path / "m")
    for number in range(3):
        box.add(mail(Subject=f"m{number}").as_bytes())
    box.flush()
    assert [each.subject for each in read_file((tmp_path / "m").read_bytes())] == ["m0", "m1", "m2"]


def test_an_invitation_leads_somewhere_too():
    made = mail()
    made.add_alternative(
        "BEGIN:VCALENDAR\r\nORGANIZER;CN=x:mailto:a@evil.example\r\nDESCRIPTION:見る\r\n  https://evil.example/c\r\nEND:VCALENDAR\r\n",
        subtype="calendar",
    )
    [found] = read_file(made.as_bytes())
    assert found.calendar == Address("", "a@evil.example", "evil.example")
    assert [(each.host, each.place) for each in found.links] == [("evil.example", "calendar")]


@pytest.mark.parametrize("kind", ["message/rfc822", "application/octet-stream"])
def test_a_mail_attached_in_base64_is_read(kind):
    inner = made.attached("請求書.pdf.exe", made.PROGRAM)
    main, _, sub = kind.partition("/")
    carrier = made.mail("見てください")
    carrier.add_attachment(inner, maintype=main, subtype=sub, filename="strange.eml")
    raw = carrier.as_bytes()
    assert b"base64" in raw
    _, second = read_file(raw)
    assert second.forwarded
    assert [each.name for each in second.attachments] == ["請求書.pdf.exe"]


@pytest.mark.parametrize(
    "injected",
    [
        "=?utf-8?q?a=0D=0AAuthentication-Results:_mx;_dmarc=3Dpass_header.from=3Dshop.example?=",
        "=?utf-8?b?YQ0KUmVjZWl2ZWQ6IGZyb20gYSBieSBi?=",
        "a\rAuthentication-Results: mx; dmarc=pass header.from=shop.example",
        "a\x0bAuthentication-Results: mx; dmarc=pass\x0cheader.from=shop.example",
    ],
)
def test_a_header_within_a_header_is_a_part_of_its_words(injected):
    data = f"Received: from a.example by mx\r\nFrom: x <a@shop.example>\r\nSubject: {injected}\r\n\r\nx"
    [found] = read_file(data.encode())
    assert found.verified == ()
    assert not {"\r", "\n", "\x0b", "\x0c"} & set(found.subject + found.sender.name)


def _large(data: bytes, encoding: str, end: bytes) -> bytes:
    head = made.mail("本文").as_bytes().partition(b"\n\n")[0].replace(b"Content-T", b"X-T")
    lines = (
        base64.encodebytes(data) if encoding == "base64" else base64.encodebytes(data)[:-9] + b"\n"
    )
    inner = (
        head + b"\nContent-Type: application/pdf; name=b.pdf\nContent-Transfer-Encoding: base64\n\n"
    )
    return (
        head
        + b"\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/zip; name=a.zip\n"
        + b"Content-Transfer-Encoding: "
        + encoding.encode()
        + b"\n\n"
        + lines
        + b"--b\nContent-Type: message/rfc822\n\n"
        + inner
        + lines
        + end
    ).replace(b"\n", b"\r\n" if end.startswith(b"--") else b"\n")


@pytest.mark.parametrize(
    "encoding", ["base64", "Base64 ", "8bit", "quoted-printable", "x-uuencode"]
)
@pytest.mark.parametrize("end", [b"--b--\n", b"", b"!?\n"])
def test_a_large_file_set_aside_is_the_same_as_one_taken_apart(encoding, end, monkeypatch):
    data = _large(bytes(range(256)) * 400, encoding, end)
    whole = email.message_from_bytes(data)
    ours = parsed(data)
    assert len(max(ours.as_bytes().splitlines(), key=len)) < 100
    parts = list(zip(ours.walk(), whole.walk(), strict=True))
    assert len(parts) >= 3
    for mine, its in parts:
        assert mine.get_payload(decode=True) == its.get_payload(decode=True)
        if not mine.is_multipart():
            assert mine.get_payload() == its.get_payload()
    found = read_file(data)
    monkeypatch.setattr("tojimari.mail.parts._SHORTEST", 1 << 30)
    assert read_file(data) == found


LINES = [b"From: a@b.c", b"Content-Type: multipart/mixed; boundary=b", b'Content-Type: multipart/mixed; boundary="-c"', b"Content-Type: message/rfc822", b"Content-Type: multipart/digest; boundary=b", b"Content-Type: text/plain", b"Content-Transfer-Encoding: quoted-printable", b"Content-Transfer-Encoding: base64", b"", b"", b"--b", b"--b--", b"---c", b"-- ", b"text=E3=81\x82", b"QUJD", b"a\rb", b"a\r--b\rX: y", b"tojimari 0", b"From x"]  # fmt: skip


@settings(suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(LINES), max_size=40), st.sampled_from([b"\n", b"\r\n"]))
def test_bodies_set_aside_are_the_same_as_those_taken_apart_line_by_line(lines, end):
    data = end.join(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tojimari.mail.parts._SHORTEST_BODY", 1)
        ours = parsed(data)
    whole = email.message_from_bytes(data)
    for mine, its in zip(ours.walk(), whole.walk(), strict=True):
        assert mine.items() == its.items()
        if not mine.is_multipart():
            assert mine.get_payload() == its.get_payload()
            assert mine.get_payload(decode=True) == its.get_payload(decode=True)


def test_whoever_writes_the_mark_of_what_is_set_aside_names_nothing():
    text = b"tojimari 0\n\ntojimarii 7 tojimari 99\n\n" + b"QUJD" * 30_000 + b"\n\ntojimari 0"
    found = parsed(b"From: a@b.example\nSubject: x\n\n" + text)
    assert found.get_payload(decode=True) == text


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from([b"To: a@b.example", b" folded", b"X-A: " + b"b" * 90_000]), max_size=9), st.sampled_from([b"\n", b"\r\n"]))  # fmt: skip
def test_a_head_that_never_ends_is_cut_and_its_mail_read_and_said(lines, end):
    head = [b"From: shop <a@shop.example>", b"Subject: x", *lines]
    kind = [b"Content-Type: text/html", b"", b"<p>text <a href=https://evil.example>y</a>"]
    plain = end.join([*head, *kind])
    endless = end.join([*head, *(b"X-%d: y" % n for n in range(25_000)), *kind])
    [short], [long] = read_file(plain), read_file(endless)
    assert long.gaps == (Gap("damaged"),)
    assert (long.sender, long.text, long.links) == (short.sender, short.text, short.links)
    assert short.gaps == () or len(plain) > 250_000


def test_what_was_cut_before_it_came_is_said():
    [found] = read_file(b"From: a@b.example\nSubject: x\n\ntext", cut=True)
    assert found.gaps == (Gap("too_large"),)


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("確認は secure-payee.com/x から", ["secure-payee.com"]),
        ("Stop it: cancel-payee.co.uk.", ["cancel-payee.co.uk"]),
        ("See report.pdf, main.py, README.md and setup.sh", []),
        ("taro.yamada@shop-kado.jp に。Amazon.co.jp と Booking.com で", []),
        ("version 1.2.3, e.g. this, 3.14", []),
        ("https://evil.example/a?u=other.com", ["evil.example"]),
    ],
)
def test_a_phone_makes_links_of_bare_names(text, hosts):
    assert [each.host for each in read_text(text).links] == hosts
