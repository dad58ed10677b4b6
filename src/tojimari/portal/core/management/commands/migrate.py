"""Django's ``migrate``, which makes an empty database as it is today, in one go.

Walking every migration of every app from the first one takes Django half a minute of processor
time, nearly all of it for models as they once were; in a database without a table nothing can need
them (docs/decisions/0058). A database with anything in it is migrated step by step, as always.
"""

from typing import Any

from django.apps import apps
from django.core.management.commands import migrate
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

_STEPWISE = (
    "app_label",
    "migration_name",
    "fake",
    "fake_initial",
    "plan",
    "check_unapplied",
    "prune",
)
"""What is asked with one of these concerns single migrations."""


class Command(migrate.Command):
    """Makes the tables of today in an empty database, else does what Django does."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Bring the database to this version. ``options`` as Django's own command takes them."""
        connection = connections[options["database"]]
        if any(options.get(name) for name in _STEPWISE) or not _is_empty(connection):
            super().handle(*args, **options)
            return
        told = {"verbosity": options["verbosity"], "interactive": options["interactive"]}
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
        emit_pre_migrate_signal(db=connection.alias, stdout=self.stdout, plan=plan, **told)
        _make(connection, executor, plan)
        emit_post_migrate_signal(db=connection.alias, stdout=self.stdout, plan=plan, **told)


def _is_empty(connection: BaseDatabaseWrapper) -> bool:
    """Return whether nothing was ever made in the database.

    Cut off before anything was, an earlier try may have left the table that notes migrations.
    """
    connection.prepare_database()
    recorder = MigrationRecorder(connection)
    noted = {recorder.Migration._meta.db_table}
    tables = set(connection.introspection.table_names())
    return not tables - noted and not recorder.applied_migrations()


def _make(
    connection: BaseDatabaseWrapper, executor: MigrationExecutor, plan: list[tuple[Any, bool]]
) -> None:
    """Make every table and note every migration as done, all of it or nothing."""
    executor.recorder.ensure_schema()
    with connection.schema_editor() as editor:
        for config in apps.get_app_configs():
            for model in router.get_migratable_models(config, connection.alias):
                if model._meta.can_migrate(connection):
                    editor.create_model(model)
        for migration, _ in plan:
            executor.record_migration(migration)
        executor.check_replacements()
