"""The pure rooms need the extra ``dev-core`` and nothing more (CONTRIBUTING.md)."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement

HERE = Path(__file__).parent

WITHOUT = """
import json, sys
absent = set(json.load(sys.stdin))

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"not part of dev-core: {name}", name=name)

sys.meta_path.insert(0, Absent())
import pytest
sys.exit(pytest.main(["-m", "core", "--collect-only", "-p", "no:cacheprovider", "tests"]))
"""


def _name(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _needed(distribution: str, extra: str, found: set[tuple[str, str]]) -> Iterator[str]:
    """The distributions that this one with this extra brings, itself among them."""
    if (distribution, extra) in found:
        return
    found.add((distribution, extra))
    yield distribution
    try:
        lines = requires(distribution) or []
    except PackageNotFoundError:
        return
    for requirement in map(Requirement, lines):
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            for wanted in requirement.extras or {""}:
                yield from _needed(_name(requirement.name), wanted, found)


def test_core_is_read_without_any_other_package():
    brought = set(_needed("tojimari", "dev-core", set()))
    absent = [
        package
        for package, owners in packages_distributions().items()
        # Somebody else's tests lie in a package of that name.
        if not brought & {_name(owner) for owner in owners} and package != "tests"
    ]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT],
        input=json.dumps(absent),
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        cwd=HERE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "django" in absent
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
