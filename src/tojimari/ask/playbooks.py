"""A playbook's questions, and those on which deadlines hang, as questionnaires."""

from collections.abc import Iterable

from tojimari.ask.questionnaire import Option, Questionnaire
from tojimari.ask.questionnaire import Question as AskedQuestion
from tojimari.catalog.playbook import Asked, IncidentKnowledge, Playbook


def guide_questions(playbook: Playbook, knowledge: IncidentKnowledge) -> Questionnaire:
    """Return what is asked before the first ten minutes are shown."""
    return _questionnaire(playbook.asks, knowledge)


def duty_questions(playbook: Playbook, knowledge: IncidentKnowledge) -> Questionnaire:
    """Return what the deadlines hang on, without what goes without saying for this kind."""
    asks = (asked for asked in knowledge.asks if asked.question not in playbook.assumes)
    return _questionnaire(asks, knowledge)


def _questionnaire(asks: Iterable[Asked], knowledge: IncidentKnowledge) -> Questionnaire:
    made = []
    for asked in asks:
        question = knowledge.questions[asked.question]
        options = tuple(Option(o.id, o.text, alone=o.alone) for o in question.options)
        made.append(
            AskedQuestion(
                question.id,
                question.type,
                question.text,
                help=question.help,
                options=options,
                when=asked.when,
                dont_know=True,
            )
        )
    return Questionnaire(tuple(made))
