"""Signing in anew before a yes: a passkey, a number from an app, or a number sent by mail.

The library's own check lets everybody pass who has neither password nor passkey, as most people
here; so it is asked here, and one signing in is good for one yes.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from tojimari.agent.codes import ALPHABET, CODE_LENGTH, normal_code
from tojimari.portal.core.mail import not_taken, send
from tojimari.portal.core.sealing import derived_key
from tojimari.portal.limits import too_often
from tojimari.portal.updates.models import AddressChange
from tojimari.portal.words import current_lang, say

How = Literal["passkey", "app", "mail"]
GOOD_FOR = timedelta(minutes=5)
CODE_GOOD_FOR = timedelta(minutes=10)
TRIES = 5
CODES_AN_HOUR = 6
SETTLED_AFTER = timedelta(days=1)
"""A passkey or app added later than this ago does not count: whoever stole a session adds one."""
ADDRESS_SETTLED_AFTER = timedelta(days=3)
"""No number is sent to a mail address that was changed later than this ago."""
_CODE, _MAILED = "updates_code", "updates_mailed"
_PURPOSE = "tojimari sign-in code 1"
_HOW: dict[str, How] = {"webauthn": "passkey", "totp": "app"}


class Fresh(msgspec.Struct, frozen=True):
    """Somebody signed in anew: how, and when (seconds)."""

    how: How
    at: float


def _settled(user: Any) -> Any:
    before = timezone.now() - SETTLED_AFTER
    return Authenticator.objects.filter(user=user, type__in=list(_HOW), created_at__lt=before)


def has_authenticator(user: Any) -> bool:
    """Return whether somebody has a passkey or an app that counts."""
    return bool(_settled(user).exists())


def may_be_mailed(user: Any) -> bool:
    """Return whether a number can go to somebody's address.

    Not to those who have a passkey or an app: that is the better way, and the mailbox must not be
    a way around it. Not to an address that was just changed.
    """
    changed = AddressChange.objects.filter(
        user=user, at__gt=timezone.now() - ADDRESS_SETTLED_AFTER
    ).exists()
    return settings.MAIL_CONFIGURED and not changed and not has_authenticator(user)


def _recent(request: HttpRequest) -> list[Fresh]:
    since = (timezone.now() - GOOD_FOR).timestamp()
    settled = {one.pk: _HOW[one.type] for one in _settled(request.user)}
    found = []
    for record in get_authentication_records(request, request.user):
        if record.get("method") == "mfa" and record.get("reauthenticated"):
            how = settled.get(record.get("id"))
            if how is not None and float(record["at"]) > since:
                found.append(Fresh(how, float(record["at"])))
    mailed = request.session.get(_MAILED)
    if mailed and mailed["user"] == str(request.user.pk) and mailed["at"] > since:
        found.append(Fresh("mail", float(mailed["at"])))
    return found


def is_fresh(request: HttpRequest) -> bool:
    """Return whether somebody signed in anew just now, and has not said yes to anything since."""
    spent = float(request.session.get("updates_spent", 0))
    return any(one.at > spent for one in _recent(request))


def spend(request: HttpRequest) -> Fresh | None:
    """Use a signing in up for one yes; None where there is none, or it was used.

    It is counted in the database too: of two requests at the same moment only one has it.
    """
    spent = float(request.session.get("updates_spent", 0))
    fresh = max(
        (one for one in _recent(request) if one.at > spent), key=lambda one: one.at, default=None
    )
    if fresh is None:
        return None
    request.session["updates_spent"] = fresh.at
    once = f"{request.user.pk} {fresh.at!r}"
    return None if too_often("fresh", once, times=1, seconds=86_400) else fresh


def send_code(request: HttpRequest) -> bool:
    """Mail somebody a number; returns whether the mail server took it."""
    user = request.user
    if not may_be_mailed(user):
        return False
    if too_often("fresh-mail", str(user.pk), times=CODES_AN_HOUR, seconds=3600):
        return False
    letters = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    salt = secrets.token_hex(16)
    request.session[_CODE] = {
        "user": str(user.pk),
        "salt": salt,
        "hash": _hashed(letters, salt),
        "at": timezone.now().timestamp(),
    }
    lang = current_lang()
    words = {"code": f"{letters[:4]}-{letters[4:]}", "minutes": CODE_GOOD_FOR.seconds // 60}
    try:
        return send(say("mail.fresh_subject", lang), say("mail.fresh", lang, **words), user.email)
    except OSError:
        not_taken("sign-in code")
        return False


def code_is_waited_for(request: HttpRequest) -> bool:
    """Return whether a number was sent that can still be typed."""
    return _open_code(request) is not None


def _open_code(request: HttpRequest) -> dict[str, Any] | None:
    kept = request.session.get(_CODE)
    since = (timezone.now() - CODE_GOOD_FOR).timestamp()
    if not kept or kept["user"] != str(request.user.pk) or kept["at"] < since:
        return None
    return dict(kept)


def take_code(request: HttpRequest, typed: str) -> bool:
    """Return whether what was typed is the number that was sent; it can be typed right once."""
    kept = _open_code(request)
    if kept is None or too_often("fresh-try", kept["salt"], times=TRIES, seconds=86_400):
        return False
    if not hmac.compare_digest(_hashed(normal_code(typed), kept["salt"]), kept["hash"]):
        return False
    del request.session[_CODE]
    now = timezone.now().timestamp()
    request.session[_MAILED] = {"user": str(request.user.pk), "at": now}
    return True


def _hashed(letters: str, salt: str) -> str:
    key = derived_key(settings.SECRET_KEY, _PURPOSE)
    return hmac.new(key, f"{salt} {normal_code(letters)}".encode(), hashlib.sha256).hexdigest()


def note_address(user: Any, at: datetime | None = None) -> None:
    """Keep that somebody's mail address changed."""
    AddressChange.objects.update_or_create(user=user, defaults={"at": at or timezone.now()})
