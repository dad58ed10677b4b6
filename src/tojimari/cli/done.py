"""``tojimari done ID``: look again at one control and say what was seen."""

import argparse
import sys

from tojimari.assess.check import all_checks
from tojimari.cli.session import Session, session
from tojimari.model import Lang, TojimariError
from tojimari.plan import ASK_BASICS, ASK_REST
from tojimari.report.terminal import show_standing, show_step


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Run the control's check again, or ask its questions; returns 0 when it is met now."""
    with session(arguments, lang) as s:
        if arguments.id in (ASK_BASICS, ASK_REST):
            from tojimari.cli.ask import ask_stages

            ask_stages(s, all_=arguments.id == ASK_REST)
            asked = s.result(keep=True)
            show_step(asked, s.catalog, lang)
            return 0 if asked.all_basics_met else 1
        control = s.catalog.control(arguments.id)
        check = all_checks().get(control.id)
        if check is not None:
            s.look(kinds=frozenset({*check.reads, *check.also}))
        else:
            _ask_again(s, control.id)
        result = s.result(keep=True)
        standing = result.assessment.controls[control.id]
        show_standing(standing, s.catalog, lang)
        if standing.state == "met":
            show_step(result, s.catalog, lang)
        return 0 if standing.state in ("met", "not_applicable") else 1


def _ask_again(s: Session, control: str) -> None:
    from tojimari.cli.ask import ask_one

    questions = s.catalog.questions_for(control)
    if not questions or not sys.stdin.isatty():
        ids = ",".join(question.id for question in questions)
        raise TojimariError(
            f"「{control}」はこのソフトからは見えません。`tojimari ask --only {ids or control}` で"
            f"答えるか、`tojimari evidence add {control}` で書類・記録を登録してください。",
            f"{control!r} cannot be seen by this software. Answer with `tojimari ask --only "
            f"{ids or control}`, or register a paper or record with `tojimari evidence add "
            f"{control}`.",
        )
    for question in questions:
        ask_one(s, question)
