"""Addresses are named once, in their app, and nowhere else written out."""

import ast
import re
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

import tojimari.portal

PORTAL = Path(tojimari.portal.__file__).parent
APPS = (
    "core",
    "companies",
    "devices",
    "outside",
    "supporters",
    "surveys",
    "people",
    "operate",
    "incidents",
    "mailcheck",
    "lessons",
    "experts",
    "money",
    "drills",
    "papers",
    "proofs",
    "requests",
    "sensors",
    "updates",
    "chains",
    "lenders",
)
WRITTEN_OUT = re.compile(r"""\b(?:href|action|formaction|src|hx-[a-z-]+)\s*=\s*["']/""")


def own_patterns():
    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLResolver) and entry.namespace in APPS:
            yield from ((entry.namespace, pattern) for pattern in entry.url_patterns)


def test_every_address_of_ours_stands_in_an_app_of_its_own():
    apps = {app for app, _ in own_patterns()}
    bare = [e for e in get_resolver().url_patterns if isinstance(e, URLPattern)]
    assert apps == set(APPS)
    assert bare == []


def test_no_name_is_given_twice():
    names = [pattern.name for _, pattern in own_patterns()]
    assert all(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "path", sorted((PORTAL / "templates").rglob("*.html")), ids=lambda path: path.name
)
def test_no_template_writes_an_address_by_hand(path):
    assert not WRITTEN_OUT.search(path.read_text(encoding="utf-8"))


def _first_parts() -> set[str]:
    routes = [str(pattern.pattern) for _, pattern in own_patterns()]
    # Every site has a /.well-known/, the sites of companies too: ours is what stands in it.
    parts = {re.match(r"(\.well-known/)?[^/]*", route)[0] for route in routes if route}
    return {part for part in parts if "<" not in part} | {"accounts", "language"}


def test_no_page_function_writes_an_address_by_hand():
    begin = re.compile(rf"^/(?:{'|'.join(map(re.escape, sorted(_first_parts())))})(?:/|$)")
    found = []
    for path in sorted(PORTAL.rglob("*.py")):
        if path.name.startswith("api"):  # the interface of programs names its operations itself
            continue
        found += [
            f"{path.name}:{node.lineno}: {node.value}"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and begin.match(node.value)
        ]
    assert found == []


def _known(resolver=None, space: str = "") -> set[str]:
    found: set[str] = set()
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            found |= _known(entry, f"{entry.namespace}:" if entry.namespace else space)
        elif entry.name:
            found.add(space + entry.name)
    return found


def test_every_name_that_is_asked_for_is_there():
    asked = set()
    for path in PORTAL.rglob("*.html"):
        asked |= set(re.findall(r"""\{%\s*url\s+['"]([^'"]+)""", path.read_text(encoding="utf-8")))
    for path in PORTAL.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                not isinstance(call, ast.Call)
                or not isinstance(call.func, ast.Name)
                or not call.args
            ):
                continue
            if call.func.id in ("redirect", "reverse", "whole_address"):
                asked |= {
                    node.value
                    for node in ast.walk(_name_in(call.args[0]))
                    if isinstance(node, ast.Constant) and isinstance(node.value, str)
                }
    # The two pages an answer may come back to are put together from parts.
    assert asked - {"companies:"} <= _known()


def _name_in(argument: ast.expr) -> ast.AST:
    """Return the part of a call's argument that holds names: an inner call is looked at itself."""
    return ast.Module([], []) if isinstance(argument, ast.Call) else argument
