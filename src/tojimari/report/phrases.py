"""Small wordings every form of the report shares."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from tojimari.assess.standing import FrameworkStanding
from tojimari.catalog import Catalog, Control, Framework
from tojimari.chain.weakness import Interval
from tojimari.diagnose import Diagnosis
from tojimari.model import (
    KNOWN,
    OPEN,
    ControlStanding,
    Finding,
    Lang,
    State,
    Subject,
    looked_at,
    shown_name,
    subject_kinds,
)
from tojimari.model.facts import DeviceOs, DevicePhone
from tojimari.peers import Comparison

_EVIDENCE = {kind.evidence_source for kind in subject_kinds().values() if kind.evidence_source}
NAMES_SHOWN = 6
"""Computers named in one sentence; the rest are counted."""
MARKS: dict[State, str] = {
    "met": "○",
    "partly": "△",
    "not_met": "×",
    "unknown": "？",
    "not_applicable": "－",
}


def platform_name(control: Control, platform: str, catalog: Catalog, lang: Lang) -> str:
    """Return the heading over the steps of a control on a platform."""
    outside = platform == "rule" and control.theme == "web_mail" and "network" in control.seen_by
    return catalog.ui("platform.rule_outside" if outside else f"platform.{platform}").say(lang)


def state_word(state: State, catalog: Catalog, lang: Lang) -> str:
    """Return the plain word for a state."""
    return catalog.ui(f"state.{state}").say(lang)


def basis_text(standings: Iterable[ControlStanding], catalog: Catalog, lang: Lang) -> str:
    """Return what the states of ``standings`` rest on: answers, what was seen, papers, or both.

    "" when nothing is known or nothing applies.
    """
    bases = {s.basis for s in standings if s.state in KNOWN and s.basis != "none"}
    if not bases:
        return ""
    if bases <= _EVIDENCE:
        return catalog.ui("rests_on.kept").say(lang)
    only = bases.pop() if len(bases) == 1 else "mixed"
    return catalog.ui(f"rests_on.{only}").say(lang)


def basis_of(basis: str, finding: Finding, catalog: Catalog, lang: Lang, devices: str = "") -> str:
    """Return where a finding comes from: said, measured, kept, or seen from outside, and of what.

    devices: what the computers are called that it speaks of; "" where there is only one.
    """
    subject, about = finding.subject, finding.subject.declaration
    if about.from_outside:
        return catalog.ui("basis.outside").say(lang, name=shown_name(subject.id))
    word = catalog.ui(f"basis.{basis}").say(lang)
    if devices:
        return f"{word} ({devices})"
    # The company has several of these: the word alone would not say which.
    return f"{word} ({about.name.say(lang)} {subject.id})" if about.listed_by == "company" else word


def joined(names: Iterable[str], catalog: Catalog, lang: Lang) -> str:
    """Return ``names`` in one line; of many the first few, and how many more there are."""
    all_ = list(names)
    line = ("、" if lang == "ja" else ", ").join(all_[:NAMES_SHOWN])
    more = len(all_) - NAMES_SHOWN
    return line + (catalog.ui("finding.more_devices").say(lang, n=more) if more > 0 else "")


def devices_told(
    standing: ControlStanding, names: Mapping[str, str], catalog: Catalog, lang: Lang
) -> str:
    """Return on how many of the computers looked at a control is open, and on which.

    Where it is fine on some and not known on others, those are named; where the company said it
    has more, on how many of them it was seen. "" where there is one computer, or nothing to tell
    apart.

    names: subject id -> what people call the computer, for every one of them.
    """
    some = standing.headline.reason == "measured_here_only" and standing.expected
    if some and standing.covered < some:
        return catalog.ui("finding.seen_on_some").say(lang, n=standing.covered, of=some)
    if len(names) < 2:
        return ""
    measured = [f for f in standing.measured if f.subject.id in names]
    looked = {f.subject.id for f in measured}
    open_on = {f.subject.id for f in measured if f.state in OPEN}
    unknown_on = {f.subject.id for f in measured if f.state == "unknown"}
    if open_on:
        found = joined((n for id_, n in names.items() if id_ in open_on), catalog, lang)
        told = catalog.ui("finding.on_devices")
        return told.say(lang, n=len(open_on), of=len(looked), names=found)
    if standing.state in OPEN and unknown_on and unknown_on != looked:
        found = joined((n for id_, n in names.items() if id_ in unknown_on), catalog, lang)
        told = catalog.ui("finding.unknown_on_devices")
        return told.say(lang, n=len(unknown_on), of=len(looked), names=found)
    return ""


def counted(diagnosis: Diagnosis) -> tuple[int, int]:
    """Return how many devices were looked at, and how many the company said it has (0: not said)."""
    of = max((s.expected or 0 for s in diagnosis.assessment.controls.values()), default=0)
    return len(looked_at(diagnosis.observations)), of


def computers_of(diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> str:
    """Return how many devices were looked at; "2 of 6" where the company said it has more."""
    looked, of = counted(diagnosis)
    return (
        catalog.ui("report.of_devices").say(lang, n=looked, of=of) if of > looked else f"{looked}"
    )


def cost(minutes: int, yen: int, catalog: Catalog, lang: Lang) -> str:
    """Return "about 5 minutes, free" in plain words."""
    time = (
        catalog.ui("cost.minutes").say(lang, n=minutes)
        if minutes < 90
        else catalog.ui("cost.hours").say(lang, n=round(minutes / 60))
    )
    money = (
        catalog.ui("cost.yen").say(lang, n=f"{yen:,}") if yen else catalog.ui("cost.free").say(lang)
    )
    return catalog.ui("cost.both").say(lang, time=time, money=money)


def points_text(standing: FrameworkStanding, catalog: Catalog, lang: Lang) -> str:
    """Return the points of a scheme that has points, in words where they are below nothing.

    "" for other schemes, and how many items still wait while some were never asked.
    """
    if standing.unasked:
        return catalog.ui("report.unasked").say(lang, n=standing.unasked)
    if standing.points is None:
        return ""
    key = "report.points" if standing.points >= 0 else "report.points_below"
    return catalog.ui(key).say(lang, points=standing.points, possible=standing.points_possible)


def points_from(
    standing: FrameworkStanding, framework: Framework, catalog: Catalog, lang: Lang
) -> str:
    """Return how points come about, item by item; "" while there are none."""
    if standing.points is None:
        return ""
    counts, each = standing.counts, framework.points
    key = "report.points_from" if standing.points >= 0 else "report.points_from_below"
    return catalog.ui(key).say(
        lang,
        met=counts["met"] + counts["not_applicable"],
        partly=counts["partly"],
        not_met=counts["not_met"],
        unknown=counts["unknown"],
        full=each["met"],
        half=each["partly"],
        off=-each["unknown"],
        plus=(counts["met"] + counts["not_applicable"]) * each["met"]
        + counts["partly"] * each["partly"],
        minus=-counts["unknown"] * each["unknown"],
    )


def date_text(moment: datetime) -> str:
    """Return a moment in this computer's own time zone, to the minute."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def share_text(comparison: Comparison, catalog: Catalog, lang: Lang) -> str:
    """Return the percentage of a figure, or its bound in words."""
    figure = comparison.figure
    if figure.percent is not None:
        return f"{figure.percent:g}%"
    if figure.below is not None:
        return catalog.ui("peers.below").say(lang, n=f"{figure.below:g}")
    return catalog.ui("peers.above").say(lang, n=f"{figure.above:g}")


def origin_text(comparison: Comparison, catalog: Catalog, lang: Lang) -> str:
    """Return base, n, year and source of a figure: shown with every figure."""
    figure, survey = comparison.figure, catalog.surveys[comparison.survey]
    n = f"{figure.n:,}" if figure.n is not None else catalog.ui("peers.n_unknown").say(lang)
    return catalog.ui("peers.origin").say(
        lang,
        base=figure.base.say(lang),
        n=n,
        year=survey.year,
        title=survey.title.say(lang),
    )


def company_text(comparison: Comparison, catalog: Catalog, lang: Lang) -> str:
    """Return where the company stands beside a figure.

    Beside "have none: 12.5%" a state would read wrongly, so it says whether it is among them.
    """
    if comparison.own is None:
        return ""
    counts_gaps = "met" not in comparison.figure.share_of
    if counts_gaps and comparison.among is not None:
        key = "peers.own_among" if comparison.among else "peers.own_not_among"
        return catalog.ui(key).say(lang)
    return catalog.ui("peers.own").say(lang, state=state_word(comparison.own, catalog, lang))


def figure_text(comparison: Comparison, catalog: Catalog, lang: Lang) -> str:
    """Return a figure as one line of text with its origin."""
    return catalog.ui("peers.line").say(
        lang,
        text=comparison.figure.text.say(lang),
        share=share_text(comparison, catalog, lang),
        own=company_text(comparison, catalog, lang),
        origin=origin_text(comparison, catalog, lang),
    )


def family_of(subject: Subject, diagnosis: Diagnosis) -> str:
    """Return the system a computer runs (linux, windows, macos); "" where it was not seen."""
    about = (o.fact for o in diagnosis.observations if o.subject == subject)
    return next((fact.family for fact in about if isinstance(fact, DeviceOs)), "")


def whom_to_ask(finding: Finding, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> str:
    """Return that somebody else has to look, where who looked may not; "" where he can.

    Windows and Macs look again as administrator by themselves.
    """
    why = finding.not_seen
    if why is None or why.reason != "no_permission" or why.see_with:
        return ""
    linux = family_of(finding.subject, diagnosis) == "linux"
    return catalog.ui("unknown.ask_keeper").say(lang) if linux else ""


def open_platforms(control_id: str, diagnosis: Diagnosis) -> set[str]:
    """Return the systems a control's instructions are for: those of the computers it is open on.

    Every system that was looked at, where it was not seen to be open on any.
    """
    standing = diagnosis.assessment.controls.get(control_id)
    open_on = {f.subject for f in standing.measured if f.state in OPEN} if standing else set()
    found: set[str] = {
        o.fact.family
        for o in diagnosis.observations
        if isinstance(o.fact, DeviceOs) and o.subject in open_on
    }
    return found or own_platforms(diagnosis)


def own_platforms(diagnosis: Diagnosis) -> set[str]:
    """Return the systems that were looked at, so that their instructions come first."""
    return {o.fact.family for o in diagnosis.observations if isinstance(o.fact, DeviceOs)} | {
        "android" if o.fact.system == "android" else "ios"
        for o in diagnosis.observations
        if isinstance(o.fact, DevicePhone)
    }


def index_words(value: Interval, catalog: Catalog, lang: Lang) -> str:
    """Return an index as people read it: about one number, or from the best to the worst case."""
    low, high = round(value.low), round(value.high)
    if low == high:
        return catalog.ui("chain.about").say(lang, n=low)
    return catalog.ui("chain.between").say(lang, low=low, high=high)
