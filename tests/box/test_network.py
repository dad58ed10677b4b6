"""The box between real networks: what passes, what does not, and that a dead line comes back."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE

pytestmark = pytest.mark.programs
OUT = ["203.0.113.2", "2001:db8:ff::2"]
"""The box's own addresses outside: as whom everybody behind it is seen."""
NOBODY = ["", ""]


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("network namespaces that reach each other need root")
    folder = tmp_path_factory.mktemp("box")
    done = subprocess.run(
        [
            "unshare",
            "--net",
            "--mount",
            sys.executable,
            "-m",
            "tests.support.box_network",
            str(folder),
        ],
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_line_is_tried_as_the_office_goes(seen):
    """Names answered, both families reached, and a name of the own list kept away."""
    assert seen["line"] == [1, True, True, True, True, ""]


def test_what_the_box_says_of_itself_is_measured(seen):
    assert seen["health"] == [True, True, True, True]


@pytest.mark.parametrize("space", ["office", "guest", "iot"])
def test_everybody_reaches_the_outside_by_both_families(seen, space):
    assert seen[f"{space} out"] == OUT


@pytest.mark.parametrize(
    "way", ["guest office", "guest iot", "iot office", "iot guest", "office guest"]
)
def test_networks_are_apart(seen, way):
    assert seen[way] == NOBODY


def test_the_office_reaches_its_printers(seen):
    four, six = seen["office iot"]
    assert four == "10.1.0.10"
    assert six.startswith("fd00:1::")  # its own address, or one made from the box's announcement


def test_nothing_that_begins_outside_comes_in(seen):
    assert not any(seen["outside box"])
    assert not any(seen["outside names"])
    assert not any(seen["outside in"])


def test_nobody_logs_in_where_the_settings_do_not_say_so(seen):
    assert [seen[f"{space} ssh"] for space in ("office", "guest", "iot")] == [NOBODY] * 3


@pytest.mark.parametrize("space", ["office", "guest", "iot"])
def test_harmful_names_are_kept_away_whomever_one_asks(seen, space):
    """By IPv4, by IPv6, and of a name server outside; what is allowed is answered."""
    assert seen[f"{space} names"] == ["203.0.113.1", "no", "no", "203.0.113.1"] * 3


def test_who_claims_an_address_of_another_network_is_not_let_through(seen):
    assert seen["guest lies"] == ""


def test_addresses_are_given_out(seen):
    if shutil.which("dnsmasq", path="/usr/sbin:/usr/bin") is None:
        pytest.skip("dnsmasq is not installed")
    assert seen["offer"].startswith("10.1.0.")
    assert 50 <= int(seen["offer"].rpartition(".")[2]) <= 60


def test_after_a_change_that_kills_the_line_the_one_before_is_back(seen):
    assert seen["broken"] == [1, 2, True, False, False]
    assert seen["after"] == OUT


def test_a_port_that_is_not_the_offices_is_found_out(seen):
    assert seen["wrong port"] == [1, 3, "out1: 10.1.0.1/24?"]
