"""The statement by which one key for tasks names the next."""

import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db.models import Max

from tojimari.agent.tasks import KeyChange, sign_key_change
from tojimari.portal.updates.models import TaskKey


def handover(old: Ed25519PrivateKey, public: bytes) -> tuple[str, int]:
    """Return the statement of the ``old`` key about the next (32 bytes), and its number.

    Numbers grow, also after a restored backup: none is below the time in seconds.
    """
    last = TaskKey.objects.aggregate(last=Max("handover_number"))["last"] or 0
    number = max(last + 1, int(time.time()))
    change = KeyChange("tojimari.task-key/1", public.hex(), number)
    return sign_key_change(change, old), number
