"""Compares what was read with the shape it must have and names everything that does not fit.

msgspec stops at the first mistake; somebody who writes a questionnaire by hand wants them all.
"""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from tojimari.model import Text
from tojimari.model.conditions import KeyPath
from tojimari.survey.problems import Flaw

LANGUAGES = {"ja": Text(ja="日本語", en="Japanese"), "en": Text(ja="英語", en="English")}


@cache
def _shape_of(shape: type) -> inspect.Type:
    return inspect.type_info(shape)


def misfits(raw: object, shape: type[msgspec.Struct]) -> Iterator[Flaw]:
    """Yield everything in ``raw`` (plain lists, dicts, scalars) that does not fit ``shape``."""
    yield from _compare(raw, _shape_of(shape), ())


def _flaw(path: KeyPath, ja: str, en: str) -> Flaw:
    return Flaw(path, Text(ja=ja, en=en))


def _compare(raw: object, shape: inspect.Type, path: KeyPath) -> Iterator[Flaw]:
    match shape:
        case inspect.UnionType(types=kinds):
            if raw is None:
                return
            yield from _compare(
                raw, next(k for k in kinds if not isinstance(k, inspect.NoneType)), path
            )
        case inspect.StructType():
            yield from _struct(raw, shape, path)
        case inspect.VarTupleType(item_type=item):
            if isinstance(raw, list):
                for index, entry in enumerate(raw):
                    yield from _compare(entry, item, (*path, index))
            else:
                yield _wrong(raw, "並び (- で始まる行)", 'a list (lines with "-")', path)
        case inspect.TupleType(item_types=items):
            if isinstance(raw, list) and len(raw) == len(items):
                for index, entry in enumerate(raw):
                    yield from _compare(entry, items[index], (*path, index))
            else:
                yield _wrong(raw, f"{len(items)}つの並び", f"a list of {len(items)}", path)
        case inspect.DictType(value_type=value):
            if isinstance(raw, dict):
                for key, entry in raw.items():
                    yield from _compare(key, inspect.StrType(), (*path, str(key)))
                    yield from _compare(entry, value, (*path, str(key)))
            else:
                yield _wrong(raw, "「名前: 値」の行", '"name: value" lines', path)
        case inspect.LiteralType(values=values):
            if not isinstance(raw, str) or raw not in values:
                names = ", ".join(map(str, values))
                yield _wrong(raw, f"次のどれか: {names}", f"one of: {names}", path)
        case _:
            yield from _scalar(raw, shape, path)


def _struct(raw: object, shape: inspect.StructType, path: KeyPath) -> Iterator[Flaw]:
    if not isinstance(raw, dict):
        yield _wrong(raw, "「名前: 値」の行", '"name: value" lines', path)
        return
    fields = {field.encode_name: field for field in shape.fields}
    for key in raw:
        if key not in fields:
            known = ", ".join(fields)
            yield _flaw(
                (*path, str(key)),
                f"知らない項目です。使えるのは: {known}",
                f"unknown key. Known are: {known}",
            )
    for name, field in fields.items():
        if name in raw:
            yield from _compare(raw[name], field.type, (*path, name))
            if shape.cls is Text and isinstance(raw[name], str) and not raw[name].strip():
                yield _missing(name, path)
        elif field.required:
            yield (
                _missing(name, path)
                if shape.cls is Text
                else _flaw(path, f"「{name}」が足りません。", f"{name!r} is missing.")
            )


def _missing(name: str, path: KeyPath) -> Flaw:
    language = LANGUAGES[name]
    return _flaw(
        path, f"{language.ja}の文 ({name}) がありません。", f"the {language.en} text is missing."
    )


def _scalar(raw: object, shape: inspect.Type, path: KeyPath) -> Iterator[Flaw]:
    match shape:
        case inspect.StrType():
            if isinstance(raw, bool):
                # YAML reads a bare yes, no, on, off as a truth value.
                yield _flaw(
                    path,
                    f"YAMLはこれを真偽 ({str(raw).lower()}) と読みます。引用符で囲んでください。",
                    f"YAML reads this as {str(raw).lower()}. Put it in quotes.",
                )
            elif not isinstance(raw, str):
                yield _wrong(raw, "文字 (引用符で囲む)", "text (in quotes)", path)
        case inspect.BoolType():
            if not isinstance(raw, bool):
                yield _wrong(raw, "true か false", "true or false", path)
        case inspect.IntType():
            if isinstance(raw, bool) or not isinstance(raw, int) or abs(raw) > 2**53:
                yield _wrong(raw, "整数", "a whole number", path)
        case inspect.FloatType():
            if (
                isinstance(raw, bool)
                or not isinstance(raw, int | float)
                or not abs(raw) <= 2**53  # also refuses NaN
            ):
                yield _wrong(raw, "数", "a number", path)
        case inspect.DateType():
            if not isinstance(raw, date) or isinstance(raw, datetime):
                yield _wrong(raw, "日付 (年-月-日)", "a date (YYYY-MM-DD)", path)
        case _:  # pragma: no cover  # a new kind of field needs a rule here
            raise TypeError(f"no rule for {shape!r}")


def _wrong(raw: Any, ja: str, en: str, path: KeyPath) -> Flaw:
    given = f"{raw!r:.40}"
    if raw is None:
        return _flaw(path, f"空です。{ja}を書いてください。", f"is empty; give {en}.")
    return _flaw(
        path, f"{given} は使えません。要るのは{ja}です。", f"{given} does not fit; give {en}."
    )
