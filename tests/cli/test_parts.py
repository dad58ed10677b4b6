"""What a command says where the parts of an extra are not installed: one sentence, what to run."""

from importlib import import_module

import pytest

from tojimari.cli.parts import PartsMissing, need_parts, parts_of
from tojimari.model import LANGS, Text


@pytest.mark.parametrize("lang", LANGS)
def test_what_is_missing_and_what_installs_it_is_said(lang):
    with pytest.raises(PartsMissing) as missing:
        need_parts("agent", "json", "no_such_module")
    assert "(no_such_module)" in missing.value.say(lang)
    assert "`pip install 'tojimari[agent]'`" in missing.value.say(lang)


@pytest.mark.parametrize("lang", LANGS)
def test_what_does_without_is_said_too(lang):
    instead = Text(ja="別の道。", en="Another way.")
    with pytest.raises(PartsMissing) as missing, parts_of("documents", instead=instead):
        import_module("no_such_module")
    assert missing.value.say(lang).endswith(instead.say(lang))


def test_what_is_there_is_imported_and_other_faults_are_not_hidden():
    need_parts("agent", "json")
    with pytest.raises(ValueError, match="ours"), parts_of("agent"):
        raise ValueError("ours")
