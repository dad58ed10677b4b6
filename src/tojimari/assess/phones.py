"""What a person read from a phone's screen means. It is said, not measured."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from tojimari.catalog import Catalog
from tojimari.catalog.lifecycle import ended, load_lifecycle
from tojimari.model import Numbers, Observation, State
from tojimari.model.facts import DevicePhone

PHONE_KIND = DevicePhone.KIND
SYSTEM_NAMES = {"ios": "iPhone (iOS)", "ipados": "iPad (iPadOS)", "android": "Android"}


class PhoneSays(msgspec.Struct, frozen=True):
    """What a phone shows about one control: the state, and the reason code with its numbers.

    ``observation`` is the id of what its holder answered, ``seen_on`` the day (ISO) where that is
    older than such an answer counts, else "".
    """

    control: str
    state: State
    reason: str
    numbers: Numbers
    observation: str
    age_days: int
    seen_on: str = ""


def versions(system: str) -> list[str]:
    """Return the release cycles of a phone system, newest first (endoflife.date's data)."""
    product = load_lifecycle().products.get(system)
    return [cycle.release_cycle for cycle in product.releases] if product else []


def gaps(phone: DevicePhone, today: date) -> list[tuple[str, str, Numbers]]:
    """Return (control, reason code, numbers) for each gap the answers about one phone show.

    Nothing is concluded from what was not answered.
    """
    found: list[tuple[str, str, Numbers]] = []
    name = SYSTEM_NAMES[phone.system]
    version = phone.version
    numbers = {"phone": f"{name} {version}" if version else name}
    if _is_over(phone, today):
        found.append((_updates_of(phone), "phone_ended", numbers))
    elif phone.up_to_date is False:
        found.append((_updates_of(phone), "phone_behind", numbers))
    if phone.screen_lock is False:
        found.append(("screen-lock", "phone_unlocked", {"phone": name}))
    return found


def _updates_of(phone: DevicePhone) -> str:
    return "os-updates-tablet" if phone.tablet else "os-updates-phone"


def _is_over(phone: DevicePhone, today: date) -> bool:
    cycle = load_lifecycle().cycle(phone.system, phone.version) if phone.version else None
    return cycle is not None and bool(ended(cycle.eol, today))


def phones_say(
    observations: Iterable[Observation], *, catalog: Catalog, as_of: datetime
) -> list[PhoneSays]:
    """Return every gap of the company's phones, from the newest answers about each.

    A gap stays until somebody looks at that phone again, however long ago it was seen. Phones
    that are up to date are counted in one "partly" for each control that has no gap: they speak
    for themselves only, so they never make it met.
    """
    said: list[PhoneSays] = []
    fine: dict[str, list[tuple[str, int]]] = {}
    for observation, phone in _newest(observations, as_of):
        seen = observation.last_confirmed_at
        age = (as_of - seen).days
        aged = age > catalog.facts[PHONE_KIND].max_age_days
        # Support that ended after the look was not seen then: that is a new look's to tell.
        day = seen.date() if aged else as_of.date()
        found = gaps(phone, day)
        said += [
            PhoneSays(
                control,
                "not_met",
                reason,
                numbers,
                observation.id,
                age,
                seen.date().isoformat() if aged else "",
            )
            for control, reason, numbers in found
        ]
        control = _updates_of(phone)
        if phone.up_to_date and not aged and not any(gap[0] == control for gap in found):
            fine.setdefault(control, []).append((observation.id, age))
    open_ = {one.control for one in said}
    said += [
        PhoneSays(control, "partly", "phones_fine", {"n": len(those)}, *max(those))
        for control, those in fine.items()
        if control not in open_
    ]
    return sorted(said, key=lambda s: (s.control, s.reason, s.observation))


def _newest(
    observations: Iterable[Observation], as_of: datetime
) -> list[tuple[Observation, DevicePhone]]:
    """Return the newest answers about each phone."""
    newest: dict[str, tuple[Observation, DevicePhone]] = {}
    for observation in observations:
        phone = observation.fact
        if not isinstance(phone, DevicePhone) or observation.observed_at > as_of:
            continue
        best = newest.get(observation.subject.id)
        key = (observation.last_confirmed_at, observation.id)
        if best is None or key > (best[0].last_confirmed_at, best[0].id):
            newest[observation.subject.id] = observation, phone
    return list(newest.values())
