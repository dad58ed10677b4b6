"""What the doctor looks at for updates from afar."""

from collections.abc import Iterator

from django.conf import settings
from django.core.checks import register
from django.db import DatabaseError

from tojimari.portal.signs import DOCTOR, SignMessage, says
from tojimari.portal.updates.models import TaskKey
from tojimari.portal.updates.task_keys import FILE, NoTaskKey, signing_key


@register(DOCTOR, deploy=True)
def task_key(**_: object) -> Iterator[SignMessage]:
    """Say whether tasks can be signed here, and whether others can read the key."""
    if settings.LOCAL:
        return
    try:
        if not TaskKey.objects.exists():
            return
        kid, _key = signing_key()
    except DatabaseError:  # said by the check of the database
        return
    except NoTaskKey as error:
        yield says("task_key", "bad", ja=error.say("ja"), en=error.say("en"))
        return
    if FILE.is_open_to_others():
        yield says(
            "task_key",
            "bad",
            ja=f"作業の鍵 {settings.TASK_KEY} をほかの人も読めます。`chmod 600 {settings.TASK_KEY}` のあと、"
            "`tojimari portal task-key rotate` を実行してください。",
            en=f"Others can read the key for tasks, {settings.TASK_KEY}. Run "
            f"`chmod 600 {settings.TASK_KEY}`, then `tojimari portal task-key rotate`.",
        )
        return
    yield says(
        "task_key",
        "good",
        ja=f"作業の鍵 ({kid}) があります。",
        en=f"The key for tasks ({kid}) is there.",
    )
