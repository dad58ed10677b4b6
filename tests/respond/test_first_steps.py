"""The guide for when something has happened: every emergency leads to somebody who can be reached."""

import re

import pytest

from tojimari.respond import load_guide

pytestmark = pytest.mark.core


@pytest.mark.parametrize("key", load_guide().emergencies)
def test_an_emergency_has_steps_and_somebody_to_ask(key):
    emergency = load_guide().emergencies[key]
    assert 2 <= len(emergency.first) <= 4
    assert len(set(emergency.contacts)) == len(emergency.contacts) >= 2


def test_every_number_can_be_dialled_and_every_address_written_to():
    for contact in load_guide().contacts.values():
        assert not contact.phone or re.fullmatch(r"#?\d[\d-]{2,}", contact.phone)
        assert not contact.mail or re.fullmatch(r"[a-z.-]+@[a-z.-]+", contact.mail)


def test_every_contact_is_somebodys_and_says_where_it_was_read():
    guide = load_guide()
    used = {key for one in guide.emergencies.values() for key in one.contacts}
    assert set(guide.contacts) - used == {"police_now"}
    for contact in guide.contacts.values():
        assert contact.source.ja
        assert contact.source.en
