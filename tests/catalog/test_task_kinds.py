"""Kinds of task: what a value may be is checked, whoever writes the catalog."""

import msgspec
import pytest

from tojimari.catalog import load_catalog
from tojimari.catalog.linter import Linter
from tojimari.catalog.task_kind_consistency import check_task_kinds


def problems(**changed):
    content = load_catalog().content
    kind = content.task_kinds["package"]
    parameter = kind.parameters["name"]
    if "pattern" in changed:
        parameter = msgspec.structs.replace(parameter, pattern=changed.pop("pattern"))
        changed["parameters"] = {"name": parameter}
    kinds = {**content.task_kinds, "package": msgspec.structs.replace(kind, **changed)}
    lint = Linter(msgspec.structs.replace(content, task_kinds=kinds))
    check_task_kinds(lint)
    return lint.problems


def test_the_kinds_of_the_catalog_fit():
    assert problems() == []


@pytest.mark.parametrize(
    "pattern",
    [".*", "[^;]+", r"[\w.=]+", "-?[a-z]+", "[a-z/]+", "[a-z]+ ?[a-z]*", "[a-z]+", "(", "firefox"],
)
def test_a_pattern_that_lets_options_paths_or_versions_through_is_named(pattern):
    assert problems(pattern=pattern)


def test_a_kind_without_an_engine_or_with_an_unknown_control_is_named():
    assert problems(engines={})
    assert problems(controls=("no-such-control",))
