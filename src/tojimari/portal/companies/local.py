"""The portal on the owner's own computer: one owner, let in by a link only the command prints."""

import secrets
import threading

from django.db import transaction

from tojimari.portal.companies.models import Company
from tojimari.portal.links import whole_address
from tojimari.portal.people.models import Membership, User

OWNER_ADDRESS = "owner@this-computer.invalid"

_tokens: set[str] = set()
_lock = threading.Lock()


def entrance() -> str:
    """Return an address that lets its first visitor in, once, while this process runs."""
    token = secrets.token_urlsafe(24)
    with _lock:
        _tokens.add(token)
    return whole_address("companies:enter", token)


def admit(token: str) -> bool:
    """Return whether ``token`` is good, and use it up."""
    with _lock:
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
