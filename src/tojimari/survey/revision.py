"""Changes to a questionnaire that is being written; each returns a new one."""

from collections.abc import Collection, Sequence

import msgspec

from tojimari.model import Text, When
from tojimari.model.conditions import named
from tojimari.survey.schema import Option, Question, Questionnaire, Section

replace = msgspec.structs.replace


def blank(title: Text, consent: Text, universe: Text, mode: Text) -> Questionnaire:
    """Return a questionnaire without questions."""
    heading = Text(ja="質問", en="Questions")
    return Questionnaire(
        id="survey",
        version="1",
        title=title,
        about=title,
        consent=consent,
        universe=universe,
        mode=mode,
        sections=(Section("all", heading, ()),),
        questions=(),
    )


def free_id(stem: str, taken: Collection[str]) -> str:
    """Return ``stem`` with the lowest number that makes it an id of its own."""
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def question_id(content: Questionnaire) -> str:
    """Return an id for one more question."""
    return free_id("q", {q.id for q in content.questions} | {d.id for d in content.derived})


def put(content: Questionnaire, question: Question, after: str = "") -> Questionnaire:
    """Return ``content`` with ``question`` in the place of the one with its id, or as a new one.

    A new one stands behind the question ``after``, else last.
    """
    if any(q.id == question.id for q in content.questions):
        kept = tuple(question if q.id == question.id else q for q in content.questions)
        return replace(content, questions=kept)
    sections = list(content.sections)
    place = next((n for n, s in enumerate(sections) if after in s.questions), len(sections) - 1)
    ids = list(sections[place].questions)
    ids.insert(ids.index(after) + 1 if after in ids else len(ids), question.id)
    sections[place] = replace(sections[place], questions=tuple(ids))
    return replace(content, questions=(*content.questions, question), sections=tuple(sections))


def without(content: Questionnaire, id_: str) -> Questionnaire:
    """Return ``content`` without a question; conditions that name it stay, and are mistakes."""
    sections = [
        replace(s, questions=tuple(q for q in s.questions if q != id_)) for s in content.sections
    ]
    kept = tuple(s for s in sections if s.questions) or (sections[0],)
    return replace(
        content,
        questions=tuple(q for q in content.questions if q.id != id_),
        sections=kept,
        breaks=tuple(name for name in content.breaks if name != id_),
    )


def is_built_on(content: Questionnaire, id_: str) -> bool:
    """Return whether a screen, a derived variable or a figure rests on the question."""
    conditions = [screen.when for screen in content.screens]
    for derived in content.derived:
        conditions += [*(group.when for group in derived.groups), *filter(None, (derived.when,))]
    drawn = {name.split(".")[0] for figure in content.figures for name in figure.of}
    drawn |= {figure.by for figure in content.figures}
    return id_ in drawn or any(id_ in named(when) for when in conditions)


def moved(content: Questionnaire, id_: str, by: int) -> Questionnaire:
    """Return ``content`` with a question one place earlier (``by`` -1) or later (1)."""
    # Headings take part: what passes one changes its section.
    line: list[str | Section] = []
    for section in content.sections:
        line += [section, *section.questions]
    at = line.index(id_)
    to = at + by
    if not 1 <= to < len(line):
        return content
    line[at], line[to] = line[to], line[at]
    sections: list[Section] = []
    for entry in line:
        if isinstance(entry, Section):
            sections.append(replace(entry, questions=()))
        else:
            last = sections[-1]
            sections[-1] = replace(last, questions=(*last.questions, entry))
    return replace(content, sections=tuple(s for s in sections if s.questions))


def options_of_lines(lines: Sequence[Text], kept: Sequence[Option]) -> tuple[Option, ...]:
    """Return the options of ``lines``; those with the words of one in ``kept`` stay that one.

    With as many lines as before, a line with new words is the option that stood there.
    """
    known = {option.text: option for option in kept}
    used = {line for line in lines if line in known}
    taken = {option.id for option in kept}
    found: list[Option] = []
    for at, line in enumerate(lines):
        before = kept[at] if len(lines) == len(kept) else None
        if line in known:
            found.append(known[line])
        elif before is not None and before.text not in used:
            found.append(replace(before, text=line))
        else:
            made = Option(free_id("a", taken), line)
            taken.add(made.id)
            found.append(made)
    return tuple(found)


def earlier(content: Questionnaire, id_: str) -> list[Question]:
    """Return the questions a condition of the question may ask about."""
    order = content.in_order()
    ids = [question.id for question in order]
    return order[: ids.index(id_)]


def joined(before: When | None, test: When, how: str) -> When:
    """Return ``test`` with the condition ``before`` it: "and" both, "or" either, else it alone."""
    if before is None or how not in ("and", "or"):
        return test
    parts = before.all if how == "and" else before.any
    kept = parts if parts is not None else (before,)
    together = tuple(dict.fromkeys((*kept, test)))
    if len(together) == 1:
        return test
    return When(all=together) if how == "and" else When(any=together)


def with_condition(question: Question, when: When | None) -> Question:
    """Return ``question`` asked where ``when`` holds; everybody for None."""
    return replace(question, when=when, base=None)
