"""Reads answers from a YAML file: all of them or none, and every mistake is named."""

from pathlib import Path

from tojimari.ask.answers import BadAnswer
from tojimari.ask.diagnosis import parse_answer
from tojimari.catalog import Catalog
from tojimari.model import Answer, TojimariError

MAX_BYTES = 1_000_000


class BadAnswersFile(TojimariError):
    """The answers file could not be used; nothing was saved."""


def _refuse(path: Path, ja: str, en: str) -> BadAnswersFile:
    return BadAnswersFile(
        f"{path}: {ja} 何も保存していません。", f"{path}: {en} Nothing was saved."
    )


def read_answers(path: Path, catalog: Catalog) -> list[Answer]:
    """Return the answers of a file ``answers: {question id: option id | [ids] | number}``.

    Raises BadAnswersFile naming the file and every wrong key.
    """
    import yaml

    from tojimari.catalog.read import parse_yaml

    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _refuse(
            path,
            f"読めません ({error.strerror})。場所と権限を確かめてください。",
            f"cannot be read ({error.strerror}). Check the place and its permissions.",
        ) from error
    if len(data) > MAX_BYTES:
        raise _refuse(path, "大きすぎます (1 MBまで)。", "is too large (1 MB at most).")
    try:
        raw = parse_yaml(data)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where_ja = f"{mark.line + 1}行目" if mark else ""
        where_en = f", line {mark.line + 1}" if mark else ""
        problem = " ".join(str(getattr(error, "problem", None) or error).split())[:120]
        raise _refuse(
            path,
            f"{where_ja}がYAMLとして読めません ({problem})。",
            f"is not valid YAML{where_en} ({problem}).",
        ) from error
    answers = raw.get("answers") if isinstance(raw, dict) else None
    if not isinstance(answers, dict):
        raise _refuse(
            path,
            "先頭に「answers:」が要ります。その下に「質問のid: 答え」と書きます。",
            'needs "answers:" at the top, with "question id: answer" below it.',
        )
    good: list[Answer] = []
    wrong: list[BadAnswer] = []
    for key, given in answers.items():
        question = catalog.questions.get(str(key))
        if question is None:
            wrong.append(BadAnswer(f"{key}: この質問はありません。", f"{key}: no such question."))
            continue
        try:
            good.append(parse_answer(question, given))
        except BadAnswer as error:
            wrong.append(error)
    if wrong:
        raise _refuse(
            path,
            " / ".join(error.say("ja") for error in wrong[:5]),
            " / ".join(error.say("en") for error in wrong[:5]),
        )
    return good
