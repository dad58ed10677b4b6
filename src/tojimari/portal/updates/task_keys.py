"""The key that tasks are signed with. It lies in a file of its own, and in no table or backup.

Whoever has the database, a backup of it, or the portal's secret can sign nothing with them. Only a
worker reads the file (``TOJIMARI_TASK_KEY``); pages know the public part alone.
"""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from tojimari.agent.tasks import key_id
from tojimari.model import TojimariError
from tojimari.portal.core.audit import note
from tojimari.portal.core.key_files import KeyFile
from tojimari.portal.updates.handover import handover
from tojimari.portal.updates.models import TaskKey

HANDOVERS_TOLD = 20
"""A device that slept through more rotations than this has to be let in anew."""


class NoTaskKey(TojimariError):
    """The key that tasks are signed with cannot be had here."""


def public_key() -> str:
    """Return the public part (hex) of the key that tasks are signed with; "" while there is none."""
    found = TaskKey.objects.filter(state=TaskKey.CURRENT).values_list("public", flat=True).first()
    return found or ""


def handovers() -> list[str]:
    """Return the statements of earlier keys about the next, the oldest first.

    They end at a key that was revoked: what it said is not believed any more.
    """
    found: list[str] = []
    for key in TaskKey.objects.exclude(state=TaskKey.CURRENT).order_by("-ended_at", "-made_at"):
        if key.state == TaskKey.REVOKED or not key.handover or len(found) == HANDOVERS_TOLD:
            break
        found.append(key.handover)
    return found[::-1]


def _public_of(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes_raw()


def _read(text: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text.strip()))


def _text(private: Ed25519PrivateKey) -> str:
    return private.private_bytes_raw().hex() + "\n"


FILE = KeyFile(
    lambda: settings.TASK_KEY,
    read=_read,
    text=_text,
    name=lambda private: key_id(_public_of(private).hex()),
    words=("作業の鍵", "key for tasks"),
    command="task-key",
    refusal=NoTaskKey,
)


def signing_key() -> tuple[str, Ed25519PrivateKey]:
    """Return the current key: its id and its private part. Raises NoTaskKey where it is not here."""
    row = TaskKey.objects.filter(state=TaskKey.CURRENT).first()
    if row is None:
        raise FILE.none_yet()
    private = FILE.holding(row.kid)
    if FILE.next_place.exists():
        _settle()
    return row.kid, private


def make_first() -> bool:
    """Make the first key, or take the one that lies in the file; returns whether there was none.

    Only where no key was ever known: a file that is missing later is never replaced silently.
    """
    if TaskKey.objects.exists():
        return False
    private = FILE.make_present(Ed25519PrivateKey.generate())
    try:
        with transaction.atomic():
            _keep(private)
    except IntegrityError:  # another worker was faster: its key counts, and this file does not
        return False
    return True


def _keep(private: Ed25519PrivateKey) -> TaskKey:
    public = _public_of(private)
    made: TaskKey = TaskKey.objects.create(
        kid=key_id(public.hex()), public=public.hex(), state=TaskKey.CURRENT
    )
    return made


def _locked() -> dict[str, TaskKey]:
    """Return every key by its id; until the transaction ends nobody else changes them."""
    return {row.kid: row for row in TaskKey.objects.select_for_update().order_by("pk")}


def _settle() -> None:
    """Let the key that signs lie in its file, where a rotation that is done left it beside it."""
    with transaction.atomic():
        current = [row.kid for row in _locked().values() if row.state == TaskKey.CURRENT]
        for kid in current:
            FILE.settle(kid)


def rotate() -> str:
    """Make a new key that the present one vouches for; returns its id. Raises NoTaskKey.

    Devices that trust the present key come to trust the new one by that statement.
    """
    with transaction.atomic():
        _locked()  # one rotation at a time
        kid, old = signing_key()  # ends one that was cut off: the next file is free then
        new = Ed25519PrivateKey.generate()
        FILE.replace_coming(new)
        statement, number = handover(old, _public_of(new))
        TaskKey.objects.filter(pk=kid).update(
            state=TaskKey.PREVIOUS,
            handover=statement,
            handover_number=number,
            ended_at=timezone.now(),
        )
        made = _keep(new)
        note("updates.key_rotated", company=None, actor=None, actor_as="operator", name=made.kid)
    _settle()
    return str(made.kid)


def revoke() -> str:
    """Trust no key any more that there was, and make a new one; returns its id.

    Nobody vouches for it: who may have stolen the old key could vouch for one of theirs as well. So
    every device has to be let in anew before it takes a task.
    """
    new = Ed25519PrivateKey.generate()
    with transaction.atomic():
        _locked()
        FILE.replace_coming(new)
        TaskKey.objects.exclude(state=TaskKey.REVOKED).update(
            state=TaskKey.REVOKED, handover="", ended_at=timezone.now()
        )
        made = _keep(new)
        note("updates.key_revoked", company=None, actor=None, actor_as="operator", name=made.kid)
    _settle()
    return str(made.kid)


def adopt() -> str:
    """Take the key that lies in the file as the current one; returns its id. Raises NoTaskKey.

    For a database that was restored from before the last rotation: devices trust the file's key
    already. Nothing vouches for it here, so a device that trusts another is let in anew.
    """
    private = FILE.present()
    if private is None:
        raise FILE.not_there()
    kid = FILE.name(private)
    with transaction.atomic():
        known = _locked()
        if kid in known:
            if known[kid].state == TaskKey.CURRENT:
                return kid
            raise FILE.given_up(kid)
        TaskKey.objects.filter(state=TaskKey.CURRENT).update(
            state=TaskKey.PREVIOUS, ended_at=timezone.now()
        )
        _keep(private)
        note("updates.key_rotated", company=None, actor=None, actor_as="operator", name=kid)
    return kid
