"""Is this mail dangerous? One page, open to everybody, that keeps nothing."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.mail import made
from tojimari.mail.signals.seen import Seen
from tojimari.portal.mailcheck.marks import marked
from tojimari.portal.mailcheck.uploads import FILE_BYTES
from tojimari.portal.words import say

pytestmark = pytest.mark.django_db
PLACE = "/mail/"


@pytest.fixture(autouse=True)
def _fresh_limits():
    from django.core.cache import cache

    cache.clear()


def handed_in(client=None, **fields):
    return (client or Client()).post(PLACE, fields)


def test_the_red_door_leads_to_it():
    assert 'href="/odd/mail/"' in Client().get("/odd/").content.decode()
    page = Client().get("/odd/mail/", follow=True)
    assert f'href="{PLACE}"' in page.content.decode()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_sample_is_dangerous_and_shown_with_its_reasons_marked(lang):
    page = handed_in(Client(headers={"accept-language": lang}), sample="yes").content.decode()
    assert f"<h1>{say('mail.level.dangerous', lang)}</h1>" in page
    assert page.count("<mark>") >= 2
    for key in ("mail.why", "mail.now", "mailcheck.in_mail", "mailcheck.already"):
        assert say(key, lang) in page
    # No link of the mail can be pressed.
    assert "mail-kakunin.example/login" in page
    assert 'href="https://amazon' not in page


@pytest.mark.parametrize(
    ("fields", "level"),
    [
        ({"file": SimpleUploadedFile("a.eml", made.attached("請求書.pdf.exe", made.PROGRAM))}, "dangerous"),
        ({"text": "来週の打ち合わせは10時でお願いします。資料を持って伺います。"}, "ordinary"),
        ({"text": "https://evil.example/x"}, "unknown"),
        ({"file": SimpleUploadedFile("a.eml", made.attached("a.zip", made.encrypted_zip()))}, "careful"),
    ],
)  # fmt: skip
def test_files_and_texts_get_their_verdict(fields, level):
    found = handed_in(**fields)
    assert found.status_code == 200
    assert f"<h1>{say(f'mail.level.{level}', 'ja')}</h1>" in found.content.decode()


@pytest.mark.parametrize(
    "fields",
    [{}, {"text": "   "}, {"file": SimpleUploadedFile("a.eml", b"")}, {"file": SimpleUploadedFile("a.eml", b"x" * (FILE_BYTES + 300_000))}],
)  # fmt: skip
def test_nothing_to_judge_is_one_sentence(fields):
    found = handed_in(**fields)
    assert found.status_code == 400
    assert say("mailcheck.nothing", "ja") in found.content.decode()


def test_a_file_is_not_written_down(monkeypatch):
    def written(*_):
        raise AssertionError("written to disk")

    monkeypatch.setattr(
        "django.core.files.uploadhandler.TemporaryFileUploadHandler.new_file", written
    )
    large = made.mail("本文です。" * 300_000).as_bytes()
    assert len(large) > 3_000_000
    assert handed_in(file=SimpleUploadedFile("a.eml", large)).status_code == 200


def test_a_form_of_another_site_is_refused():
    assert handed_in(Client(enforce_csrf_checks=True), sample="yes").status_code == 403


def test_too_many_in_a_row_wait(monkeypatch):
    monkeypatch.setattr("tojimari.portal.mailcheck.pages.AN_HOUR", 1)
    assert handed_in(text="a").status_code == 200
    assert handed_in(text="a").status_code == 429


def test_what_a_mail_says_is_text_and_nothing_else():
    text = "差出人: x <a@evil.example>\n件名: <script>alert(1)</script>\n至急 <img src=x onerror=alert(1)> \x1b[2J"
    page = handed_in(text=text).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "\x1b" not in page


def test_marks_are_where_the_reason_stands_and_do_not_overlap():
    reasons = [Seen("urgency", "text", "至急ご本人確認を", "至急"), Seen("credentials", "text", "至急ご本人確認を", "ご本人確認"), Seen("click", "link", "x")]  # fmt: skip
    assert marked("至急ご本人確認を", reasons, frozenset(["text"])) == [
        ("至急", 1),
        ("ご本人確認", 2),
        ("を", 0),
    ]
    assert (
        "".join(piece for piece, _ in marked("abc" * 900, [], frozenset()))
        == ("abc" * 900)[:1500] + "…"
    )


def test_the_sample_says_that_it_is_one():
    import tojimari.portal.mailcheck

    sample = (Path(tojimari.portal.mailcheck.__file__).parent / "sample.eml").read_bytes()
    from tojimari.mail.reading import read_file

    assert "見本" in read_file(sample)[0].text
