"""The lint of papers: whatever does not fit is named."""

import pytest
from msgspec.structs import replace

from tojimari.catalog import load_catalog
from tojimari.catalog.linter import Linter
from tojimari.catalog.paper import Clause, PaperOption, PaperQuestion, PaperSection
from tojimari.catalog.paper_consistency import check_papers
from tojimari.model import Text

CONTENT = load_catalog().content
KIND = CONTENT.papers["telework-rules"]
WORDS = Text(ja="文", en="words")


def problems(kind) -> list:
    lint = Linter(replace(CONTENT, papers={kind.id: kind}))
    check_papers(lint)
    return lint.problems


def with_clause(**parts):
    section = PaperSection("more", WORDS, (Clause(**parts),))
    return replace(KIND, sections=(*KIND.sections, section))


def question(id_, **parts):
    return replace(KIND, questions=(*KIND.questions, PaperQuestion(id_, text=WORDS, **parts)))


def test_the_papers_there_are_fit():
    assert problems(KIND) == []


@pytest.mark.parametrize(
    "kind",
    [
        with_clause(text=Text(ja="{nowhere}", en="{nowhere}")),
        with_clause(text=Text(ja="{who}", en="nobody")),
        with_clause(text=WORDS, table="devices"),
        with_clause(),
        with_clause(table="who"),
        with_clause(lines="nothing"),
        with_clause(text=WORDS, practice=("no-such-control",)),
        with_clause(text=WORDS, covers=("9-9-9-9",)),
        with_clause(text=WORDS, shows=("os-updates-pc",)),
        with_clause(text=WORDS, when={"tools": "third"}),
        with_clause(text=WORDS, needs=("nothing",)),
        with_clause(text=Text(ja="文", en="")),
        replace(KIND, sections=(*KIND.sections, KIND.sections[0])),
        replace(KIND, renew_days=400),
        replace(KIND, approve_needs=("nothing",)),
        replace(KIND, sources=("nowhere",)),
        replace(KIND, questions=KIND.questions * 3),
        question("unused", type="line"),
        question("company", type="line"),
        question("one", type="choice"),
        question("one", type="line", options=(PaperOption("a", WORDS),)),
        question("one", type="rows"),
    ],
)
def test_what_does_not_fit_is_named(kind):
    assert problems(kind)
