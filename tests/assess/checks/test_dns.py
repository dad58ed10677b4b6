import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import fact, judged

CONTROL = "dns-filtering"


def dns(*servers):
    return fact("device.dns", {"servers": list(servers), "encrypted": None})


@pytest.mark.parametrize(
    "servers",
    [
        ("9.9.9.9", "149.112.112.112"),
        ("1.1.1.2", "1.0.0.2"),
        ("2620:00fe:0000::00fe",),
        ("2606:4700:4700:0::1113",),
    ],
)
def test_met_when_every_server_is_known_to_filter(servers):
    assert judged(CONTROL, dns(*servers)).state == "met"


@pytest.mark.parametrize("server", ["8.8.8.8", "1.1.1.1", "9.9.9.10", "2001:4860:4860::8888"])
def test_not_met_when_the_server_is_known_to_filter_nothing(server):
    finding = judged(CONTROL, dns(server))
    assert (finding.state, finding.numbers["servers"]) == ("not_met", server)


def test_partly_when_only_some_servers_filter():
    finding = judged(CONTROL, dns("9.9.9.9", "8.8.8.8"))
    assert (finding.state, finding.numbers["servers"]) == ("partly", "8.8.8.8")


@pytest.mark.parametrize(
    "servers", [(), ("192.168.1.1",), ("127.0.0.53",), ("203.0.113.7",), ("fe80::1%eth0",), ("x",)]
)
def test_unknown_when_the_address_does_not_tell(servers):
    assert judged(CONTROL, dns(*servers)).state == "unknown"


@given(st.lists(st.sampled_from(["9.9.9.9", "1.1.1.2", "8.8.8.8", "192.168.1.1"]), max_size=4))
def test_a_server_that_cannot_be_placed_never_comes_out_as_met(servers):
    assert judged(CONTROL, dns(*servers, "192.168.1.1")).state != "met"
