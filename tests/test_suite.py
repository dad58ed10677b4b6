"""What the tests themselves are held to."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HERE)))
def test_fixtures_and_helpers_are_imported_from_no_test(path: Path):
    for name in imported(ast.parse(path.read_text("utf-8"))):
        last = name.rpartition(".")[2]
        if name.startswith("tests."):
            assert not last.startswith("test_"), name
            assert last != "conftest", name


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HERE)))
def test_no_assertion_holds_a_whole_sentence_in_japanese(path: Path):
    """A sentence is the catalog's, and may be improved: a test names a word of it, or its code."""
    if str(path.relative_to(HERE)) in OF_TEXTS:
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Assert):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    letters = len(re.findall("[ぁ-んァ-ヶ一-龠]", part.value))
                    assert letters <= (4 if FULL_STOP in part.value else 20), part.value


def test_what_is_named_as_the_longest_is_there(request):
    [told] = [
        plugin
        for plugin in request.config.pluginmanager.get_plugins()
        if hasattr(plugin, "LONGEST")
    ]
    assert [path for path in told.LONGEST if not path.exists()] == []
