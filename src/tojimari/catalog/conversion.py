"""Turns plain data into a shape and names every mistake in it, not only the first."""

import types
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from tojimari.model import Text

T = TypeVar("T", bound=msgspec.Struct)


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
        return [_wrong(path, str(error).partition(" - at `")[0])]
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
