"""What the doctor looks at for proofs."""

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import register
from django.db import DatabaseError

from tojimari.portal.proofs.models import StatementKey
from tojimari.portal.proofs.statement_keys import FILE, NoStatementKey, signing_key
from tojimari.portal.signs import DOCTOR, SignMessage, says


@register(DOCTOR, deploy=True)
def statement_key(**_: object) -> Iterator[SignMessage]:
    """Say whether statements can be signed here, and whether others can read the key."""
    if settings.LOCAL:
        return
    try:
        if not StatementKey.objects.exists():
            return
        signing_key()
    except DatabaseError:  # said by the check of the database
        return
    except NoStatementKey as error:
        yield says("statement_key", "bad", ja=error.say("ja"), en=error.say("en"))
        return
    path = settings.STATEMENT_KEY
    if FILE.is_open_to_others():
        yield says(
            "statement_key",
            "bad",
            ja=f"証明の鍵 {path} をほかの人も読めます。`chmod 600 {path}` のあと、"
            "`tojimari portal statement-key revoke` を実行してください。",
            en=f"Others can read the key for statements, {path}. Run `chmod 600 {path}`, then "
            "`tojimari portal statement-key revoke`.",
        )
        return
    yield says(
        "statement_key", "good", ja="証明の鍵があります。", en="The key for statements is there."
    )
