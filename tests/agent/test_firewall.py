"""ufw itself, switched on in a network of its own: what comes through afterwards, and what does not."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.support.patience import PATIENCE

MAY = os.geteuid() == 0 and shutil.which("ufw") is not None


@pytest.mark.skipif(not MAY, reason="needs ufw, and root: it writes rules into the kernel")
def test_it_closes_all_but_the_door_for_ssh_and_stays_off_where_that_cannot_be_kept(tmp_path):
    shutil.copytree("/etc/ufw", tmp_path / "ufw")
    words = ["unshare", "--mount", "--net", sys.executable, "-m", "tests.support.ufw_walk"]
    done = subprocess.run(
        [*words, str(tmp_path)], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["before"] == [True, True], "SSH and another service are reached"
    assert (said["broken"][0], said["broken_reaches"]) == ("failed", True)
    assert said["on"] == ["done", None, [["ufw", "off", "on"]]]
    assert said["after"] == [True, False], "only SSH still is"
    assert said["again"] == ["done", None, []]
    assert said["cut"] == "done"
