"""Reads the catalog's YAML files into their shapes; says file and key of whatever does not fit."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from tojimari.catalog.chain import ChainModel
from tojimari.catalog.conversion import convert_whole
from tojimari.catalog.drill_machines import DrillMachines
from tojimari.catalog.drill_record import DrillRecord
from tojimari.catalog.drill_template import DrillCueKind, DrillTemplate
from tojimari.catalog.expertise import ExpertField, Expertise
from tojimari.catalog.lender_policy import LenderPolicy
from tojimari.catalog.lesson import LearningRecord, Lesson
from tojimari.catalog.money import (
    Condition,
    InsuranceTopic,
    MoneyKnowledge,
    Paper,
    Programme,
    SizeWord,
)
from tojimari.catalog.paper import PaperKind
from tojimari.catalog.playbook import (
    Asked,
    Contact,
    Draft,
    Duty,
    IncidentKnowledge,
    IncidentQuestion,
    IncidentTask,
    Playbook,
)
from tojimari.catalog.problems import CatalogError, Problem
from tojimari.catalog.requirement import FairTrade, Requirement
from tojimari.catalog.schema import (
    Content,
    Control,
    FactKind,
    Framework,
    MailSignal,
    Meta,
    Place,
    PreparedAnswer,
    Question,
    Reason,
    SourceEntry,
    Survey,
    Threat,
    Trick,
)
from tojimari.catalog.task_kind import TaskKind
from tojimari.catalog.watch_rule import (
    KnockPort,
    SensorYear,
    SignalKind,
    WatchKnowledge,
    WatchRule,
)
from tojimari.model import Text

_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
T = TypeVar("T")


class _Loader(_SafeLoader):  # type: ignore[misc]  # the C loader has no static type
    """YAML without surprises: a key given twice is an error, not "the last one wins"."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str | int | float | bool):
            raise yaml.constructor.ConstructorError(
                None, None, "key is not plain text", key_node.start_mark
            )
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"key {key!r} is given twice", key_node.start_mark
            )
        seen.add(key)
    result: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    return result


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def parse_yaml(data: bytes) -> Any:
    """Parse one YAML document strictly (safe types only, no duplicate keys).

    Raises yaml.YAMLError, or UnicodeDecodeError/RecursionError for hostile input.
    """
    return yaml.load(data, Loader=_Loader)  # noqa: S506  # _Loader is a safe loader


def files(root: Path) -> list[Path]:
    """Return every YAML file of the catalog below ``root``, sorted."""
    return sorted(root.rglob("*.yaml"))


def digest(root: Path) -> str:
    """Return the SHA-256 of names and contents of the catalog's files (hex)."""
    total = hashlib.sha256()
    for path in files(root):
        total.update(path.relative_to(root).as_posix().encode() + b"\0")
        total.update(path.read_bytes() + b"\0")
    return total.hexdigest()


class _Reader:
    """Reads one catalog folder and collects problems instead of stopping at the first."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Problem] = []

    def problem(self, file: str, key: str, ja: str, en: str) -> None:
        self.problems.append(Problem(file, key, Text(ja=ja, en=en)))

    def document(self, path: Path) -> Any:
        name = path.relative_to(self.root).as_posix()
        try:
            return parse_yaml(path.read_bytes())
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError, OSError) as error:
            said = " ".join(str(error).split())
            self.problem(name, "$", f"YAMLとして読めません ({said})", f"not valid YAML ({said})")
            return None

    def convert(self, raw: Any, shape: type[T], name: str, under: str = "$") -> T | None:
        try:
            return msgspec.convert(raw, shape)
        except (msgspec.ValidationError, TypeError, ValueError) as error:
            said = str(error)
            message, _, at = said.partition(" - at `")
            key = at.rstrip("`").replace("$", under, 1) if at else under
            self.problem(name, key, f"形が合いません ({message})", f"wrong shape ({message})")
            return None

    def every_mistake(self, raw: Any, shape: type[Any], name: str) -> Any:
        entry, mistakes = convert_whole(raw, shape)
        for mistake in mistakes:
            self.problems.append(Problem(name, mistake.key, mistake.reason))
        return entry

    def folder(self, folder: str, shape: type[T], *, whole: bool = False) -> dict[str, T]:
        """Read a file an entry; with ``whole`` every mistake of a file is named at once."""
        found: dict[str, T] = {}
        for path in sorted((self.root / folder).glob("*.yaml")):
            name = path.relative_to(self.root).as_posix()
            raw = self.document(path)
            if raw is None:
                continue
            entry = (self.every_mistake if whole else self.convert)(raw, shape, name)
            if entry is None:
                continue
            entry_id = str(getattr(entry, "id", ""))
            if entry_id != path.stem:
                self.problem(
                    name,
                    "id",
                    f"id「{entry_id}」がファイル名と違います",
                    f"id {entry_id!r} is not the file's name",
                )
            found[entry_id] = entry
        return found

    def one(self, file: str, shape: type[T]) -> T | None:
        """Read a file that is one entry."""
        path = self.root / file
        raw = self.document(path) if path.exists() else None
        return None if raw is None else self.convert(raw, shape, file)

    def single(self, file: str, shape: type[T]) -> dict[str, T]:
        """Read a file that maps ids to entries; the id is put into the entry where it has one."""
        found: dict[str, T] = {}
        path = self.root / file
        if not path.exists():
            self.problem(file, "$", "ファイルがありません", "file is missing")
            return found
        raw = self.document(path)
        if not isinstance(raw, dict):
            self.problem(
                file, "$", "id: 内容 の並びではありません", "is not a mapping of id: entry"
            )
            return found
        has_id = "id" in shape.__annotations__
        for key, value in raw.items():
            if has_id and isinstance(value, dict):
                value = {"id": key, **value}
            entry = self.convert(value, shape, file, str(key))
            if entry is not None:
                found[str(key)] = entry
        return found


def _by(entries: dict[str, T], *keys: str) -> dict[str, T]:
    return dict(
        sorted(entries.items(), key=lambda pair: tuple(getattr(pair[1], key) for key in keys))
    )


class _Asks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``incident/asks.yaml`` holds."""

    always: tuple[Text, ...]
    asks: tuple[Asked, ...]
    sheet: tuple[Text, ...]


def _incidents(reader: _Reader, root: Path) -> IncidentKnowledge:
    """Read what is done on a bad day."""
    raw = reader.document(root / "incident" / "asks.yaml")
    common = reader.convert(raw, _Asks, "incident/asks.yaml") if raw is not None else None
    return IncidentKnowledge(
        always=common.always if common else (),
        asks=common.asks if common else (),
        sheet=common.sheet if common else (),
        contacts=reader.single("incident/contacts.yaml", Contact),
        questions=reader.single("incident/questions.yaml", IncidentQuestion),
        tasks=reader.single("incident/tasks.yaml", IncidentTask),
        duties=_by(reader.single("incident/duties.yaml", Duty), "order", "id"),
        drafts=reader.single("incident/drafts.yaml", Draft),
        playbooks=_by(reader.folder("playbooks", Playbook), "order", "id"),
    )


def _money(reader: _Reader) -> MoneyKnowledge:
    """Read what is known about money and help."""
    return MoneyKnowledge(
        programmes=reader.folder("money/programmes", Programme, whole=True),
        sizes=reader.single("money/sizes.yaml", SizeWord),
        conditions=reader.single("money/conditions.yaml", Condition),
        papers=reader.single("money/papers.yaml", Paper),
        insurance=reader.single("money/insurance.yaml", InsuranceTopic),
    )


def _fair_trade(reader: _Reader, root: Path) -> FairTrade | None:
    """Read the rules a buyer is reminded of; None where a catalog has none."""
    path = root / "fair_trade.yaml"
    raw = reader.document(path) if path.exists() else None
    return reader.convert(raw, FairTrade, path.name) if raw is not None else None


def _drill_machines(reader: _Reader, root: Path) -> DrillMachines:
    """Read what gives machines away at a drill."""
    raw = reader.document(root / "drill_machines.yaml")
    read = reader.convert(raw, DrillMachines, "drill_machines.yaml") if raw is not None else None
    return read or DrillMachines()


def _watch(reader: _Reader) -> WatchKnowledge:
    """Read what is known about signals."""
    return WatchKnowledge(
        kinds=_by(reader.single("watch/kinds.yaml", SignalKind), "order", "id"),
        rules=_by(reader.single("watch/rules.yaml", WatchRule), "order", "id"),
        ports=_by(reader.single("watch/ports.yaml", KnockPort), "port", "id"),
        sensor_years=_by(reader.single("watch/sensor_years.yaml", SensorYear), "year", "id"),
    )


_STAGES = {"profile": 0, "basics": 1, "items25": 2, "more": 3}


def read_folder(root: Path) -> tuple[Content, list[Problem]]:
    """Read every file below ``root``. Returns what could be read and what did not fit.

    Raises CatalogError when not even ``meta.yaml`` can be read.
    """
    reader = _Reader(root)
    meta_path = root / "meta.yaml"
    raw_meta = reader.document(meta_path) if meta_path.exists() else None
    meta = reader.convert(raw_meta, Meta, "meta.yaml") if raw_meta is not None else None
    if meta is None:
        reader.problem("meta.yaml", "$", "読めません", "cannot be read")
        raise CatalogError(reader.problems)
    questions = reader.folder("questions", Question)
    content = Content(
        meta=meta,
        sources=reader.single("sources.yaml", SourceEntry),
        threats=reader.single("threats.yaml", Threat),
        places=reader.single("places.yaml", Place),
        controls=_by(reader.folder("controls", Control), "id"),
        questions=dict(
            sorted(questions.items(), key=lambda p: (_STAGES[p[1].stage], p[1].order, p[0]))
        ),
        facts=reader.folder("facts", FactKind),
        frameworks=_by(reader.folder("frameworks", Framework), "order", "id"),
        surveys=reader.folder("peers", Survey),
        reasons=reader.single("reasons.yaml", Reason),
        ui=reader.single("ui.yaml", Text),
        signals=reader.folder("signals", MailSignal),
        tricks=reader.folder("tricks", Trick),
        answers=reader.folder("answers", PreparedAnswer),
        lessons=_by(reader.folder("lessons", Lesson), "order", "id"),
        learning=reader.single("learning.yaml", LearningRecord),
        drill_records=reader.single("drill_records.yaml", DrillRecord),
        incidents=_incidents(reader, root),
        papers=_by(reader.folder("papers", PaperKind), "order", "id"),
        expertise=Expertise(
            fields=_by(reader.single("experts/fields.yaml", ExpertField), "order", "id"),
        ),
        money=_money(reader),
        task_kinds=_by(reader.single("task_kinds.yaml", TaskKind), "order", "id"),
        requirements=_by(reader.folder("requirements", Requirement), "order", "id"),
        fair_trade=_fair_trade(reader, root),
        chain=reader.one("chain.yaml", ChainModel),
        policies=reader.folder("policies", LenderPolicy, whole=True),
        drills=_by(reader.folder("drills", DrillTemplate), "order", "id"),
        drill_cues=reader.single("drill_cues.yaml", DrillCueKind),
        drill_machines=_drill_machines(reader, root),
        watch=_watch(reader),
    )
    return content, reader.problems


def texts(value: Any, path: str = "$") -> Iterator[tuple[str, Text]]:
    """Yield every Text inside ``value`` with its path."""
    if isinstance(value, Text):
        yield path, value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from texts(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from texts(entry, f"{path}.{key}")
    elif isinstance(value, tuple | list):
        for index, entry in enumerate(value):
            yield from texts(entry, f"{path}[{index}]")
