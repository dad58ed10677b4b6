"""What a person read from a phone's screen means. It is said, not measured."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import msgspec

from tojimari.catalog import Catalog
from tojimari.catalog.lifecycle import ended, load_lifecycle
from tojimari.model import Observation, State
from tojimari.model.facts import DevicePhone

PHONE_KIND = DevicePhone.KIND
SYSTEM_NAMES = {"ios": "iPhone (iOS)", "ipados": "iPad (iPadOS)", "android": "Android"}


class PhoneSays(msgspec.Struct, frozen=True):
    """One gap a phone shows: the control, and the reason code with its numbers."""

    control: str
    state: State
    reason: str
    numbers: dict[str, Any]
    observation: str
    age_days: int


def versions(system: str) -> list[str]:
    """Return the release cycles of a phone system, newest first (endoflife.date's data)."""
    product = load_lifecycle().products.get(system)
    return [cycle.release_cycle for cycle in product.releases] if product else []


def gaps(phone: DevicePhone, today: date) -> list[tuple[str, str, dict[str, Any]]]:
    """Return (control, reason code, numbers) for each gap the answers about one phone show.

    Nothing is concluded from what was not answered, and a phone that is fine speaks only for
    itself, so it never makes a company's control met.
    """
    found: list[tuple[str, str, dict[str, Any]]] = []
    control = "os-updates-tablet" if phone.tablet else "os-updates-phone"
    name = SYSTEM_NAMES[phone.system]
    version = phone.version
    cycle = load_lifecycle().cycle(phone.system, version) if version else None
    numbers = {"phone": f"{name} {version}" if version else name}
    if cycle is not None and ended(cycle.eol, today):
        found.append((control, "phone_ended", numbers))
    elif phone.up_to_date is False:
        found.append((control, "phone_behind", numbers))
    if phone.screen_lock is False:
        found.append(("screen-lock", "phone_unlocked", {"phone": name}))
    return found


def phones_say(
    observations: Iterable[Observation], *, catalog: Catalog, as_of: datetime
) -> list[PhoneSays]:
    """Return every gap of the company's phones, from the newest answers about each."""
    newest: dict[str, tuple[Observation, DevicePhone]] = {}
    for observation in observations:
        phone = observation.fact
        if not isinstance(phone, DevicePhone) or observation.observed_at > as_of:
            continue
        best = newest.get(observation.subject.id)
        key = (observation.last_confirmed_at, observation.id)
        if best is None or key > (best[0].last_confirmed_at, best[0].id):
            newest[observation.subject.id] = observation, phone
    said = []
    for observation, phone in newest.values():
        age = (as_of - observation.last_confirmed_at).days
        if age > catalog.facts[PHONE_KIND].max_age_days:
            continue
        said += [
            PhoneSays(control, "not_met", reason, numbers, observation.id, age)
            for control, reason, numbers in gaps(phone, as_of.date())
        ]
    return sorted(said, key=lambda s: (s.control, s.reason, s.observation))
