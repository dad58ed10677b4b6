"""Free addresses of senders become keyed digests; there is no way back to the addresses."""

import hashlib
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import migrations, transaction

from tojimari.portal.core.sealing import derived_key

_PIECE = 500


def digest(apps: Any, editor: Any) -> None:
    """Digest what is an address; domains stay."""
    secret = derived_key(settings.SECRET_KEY, "tojimari mail sender 1")
    for name in ("Judged", "FirstMail"):
        rows = apps.get_model("mailcheck", name).objects.filter(sender__contains="@")
        for some in _in_pieces(rows):
            for row in some:
                key = hashlib.blake2b(row.company_id.bytes, digest_size=32, key=secret).digest()
                address = row.sender.encode("utf-8", "replace")
                row.sender = "#" + hashlib.blake2b(address, digest_size=16, key=key).hexdigest()
            with transaction.atomic():
                rows.model.objects.bulk_update(some, ["sender"])


def _in_pieces(rows: Any) -> Iterator[list[Any]]:
    while some := list(rows.order_by("pk")[:_PIECE]):
        yield some


class Migration(migrations.Migration):
    dependencies = [("mailcheck", "0001_initial")]

    operations = [migrations.RunPython(digest, migrations.RunPython.noop)]
