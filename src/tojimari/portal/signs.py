"""What a check of the installation says: the ground of the doctor, for every app."""

from typing import Literal

import msgspec
from django.core.checks import DEBUG, ERROR, WARNING, CheckMessage

from tojimari.model import Text
from tojimari.portal.words import current_lang

DOCTOR = "doctor"
"""The tag every check of ours is registered with, beside its app and with ``deploy=True``: they
ask the database, the mail server and the disk, which a plain ``check`` does not."""

Health = Literal["good", "warn", "bad"]
_LEVELS: dict[Health, int] = {"good": DEBUG, "warn": WARNING, "bad": ERROR}


class Sign(msgspec.Struct, frozen=True):
    """One thing the doctor looked at: what it is, how it is, and what to do."""

    name: str
    health: Health
    text: Text


class SignMessage(CheckMessage):
    """A sign as a message of Django's checks."""

    def __init__(self, sign: Sign) -> None:
        """Keep the sign; the message is in the language of the moment."""
        words = sign.text.say(current_lang())
        super().__init__(_LEVELS[sign.health], words, id=f"tojimari.{sign.name}")
        self.sign = sign


def says(name: str, health: Health, *, ja: str, en: str) -> SignMessage:
    """Return what a check found of ``name``, in both languages."""
    return SignMessage(Sign(name, health, Text(ja=ja, en=en)))
