"""What a drill is the record of: nothing unknown counts, and the lesson fits what happened."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tojimari.catalog import load_catalog
from tojimari.drills.outcome import Outcome
from tojimari.drills.records import drill_records, lesson_after
from tojimari.drills.results import figures

CATALOG = load_catalog()
SENT = datetime(2026, 11, 2, 1, tzinfo=UTC)
GOT = Outcome(sent_at=SENT, delivered=True)
TOLD = Outcome(sent_at=SENT, delivered=True, reported_at=SENT + timedelta(hours=20))
PRESSED = Outcome(sent_at=SENT, delivered=True, clicked_at=SENT + timedelta(minutes=5))
LOST = Outcome(sent_at=SENT)
outcomes = st.lists(st.sampled_from([GOT, TOLD, PRESSED, LOST]), max_size=6)


def records(known, people):
    return drill_records(known, people, CATALOG.drill_records)


def test_a_drill_nobody_reported_is_the_record_of_the_drill_alone():
    assert records([GOT, PRESSED], 2) == {"mail-drill": date(2026, 11, 2)}


def test_the_day_of_a_report_is_that_of_japan():
    assert records([TOLD, GOT], 2)["know-the-tricks"] == date(2026, 11, 3)


def test_everyone_is_everyone_who_works_there():
    assert "incident-education" not in records([TOLD, TOLD], 3)
    assert records([TOLD, TOLD], 2)["incident-education"] == date(2026, 11, 3)


@given(outcomes)
def test_what_is_not_known_is_the_record_of_nothing(known):
    found = records(known, 0)
    assert "incident-education" not in found
    assert ("know-the-tricks" in found) == (TOLD in known)
    assert ("mail-drill" in found) == any(one.delivered for one in known)


@given(outcomes, outcomes, st.integers(0, 6))
def test_who_did_less_makes_no_record_more(known, more, people):
    lost = [LOST for _ in more]
    assert set(records([*known, *lost], people)) == set(records(known, people))


def lesson(*known):
    return lesson_after(figures(known))


def test_the_lesson_fits_what_happened_and_is_there():
    typed = Outcome(sent_at=SENT, delivered=True, clicked_at=SENT, typed_at=SENT)
    replied = Outcome(sent_at=SENT, delivered=True, replied_at=SENT)
    opened = Outcome(sent_at=SENT, delivered=True, attachment_at=SENT)
    found = [lesson(each, TOLD) for each in (typed, replied, opened, PRESSED)]
    assert found == ["passkeys", "payment-change", "ransomware", "suspicious-mail"]
    assert set(found) <= set(CATALOG.lessons)
    assert lesson(TOLD) == lesson(LOST) == ""
    assert lesson(GOT) == "suspicious-mail"
