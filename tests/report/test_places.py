"""A place in the settings is opened, in the reader's language; only a command is run."""

import pytest

from tojimari.collect.device.macos import macos
from tojimari.collect.device.windows import windows
from tojimari.report.sentences import settings_place

PLACES = [p for p in [*windows.NOT_YET.values(), *macos.NOT_YET.values()] if " / " in p]


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
