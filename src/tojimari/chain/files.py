"""Reads a supply chain from a file: links and firms as JSON, or links and firms as two tables.

All of it is hostile: sizes are limited, every cell is checked, and a mistake names its line.
"""

import csv
import io
from pathlib import Path
from typing import Any, get_args

import msgspec

from tojimari.chain.network import BadNetwork, Firm, Link, Network, Replace, checked
from tojimari.lib.formulas import unguard
from tojimari.model import State

SCHEMA = "tojimari.chain/1"
BYTES_AT_MOST = 80_000_000
LETTERS = 120
LINK_COLUMNS = ("supplier", "buyer", "share", "replace")
FIRM_COLUMNS = ("firm", "name", "hidden")
_YES = {"1", "yes", "true", "x", "はい"}
_NO = {"", "0", "no", "false", "いいえ"}
_STATES = get_args(State)
_REPLACE = get_args(Replace)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: str
    firms: list[Firm] = []
    links: list[Link] = []


def read_network(path: Path, firms: Path | None = None, *, controls: frozenset[str]) -> Network:
    """Return the network of ``path`` (.json, or .csv of links) and of a table of ``firms``.

    controls: the ids that states may name. Raises BadNetwork, naming file and line.
    """
    if path.suffix.lower() == ".json":
        if firms is not None:
            raise BadNetwork(
                f"{path}: JSON には会社も書きます。--firms は表 (CSV) のときだけ使えます。",
                f"{path}: JSON holds the firms too. --firms goes with a table (CSV) alone.",
            )
        return _of_json(path, controls)
    links = [_link(path, row, line) for line, row in _rows(path, LINK_COLUMNS[:2])]
    named = [] if firms is None else _firms(firms, controls)
    return checked(named, links)


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(BYTES_AT_MOST + 1)
    except OSError as error:
        raise BadNetwork(
            f"{path}: 読めません ({error.strerror})。場所を確かめてください。",
            f"{path}: cannot be read ({error.strerror}). Check the place.",
        ) from error
    if len(data) > BYTES_AT_MOST:
        raise BadNetwork(
            f"{path}: 大きすぎます。{BYTES_AT_MOST // 1_000_000} MB までです。",
            f"{path}: is too large. At most {BYTES_AT_MOST // 1_000_000} MB.",
        )
    return data


def _of_json(path: Path, controls: frozenset[str]) -> Network:
    try:
        read = msgspec.json.decode(_bytes(path), type=_File)
    except (msgspec.DecodeError, RecursionError) as error:
        said = str(error)[:200]
        raise BadNetwork(
            f"{path}: 形が合いません ({said})。", f"{path}: wrong shape ({said})."
        ) from error
    if read.schema != SCHEMA:
        raise BadNetwork(
            f"{path}: schema は「{SCHEMA}」と書いてください。",
            f"{path}: schema must be {SCHEMA!r}.",
        )
    for firm in read.firms:
        _id(path, 0, firm.id)
        for control in firm.states:
            _control(path, control, controls)
    for link in read.links:
        _id(path, 0, link.supplier)
        _id(path, 0, link.buyer)
    return checked(read.firms, read.links)


def _rows(path: Path, needed: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Return a table's rows with the number of their line; every heading in small letters."""
    data = _bytes(path)
    text = None
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    if text is None:
        raise BadNetwork(
            f"{path}: 文字が読めません。UTF-8 で保存してください。",
            f"{path}: is not readable text. Save it as UTF-8.",
        )
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        head = [cell.strip().lower() for cell in next(reader, [])]
        missing = [name for name in needed if name not in head]
        if missing or len(set(head)) != len(head):
            raise BadNetwork(
                f"{path}: 1行目に列の名前が要ります: {', '.join(needed)} (同じ名前は1回だけ)。",
                f"{path}: the first line must name the columns {', '.join(needed)}, each once.",
            )
        found = []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                cells += [""] * (len(head) - len(cells))
                row = {name: unguard(cell.strip()) for name, cell in zip(head, cells, strict=False)}
                found.append((reader.line_num, row))
    except csv.Error as error:
        raise BadNetwork(
            f"{path} {reader.line_num}行目: 表として読めません ({error})。",
            f"{path} line {reader.line_num}: is no table ({error}).",
        ) from error
    return found


def _link(path: Path, row: dict[str, str], line: int) -> Link:
    replace: Any = row.get("replace", "").lower() or "unknown"
    if replace not in _REPLACE:
        raise BadNetwork(
            f"{path} {line}行目: replace は {'、'.join(_REPLACE)} のどれかです。",
            f"{path} line {line}: replace is one of {', '.join(_REPLACE)}.",
        )
    supplier, buyer = (_id(path, line, row[name]) for name in LINK_COLUMNS[:2])
    return Link(supplier, buyer, _share(path, line, row.get("share", "")), replace)


def _share(path: Path, line: int, given: str) -> float | None:
    if not given:
        return None
    number, percent = given.rstrip("%％").strip(), given[-1] in "%％"
    try:
        value = float(number) / (100 if percent else 1)
    except ValueError:
        value = -1.0
    if not 0 < value <= 1:
        raise BadNetwork(
            f"{path} {line}行目: share は 0.3 か 30% のように書きます (1 まで)。",
            f"{path} line {line}: write share like 0.3 or 30% (at most 1).",
        )
    return value


def _firms(path: Path, controls: frozenset[str]) -> list[Firm]:
    return [_firm(path, row, line, controls) for line, row in _rows(path, FIRM_COLUMNS[:1])]


def _firm(path: Path, row: dict[str, str], line: int, controls: frozenset[str]) -> Firm:
    hidden, states = row.get("hidden", "").lower(), dict[str, State]()
    if hidden not in _YES | _NO:
        raise BadNetwork(
            f"{path} {line}行目: hidden は yes か no です。",
            f"{path} line {line}: hidden is yes or no.",
        )
    for name, said in row.items():
        if name in FIRM_COLUMNS or not said:
            continue
        _control(path, name, controls)
        if said not in _STATES:
            raise BadNetwork(
                f"{path} {line}行目: {name} は {'、'.join(_STATES)} のどれかです。",
                f"{path} line {line}: {name} is one of {', '.join(_STATES)}.",
            )
        states[name] = said  # type: ignore[assignment]  # checked above
    id_ = _id(path, line, row["firm"])
    return Firm(id_, row.get("name", "")[:LETTERS], hidden in _YES, states)


def _id(path: Path, line: int, given: str) -> str:
    if not 0 < len(given) <= LETTERS or not given.isprintable():
        where_ja, where_en = (f" {line}行目", f" line {line}") if line else ("", "")
        raise BadNetwork(
            f"{path}{where_ja}: 会社の名前 (ID) は1〜{LETTERS}文字です。",
            f"{path}{where_en}: a firm is named by 1 to {LETTERS} printable letters.",
        )
    return given


def _control(path: Path, name: str, controls: frozenset[str]) -> None:
    if name not in controls:
        raise BadNetwork(
            f"{path}: 「{name[:60]}」という対策はありません。`tojimari catalog list` で一覧が出ます。",
            f"{path}: there is no control {name[:60]!r}. `tojimari catalog list` lists them.",
        )
