"""The operator's hook: each notice as signed JSON, tried again until it is taken. Off by default."""

import contextlib
import hashlib
import hmac
import http.client
import json
import logging
import ssl
from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django_tasks import task

from tojimari import __version__
from tojimari.portal.companies.models import Company
from tojimari.portal.core.periodic import every
from tojimari.portal.sensors.models import HookCall, Matter
from tojimari.portal.sensors.notices import WATCH_NOW
from tojimari.portal.sensors.sentences import matter_text, told_values

log = logging.getLogger("tojimari.watch")

TRIES = 12
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=6)
SECONDS = 20
"""For one call."""
CLAIMED_FOR = timedelta(minutes=5)
"""So long a call belongs to whoever began it."""
SIGNATURE = "X-Tojimari-Signature"
_AT_ONCE = 50
_SENTENCES = 5


def hand_to_hook(company: Company, kind: str, matters: Sequence[Matter], now: datetime) -> None:
    """Put a notice on its way to the hook, where the operator set one.

    It holds the company's id, the sentences, and nothing that says who: no names, no addresses.
    """
    if not settings.WATCH_HOOK_URL or not matters:
        return
    said = [
        {
            "rule": one.rule,
            "since": one.first.isoformat(),
            "ja": matter_text(told_values(one), "ja"),
            "en": matter_text(told_values(one), "en"),
        }
        for one in matters[:_SENTENCES]
    ]
    row = HookCall(company=company, made_at=now, next_at=now)
    row.body = json.dumps(
        {
            "schema": "tojimari.watch-notice/1",
            "id": str(row.pk),
            "company": str(company.pk),
            "made_at": now.isoformat(),
            "urgent": kind == WATCH_NOW,
            "matters": said,
            "more": max(0, len(matters) - _SENTENCES),
        },
        ensure_ascii=False,
    )
    row.save(force_insert=True)
    call_hook.enqueue(str(row.pk))


def signature(body: bytes, secret: str) -> str:
    """Return what stands in the header: ``sha256=`` and the HMAC-SHA256 of the body in hex."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@task()
def call_hook(key: str) -> None:
    """Try one call whose turn it is; what was not taken waits, longer each time."""
    now = timezone.now()
    rows = HookCall.objects.across("a worker calls the hook it was handed").filter(pk=key)
    due = rows.filter(next_at__lte=now)
    if not settings.WATCH_HOOK_URL or not due.update(
        next_at=now + CLAIMED_FOR, tries=F("tries") + 1
    ):
        return
    row = rows.first()
    if row is None:
        return
    if _taken(row.body.encode()):
        rows.update(taken_at=timezone.now(), next_at=None)
        return
    wait = min(FIRST_WAIT * 2 ** (row.tries - 1), LONGEST_WAIT)
    rows.update(next_at=None if row.tries >= TRIES else timezone.now() + wait)
    log.warning("the hook took no notice", extra={"reason": f"try {row.tries}"})


@every(timedelta(minutes=5))
def call_hooks_again() -> None:
    """Try again what the hook did not take."""
    if not settings.WATCH_HOOK_URL:
        return
    due = HookCall.objects.across("notices that wait for the hook")
    due = due.filter(next_at__lte=timezone.now()).order_by("next_at")
    for key in due.values_list("pk", flat=True)[:_AT_ONCE]:
        call_hook.enqueue(str(key))


def _taken(body: bytes) -> bool:
    """Send it; returns whether it was taken (2xx). No redirect is followed."""
    parts = urlsplit(settings.WATCH_HOOK_URL)
    host, port = parts.hostname or "", parts.port
    link = http.client.HTTPConnection(host, port, timeout=SECONDS)
    if parts.scheme == "https":
        safe = ssl.create_default_context()
        link = http.client.HTTPSConnection(host, port, timeout=SECONDS, context=safe)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": f"tojimari/{__version__}",
        SIGNATURE: signature(body, settings.WATCH_HOOK_SECRET),
    }
    try:
        path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        link.request("POST", path, body=body, headers=headers)
        return 200 <= link.getresponse().status < 300
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        with contextlib.suppress(OSError):
            link.close()
