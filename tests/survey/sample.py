"""A questionnaire with one question of every type, and ways to write answers to it."""

import copy
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import yaml
from hypothesis import strategies as st

from tojimari.survey.schema import Questionnaire


def say(text: str) -> dict[str, str]:
    return {"ja": f"{text}（日）", "en": text}


def option(id_: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "text": say(id_.title()), **more}


SAMPLE: dict[str, Any] = {
    "id": "sample",
    "version": "1",
    "title": say("Sample"),
    "about": say("About"),
    "consent": say("Consent"),
    "universe": say("Shops"),
    "mode": say("Web"),
    "fielded": ["2026-01-01", "2026-01-31"],
    "sections": [
        {"id": "first", "title": say("First"), "questions": ["kind", "tools", "staff"]},
        {"id": "rest", "title": say("Rest"), "questions": ["top", "seen", "why"]},
    ],
    "questions": [
        {
            "id": "kind",
            "type": "single",
            "text": say("Which trade?"),
            "options": [
                option("shop", code=1, codes=["S"]),
                option("works", code=2),
                option("other", code=9, fixed=True),
            ],
            "shuffle": True,
            "dont_know": True,
        },
        {
            "id": "tools",
            "type": "several",
            "text": say("Which tools?"),
            "options": [option("pc"), option("phone"), option("none", alone=True, fixed=True)],
        },
        {
            "id": "staff",
            "type": "number",
            "text": say("How many people?"),
            "minimum": 1,
            "maximum": 999,
            "unit": say("people"),
            "dont_know": True,
        },
        {
            "id": "top",
            "type": "upto",
            "at_most": 2,
            "text": say("Pick two for {kind}"),
            "options": [option("cost"), option("time"), option("skill"), option("law")],
            "when": {"question": "tools", "one_of": ["pc", "phone"]},
        },
        {
            "id": "seen",
            "type": "matrix",
            "text": say("What happened?"),
            "options": [option("yes"), option("no")],
            "rows": [
                {"id": "virus", "text": say("Virus")},
                {
                    "id": "loss",
                    "text": say("Loss"),
                    "when": {"question": "tools", "one_of": ["phone"]},
                },
            ],
            "when": {
                "any": [
                    {"question": "staff", "at_least": 2},
                    {"no": {"question": "kind", "one_of": ["shop"]}},
                ]
            },
        },
        {
            "id": "why",
            "type": "text",
            "text": say("Anything else?"),
            "required": False,
            "max_chars": 50,
            "when": {"question": "seen", "row": "virus", "one_of": ["yes"]},
        },
    ],
    "derived": [
        {
            "id": "size",
            "text": say("Size"),
            "groups": [
                {"id": "alone", "text": say("One"), "when": {"question": "staff", "at_most": 1}},
                {"id": "more", "text": say("More"), "when": {"question": "staff", "at_least": 2}},
            ],
        }
    ],
    "breaks": ["kind", "size"],
    "screens": [{"when": {"question": "kind", "one_of": ["other"]}, "say": say("Thank you")}],
    "figures": [
        {
            "id": "fig1",
            "number": 1,
            "kind": "grouped",
            "title": say("Tools"),
            "of": ["tools", "seen.virus"],
            "by": "size",
        }
    ],
}


def changed(*edits: tuple[str, Any]) -> dict[str, Any]:
    """The sample with values set at dotted paths (numbers are positions; None takes away)."""
    raw = copy.deepcopy(SAMPLE)
    for path, value in edits:
        *steps, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
        at: Any = raw
        for step in steps:
            at = at[step]
        if value is None:
            del at[last]
        else:
            at[last] = value
    return raw


def sample(*edits: tuple[str, Any]) -> Questionnaire:
    return msgspec.convert(changed(*edits), Questionnaire, strict=False)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def write(path: Path, raw: Any) -> Path:
    text = yaml.dump(raw, Dumper=_Dumper, allow_unicode=True, sort_keys=False)
    # The safe dumper writes the days as text; a person writes them bare.
    for day in ("2026-01-01", "2026-01-31", "2026-02-31"):
        text = text.replace(f"'{day}'", day)
    path.write_text(text, "utf-8")
    return path


def written(path: Path, *edits: tuple[str, Any]) -> Path:
    return write(path, changed(*edits))


def _in_order(ids: list[str], chosen: set[str]) -> tuple[str, ...]:
    return tuple(id_ for id_ in ids if id_ in chosen)


def answers(draw: Any, questionnaire: Questionnaire) -> dict[str, Any]:
    """Answers of one made-up respondent who follows the questionnaire (a hypothesis strategy)."""

    from tojimari.ask.flow import next_question, rows_asked
    from tojimari.ask.questionnaire import options_of

    given: dict[str, Any] = {}
    left_out: list[str] = []
    asked = questionnaire.as_asked()
    while (question := next_question(asked, given, left_out)) is not None:
        ids = [one.id for one in options_of(question)]
        free = [one.id for one in options_of(question) if not one.alone]
        match question.type:
            case "single":
                answer: Any = draw(st.sampled_from(ids))
            case "several" | "upto":
                alone = [(id_,) for id_ in ids if id_ not in free]
                some = st.sets(
                    st.sampled_from(free), min_size=1, max_size=question.at_most or len(free)
                ).map(partial(_in_order, ids))
                answer = draw(st.one_of(some, *map(st.just, alone)))
            case "number":
                numbers = st.integers(int(question.minimum or 0), int(question.maximum or 99))
                answer = draw(numbers | st.just("dont_know") if question.dont_know else numbers)
            case "text":
                answer = draw(
                    st.text("あいaZ=+-@,;\"'\n {", min_size=1, max_size=20).map(str.strip)
                )
            case "matrix":
                rows = rows_asked(question, given)
                answer = {row.id: draw(st.sampled_from(ids)) for row in rows}
        if not answer or (not question.required and draw(st.booleans())):
            left_out.append(question.id)
            continue
        given[question.id] = answer
    return given


FULL: dict[str, Any] = {
    "kind": "works",
    "tools": ("pc", "phone"),
    "staff": 3,
    "top": ("cost", "law"),
    "seen": {"virus": "yes", "loss": "no"},
    "why": "雨、または\n「雪」",
}
ONE: dict[str, Any] = {"kind": "shop", "tools": ("none",), "staff": 1}
