"""A function says one thing: none in src is longer than 60 lines."""

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "tojimari"
MOST_LINES = 60
LEFT_TO_CUT = {
    "assess/assessment.py": {"roll_up"},
    "assess/judge.py": {"judge"},
    "catalog/consistency.py": {"check"},
    "cli/site.py": {"run"},
    "collect/outside/door.py": {"_one"},
    "plan/choose.py": {"plan"},
    "report/machine.py": {"form"},
    "report/oscal.py": {"document"},
    "report/page.py": {"context"},
}
"""Functions that were longer when the rule came. Take out what was cut; never add."""


def long_functions() -> Iterator[tuple[str, str, int]]:
    """Yield file, name and lines of every function that is too long."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MOST_LINES:
                    yield path.relative_to(SOURCE).as_posix(), node.name, lines


def test_no_function_is_too_long():
    found = list(long_functions())
    new = [one for one in found if one[1] not in LEFT_TO_CUT.get(one[0], set())]
    assert new == []


def test_what_was_cut_is_off_the_list():
    found = {(file, name) for file, name, _ in long_functions()}
    listed = {(file, name) for file, names in LEFT_TO_CUT.items() for name in names}
    assert listed - found == set()
