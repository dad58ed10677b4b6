"""A portal's task key and the tasks it signs; a device's actor with a store of its own."""

import os
import secrets
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tojimari.agent.actor.actor import Actor
from tojimari.agent.actor.conditions import Conditions
from tojimari.agent.actor.engine import Engine
from tojimari.agent.actor.past import Moment
from tojimari.agent.actor.store import Pin, Store
from tojimari.agent.task_report import TaskReport
from tojimari.agent.tasks import Task, Trust, sign_task
from tojimari.catalog import load_catalog

KINDS = load_catalog().task_kinds
NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


class Giver:
    """Signs tasks for one device, each with the next number."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()
        self.device, self.sequence = uuid4(), 0

    @property
    def public(self) -> str:
        return self.key.public_key().public_bytes_raw().hex()

    def task(self, kind: str = "package", **changed: Any) -> Task:
        self.sequence += 1
        parameters = {"name": "shopapp"} if kind == "package" else {}
        task = Task(
            schema="tojimari.task/1",
            task=uuid4(),
            device=self.device,
            kind=kind,
            parameters=parameters,
            sequence=self.sequence,
            nonce=secrets.token_urlsafe(16),
            not_before=NOW - timedelta(hours=1),
            expires=NOW + timedelta(days=1),
            approved_by="佐藤 花子",
            approval="once",
        )
        return msgspec.structs.replace(task, **changed)

    def signed(self, kind: str = "package", **changed: Any) -> str:
        return sign_task(self.task(kind, **changed), self.key)

    def trust(self, **changed: Any) -> Trust:
        return msgspec.structs.replace(Trust(self.public, self.device, frozenset(KINDS)), **changed)


class Quiet(Conditions, frozen=True):
    """Power, no metered line, nobody there; disk space is the real one."""

    battery: bool = False
    line: bool = False
    people: bool = False

    def on_battery(self) -> bool:
        return self.battery

    def metered(self) -> bool:
        return self.line

    def somebody_works(self) -> bool:
        return self.people


class Bench:
    """A device's actor: tasks are dropped, ``turn`` is one start of it."""

    def __init__(
        self,
        folder: Path,
        giver: Giver,
        engine: Engine | Callable[[str], Engine | None],
        *,
        kinds: tuple[str, ...] = tuple(KINDS),
        conditions: Conditions | None = None,
    ) -> None:
        self.giver = giver
        self.choose = engine if callable(engine) else lambda _: engine
        self.conditions = conditions or Quiet(spare=0)
        self.store = Store(folder / "actor")
        self.store.make()
        self.inbox = folder / "inbox"
        self.inbox.mkdir(exist_ok=True)
        self.now = self.started = NOW
        self.boot = uuid4().hex
        self.store.save_pin(
            Pin(
                company="佐藤商店",
                portal="https://portal.example",
                device=giver.device,
                key=giver.public,
                kinds=kinds,
                inbox=str(self.inbox),
                owner=os.geteuid(),
            )
        )

    def pinned(self, **changed: Any) -> None:
        """Change what root said of whom to trust."""
        pin = self.store.pin()
        assert pin is not None
        self.store.save_pin(msgspec.structs.replace(pin, **changed))

    def drop(self, signed: str, name: str = "") -> None:
        (self.inbox / f"{name or uuid4().hex}.task").write_text(signed)

    def turn(self) -> None:
        Actor(
            self.store,
            kinds=KINDS,
            engine_for=self.choose,
            conditions=self.conditions,
            now=lambda: self.now,
            moment=lambda at: Moment(at, self.boot, (at - self.started).total_seconds()),
        ).turn()

    def starts_anew(self, image: Path | None = None) -> None:
        """Start the machine again, with its disk as it was when ``image`` was made of it."""
        self.boot, self.started = uuid4().hex, self.now
        if image is not None:
            shutil.rmtree(self.store.folder)
            shutil.copytree(image, self.store.folder)

    def said(self, task: UUID) -> TaskReport:
        data = (self.store.outbox / f"{task}.json").read_bytes()
        return msgspec.json.decode(data, type=TaskReport)

    def do(self, kind: str = "package", **changed: Any) -> TaskReport:
        """Give a task, start the actor once, return what it said."""
        task = self.giver.task(kind, **changed)
        self.drop(sign_task(task, self.giver.key))
        self.turn()
        return self.said(task.task)
