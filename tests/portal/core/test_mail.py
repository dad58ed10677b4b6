"""Only what the mail server took counts as sent."""

import smtplib

import pytest
from django.core import mail

from tojimari.portal.core.mail import send


@pytest.fixture
def configured(settings):
    settings.MAIL_CONFIGURED = True
    return settings


def refusing(monkeypatch, code: int) -> None:
    def refuse(self, *_, **__):
        raise smtplib.SMTPRecipientsRefused({self.to[0]: (code, b"no")})

    monkeypatch.setattr(mail.EmailMessage, "send", refuse)


def test_a_taken_mail_counts(configured):
    assert send("a\nBcc: all@example.jp", "body", "a@example.jp", headers={"X-A": "1"})
    (letter,) = mail.outbox
    assert letter.subject == "a Bcc: all@example.jp"
    assert letter.extra_headers == {"X-A": "1"}


def test_without_a_server_nothing_is_sent(settings):
    settings.MAIL_CONFIGURED = False
    assert not send("a", "body", "a@example.jp")
    assert mail.outbox == []


def test_an_address_refused_for_good_is_not_sent_and_not_tried_again(configured, monkeypatch):
    refusing(monkeypatch, 550)
    assert send("a", "body", "a@example.jp") is False


def test_content_refused_for_good_is_not_tried_again_and_what_may_pass_is(configured, monkeypatch):
    def refuse(code):
        raise smtplib.SMTPDataError(code, b"no")

    monkeypatch.setattr(mail.EmailMessage, "send", lambda *_, **__: refuse(554))
    assert send("a", "body", "a@example.jp") is False
    monkeypatch.setattr(mail.EmailMessage, "send", lambda *_, **__: refuse(451))
    with pytest.raises(smtplib.SMTPDataError):
        send("a", "body", "a@example.jp")


def test_a_portal_address_that_is_set_wrongly_loses_no_mail(configured, monkeypatch):
    def refuse(*_, **__):
        raise smtplib.SMTPSenderRefused(553, b"no", "portal@example.jp")

    monkeypatch.setattr(mail.EmailMessage, "send", refuse)
    with pytest.raises(smtplib.SMTPSenderRefused):
        send("a", "body", "a@example.jp")


def test_a_server_in_trouble_is_told_apart(configured, monkeypatch):
    refusing(monkeypatch, 450)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send("a", "body", "a@example.jp")
