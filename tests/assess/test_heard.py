"""What engines' logs say counts as what was measured does."""

import msgspec

from tests.support.facts import AS_OF, fact
from tojimari.assess.check import all_checks
from tojimari.assess.judge import judge
from tojimari.catalog import load_catalog
from tojimari.diagnose import diagnose
from tojimari.model import NotSeen, new_id

CATALOG = load_catalog()
OFF = {"backend": "none", "active": False, "default_inbound": None, "inbound_rules": 0}
ON = {"backend": "nftables", "active": True, "default_inbound": "drop", "inbound_rules": 3}


def heard(kind, fields=None, **more):
    return msgspec.structs.replace(fact(kind, fields, **more), source="heard")


def judged(*observations):
    check = all_checks()["device-firewall"]
    subject = observations[0].subject
    return judge(check, observations, subject=subject, catalog=CATALOG, as_of=AS_OF)


def test_it_is_judged_and_says_where_it_comes_from():
    found = judged(heard("device.firewall", OFF))
    assert (found.state, found.source) == ("not_met", "heard")


def test_the_newer_counts_whichever_it_is():
    measured, said = fact("device.firewall", ON, age_days=1), heard("device.firewall", OFF)
    assert judged(measured, said).state == judged(said, measured).state == "not_met"
    newer = fact("device.firewall", ON)
    older = heard("device.firewall", OFF, age_days=1)
    assert judged(newer, older).state == judged(older, newer).state == "met"


def test_what_was_heard_open_stays_open_while_it_cannot_be_seen():
    found = judged(
        heard("device.firewall", OFF, age_days=1),
        fact("device.firewall", not_seen=NotSeen("timed_out")),
    )
    assert (found.state, found.numbers["seen_on"]) == ("not_met", "2026-11-22")


def test_the_standing_rests_on_what_was_seen_and_the_device_was_looked_at():
    found = diagnose([heard("device.firewall", OFF)], company="c", catalog=CATALOG, as_of=AS_OF)
    standing = found.assessment.controls["device-firewall"]
    assert (standing.state, standing.basis, standing.covered) == ("not_met", "measured", 1)
    assert found.looked


def test_an_answer_is_never_judged_by_a_check():
    answered = msgspec.structs.replace(fact("device.firewall", ON), source="answered", id=new_id())
    assert judged(answered).reason == "not_looked"
