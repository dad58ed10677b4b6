"""The letter that explains where a company stands under a lender's policy, and the one next step."""

from collections.abc import Iterable
from datetime import date

import msgspec

from tojimari.attest.policies import Judged, Missing
from tojimari.catalog import Catalog
from tojimari.catalog.lender_policy import Conditions, LenderPolicy
from tojimari.model import Lang
from tojimari.report.page import environment

NAME_LETTERS = 120


class Step(msgspec.Struct, frozen=True):
    """What a control that is missing takes: its title, why, minutes, yen and what pays for it."""

    control: str
    title: str
    lack: str
    minutes: int
    yen: int
    only_look: bool
    pays: str


class LoanLetter(msgspec.Struct, frozen=True):
    """What a letter says.

    Attributes:
        company, lender: names.
        version: of the policy, as the lender counts.
        as_of: the day of the assessment.
        pays: control id -> what pays for it, in the reader's language.
        decided: the level a person decided, as words; "" where nobody did yet.
    """

    company: str
    lender: str
    policy: LenderPolicy
    version: int
    judged: Judged
    as_of: date
    made_on: date
    pays: dict[str, str] = {}
    decided: str = ""
    decided_on: date | None = None
    reason: str = ""


def condition_lines(conditions: Conditions, catalog: Catalog, lang: Lang) -> list[str]:
    """Return a level's conditions in words; the usual ones where nothing is said."""
    values: dict[str, object] = {}
    for name in ("rate", "months", "guarantee_fee", "maximum"):
        value = getattr(conditions, name)
        if value is not None:
            values[name] = _signed(value) if name != "maximum" else f"{value:,}"
    for name in ("insurance", "note"):
        text = getattr(conditions, name)
        if text is not None:
            values[name] = text.ja if lang == "ja" else text.en
    lines = [catalog.ui(f"policy.{name}").say(lang, value=value) for name, value in values.items()]
    return lines or [catalog.ui("policy.usual").say(lang)]


def _signed(value: object) -> str:
    said = str(value)
    return said if said.startswith("-") or said.strip("0.") == "" else f"+{said}"


def lack_words(one: Missing, catalog: Catalog, lang: Lang) -> str:
    """Return why a control does not count yet."""
    by = catalog.ui(f"policy.by_{one.by}").say(lang)
    return catalog.ui(f"policy.lack_{one.lack}").say(lang, by=by)


def step_of(one: Missing, catalog: Catalog, lang: Lang, pays: str = "") -> Step:
    """Return what a missing control takes."""
    control = catalog.controls[one.control]
    return Step(
        control=one.control,
        title=control.title.say(lang),
        lack=lack_words(one, catalog, lang),
        minutes=control.minutes,
        yen=control.yen,
        only_look=one.lack in ("unknown", "unproven"),
        pays=pays,
    )


def easiest_first(missing: Iterable[Missing], catalog: Catalog) -> list[Missing]:
    """Return what is missing, what has only to be looked at first, then by money and minutes."""

    def effort(one: Missing) -> tuple[bool, int, int]:
        control = catalog.controls[one.control]
        return one.lack not in ("unknown", "unproven"), control.yen, control.minutes

    return sorted((one for one in missing if one.control in catalog.controls), key=effort)


def loan_letter_page(letter: LoanLetter, catalog: Catalog, lang: Lang) -> str:
    """Return the letter as one HTML page for A4."""
    judged, policy = letter.judged, letter.policy
    steps = [
        step_of(one, catalog, lang, letter.pays.get(one.control, ""))
        for one in easiest_first(judged.missing, catalog)
    ]
    return (
        environment()
        .get_template("loan_letter.html")
        .render(
            lang=lang,
            ui=lambda key, **words: catalog.ui(key).say(lang, **words),
            letter=letter,
            company=letter.company[:NAME_LETTERS],
            title=policy.title.say(lang),
            about=policy.about.say(lang),
            contact=policy.contact.say(lang),
            level=judged.level.title.say(lang),
            conditions=condition_lines(judged.level.conditions, catalog, lang),
            next_level=judged.next.title.say(lang) if judged.next else "",
            next_conditions=condition_lines(judged.next.conditions, catalog, lang)
            if judged.next
            else [],
            first=steps[0] if steps else None,
            rest=steps[1:],
        )
    )
