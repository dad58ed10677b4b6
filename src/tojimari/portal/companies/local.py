"""The portal on the owner's own computer: one owner, let in by a link only the command prints."""

import secrets
import threading
import time

from django.core.signing import BadSignature, TimestampSigner, b62_decode
from django.db import transaction
from django.urls import reverse

from tojimari.portal.companies.models import Company
from tojimari.portal.links import whole_address
from tojimari.portal.people.models import Membership, User

OWNER_ADDRESS = "owner@this-computer.invalid"

LINK_GOOD_FOR_SECONDS = 60
"""How long the link of a second start is good, which only this user's processes can sign."""

_tokens: set[str] = set()
_used: set[str] = set()
_lock = threading.Lock()
_started = time.time()
_signer = TimestampSigner(salt="tojimari.entrance")


def entrance() -> str:
    """Return an address that lets its first visitor in, once, while this process runs."""
    token = secrets.token_urlsafe(24)
    with _lock:
        _tokens.add(token)
    return whole_address("companies:enter", token)


def second_entrance(port: int) -> str:
    """Return an address that lets its first visitor into the portal that runs on ``port``.

    For another process of the same user: signed with the portal's key, good for a minute.
    """
    token = _signer.sign(secrets.token_urlsafe(24))
    return f"http://127.0.0.1:{port}{reverse('companies:enter', args=[token])}"


def _signed_lately(token: str) -> bool:
    try:
        _signer.unsign(token, max_age=LINK_GOOD_FOR_SECONDS)
    except BadSignature:
        return False
    # What was signed before this process started may have been used in the one before.
    signed = b62_decode(token.rsplit(":", 2)[1])
    return signed >= int(_started)


def admit(token: str) -> bool:
    """Return whether ``token`` is good, and use it up."""
    with _lock:
        if token not in _used and _signed_lately(token):
            _used.add(token)
            return True
        for known in _tokens:
            if secrets.compare_digest(known.encode(), token.encode()):
                _tokens.remove(known)
                return True
    return False


def own_company() -> tuple[User, Company]:
    """Return the owner of this computer and the company, made on first use."""
    with transaction.atomic():
        user = User.objects.filter(email=OWNER_ADDRESS).first() or User.objects.create_user(
            OWNER_ADDRESS
        )
        own = Membership.objects.of_user(user)
        membership = own.select_related("company").first()
        if membership is None:
            membership = own.create(
                user=user, company=Company.objects.create(), role=Membership.OWNER
            )
    return user, membership.company
