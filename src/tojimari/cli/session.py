"""What every verb needs: the catalog, the open state file, the moment, this computer."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from tojimari.catalog import Catalog, load_catalog
from tojimari.catalog.copies import check_copies
from tojimari.catalog.programme_files.own import with_own_programmes
from tojimari.cli.printing import print_aside
from tojimari.collect.run import Progress
from tojimari.diagnose import Diagnosis, diagnose
from tojimari.model import Lang, Observation, Subject, looked_at
from tojimari.model.japan import JAPAN
from tojimari.store import Store, open_store

if TYPE_CHECKING:  # the parts that look from outside are an extra
    from tojimari.collect.outside.egress import Egress
    from tojimari.collect.outside.target import Target


class Session(msgspec.Struct, frozen=True):
    """An open state file at one moment (``as_of``, UTC)."""

    catalog: Catalog
    store: Store
    as_of: datetime
    lang: Lang

    @property
    def company(self) -> Subject:
        """The company this state file is about."""
        return Subject("company", self.store.company)

    @property
    def device(self) -> Subject:
        """The computer we run on."""
        return Subject("device", self.store.device)

    def diagnosis(self, *, keep: bool = False) -> Diagnosis:
        """Judge everything saved, as of now; ``keep`` adds the assessment to the history."""
        observations = tuple(self.store.current())
        found = diagnose(
            observations,
            company=self.store.company,
            catalog=self.catalog,
            as_of=self.as_of,
            device_names=self._device_names(observations),
        )
        if keep:
            self.store.save_assessment(found.assessment)
        return found

    def _device_names(self, observations: Iterable[Observation]) -> dict[str, str]:
        """Return subject id -> how to call each computer of a state file that knows several."""
        others = sorted(looked_at(observations) - {self.device})
        if not others:
            return {}
        named = {self.device.id: self.say("computers.here")}
        return named | {
            other.id: self.say("computers.other", n=number)
            for number, other in enumerate(others, 2)
        }

    def look(self, *, kinds: frozenset[str] | None = None, show: bool = True) -> list[Observation]:
        """Look at this computer (only at ``kinds`` when given) and save what was seen.

        Prints progress on standard error while it looks, when that is a terminal.
        """
        from tojimari.collect.local_device import look_here

        seen = look_here(
            catalog=self.catalog,
            device=self.device,
            at=self.as_of,
            kinds=kinds,
            progress=progress(self, "check.looking") if show and sys.stderr.isatty() else None,
        )
        self.store.save(seen, self.catalog)
        return seen

    def look_outside(
        self, target: "Target", egress: "Egress", *, kinds: frozenset[str] | None = None
    ) -> list[Observation]:
        """Look at ``target`` from outside (only at ``kinds`` when given) and save what was seen."""
        from tojimari.collect.outside.probe import look_outside

        seen = look_outside(
            target,
            egress,
            catalog=self.catalog,
            at=self.as_of,
            kinds=kinds,
            progress=progress(self, "site.looking") if sys.stderr.isatty() else None,
        )
        self.store.save(seen, self.catalog)
        return seen

    def say(self, key: str, **numbers: object) -> str:
        """Return the interface text ``key`` in the user's language."""
        return self.catalog.ui(key).say(self.lang, **numbers)


def progress(session: Session, key: str) -> Progress:
    """Return what shows on standard error how far a look is; ``key``: the text for it."""

    def show(name: str, ended: int, of: int) -> None:
        line = session.say(key, done=ended, total=of)
        end = "\r" if ended < of else "\r\033[K"
        print_aside(f"\r{line}" if ended < of else "", end=end)

    return show


@contextmanager
def session(arguments: argparse.Namespace, lang: Lang) -> Iterator[Session]:
    """Open the state file for one verb; refuses a clock that was set back."""
    check_copies()
    now = datetime.now(UTC).replace(microsecond=0)
    with open_store(arguments.state) as store:
        if arguments.clock_is_right:
            store.accept_clock(now)
        day = now.astimezone(JAPAN).date()
        catalog = with_own_programmes(load_catalog(), day)[0]
        yield Session(catalog, store, store.moment(now), lang)
