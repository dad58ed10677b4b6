"""Web addresses: what is no host name is no host, whoever wrote it and wherever it stands."""

import ipaddress
import re
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tojimari.mail.headers import addresses, domain_of
from tojimari.mail.links import is_ip, link
from tojimari.mail.message import Message
from tojimari.mail.reading import read_file, read_text
from tojimari.model import host_name

ODD = ["%00", "\x00", "%0a", "%0D%0A", "%20", "%09", "%7f", "%25", "%22", "%27", "|", ",", "*", "／", "%E3%80%82%0A", "\u2028", "%C0%80", "[", "::1%25x%0a", "..", "\ud800"]  # fmt: skip
"""What a host could smuggle into a list, a database or a letter."""
TAKEN = ["%22", "%27", ",", "*", "+", "!", "$", "&", "(", ";", "=", "~", "`", "{", "%2B"]
"""What browsers take in a host."""


def hosts(message: Message) -> list[str]:
    """Return every name of a host or a domain that is kept of a message."""
    people = (message.sender, *message.reply_to, *message.to, message.quoted_sender)
    people += (message.calendar,)
    return [
        *(each.host for each in message.links),
        *(each.to for each in message.forms),
        *(each.domain for each in people if each is not None),
        *(each.domain for each in message.verified),
        *message.signed_by,
        message.envelope,
        message.message_id,
    ]


def of(name: str) -> bytes:
    """A mail that has ``name`` wherever a host can stand, written as it comes."""
    shop = f"a@{name}"
    return (
        f"Return-Path: <{shop}>\nAuthentication-Results: mx; dkim=pass header.d={name}\n"
        f"Received: from x by mx\nDKIM-Signature: v=1; d={name}; b=x\nFrom: x <{shop}>\n"
        f"Reply-To: {shop}\nTo: {shop}\nMessage-ID: <1@{name}>\nSubject: Fwd: x\n"
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html; charset=utf-8\n\n"
        f'<form action="https://{name}/f"><input type=password></form><a href="https://{name}/a">x</a>'
        f'<a href="//{name}">x</a><a href="mailto:{shop}">x</a> https://{name}/t\n<pre>\n'
        f"---------- Forwarded message ---------\nFrom: x <{shop}>\nSubject: y\n\nhttps://{name}/q</pre>\n"
        f"--b\nContent-Type: text/calendar\n\nORGANIZER:mailto:{shop}\nSUMMARY:https://{name}/c\n--b--\n"
    ).encode("utf-8", "surrogatepass")


def lured(odd: str) -> str:
    return f"https://login{odd}verify.badsite.example/"


@given(st.lists(st.sampled_from(ODD) | st.text(max_size=3), min_size=1, max_size=3).map("".join))
@example("%00")
@example("%0aevil.example")
@example("[fe80::1%25a%00b]")
@example("日本語")
def test_no_host_of_any_message_holds_what_no_host_name_has(odd):
    name = f"login{odd}verify.badsite.example"
    text = f"差出人: x <a@{name}>\n件名: y\n{lured(odd)} http://{odd}/ www.{name}"
    for found in (*read_file(of(name)), *read_file(of(odd)), read_text(text)):
        for host in hosts(found):
            assert re.fullmatch(r"[a-z0-9._:-]*", host), host
            assert ":" not in host or ipaddress.ip_address(host)
        for each in (found.sender, *found.to, *found.reply_to):
            assert "\x00" not in each.address


@pytest.mark.parametrize("odd", [each for each in ODD if each not in {"\x00", *TAKEN}])
def test_an_address_with_an_odd_host_leads_nowhere(odd):
    assert link(lured(odd), "", "link").host in ("", "login")  # a slash, also a wide one, ends it
    assert domain_of(f"login{odd}verify.example") == ""


@pytest.mark.parametrize("odd", TAKEN)
def test_an_address_that_only_browsers_take_leads_to_whose_it_is(odd):
    found = link(lured(odd), "", "link")
    assert (found.host, found.userinfo) == ("badsite.example", unquote(f"login{odd}verify"))
    assert domain_of(f"login{odd}verify.example") == ""
    assert link(f"https://bad{odd}.example/", "", "link").host == ""  # nobody can have that
    assert link(f"https://bad{odd}/", "", "link").host == ""


def test_a_picture_in_a_host_is_encoded_as_browsers_do():
    assert link("https://i❤.ws/", "", "link").host == "xn--i-7iq.ws"
    assert link("https://ａ＋ｂ.BAD.example/", "", "link").host == "bad.example"
    assert link("https://" + "a+." * 200 + "example/", "", "link").host == ""
    assert [each.host for each in read_text("https://a+b.bad.example/x").links] == ["bad.example"]


def test_hosts_stay_what_they_are():
    for name in ("a.example", "_dmarc.a.example", "xn--wgv71a119e.jp", "a-b.c0.example"):
        assert host_name(f"{name.upper()}.") == link(f"https://{name}./x", "", "link").host == name
    assert host_name("日本語.jp") == "xn--wgv71a119e.jp"
    assert link("https://%E6%97%A5%E6%9C%AC%E8%AA%9E.jp", "", "link").host == "xn--wgv71a119e.jp"
    assert link("http://0x7f.1/", "", "link").host == "127.0.0.1"
    assert link("http://[2001:db8::7]/", "", "link").host == "2001:db8::7"
    assert host_name("a" * 64 + ".example") == host_name("a." * 130 + "jp") == host_name("") == ""
    assert not is_ip("fe80::1%a\nb")


def test_a_quoted_address_holds_no_control_characters():
    [found] = addresses("x <a\x00b@evil.example>", 1)
    assert "\x00" not in found.address
