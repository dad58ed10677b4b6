"""What GoPhish hands over: read whatever it holds, hand back its columns, name what is lost."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.catalog import load_catalog
from tojimari.drills.events import DrillEvent
from tojimari.drills.gophish import (
    BadGophishFile,
    Person,
    ResultRow,
    events_csv,
    read_group,
    read_results,
    results_csv,
)
from tojimari.drills.gophish.groups import PEOPLE_AT_MOST, mail_address
from tojimari.drills.gophish.results import COLUMNS
from tojimari.drills.machines import judge
from tojimari.drills.outcome import Outcome
from tojimari.lib.formulas import unguard
from tojimari.lib.printable import printable

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
DUTY = "経理と仕入れの担当"
CATALOG = load_catalog()


def table(*rows):
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "euc_jp", "iso2022_jp", "utf-16"])  # fmt: skip
@pytest.mark.parametrize(
    "headings",
    [
        ("First Name", "Last Name", "Email", "Position"),
        ("first_name", "LAST-NAME", "Email Address", "position"),
        ("名", "姓", "メールアドレス", "部署"),
    ],
)
def test_a_group_in_whatever_it_is_written(encoding, headings):
    data = table(headings, ("花子", "山田", "Hana@Shop.Example", DUTY)).encode(encoding)
    (found,) = read_group(data).people
    assert found == Person("Hana@shop.example", "花子", "山田", DUTY)
    assert found.name == "山田 花子"


def test_names_in_latin_come_first_name_first():
    assert Person("a@b.example", "Hanako", "Yamada").name == "Hanako Yamada"
    assert Person("a@b.example").name == ""


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_found(separator):
    data = f"Email{separator}Position\na@b.example{separator}x\n".encode()
    assert read_group(data).people == (Person("a@b.example", position="x"),)


def test_what_cannot_be_used_is_named():
    data = table(
        ("Email", "Phone"),
        ("a@b.example", "1"),
        ("A@B.example", "2"),
        ("nobody", "3"),
        ("", ""),
        ("c@d.example", ""),
    )
    found = read_group(data.encode())
    assert [one.email for one in found.people] == ["a@b.example", "c@d.example"]
    assert [one.line for one in found.skipped] == [3, 4]
    assert (found.left_out, found.ignored) == (2, ("Phone",))


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n", b"name,phone\na,b\n", b"Email\n" + b"a" * 1_000_001, b'Email\n"' + b"x" * 200_000],
    ids=["nothing", "empty lines", "no address", "too large", "an endless cell"],
)  # fmt: skip
def test_what_is_no_group_is_refused_in_one_sentence(data):
    with pytest.raises(BadGophishFile) as refused:
        read_group(data)
    assert refused.value.text.ja
    assert "\n" not in refused.value.text.en


def test_more_people_than_a_drill_has_are_refused():
    rows = "".join(f"p{n}@b.example\n" for n in range(PEOPLE_AT_MOST + 1))
    with pytest.raises(BadGophishFile):
        read_group(b"Email\n" + rows.encode())


@pytest.mark.parametrize(
    "address",
    ["a@b", "a b@c.example", "a@b.example\nBcc: c@d.example", "<a@b.example>", "a@-b.example", ".a@b.example", "a..b@c.example", "あ@b.example", "a@b.example, c@d.example", f"{'a' * 65}@b.example", f"a@{'b.' * 130}example"],
)  # fmt: skip
def test_no_mail_goes_to_what_is_no_plain_address(address):
    assert mail_address(address) == ""


def refusal(read, data):
    """Return how a file is refused; None where it is read."""
    try:
        read(data)
    except BadGophishFile as error:
        return error.text
    return None


@pytest.mark.parametrize("read", [read_group, read_results])
@given(data=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(read, data):
    text = refusal(read, data)
    assert text is None or (text.ja and text.en)


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=8))
def test_any_cells_become_printable_lines(rows):
    data = table(("First Name", "Email"), *((name, f"p{n}@b.example") for n, (name, _) in enumerate(rows)))  # fmt: skip
    for person in read_group(data.encode("utf-8", "replace")).people:
        assert printable(person.first_name) == person.first_name
        assert len(person.first_name) <= 100


# Results

PEOPLE = {"a": Person("a@b.example", "=1+1", "山田", "@x"), "b": Person("b@b.example")}


def test_results_have_gophishs_columns_and_nobodys_whereabouts():
    did = Outcome(sent_at=NOW, delivered=True, clicked_at=NOW + timedelta(minutes=1), reported_at=NOW + timedelta(minutes=9))  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(results_csv([ResultRow("r1", PEOPLE["a"], did)]))))
    (row,) = rows
    assert tuple(row) == COLUMNS
    assert (row["status"], row["reported"]) == ("Clicked Link", "true")
    assert (row["send_date"], row["modified_date"]) == ("2026-12-01T03:00:00Z", "2026-12-01T03:09:00Z")  # fmt: skip
    assert row["ip"] == row["latitude"] == row["longitude"] == ""
    assert (row["first_name"], row["position"]) == ("'=1+1", "'@x")


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome(), "Scheduled"),
        (Outcome(sent_at=NOW), "Error"),
        (Outcome(sent_at=NOW, delivered=True), "Email Sent"),
    ],
)
def test_the_word_for_each_state(outcome, status):
    assert f",{status}," in results_csv([ResultRow("1", PEOPLE["b"], outcome)])


CELLS = st.text(st.characters(exclude_characters="\0", codec="utf-8"))


@given(CELLS, CELLS)
def test_no_cell_is_a_formula(name, id_):
    person = Person("a@b.example", name)
    (row,) = csv.DictReader(
        io.StringIO(results_csv([ResultRow(id_, person, Outcome())]), newline="")
    )
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝")) for cell in row.values())
    assert unguard(row["first_name"]) == name


def happened(kind, minutes, recipient="a", **more):
    return DrillEvent(kind, recipient, NOW + timedelta(minutes=minutes), **more)


def test_our_events_are_read_back_as_what_they_were():
    events = [
        happened("accepted", 0),
        happened("opened", 5, address="192.0.2.1"),
        happened("typed", 6),
        happened("reported", 7),
        happened("fetched", 4),
        happened("accepted", 0, "nobody of them"),
    ]
    text = events_csv(events, PEOPLE, "=7")
    assert "192.0.2.1" not in text
    assert "'=7" in text
    found = judge(read_results(text.encode()).events)["a@b.example"]
    assert found.clicked_at == NOW + timedelta(minutes=5)
    assert found.typed_at == NOW + timedelta(minutes=6)
    assert found.reported_at == NOW + timedelta(minutes=7)
    assert found.fetches == 1


DETAILS = json.dumps(
    {
        "payload": {"password": ["hunter2"]},
        "browser": {"address": "40.94.89.3", "user-agent": "Chrome/101.0"},
    }
)


def raw(*rows):
    return table(("campaign_id", "email", "time", "message", "details"), *rows).encode()


def test_gophishs_click_is_a_fetch_and_what_was_typed_is_not_kept():
    data = raw(
        ("1", "", "2026-12-01T03:00:00Z", "Campaign Created", ""),
        ("1", "a@b.example", "2026-12-01T03:00:00.123456789Z", "Email Sent", ""),
        ("1", "a@b.example", "2026-12-01T12:00:04+09:00", "Clicked Link", DETAILS),
        ("1", "a@b.example", "2026-12-01T04:00:00Z", "Email Opened", DETAILS),
        ("1", "a@b.example", "2026-12-01T05:00:00Z", "Submitted Data", DETAILS),
        ("1", "a@b.example", "not a time", "Email Reported", ""),
        ("1", "a@b.example", "2026-12-01T05:00:00Z", "Who knows", ""),
    )
    found = read_results(data)
    assert [one.kind for one in found.events] == ["accepted", "fetched", "typed"]
    assert (found.fetched, found.opened, found.left_out) == (1, 1, 2)
    assert "hunter2" not in str(found)
    did = judge(found.events[:2], CATALOG.drill_machines, assets_known=False)["a@b.example"]
    assert did.set_aside == {"agent": 1, "data_centre": 1, "soon": 1}


def test_results_without_times_tell_no_click():
    headings = ("id", "status", "send_date", "reported", "modified_date", "email")
    data = table(
        headings,
        ("1", "Clicked Link", "2026-12-01T03:00:00Z", "false", "2026-12-01T03:01:00Z", "a@b.example"),
        ("2", "Submitted Data", "2026-12-01T03:00:00Z", "true", "2026-12-01T03:01:00Z", "b@b.example"),
        ("3", "Error", "", "false", "", "c@b.example"),
        ("4", "Email Sent", "x", "false", "", "a@b.example"),
    ).encode()  # fmt: skip
    found = read_results(data)
    assert not found.outcomes["a@b.example"].fell_for_it
    assert found.outcomes["b@b.example"].typed_at
    assert not found.outcomes["c@b.example"].delivered
    assert (found.fetched, found.left_out) == (2, 1)


@given(st.lists(st.tuples(*[st.text(max_size=30)] * 4), max_size=6))
def test_any_events_are_read_or_left_out(rows):
    found = read_results(raw(*(("1", *row) for row in rows)))
    judge(found.events, CATALOG.drill_machines)
