"""What the agent hears: the logs that somebody named with ``tojimari watch add``, summed up a day.

Only the summary goes along with the report: how many lines and signals of each kind, which rules told
something and when. No address, no name, no path leaves the device; of a gateway the name that
somebody gave to the watched line does.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tojimari.agent.wire import MAX_LINES
from tojimari.box.guests import guest_interfaces
from tojimari.catalog import Catalog
from tojimari.model import NotSeen, Observation, Subject, unseen
from tojimari.model.facts.watch_day import DeviceWatchDay
from tojimari.store import default_path
from tojimari.watch.day import summaries
from tojimari.watch.desk import Desk
from tojimari.watch.hearing import Listener
from tojimari.watch.ledger import LedgerError, ledger_path, open_ledger


def heard_here(device: UUID, *, catalog: Catalog, at: datetime) -> list[Observation]:
    """Hear what is new; return the day of this device and of each line it watches, as a gateway.

    Nothing where nothing is heard. That what was heard cannot be kept is said in place of the day,
    and holds up no look.
    """
    path, subject = ledger_path(default_path()), Subject("device", str(device))
    if not path.exists():
        return []
    slots = {kind.id: kind.together for kind in catalog.watch.kinds.values()}
    try:
        with open_ledger(path, slots) as ledger:
            Listener(ledger, now=lambda: at, guests=guest_interfaces()).listen()
            ledger.forget_old(at)
            found = Desk(ledger, catalog).notices(at)
            return summaries(ledger, subject, found, now=at)
    except LedgerError as error:
        # The sentence names the file, which is often in somebody's own folder.
        said = str(error).replace(str(path), path.name)
        why = NotSeen("error_answered", detail=said[:300])
        return [unseen(DeviceWatchDay, why, subject=subject, at=at, source=DeviceWatchDay.SOURCE)]


def of_few_lines(made: Sequence[Observation]) -> list[Observation]:
    """Return what a report may hold: facts of no more lines than a portal takes, the first ones.

    One line more, and the portal would refuse the whole report.
    """
    lines = dict.fromkeys(one.subject.id for one in made if one.subject.kind == "network")
    kept = list(lines)[:MAX_LINES]
    return [one for one in made if one.subject.kind != "network" or one.subject.id in kept]
