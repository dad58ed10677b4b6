"""The sentences every form of the report shares: of a finding, of a step, and why it comes."""

import re
from collections.abc import Iterable

from tojimari.assess.roll_up import OPEN_ON
from tojimari.catalog import Catalog
from tojimari.catalog.schema import TECHNICAL_PLACES
from tojimari.diagnose import Diagnosis
from tojimari.model import Finding, Lang, Text
from tojimari.plan import ASK_REST, Step, StepKind
from tojimari.plan.choose import why
from tojimari.report.phrases import devices_told

_DAYS = (
    (re.compile(r"(?<!\d)0日前"), "今日"),
    (re.compile(r"(?<!\d)0 days ago"), "today"),
    (re.compile(r"(?<!\d)0 days old"), "of today"),
)


def plain_days(text: str) -> str:
    """Return ``text`` with days counted as people do: no "0 days ago"."""
    for odd, plain in _DAYS:
        text = odd.sub(plain, text)
    return text


def sentence(finding: Finding, catalog: Catalog, lang: Lang) -> str:
    """Return the sentence of a finding's reason in ``lang``, with its numbers.

    What stays open though it could not be seen again, or nobody looked again, says of which day it
    speaks; what is unknown now and was seen open says on which day.
    """
    said = plain_days(catalog.told(finding, lang))
    if "seen_on" in finding.numbers:
        aged = finding.not_seen is not None and finding.not_seen.reason == "too_old"
        key, day = "not_looked_since" if aged else "seen_before", finding.numbers["seen_on"]
    elif OPEN_ON in finding.numbers:
        key, day = "open_before", finding.numbers[OPEN_ON]
    else:
        return said
    of_day = catalog.ui(f"finding.{key}").say(lang, day=day)
    return f"{said}{'' if lang == 'ja' else ' '}{of_day}"


def technical_names(findings: Iterable[Finding]) -> list[str]:
    """Return the technical names that the sentences of ``findings`` leave out, each once.

    They are for whoever looks after the computers: folded away on pages, written out in a request.
    """
    named = [
        str(finding.numbers[place])
        for finding in findings
        for place in sorted(TECHNICAL_PLACES & finding.numbers.keys())
    ]
    return [name for name in dict.fromkeys(named) if name]


def step_title(control: str, kind: StepKind, catalog: Catalog, lang: Lang) -> str:
    """Return what a step of ``kind`` on ``control`` asks for, as the imperative read first."""
    known = catalog.controls.get(control)
    if known is None:
        return catalog.ui(f"step.{control.replace('-', '_')}").say(lang)
    if kind == "do":
        return known.do.say(lang)
    if kind == "act" and known.act is not None:
        return known.act.do.say(lang)
    if kind == "look" and set(known.how) <= {"ios", "android"}:
        return catalog.ui("step.look_phones").say(lang, title=known.title.say(lang))
    return catalog.ui(f"step.{kind}").say(lang, title=known.title.say(lang))


def step_command(step: Step) -> str:
    """Return the command that does the step, or that looks again when it was done."""
    match step.kind:
        case "see":
            return step.see_with
        case "ask":
            only = f" --only {step.see_with}" if step.see_with else ""
            return "tojimari ask" + (" --all" if step.control == ASK_REST else only)
        case "look":
            return "tojimari check"
        case "site":
            return "tojimari site example.co.jp"
        case "act" | "do":
            return f"tojimari done {step.control}"


def step_devices(step: Step, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> str:
    """Return on which of several computers a step is to be done; "" where nothing tells them apart."""
    standing = diagnosis.assessment.controls.get(step.control)
    if standing is None:
        return ""
    return devices_told(standing, diagnosis.device_names, catalog, lang)


def step_why(step: Step, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> str:
    """Return why this step comes, in a sentence or two, and on which computers."""
    ja, en = (step_devices(step, diagnosis, catalog, each) for each in ("ja", "en"))
    where = Text(ja=ja, en=en) if ja else None
    return why(step, diagnosis.assessment, catalog, where).say(lang)
