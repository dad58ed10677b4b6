"""Appointments as calendar files: read back by the library, and line by line by the standard."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from tojimari.portal.core.calendar import Appointment, Party, calendar_file

MEETING = Appointment(
    uid="1@desk.example",
    sequence=0,
    starts=datetime(2026, 12, 1, 1, 0, tzinfo=UTC),
    ends=datetime(2026, 12, 1, 2, 0, tzinfo=UTC),
    made_at=datetime(2026, 11, 29, 0, 0, tzinfo=UTC),
    title="①㈱ﾊﾝｶｸ商店 ご相談; 来訪, 打ち合わせ\\",
    organiser=Party("desk@chamber.example", '町の"会議所"'),
    guests=(Party("owner@example.jp", "山田, 花子"),),
    place="会議所\n2階",
    words="持ち物:\n- パソコン\n" + "あ" * 400,
)


def event_of(data: bytes):
    return Calendar.from_ical(data).walk("VEVENT")[0]


def test_what_is_written_is_read_back():
    data = calendar_file(MEETING)
    read = Calendar.from_ical(data)
    event = event_of(data)
    assert read["method"] == "REQUEST"
    assert event["summary"] == MEETING.title
    assert event["location"] == "会議所 2階"
    assert event["description"] == MEETING.words
    assert event["dtstart"].dt == MEETING.starts
    assert event["dtstart"].params["TZID"] == "Asia/Tokyo"
    assert event["organizer"] == "mailto:desk@chamber.example"
    assert event["attendee"] == "mailto:owner@example.jp"
    assert event["attendee"].params["CN"] == "山田, 花子"
    assert [zone["tzid"] for zone in read.walk("VTIMEZONE")] == ["Asia/Tokyo"]


def test_the_lines_are_those_of_the_standard():
    data = calendar_file(MEETING)
    assert data.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    assert data.replace(b"\r\n", b"").count(b"\n") == 0
    assert calendar_file(MEETING) == data


def test_a_change_keeps_the_id_and_counts_up_and_a_cancellation_says_so():
    moved = msgspec.structs.replace(
        MEETING,
        sequence=1,
        starts=MEETING.starts + timedelta(days=1),
        ends=MEETING.ends + timedelta(days=1),
    )
    first, second = event_of(calendar_file(MEETING)), event_of(calendar_file(moved))
    assert first["uid"] == second["uid"]
    assert (first["sequence"], second["sequence"]) == (0, 1)
    off = msgspec.structs.replace(moved, sequence=2)
    data = calendar_file(off, "CANCEL")
    assert Calendar.from_ical(data)["method"] == "CANCEL"
    assert (event_of(data)["status"], event_of(data)["sequence"]) == ("CANCELLED", 2)


@pytest.mark.parametrize(
    "change",
    [
        {"starts": datetime(2026, 12, 1)},
        {"ends": MEETING.starts},
        {"sequence": -1},
    ],
)
def test_what_is_no_appointment_is_refused(change):
    with pytest.raises(ValueError, match="appointment"):
        calendar_file(msgspec.structs.replace(MEETING, **change))


@given(title=st.text(max_size=200), words=st.text(max_size=500), name=st.text(max_size=60))
def test_no_text_becomes_a_line_of_its_own(title, words, name):
    hostile = msgspec.structs.replace(
        MEETING,
        title=f"{title}\r\nATTENDEE:mailto:evil@example.com",
        words=words,
        guests=(Party("a@example.jp\r\nX-EVIL:1", name),),
    )
    data = calendar_file(hostile)
    unfolded = data.replace(b"\r\n ", b"").split(b"\r\n")
    names = [line.split(b":")[0].split(b";")[0] for line in unfolded if line]
    assert names.count(b"ATTENDEE") == 1
    assert b"X-EVIL" not in names
    assert len(Calendar.from_ical(data).walk("VEVENT")) == 1
