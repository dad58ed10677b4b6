"""Whether papers fit the controls they speak of, the criteria they answer, and their own questions."""

import string

from tojimari.catalog.linter import Linter
from tojimari.catalog.paper import (
    KNOWN_LINES,
    KNOWN_PLACES,
    KNOWN_TABLES,
    Clause,
    PaperKind,
    PaperQuestion,
)

MOST_QUESTIONS = 10
FRAMEWORK = "scs-3"
"""The framework whose criteria papers answer."""


def check_papers(lint: Linter) -> None:
    """Note everything in the papers that does not fit together."""
    for kind in lint.content.papers.values():
        file = f"papers/{kind.id}.yaml"
        lint.languages(file, kind)
        lint.known(file, "sources", kind.sources, lint.content.sources)
        lint.known(
            file, "approve_needs", kind.approve_needs, {one.id: one for one in kind.questions}
        )
        _questions(lint, file, kind)
        ids = [section.id for section in kind.sections]
        for id_ in {one for one in ids if ids.count(one) > 1}:
            lint.add(file, f"sections.{id_}", "二度あります", "is given twice")
        for section in kind.sections:
            for at, clause in enumerate(section.clauses):
                _clause(lint, file, f"sections.{section.id}[{at}]", kind, clause)
        for at, point in enumerate(kind.points):
            lint.known(file, f"points[{at}]", point.controls, lint.content.controls)
            lint.known(file, f"points[{at}]", point.papers, lint.content.papers)
        _evidence(lint, file, kind)


def _questions(lint: Linter, file: str, kind: PaperKind) -> None:
    if len(kind.questions) > MOST_QUESTIONS:
        lint.add(
            file,
            "questions",
            f"質問は{MOST_QUESTIONS}個までです",
            f"has more than {MOST_QUESTIONS} questions",
        )
    used = {name for clause in kind.clauses for name in _names(clause)}
    for question in kind.questions:
        key = f"questions.{question.id}"
        if question.id in KNOWN_PLACES or not question.id.isidentifier():
            lint.add(file, key, "使えないidです", "is no id for a question")
        if bool(question.options) != (question.type == "choice"):
            lint.add(file, key, "選択肢が合いません", "options do not fit its type")
        if bool(question.columns) != (question.type == "rows"):
            lint.add(file, key, "列が合いません", "columns do not fit its type")
        if question.id not in used:
            lint.add(file, key, "どこにも使われていません", "no sentence uses it")


def _names(clause: Clause) -> set[str]:
    """Return every name that a clause uses: places of its text, tables, lines, needs, choices."""
    found = {clause.table, clause.lines, *clause.needs, *clause.when}
    for text in (clause.text.ja, clause.text.en) if clause.text else ():
        found |= {name for _, name, _, _ in string.Formatter().parse(text) if name}
    return found - {""}


def _clause(lint: Linter, file: str, key: str, kind: PaperKind, clause: Clause) -> None:
    asked = {question.id: question for question in kind.questions}
    if sum(bool(part) for part in (clause.text, clause.table, clause.lines)) != 1:
        lint.add(
            file, key, "文・表・行のどれか一つです", "is a sentence, a table or lines, one of them"
        )
    known = {*asked, *KNOWN_PLACES, *KNOWN_TABLES, *KNOWN_LINES}
    for name in sorted(_names(clause) - known):
        lint.add(file, key, f"「{name}」はありません", f"unknown name {name!r}")
    if clause.text is not None:
        places = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name}
            for text in (clause.text.ja, clause.text.en)
        ]
        if places[0] != places[1]:
            lint.add(file, key, "日英で入る所が違います", "the languages have different places")
    for name, wanted in ((clause.table, "rows"), (clause.lines, "lines")):
        question: PaperQuestion | None = asked.get(name)
        if question is not None and question.type != wanted:
            lint.add(file, key, f"「{name}」の形が違います", f"{name!r} is of another type")
    for name, option in clause.when.items():
        options = [one.id for one in asked[name].options] if name in asked else []
        if option not in options:
            lint.add(file, key, f"「{option}」は選べません", f"no option {option!r}")
    lint.known(file, f"{key}.practice", clause.practice, lint.content.controls)
    lint.known(file, f"{key}.shows", clause.shows, lint.content.controls)


def _evidence(lint: Linter, file: str, kind: PaperKind) -> None:
    """A paper shows only what papers and records show, and counts no longer than they do."""
    framework = lint.content.frameworks.get(FRAMEWORK)
    criteria = {c.id: c for item in framework.items for c in item.criteria} if framework else {}
    for clause in kind.clauses:
        for id_ in clause.covers:
            if id_ not in criteria:
                lint.add(
                    file, f"covers.{id_}", "その基準はありません", "there is no such criterion"
                )
    for id_ in kind.shows:
        control = lint.content.controls.get(id_)
        if control is None:
            continue
        if control.evidence is None:
            lint.add(file, f"shows.{id_}", "書類で示せません", "is not shown by a paper")
        elif control.evidence.renew_days and (
            kind.renew_days is None or kind.renew_days > control.evidence.renew_days
        ):
            lint.add(file, "renew_days", f"{id_}より長い期限です", f"counts longer than {id_}")
