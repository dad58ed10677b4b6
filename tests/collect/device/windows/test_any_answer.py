"""Whatever Windows answers, a fact comes out or the reason why not: never a mistake of ours."""

import copy
import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.hosts import DEVICE, RecordedHost
from tests.support.played_windows import PlayedWindows, machine, machines
from tests.support.registry_exports import RecordedWindows
from tojimari.catalog import load_catalog
from tojimari.collect.device.windows.api.dates import cim_moment
from tojimari.collect.device.windows.api.errors import (
    number_of,
    refusal,
    refused_as_unavailable,
)
from tojimari.collect.host import Unavailable
from tojimari.collect.look import collectors
from tojimari.collect.run import look
from tojimari.model.facts import (
    DeviceAccounts,
    DeviceAntimalware,
    DeviceBackups,
    DeviceDiskEncryption,
    DevicePasswords,
    DeviceShares,
    DeviceUpdates,
    DeviceWifi,
    ids_of,
)

KINDS = set(
    ids_of(
        (
            DeviceAccounts,
            DeviceAntimalware,
            DeviceBackups,
            DeviceDiskEncryption,
            DevicePasswords,
            DeviceShares,
            DeviceUpdates,
            DeviceWifi,
        )
    )
)
EVENTS = "Microsoft-Windows-Backup/Microsoft-Windows-Backup/4"
VEEAM = "Veeam Agent/Veeam Agent/190"
SERVICES = {"services": {"VeeamEndpointBackupSvc": True}}
HRESULTS = st.integers(-(2**31), 2**32).map(lambda number: {"refused": hex(number & 0xFFFFFFFF)})
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**65), 2**65),
    st.sampled_from(["NaN", 1e400, -1.5, "", "C:", "0001-01-01T00:00:00+00:00", "9999-12-31"]),
    st.text(max_size=20),
    st.lists(st.integers() | st.none(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.none(), max_size=2),
)


def observed(root, answers):
    played = PlayedWindows(answers)
    host = RecordedHost(root, {}, RecordedWindows({}, SERVICES), played)
    chosen = [one for one in collectors("windows") if KINDS & set(one.sees)]
    return look(
        host, chosen, catalog=load_catalog(), subject=lambda _: DEVICE, at=datetime.now(UTC)
    )


def no_mistake_of_ours(root, answers):
    found = {one.kind: one for one in observed(root, answers) if one.kind in KINDS}
    assert set(found) == KINDS
    for one in found.values():
        assert one.not_seen is None or one.not_seen.reason != "our_bug", one.not_seen


def places(held, path=()):
    """Yield the way to every value inside ``held``."""
    inside = (
        held.items()
        if isinstance(held, dict)
        else enumerate(held)
        if isinstance(held, list)
        else ()
    )
    for name, value in inside:
        yield (*path, name)
        yield from places(value, (*path, name))


ONCE = {
    name: machine(name).answers
    | {EVENTS: [{"at": "2026-11-22T18:00:00Z", "level": 4, "data": {"BackupTarget": "C:"}}]}
    | {VEEAM: [{"at": "2026-11-22T18:00:00Z", "level": 4, "data": {}}]}
    for name in machines()
}


@pytest.mark.parametrize("name", sorted(ONCE))
def test_every_machine_gives_facts_or_reasons(tmp_path, name):
    no_mistake_of_ours(tmp_path, ONCE[name])
    json.dumps(ONCE[name])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_column_may_be_missing_or_of_any_type(tmp_path, data):
    answers = copy.deepcopy(ONCE[data.draw(st.sampled_from(sorted(ONCE)))])
    ways = list(places(answers))
    for way in data.draw(st.lists(st.sampled_from(ways), min_size=1, max_size=6)):
        held = answers
        try:
            for step in way[:-1]:
                held = held[step]
            if data.draw(st.booleans()):
                held[way[-1]] = data.draw(ODD)
            else:
                del held[way[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change took it away
    no_mistake_of_ours(tmp_path, answers)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_question_may_be_refused_by_any_number(tmp_path, data):
    answers = dict(ONCE[data.draw(st.sampled_from(sorted(ONCE)))])
    for key in data.draw(st.lists(st.sampled_from(sorted(answers)), min_size=1)):
        answers[key] = data.draw(HRESULTS)
    no_mistake_of_ours(tmp_path, answers)


class ComError(Exception):
    """As pywin32 raises it: number, words, what the server said, the argument at fault."""

    def __init__(self, number, inside):
        super().__init__(number, "Ausnahmefehler", inside, None)
        self.hresult, self.excepinfo = number, inside


@given(st.integers(-(2**31), 2**31), st.none() | st.tuples(*[st.none() | st.integers()] * 6))
def test_whatever_com_raises_is_told_by_its_number_alone(number, inside):
    error = ComError(number, inside)
    with pytest.raises(Unavailable) as told:
        with refused_as_unavailable("asked"):
            raise error
    assert "Ausnahmefehler" not in str(told.value)
    assert isinstance(refusal(number_of(error), "asked"), Unavailable)


@given(st.text(max_size=30) | st.from_regex(r"\d{14}\.\d{6}[+-]\d{3}", fullmatch=True))
def test_any_text_is_a_date_or_none(text):
    at = cim_moment(text)
    assert at is None or at.tzinfo is UTC
