"""Whether playbooks, their questions, tasks and contacts, and the duties fit each other."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from tojimari.catalog.linter import Linter
from tojimari.catalog.playbook import (
    PLACES,
    Asked,
    Draft,
    Duty,
    IncidentKnowledge,
    IncidentQuestion,
    Playbook,
)
from tojimari.model import DONT_KNOW, Answers, Given, Text, When
from tojimari.model.conditions import each_test, holds, named

MOST_QUESTIONS = 8
LINES = (3, 5)
"""Lines of the first ten minutes: at least, at most, whatever was answered."""
SHORT = {"ja": 45, "en": 100}
"""Letters of what is read in one breath."""
_DUTY_FILE = "incident/duties.yaml"


def check_incidents(lint: Linter) -> None:
    """Note everything in the knowledge of incidents that does not fit together."""
    known = lint.content.incidents
    for name in ("contacts", "questions", "tasks"):
        lint.languages(f"incident/{name}.yaml", getattr(known, name))
    lint.languages("incident/asks.yaml", (known.always, known.sheet))
    _asks(lint, "incident/asks.yaml", known.asks, {})
    for playbook in known.playbooks.values():
        _playbook(lint, known, playbook)
    for duty in known.duties.values():
        _duty(lint, known, duty)
    for draft in known.drafts.values():
        _draft(lint, draft)
    drafted = {each for draft in known.drafts.values() for each in draft.duties}
    for id_ in known.duties.keys() - drafted:
        lint.add(_DUTY_FILE, id_, "下書きがありません", "no draft is written for it")
    used_tasks = {each.task for one in known.playbooks.values() for each in one.tasks}
    used = {each.question for one in known.playbooks.values() for each in one.asks}
    used |= {each.question for each in known.asks}
    for file, have, wanted in (
        ("incident/tasks.yaml", known.tasks, used_tasks),
        ("incident/questions.yaml", known.questions, used),
    ):
        for id_ in have.keys() - wanted:
            lint.add(file, id_, "どの手引きも使いません", "no playbook uses it")


def _asks(
    lint: Linter, file: str, asks: tuple[Asked, ...], assumes: Mapping[str, str]
) -> frozenset[str]:
    """Check the questions and their order; returns every question that has an answer by then."""
    before = set(assumes)
    for asked in asks:
        lint.known(file, "asks", (asked.question,), lint.content.incidents.questions)
        if asked.question in before:
            lint.add(file, "asks", f"「{asked.question}」が二度", f"{asked.question!r} twice")
        _condition(lint, file, f"asks.{asked.question}", asked.when, frozenset(before))
        before.add(asked.question)
    return frozenset(before)


def _condition(
    lint: Linter,
    file: str,
    key: str,
    when: When | None,
    answered: frozenset[str],
    *,
    open_: bool = False,
) -> None:
    """Check that a condition names questions that are answered by then, and their options.

    open_: it is looked at once all is asked, so it may ask for what nobody knows.
    """
    if when is None:
        return
    questions = lint.content.incidents.questions
    for test, _ in each_test(when):
        if test.question not in answered or test.question not in questions:
            lint.add(
                file,
                key,
                f"「{test.question}」は、ここまでに聞かれません",
                f"{test.question!r} is not asked before",
            )
            continue
        options: dict[str, object] = {
            option.id: option for option in questions[test.question].options
        }
        if open_:
            options[DONT_KNOW] = None
        if test.one_of is None or test.row:
            lint.add(file, key, "条件は one_of で書きます", "conditions are written with one_of")
        lint.known(file, key, test.one_of or (), options)


def _playbook(lint: Linter, known: IncidentKnowledge, playbook: Playbook) -> None:
    file = f"playbooks/{playbook.id}.yaml"
    lint.languages(file, playbook)
    lint.known(file, "sources", playbook.sources, lint.content.sources)
    for question, option in playbook.assumes.items():
        lint.known(file, "assumes", (question,), known.questions)
        if question in known.questions:
            options = {each.id: each for each in known.questions[question].options}
            lint.known(file, f"assumes.{question}", (option,), options)
    if len(playbook.asks) > MOST_QUESTIONS:
        lint.add(file, "asks", "質問が8つをこえます", "has more than eight questions")
    for asked in playbook.asks:
        if asked.question not in _hung_on(known, playbook):
            lint.add(
                file,
                "asks",
                f"「{asked.question}」の答えで、何も変わりません",
                f"nothing hangs on the answer to {asked.question!r}",
            )
    answered = _asks(lint, file, playbook.asks, playbook.assumes)
    lint.known(file, "calls", (call.contact for call in playbook.calls), known.contacts)
    lint.known(file, "tasks", (todo.task for todo in playbook.tasks), known.tasks)
    for key, ids in (
        ("calls", [call.contact for call in playbook.calls]),
        ("tasks", [todo.task for todo in playbook.tasks]),
    ):
        for id_ in {id_ for id_ in ids if ids.count(id_) > 1}:
            lint.add(file, key, f"「{id_}」が二つあります", f"{id_!r} is given twice")
    for key, whens in (
        ("first", [line.when for line in playbook.first]),
        ("calls", [call.when for call in playbook.calls]),
        ("tasks", [todo.when for todo in playbook.tasks]),
    ):
        for when in whens:
            _condition(lint, file, key, when, answered, open_=True)
    _condition(lint, file, "leads_when", playbook.leads_when, answered, open_=True)
    _short(lint, file, "at_once", playbook.at_once)
    for line in playbook.first:
        _short(lint, file, "first", line.say)
    if playbook.opens and not playbook.tasks:
        lint.add(file, "tasks", "することがありません", "has no tasks")
    _learn(lint, file, playbook)
    if playbook.opens and playbook.told is None:
        lint.add(file, "told", "社外にどう言うかがありません", "does not say what others are told")
    if len(lint.problems) == 0 or all(problem.file != file for problem in lint.problems):
        _count_lines(lint, file, known, playbook)


LEARN = (3, 8)
"""What may be changed after an incident: at least so much to choose from, at most so much to read."""


def _learn(lint: Linter, file: str, playbook: Playbook) -> None:
    """Check what a playbook offers to change afterwards.

    What only owners see offers nothing: everybody reads the reason of a step.
    """
    lint.known(file, "learn", playbook.learn, lint.content.controls)
    if playbook.owners_only or not playbook.opens:
        if playbook.learn:
            lint.add(file, "learn", "予定に出してはいけません", "must not become steps of the plan")
    elif not LEARN[0] <= len(set(playbook.learn)) == len(playbook.learn) <= LEARN[1]:
        lint.add(
            file, "learn", "変えることを3〜8つあげます", "names three to eight controls, each once"
        )


def _hung_on(known: IncidentKnowledge, playbook: Playbook) -> frozenset[str]:
    """Return the questions that stand in a condition of a playbook, or of a duty it is for."""
    whens = [asked.when for asked in playbook.asks]
    whens += [line.when for line in playbook.first]
    whens += [call.when for call in playbook.calls]
    whens += [todo.when for todo in playbook.tasks]
    for duty in known.duties.values():
        if not duty.kinds or playbook.id in duty.kinds:
            whens += [duty.applies, *(one.when for one in duty.exempt)]
            whens += [limit.when for limit in duty.limits]
    return frozenset().union(*map(named, whens), named(playbook.leads_when))


def _short(lint: Linter, file: str, key: str, text: Text) -> None:
    for lang, most in SHORT.items():
        said = getattr(text, lang)
        if len(said) > most:
            lint.add(
                file,
                f"{key}.{lang}",
                f"長すぎます（{most}字まで）: {said}",
                f"is longer than {most} letters: {said}",
            )


def _count_lines(lint: Linter, file: str, known: IncidentKnowledge, playbook: Playbook) -> None:
    """Check that every way through the questions leaves three to five lines."""
    hangs = set().union(*(named(line.when) for line in playbook.first))
    hangs |= set().union(*(named(asked.when) for asked in playbook.asks), set())
    asks = [asked for asked in playbook.asks if asked.question in hangs]
    for answers in ways_through(asks, known.questions):
        known_by_then = playbook.known(answers)
        count = sum(line.when is None or holds(line.when, known_by_then) for line in playbook.first)
        if not LINES[0] <= count <= LINES[1]:
            lint.add(
                file,
                "first",
                f"{dict(answers)} では{count}行になります（3〜5行）",
                f"{dict(answers)} leaves {count} lines (three to five)",
            )
            return


def ways_through(
    asks: Iterable[Asked], questions: Mapping[str, IncidentQuestion]
) -> Iterator[Answers]:
    """Yield every set of answers the questions can be given, left open ones included."""
    ways: list[dict[str, Given]] = [{}]
    for asked in asks:
        grown = []
        for answers in ways:
            grown.append(answers)
            if asked.when is None or holds(asked.when, answers):
                for given in _answers(questions[asked.question]):
                    grown.append({**answers, asked.question: given})
        ways = grown
    return iter(ways)


def _answers(question: IncidentQuestion) -> Iterator[Given]:
    yield DONT_KNOW if question.type == "single" else (DONT_KNOW,)
    for option in question.options:
        if question.type == "single":
            yield option.id
        elif option.alone:
            yield (option.id,)
    if question.type == "several":
        ids = [option.id for option in question.options if not option.alone]
        for count in range(1, len(ids) + 1):
            yield from combinations(ids, count)


def _duty(lint: Linter, known: IncidentKnowledge, duty: Duty) -> None:
    lint.languages(_DUTY_FILE, duty)
    lint.known(_DUTY_FILE, f"{duty.id}.sources", duty.sources, lint.content.sources)
    lint.known(_DUTY_FILE, f"{duty.id}.kinds", duty.kinds, known.playbooks)
    if duty.to:
        lint.known(_DUTY_FILE, f"{duty.id}.to", (duty.to,), known.contacts)
    every = frozenset(known.questions)
    _condition(lint, _DUTY_FILE, f"{duty.id}.applies", duty.applies, every)
    for exemption in duty.exempt:
        _condition(lint, _DUTY_FILE, f"{duty.id}.exempt", exemption.when, every)
    for limit in duty.limits:
        _condition(lint, _DUTY_FILE, f"{duty.id}.limits", limit.when, every)
        if limit.aim_days is not None and limit.aim_days > (limit.days or 0):
            lint.add(_DUTY_FILE, f"{duty.id}.limits", "目標が期限より後です", "aims after its end")
    if not duty.limits or any(
        (limit.when is None) != (limit is duty.limits[-1]) for limit in duty.limits
    ):
        lint.add(
            _DUTY_FILE,
            f"{duty.id}.limits",
            "最後の期限だけが、条件なしです",
            "only the last limit has no condition",
        )
    if duty.since and duty.until and duty.since > duty.until:
        lint.add(_DUTY_FILE, f"{duty.id}.until", "始まりより前です", "is before its beginning")


def _draft(lint: Linter, draft: Draft) -> None:
    file = "incident/drafts.yaml"
    lint.languages(file, draft)
    lint.known(file, f"{draft.id}.duties", draft.duties, lint.content.incidents.duties)
    known = dict.fromkeys(PLACES, "")
    for lang in ("ja", "en"):
        for text in (draft.subject, draft.body):
            try:
                str(getattr(text, lang)).format_map(known)
            except (KeyError, ValueError, IndexError) as error:
                lint.add(
                    file, f"{draft.id}.{lang}", f"使えない所: {error}", f"no such place: {error}"
                )
