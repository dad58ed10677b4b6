"""The key that statements are signed with. It lies in a file of its own, and in no table or backup.

Whoever has the database, a backup of it, or the portal's secret can sign nothing with them. Only a
worker reads the file (``TOJIMARI_STATEMENT_KEY``); pages know the public parts alone.
"""

import os
import stat
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from joserfc.jwk import ECKey

from tojimari.attest.keys import (
    BadKeys,
    import_public,
    jwks,
    key_id,
    new_key,
    private_text,
    public_jwk,
    read_private,
)
from tojimari.lib.files import write_whole
from tojimari.lib.folders import make_private
from tojimari.model import TojimariError
from tojimari.portal.core.audit import note
from tojimari.portal.proofs.models import Proof, StatementKey, StatusEntry

_ACROSS = "a key that signed for many companies is revoked"


class NoStatementKey(TojimariError):
    """The key that statements are signed with cannot be had here."""


def published() -> dict[str, list[dict[str, str]]]:
    """Return the key set (RFC 7517) of every key whose statements may still be believed."""
    known = StatementKey.objects.exclude(state=StatementKey.REVOKED).order_by("-made_at")
    return jwks(key.jwk for key in known)


def trusted() -> dict[str, ECKey]:
    """Return the same keys, by thumbprint, for verifying."""
    known = StatementKey.objects.exclude(state=StatementKey.REVOKED)
    return {key.kid: import_public(key.jwk) for key in known}


def _read(path: Path) -> ECKey | None:
    try:
        return read_private(path.read_text("ascii"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NoStatementKey(
            f"証明の鍵 {path} が読めません ({error.strerror})。",
            f"The key for statements, {path}, cannot be read ({error.strerror}).",
        ) from error
    except (BadKeys, UnicodeDecodeError) as error:
        raise NoStatementKey(
            f"{path} は証明の鍵ではありません。", f"{path} is no key for statements."
        ) from error


def _next_file() -> Path:
    return settings.STATEMENT_KEY.with_name(f"{settings.STATEMENT_KEY.name}.next")


def _write(path: Path, key: ECKey) -> None:
    make_private(path.parent)
    write_whole(path, private_text(key).encode("ascii"))
    if os.name == "posix":
        path.chmod(0o600)


def is_open_to_others() -> bool:
    """Return whether others than its user can read the file; false where there is none."""
    try:
        mode = settings.STATEMENT_KEY.stat().st_mode
    except OSError:
        return False
    return os.name == "posix" and bool(stat.S_IMODE(mode) & 0o077)


def signing_key() -> ECKey:
    """Return the current key with its private part. Raises NoStatementKey where it is not here."""
    row = StatementKey.objects.filter(state=StatementKey.CURRENT).first()
    if row is None:
        raise NoStatementKey(
            "証明の鍵がまだありません。`tojimari worker` が動き始めると作られます。",
            "There is no key for statements yet. `tojimari worker` makes it when it starts.",
        )
    for path in (settings.STATEMENT_KEY, _next_file()):
        key = _read(path)
        if key is not None and key_id(key) == row.kid:
            if path != settings.STATEMENT_KEY:  # a rotation was cut off after the database knew
                path.replace(settings.STATEMENT_KEY)
            return key
    raise NoStatementKey(
        f"{settings.STATEMENT_KEY} に、いまの証明の鍵 ({row.kid}) がありません。保管した鍵を戻すか、"
        "`tojimari portal statement-key revoke` で新しい鍵にしてください。",
        f"{settings.STATEMENT_KEY} does not hold the current key for statements ({row.kid}). Put the "
        "kept file back, or make a new key with `tojimari portal statement-key revoke`.",
    )


def make_first() -> bool:
    """Make the first key, or take the one that lies in the file; returns whether there was none.

    Only where no key was ever known: a file that is missing later is never replaced silently.
    """
    if StatementKey.objects.exists():
        return False
    key = _read(settings.STATEMENT_KEY)
    if key is None:
        key = new_key()
        _write(settings.STATEMENT_KEY, key)
    try:
        with transaction.atomic():
            _keep(key)
    except IntegrityError:  # another worker was faster: its key counts, and this file does not
        return False
    return True


def _keep(key: ECKey) -> StatementKey:
    made: StatementKey = StatementKey.objects.create(
        kid=key_id(key), jwk=public_jwk(key), state=StatementKey.CURRENT
    )
    return made


def rotate() -> str:
    """Make a new key; the one before still verifies what it signed. Returns the new one's id."""
    new = new_key()
    with transaction.atomic():
        list(StatementKey.objects.select_for_update().order_by("pk"))  # one rotation at a time
        signing_key()
        _write(_next_file(), new)
        StatementKey.objects.filter(state=StatementKey.CURRENT).update(
            state=StatementKey.PREVIOUS, ended_at=timezone.now()
        )
        made = _keep(new)
        note("proofs.key_rotated", company=None, actor=None, actor_as="operator", name=made.kid)
    _next_file().replace(settings.STATEMENT_KEY)
    return str(made.kid)


def revoke() -> tuple[str, list[Proof]]:
    """Believe no key any more that there was, and make a new one: the key may have been stolen.

    Every statement signed before is revoked in the list. Returns the new key's id, and the proofs
    that still counted, which are to be signed anew.
    """
    new = new_key()
    now = timezone.now()
    with transaction.atomic():
        list(StatementKey.objects.select_for_update().order_by("pk"))
        _write(_next_file(), new)
        StatementKey.objects.exclude(state=StatementKey.REVOKED).update(
            state=StatementKey.REVOKED, ended_at=now
        )
        made = _keep(new)
        StatusEntry.objects.exclude(kid=made.kid).update(status="revoked")
        rows = Proof.objects.across(_ACROSS).exclude(text="")
        good = rows.filter(revoked_at=None, superseded_at=None, expires_at__gt=now)
        again = list(good.select_related("company"))
        note("proofs.key_revoked", company=None, actor=None, actor_as="operator", name=made.kid)
    _next_file().replace(settings.STATEMENT_KEY)
    return str(made.kid), again


def adopt() -> str:
    """Take the key that lies in the file as the current one; returns its id. Raises NoStatementKey.

    For a database that was restored from before the last rotation.
    """
    key = _read(settings.STATEMENT_KEY)
    if key is None:
        raise NoStatementKey(
            f"{settings.STATEMENT_KEY} がありません。", f"{settings.STATEMENT_KEY} is not there."
        )
    kid = key_id(key)
    with transaction.atomic():
        known = {one.kid: one for one in StatementKey.objects.select_for_update().order_by("pk")}
        if kid in known:
            if known[kid].state == StatementKey.CURRENT:
                return kid
            raise NoStatementKey(
                f"{settings.STATEMENT_KEY} の鍵 ({kid}) は、前に替えたか取り消した鍵です。",
                f"The key in {settings.STATEMENT_KEY} ({kid}) was replaced or revoked before.",
            )
        StatementKey.objects.filter(state=StatementKey.CURRENT).update(
            state=StatementKey.PREVIOUS, ended_at=timezone.now()
        )
        _keep(key)
        note("proofs.key_rotated", company=None, actor=None, actor_as="operator", name=kid)
    return kid


def drop_old() -> None:
    """Forget keys that nothing rests on any more: every statement of theirs ended by itself."""
    used = StatusEntry.objects.values("kid")
    StatementKey.objects.filter(state=StatementKey.PREVIOUS).exclude(kid__in=used).delete()
