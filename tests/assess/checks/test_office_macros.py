"""What is judged of Office's macros."""

import pytest

from tests.support.facts import judged, measured, not_measured
from tojimari.model import NotSeen
from tojimari.model.facts.device_office import DeviceOffice


@pytest.mark.parametrize(
    ("office", "state", "reason"),
    [
        (DeviceOffice((), None, (), None), "not_applicable", "no_office"),
        (DeviceOffice(("16.0",), None, ("Excel",), "blocked"), "not_met", "runs_all"),
        (DeviceOffice(("16.0",), None, (), "open"), "partly", "asks"),
        (DeviceOffice(("16.0",), None, (), "blocked"), "met", "blocked"),
        (DeviceOffice(("16.0",), None, (), "default"), "unknown", "default"),
        (DeviceOffice(("16.0",), None, (), None), "unknown", "not_told"),
    ],
)
def test_what_is_seen_decides(office, state, reason):
    why = {"from_internet": NotSeen("not_looked")} if office.from_internet is None else {}
    finding = judged("office-macros", measured(office, partly_not_seen=why))
    assert (finding.state, finding.reason) == (state, reason)


def test_what_could_not_be_seen_is_unknown():
    unseen = not_measured(DeviceOffice, NotSeen("no_permission"))
    assert judged("office-macros", unseen).state == "unknown"
