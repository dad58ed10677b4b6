"""A function says one thing: none in src is longer than 60 lines."""

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "tojimari"
MOST_LINES = 60


def long_functions() -> Iterator[tuple[str, str, int]]:
    """Yield file, name and lines of every function that is too long."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MOST_LINES:
                    yield path.relative_to(SOURCE).as_posix(), node.name, lines


def test_no_function_is_too_long():
    assert list(long_functions()) == []
