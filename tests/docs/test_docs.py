"""The documentation is true today."""

import importlib.util
import re
from pathlib import Path

import pytest

from tojimari.catalog import load_catalog

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("make_docs", ROOT / "docs" / "make_docs.py")
assert SPEC is not None and SPEC.loader is not None  # noqa: PT018
make_docs = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(make_docs)


_ALIKE = 60
"""Letters by which the beginnings of two lines are the same thing."""


def test_the_json_schema_is_the_one_the_code_has():
    assert (ROOT / "docs/schema/result-1.json").read_text("utf-8") == make_docs.schema_text()


def test_the_api_document_is_the_one_the_code_has():
    assert (ROOT / "docs/schema/openapi.json").read_text("utf-8") == make_docs.openapi_text()


def test_the_collectors_page_is_the_one_the_code_has():
    assert (ROOT / "docs/collectors.md").read_text("utf-8") == make_docs.collectors_text()


def test_the_page_of_questions_read_aloud_is_the_one_the_catalog_has():
    assert (ROOT / "docs/questions.ja.md").read_text("utf-8") == make_docs.questions_text()


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md")))
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if not target.startswith(("http", "mailto")):
            assert (page.parent / target).exists(), target


PAGES = sorted(
    path for folder in ("docs", "benchmarks", "src") for path in (ROOT / folder).rglob("*.md")
)


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")) + PAGES)
def test_no_page_says_a_thing_twice(page):
    """Two who change the same line leave both versions behind where lines are put together."""
    seen: dict[str, str] = {}
    code = False
    for line in page.read_text("utf-8").splitlines():
        code ^= line.startswith("```")
        if len(line) > _ALIKE and not code and line[0] not in "| ":
            begins = line[:_ALIKE]
            assert begins not in seen, f"{begins}: {line} / {seen[begins]}"
            seen[begins] = line


def test_every_decision_is_listed():
    listed = (ROOT / "docs/decisions/README.md").read_text("utf-8")
    for decision in (ROOT / "docs/decisions").glob("0*.md"):
        assert decision.name in listed


def test_the_contributing_guides_example_is_a_real_control():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    for id_ in re.findall(r"controls/([a-z-]+)\.yaml", text):
        assert id_ in load_catalog().controls


def test_nothing_names_a_machine_or_a_registry():
    bad = re.compile(r"/work/|\.\./shared|pypi\.org|files\.pythonhosted|registry\.npmjs")
    for folder in ("src", "docs", "benchmarks", "requirements"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix in (".py", ".md", ".yaml", ".txt", ".html", ".in"):
                assert not bad.search(path.read_text("utf-8")), path
