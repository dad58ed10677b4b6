"""A place in the settings is opened, in the reader's language; only a command is run."""

import ast
from pathlib import Path

import pytest

import tojimari.collect.device
from tojimari.report.sentences import settings_place

DEVICE = Path(tojimari.collect.device.__path__[0])
PLACES = sorted(
    {
        node.value
        for path in DEVICE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if " / " in node.value and not node.value.isascii()
    }
)
"""Whatever the collectors name in both languages at once."""


@pytest.mark.parametrize("place", PLACES)
def test_a_settings_place_is_in_one_language(place):
    ja, en = settings_place(place, "ja"), settings_place(place, "en")
    assert en.isascii()
    assert not ja.isascii()
    assert " / " not in ja + en


@pytest.mark.parametrize(
    "command", ["net share", "sudo nft list ruleset", "du -s / home", "winver"]
)
def test_a_command_is_no_place(command):
    assert settings_place(command, "ja") == settings_place(command, "en") == ""
