"""The key that statements are signed with. It lies in a file of its own, and in no table or backup.

Whoever has the database, a backup of it, or the portal's secret can sign nothing with them. Only a
worker reads the file (``TOJIMARI_STATEMENT_KEY``); pages know the public parts alone.

The key that signs next lies beside it and is published as well, so that readers who keep the key set
know it before it signs. It has signed nothing until then.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from joserfc.jwk import ECKey

from tojimari.attest.keys import (
    import_public,
    jwks,
    key_id,
    new_key,
    private_text,
    public_jwk,
    read_private,
)
from tojimari.model import TojimariError
from tojimari.portal.core.audit import note
from tojimari.portal.core.key_files import KeyFile
from tojimari.portal.proofs.models import Proof, StatementKey, StatusEntry

PUBLISHED_FOR = timedelta(days=7)
"""So long the next key is published before it signs: as long as a signed list speaks."""
_ACROSS = "a key that signed for many companies is revoked"


class NoStatementKey(TojimariError):
    """The key that statements are signed with cannot be had here."""


class NotPublishedYet(TojimariError):
    """The next key has not been published long enough to sign."""

    def __init__(self, made: datetime, since: datetime) -> None:
        """Say since when it is published and from when it can sign."""
        day, from_day = (f"{timezone.localtime(at):%Y-%m-%d}" for at in (made, since))
        days = PUBLISHED_FOR.days
        super().__init__(
            f"次の鍵は{day}に公開したばかりです。受け取った人が{days}日のうちに知るので、{from_day}から"
            "替えられます。鍵が盗まれたかもしれないときは "
            "`tojimari portal statement-key revoke` を使ってください。",
            f"The next key is published since {day} only. Readers come to know it within {days} days: "
            f"rotate from {from_day} on. If the key may have been stolen, use "
            "`tojimari portal statement-key revoke`.",
        )


def published() -> dict[str, list[dict[str, str]]]:
    """Return the key set (RFC 7517) of every key whose statements may still be believed."""
    known = StatementKey.objects.exclude(state=StatementKey.REVOKED).order_by("-made_at")
    return jwks(key.jwk for key in known)


def trusted() -> dict[str, ECKey]:
    """Return the same keys, by thumbprint, for verifying."""
    known = StatementKey.objects.exclude(state=StatementKey.REVOKED)
    return {key.kid: import_public(key.jwk) for key in known}


FILE = KeyFile(
    lambda: settings.STATEMENT_KEY,
    read=read_private,
    text=private_text,
    name=key_id,
    words=("証明の鍵", "key for statements"),
    command="statement-key",
    refusal=NoStatementKey,
)


def signing_key() -> ECKey:
    """Return the current key with its private part. Raises NoStatementKey where it is not here."""
    row = StatementKey.objects.filter(state=StatementKey.CURRENT).first()
    if row is None:
        raise FILE.none_yet()
    return FILE.holding(row.kid)


def make_first() -> bool:
    """Make the first key, or take the one that lies in the file; returns whether there was none.

    Only where no key was ever known: a file that is missing later is never replaced silently.
    """
    if StatementKey.objects.exists():
        return False
    try:
        with transaction.atomic():
            _keep(FILE.make_present(new_key()), StatementKey.CURRENT)
    except IntegrityError:  # another worker was faster: its key counts, and this file does not
        return False
    return True


def _keep(key: ECKey, state: str) -> StatementKey:
    made: StatementKey = StatementKey.objects.create(
        kid=key_id(key), jwk=public_jwk(key), state=state
    )
    return made


def _locked() -> dict[str, StatementKey]:
    """Return every key by its id; until the transaction ends nobody else changes them."""
    return {row.kid: row for row in StatementKey.objects.select_for_update().order_by("pk")}


def _give_up(state: str, now_is: str) -> None:
    """Let the key of one state be in another from now on."""
    rows = StatementKey.objects.filter(state=state)
    rows.update(state=now_is, ended_at=timezone.now())


def publish_next() -> str:
    """See to it that the key that signs next is made and published; returns its id.

    A next key whose private part is gone is published no more: it has signed nothing.
    Raises NoStatementKey.
    """
    with transaction.atomic():
        known = _locked()
        FILE.settle(key_id(signing_key()))  # ends a rotation: the next file is free then
        coming = FILE.coming()
        row = known.get(key_id(coming)) if coming is not None else None
        if row is not None and row.state == StatementKey.NEXT:
            return str(row.kid)
        if coming is None or row is not None:  # nothing there, or a key that was given up
            coming = new_key()
            FILE.replace_coming(coming)
        _give_up(StatementKey.NEXT, StatementKey.REVOKED)
        return str(_keep(coming, StatementKey.NEXT).kid)


def rotate() -> str:
    """Let the next key sign; the one before still verifies what it signed. Returns its id.

    Raises NoStatementKey, and NotPublishedYet while readers cannot be expected to know the next.
    """
    publish_next()  # kept, even where it is too early to rotate
    with transaction.atomic():
        coming = publish_next()  # locked: one rotation at a time
        row = StatementKey.objects.get(pk=coming)
        since = row.made_at + PUBLISHED_FOR
        if since > timezone.now():
            raise NotPublishedYet(row.made_at, since)
        _give_up(StatementKey.CURRENT, StatementKey.PREVIOUS)
        StatementKey.objects.filter(pk=coming).update(state=StatementKey.CURRENT)
        note("proofs.key_rotated", company=None, actor=None, actor_as="operator", name=coming)
    publish_next()
    return coming


def revoke() -> tuple[str, list[Proof]]:
    """Believe no key any more that there was, and make a new one: the key may have been stolen.

    The next one lay beside it: it is not believed either. Every statement signed before is revoked
    in the list. Returns the new key's id, and the proofs that still counted, which are to be signed
    anew.
    """
    new = new_key()
    now = timezone.now()
    with transaction.atomic():
        _locked()
        FILE.replace_coming(new)
        StatementKey.objects.exclude(state=StatementKey.REVOKED).update(
            state=StatementKey.REVOKED, ended_at=now
        )
        made = _keep(new, StatementKey.CURRENT)
        StatusEntry.objects.exclude(kid=made.kid).update(status="revoked")
        rows = Proof.objects.across(_ACROSS).exclude(text="")
        good = rows.filter(revoked_at=None, superseded_at=None, expires_at__gt=now)
        again = list(good.select_related("company"))
        note("proofs.key_revoked", company=None, actor=None, actor_as="operator", name=made.kid)
    publish_next()
    return str(made.kid), again


def adopt() -> str:
    """Take the key that lies in the file as the current one; returns its id. Raises NoStatementKey.

    For a database that was restored from before the last rotation: there the file's key is not
    known, or is still the next one.
    """
    key = FILE.present()
    if key is None:
        raise FILE.not_there()
    kid = key_id(key)
    with transaction.atomic():
        row = _locked().get(kid)
        if row is not None and row.state == StatementKey.CURRENT:
            return kid
        if row is not None and row.state != StatementKey.NEXT:
            raise FILE.given_up(kid)
        _give_up(StatementKey.CURRENT, StatementKey.PREVIOUS)
        if row is None:
            _keep(key, StatementKey.CURRENT)
        else:
            StatementKey.objects.filter(pk=kid).update(state=StatementKey.CURRENT)
        note("proofs.key_rotated", company=None, actor=None, actor_as="operator", name=kid)
    publish_next()
    return kid


def drop_old() -> None:
    """Forget keys that nothing rests on any more: every statement of theirs ended by itself."""
    used = StatusEntry.objects.values("kid")
    StatementKey.objects.filter(state=StatementKey.PREVIOUS).exclude(kid__in=used).delete()
