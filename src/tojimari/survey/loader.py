"""Reads a questionnaire; says file, line and reason of whatever does not fit."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml

from tojimari.catalog import load_catalog
from tojimari.catalog.read import parse_yaml
from tojimari.model import LANGS, Text, TojimariError
from tojimari.model.conditions import KeyPath
from tojimari.survey.consistency import flaws
from tojimari.survey.problems import BadQuestionnaire, Flaw, Problem
from tojimari.survey.schema import Questionnaire
from tojimari.survey.shape import misfits

SHIPPED = Path(__file__).parent / "questionnaires"
MAX_BYTES = 5_000_000
MAX_DEPTH = 50
"""Levels of nesting; the deepest sensible questionnaire needs a third of it."""

_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NoQuestionnaire(TojimariError):
    """The questionnaire could not even be opened."""


def shipped() -> list[str]:
    """Return the ids of the questionnaires that come with the program."""
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def load_questionnaire(which: str | Path) -> Questionnaire:
    """Return the questionnaire in the file ``which``, or the shipped one with that id.

    Raises NoQuestionnaire when there is none, BadQuestionnaire when it has mistakes.
    """
    path = _find(which)
    questionnaire, problems = _read(path)
    if questionnaire is None or problems:
        raise BadQuestionnaire(problems)
    return questionnaire


def lint_questionnaire(which: str | Path) -> list[Problem]:
    """Return every mistake of a questionnaire (file or shipped id), by line.

    Raises NoQuestionnaire when there is none.
    """
    return _read(_find(which))[1]


def check_questionnaire(questionnaire: Questionnaire, file: str) -> None:
    """Check a questionnaire that was not read from YAML but came from ``file``.

    Raises BadQuestionnaire; there are no lines, so every problem names its place by key.
    """
    found = flaws(questionnaire, load_catalog())
    if found:
        raise BadQuestionnaire([Problem(file, 1, flaw.key(), flaw.reason) for flaw in found])


def _find(which: str | Path) -> Path:
    path = Path(which)
    if isinstance(which, str) and which in shipped():
        return SHIPPED / f"{which}.yaml"
    if path.is_file():
        return path
    known = ", ".join(shipped())
    raise NoQuestionnaire(
        f"{which}: 調査票のファイルがありません。同梱の調査票: {known}",
        f"{which}: there is no such questionnaire file. Shipped ones: {known}",
    )


def _read(path: Path) -> tuple[Questionnaire | None, list[Problem]]:
    name = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise NoQuestionnaire(
            f"{path}: 読めません ({error.strerror})。場所と権限を確かめてください。",
            f"{path}: cannot be read ({error.strerror}). Check the place and its permissions.",
        ) from error
    return _parse(data, name, both=path.parent == SHIPPED)


def read_questionnaire(data: bytes, name: str) -> Questionnaire:
    """Return the questionnaire in ``data``, a YAML file called ``name``.

    Raises NoQuestionnaire when it is too large, BadQuestionnaire when it has mistakes.
    """
    questionnaire, problems = _parse(data, name)
    if questionnaire is None or problems:
        raise BadQuestionnaire(problems)
    return questionnaire


def _parse(
    data: bytes, name: str, *, both: bool = False
) -> tuple[Questionnaire | None, list[Problem]]:
    """Return the questionnaire and what is wrong. ``both``: every text has to be in two languages."""
    if len(data) > MAX_BYTES:
        raise NoQuestionnaire(
            f"{name}: 大きすぎます ({MAX_BYTES // 1_000_000} MBまで)。",
            f"{name}: is too large ({MAX_BYTES // 1_000_000} MB at most).",
        )
    try:
        line, said = _hostile(data)
        if said is not None:
            return None, [Problem(name, line, "", said)]
        raw = parse_yaml(data)
        tree = yaml.compose(data, Loader=_SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        what = " ".join(str(getattr(error, "problem", None) or error).split())[:120]
        reason = Text(ja=f"YAMLとして読めません ({what})。", en=f"not valid YAML ({what}).")
        return None, [Problem(name, mark.line + 1 if mark else 1, "", reason)]
    if not both:
        raw = _in_both(raw)
    _let_texts_be_left_out(raw)
    found = list(misfits(raw, Questionnaire))
    if found:
        return None, _located(found, name, tree)
    questionnaire = msgspec.convert(raw, Questionnaire)
    return questionnaire, _located(flaws(questionnaire, load_catalog()), name, tree)


def _let_texts_be_left_out(raw: Any) -> None:
    """Free text may be left out unless the file says otherwise."""
    questions = raw.get("questions") if isinstance(raw, dict) else None
    for question in questions if isinstance(questions, list) else ():
        if isinstance(question, dict) and question.get("type") == "text":
            question.setdefault("required", False)


def _in_both(raw: Any) -> Any:
    """Let the one language of a questionnaire stand for both.

    Where some texts are in two languages a missing one is a mistake and stays missing.
    """
    said = {key for text in _texts(raw) for key, value in text.items() if value}
    return _doubled(raw) if len(said) == 1 else raw


def _texts(raw: Any) -> Iterator[dict[str, Any]]:
    """Yield what looks like a text: nothing but languages."""
    if isinstance(raw, dict) and raw and set(raw) <= set(LANGS):
        yield raw
    elif isinstance(raw, dict | list):
        for entry in raw.values() if isinstance(raw, dict) else raw:
            yield from _texts(entry)


def _doubled(raw: Any) -> Any:
    if isinstance(raw, list):
        return [_doubled(entry) for entry in raw]
    if not isinstance(raw, dict):
        return raw
    if raw and set(raw) <= set(LANGS):
        text = next((value for value in raw.values() if value), None)
        return dict.fromkeys(LANGS, text)
    return {key: _doubled(value) for key, value in raw.items()}


def _hostile(data: bytes) -> tuple[int, Text | None]:
    """Look at the stream before anything is built: no aliases (they multiply), no deep nesting."""
    depth = 0
    for event in yaml.parse(data, Loader=_SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            return line, Text(
                ja="YAMLの参照 (*名前) は使えません。書き写してください。",
                en="YAML aliases (*name) are not allowed; write it out.",
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                return line, Text(
                    ja=f"入れ子が深すぎます ({MAX_DEPTH}段まで)。",
                    en=f"nested too deeply ({MAX_DEPTH} levels at most).",
                )
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return 1, None


def _located(found: Iterable[Flaw], name: str, tree: yaml.Node | None) -> list[Problem]:
    problems = [Problem(name, _line(tree, flaw.path), flaw.key(), flaw.reason) for flaw in found]
    return sorted(problems, key=lambda problem: problem.line)


def _line(node: yaml.Node | None, path: KeyPath) -> int:
    """Return the line of ``path``, or of the nearest thing above it where it is not written."""
    if node is None:
        return 1
    line: int = node.start_mark.line + 1
    for step in path:
        below: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if str(key.value) == str(step):
                    below, line = value, key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            below = node.value[step] if step < len(node.value) else None
            line = below.start_mark.line + 1 if below else line
        if below is None:
            break
        node = below
    return line
