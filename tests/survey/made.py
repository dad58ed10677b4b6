"""Small questionnaires, made by hand."""

from tojimari.model import Text
from tojimari.survey.schema import Option, Question, Questionnaire, Section


def text(words: str) -> Text:
    return Text(ja=words, en=words)


def options(ids: list[str]) -> tuple[Option, ...]:
    return tuple(Option(id_, text(id_)) for id_ in ids)


def choice(id_: str, ids: list[str], **more) -> Question:
    return Question(id_, "single", text(id_), options=options(ids), **more)


def several(id_: str, ids: list[str], **more) -> Question:
    return Question(id_, "several", text(id_), options=options(ids), **more)


def number(id_: str, **more) -> Question:
    return Question(id_, "number", text(id_), minimum=0, maximum=10**9, whole=False, **more)


def questionnaire(*questions: Question, **more) -> Questionnaire:
    ids = tuple(q.id for q in questions)
    words = {name: text(name) for name in ("title", "about", "consent", "universe", "mode")}
    return Questionnaire(
        id="made",
        version="1",
        sections=(Section("all", text("all"), ids),),
        questions=questions,
        **{**words, **more},
    )
