"""Prints one entry of the catalog, or the list of controls."""

import difflib

from rich.text import Text as Rich

from tojimari.assess.check import checks_of
from tojimari.catalog import Catalog, Control, Framework, Question, Threat, UnknownId
from tojimari.model import Lang, declared
from tojimari.report.instructions import steps_on
from tojimari.report.paragraph import console_of_command, put
from tojimari.report.phrases import cost


def _print(lines: list[str | Rich]) -> None:
    console = console_of_command()
    for line in lines:
        if isinstance(line, Rich):
            put(console, line, 0)
        else:
            put(console, line.lstrip(" "), len(line) - len(line.lstrip(" ")))


def show_list(catalog: Catalog, lang: Lang) -> None:
    """Print every control by theme: id, title, what sees it."""
    lines: list[str | Rich] = []
    themes = dict.fromkeys(control.theme for control in catalog.controls.values())
    for theme in themes:
        lines.append(Rich(catalog.ui(f"theme.{theme}").say(lang), style="bold"))
        lines += [
            f"  {control.id:<26} {control.title.say(lang)}"
            for control in catalog.controls.values()
            if control.theme == theme
        ]
    _print(lines)


def show_entry(id_: str, catalog: Catalog, lang: Lang) -> None:
    """Print a control, question, threat or framework. Raises UnknownId with near matches."""
    if id_ in catalog.controls:
        _print(_control(catalog.controls[id_], catalog, lang))
    elif id_ in catalog.questions:
        _print(_question(catalog.questions[id_], catalog, lang))
    elif id_ in catalog.threats:
        _print(_threat(catalog.threats[id_], catalog, lang))
    elif id_ in catalog.frameworks:
        _print(_framework(catalog.frameworks[id_], catalog, lang))
    else:
        known = [*catalog.controls, *catalog.questions, *catalog.threats, *catalog.frameworks]
        raise UnknownId(id_, difflib.get_close_matches(id_, known, n=3, cutoff=0.5))


def _control(control: Control, catalog: Catalog, lang: Lang) -> list[str | Rich]:
    ui = catalog.ui
    checks = checks_of(control.id)
    lines: list[str | Rich] = [
        Rich(f"{control.title.say(lang)}  ({control.id})", style="bold"),
        control.plain.say(lang),
        "",
        f"{ui('entry.do').say(lang)}: {control.do.say(lang)}",
        f"{ui('entry.cost').say(lang)}: {cost(control.minutes, control.yen, catalog, lang)}"
        + (f" ({control.yen_note.say(lang)})" if control.yen_note else ""),
    ]
    for platform in control.how:
        steps = steps_on(control, platform, catalog, lang)
        lines.append(Rich(steps.name, style="underline"))
        lines += [f"  {n}. {line.text}" for n, line in enumerate(steps.lines, 1)]
    rows = {
        "entry.undo": control.undo.say(lang),
        "entry.not_applicable": control.not_applicable.say(lang),
        "entry.stops": ", ".join(
            catalog.threats[s.threat].title.say(lang) + (" *" if s.main else "")
            for s in control.stops
        ),
        "entry.needs": ", ".join(control.needs) or "－",
        "entry.seen_by": ", ".join(declared(by).name.say(lang) for by in control.seen_by),
        "entry.asked_by": ", ".join(q.id for q in catalog.questions_for(control.id)) or "－",
        "entry.measured_by": ", ".join(
            f"{', '.join(check.reads)} (r{check.revision})" for check in checks
        )
        or "－",
    }
    if control.evidence:
        period = (
            ui("entry.renew").say(lang, days=control.evidence.renew_days)
            if control.evidence.renew_days
            else ""
        )
        rows["entry.evidence"] = f"{control.evidence.what.say(lang)} {period}".strip()
    rows["entry.frameworks"] = ", ".join(
        f"{framework.short.say(lang)} {item.id}"
        for framework in catalog.frameworks.values()
        for item in framework.items
        if control.id in item.controls or any(control.id in c.controls for c in item.criteria)
    )
    lines.append("")
    lines += [f"{ui(key).say(lang)}: {value}" for key, value in rows.items()]
    lines += _sources(control.sources, catalog, lang)
    lines.append(f"{ui('entry.as_of').say(lang)}: {control.as_of}")
    return lines


def _sources(ids: tuple[str, ...], catalog: Catalog, lang: Lang) -> list[str | Rich]:
    entries = [catalog.sources[id_] for id_ in ids]
    return [
        f"{catalog.ui('entry.source').say(lang)}: {entry.title.say(lang)} "
        f"({entry.publisher.say(lang)}, {entry.published}; {catalog.ui(f'mark.{entry.mark}').say(lang)})"
        for entry in entries
    ]


def _question(question: Question, catalog: Catalog, lang: Lang) -> list[str | Rich]:
    lines: list[str | Rich] = [
        Rich(f"{question.text.say(lang)}  ({question.id})", style="bold"),
        question.help.say(lang),
    ]
    for option in question.options:
        says = ", ".join(f"{control}={state}" for control, state in option.says.items())
        lines.append(f"  {option.id}: {option.text.say(lang)}  [{says}]")
    lines.append(f"  dont_know: {catalog.ui('ask.dont_know_word').say(lang)}")
    return lines + _sources(question.sources, catalog, lang)


def _threat(threat: Threat, catalog: Catalog, lang: Lang) -> list[str | Rich]:
    lines: list[str | Rich] = [
        Rich(f"{threat.title.say(lang)}  ({threat.id})", style="bold"),
        threat.plain.say(lang),
    ]
    lines += [
        catalog.ui("entry.rank").say(lang, year=rank.year, rank=rank.rank, name=rank.name)
        for rank in threat.ranks
    ]
    return lines + _sources(threat.sources, catalog, lang)


def _framework(framework: Framework, catalog: Catalog, lang: Lang) -> list[str | Rich]:
    ui = catalog.ui
    lines: list[str | Rich] = [
        Rich(f"{framework.title.say(lang)} {framework.version}  ({framework.id})", style="bold"),
        framework.about.say(lang),
    ]
    for item in framework.items:
        marks = [ui(f"mark.{item.mark}").say(lang)] if item.mark == "unverified" else []
        marks += [item.gap.say(lang)] if item.gap else []
        note = f" ({'; '.join(marks)})" if marks else ""
        lines.append(f"  {item.id}  {item.title.say(lang)}  {_ids(item.controls)}{note}".rstrip())
        for criterion in item.criteria:
            seen = declared(criterion.seen_by).name.say(lang) if criterion.seen_by else ""
            repeat = criterion.repeat.say(lang) if criterion.repeat else ""
            facts = ", ".join(part for part in (seen, repeat) if part)
            gap = f" {criterion.gap.say(lang)}" if criterion.gap else ""
            lines.append(
                f"    {criterion.id}  {criterion.gist.say(lang)}  ({facts})  "
                f"{_ids(criterion.controls)}{gap}".rstrip()
            )
    lines += [note.say(lang) for note in framework.notes]
    lines += _sources(framework.sources, catalog, lang)
    lines.append(f"{ui('entry.as_of').say(lang)}: {framework.as_of}")
    return lines


def _ids(controls: tuple[str, ...]) -> str:
    return f"[{', '.join(controls)}]" if controls else ""
