"""What the tests themselves are held to."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.same_statements import LIST, PORTAL

FULL_STOP = "。"
OF_TEXTS = {"report/test_paragraph.py"}
"""Tests of how sentences are set: these hold sentences."""

HERE = Path(__file__).parent
MODULES = sorted(HERE.rglob("*.py"))


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


@pytest.fixture(scope="module")
def read() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """All modules, each read once: what is imported, and what is written in assertions, by path."""
    imports, asserted = [], []
    for path in MODULES:
        where, tree = str(path.relative_to(HERE)), ast.parse(path.read_text("utf-8"))
        imports += [(where, name) for name in imported(tree)]
        asserted += [
            (where, part.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Assert)
            for part in ast.walk(node)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        ]
    return imports, asserted


def test_fixtures_and_helpers_are_imported_from_no_test(read):
    ours = [(where, name) for where, name in read[0] if name.startswith("tests.")]
    assert len(ours) > 500
    last = [(where, name, name.rpartition(".")[2]) for where, name in ours]
    assert [one for one in last if one[2].startswith("test_") or one[2] == "conftest"] == []


def test_no_assertion_holds_a_whole_sentence_in_japanese(read):
    """A sentence is the catalog's, and may be improved: a test names a word of it, or its code."""
    assert len(read[1]) > 5000
    assert [
        (where, text)
        for where, text in read[1]
        if where not in OF_TEXTS
        and len(re.findall("[ぁ-んァ-ヶ一-龠]", text)) > (4 if FULL_STOP in text else 20)
    ] == []


def test_what_is_named_as_the_longest_is_there(request):
    [told] = [
        plugin
        for plugin in request.config.pluginmanager.get_plugins()
        if hasattr(plugin, "LONGEST")
    ]
    assert [path for path in told.LONGEST if not path.exists()] == []


def test_pytest_django_is_around_the_tests_of_the_portal_alone(request):
    assert not [name for name in request.fixturenames if "django" in name]


def test_what_postgresql_is_not_asked_again_is_there():
    for name in LIST.read_text("utf-8").split():
        file, _, test = name.partition("::")
        assert f"def {test}(" in (PORTAL / file).read_text("utf-8"), name
