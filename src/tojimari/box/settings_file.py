"""The settings file: read with every mistake named at once, and one name more in it."""

import re
from pathlib import Path
from typing import Literal

import yaml

from tojimari.box.contradictions import contradictions
from tojimari.box.settings import Settings
from tojimari.catalog.conversion import Mistake, convert_whole
from tojimari.catalog.read import parse_yaml
from tojimari.model import Text, TojimariError

MOST_BYTES = 200_000


class BadSettings(TojimariError):
    """The settings cannot be used; every mistake is named with its place."""

    def __init__(self, path: str, mistakes: list[Mistake]) -> None:
        """Name all ``mistakes`` of the file ``path``."""
        self.mistakes = mistakes
        super().__init__(
            f"{path}: 直す所が{len(mistakes)}か所あります。"
            + " ".join(f"[{one.key}] {one.reason.ja}。" for one in mistakes),
            f"{path}: {len(mistakes)} to put right. "
            + " ".join(f"[{one.key}] {one.reason.en}." for one in mistakes),
        )


def read_settings(path: Path) -> Settings:
    """Return the settings in the file ``path``. Raises BadSettings, and TojimariError unread."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise TojimariError(
            f"{path}: 読めません ({error.strerror})。`tojimari box sample` で見本が出ます。",
            f"{path}: cannot be read ({error.strerror}). `tojimari box sample` prints one to start from.",
        ) from error
    if len(data) > MOST_BYTES:
        raise _whole(path, "大きすぎます (200KBまで)", "too large (200 KB at most)")
    return parse_settings(data, str(path))


def _whole(path: object, ja: str, en: str) -> BadSettings:
    return BadSettings(str(path), [Mistake("$", Text(ja=ja, en=en))])


def parse_settings(data: bytes, path: str) -> Settings:
    """Return the settings in ``data`` (YAML); ``path`` is what mistakes name. Raises BadSettings."""
    try:
        raw = parse_yaml(data)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        at = f"{mark.line + 1}:{mark.column + 1}" if mark is not None else "$"
        said = str(error.problem)[:120]
        mistake = Mistake(at, Text(ja=f"YAMLとして読めません ({said})", en=f"is no YAML ({said})"))
        raise BadSettings(path, [mistake]) from error
    except (yaml.YAMLError, UnicodeError, RecursionError, ValueError) as error:
        raise _whole(path, "YAMLとして読めません", "is no YAML") from error
    settings, mistakes = convert_whole(raw, Settings)
    if settings is not None:
        mistakes = list(contradictions(settings))
    if settings is None or mistakes:
        raise BadSettings(path, mistakes)
    return settings


def with_allowed(data: bytes, path: str, name: str) -> bytes:
    """Return the settings file with ``name`` under dns.allow. See ``with_name``."""
    return with_name(data, path, name, "allow")


def with_name(data: bytes, path: str, name: str, to: Literal["allow", "block"]) -> bytes:
    """Return the settings file with ``name`` under dns.allow or dns.block, and not under the other.

    Every other letter stays as it was. Raises BadSettings where the file, or the name, cannot be
    used; TojimariError where nothing filters names, or the name stands there already.
    """
    settings = parse_settings(data, path)
    if settings.dns is None:
        raise TojimariError(
            f"{path}: dns がないので、名前は止められていません。",
            f"{path}: has no dns, so no name is blocked.",
        )
    lists = {"allow": settings.dns.allow, "block": settings.dns.block}
    other: Literal["allow", "block"] = "block" if to == "allow" else "allow"
    if name in lists[to]:
        raise TojimariError(
            f"{name}: もう{'許されて' if to == 'allow' else '止められて'}います。",
            f"{name}: is {'allowed' if to == 'allow' else 'blocked'} already.",
        )
    text = data.decode()
    if name in lists[other]:
        text = _without_line(text, other, name)
    changed = _with_line(text, to, name)
    wanted = {to: (*lists[to], name), other: tuple(one for one in lists[other] if one != name)}
    try:
        after = parse_settings(changed.encode(), path).dns
    except BadSettings:
        if name not in lists[other]:
            raise
        after = None  # it still stands under the other: it could not be taken out
    if after is None or {"allow": after.allow, "block": after.block} != wanted:
        raise TojimariError(
            f"{path}: dns の allow と block を1行に1つずつ書いてください (例: `    - {name}`)。",
            f"{path}: write dns.allow and dns.block with one name a line (such as `    - {name}`).",
        )
    return changed.encode()


def _listed(text: str, key: str) -> re.Match[str] | None:
    """Return where a list of names stands: its indent, its remark, its lines."""
    return re.search(
        rf"^( +){key}:[ \t]*(?:\[\])?[ \t]*(#[^\n]*)?\n((?:\1 *- [^\n]*\n)*)", text, re.M
    )


def _without_line(text: str, key: str, name: str) -> str:
    """Return ``text`` without the line for ``name`` in a list; without the list where it was the last."""
    listed = _listed(text, key)
    if listed is None:
        return text
    rows = listed[3].splitlines(keepends=True)
    left = [row for row in rows if row.partition("#")[0].strip(" \n") != f"- {name}"]
    if left or not rows:
        return text[: listed.start(3)] + "".join(left) + text[listed.end(3) :]
    note = f"  {listed[2]}" if listed[2] else ""
    return text[: listed.start()] + f"{listed[1]}{key}: []{note}\n" + text[listed.end() :]


def _with_line(text: str, key: str, name: str) -> str:
    """Return ``text`` with a line for ``name`` at the end of a list, or with that list."""
    listed = _listed(text, key)
    if listed is not None:
        pad = re.match(r" *", listed[3])
        step = pad[0] if pad is not None and listed[3] else listed[1] + "  "
        note = f"  {listed[2]}" if listed[2] else ""
        made = f"{listed[1]}{key}:{note}\n{listed[3]}{step}- {name}\n"
        return text[: listed.start()] + made + text[listed.end() :]
    return re.sub(
        r"^dns:[ \t]*(?:#[^\n]*)?\n",
        lambda found: f"{found[0]}  {key}:\n    - {name}\n",
        text,
        count=1,
        flags=re.MULTILINE,
    )
