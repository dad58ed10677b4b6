"""``tojimari ask``: the basics in under three minutes; resumes where it stopped."""

import argparse
import sys

from tojimari.ask import BadAnswer
from tojimari.ask.answers_file import read_answers
from tojimari.ask.diagnosis import (
    ALL_STAGES,
    BASIC_STAGES,
    ITEMS25_STAGES,
    answer_observation,
    parse_answer,
    waiting,
)
from tojimari.assess.answers import latest_answers
from tojimari.catalog import Question
from tojimari.cli.printing import print_aside, print_line
from tojimari.cli.session import Session, session
from tojimari.model import DONT_KNOW, Answer, Lang, TojimariError
from tojimari.report.terminal import show_question, show_result


class _Stopped(Exception):
    """The user stopped; everything answered so far is saved."""


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Ask, or import, or print a template; then show where the company stands."""
    with session(arguments, lang) as s:
        if arguments.template:
            sys.stdout.write(template(s))
            return 0
        if arguments.answers is not None:
            answers = read_answers(arguments.answers, s.catalog)
            s.store.save(
                [answer_observation(a, company=s.company, at=s.as_of) for a in answers], s.catalog
            )
            print_aside(s.say("ask.imported", n=len(answers)))
        elif arguments.only:
            for id_ in arguments.only.replace(" ", "").split(","):
                ask_one(s, _question(s, id_))
        else:
            ask_stages(s, all_=arguments.all, again=arguments.again)
        diagnosis = s.diagnosis(keep=True)
        show_result(diagnosis, s.catalog, lang)
        return 0 if diagnosis.all_basics_met else 1


def _question(s: Session, id_: str) -> Question:
    question = s.catalog.questions.get(id_)
    if question is None:
        raise TojimariError(
            f"「{id_}」という質問はありません。`tojimari ask --template` で一覧が出ます。",
            f"There is no question {id_!r}. `tojimari ask --template` lists them.",
        )
    return question


def _need_terminal(s: Session) -> None:
    if not sys.stdin.isatty():
        raise TojimariError(
            "質問には画面とキーボードが要ります。ファイルで答えるなら `tojimari ask --template > "
            "answers.yaml` で型を作り、`tojimari ask --answers answers.yaml` で読み込んでください。",
            "Questions need a terminal. To answer by file, make one with `tojimari ask --template > "
            "answers.yaml` and read it with `tojimari ask --answers answers.yaml`.",
        )


def _answers(s: Session) -> dict[str, Answer]:
    return {id_: a for id_, (a, _) in latest_answers(s.store.current(), s.as_of).items()}


def ask_stages(s: Session, *, all_: bool = False, again: bool = False) -> None:
    """Ask what still waits; every answer is saved at once, so it can be stopped at any moment."""
    _need_terminal(s)
    stages = ALL_STAGES if all_ else BASIC_STAGES
    if again:
        given: dict[str, Answer] = {}
    else:
        given = _answers(s)
    try:
        _ask_all(s, given, stages)
        if not all_ and waiting(s.catalog, given, ALL_STAGES):
            left = len(waiting(s.catalog, given, ITEMS25_STAGES))
            print_line(s.say("ask.basics_done"))
            if left and _yes(s.say("ask.offer_25", n=left)):
                _ask_all(s, given, ITEMS25_STAGES)
    except _Stopped:
        print_line(s.say("ask.stopped"))


def _yes(prompt: str) -> bool:
    try:
        return input(prompt).strip().lower() in ("y", "yes", "はい", "ｙ")
    except EOFError:
        return False


def _ask_all(s: Session, given: dict[str, Answer], stages: tuple[str, ...]) -> None:
    done = 0
    while queue := waiting(s.catalog, given, stages):
        question = queue[0]
        done += 1
        given[question.id] = ask_one(s, question, done=done, total=done + len(queue) - 1)


def ask_one(s: Session, question: Question, *, done: int = 1, total: int = 1) -> Answer:
    """Ask one question until the answer fits, and save it. Raises _Stopped on "q" or end."""
    _need_terminal(s)
    show_question(question, s.catalog, s.lang, done=done, total=total)
    while True:
        try:
            said = input(s.say(f"ask.prompt_{question.type}")).strip()
        except EOFError as error:
            raise _Stopped from error
        if said.lower() in ("q", "ｑ"):
            raise _Stopped
        try:
            answer = parse_answer(question, _typed(question, said))
        except BadAnswer:
            print_line(s.say("ask.again"))
            continue
        s.store.save([answer_observation(answer, company=s.company, at=s.as_of)], s.catalog)
        return answer


def _typed(question: Question, said: str) -> object:
    """Turn what was typed (numbers of options, 0 for "don't know") into ids or a number."""
    plain = said.translate(str.maketrans("０１２３４５６７８９，、？", "0123456789,,?"))
    if plain in ("?", DONT_KNOW) or (question.type != "number" and plain == "0"):
        return DONT_KNOW
    if question.type == "number":
        return plain
    ids = [option.id for option in question.offered]
    chosen = []
    for word in plain.replace(",", " ").split():
        chosen.append(
            ids[int(word) - 1] if word.isdecimal() and 0 < int(word) <= len(ids) else word
        )
    return chosen


def template(s: Session) -> str:
    """Return an answers file with every question, its allowed answers, and "dont_know"."""
    lines = [f"# {s.say('ask.template_head')}", "answers:"]
    for question in s.catalog.questions.values():
        allowed = [f"{option.id}: {option.text.say(s.lang)}" for option in question.offered]
        if question.type == "number":
            allowed = [f"{question.minimum}-{question.maximum}"]
        lines.append(f"  # {question.text.say(s.lang)}")
        lines += [f"  #   {entry}" for entry in [*allowed, DONT_KNOW]]
        lines.append(f"  # {question.id}: ")
    return "\n".join(lines) + "\n"
