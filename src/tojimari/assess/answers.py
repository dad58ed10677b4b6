"""What answers mean: from a question's rules (catalog data) to a said finding per control."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from tojimari.assess.phones import PhoneSays, phones_say
from tojimari.catalog import Catalog, Question
from tojimari.model import (
    KNOWN,
    Answer,
    Finding,
    NotSeen,
    Numbers,
    Observation,
    State,
    Subject,
    best,
    worst,
)
from tojimari.model.conditions import Interview
from tojimari.model.facts import CompanyAnswer

ANSWER_KIND = CompanyAnswer.KIND


def latest_answers(
    observations: Iterable[Observation], as_of: datetime
) -> dict[str, tuple[Answer, Observation]]:
    """Return the newest answer to each question, with the observation that holds it."""
    newest: dict[str, tuple[CompanyAnswer, Observation]] = {}
    for observation in observations:
        given = observation.fact
        if not isinstance(given, CompanyAnswer) or observation.observed_at > as_of:
            continue
        best = newest.get(given.question)
        key = (observation.last_confirmed_at, observation.id)
        if best is None or key > (best[1].last_confirmed_at, best[1].id):
            newest[given.question] = given, observation
    return {
        question: (Answer(question, given.choices, given.number), observation)
        for question, (given, observation) in newest.items()
    }


def meaning(question: Question, answer: Answer) -> dict[str, State]:
    """Return what ``answer`` says about each control it speaks of."""
    if answer.unknown:
        return dict.fromkeys(sorted(question.controls()), "unknown")
    if question.type == "number":
        number = answer.number if answer.number is not None else 0
        rules = sorted(question.number_says, key=lambda rule: -rule.at_least)
        return next((dict(rule.says) for rule in rules if number >= rule.at_least), {})
    said: dict[str, list[State]] = {}
    for option in question.options:
        if option.id in answer.choices:
            for control, state in option.says.items():
                said.setdefault(control, []).append(state)
    # Several chosen options about one control: the best counts ("a copy on disk, one outside").
    states = {control: best(all_) for control, all_ in said.items()}
    for count in question.counts:
        among = count.of or tuple(option.id for option in question.options if not option.alone)
        chosen = sum(choice in among for choice in answer.choices)
        states[count.control] = count.state if chosen >= count.at_least else count.below
    for control, state in question.otherwise.items():
        states.setdefault(control, state)
    return states


def answer_findings(
    observations: Iterable[Observation], *, company: Subject, catalog: Catalog, as_of: datetime
) -> dict[str, Finding]:
    """Return the said finding of every control that an answer speaks about.

    Several questions about one control: the worst counts, and "don't know" outweighs "done".
    A question that is not put to anybody because an earlier one was answered with "don't know"
    leaves its controls unknown, and names that earlier one.
    """
    known = list(observations)
    dated = latest_answers(known, as_of)
    interview = Interview(in_doubt=True)
    max_age = catalog.facts[ANSWER_KIND].max_age_days
    votes: dict[str, list[_Vote]] = {}
    for question in catalog.questions.values():
        _, asked = interview.reach(question.when)
        if not asked:
            for control, state in question.skipped_says.items():
                votes.setdefault(control, []).append(_Vote(state, question.id))
            continue
        if question.id not in dated:
            if unsure := interview.presupposes(question.when):
                for control in question.controls():
                    votes.setdefault(control, []).append(_Vote("unknown", unsure))
                interview.unsure.add(question.id)
            interview.leave_open(question.id)
            continue
        answer, observation = dated[question.id]
        interview.take(question.id, answer.given)
        age = (as_of - observation.last_confirmed_at).days
        for control, state in meaning(question, answer).items():
            votes.setdefault(control, []).append(
                _Vote(
                    state if age <= max_age else "unknown",
                    question.id,
                    observation.id,
                    age,
                    numbers={"question": question.id, "choices": list(answer.choices)},
                )
            )
    for phone in phones_say(known, catalog=catalog, as_of=as_of):
        given = votes.setdefault(phone.control, [])
        if phone.state != "not_met" and any(one.state in KNOWN for one in given):
            continue  # an answer for all of them says more than the phones that were fine
        # First in line: "this phone's support has ended" says more than "you answered: not yet".
        given.insert(0, _vote_of(phone))
    return {
        control: _finding(control, given, company, as_of, max_age)
        for control, given in sorted(votes.items())
    }


class _Vote(msgspec.Struct, frozen=True):
    """What one answer says about one control.

    Of an answer to a question ``numbers`` holds the question and the options pressed, so that it is
    read back in the owner's own words.
    """

    state: State
    question: str
    observation: str | None = None
    age: int = 0
    reason: str = ""
    numbers: Numbers = {}
    seen_on: str = ""


def _vote_of(phone: PhoneSays) -> _Vote:
    return _Vote(
        phone.state,
        "",
        phone.observation,
        phone.age_days,
        phone.reason,
        phone.numbers,
        phone.seen_on,
    )


def _finding(
    control: str, votes: list[_Vote], company: Subject, as_of: datetime, max_age: int
) -> Finding:
    state = worst(vote.state for vote in votes)
    deciding = next(vote for vote in votes if vote.state == state)
    too_old = state == "unknown" and deciding.age > max_age
    not_seen = None
    if state == "unknown":
        not_seen = NotSeen("too_old" if too_old else "said_unknown", see_with=deciding.question)
    numbers: Numbers = {"days": deciding.age} if too_old else deciding.numbers
    if deciding.seen_on:
        numbers = {**numbers, "seen_on": deciding.seen_on}
        not_seen = NotSeen("too_old")
    return Finding(
        control=control,
        subject=company,
        state=state,
        source="answered",
        reason="too_old" if too_old else deciding.reason or f"said_{state}",
        as_of=as_of,
        numbers=numbers,
        rests_on=tuple(sorted({vote.observation for vote in votes if vote.observation})),
        not_seen=not_seen,
    )
