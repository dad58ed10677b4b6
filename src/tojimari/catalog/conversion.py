"""Turns plain data into a shape and names every mistake in it, not only the first."""

import types
from datetime import date
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from tojimari.model import Text

T = TypeVar("T", bound=msgspec.Struct)
_PLAIN = (
    (date, "2027-06-30 のような日付ではありません", "is no day such as 2027-06-30"),
    (int, "使える数ではありません", "is no number that fits here"),
    (bool, "true か false ではありません", "is neither true nor false"),
)


class Mistake(msgspec.Struct, frozen=True):
    """Something that does not fit: where (``rounds[0].closes``), and why."""

    key: str
    reason: Text


def convert_whole(raw: object, shape: type[T]) -> tuple[T | None, list[Mistake]]:
    """Return ``raw`` as ``shape``, or None with every mistake in it.

    raw: what YAML or JSON decoded to.
    """
    mistakes = list(_mistakes(raw, shape, ""))
    if mistakes:
        return None, mistakes
    try:
        return msgspec.convert(raw, shape), []
    except (msgspec.ValidationError, TypeError, ValueError, RecursionError) as error:
        return None, [_wrong("$", str(error))]


def _mistakes(raw: object, hint: Any, path: str) -> list[Mistake]:
    """Return every mistake below ``path``; structs and rows of structs are gone through."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return _in_struct(raw, hint, path)
    of = _struct_in_rows(hint)
    if of is not None and isinstance(raw, list):
        return [m for n, one in enumerate(raw) for m in _in_struct(one, of, f"{path}[{n}]")]
    inner = _optional_struct(hint)
    if inner is not None and raw is not None:
        return _in_struct(raw, inner, path)
    try:
        msgspec.convert(raw, hint)
    except (msgspec.ValidationError, TypeError, ValueError, RecursionError) as error:
        return [_explained(path, hint) or _wrong(path, str(error).partition(" - at `")[0])]
    return []


def _in_struct(raw: object, shape: type[msgspec.Struct], path: str) -> list[Mistake]:
    if not isinstance(raw, dict):
        return [_wrong(path or "$", "Expected `object`")]
    hints = get_type_hints(shape, include_extras=True)
    found = []
    for key in raw:
        if key not in hints:
            found.append(_unknown(_under(path, str(key)[:60]), str(key), list(hints)))
    for field in msgspec.structs.fields(shape):
        at = _under(path, field.name)
        if field.name in raw:
            found += _mistakes(raw[field.name], hints[field.name], at)
        elif field.required:
            found.append(Mistake(at, Text(ja="書かれていません", en="is missing")))
    return found


def _under(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _explained(key: str, hint: Any) -> Mistake | None:
    """Return the mistake in plain words, where what belongs there can be named."""
    for part in _parts(hint):
        if isinstance(part, msgspec.Meta) and part.extra:
            return Mistake(key, Text(ja=part.extra["ja"], en=part.extra["en"]))
        if get_origin(part) is Literal:
            can_be = ", ".join(str(one) for one in get_args(part))
            return Mistake(key, Text(ja=f"使えるもの: {can_be}", en=f"is one of: {can_be}"))
        for kind, ja, en in _PLAIN:
            if part is kind:
                return Mistake(key, Text(ja=ja, en=en))
    return None


def _parts(hint: Any) -> list[Any]:
    """Return a type with what it is annotated by, and what it may be instead."""
    if get_origin(hint) is Annotated:
        return [*getattr(hint, "__metadata__", ()), *_parts(get_args(hint)[0])]
    if get_origin(hint) in (Union, types.UnionType):
        return [part for one in get_args(hint) for part in _parts(one)]
    return [hint]


def _wrong(key: str, said: str) -> Mistake:
    said = said.replace("\n", " ")[:200]
    return Mistake(key, Text(ja=f"形が合いません ({said})", en=f"wrong shape ({said})"))


def _unknown(at: str, key: str, known: list[str]) -> Mistake:
    import difflib

    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    ja = f" もしかして: {near[0]}" if near else ""
    en = f" Did you mean {near[0]}?" if near else ""
    return Mistake(at, Text(ja=f"この項目はありません。{ja}", en=f"there is no such key.{en}"))


def _struct_in_rows(hint: Any) -> type[msgspec.Struct] | None:
    if get_origin(hint) is tuple:
        one = get_args(hint)[0]
        if isinstance(one, type) and issubclass(one, msgspec.Struct):
            return one
    return None


def _optional_struct(hint: Any) -> type[msgspec.Struct] | None:
    if get_origin(hint) in (Union, types.UnionType):
        for one in get_args(hint):
            if isinstance(one, type) and issubclass(one, msgspec.Struct):
                return one
    return None
