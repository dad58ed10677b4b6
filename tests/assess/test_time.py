"""Time mends nothing: what was seen open never becomes met because nobody looked again."""

from datetime import datetime, timedelta
from functools import cache
from itertools import product
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from tests.support.drawn_facts import facts_for, record
from tests.support.facts import AS_OF, fact, subject_of
from tojimari.ask.diagnosis import answer_observation
from tojimari.assess.assessment import assess
from tojimari.assess.changes import StateChange
from tojimari.assess.check import all_checks
from tojimari.assess.evidence import evidence_observation
from tojimari.assess.judge import judge
from tojimari.catalog import Catalog, load_catalog
from tojimari.model import (
    DONT_KNOW,
    OPEN,
    Answer,
    ControlStanding,
    NotSeen,
    Observation,
    Subject,
    new_id,
    seen,
)
from tojimari.model.facts import DevicePhone, fact_kinds

CATALOG = load_catalog()
COMPANY = Subject("company", "c")
FINE = ("met", "not_applicable")
DAYS = [1, 8, 15, 41, 91, 401, 3650]
NEVER_OPEN = {"know-the-tricks:company", "mail-attachments-care:company"}
"""Checks of what people do by themselves: that they did it little proves nothing against them."""
CAN_BE_OPEN = sorted(all_checks().keys() - NEVER_OPEN)


def looked(check_id: str, facts: dict[str, dict[str, Any]]) -> list[Observation]:
    return [fact(kind, fields) for kind, fields in facts.items()]


def open_then(check_id: str, facts: dict[str, dict[str, Any]]) -> bool:
    check = all_checks()[check_id]
    found = judge(
        check,
        looked(check_id, facts),
        subject=subject_of(check.reads[0]),
        catalog=CATALOG,
        as_of=AS_OF,
    )
    return found.state in OPEN


@pytest.mark.parametrize("check_id", sorted(NEVER_OPEN))
def test_little_of_what_people_do_by_themselves_is_never_open(check_id):
    with pytest.raises(NoSuchExample):
        something_open(check_id)


# What random facts hit too rarely: names and numbers that the knowledge speaks of.
COPY = {
    "tool": "restic",
    "target": "/mnt/disk/copy",
    "target_kind": "other_disk",
    "last_success_at": AS_OF.isoformat(),
    "attached_now": True,
    "always_attached": True,
    "scheduled": True,
}
OLD_SYSTEM = {
    "family": "linux",
    "product": "debian",
    "name": "Debian 10",
    "version": "10",
    "edition": None,
    "kernel": None,
    "arch": "x86_64",
    "virtual": None,
}
OLD_SCRIPT = {
    "name": "jquery",
    "kind": "script",
    "version": "1.4.2",
    "seen_in": "script",
    "system": "",
}
SEEN_OPEN: dict[str, dict[str, dict[str, Any]]] = {
    "backup-detached": {"device.backups": {"jobs": [COPY]}},
    "browser-updates": {
        "device.browsers": {
            "browsers": [
                {"id": "firefox", "name": "Firefox", "version": "100.0", "from_system": False}
            ]
        }
    },
    "remote-desktop-exposure:network": {
        "network.open_ports": {
            "open": [{"port": 3389, "service": "RDP", "banner": "", "login": False}],
        }
    },
    "supported-os": {"device.os": OLD_SYSTEM},
    "supported-software": {
        "device.software": {
            "items": [{"name": "django", "version": "1.11", "source": "pip", "from_system": False}],
        }
    },
    "website-vulnerabilities:site": {
        "site.software": {
            "items": [OLD_SCRIPT],
            "items_in_all": 1,
            "all_tried": True,
            "known_as_of": "2026-11-01",
        }
    },
}


@cache
def something_open(check_id: str) -> dict[str, dict[str, Any]]:
    """Return facts on which the check sees something open."""
    quiet = settings(
        max_examples=300,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    def facts() -> st.SearchStrategy[dict[str, dict[str, Any]]]:
        own = SEEN_OPEN.get(check_id, {})
        return facts_for(check_id).map(lambda drawn: _with(drawn, own))

    return find(facts(), lambda drawn: open_then(check_id, drawn), settings=quiet)


def _with(drawn: dict[str, dict[str, Any]], own: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {kind: {**fields, **own.get(kind, {})} for kind, fields in drawn.items()}


def said_done(control: str, at: datetime) -> list[Observation]:
    """Return the answers and papers that say most firmly that ``control`` is in place."""
    said = []
    for question in CATALOG.questions_for(control):
        yes = [o.id for o in question.options if o.says.get(control) == "met"]
        if question.type == "number":
            continue
        chosen = yes or [o.id for o in question.options if control not in o.says][:1]
        if question.type == "single":
            chosen = chosen[:1]
        said.append(answer_observation(Answer(question.id, tuple(chosen)), company=COMPANY, at=at))
    entry = CATALOG.controls[control]
    if entry.evidence is not None:
        said.append(evidence_observation(entry, done_on=at.date(), note="shelf", at=at))
    return said


def state(observations: list[Observation], control: str, at: datetime) -> ControlStanding:
    alone = msgspec.structs.replace(CATALOG.content, controls={control: CATALOG.controls[control]})
    known = assess(observations, company="c", catalog=Catalog(alone), as_of=at)
    return known.controls[control]


@pytest.mark.parametrize("check_id", CAN_BE_OPEN)
def test_answered_yes_seen_no_and_time_goes_by(check_id):
    control = all_checks()[check_id].control
    no = looked(check_id, something_open(check_id))
    assert state([*said_done(control, AS_OF), *no], control, AS_OF).state in OPEN
    for later in (AS_OF + timedelta(days=days) for days in DAYS):
        # Answered before the look, or once more long after it: the look was the last that saw.
        for at in (AS_OF - timedelta(days=1), later):
            standing = state([*said_done(control, at), *no], control, later)
            assert standing.state in OPEN
            assert standing.headline.numbers.get("seen_on", "2026-11-23") == "2026-11-23"


ON_COMPUTERS = sorted(id_ for id_, check in all_checks().items() if check.about == "device")


def of_computer(name: str, observations: list[Observation], at: datetime) -> list[Observation]:
    """Return a look as if it had been at this computer, at this moment."""
    return [
        msgspec.structs.replace(
            o, id=new_id(), subject=Subject("device", name), observed_at=at, last_confirmed_at=at
        )
        for o in observations
    ]


def computers(number: int, at: datetime) -> list[Observation]:
    """Return the answers that say how many computers there are."""
    given = Answer("pc-count", number=number)
    return [answer_observation(given, company=COMPANY, at=at)]


@pytest.mark.parametrize("check_id", ON_COMPUTERS)
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), days=st.sampled_from(DAYS), number=st.sampled_from([1, 2, 40]))
def test_other_computers_take_nothing_back(check_id, data, days, number):
    """One seen open long ago, others looked at today, and the owner says that all is well.

    It stays open, on whichever of them it was seen, until that very computer is looked at again.
    """
    control, later = all_checks()[check_id].control, AS_OF + timedelta(days=days)
    no = looked(check_id, something_open(check_id))
    others = looked(check_id, data.draw(facts_for(check_id)))
    said = [*said_done(control, later), *computers(number, later)]
    for mine, theirs in (("a", "b"), ("b", "a")):
        before = of_computer(mine, no, AS_OF)
        now = [*of_computer(theirs, others, later), *of_computer("c", others, later)]
        assert state([*said, *before, *now], control, later).state in OPEN
        again = of_computer(mine, others, later)
        without = state([*said, *again, *now], control, later).state
        assert state([*said, *before, *again, *now], control, later).state == without


@pytest.mark.parametrize("check_id", ON_COMPUTERS)
def test_an_answer_taken_back_and_given_again_mends_nothing(check_id):
    """Said to be missing, then done, then not known: what was seen open before is what counts."""
    control = all_checks()[check_id].control
    no = looked(check_id, something_open(check_id))
    for days in DAYS:
        later = AS_OF + timedelta(days=days)
        said = said_done(control, later)
        unknown = [
            answer_observation(Answer(question.id, (DONT_KNOW,)), company=COMPANY, at=later)
            for question in CATALOG.questions_for(control)
            if question.type != "number"
        ]
        for told in (said, unknown, [*said_done(control, AS_OF), *unknown]):
            assert state([*told, *no], control, later).state in OPEN


LESSER = [
    NotSeen("no_permission", see_with="sudo tojimari check"),
    NotSeen("no_permission"),
    NotSeen("tool_missing", see_with="x"),
    NotSeen("not_on_this_system"),
    NotSeen("timed_out"),
]


@pytest.mark.parametrize("check_id", CAN_BE_OPEN)
def test_a_look_that_sees_less_takes_nothing_back(check_id):
    check = all_checks()[check_id]
    control = check.control
    for days, why in product((0, 100), LESSER):
        later = AS_OF + timedelta(days=days)
        blind = [
            msgspec.structs.replace(
                fact(kind, not_seen=why), observed_at=later, last_confirmed_at=later
            )
            for kind in check.reads
        ]
        no = looked(check_id, something_open(check_id))
        standing = state([*said_done(control, later), *no, *blind], control, later)
        assert standing.state not in FINE


@pytest.mark.parametrize("check_id", sorted(all_checks()))
@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)
@given(data=st.data(), days=st.integers(0, 3650))
def test_whatever_was_seen_open(check_id, data, days):
    facts = data.draw(facts_for(check_id))
    if not open_then(check_id, facts):
        return
    control, later = all_checks()[check_id].control, AS_OF + timedelta(days=days)
    standing = state([*said_done(control, later), *looked(check_id, facts)], control, later)
    assert standing.state not in FINE


@pytest.mark.parametrize("check_id", CAN_BE_OPEN)
def test_a_newer_look_that_sees_it_decides(check_id):
    """It is the newer look that mends: whatever it gives alone it gives behind an older one."""
    check = all_checks()[check_id]
    later = AS_OF + timedelta(days=100)
    newer = {kind: record(fact_kinds()[kind]) for kind in (*check.reads, *check.also)}

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.fixed_dictionaries(newer))
    def holds(facts):
        now = [
            msgspec.structs.replace(o, observed_at=later, last_confirmed_at=later)
            for o in looked(check_id, facts)
        ]
        older = looked(check_id, something_open(check_id))

        def found(observations):
            return judge(
                check,
                observations,
                subject=subject_of(check.reads[0]),
                catalog=CATALOG,
                as_of=later,
            )

        assert found([*older, *now]).state == found(now).state

    holds()


def part_seen(kind: str, fields: dict[str, Any], why: NotSeen) -> Observation:
    at = AS_OF + timedelta(days=2)
    made = fact(kind, fields, partly_not_seen={next(iter(fields)): why})
    return msgspec.structs.replace(made, id=new_id(), observed_at=at, last_confirmed_at=at)


def test_a_look_that_sees_a_part_takes_nothing_back():
    whole = fact("device.passwords", {"empty": ["bob"]} | passwords())
    why = NotSeen("no_permission", see_with="sudo tojimari check")
    part = part_seen("device.passwords", {"empty": None} | passwords(), why)
    later = AS_OF + timedelta(days=2)
    standing = state([*said_done("empty-passwords", later), whole, part], "empty-passwords", later)
    assert standing.state == "unknown"
    assert standing.headline.numbers["open_on"] == "2026-11-23"


def passwords() -> dict[str, Any]:
    shape = fact_kinds()["device.passwords"]
    return {name: None for name in shape.__struct_fields__ if name != "empty"}


def phone(days_ago: int, **more) -> Observation:
    fields = {
        "system": "ios",
        "version": None,
        "up_to_date": True,
        "screen_lock": True,
        "tablet": False,
    }
    return seen(
        DevicePhone(**fields | more),
        subject=Subject("device", "p"),
        source="answered",
        at=AS_OF - timedelta(days=days_ago),
    )


def updates_of_phones(at: datetime) -> list[Observation]:
    given = {"phones": ("company_phone",), "updates-phones": ("all",)}
    return [
        answer_observation(Answer(question, chosen), company=COMPANY, at=at)
        for question, chosen in given.items()
    ]


@pytest.mark.parametrize("days", DAYS)
def test_a_phones_gap_stays_until_the_phone_is_looked_at_again(days):
    later = AS_OF + timedelta(days=days)
    behind = phone(0, up_to_date=False)
    known = [behind, *updates_of_phones(later)]
    assert state(known, "os-updates-phone", later).state == "not_met"
    again = msgspec.structs.replace(phone(0), observed_at=later, last_confirmed_at=later)
    assert state([*known, again], "os-updates-phone", later).state == "met"


def test_phones_that_were_checked_count_and_speak_for_themselves_only():
    standing = state([phone(0)], "os-updates-phone", AS_OF)
    assert (standing.state, standing.headline.reason) == ("partly", "phones_fine")
    assert standing.headline.numbers == {"n": 1}
    said = state([phone(0), *updates_of_phones(AS_OF)], "os-updates-phone", AS_OF)
    assert (said.state, said.headline.reason) == ("met", "said_met")


def test_not_knowing_any_more_is_no_progress():
    assert not StateChange("x", "not_met", "unknown").improved
    assert not StateChange("x", "partly", "unknown").improved
    assert StateChange("x", "partly", "met").improved
