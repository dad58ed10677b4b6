"""The settings file: read with every mistake named at once, and one name more allowed in it."""

import re
from pathlib import Path

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
    """Return the settings file with ``name`` under dns.allow, every other letter as it was.

    Raises BadSettings where the file, or the name, cannot be used; TojimariError where nothing
    filters names, or the name is allowed already.
    """
    settings = parse_settings(data, path)
    if settings.dns is None:
        raise TojimariError(
            f"{path}: dns がないので、名前は止められていません。",
            f"{path}: has no dns, so no name is blocked.",
        )
    if name in settings.dns.allow:
        raise TojimariError(f"{name}: もう許されています。", f"{name}: is allowed already.")
    text = data.decode()
    changed = _with_line(text, name)
    after = parse_settings(changed.encode(), path)
    if after.dns is None or after.dns.allow != (*settings.dns.allow, name):
        raise TojimariError(
            f"{path}: dns の allow を1行に1つずつ書いてください (例: `    - {name}`)。",
            f"{path}: write dns.allow with one name a line (such as `    - {name}`).",
        )
    return changed.encode()


def _with_line(text: str, name: str) -> str:
    """Return ``text`` with a line for ``name`` at the end of the list ``allow``, or with that list."""
    listed = re.search(
        r"^( +)allow:[ \t]*(?:\[\])?[ \t]*(#[^\n]*)?\n((?:\1 *- [^\n]*\n)*)", text, re.M
    )
    if listed is not None:
        pad = re.match(r" *", listed[3])
        step = pad[0] if pad is not None and listed[3] else listed[1] + "  "
        note = f"  {listed[2]}" if listed[2] else ""
        made = f"{listed[1]}allow:{note}\n{listed[3]}{step}- {name}\n"
        return text[: listed.start()] + made + text[listed.end() :]
    return re.sub(
        r"^dns:[ \t]*(?:#[^\n]*)?\n",
        lambda found: f"{found[0]}  allow:\n    - {name}\n",
        text,
        count=1,
        flags=re.MULTILINE,
    )
