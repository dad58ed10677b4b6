"""Backup and restore, from one snapshot, into any supported database: also the way to move.

The file is a zip: `manifest.json` (schema, version, migrations, a count and a SHA-256 for every
table) and one `TABLE.jsonl` a table in Django's own JSON Lines form. Sessions, queued tasks and
caches are left out: people sign in again.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core import serializers
from django.core.management.color import no_style
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from tojimari import __version__
from tojimari.model import TojimariError
from tojimari.portal.drills.sending import stop_every_drill
from tojimari.portal.operate.earlier_rows import Change, changes_since, label_today, row_today
from tojimari.portal.operate.restored import hold_back

SCHEMA = "tojimari.backup/1"
LEFT_OUT = {
    "auth",
    "contenttypes",
    "sessions",
    "django_tasks",
    "django_tasks_database",
    "operate",
    "usersessions",
}
ROWS_AT_ONCE = 1000


class BadBackup(TojimariError):
    """A backup file cannot be used; the database is unchanged."""


def _tables() -> list[type[models.Model]]:
    """Return the models to keep, in an order in which every row finds what it points to."""
    chosen = [
        model
        for config in apps.get_app_configs()
        if config.label not in LEFT_OUT
        for model in config.get_models(include_auto_created=True)
    ]
    return serializers.sort_dependencies([(None, chosen)], allow_cycles=True)


def _migrations() -> dict[str, str]:
    applied = sorted(MigrationRecorder(connection).applied_migrations())
    return dict(applied)


class _Hashed(io.RawIOBase):
    """Writes text into a zip entry and keeps the hash of it."""

    def __init__(self, entry: Any) -> None:
        """Wrap an open entry."""
        self.entry, self.hash = entry, hashlib.sha256()

    def write(self, data: Any) -> int:
        """Write text or bytes."""
        raw = data.encode() if isinstance(data, str) else bytes(data)
        self.hash.update(raw)
        self.entry.write(raw)
        return len(raw)


class _Whole(DjangoJSONEncoder):
    """Django's own cuts moments to milliseconds: what comes back would not be what was kept."""

    def default(self, o: Any) -> Any:
        """Return a moment to the microsecond, and all else as Django does."""
        return o.isoformat() if isinstance(o, datetime) else super().default(o)


def backup(path: Path) -> dict[str, int]:
    """Write everything to ``path``; returns rows a table. The file appears whole or not at all."""
    partial = path.with_name(f".{path.name}.part")
    counts: dict[str, int] = {}
    try:
        partial.touch(mode=0o600)
        partial.chmod(0o600)
        # The level can be set only before a transaction's first query.
        fresh = connection.vendor == "postgresql" and not connection.in_atomic_block
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive, transaction.atomic():
            if fresh:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            manifest: dict[str, Any] = {
                "schema": SCHEMA,
                "version": __version__,
                "made_at": datetime.now(UTC).isoformat(),
                "migrations": _migrations(),
                "tables": {},
            }
            for model in _tables():
                label = model._meta.label_lower
                with archive.open(f"{label}.jsonl", "w", force_zip64=True) as entry:
                    out = _Hashed(entry)
                    counts[label] = 0
                    for row in _rows(model, counts, label):
                        out.write(row)
                manifest["tables"][label] = {
                    "rows": counts[label],
                    "sha256": out.hash.hexdigest(),
                }
            archive.writestr("manifest.json", json.dumps(manifest, indent=1))
        partial.replace(path)
    except OSError as error:
        raise BadBackup(
            f"{path}: 書き込めません ({error.strerror})。空き容量と場所を確かめてください。",
            f"{path}: cannot be written ({error.strerror}). Check free space and the place.",
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return counts


def _rows(model: type[models.Model], counts: dict[str, int], label: str) -> Iterator[str]:
    serializer = serializers.get_serializer("jsonl")()
    batch: list[models.Model] = []
    for row in model._base_manager.order_by("pk").iterator(chunk_size=ROWS_AT_ONCE):
        batch.append(row)
        if len(batch) == ROWS_AT_ONCE:
            counts[label] += len(batch)
            yield serializer.serialize(batch, cls=_Whole)
            batch = []
    if batch:
        counts[label] += len(batch)
        yield serializer.serialize(batch, cls=_Whole)


def restore(path: Path, *, moved: bool = False) -> dict[str, int]:
    """Put a backup into an empty, migrated database; returns rows a table. All or nothing.

    What companies withdrew after the backup is not in it: so nothing is shown to others until they
    say that it goes on.

    moved: the portal only moved here, and nothing was changed at the old place after the backup:
        everything goes on.

    Mail drills that were running are stopped: what they have sent since the backup is not known,
    and nobody gets such a mail twice.

    Raises BadBackup for a damaged or newer file, or a database that is not empty.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _manifest(archive, path)
            with transaction.atomic():
                _refuse_if_used()
                counts = _put(archive, manifest, path)
                stop_every_drill()
                if not moved:
                    hold_back()
                return counts
    except (OSError, zipfile.BadZipFile, KeyError, DatabaseError) as error:
        raise BadBackup(
            f"{path}: バックアップとして読めません。別のバックアップを使ってください。",
            f"{path}: is not readable as a backup. Use another one.",
        ) from error


def _batches(
    archive: zipfile.ZipFile, table: str, label: str, earlier: tuple[Change, ...]
) -> Iterator[list[models.Model]]:
    """Yield the rows of a table as they are today, some at a time."""
    with archive.open(f"{table}.jsonl") as entry:
        lines: Iterator[str] = iter(io.TextIOWrapper(entry, encoding="utf-8"))
        if any(change.table == table for change in earlier):
            lines = (_line_today(line, table, label, earlier) for line in lines if line.strip())
        rows = serializers.deserialize("jsonl", lines)
        while some := [row.object for row in islice(rows, ROWS_AT_ONCE)]:
            yield some


def _line_today(line: str, table: str, label: str, earlier: tuple[Change, ...]) -> str:
    row = json.loads(line)
    fields = row_today(table, row["fields"], earlier)
    return json.dumps({**row, "model": label, "fields": fields})


def _manifest(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(archive.read("manifest.json"))
        tables = manifest["tables"]
        migrations = manifest["migrations"]
        good = (
            manifest["schema"] == SCHEMA
            and isinstance(tables, dict)
            and isinstance(migrations, dict)
            and all(isinstance(name, str) for name in migrations.values())
        )
    except (ValueError, KeyError, TypeError) as error:
        raise zipfile.BadZipFile from error
    known = {model._meta.label_lower for model in _tables()}
    if not good or {label_today(one, changes_since(migrations)) for one in tables} - known:
        raise BadBackup(
            f"{path}: 新しい版の tojimari が作ったバックアップです。tojimari を更新してください。",
            f"{path}: was made by a newer tojimari. Update tojimari first.",
        )
    for label, said in tables.items():
        digest = hashlib.sha256()
        with archive.open(f"{label}.jsonl") as entry:
            while chunk := entry.read(1 << 20):
                digest.update(chunk)
        if digest.hexdigest() != said["sha256"]:
            raise BadBackup(
                f"{path}: {label} が壊れています。別のバックアップを使ってください。",
                f"{path}: {label} is damaged. Use another backup.",
            )
    return dict(manifest)


def _refuse_if_used() -> None:
    for model in _tables():
        if model._base_manager.exists():
            raise BadBackup(
                "データベースが空ではありません。空のデータベース (新しい TOJIMARI_HOME か "
                "TOJIMARI_DATABASE_URL) に戻してください。何も変えていません。",
                "The database is not empty. Restore into an empty one (a new TOJIMARI_HOME or "
                "TOJIMARI_DATABASE_URL). Nothing was changed.",
            )


def _put(archive: zipfile.ZipFile, manifest: dict[str, Any], path: Path) -> dict[str, int]:
    counts = {}
    earlier = changes_since(manifest["migrations"])
    tables = {label_today(table, earlier): table for table in manifest["tables"]}
    for model in _tables():
        label = model._meta.label_lower
        if label not in tables:
            continue
        table = tables[label]
        counts[label] = 0
        try:
            for batch in _batches(archive, table, label, earlier):
                counts[label] += len(model._base_manager.bulk_create(batch))
        except (serializers.base.DeserializationError, ValueError, TypeError, KeyError) as error:
            raise BadBackup(
                f"{path}: {table} が読めません。tojimari の版を確かめてください。",
                f"{path}: {table} cannot be read. Check the version of tojimari.",
            ) from error
        if counts[label] != manifest["tables"][table]["rows"]:
            raise BadBackup(
                f"{path}: {table} の数が合いません。", f"{path}: {table} has the wrong count."
            )
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), _tables()):
            cursor.execute(sql)
    return counts
