"""Reads programmes of others from a file or a folder: all of them or none, every mistake named."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import yaml

from tojimari.catalog.conversion import Mistake, convert_whole
from tojimari.catalog.linter import Linter
from tojimari.catalog.load import Catalog
from tojimari.catalog.money import Programme
from tojimari.catalog.money_consistency import check_programme
from tojimari.catalog.problems import Problem
from tojimari.catalog.programme_files.jgrants import BadCalls, calls
from tojimari.catalog.programme_files.sheet import BadSheet, csv_rows, xlsx_rows
from tojimari.catalog.programme_files.short import LETTERS_AT_MOST, WORDS, whole_form
from tojimari.catalog.read import parse_yaml, texts
from tojimari.model import Text, TojimariError
from tojimari.model.text import LANGS

BYTES_AT_MOST = 5_000_000
PROGRAMMES_AT_MOST = 500
FILES_AT_MOST = 500
_DEPTH_AT_MOST = 12
_SCALAR_AT_MOST = 4_000
"""Letters of one value: YAML reads 1:1:1... as a number, which takes the square of its length."""
_YAML = (".yaml", ".yml")
_TABLES = (".csv", ".tsv", ".txt")


class BadProgrammeFile(TojimariError):
    """A file that cannot be read at all; nothing was taken."""


class ProgrammeFile(msgspec.Struct, frozen=True):
    """What a file holds.

    Attributes:
        programmes: every one without a mistake, in the order of the file.
        problems: every mistake of all the others, with file and key.
    """

    programmes: tuple[Programme, ...]
    problems: tuple[Problem, ...]


def read_programmes(name: str, data: bytes, catalog: Catalog, *, seen: date) -> ProgrammeFile:
    """Return the programmes of a file and every mistake in it.

    name: its name; the end says what it is (yaml, csv, xlsx, json of Jグランツ).
    seen: the day on which a file of Jグランツ was fetched.
    Raises BadProgrammeFile where it cannot be read at all.
    """
    if len(data) > BYTES_AT_MOST:
        raise BadProgrammeFile(
            f"{name}: 大きすぎます (5 MBまで)。", f"{name}: is too large (5 MB at most)."
        )
    try:
        entries = _entries(name, data, seen)
    except (BadSheet, BadCalls) as error:
        raise BadProgrammeFile(
            f"{name}: {error.say('ja')}", f"{name}: {error.say('en')}"
        ) from error
    if len(entries) > PROGRAMMES_AT_MOST:
        raise BadProgrammeFile(
            f"{name}: 制度が多すぎます ({PROGRAMMES_AT_MOST}件まで)。",
            f"{name}: holds too many programmes ({PROGRAMMES_AT_MOST} at most).",
        )
    return _checked(name, entries, catalog)


def read_folder_of_programmes(folder: Path, catalog: Catalog, *, seen: date) -> ProgrammeFile:
    """Return the programmes of every YAML file of a folder; links out of it are not followed.

    Raises BadProgrammeFile where the folder cannot be read.
    """
    try:
        paths = sorted(p for p in folder.iterdir() if p.suffix in _YAML and p.is_file())
    except OSError as error:
        raise BadProgrammeFile(
            f"{folder}: フォルダーを読めません ({error.strerror})。",
            f"{folder}: the folder cannot be read ({error.strerror}).",
        ) from error
    found: dict[str, Programme] = {}
    problems: list[Problem] = []
    for path in paths[:FILES_AT_MOST]:
        try:
            read = read_programmes(path.name, path.read_bytes(), catalog, seen=seen)
        except BadProgrammeFile as error:
            named = f"{path.name}: "
            ja, en = (error.say(lang).removeprefix(named) for lang in LANGS)
            problems.append(Problem(path.name, "$", Text(ja=ja, en=en)))
            continue
        except OSError as error:
            said = error.strerror or ""
            problems.append(
                Problem(path.name, "$", Text(ja=f"読めません ({said})", en=f"unreadable ({said})"))
            )
            continue
        problems += read.problems
        for one in read.programmes:
            if one.id in found:
                problems.append(_twice(path.name, one.id, ""))
            found[one.id] = one
    return ProgrammeFile(tuple(found.values()), tuple(problems))


def written(programme: Programme) -> bytes:
    """Return a programme as the YAML file that reads back as the same."""
    plain = _without_empty(msgspec.to_builtins(programme, builtin_types=(date,)))
    text = yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=1000)
    return text.encode()


def _without_empty(value: Any) -> Any:
    """Return what is filled in: what is left out means the same when it is read back."""
    if isinstance(value, dict):
        made = {key: _without_empty(one) for key, one in value.items()}
        return {key: one for key, one in made.items() if one not in (None, "", [], False)}
    return [_without_empty(one) for one in value] if isinstance(value, tuple | list) else value


def _entries(name: str, data: bytes, seen: date) -> list[tuple[str, Any]]:
    """Return (where in the file, raw entry); of tables and of Jグランツ already in the short form."""
    suffix = Path(name).suffix.lower()
    if suffix in _YAML:
        return _of_yaml(name, data)
    if suffix in _TABLES:
        return [(f"{number}", row) for number, row in csv_rows(data)]
    if suffix == ".xlsx":
        return [(f"{number}", row) for number, row in xlsx_rows(data)]
    if suffix == ".json":
        raw = _of_json(name, data)
        return [(f"result[{n}]", call) for n, call in enumerate(calls(raw, seen))]
    raise BadProgrammeFile(
        f"{name}: 読めるのは .yaml .csv .xlsx と、Jグランツの .json です。",
        f"{name}: readable are .yaml, .csv, .xlsx and .json of Jgrants.",
    )


def _of_json(name: str, data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        said = " ".join(str(error).split())[:120]
        raise BadProgrammeFile(
            f"{name}: JSONとして読めません ({said})。", f"{name}: is not valid JSON ({said})."
        ) from error


def _of_yaml(name: str, data: bytes) -> list[tuple[str, Any]]:
    try:
        refuse_tricks(name, data)
        raw = parse_yaml(data)
    except (yaml.YAMLError, RecursionError, ValueError, ArithmeticError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f"{mark.line + 1}" if mark else "?"
        said = " ".join(str(getattr(error, "problem", None) or error).split())[:120]
        raise BadProgrammeFile(
            f"{name}: {line}行目がYAMLとして読めません ({said})。",
            f"{name}: is not valid YAML, line {line} ({said}).",
        ) from error
    several = raw if isinstance(raw, list) else [raw]
    return [(f"[{n}]" if isinstance(raw, list) else "", one) for n, one in enumerate(several)]


def refuse_tricks(name: str, data: bytes) -> None:
    """Refuse what multiplies or nests without end, before anything is built."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    for event in yaml.parse(data, Loader=loader):
        if isinstance(event, yaml.AliasEvent):
            raise BadProgrammeFile(
                f"{name}: YAMLの別名 (*名前) は使えません。そのまま書いてください。",
                f"{name}: YAML aliases (*name) are not allowed; write it out.",
            )
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            depth += 1
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            depth -= 1
        if isinstance(event, yaml.ScalarEvent) and len(event.value) > _SCALAR_AT_MOST:
            line = event.start_mark.line + 1 if event.start_mark else "?"
            raise BadProgrammeFile(
                f"{name}: {line}行目が長すぎます。", f"{name}: line {line} is too long."
            )
        if depth > _DEPTH_AT_MOST:
            raise BadProgrammeFile(
                f"{name}: 入れ子が深すぎます。", f"{name}: is nested too deeply."
            )


def _checked(name: str, entries: Iterable[tuple[str, Any]], catalog: Catalog) -> ProgrammeFile:
    lint = Linter(catalog.content)
    found: dict[str, Programme] = {}
    for at, raw in entries:
        under = f"{at}: " if at else ""
        if not isinstance(raw, dict):
            lint.add(name, at or "$", "項目: 値 の並びではありません", "is no mapping of keys")
            continue
        programme, mistakes = convert_whole(whole_form(raw), Programme)
        lint.problems += [Problem(name, f"{under}{m.key}", _in_words(m)) for m in mistakes]
        if programme is None:
            continue
        before = len(lint.problems)
        check_programme(lint, name, programme, catalog.money, under)
        _lengths(lint, name, programme, under)
        if programme.id in found:
            lint.problems.append(_twice(name, programme.id, under))
        if len(lint.problems) == before:
            found[programme.id] = programme
    return ProgrammeFile(tuple(found.values()), tuple(lint.problems))


def _in_words(mistake: Mistake) -> Text:
    """Return why something does not fit; what may be chosen is named in Japanese, too."""
    words = WORDS.get(mistake.key)
    if words is None or mistake.reason.en == "is missing":
        return mistake.reason
    return Text(ja=f"使えるもの: {'、'.join(words)}", en=mistake.reason.en)


def _lengths(lint: Linter, name: str, programme: Programme, under: str) -> None:
    for path, text in texts(programme):
        if not text.ja.strip():
            lint.add(name, f"{under}{path.removeprefix('$.')}", "空です", "is empty")
        if len(text.ja) > LETTERS_AT_MOST or len(text.en) > LETTERS_AT_MOST:
            lint.add(
                name,
                f"{under}{path.removeprefix('$.')}",
                f"長すぎます ({LETTERS_AT_MOST}字まで)",
                f"is too long ({LETTERS_AT_MOST} letters at most)",
            )


def _twice(name: str, id_: str, under: str) -> Problem:
    return Problem(
        name,
        f"{under}id",
        Text(ja=f"「{id_}」が二度あります", en=f"{id_!r} is given twice"),
    )
