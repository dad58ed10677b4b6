import pytest

from tests.support.facts import DEVICE, fact, judged, load_catalog
from tojimari.assess.assessment import roll_up
from tojimari.model import NotSeen, Subject

CONTROL = "wifi-encryption"


def wifi(encryption, connected=True, **more):
    return fact("device.wifi", {"connected": connected, "encryption": encryption}, **more)


@pytest.mark.parametrize(
    ("encryption", "state", "reason"),
    [
        ("wpa3", "met", "good"),
        ("wpa2", "met", "good"),
        ("wpa", "partly", "weak"),
        ("wep", "not_met", "weak"),
        ("none", "not_met", "open"),
    ],
)
def test_the_kind_of_encryption_decides(encryption, state, reason):
    finding = judged(CONTROL, wifi(encryption))
    assert (finding.state, finding.reason) == (state, reason)


def test_an_encryption_that_could_not_be_told_is_unknown_with_the_command():
    why = NotSeen("tool_missing", see_with="sudo iw dev wlan0 link")
    finding = judged(CONTROL, wifi(None, partly_not_seen={"encryption": why}))
    assert (finding.state, finding.not_seen) == ("unknown", why)


def test_a_wired_computer_does_not_stand_for_the_companys_wifi():
    """Even when it is the only computer the company has."""
    wired = judged(CONTROL, wifi(None, connected=False))
    assert wired.state == "unknown"
    company = roll_up(
        CONTROL,
        said=None,
        measured=(wired,),
        kept=None,
        expected=1,
        company=Subject("company", "c"),
        as_of=wired.as_of,
    )
    assert company.state == "unknown"
    assert wired.subject == DEVICE
    assert load_catalog().questions_for(CONTROL)
