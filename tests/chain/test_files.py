"""Supply chains from files: read whole, or refused in one sentence that names the line."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.chains import CONTROLS
from tojimari.chain.files import SCHEMA, read_network
from tojimari.chain.network import BadNetwork

KNOWN = frozenset(CONTROLS)


def table(tmp_path, text, name="links.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_two_tables_are_read(tmp_path):
    links = table(
        tmp_path, "supplier,buyer,share,replace\n鈴木,うち,30%,hard\n'=x,うち,0.2,\n外,鈴木,,\n"
    )
    firms = table(
        tmp_path, "firm,name,hidden,supported-os\n鈴木,鈴木鋳造,no,not_met\n外,,yes,\n", "f.csv"
    )
    network = read_network(links, firms, controls=KNOWN)
    assert [(one.share, one.replace) for one in network.links] == [
        (0.3, "hard"),
        (0.2, "unknown"),
        (None, "unknown"),
    ]
    assert network.firms["鈴木"].states == {"supported-os": "not_met"}
    assert network.firms["外"].hidden
    assert "=x" in network.firms


def test_shift_jis_and_json_are_read(tmp_path):
    links = table(tmp_path, "supplier,buyer\n髙﨑,うち\n".encode("cp932"))
    assert "髙﨑" in read_network(links, controls=KNOWN).firms
    whole = {"schema": SCHEMA, "firms": [{"id": "a"}], "links": [{"supplier": "a", "buyer": "b"}]}
    path = table(tmp_path, json.dumps(whole), "c.json")
    assert list(read_network(path, controls=KNOWN).firms) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a,b\n1,2\n", "supplier"),
        ("supplier,buyer\nx,x\n", "x → x"),
        ("supplier,buyer\nx,y\nx,y\n", "x → y"),
        ("supplier,buyer,share\nx,y,140%\n", "2"),
        ("supplier,buyer,share\nx,y,nan\n", "2"),
        ("supplier,buyer,share\nx,y,inf\n", "2"),
        ("supplier,buyer,replace\nx,y,maybe\n", "2"),
        ("supplier,buyer\n,y\n", "2"),
        ("supplier,buyer\nx,\x1by\n", "2"),
        (b"\x81\x20", "UTF-8"),
        ("", "supplier"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path, text, part):
    with pytest.raises(BadNetwork) as told:
        read_network(table(tmp_path, text), controls=KNOWN)
    assert part in told.value.say("en")
    assert "\n" not in told.value.say("ja")


@pytest.mark.parametrize(
    "whole",
    [
        "[]",
        "{",
        '{"schema": "other"}',
        json.dumps({"schema": SCHEMA, "firms": [{"id": "a", "states": {"no-control": "met"}}]}),
        json.dumps({"schema": SCHEMA, "firms": [{"id": "a"}, {"id": "a"}]}),
        json.dumps({"schema": SCHEMA, "links": [{"supplier": "a", "buyer": "b", "share": 1e999}]}),
        json.dumps({"schema": SCHEMA, "links": [{"supplier": "a\n", "buyer": "b"}]}),
    ],
)
def test_bad_json_is_refused(tmp_path, whole):
    with pytest.raises(BadNetwork):
        read_network(table(tmp_path, whole, "c.json"), controls=KNOWN)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(("x.csv", "x.json")))
def test_no_bytes_are_a_fault(tmp_path, data, name):
    try:
        read_network(table(tmp_path, data, name), controls=KNOWN)
    except BadNetwork:
        return  # refused, in a sentence of its own
