"""The portal's documented forms of a device's messages are those of the wire, field by field."""

import pytest

from tojimari.agent import wire
from tojimari.portal import api


@pytest.mark.parametrize(
    ("documented", "sent"),
    [
        (api.EnrolIn, wire.Enrolment),
        (api.EnrolOut, wire.Enrolled),
        (api.TakenOut, wire.Taken),
        (api.Refused, wire.RefusalReply),
    ],
)
def test_both_sides_name_the_same_fields(documented, sent):
    assert list(documented.model_fields) == list(sent.__struct_fields__)
