"""The portal's own secret, made by whichever of its processes starts first."""

import subprocess
import sys

from tojimari.portal.secret import secret_key

_ASKS = """
import sys
from pathlib import Path
from tojimari.portal.secret import secret_key
print(secret_key(Path(sys.argv[1])))
"""


def test_processes_that_start_at_once_all_have_the_same(tmp_path):
    command = [sys.executable, "-c", _ASKS, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    told = {one.communicate()[0].strip() for one in running}
    assert told == {secret_key(tmp_path)}
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
