"""The schedule of the agent: look every 24 hours, ask every 15 minutes, send what waits, back off.

It asks within a minute where something waits that it knows of: a task came to an end here, or the
device is isolated and may be let in again.
"""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from tojimari import __version__
from tojimari.agent.client import Offline, PortalClient, RefusedByPortal
from tojimari.agent.home import Home
from tojimari.agent.queue import Queue
from tojimari.agent.taskbox import Result, TaskBox
from tojimari.agent.wire import CLOCK_SLACK_SECONDS, Report, ReportedFact
from tojimari.catalog import load_catalog
from tojimari.model import Observation, Subject, stored

LOOK_EVERY = timedelta(hours=24)
ASK_EVERY = timedelta(minutes=15)
ASK_ISOLATED_EVERY = timedelta(minutes=1)
JITTER = 0.2
"""Each wait is this much longer or shorter, so that many devices do not send at once."""
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
GONE = ("removed_device", "unknown_device", "bad_signature")
"""Refusals after which the agent stops: trying again cannot help."""
DROP = ("malformed", "too_old", "too_large")
"""Refusals of one report only: it is dropped, the others are still sent."""

Looker = Callable[[UUID], list[Observation]]


def look_as(device: UUID) -> list[Observation]:
    """Look at this computer with every collector for its system, and hear what watches it.

    Of a gateway box also how it is as one.
    """
    from tojimari.agent.box import box_here
    from tojimari.agent.heard import heard_here, of_few_lines
    from tojimari.collect.local_device import look_here

    catalog, at = load_catalog(), datetime.now(UTC)
    seen = look_here(catalog=catalog, device=Subject("device", str(device)), at=at)
    heard = heard_here(device, catalog=catalog, at=at)
    return of_few_lines([*seen, *box_here(at=at), *heard])


def jittered(wait: timedelta, chance: random.Random) -> timedelta:
    """Return ``wait``, up to a fifth longer or shorter."""
    return wait * (1 + JITTER * chance.uniform(-1, 1))


def back_off(failures: int, chance: random.Random) -> timedelta:
    """Return how long to wait after so many failures in a row: doubling, at most six hours."""
    wait = min(FIRST_RETRY * 2 ** min(failures - 1, 12), LONGEST_RETRY)
    return jittered(wait, chance)


class Agent:
    """One enrolled device: looks when a look is due, sends what waits.

    ``looker``, ``now`` and ``chance`` (looking, clock, random numbers) are given in tests.
    """

    def __init__(
        self,
        home: Home,
        *,
        looker: Looker = look_as,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: random.Random | None = None,
        box: TaskBox | None = None,
    ) -> None:
        """Use the identity and key in ``home``. Raises AgentError without one."""
        self.home, self.queue = home, Queue(home)
        self.box = box or TaskBox(home)
        self.identity = home.identity()
        self.portal = PortalClient(self.identity, home.key(), clock=lambda: now().timestamp())
        self.schedule = home.schedule()
        self.looker, self.now = looker, now
        self.chance = chance or random.Random()  # noqa: S311  # spreads load, is no secret

    def look(self) -> None:
        """Look, and put the report into the queue."""
        facts = self.looker(self.identity.device)
        made_at = self.now()
        self.queue.put(
            Report(
                schema="tojimari.report/1",
                report=uuid4(),
                device=self.identity.device,
                made_at=made_at,
                agent=__version__,
                system=self.identity.system,
                facts=[
                    ReportedFact(
                        row.kind,
                        row.kind_version,
                        row.fields,
                        row.not_seen,
                        row.partly_not_seen,
                        line=row.subject.id if row.subject.kind == "network" else "",
                    )
                    for row in map(stored, facts)
                ],
            )
        )
        self.schedule.next_look = made_at + jittered(LOOK_EVERY, self.chance)
        self.home.save_schedule(self.schedule)

    def send(self) -> bool:
        """Send what waits, the oldest first, or ask; returns whether a look is wanted.

        Raises RefusedByPortal when the portal refuses the device, Offline when it should try later.
        """
        wanted = False
        sent = 0
        for path, report in self.queue.waiting():
            if report.made_at > self.now() + timedelta(seconds=CLOCK_SLACK_SECONDS):
                path.unlink(missing_ok=True)  # made under a wrong clock: nobody will ever take it
                continue
            try:
                answer = self.portal.report(report)
            except RefusedByPortal as error:
                if error.reason not in DROP:
                    raise
                self._problem(error)
            else:
                self.box.take(answer)
                wanted, sent = answer.look_wanted, sent + 1
                self.schedule.last_sent = self.now()
            path.unlink(missing_ok=True)
        if not sent:
            answer = self.portal.ping()
            self.box.take(answer)
            wanted = answer.look_wanted
        return self._send_results() or wanted

    def _send_results(self) -> bool:
        """Say what came of tasks; returns whether a look is due, since something was done.

        A portal that knows nothing of tasks answers that it cannot: nothing else is held up by it.
        """
        changed = False
        try:
            allowed = self.box.allowed()
            if allowed is not None:
                self.portal.actor_report(allowed)
                self.box.told_allowed(allowed)
            for result in self.box.results():
                self._say_result(result)
                changed = changed or result.looks_again
        except Offline as error:
            self._problem(error)
        return changed

    def _say_result(self, result: Result) -> None:
        try:
            self.portal.task_report(result.report)
        except RefusedByPortal as error:
            if error.reason not in DROP:
                raise
            self._problem(error)
        self.box.told(result)

    def _problem(self, error: RefusedByPortal | Offline) -> None:
        self.schedule.last_problem = {"ja": error.say("ja"), "en": error.say("en")}

    def turn(self, *, look_now: bool = False) -> timedelta:
        """Do what is due; returns how long to wait. Raises RefusedByPortal when it must stop."""
        due = self.schedule.next_look is None or self.now() >= self.schedule.next_look
        # A clock that was far ahead when the next look was planned must not silence the agent.
        if self.schedule.next_look and self.schedule.next_look > self.now() + 2 * LOOK_EVERY:
            due = True
        if due or look_now:
            self.look()
        try:
            if self.send():
                self.look()
                self.send()
        except RefusedByPortal as error:
            self._problem(error)
            self._failed()
            if error.reason in GONE:
                raise
        except Offline as error:
            self._problem(error)
            self._failed()
        else:
            self.schedule.failures, self.schedule.retry_at = 0, None
            self.schedule.last_problem = {}
            self.home.save_schedule(self.schedule)
            isolated = self.box.isolated_until() is not None
            return jittered(ASK_ISOLATED_EVERY if isolated else ASK_EVERY, self.chance)
        return (self.schedule.retry_at or self.now()) - self.now()

    def _failed(self) -> None:
        self.schedule.failures += 1
        self.schedule.retry_at = self.now() + back_off(self.schedule.failures, self.chance)
        self.home.save_schedule(self.schedule)

    def run(self, sleep: Callable[[float], None] = time.sleep) -> None:
        """Run until the portal refuses the device (see GONE)."""
        while True:
            wait = self.turn()
            until, told = self.now() + wait, self.box.news()
            # At most a minute at a time: sleep does not count while a laptop is suspended.
            while (left := (until - self.now()).total_seconds()) > 0:
                sleep(min(left, 60.0))
                if self._has_news(told):
                    break

    def _has_news(self, told: str) -> bool:
        """Return whether something came up to be told; not while the portal cannot be reached.

        told: what could not be told just now: it alone is no reason to try again at once.
        """
        return not self.schedule.failures and self.box.news() not in ("", told)
