"""Whether lessons fit the rest of the catalog, and stay as short as five minutes allow."""

from tojimari.catalog.lesson import QUESTIONS_EACH, Lesson
from tojimari.catalog.linter import Linter

RECORDS = "learning.yaml"
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


def _records(lint: Linter) -> None:
    content = lint.content
    for record in content.learning.values():
        lint.languages(RECORDS, record)
        lint.known(RECORDS, f"{record.id}.of", record.of, content.lessons)
        control = content.controls.get(record.id)
        if control is None or control.evidence is None or control.evidence.renew_days is None:
            lint.add(
                RECORDS,
                record.id,
                "新しくする日のある記録の対策ではありません",
                "is no control that a record shows until it is renewed",
            )
        if bool(record.of) == bool(record.lessons) or record.lessons < 0:
            lint.add(
                RECORDS,
                record.id,
                "of か lessons のどちらか一つを書きます",
                "needs either `of` or `lessons`",
            )


def check_lessons(lint: Linter) -> None:
    """Note what does not fit: unknown ids, texts that are missing or too long, questions."""
    content = lint.content
    for lesson in content.lessons.values():
        file = f"lessons/{lesson.id}.yaml"
        lint.languages(file, lesson)
        lint.known(file, "sources", lesson.sources, content.sources)
        lint.known(file, "controls", lesson.controls, content.controls)
        lint.known(file, "today.control", [lesson.today.control], content.controls)
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
    _records(lint)
