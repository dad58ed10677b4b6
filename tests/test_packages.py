"""What `make test` installs on a machine that has none of it."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("missing_packages.sh")


def missing(*choices: str) -> list[str]:
    """What the script names for these choices, on the machine that the tests run on."""
    return subprocess.run(
        [SCRIPT, *choices], capture_output=True, text=True, check=True
    ).stdout.split()


@pytest.mark.parametrize(
    ("choice", "named"),
    [
        ("dpkg", []),
        ("dpkg|no-such-package", []),
        ("no-such-package|dpkg", []),
        # The first that is offered, not the last that was looked at.
        ("fortune-mod|no-such-package", ["fortune-mod"]),
        ("no-such-package|fortune-mod", ["fortune-mod"]),
        ("no-such-package|nor-this", ["no-such-package|nor-this"]),
    ],
)
def test_one_of_each_choice_is_named_and_none_that_is_there(choice: str, named: list[str]) -> None:
    assert missing(choice) == named


def test_each_choice_is_looked_at_by_itself() -> None:
    assert missing("dpkg", "fortune-mod|dpkg", "no-such-package") == ["no-such-package"]
