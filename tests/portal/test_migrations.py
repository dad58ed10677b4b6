"""From 0.2.0: rows that hold grants, jobs and a log are read afterwards, and the way back works."""

from itertools import product

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from tojimari.assess.standing import BASICS
from tojimari.mail.acquaintances import remembered_as
from tojimari.portal.companies.models import Company, Standing
from tojimari.portal.core.models import AuditEvent, Job
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
COLUMNS = ("sees_findings", "sees_devices", "may_write")
RIGHTS = ("findings:read", "devices:read", "reminders:send")


def migrate(targets):
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture
def before(transactional_db):
    """The models as they were in 0.2.0; everything is as today again afterwards."""
    today = MigrationExecutor(connection).loader.graph.leaf_nodes()
    yield migrate(BEFORE)
    migrate(today)


def today():
    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())


def test_what_was_ticked_becomes_rights_and_back_again(before):
    company = before.get_model("companies", "Company").objects.create(name="店")
    organisations = before.get_model("supporters", "Organisation").objects
    for number, chosen in enumerate(product((False, True), repeat=3)):
        ticked = dict(zip(COLUMNS, chosen, strict=True))
        organisation = organisations.create(name=str(number), kind="supporter")
        before.get_model("supporters", "Grant").objects.create(
            company=company, organisation=organisation, **ticked
        )
        before.get_model("supporters", "Invitation").objects.create(
            to="company",
            hash=str(number),
            organisation=organisation,
            expires_at=timezone.now(),
            **ticked,
        )
    today()
    for rows in (Grant.objects.of(company.pk), Invitation.objects.across("test")):
        for row in rows.select_related("organisation"):
            chosen = list(product((False, True), repeat=3))[int(row.organisation.name)]
            given = {right for right, on in zip(RIGHTS, chosen, strict=True) if on}
            assert set(row.scopes) == given
            assert rows.filter(scopes__has="findings:read", pk=row.pk).exists() == chosen[0]
    old = migrate(BEFORE)
    for name in ("Grant", "Invitation"):
        for row in old.get_model("supporters", name).objects.select_related("organisation"):
            chosen = list(product((False, True), repeat=3))[int(row.organisation.name)]
            assert tuple(getattr(row, column) for column in COLUMNS) == chosen


def test_jobs_and_the_log_move_without_a_row_lost(before):
    company = before.get_model("companies", "Company").objects.create(name="店")
    job = before.get_model("companies", "Job").objects.create(company=company, kind="pdf")
    event = before.get_model("people", "AuditEvent").objects.create(
        company=company, actor_as="owner", action="company.made"
    )
    today()
    assert Job.objects.of(company.pk).get().pk == job.pk
    assert AuditEvent.objects.of(company.pk).get().pk == event.pk
    # New rows go on where the old ones ended.
    assert (
        AuditEvent.objects.of(company.pk)
        .create(company_id=company.pk, actor_as="owner", action="company.changed")
        .pk
        > event.pk
    )


def test_invitations_and_grants_of_before_the_shared_links_are_kept(transactional_db):
    earlier = [("supporters", "0005_drop_columns"), ("companies", "0004_ground")]
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        before = migrate(earlier)
        company = before.get_model("companies", "Company").objects.create(name="店")
        chamber = before.get_model("supporters", "Organisation").objects.create(
            name="町の会議所", kind="supporter"
        )
        before.get_model("supporters", "Grant").objects.create(
            company=company, organisation=chamber, scopes=" findings:read "
        )
        before.get_model("supporters", "Invitation").objects.create(
            to="company",
            hash="x",
            email="a@example.jp",
            organisation=chamber,
            expires_at=timezone.now(),
            scopes=" reminders:send ",
        )
    finally:
        migrate(leaves)
    grant = Grant.objects.of(company.pk).get()
    assert (grant.scopes, grant.link) == (("findings:read",), None)
    invitation = Invitation.objects.across("test").get()
    assert (invitation.name, invitation.lang, invitation.mail) == ("", "ja", "")
    assert invitation.mailed_at is None  # whether the mail of then was taken is not known
    assert invitation.scopes == ("reminders:send",)


def test_what_is_open_of_the_basics_is_read_off_the_states_kept(transactional_db):
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    backup_item = catalog().frameworks[BASICS].items[-1]
    try:
        before = migrate([("companies", "0004_ground")])
        companies = before.get_model("companies", "Company").objects
        made = {name: companies.create(name=name) for name in ("open", "met")}
        for name, state in (("open", "partly"), ("met", "met")):
            before.get_model("companies", "Standing").objects.create(
                company=made[name], judged_at=timezone.now()
            )
            before.get_model("companies", "ControlState").objects.create(
                company=made[name], control=backup_item.controls[0], state=state
            )
    finally:
        migrate(leaves)
    assert Standing.objects.of(made["open"].pk).get().open_items == f" {backup_item.id} "
    assert Standing.objects.of(made["met"].pk).get().open_items == ""


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


def test_lines_of_before_the_chain_are_chained_in_their_order_and_say_so(transactional_db):
    from tests.support.records import checked
    from tojimari.portal.incidents.models import Incident, IncidentEntry

    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        before = migrate([("incidents", "0001_initial"), ("people", "0003_ground")])
        company = before.get_model("companies", "Company").objects.create(name="店")
        person = before.get_model("people", "User").objects.create(
            email="a@example.jp", name="店主"
        )
        incident = before.get_model("incidents", "Incident")._base_manager.create(
            company=company, kind="screen", known_at=timezone.now(), opened_as="owner"
        )
        empty = before.get_model("incidents", "Incident")._base_manager.create(
            company=company, kind="lost", known_at=timezone.now(), opened_as="owner"
        )
        entries = before.get_model("incidents", "IncidentEntry")._base_manager
        for text, by in (("一", person), ("二", None), ("", person)):
            entries.create(
                company=company, incident=incident, kind="note", text=text, at=timezone.now(), by=by
            )
    finally:
        migrate(leaves)
    found = Incident.objects.of(company.pk).get(pk=incident.pk)
    rows = list(IncidentEntry.objects.of(company.pk).order_by("number"))
    assert [row.kind for row in rows] == ["note", "note", "note", "chained"]
    assert [row.who for row in rows] == ["店主", "", "店主", ""]
    assert rows[-1].text == "3"
    assert checked(found).broken is None
    assert not IncidentEntry.objects.of(company.pk).filter(incident_id=empty.pk).exists()


def test_addresses_of_senders_become_digests(transactional_db):
    today = MigrationExecutor(connection).loader.graph.leaf_nodes()
    try:
        apps = migrate([("mailcheck", "0001_initial"), ("companies", "0004_ground")])
        company = apps.get_model("companies", "Company").objects.create(name="店")
        rows = apps.get_model("mailcheck", "FirstMail").objects
        for sender in ("taro@gmail.com", "shop.example"):
            rows.create(company=company, sender=sender, day=timezone.localdate())
    finally:
        migrate(today)
    first = FirstMail.objects.across("a test").values_list("sender", flat=True)
    key = known_of(Company.objects.get(), []).key
    assert set(first) == {"shop.example", remembered_as("taro@gmail.com", key)}
