"""An assessment is stored whole, and what earlier versions stored is still read."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.model import (
    BadAssessment,
    NewerAssessment,
    decode_assessment,
    encode_assessment,
)

EARLIER = Path(__file__).parents[1] / "assets" / "assessment-0.2.0.json"


def test_what_0_2_0_stored_is_read_and_stored_anew_without_loss():
    read = decode_assessment(EARLIER.read_bytes())
    firewall, policy = read.controls["device-firewall"], read.controls["security-policy"]
    assert (firewall.state, firewall.contradiction, firewall.said.state) == ("not_met", True, "met")
    [paper] = policy.evidence
    assert (paper.state, paper.source, paper.subject.kind) == ("met", "document", "paper")
    assert set(paper.rests_on) < set(read.rests_on)
    assert decode_assessment(encode_assessment(read)) == read
    # Its names in the file are those of 0.2.0.
    again = json.loads(encode_assessment(read))
    assert again["schema"] == "tojimari.assessment/2"
    first = json.loads(EARLIER.read_bytes())["controls"]["security-policy"]
    assert again["assessment"]["controls"]["security-policy"]["kept"] == first["kept"]


def test_what_a_newer_program_stored_is_told_apart():
    with pytest.raises(NewerAssessment):
        decode_assessment(b'{"schema": "tojimari.assessment/99", "assessment": {}, "more": 1}')


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"schema": 3}',
        b'{"schema": "tojimari.assessment/2"}',
        b'{"schema": "tojimari.assessment/2", "assessment": {"company": "c"}}',
        b"{" * 50_000,
    ],
)
def test_junk_is_no_assessment(junk):
    with pytest.raises(BadAssessment):
        decode_assessment(junk)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=9), some),
    max_leaves=10,
)


@given(JSON)
def test_any_json_is_an_assessment_or_refused(junk):
    with pytest.raises(BadAssessment):
        decode_assessment(msgspec.json.encode(junk))
