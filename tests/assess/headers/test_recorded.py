"""Our verdicts beside the peer's on more than a thousand made-up sites."""

import os
import shutil
from pathlib import Path

import pytest

from tests.support.made_up_sites import made_up_sites
from tests.support.observatory import BROWSERS, both, differences, read_recorded, recorded
from tojimari.assess.headers.results import GRADES, POINTS, TESTS

PACKAGE = os.environ.get("TOJIMARI_OBSERVATORY", "")


@pytest.fixture(scope="module")
def rows():
    return read_recorded()


def test_every_verdict_is_the_peers_or_differs_for_a_known_reason(rows):
    assert len(rows) > 1000
    for row in rows:
        found = differences(row)
        unexplained = {test: told for test, told in found.items() if not told[2]}
        assert not unexplained, row.site
        if not found:
            ours = row.judged()
            assert (ours.score, ours.grade) == (row.peer["score"], row.peer["grade"]), row.site


def test_known_reasons_are_rare(rows):
    reasons = [{why for _, _, why in differences(row).values()} for row in rows]
    assert sum(bool(one - BROWSERS) for one in reasons) < 0.05 * len(rows)
    # The made-up sites have much that no browser takes and the peer does.
    assert sum(bool(one & BROWSERS) for one in reasons) < 0.1 * len(rows)


def test_the_recorded_sites_show_nearly_every_result_and_every_grade(rows):
    seen = {row.peer["tests"][test]["result"] for row in rows for test in TESTS}
    # The peer never says the last one of these, see benchmarks/outside_headers.md.
    assert set(POINTS) - seen <= {"cross-origin-resource-sharing-implemented-with-universal-access"}
    assert {row.judged().grade for row in rows} == set(GRADES)


@pytest.mark.skipif(
    not PACKAGE or not shutil.which("node"),
    reason="needs node, and TOJIMARI_OBSERVATORY = folder of @mdn/mdn-http-observatory",
)
def test_the_peer_itself_says_the_same_today(tmp_path):
    compared = 0
    for case, answers, peer in both(Path(PACKAGE), tmp_path, made_up_sites(20261124)):
        assert isinstance(answers, str) == ("error" in peer), case
        if not isinstance(answers, str):
            compared += 1
            found = differences(recorded(case, answers, peer))
            assert not {test for test, told in found.items() if not told[2]}, (case, found)
    assert compared > 90
