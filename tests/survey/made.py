"""Small questionnaires, made by hand."""

import math

import numpy as np
import pyarrow as pa

from tojimari.model import Text
from tojimari.survey.schema import Option, Question, Questionnaire, Section


def text(words: str) -> Text:
    return Text(ja=words, en=words)


def options(ids: list[str]) -> tuple[Option, ...]:
    return tuple(Option(id_, text(id_)) for id_ in ids)


def choice(id_: str, ids: list[str], **more) -> Question:
    return Question(id_, "single", text(id_), options=options(ids), **more)


def several(id_: str, ids: list[str], **more) -> Question:
    return Question(id_, "several", text(id_), options=options(ids), **more)


def number(id_: str, **more) -> Question:
    return Question(id_, "number", text(id_), minimum=0, maximum=10**9, whole=False, **more)


def questionnaire(*questions: Question, **more) -> Questionnaire:
    ids = tuple(q.id for q in questions)
    words = {name: text(name) for name in ("title", "about", "consent", "universe", "mode")}
    return Questionnaire(
        id="made",
        version="1",
        sections=(Section("all", text("all"), ids),),
        questions=questions,
        **{**words, **more},
    )


QUESTIONS = questionnaire(
    choice("size", ["one", "some", "many"]),
    choice("q", ["no", "part", "yes"]),
    several("m", ["a", "b"]),
    number("x"),
)


def responses(seed: int, n: int, design: tuple[str, ...]) -> pa.Table:
    """Return random responses with some that are missing, in the standard layout."""
    rng = np.random.default_rng(seed)
    size = rng.choice(["one", "some", "many"], n, p=[0.6, 0.3, 0.1])
    shift = np.where(size == "many", 0.25, 0.0)
    draw = rng.random(n) - shift
    q = np.where(draw < 0.2, "yes", np.where(draw < 0.5, "part", "no")).astype(object)
    q[rng.random(n) < 0.1] = None
    asked = rng.random(n) < 0.9
    x = np.where(rng.random(n) < 0.15, np.nan, rng.integers(0, 50, n))
    columns = {
        "respondent": [str(i) for i in range(n)],
        "size": size,
        "q": q,
        "m__a": [bool(v) if k else None for v, k in zip(rng.random(n) < 0.4, asked, strict=True)],
        "m__b": [bool(v) if k else None for v, k in zip(rng.random(n) < 0.1, asked, strict=True)],
        "x": [None if math.isnan(v) else float(v) for v in x],
    }
    cluster = rng.integers(0, 24, n)
    if "weight" in design:
        columns["weight"] = rng.uniform(0.3, 4, n)
    if "stratum" in design:
        columns["stratum"] = [f"h{c % 4}" for c in cluster]
    if "cluster" in design:
        columns["cluster"] = [f"c{c}" for c in cluster]
    return pa.table(columns)
