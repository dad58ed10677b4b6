"""What the tests themselves are held to."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

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
