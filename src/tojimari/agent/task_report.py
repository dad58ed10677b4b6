"""What a device says of a task: where it stands, what it changed, why it waits or failed."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from tojimari.agent.tasks import TASK_REFUSALS
from tojimari.model import Text

TaskState = Literal[
    "received",
    "refused",
    "waiting",
    "planned",
    "running",
    "done",
    "failed",
    "interrupted",
    "stopped",
]
FINISHED: tuple[TaskState, ...] = (
    "refused",
    "planned",
    "done",
    "failed",
    "interrupted",
    "stopped",
)
"""States after which nothing more comes; ``planned`` ends a dry run."""

WAITS: dict[str, Text] = {
    "not_yet": Text(ja="決めた時刻になるのを待っています。", en="Its time has not come yet."),
    "somebody_works": Text(
        ja="だれかが使っているので、待っています。", en="Somebody is working; it waits."
    ),
    "busy": Text(
        ja="ほかの更新が動いているので、待っています。", en="Another update is running; it waits."
    ),
    "on_battery": Text(
        ja="電源につながっていないので、待っています。",
        en="It runs on battery; it waits for power.",
    ),
    "metered": Text(
        ja="使った分だけ料金のかかる回線なので、待っています。",
        en="The line is paid by use; it waits for another.",
    ),
    "disk_full": Text(
        ja="空き容量が足りないので、待っています。",
        en="There is not enough free disk space; it waits.",
    ),
}
"""Why a task waits, as both sides say it."""

FAILURES: dict[str, Text] = {
    "source_unreachable": Text(
        ja="更新の配り元が答えません。", en="The source of the updates does not answer."
    ),
    "source_unsigned": Text(
        ja="更新の配り元の署名を確かめられません。",
        en="The signature of the source of the updates does not hold.",
    ),
    "source_expired": Text(
        ja="更新の一覧が古すぎるか、機器の時計が進みすぎています。",
        en="The list of updates is too old, or the device's clock is ahead.",
    ),
    "held_back": Text(
        ja="新しい版がありますが、入れられずに残りました。",
        en="A newer version is there but was kept back.",
    ),
    "half_installed": Text(
        ja="途中のままのソフトがあります。人が見る必要があります。",
        en="Software is left half installed. Somebody has to look.",
    ),
    "took_too_long": Text(
        ja="時間がかかりすぎたので止めました。", en="It took too long and was ended."
    ),
    "engine_failed": Text(ja="更新の仕組みが失敗しました。", en="The engine failed."),
    "was_cut_off": Text(
        ja="電源が切れるなどして、途中で止まりました。", en="It was cut off, by power or otherwise."
    ),
    "not_seen_after": Text(
        ja="実行しましたが、変わったことを確かめられません。",
        en="It ran, but the change cannot be seen.",
    ),
    "box_edited": Text(
        ja="箱の前で設定を書きかえた人がいて、まだ `tojimari box setup` をしていません。",
        en="Somebody changed the settings at the box and has not run `tojimari box setup` yet.",
    ),
    "box_settings": Text(
        ja="箱の設定に、この名前を書き込めません。箱の前で直してください。",
        en="This name cannot be written into the box's settings. It has to be done at the box.",
    ),
    "box_needs_it": Text(
        ja="箱が自分で使う名前 (会社のページ、止める名前の一覧、時刻、更新、回線を確かめる先) なので、止めません。",
        en="The box itself needs this name (its portal, lists, time, updates, or what it tries its line by): it is not blocked.",
    ),
    "box_taken_back": Text(
        ja="変えると回線かエンジンが働かなかったので、箱が元の設定に戻しました。",
        en="With the change the line or an engine did not work, so the box took it back.",
    ),
    "somebody_came": Text(
        ja="再起動の前にだれかが使い始めたので、やめました。",
        en="Somebody began to work before the restart; it was called off.",
    ),
    "threat_found": Text(
        ja="ウイルス対策の検査で、怪しいファイルが見つかりました。",
        en="The scan found a suspicious file.",
    ),
}
"""Why a task failed or did not come to a clean end, as both sides say it."""

NOTES: dict[str, Text] = {
    "nothing_to_do": Text(ja="することはありませんでした。", en="There was nothing to do."),
    "held": Text(
        ja="版を止めてあるソフトは、そのままにしました。",
        en="Software that is held was left as it is.",
    ),
    "conffiles_kept": Text(
        ja="手を入れた設定ファイルは、そのまま残しました。",
        en="Settings that were edited were kept.",
    ),
    "finished_after_cut": Text(
        ja="途中で止まった分を、最後まで終わらせました。", en="What was cut off was finished."
    ),
    "restart_later": Text(ja="再起動すると終わります。", en="A restart finishes it."),
    "left_to_people": Text(
        ja="機器の前の人の答えや再起動が要るものは、入れずに残しました。",
        en="What asks somebody at the device, or restarts it, was left.",
    ),
    "portal_not_found": Text(
        ja="会社のページのアドレスが調べられなかったので、そこへも届きません。時間が来れば戻ります。",
        en="The address of the company's page could not be looked up, so not even that is reached. It "
        "ends by itself.",
    ),
    "told_by_source": Text(
        ja="安全のための更新は、配り元の名前で選びました。",
        en="Security updates were told by the name of their source.",
    ),
}
"""What is said beside a result, as both sides say it."""

SENTENCES: dict[str, Text] = {**TASK_REFUSALS, **WAITS, **FAILURES, **NOTES}
"""Every key that a report may hold, with its sentence."""

CHANGES_AT_MOST = 2_000


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing with its version before and after; "" where it is (or was) not there."""

    name: str
    before: str
    after: str


class TaskReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one task stands, by the device's clock; sent to ``task-reports`` like a report.

    Attributes:
        at: when it was written.
        highest: the highest sequence the device ever took.
        reason: a key of TASK_REFUSALS, WAITS or FAILURES; None where there is none.
        plan: what a dry run, or the simulation before a run, said would change.
        changes: what changed, read from versions afterwards.
        kept: paths of settings that were kept, with the packager's beside them.
        notes: keys of NOTES.
        started, ended: when the engine ran; None where it did not.
        forgotten_until: with "notes_went_back": until when something may have been done here that
            the device's notes do not hold.
    """

    schema: Literal["tojimari.task-report/1"]
    device: UUID
    task: UUID
    state: TaskState
    at: datetime
    highest: int
    reason: str | None = None
    plan: list[Change] = []
    changes: list[Change] = []
    restart_needed: bool = False
    kept: list[str] = []
    notes: list[str] = []
    started: datetime | None = None
    ended: datetime | None = None
    forgotten_until: datetime | None = None


class ActorReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a device allows, and whether it is isolated; sent to ``actor`` when that changes.

    Attributes:
        kinds: ids of the kinds it allows; none: it does no work from afar (any more).
        key: id of the task key it trusts; "" for none.
        restart_needed: whether it has to be restarted.
        isolated_until: until when it is cut off from all but its portal; None where it is not. It is
            sent only then, so that earlier portals take the report.
    """

    schema: Literal["tojimari.actor/1"]
    device: UUID
    kinds: list[str]
    key: str
    restart_needed: bool = False
    isolated_until: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
