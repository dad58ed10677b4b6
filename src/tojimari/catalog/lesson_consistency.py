"""Whether lessons fit the rest of the catalog, and stay as short as five minutes allow."""

from tojimari.catalog.lesson import QUESTIONS_EACH, Lesson
from tojimari.catalog.linter import Linter

SITUATION_LETTERS = 220
"""About a minute of reading in Japanese."""


def _questions(lint: Linter, file: str, lesson: Lesson) -> None:
    if len(lesson.questions) != QUESTIONS_EACH:
        lint.add(
            file, "questions", f"{QUESTIONS_EACH}問にします", f"must be {QUESTIONS_EACH} questions"
        )
    for number, question in enumerate(lesson.questions):
        key = f"questions[{number}].options"
        if not 2 <= len(question.options) <= 4:
            lint.add(file, key, "選択肢は2つから4つです", "needs two to four options")
        if sum(option.right for option in question.options) != 1:
            lint.add(file, key, "正しい答えは一つです", "needs exactly one right answer")


def check_lessons(lint: Linter) -> None:
    """Note what does not fit: unknown ids, texts that are missing or too long, questions."""
    content = lint.content
    for lesson in content.lessons.values():
        file = f"lessons/{lesson.id}.yaml"
        lint.languages(file, lesson)
        lint.known(file, "sources", lesson.sources, content.sources)
        for key in ("controls", "teaches"):
            lint.known(file, key, getattr(lesson, key), content.controls)
        lint.known(file, "today.control", [lesson.today.control], content.controls)
        for id_ in lesson.teaches:
            control = content.controls.get(id_)
            if control is not None and control.evidence is None:
                lint.add(
                    file,
                    "teaches",
                    f"「{id_}」には記録がありません",
                    f"{id_!r} is shown by no record",
                )
        if not lesson.audience:
            lint.add(file, "audience", "だれ向けかがありません", "says for whom it is")
        if len(lesson.situation.ja) > SITUATION_LETTERS:
            lint.add(
                file,
                "situation.ja",
                f"{SITUATION_LETTERS}字を超えています",
                f"is longer than {SITUATION_LETTERS} characters",
            )
        _questions(lint, file, lesson)
