"""A statement on paper: items in the framework's order, and words as a reader knows them."""

import re
from pathlib import Path

import pytest

from tests.support.statements import KEYS, NOW, bound, issued, some_claims
from tojimari import report
from tojimari.attest.own_list import in_order, item_titles
from tojimari.attest.statement import check
from tojimari.catalog import load_catalog
from tojimari.model import LANGS, Text
from tojimari.report.proof import proof_page

CATALOG = load_catalog()


@pytest.mark.parametrize("lang", LANGS)
def test_the_paper_shows_no_marks_of_ours(lang):
    made = issued()
    said = check(bound(made), KEYS, now=NOW).statement
    assert said is not None
    page = proof_page(said, made.summary, "https://portal.example/proof/x/", CATALOG, lang)
    assert "`" not in page
    assert "<code>tojimari verify</code>" in page


def test_items_stand_in_the_frameworks_order_and_unknown_ones_last():
    titles = {f"item-{n}": Text(ja=f"{n}", en=f"{n}") for n in (3, 1, 0, 5, 2)}
    shuffled = sorted(some_claims().items, key=lambda one: hash(one.id))
    found = [one.id for one in in_order(shuffled, titles)]
    assert found == [*titles, "item-4"]
    for framework in CATALOG.frameworks.values():
        assert list(item_titles(framework.id, CATALOG)) == [one.id for one in framework.items]


def test_what_stands_between_backticks_is_marked_up_on_every_page_and_paper():
    """A text with a command in it needs the filter ``code``: else its backticks are printed."""
    marked = {key for key, text in CATALOG.content.ui.items() if "`" in text.ja + text.en}
    assert "proof.code_summary" in marked
    asked = re.compile(r"\{\{\s*ui\(\"([\w.]+)\"[^}]*\}\}")
    for template in (Path(report.__file__).parent / "templates").rglob("*.html"):
        for found in asked.finditer(template.read_text("utf-8")):
            assert found[1] not in marked or "|code" in found[0], (template.name, found[0])
