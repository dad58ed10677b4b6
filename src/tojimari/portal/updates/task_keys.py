"""The key that tasks are signed with. It lies in a file of its own, and in no table or backup.

Whoever has the database, a backup of it, or the portal's secret can sign nothing with them. Only a
worker reads the file (``TOJIMARI_TASK_KEY``); pages know the public part alone.
"""

import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from tojimari.agent.tasks import key_id
from tojimari.lib.files import write_once, write_whole
from tojimari.lib.folders import make_private
from tojimari.model import TojimariError
from tojimari.portal.core.audit import note
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


def _read(path: Path) -> Ed25519PrivateKey | None:
    try:
        text = path.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NoTaskKey(
            f"作業の鍵 {path} が読めません ({error.strerror})。",
            f"The key for tasks, {path}, cannot be read ({error.strerror}).",
        ) from error
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text))
    except ValueError as error:
        raise NoTaskKey(
            f"{path} は作業の鍵ではありません。",
            f"{path} is no key for tasks.",
        ) from error


def _write(path: Path, private: Ed25519PrivateKey) -> None:
    make_private(path.parent)
    write_whole(path, _line(private))


def _next_file() -> Path:
    return settings.TASK_KEY.with_name(f"{settings.TASK_KEY.name}.next")


def is_open_to_others() -> bool:
    """Return whether others than its user can read the file; false where there is none."""
    try:
        mode = settings.TASK_KEY.stat().st_mode
    except OSError:
        return False
    return os.name == "posix" and bool(stat.S_IMODE(mode) & 0o077)


def signing_key() -> tuple[str, Ed25519PrivateKey]:
    """Return the current key: its id and its private part. Raises NoTaskKey where it is not here."""
    row = TaskKey.objects.filter(state=TaskKey.CURRENT).first()
    if row is None:
        raise NoTaskKey(
            "作業の鍵がまだありません。`tojimari worker` が動き始めると作られます。",
            "There is no key for tasks yet. `tojimari worker` makes it when it starts.",
        )
    for path in (settings.TASK_KEY, _next_file()):
        private = _read(path)
        if private is not None and _public_of(private).hex() == row.public:
            if path != settings.TASK_KEY:  # a rotation was cut off after the database knew
                path.replace(settings.TASK_KEY)
            return row.kid, private
    raise NoTaskKey(
        f"{settings.TASK_KEY} に、いまの作業の鍵 ({row.kid}) がありません。保管した鍵を戻すか、"
        "`tojimari portal task-key revoke` で新しい鍵にしてください。",
        f"{settings.TASK_KEY} does not hold the current key for tasks ({row.kid}). Put the kept file "
        "back, or make a new key with `tojimari portal task-key revoke`.",
    )


def make_first() -> bool:
    """Make the first key, or take the one that lies in the file; returns whether there was none.

    Only where no key was ever known: a file that is missing later is never replaced silently.
    """
    if TaskKey.objects.exists():
        return False
    private = _read(settings.TASK_KEY) or _made()
    try:
        with transaction.atomic():
            _keep(private)
    except IntegrityError:  # another worker was faster: its key counts, and this file does not
        return False
    return True


def _made() -> Ed25519PrivateKey:
    make_private(settings.TASK_KEY.parent)
    private = Ed25519PrivateKey.generate()
    write_once(settings.TASK_KEY, _line(private))
    return _read(settings.TASK_KEY) or private  # another worker may have been faster


def _line(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes_raw().hex().encode() + b"\n"


def _keep(private: Ed25519PrivateKey) -> TaskKey:
    public = _public_of(private)
    made: TaskKey = TaskKey.objects.create(
        kid=key_id(public.hex()), public=public.hex(), state=TaskKey.CURRENT
    )
    return made


def rotate() -> str:
    """Make a new key that the present one vouches for; returns its id. Raises NoTaskKey.

    Devices that trust the present key come to trust the new one by that statement.
    """
    with transaction.atomic():
        list(TaskKey.objects.select_for_update().order_by("pk"))  # one rotation at a time
        kid, old = signing_key()
        new = Ed25519PrivateKey.generate()
        _write(_next_file(), new)
        statement, number = handover(old, _public_of(new))
        TaskKey.objects.filter(pk=kid).update(
            state=TaskKey.PREVIOUS,
            handover=statement,
            handover_number=number,
            ended_at=timezone.now(),
        )
        made = _keep(new)
        note("updates.key_rotated", company=None, actor=None, actor_as="operator", name=made.kid)
    _next_file().replace(settings.TASK_KEY)
    return str(made.kid)


def revoke() -> str:
    """Trust no key any more that there was, and make a new one; returns its id.

    Nobody vouches for it: who may have stolen the old key could vouch for one of theirs as well. So
    every device has to be let in anew before it takes a task.
    """
    new = Ed25519PrivateKey.generate()
    with transaction.atomic():
        list(TaskKey.objects.select_for_update().order_by("pk"))
        _write(_next_file(), new)
        TaskKey.objects.exclude(state=TaskKey.REVOKED).update(
            state=TaskKey.REVOKED, handover="", ended_at=timezone.now()
        )
        made = _keep(new)
        note("updates.key_revoked", company=None, actor=None, actor_as="operator", name=made.kid)
    _next_file().replace(settings.TASK_KEY)
    return str(made.kid)


def adopt() -> str:
    """Take the key that lies in the file as the current one; returns its id. Raises NoTaskKey.

    For a database that was restored from before the last rotation: devices trust the file's key
    already. Nothing vouches for it here, so a device that trusts another is let in anew.
    """
    private = _read(settings.TASK_KEY)
    if private is None:
        raise NoTaskKey(
            f"{settings.TASK_KEY} がありません。",
            f"{settings.TASK_KEY} is not there.",
        )
    kid = key_id(_public_of(private).hex())
    with transaction.atomic():
        known = {one.kid: one for one in TaskKey.objects.select_for_update().order_by("pk")}
        if kid in known:
            if known[kid].state == TaskKey.CURRENT:
                return kid
            raise NoTaskKey(
                f"{settings.TASK_KEY} の鍵 ({kid}) は、前に替えたか取り消した鍵です。",
                f"The key in {settings.TASK_KEY} ({kid}) was replaced or revoked before.",
            )
        TaskKey.objects.filter(state=TaskKey.CURRENT).update(
            state=TaskKey.PREVIOUS, ended_at=timezone.now()
        )
        _keep(private)
        note("updates.key_rotated", company=None, actor=None, actor_as="operator", name=kid)
    return kid
