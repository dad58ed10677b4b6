"""A text to send to whoever can do what the owner cannot: what was found, on what, what to do."""

import msgspec

from tojimari.catalog import Catalog, Control
from tojimari.diagnose import Diagnosis
from tojimari.model import OPEN, Finding, Lang, Subject, looked_at, shown_name
from tojimari.model.facts import DeviceOs
from tojimari.plan import Step
from tojimari.report import phrases
from tojimari.report.instructions import how_to, see_with, seen_versions
from tojimari.report.sentences import sentence, step_title, technical_names


class Request(msgspec.Struct, frozen=True):
    """A mail: its subject line and its text, both plain."""

    subject: str
    body: str


def request_for(
    step: Step, diagnosis: Diagnosis, catalog: Catalog, lang: Lang, *, system: str = ""
) -> Request | None:
    """Return what to send to somebody who helps with ``step``; None for a sitting of questions.

    system: the platform of the reader's own computer, for where no computer was looked at.
    """
    control = catalog.controls.get(step.control)
    if control is None:
        return None
    title = step_title(step.control, step.kind, catalog, lang)
    parts = [
        catalog.ui("request.head").say(lang),
        _part("found", _found(step, diagnosis, catalog, lang), catalog, lang),
        _part("about", _about(step, diagnosis, catalog, lang, system), catalog, lang),
    ]
    if step.kind == "ask" and step.see_with in catalog.questions:
        parts.append(_part("question", _question(step.see_with, catalog, lang), catalog, lang))
    else:
        lines = [title, *_to_do(control, step, diagnosis, catalog, lang, system)]
        parts.append(_part("do", lines, catalog, lang))
        if step.kind == "do":
            parts.append(_part("undo", [control.undo.say(lang)], catalog, lang))
    parts.append(catalog.ui("request.end").say(lang))
    return Request(
        catalog.ui("request.subject").say(lang, title=title),
        "\n\n".join(parts).replace("`", ""),
    )


def _part(key: str, lines: list[str], catalog: Catalog, lang: Lang) -> str:
    return "\n".join([catalog.ui(f"request.{key}").say(lang), *lines])


def _found(step: Step, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> list[str]:
    """Return a line for each control that is settled with the step: what was found."""
    lines = []
    for id_ in step.controls:
        standing = diagnosis.assessment.controls[id_]
        title = catalog.controls[id_].title.say(lang)
        # "You answered ..." speaks to the owner; whoever is asked reads the state itself.
        told = standing.headline.reason.startswith("said_")
        text = (
            phrases.state_word(standing.state, catalog, lang)
            if told
            else sentence(standing.headline, catalog, lang)
        )
        which = phrases.devices_told(standing, diagnosis.device_names, catalog, lang)
        text += (which if lang == "ja" else f" {which}") if which else ""
        if technical := technical_names([standing.headline]):
            text += f" ({', '.join(technical)})"
        lines.append(catalog.ui("request.line").say(lang, title=title, text=text))
    return lines


def _about(
    step: Step, diagnosis: Diagnosis, catalog: Catalog, lang: Lang, system: str
) -> list[str]:
    """Return what it is about: the computers or sites where it was found, else all that are known.

    Of computers that the company has and nobody looked at, their number is told: whoever helps must
    not take one system for all of them.
    """
    findings = [f for id_ in step.controls for f in diagnosis.assessment.controls[id_].measured]
    open_ = [f for f in findings if f.state in OPEN or f.state == "unknown"]
    named = [_name(subject, diagnosis, catalog, lang) for subject in _subjects(open_)]
    if not named:
        devices = sorted(looked_at(diagnosis.observations))
        named = [_name(device, diagnosis, catalog, lang) for device in devices]
    known = [name for name in dict.fromkeys(named) if name]
    outside = step.kind == "act" or catalog.controls[step.control].theme == "web_mail"
    if known and (outside or any(f.subject.kind != "device" for f in open_)):
        return known
    return [*known, *_not_seen(diagnosis, catalog, lang, "" if known else system)]


def _not_seen(diagnosis: Diagnosis, catalog: Catalog, lang: Lang, system: str) -> list[str]:
    """Return a line for the reader's own computer, and one for those whose kind nobody knows.

    system: of the computer on which this is written; "" where others are told of already.
    """
    looked, has = phrases.counted(diagnosis)
    if system:
        name = catalog.ui(f"platform.{system}").say(lang)
        if has == 1:
            return [catalog.ui("request.system_only").say(lang, system=name)]
        rest = (
            catalog.ui("request.others").say(lang, n=has - 1)
            if has
            else catalog.ui("request.others_any").say(lang)
        )
        return [catalog.ui("request.system").say(lang, system=name), rest]
    if looked:
        return [catalog.ui("request.others").say(lang, n=has - looked)] if has > looked else []
    if has:
        return [catalog.ui("request.not_seen_any").say(lang, n=has)]
    return [catalog.ui("request.not_seen").say(lang)]


def _subjects(findings: list[Finding]) -> list[Subject]:
    return list(dict.fromkeys(finding.subject for finding in findings))


def _name(subject: Subject, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> str:
    if subject.kind != "device":
        return f"{subject.declaration.name.say(lang)} {shown_name(subject.id)}"
    newest = max(
        (
            o
            for o in diagnosis.observations
            if o.subject == subject and isinstance(o.fact, DeviceOs)
        ),
        key=lambda o: o.last_confirmed_at,
        default=None,
    )
    if newest is None or not isinstance(newest.fact, DeviceOs):
        return ""
    os = newest.fact
    called = diagnosis.device_names.get(subject.id, "") if len(diagnosis.device_names) > 1 else ""
    # Elsewhere it tells which support is on, which is no part of the name.
    edition = os.edition if os.family == "windows" else None
    words = [os.name, *([os.version] if os.version not in os.name else []), edition or ""]
    computer = catalog.ui("request.computer").say(lang, system=" ".join(w for w in words if w))
    return f"{called}: {computer}" if called else computer


def _question(id_: str, catalog: Catalog, lang: Lang) -> list[str]:
    question = catalog.questions[id_]
    return [
        question.text.say(lang),
        question.help.say(lang),
        *(f"- {option.text.say(lang)}" for option in question.options),
    ]


def _to_do(
    control: Control,
    step: Step,
    diagnosis: Diagnosis,
    catalog: Catalog,
    lang: Lang,
    system: str,
) -> list[str]:
    """Return the instructions: those of the company's own systems."""
    lines: list[str] = []
    own = phrases.open_platforms(control.id, diagnosis) or {system}
    if step.kind == "see":
        versions = seen_versions(diagnosis)
        looked = see_with(step.see_with, control, own, catalog, lang, versions)
        place = [catalog.ui("step.open").say(lang, way=looked.place.text)] if looked.place else []
        return [*place, *([looked.command] if looked.command else [])]
    if step.kind == "act" and control.act is not None:
        return [f"{n}. {line.say(lang)}" for n, line in enumerate(control.act.how, 1)]
    for steps in how_to(control, diagnosis, catalog, lang, system=system, to_helper=True):
        if steps.platform in own or steps.platform == "rule":
            told = (f"{n}. {line.text}" for n, line in enumerate(steps.lines, 1))
            lines += [f"[{steps.name}]", *told]
    return lines
