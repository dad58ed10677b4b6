"""What a respondent's answers say about the catalog's controls: the company's own diagnosis."""

from collections.abc import Mapping

from tojimari.ask.questionnaire import options_of
from tojimari.assess.answers import meaning
from tojimari.catalog import Catalog
from tojimari.model import DONT_KNOW, Answer, Answers, Given, State, worst
from tojimari.model.conditions import holds
from tojimari.survey.schema import Question, Questionnaire

_BEST_FIRST: tuple[State, ...] = ("met", "partly", "not_met", "unknown", "not_applicable")


def answered_states(
    questionnaire: Questionnaire, answers: Answers, catalog: Catalog
) -> dict[str, State]:
    """Return the state of every control that the answers speak about.

    A question that is not asked says its ``skipped_says``; one left out says nothing. Several
    questions about one control: the worst counts, and "don't know" outweighs "done".
    """
    votes: dict[str, list[State]] = {}
    for question in questionnaire.in_order():
        if question.when is not None and not holds(question.when, answers):
            states: Mapping[str, State] = question.skipped_says
        elif question.id not in answers:
            continue
        elif question.catalog:
            states = _linked(question, answers[question.id], catalog)
        else:
            states = _own(question, answers[question.id])
        for control, state in states.items():
            votes.setdefault(control, []).append(state)
    return {control: worst(given) for control, given in sorted(votes.items())}


def everybody_is_told(questionnaire: Questionnaire, catalog: Catalog) -> bool:
    """Return whether whoever answers to the end learns something of the own company.

    So it is where some question is put to everybody, may not be left out, and says something of a
    control whatever is answered; only then may it be promised.
    """
    return any(
        question.required
        and (question.when is None or bool(question.skipped_says))
        and _always_says(question, catalog)
        for question in questionnaire.questions
    )


def _always_says(question: Question, catalog: Catalog) -> bool:
    if question.type not in ("single", "several", "upto"):
        return False
    several = question.type != "single"
    for option in options_of(question):
        given: Given = (option.id,) if several and option.id != DONT_KNOW else option.id
        said = _linked(question, given, catalog) if question.catalog else _own(question, given)
        if not said:
            return False
    return True


def _linked(question: Question, given: Given, catalog: Catalog) -> dict[str, State]:
    """Let the catalog's question say what the answer means."""
    return meaning(catalog.questions[question.catalog], Answer.of(question.catalog, given))


def _own(question: Question, given: Given) -> dict[str, State]:
    chosen = _chosen(given)
    spoken: dict[str, State] = {}
    if chosen == (DONT_KNOW,):
        controls = {control for option in question.options for control in option.says}
        return dict.fromkeys(sorted(controls | question.otherwise.keys()), "unknown")
    for option in question.options:
        if option.id in chosen:
            for control, state in option.says.items():
                # Several answers about one control: the best counts ("one copy is outside").
                spoken[control] = min(spoken.get(control, state), state, key=_BEST_FIRST.index)
    return {**question.otherwise, **spoken}


def _chosen(given: Given) -> tuple[str, ...]:
    if isinstance(given, Mapping):
        return tuple(given.values())
    return given if isinstance(given, tuple) else (str(given),)
