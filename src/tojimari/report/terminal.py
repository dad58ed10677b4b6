"""The diagnosis in the terminal: the next step first, then said against measured, then the basics."""

import sys
from collections.abc import Collection
from typing import NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text as Rich

from tojimari.assess.changes import StateChange
from tojimari.catalog import Catalog, Question
from tojimari.catalog.schema import Platform
from tojimari.diagnose import Diagnosis
from tojimari.model import (
    OPEN,
    Assessment,
    ControlStanding,
    Finding,
    Lang,
    State,
    Subject,
    shown_name,
)
from tojimari.plan import Step
from tojimari.report.alike import alike
from tojimari.report.instructions import SeeWith, named_by, see_with, seen_versions, steps_on
from tojimari.report.linux_commands import may_use_sudo, seen_linux
from tojimari.report.money import step_line
from tojimari.report.paragraph import console_of_command, put
from tojimari.report.phrases import (
    MARKS,
    basis_of,
    cost,
    date_text,
    devices_told,
    figure_text,
    joined,
    own_platforms,
    state_word,
    whom_to_ask,
)
from tojimari.report.request import Request
from tojimari.report.sentences import (
    sentence,
    step_command,
    step_title,
    step_why,
    technical_names,
)

_COLOURS: dict[State, str] = {
    "met": "green",
    "partly": "yellow",
    "not_met": "red",
    "unknown": "magenta",
    "not_applicable": "dim",
}

_SHOWN_A_BASIC = 2


def _mark(state: State) -> Rich:
    return Rich(MARKS[state], style=_COLOURS[state])


def _head(console: Console, text: str) -> None:
    console.print()
    put(console, Rich(text, style="bold"), 0)


def show_result(diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> None:
    """Print the whole diagnosis, shortest useful form."""
    console = console_of_command()
    _step(console, diagnosis.next_step, diagnosis, catalog, lang)
    _disagreements(console, diagnosis, catalog, lang)
    _basics(console, diagnosis, catalog, lang)
    _standings(console, diagnosis, catalog, lang)
    _peers(console, diagnosis, catalog, lang)
    _unseen(console, diagnosis, catalog, lang)
    console.print()
    ui = catalog.ui
    put(console, Rich(ui("result.more").say(lang), style="dim"), 0)


def show_step(diagnosis: Diagnosis, catalog: Catalog, lang: Lang, *, how: bool = False) -> None:
    """Print the one next step; with ``how`` the steps on every platform."""
    console = console_of_command()
    _step(console, diagnosis.next_step, diagnosis, catalog, lang, how=how)


def _step(
    console: Console,
    step: Step | None,
    diagnosis: Diagnosis,
    catalog: Catalog,
    lang: Lang,
    *,
    how: bool = False,
) -> None:
    ui = catalog.ui
    _head(console, ui("step.head").say(lang))
    if step is None:
        put(console, ui("step.none").say(lang), 2)
        return
    title = "→ " + step_title(step.control, step.kind, catalog, lang)
    put(console, Rich(title, style="bold cyan"), 2)
    put(console, step_why(step, diagnosis, catalog, lang), 4)
    put(console, cost(step.minutes, step.yen, catalog, lang), 4)
    if money := step_line(step, diagnosis, catalog, lang):
        put(console, money, 4)
    act = catalog.controls[step.control].act if step.kind == "act" else None
    if act is not None:
        for number, told in enumerate(act.how, 1):
            put(console, f"{number}. {told.say(lang)}", 4)
        key = "step.then"
    elif step.kind == "do":
        control = catalog.controls[step.control]
        versions, systems = seen_versions(diagnosis), seen_linux(diagnosis)
        sudo = may_use_sudo(diagnosis)
        for platform in control.how if how else _own_platform(control.how):
            steps = steps_on(
                control, platform, catalog, lang, versions=versions, systems=systems, sudo=sudo
            )
            put(console, Rich(steps.name, style="underline"), 4)
            for number, line in enumerate(steps.lines, 1):
                put(console, f"{number}. {line.text}", 4)
        put(console, ui("step.undo").say(lang, undo=control.undo.say(lang)), 4)
        key = "step.then"
    elif step.kind == "look" and step.control in catalog.controls:
        key = "step.look_others"
    else:
        key = "step.run"
    command = step_command(step)
    if step.kind == "see":
        looked = _looked(step, diagnosis, catalog, lang)
        if looked.place:
            put(console, ui("step.open").say(lang, way=looked.place.text), 4)
        command = looked.command
    if command:
        put(console, ui(key).say(lang, command=command), 4)
    if step.resting_until:
        put(console, _resting(step, catalog, lang), 4)
    elif step.kind in ("do", "act", "see"):
        put(console, Rich(ui("step.cannot").say(lang), style="dim"), 4)
    if diagnosis.invites_look:
        put(console, ui("step.invite_look").say(lang), 2)


def _looked(step: Step, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> SeeWith:
    """Return how a person sees what the look could not."""
    own, versions = own_platforms(diagnosis), seen_versions(diagnosis)
    return see_with(step.see_with, catalog.controls[step.control], own, catalog, lang, versions)


def _resting(step: Step, catalog: Catalog, lang: Lang) -> str:
    """Return on which day a step comes up again that was put off; "" for any other."""
    if step.resting_until is None:
        return ""
    key = "step.resting_asked" if step.asked else "step.resting"
    return catalog.ui(key).say(lang, day=step.resting_until.isoformat())


def show_request(request: Request) -> None:
    """Print a text to send, as it is: nothing is broken or indented, so that it can be copied."""
    console = console_of_command()
    console.print()
    for line in (request.subject, "", *request.body.split("\n")):
        console.print(Rich(line), soft_wrap=True)


def _own_platform(how: Collection[Platform]) -> Collection[Platform]:
    """Return this computer's system where it has steps, else the company's rule, else all."""
    own = {"linux": "linux", "win32": "windows", "darwin": "macos"}.get(sys.platform)
    return next(((p,) for wanted in (own, "rule") for p in how if p == wanted), how)


def _disagreements(console: Console, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> None:
    if not diagnosis.disagreements:
        return
    _head(console, catalog.ui("differ.head").say(lang))
    for standing in diagnosis.disagreements:
        put(console, catalog.controls[standing.control].title.say(lang), 2)
        which = devices_told(standing, diagnosis.device_names, catalog, lang)
        if which:
            put(console, which, 4)
        _pair(console, standing, diagnosis, catalog, lang)


def _pair(
    console: Console,
    standing: ControlStanding,
    diagnosis: Diagnosis,
    catalog: Catalog,
    lang: Lang,
) -> None:
    names = diagnosis.device_names
    rows: list[tuple[str, list[Finding]]] = []
    if standing.said:
        rows.append(("said", [standing.said]))
    rows += [("measured", group) for group in alike(standing, names, catalog, lang)]
    rows += [("kept", [finding]) for finding in standing.evidence]
    for key, group in rows:
        finding = group[0]
        called = [names[f.subject.id] for f in group if len(names) > 1 and f.subject.id in names]
        basis = basis_of(key, finding, catalog, lang, joined(called, catalog, lang))
        line = Rich()
        line.append(basis + ": ", style="dim")
        line.append_text(_mark(finding.state))
        line.append(" " + sentence(finding, catalog, lang))
        put(console, line, 4)
        _technical(console, group)
        if finding.not_seen:
            asked = whom_to_ask(finding, diagnosis, catalog, lang)
            _why_unseen(console, finding, catalog, lang, asked)


def _why_unseen(
    console: Console, finding: Finding, catalog: Catalog, lang: Lang, asked: str = ""
) -> None:
    """Print why something is unknown; ``asked``: whom the reader asks, where only others can look."""
    why = finding.not_seen
    if why is None:
        return
    text = catalog.ui(f"unknown.{why.reason}").say(lang)
    shown = named_by(why.see_with, catalog, lang)
    if shown and why.reason in ("no_permission", "tool_missing"):
        key = "see_with" if why.reason == "no_permission" else "missing_tool"
        text += " " + catalog.ui(f"unknown.{key}").say(lang, command=shown)
    put(console, Rich(f"{text} {asked}".rstrip(), style="dim"), 6)


def _basics(console: Console, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> None:
    standing = diagnosis.basics
    ui = catalog.ui
    met = standing.counts["met"] + standing.counts["not_applicable"]
    _head(console, ui("basics.head").say(lang, met=met, of=len(standing.items)))
    titles = {item.id: item.title for item in catalog.frameworks[standing.framework].items}
    for item in standing.items:
        line = Rich()
        line.append_text(_mark(item.state))
        line.append(f" {titles[item.id].say(lang)}  ")
        line.append(state_word(item.state, catalog, lang), style=_COLOURS[item.state])
        put(console, line, 2)
        # What is known to be open says more than what was not asked yet.
        open_ = sorted(diagnosis.open_in(item), key=lambda one: one.state == "unknown")
        for one in open_[:_SHOWN_A_BASIC]:
            about = catalog.controls[one.control].title.say(lang)
            text = f"{about}: {sentence(one.headline, catalog, lang)}"
            put(console, Rich(text, style="dim"), 6)
            which = devices_told(one, diagnosis.device_names, catalog, lang)
            if which:
                put(console, Rich(which, style="dim"), 6)
        if len(open_) > _SHOWN_A_BASIC:
            more = ui("basics.more").say(lang, n=len(open_) - _SHOWN_A_BASIC)
            put(console, Rich(more, style="dim"), 6)


def _standings(console: Console, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> None:
    ui = catalog.ui
    _head(console, ui("frameworks.head").say(lang))
    table = Table(box=None, padding=(0, 2, 0, 2))
    for key in ("name", "met", "partly", "not_met", "unknown", "of", "points"):
        table.add_column(
            ui(f"frameworks.{key}").say(lang), justify="left" if key == "name" else "right"
        )
    for id_, standing in diagnosis.standings.items():
        framework = catalog.frameworks[id_]
        points = "" if standing.points is None else f"{standing.points}/{standing.points_possible}"
        if standing.points is not None and standing.points < 0:
            points = ui("frameworks.points_below").say(lang)
        if standing.unasked:
            points = ui("frameworks.unasked").say(lang, n=standing.unasked)
        counts = standing.counts
        table.add_row(
            framework.short.say(lang),
            str(counts["met"] + counts["not_applicable"]),
            str(counts["partly"]),
            str(counts["not_met"]),
            str(counts["unknown"]),
            str(len(standing.items)),
            points,
        )
    console.print(table)


def _peers(console: Console, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> None:
    shown = [c for c in diagnosis.comparisons if c.own is not None][:5]
    if not shown:
        return
    _head(console, catalog.ui("peers.head").say(lang))
    for comparison in shown:
        put(console, figure_text(comparison, catalog, lang), 2)


def _unseen(console: Console, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> None:
    """Print the facts this user may not see, with what shows each; once a fact."""
    named = {
        named_by(f.not_seen.see_with, catalog, lang)
        for f in diagnosis.measured
        if f.not_seen and f.not_seen.reason == "no_permission"
    }
    if not (commands := named - {""}):
        return
    _head(console, catalog.ui("unseen.head").say(lang, n=len(commands)))
    for command in sorted(commands):
        put(console, command, 4)


def show_outside(
    diagnosis: Diagnosis,
    subjects: Collection[Subject],
    catalog: Catalog,
    lang: Lang,
    *,
    mail: str,
    command: str,
) -> None:
    """Print what was found about ``subjects`` (site, domain), worst first.

    Then the company's one next step, which may be about something else.

    mail: which mail domain was looked at, or why none; "" for nothing to say about it.
    command: what looks again at the same.
    """
    console = console_of_command()
    ui = catalog.ui
    named = {subject.kind: subject.id for subject in subjects}
    name = named.get("site") or named.get("network", "")
    _head(console, ui("site.head").say(lang, site=shown_name(name)))
    if mail:
        put(console, Rich(mail, style="dim"), 2)
    found = [finding for finding in diagnosis.measured if finding.subject in subjects]
    for finding in found:
        _finding(console, finding, catalog, lang)
    if "network" not in named:
        put(console, Rich(ui("site.not_looked").say(lang), style="dim"), 2)
    unknown = sum(f.state == "unknown" for f in found)
    if not unknown and not any(f.state in OPEN for f in found):
        console.print()
        put(console, ui("site.nothing").say(lang), 2)
    _step(console, diagnosis.next_step, diagnosis, catalog, lang)
    if unknown:
        put(console, ui("site.some_unknown").say(lang, n=unknown), 2)
    console.print()
    put(console, Rich(ui("site.again").say(lang, command=command), style="dim"), 0)
    put(console, Rich(ui("site.own_only").say(lang), style="dim"), 0)


def _finding(console: Console, finding: Finding, catalog: Catalog, lang: Lang) -> None:
    """Print a finding under the title of its control, and why it is unknown where it is."""
    line = Rich()
    line.append_text(_mark(finding.state))
    line.append(f" {catalog.controls[finding.control].title.say(lang)}  ")
    line.append(state_word(finding.state, catalog, lang), style=_COLOURS[finding.state])
    put(console, line, 2)
    put(console, sentence(finding, catalog, lang), 6)
    _technical(console, [finding])
    _why_unseen(console, finding, catalog, lang)


def _technical(console: Console, findings: list[Finding]) -> None:
    """Print the technical names of ``findings``, dim: for whoever looks after the computers."""
    if named := technical_names(findings):
        put(console, Rich(", ".join(named), style="dim"), 6)


def show_plan(diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> None:
    """Print the whole plan in order, then the calendar."""
    console = console_of_command()
    _head(console, catalog.ui("plan.head").say(lang, n=len(diagnosis.steps)))
    for number, step in enumerate(diagnosis.steps, 1):
        line = Rich(f"{number:>3}. ")
        line.append_text(_mark(step.state))
        line.append(" " + step_title(step.control, step.kind, catalog, lang))
        line.append(f"  ({cost(step.minutes, step.yen, catalog, lang)})  ", style="dim")
        line.append(step.control, style="dim")
        if step.resting_until:
            line.append("  " + _resting(step, catalog, lang), style="dim")
        put(console, line, 0)
    show_calendar(diagnosis, catalog, lang)


def show_calendar(diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> None:
    """Print papers and records by the day they must be renewed."""
    console = console_of_command()
    ui = catalog.ui
    _head(console, ui("calendar.head").say(lang))
    for due in diagnosis.calendar:
        if due.due_on is None:
            when = ui("calendar.never").say(lang)
        else:
            key = "calendar.overdue" if due.overdue else "calendar.due"
            when = ui(key).say(lang, day=due.due_on.isoformat())
        line = Rich()
        line.append(when, style="red" if due.overdue else "")
        line.append("  " + catalog.controls[due.control].title.say(lang))
        line.append("  " + due.control, style="dim")
        put(console, line, 2)


def show_standing(control_id: str, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> None:
    """Print one control: its state and what it rests on."""
    standing = diagnosis.assessment.controls[control_id]
    console = console_of_command()
    control = catalog.controls[standing.control]
    line = Rich()
    line.append_text(_mark(standing.state))
    line.append(f" {control.title.say(lang)}: ", style="bold")
    line.append(state_word(standing.state, catalog, lang), style=_COLOURS[standing.state])
    put(console, line, 0)
    if standing.said or standing.measured or standing.evidence:
        _pair(console, standing, diagnosis, catalog, lang)
    else:
        put(console, sentence(standing.headline, catalog, lang), 4)


class HistoryEntry(NamedTuple):
    """One stored assessment, what changed since the one before, and whether our rules did."""

    assessment: Assessment
    changes: tuple[StateChange, ...]
    rules_changed: bool


def show_history(entries: list[HistoryEntry], catalog: Catalog, lang: Lang) -> None:
    """Print each stored assessment, oldest first, with what changed."""
    console = console_of_command()
    ui = catalog.ui
    if not entries:
        console.print(ui("history.none").say(lang))
        return
    for index, (assessment, changed, rules_changed) in enumerate(entries):
        states = [standing.state for standing in assessment.controls.values()]
        _head(
            console,
            ui("history.look").say(
                lang,
                when=date_text(assessment.as_of),
                met=states.count("met"),
                unknown=states.count("unknown"),
                of=len(states),
            ),
        )
        if rules_changed:
            put(console, ui("history.rules").say(lang), 2)
        if index and not changed:
            put(console, ui("history.same").say(lang), 2)
        for change in changed:
            known = catalog.controls.get(change.control)
            title = known.title.say(lang) if known else change.control
            line = Rich()
            line.append_text(_mark(change.old))
            line.append(" → ")
            line.append_text(_mark(change.new))
            line.append(f" {title}")
            put(console, line, 2)
    console.print()
    put(console, Rich(ui("marks").say(lang), style="dim"), 0)


def show_question(
    question: Question, catalog: Catalog, lang: Lang, *, done: int, total: int
) -> None:
    """Print one question with its numbered answers; 0 is always "don't know"."""
    console = console_of_command()
    ui = catalog.ui
    console.print()
    put(console, Rich(ui("ask.progress").say(lang, done=done, total=total), style="dim"), 0)
    put(console, Rich(question.text.say(lang), style="bold"), 0)
    put(console, Rich(question.help.say(lang), style="dim"), 2)
    for number, option in enumerate(question.offered, 1):
        put(console, f"{number}. {option.text.say(lang)}", 2)
    key = "ask.dont_know_number" if question.type == "number" else "ask.dont_know"
    put(console, ui(key).say(lang), 2)
    if question.type == "upto":
        put(console, ui("ask.upto").say(lang, n=question.at_most), 2)
