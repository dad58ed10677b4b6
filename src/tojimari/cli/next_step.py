"""``tojimari next``: the one next step, with its reason; ``--all`` for the whole plan."""

import argparse
import os
from pathlib import Path

from tojimari.cli.printing import print_line
from tojimari.cli.session import Session, session
from tojimari.diagnose import Diagnosis
from tojimari.model import Lang, TojimariError
from tojimari.plan import ASK_BASICS, Step, put_off_observation
from tojimari.report.request import request_for
from tojimari.report.sentences import step_title
from tojimari.report.terminal import show_plan, show_request, show_step
from tojimari.store import default_path


def run(arguments: argparse.Namespace, lang: Lang) -> int:
    """Show the next step (with ``--how`` step by step on every platform).

    ``--later`` and ``--cannot`` put it off, the latter with a text for whoever can do it, and show
    the one after it.
    """
    with session(arguments, lang) as s:
        diagnosis = s.diagnosis()
        step = diagnosis.next_step
        if step is not None and (arguments.later or arguments.cannot):
            diagnosis = _put_off(s, diagnosis, step, asked=arguments.cannot)
        if arguments.all:
            show_plan(diagnosis, s.catalog, lang)
        else:
            show_step(diagnosis, s.catalog, lang, how=arguments.how)
        after = diagnosis.next_step
        if after is not None and after.control == ASK_BASICS and _portal_here():
            print_line(s.say("step.portal_knows"))
        return 0 if diagnosis.all_basics_met else 1


def _portal_here() -> bool:
    """Whether the owner's portal is on this computer: it keeps what was answered there itself."""
    home = os.environ.get("TOJIMARI_HOME")
    folder = Path(home) if home else default_path().parent / "portal"
    return (folder / "portal.sqlite3").is_file()


def _put_off(s: Session, diagnosis: Diagnosis, step: Step, *, asked: bool) -> Diagnosis:
    """Keep that ``step`` is not done now, say when it comes again; returns what follows."""
    if asked:
        request = request_for(step, diagnosis, s.catalog, s.lang)
        if request is None:
            raise TojimariError(
                s.catalog.ui("step.no_request").ja, s.catalog.ui("step.no_request").en
            )
        show_request(request)
    word = put_off_observation(
        step.control, "asked" if asked else "later", company=s.company, at=s.as_of
    )
    s.store.save([word], s.catalog)
    after = s.diagnosis()
    rests = next(one for one in after.steps if one.control == step.control)
    title = step_title(step.control, step.kind, s.catalog, s.lang)
    print_line(s.say("step.put_off", title=title, day=rests.resting_until))
    return after
