"""The agent's look on a system without what only Unix has: a Windows computer is no gateway box."""

import subprocess
import sys

_THERE = """
import sys
from uuid import uuid4

class UnixOnly:
    def find_spec(self, name, path=None, target=None):
        if name in {"fcntl", "grp", "pwd", "resource", "termios"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, UnixOnly())
from datetime import UTC, datetime
from pathlib import Path
import tojimari.agent.loop, tojimari.agent.heard, tojimari.cli.box
from tojimari.agent.box import box_here
from tojimari.box.change import Box
print(box_here(at=datetime.now(UTC), box=Box(Path(sys.argv[1]))))
"""


def test_nothing_of_the_agents_look_needs_unix(tmp_path):
    command = [sys.executable, "-c", _THERE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
