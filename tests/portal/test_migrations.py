"""From 0.2.0: rows that hold grants, jobs and a log are read afterwards; what moved goes back."""

import contextlib
from collections.abc import Generator
from itertools import product
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.models import Field
from django.utils import timezone

from tests.support.records import checked
from tests.support.schema import shape
from tojimari.assess.standing import BASICS
from tojimari.mail.acquaintances import remembered_as
from tojimari.portal.companies.models import Company, Standing
from tojimari.portal.core.models import AuditEvent, Job
from tojimari.portal.incidents.models import Incident, IncidentEntry
from tojimari.portal.mailcheck.memory import known_of
from tojimari.portal.mailcheck.models import FirstMail
from tojimari.portal.operate.earlier_rows import changes_since, label_today, row_today
from tojimari.portal.supporters.models import Grant, Invitation
from tojimari.portal.words import catalog

BEFORE = [
    ("companies", "0003_job_about"),
    ("outside", "0002_watch"),
    ("people", "0002_initial"),
    ("supporters", "0002_alter_organisation_kind"),
]
TICKS_DROPPED = [("supporters", "0005_drop_columns")]
MADE_AT_START = "tojimari_cache"
"""The table that Django's cache uses on PostgreSQL belongs to no migration."""
MADE_OTHERWISE = {"postgresql": {MADE_AT_START, "auth_group_permissions"}}
"""... and of the other the row number is ``integer`` or ``bigint`` there (docs/decisions/0058)."""
COLUMNS = ("sees_findings", "sees_devices", "may_write")
RIGHTS = ("findings:read", "devices:read", "reminders:send")


BETWEEN = [
    ("supporters", "0005_drop_columns"),
    ("companies", "0004_ground"),
    ("people", "0003_ground"),
    ("incidents", "0001_initial"),
    ("mailcheck", "0001_initial"),
]
"""Of after the ground was laid, before the shared links, the chain and the digests."""

Part = Generator[None, Any, None]
"""A part of the story below: it goes on when the database has come to the next of BEFORE, BETWEEN
and today, and is sent the models as they are there."""


def drop_tables() -> None:
    """Leave the database without one, as it was on the first day."""
    drop = "DROP TABLE {}" + (" CASCADE" if connection.vendor == "postgresql" else "")
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        for name in set(connection.introspection.table_names(cursor)) - {MADE_AT_START}:
            cursor.execute(drop.format(connection.ops.quote_name(name)))


def comparable() -> dict[str, Any]:
    """Return the tables that must be the same whichever way they were made."""
    otherwise = MADE_OTHERWISE.get(connection.vendor, set())
    return {name: one for name, one in shape().items() if name not in otherwise}


def migrate(targets):
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


def ticked() -> Part:
    """What was ticked becomes rights, and is ticked again on the way back."""
    before = yield
    company = before.get_model("companies", "Company").objects.create(name="店")
    organisations = before.get_model("supporters", "Organisation").objects
    names = []
    for number, chosen in enumerate(product((False, True), repeat=3)):
        boxes = dict(zip(COLUMNS, chosen, strict=True))
        organisation = organisations.create(name=str(number), kind="supporter")
        names.append(organisation.name)
        before.get_model("supporters", "Grant").objects.create(
            company=company, organisation=organisation, **boxes
        )
        before.get_model("supporters", "Invitation").objects.create(
            to="company",
            hash=str(number),
            organisation=organisation,
            expires_at=timezone.now(),
            **boxes,
        )
    # The way back is walked here, where these rows are moved: from today it is a minute of processor
    # time. Later steps are asked only whether they have one, below.
    migrate(TICKS_DROPPED)
    old = migrate(BEFORE)
    for name in ("Grant", "Invitation"):
        mine = old.get_model("supporters", name).objects.filter(organisation__name__in=names)
        assert len(mine) == len(names)
        for row in mine.select_related("organisation"):
            chosen = list(product((False, True), repeat=3))[int(row.organisation.name)]
            assert tuple(getattr(row, column) for column in COLUMNS) == chosen
    yield
    yield
    for rows in (Grant.objects.of(company.pk), Invitation.objects.across("test")):
        mine = rows.filter(organisation__name__in=names).select_related("organisation")
        assert len(mine) == len(names)
        for row in mine:
            chosen = list(product((False, True), repeat=3))[int(row.organisation.name)]
            given = {right for right, on in zip(RIGHTS, chosen, strict=True) if on}
            assert set(row.scopes) == given
            assert rows.filter(scopes__has="findings:read", pk=row.pk).exists() == chosen[0]
    yield


def jobs_and_the_log() -> Part:
    """They move to another app without a row lost."""
    before = yield
    company = before.get_model("companies", "Company").objects.create(name="店")
    job = before.get_model("companies", "Job").objects.create(company=company, kind="pdf")
    event = before.get_model("people", "AuditEvent").objects.create(
        company=company, actor_as="owner", action="company.made"
    )
    yield
    yield
    assert Job.objects.of(company.pk).get().pk == job.pk
    assert AuditEvent.objects.of(company.pk).get().pk == event.pk
    # New rows go on where the old ones ended.
    assert (
        AuditEvent.objects.of(company.pk)
        .create(company_id=company.pk, actor_as="owner", action="company.changed")
        .pk
        > event.pk
    )
    yield


def invitations_and_grants() -> Part:
    """Those of before the shared links are kept."""
    yield
    between = yield
    company = between.get_model("companies", "Company").objects.create(name="店")
    chamber = between.get_model("supporters", "Organisation").objects.create(
        name="町の会議所", kind="supporter"
    )
    between.get_model("supporters", "Grant").objects.create(
        company=company, organisation=chamber, scopes=" findings:read "
    )
    between.get_model("supporters", "Invitation").objects.create(
        to="company",
        hash="x",
        email="a@example.jp",
        organisation=chamber,
        expires_at=timezone.now(),
        scopes=" reminders:send ",
    )
    yield
    grant = Grant.objects.of(company.pk).get()
    assert (grant.scopes, grant.link) == (("findings:read",), None)
    invitation = Invitation.objects.across("test").get(hash="x")
    assert (invitation.name, invitation.lang, invitation.mail) == ("", "ja", "")
    assert invitation.mailed_at is None  # whether the mail of then was taken is not known
    assert invitation.scopes == ("reminders:send",)
    yield


def open_basics() -> Part:
    """What is open of the basics is read off the states that were kept."""
    backup_item = catalog().frameworks[BASICS].items[-1]
    yield
    between = yield
    companies = between.get_model("companies", "Company").objects
    made = {name: companies.create(name=name) for name in ("open", "met")}
    for name, state in (("open", "partly"), ("met", "met")):
        between.get_model("companies", "Standing").objects.create(
            company=made[name], judged_at=timezone.now()
        )
        between.get_model("companies", "ControlState").objects.create(
            company=made[name], control=backup_item.controls[0], state=state
        )
    yield
    assert Standing.objects.of(made["open"].pk).get().open_items == f" {backup_item.id} "
    assert Standing.objects.of(made["met"].pk).get().open_items == ""
    yield


def chain() -> Part:
    """Lines of before the chain are chained in their order, and say so."""
    yield
    between = yield
    company = between.get_model("companies", "Company").objects.create(name="店")
    person = between.get_model("people", "User").objects.create(email="a@example.jp", name="店主")
    incident = between.get_model("incidents", "Incident")._base_manager.create(
        company=company, kind="screen", known_at=timezone.now(), opened_as="owner"
    )
    empty = between.get_model("incidents", "Incident")._base_manager.create(
        company=company, kind="lost", known_at=timezone.now(), opened_as="owner"
    )
    entries = between.get_model("incidents", "IncidentEntry")._base_manager
    for text, by in (("一", person), ("二", None), ("", person)):
        entries.create(
            company=company, incident=incident, kind="note", text=text, at=timezone.now(), by=by
        )
    yield
    found = Incident.objects.of(company.pk).get(pk=incident.pk)
    rows = list(IncidentEntry.objects.of(company.pk).order_by("number"))
    assert [row.kind for row in rows] == ["note", "note", "note", "chained"]
    assert [row.who for row in rows] == ["店主", "", "店主", ""]
    assert rows[-1].text == "3"
    assert checked(found).broken is None
    assert not IncidentEntry.objects.of(company.pk).filter(incident_id=empty.pk).exists()
    yield


def addresses_of_senders() -> Part:
    """They become digests."""
    yield
    between = yield
    company = between.get_model("companies", "Company").objects.create(name="店")
    rows = between.get_model("mailcheck", "FirstMail").objects
    for sender in ("taro@gmail.com", "shop.example"):
        rows.create(company=company, sender=sender, day=timezone.localdate())
    yield
    first = FirstMail.objects.across("a test").values_list("sender", flat=True)
    key = known_of(Company.objects.get(pk=company.pk), []).key
    assert set(first) == {"shop.example", remembered_as("taro@gmail.com", key)}
    yield


@pytest.fixture
def _fields_taken_apart_once(monkeypatch):
    """A model of a migration is made anew, with copies of the same fields, at almost every step; for
    each copy Django takes the field apart again."""
    parts: dict[int, tuple[Field, list[Any], dict[str, Any]]] = {}

    def clone(field: Field) -> Field:
        if id(field) not in parts:
            parts[id(field)] = (field, *field.deconstruct()[2:])
        _, values, named = parts[id(field)]
        return type(field)(*values, **named)

    monkeypatch.setattr(Field, "clone", clone)


@pytest.mark.usefixtures("_fields_taken_apart_once")
def test_rows_of_earlier_versions_are_read_today(transactional_db):
    """In one way from an empty database: to walk it takes far longer than what is asked on it."""
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    made_in_one_go = comparable()
    stories = (ticked, jobs_and_the_log, invitations_and_grants, open_basics, chain)
    parts = [part() for part in (*stories, addresses_of_senders)]
    for part in parts:
        next(part)
    drop_tables()
    try:
        for stage in (BEFORE, BETWEEN, leaves):
            models = migrate(stage)
            if stage is leaves:
                assert comparable() == made_in_one_go
            for part in parts:
                next_step(part, models)
    finally:
        drop_tables()
        call_command("migrate", verbosity=0)


def test_every_step_has_a_way_back():
    graph = MigrationLoader(None).graph
    ours = [step for step in graph.nodes.values() if step.__module__.startswith("tojimari.")]
    assert len(ours) > 50
    one_way = [(step, part) for step in ours for part in step.operations if not part.reversible]
    assert one_way == []


def next_step(part: Part, models: Any) -> None:
    with contextlib.suppress(StopIteration):
        part.send(models)


def test_a_backup_of_today_is_read_as_it_is(db):
    assert changes_since(dict(MigrationExecutor(connection).loader.graph.leaf_nodes())) == ()


def test_a_standing_of_an_earlier_backup_waits_to_be_judged():
    earlier = changes_since({"companies": "0004_ground"})
    fields = {"judged_at": "2026-11-01T00:00:00Z", "stale_since": None}
    today_ = row_today("companies.standing", fields, earlier)
    assert today_["stale_since"] == fields["judged_at"]


def test_rows_of_0_2_0_are_read_as_they_are_today():
    earlier = changes_since({"supporters": "0001_initial", "people": "0002_initial"})
    fields = {"company": "c", **dict.fromkeys(COLUMNS, True)}
    assert row_today("supporters.grant", fields, earlier) == {
        "company": "c",
        "scopes": "findings:read devices:read reminders:send",
    }
    assert label_today("people.auditevent", earlier) == "core.auditevent"
    assert label_today("companies.job", earlier) == "core.job"
    assert label_today("companies.visit", earlier) == "companies.visit"
    assert row_today("outside.watch", {"told": ["x"], "pages": 1}, earlier) == {"pages": 1}
