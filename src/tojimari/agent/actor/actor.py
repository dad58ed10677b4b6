"""Takes tasks and does them: verified here, noted before they run, never run twice."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from tojimari.agent.actor.conditions import Conditions
from tojimari.agent.actor.engine import Engine, Outcome, Plan
from tojimari.agent.actor.inbox import Inbox
from tojimari.agent.actor.past import Moment, forgotten_until, moment
from tojimari.agent.actor.store import Held, Line, Pin, State, Store
from tojimari.agent.task_report import CHANGES_AT_MOST, TaskReport, TaskState
from tojimari.agent.tasks import (
    LONGEST_WINDOW,
    TaskRefused,
    Trust,
    named_sequence,
    named_task,
    read_key_change,
    read_task,
)
from tojimari.catalog.task_kind import TaskKind

NONCES_AT_MOST = 10_000
STOPS_AT_MOST = 1_000
HELD_AT_MOST = 200
KEPT_AT_MOST = 200
"""Settings that were kept, as far as they are named."""


class Actor:
    """One start of the actor: reads the inbox, ends what was cut off, does what may be done now.

    engine_for: what does a kind on this device; None where nothing does.
    """

    def __init__(
        self,
        store: Store,
        *,
        kinds: Mapping[str, TaskKind],
        engine_for: Callable[[str], Engine | None],
        conditions: Conditions | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        moment: Callable[[datetime], Moment] = moment,
    ) -> None:
        """Work with what root allowed in ``store``."""
        self.store, self.kinds, self.engine_for, self.now = store, kinds, engine_for, now
        self.moment = moment
        self.conditions = conditions or Conditions()

    def turn(self) -> None:
        """Do what can be done now. Raises ActorError when its own notes are damaged."""
        pin = self.store.pin()
        if pin is None:
            return
        with self.store.alone() as alone:
            if alone:
                state = self.store.state()
                self._look_back(state)
                self._take(pin, state)
                for held in sorted(state.held, key=self._may_wait):
                    self._step(self.store.pin() or pin, state, held)

    def _may_wait(self, held: Held) -> bool:
        kind = self.kinds.get(held.task.kind)
        return kind is None or not kind.emergency

    def _look_back(self, state: State) -> None:
        """Take no number any more from a time of which the notes may have forgotten something."""
        now = self.moment(self.now())
        until = forgotten_until(state.moment, now)
        if until is not None:
            state.forgotten_until = until
            state.highest = max(state.highest, int(until.timestamp()))
        state.moment = now
        # Before anything is taken: what is read below may be what was done already.
        self.store.save_state(state)

    # What arrives.

    def _take(self, pin: Pin, state: State) -> None:
        inbox = Inbox(pin.inbox, pin.owner)
        dropped, names = inbox.read()
        pin = self._changed_keys(pin, dropped.keys)
        for signed in dropped.tasks:
            self._verify(pin, state, signed)
        now = self.now()
        state.nonces = {one: over for one, over in state.nonces.items() if over > now}
        state.taken = {one: over for one, over in state.taken.items() if over > now}
        stopped = state.stopped | dict.fromkeys(dropped.stops, now + 2 * LONGEST_WINDOW)
        kept = [(one, over) for one, over in stopped.items() if over > now]
        state.stopped = dict(kept[-STOPS_AT_MOST:])
        for held in [one for one in state.held if one.task.task in state.stopped]:
            if held.state != "running":
                self._finish(state, held, "stopped", None)
        self.store.save_state(state)
        inbox.take_away(names)

    def _changed_keys(self, pin: Pin, statements: Iterable[str]) -> Pin:
        """Come to trust the next key; what root changed meanwhile, or took back, stays so."""
        for statement in statements:
            with self.store.changing():
                now = self.store.pin()
                if now is None:
                    return msgspec.structs.replace(pin, kinds=())
                pin = _with_next_key(now, statement)
                if pin != now:
                    self.store.save_pin(pin)
        return pin

    def _verify(self, pin: Pin, state: State, signed: str) -> None:
        trust = Trust(pin.key, pin.device, pin.kinds, state.highest, state.nonces)
        try:
            if len(state.held) >= HELD_AT_MOST or len(state.nonces) >= NONCES_AT_MOST:
                raise TaskRefused("too_many_here")
            task = read_task(signed, trust, self.kinds, now=self.now())
        except TaskRefused as refused:
            self._refused(pin, state, signed, refused.reason)
            return
        held = Held(task)
        state.highest = task.sequence
        state.nonces[task.nonce] = task.expires
        if task.task in state.taken:
            self._say_again(state, task.task)
            return
        state.taken[task.task] = task.expires
        state.held.append(held)
        # Noted for good before anything comes of it: from here on it is never taken again.
        self.store.save_state(state)
        self._say(state, held)

    def _refused(self, pin: Pin, state: State, signed: str, reason: str) -> None:
        claimed = named_task(signed)
        if claimed is None or any(one.task.task == claimed for one in state.held):
            return
        if reason in ("used_nonce", "old_sequence") and self._known(str(claimed)):
            self._say_again(state, claimed)
            return
        back = state.forgotten_until
        forgotten = (
            reason == "old_sequence"
            and back is not None
            and named_sequence(signed) <= int(back.timestamp())
        )
        reason = "notes_went_back" if forgotten else reason
        at = self.now()
        self.store.note(Line(at, str(claimed), "", "refused", reason, ""))
        if not (self.store.outbox / f"{claimed}.json").exists():
            self.store.hand_out(
                TaskReport(
                    schema="tojimari.task-report/1",
                    device=pin.device,
                    task=claimed,
                    state="refused",
                    at=at,
                    highest=state.highest,
                    reason=reason,
                    forgotten_until=back if forgotten else None,
                )
            )

    def _say_again(self, state: State, task: UUID) -> None:
        """Say once more what came of a task: a portal that gives it again has forgotten it."""
        held = next((one for one in state.held if one.task.task == task), None)
        said = self.store.handed_out(task)
        if held is not None:
            self._say(state, held)
        elif said is not None:
            self.store.hand_out(msgspec.structs.replace(said, at=self.now()))

    def _known(self, task: str) -> bool:
        return any(line.task == task for line in self.store.lines())

    # What is done.

    def _step(self, pin: Pin, state: State, held: Held) -> None:
        task = held.task
        engine = self.engine_for(task.kind)
        if held.state == "running":
            self._recover(state, held, engine)
            return
        if task.kind not in pin.kinds:
            self._finish(state, held, "refused", "kind_not_allowed")
        elif self.now() >= task.expires:
            self._finish(state, held, "refused", "expired")
        elif engine is None:
            self._finish(state, held, "refused", "no_engine")
        elif self.store.stop_file.exists():
            self._finish(state, held, "stopped", "stopped_here")
        elif self.now() < task.not_before:
            self._wait(state, held, "not_yet")
        elif wait := self._not_now(task.kind, engine):
            self._wait(state, held, wait)
        else:
            self._go(state, held, engine)

    def _not_now(self, kind: str, engine: Engine) -> str | None:
        if engine.busy():
            return "busy"
        if self.kinds[kind].emergency:
            return None
        if self.conditions.on_battery():
            return "on_battery"
        if engine.fetches and self.conditions.metered():
            return "metered"
        if self.kinds[kind].restarts and self.conditions.somebody_works():
            return "somebody_works"
        return None

    def _go(self, state: State, held: Held, engine: Engine) -> None:
        task = held.task
        plan = engine.plan(task.kind, task.parameters)
        held.targets, held.notes = list(plan.changes[:CHANGES_AT_MOST]), list(plan.notes)
        if plan.refusal:
            self._finish(state, held, "refused", plan.refusal)
        elif plan.failure:
            self._finish(state, held, "failed", plan.failure)
        elif task.dry_run:
            self._finish(state, held, "planned", None)
        elif self._may_wait(held) and self.conditions.disk_full(plan.fetch):
            self._wait(state, held, "disk_full")
        elif self._still_wanted(state, held):
            self._run(state, held, engine, plan)

    def _still_wanted(self, state: State, held: Held) -> bool:
        """Look once more whether somebody stopped it while the plan was made."""
        pin = self.store.pin()
        if pin is not None and not self.store.stop_file.exists():
            dropped, _ = Inbox(pin.inbox, pin.owner).read()
            if held.task.task not in dropped.stops:
                return True
        self._finish(state, held, "stopped", "stopped_here")
        return False

    def _run(self, state: State, held: Held, engine: Engine, plan: Plan) -> None:
        held.state, held.reason, held.started = "running", None, self.now()
        self.store.save_state(state)
        self._say(state, held)
        self._ended(state, held, engine.run(held.task.kind, held.task.parameters, plan))

    def _recover(self, state: State, held: Held, engine: Engine | None) -> None:
        """End what was cut off: it was begun once, and is not begun again."""
        if engine is None:
            self._finish(state, held, "interrupted", "was_cut_off")
        elif not engine.busy():  # what it started may still be at work
            self._ended(state, held, engine.recover(held.task.kind, tuple(held.targets)))

    def _ended(self, state: State, held: Held, outcome: Outcome) -> None:
        if outcome.state == "running":
            return
        held.notes = list(dict.fromkeys([*held.notes, *outcome.notes]))
        if outcome.restart_needed:
            held.notes.append("restart_later")
        self._finish(state, held, outcome.state, outcome.reason, outcome)

    def _wait(self, state: State, held: Held, reason: str) -> None:
        if (held.state, held.reason) != ("waiting", reason):
            held.state, held.reason = "waiting", reason
            self.store.save_state(state)
            self._say(state, held)

    def _finish(
        self,
        state: State,
        held: Held,
        to: str,
        reason: str | None,
        outcome: Outcome | None = None,
    ) -> None:
        held.state, held.reason = to, reason
        changes = list(outcome.changes[:CHANGES_AT_MOST]) if outcome else []
        self._say(state, held, outcome)
        self.store.note(
            Line(
                self.now(),
                str(held.task.task),
                held.task.kind,
                to,
                reason,
                held.task.approved_by,
                changes,
                held.task.approval,
                held.task.second or "",
            )
        )
        state.held = [one for one in state.held if one is not held]
        self.store.save_state(state)

    def _say(self, state: State, held: Held, outcome: Outcome | None = None) -> None:
        at = self.now()
        said: TaskState = held.state  # type: ignore[assignment]  # checked where it is read again
        self.store.hand_out(
            TaskReport(
                schema="tojimari.task-report/1",
                device=held.task.device,
                task=held.task.task,
                state=said,
                at=at,
                highest=state.highest,
                reason=held.reason,
                plan=held.targets,
                changes=list(outcome.changes[:CHANGES_AT_MOST]) if outcome else [],
                restart_needed=outcome.restart_needed if outcome else False,
                kept=list(outcome.kept[:KEPT_AT_MOST]) if outcome else [],
                notes=held.notes,
                started=held.started,
                ended=at if outcome else None,
            )
        )


def _with_next_key(pin: Pin, statement: str) -> Pin:
    try:
        change = read_key_change(statement, pin.key, highest=pin.key_sequence)
    except TaskRefused:
        return pin
    return msgspec.structs.replace(pin, key=change.public_key, key_sequence=change.sequence)
