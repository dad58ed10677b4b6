"""``tojimari done ID``: look again at one control and say what was seen."""

import argparse
import sys

from tojimari.assess.check import Check, all_checks, checks_of
from tojimari.cli.session import Session, session
from tojimari.model import Lang, TojimariError, declared, seen_from_outside
from tojimari.plan import ASK_BASICS, ASK_REST
from tojimari.report.terminal import show_standing, show_step


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Run the control's check again, or ask its questions; returns 0 when it is met now."""
    with session(arguments, lang) as s:
        if arguments.id in (ASK_BASICS, ASK_REST):
            from tojimari.cli.ask import ask_stages

            ask_stages(s, all_=arguments.id == ASK_REST)
            asked = s.diagnosis(keep=True)
            show_step(asked, s.catalog, lang)
            return 0 if asked.all_basics_met else 1
        control = s.catalog.control(arguments.id)
        here = all_checks().get(control.id)
        if here is not None:
            s.look(kinds=frozenset({*here.reads, *here.also}))
        elif not _outside_checks(control.id) or _never_watched(s, control.id):
            _ask_again(s, control.id)
        _outside_again(s, control.id)
        diagnosis = s.diagnosis(keep=True)
        standing = diagnosis.assessment.controls[control.id]
        show_standing(control.id, diagnosis, s.catalog, lang)
        if standing.state == "met":
            show_step(diagnosis, s.catalog, lang)
        return 0 if standing.state in ("met", "not_applicable") else 1


def _outside_checks(control: str) -> list[Check]:
    return [check for check in checks_of(control) if declared(check.about).from_outside]


def _never_watched(s: Session, control: str) -> bool:
    """Say whether only looks on request see the control, and no site is known to look at."""
    return all(check.on_request for check in checks_of(control)) and not seen_from_outside(
        s.store.current()
    )


def _outside_again(s: Session, control: str) -> None:
    """Look again at the sites and domains that were looked at before, at what the control needs."""
    checks = _outside_checks(control)
    if not checks:
        return
    from tojimari.collect.outside.egress import Egress
    from tojimari.collect.outside.target import targets_of

    targets = targets_of(seen_from_outside(s.store.current()))
    regular = any(not check.on_request for check in checks)
    if not targets and regular and all_checks().get(control) is None:
        raise TojimariError(
            "まだ外から見ていません。`tojimari site 自社のドメイン` を実行してください。",
            "Nobody looked from outside yet. Run `tojimari site` with your own domain.",
        )
    kinds = frozenset(
        kind for check in checks if not check.on_request for kind in (*check.reads, *check.also)
    )
    for target in targets:
        if kinds:
            s.look_outside(target, Egress(), kinds=kinds)
        elif target.site:
            from tojimari.cli.defacement import watch

            watch(s, target, Egress())


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
