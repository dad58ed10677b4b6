"""People, companies and devices for the portal's tests, and a browser-like client for each."""

import copy
import functools
import http.server
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from tests.support import django_portal

django_portal.set_up()


from allauth.account.models import EmailAddress
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management.commands import flush
from django.test import Client
from django.utils import timezone, translation
from msgspec import to_builtins
from whitenoise.base import WhiteNoise

from tests.support.desk import asked_at_desk
from tests.support.names import unbound
from tests.support.pressing import SITE
from tests.support.requests import asked_and_taken
from tests.support.same_statements import Recorder, listed, name_of, recording
from tests.support.servers import MailServer
from tests.support.stored import PortalCommand
from tests.support.updates import proposed_updates
from tests.support.visits import reported_visit
from tests.survey.made import questionnaire
from tojimari.agent.home import Home
from tojimari.portal.chains.models import SupplyLink
from tojimari.portal.companies.models import Assessed, Company
from tojimari.portal.companies.start import found_company
from tojimari.portal.core.models import Employee, Hold, Job, Notice
from tojimari.portal.devices.models import Device
from tojimari.portal.drills.models import Drill, DrillRound, OwnTemplate
from tojimari.portal.experts.models import ExpertVisit
from tojimari.portal.incidents.models import EmergencyContact, Incident
from tojimari.portal.lenders.models import PolicyVersion
from tojimari.portal.lessons.models import LessonTaken
from tojimari.portal.mailcheck.memory import keep_mail
from tojimari.portal.mailcheck.models import Contact, Judged
from tojimari.portal.outside.models import Site
from tojimari.portal.people.models import SCOPES, ApiToken, User
from tojimari.portal.proofs.models import Proof
from tojimari.portal.sensors.models import Matter
from tojimari.portal.supporters.models import Grant, Helper, Invitation, MonthlyReport, Organisation
from tojimari.portal.surveys.models import Survey
from tojimari.portal.words import catalog


def pytest_unconfigure() -> None:
    django_portal.tear_down()


@pytest.fixture(autouse=True)
def language_of_nobody() -> None:
    """Forget the language of the last request: another test may have asked in English."""
    translation.deactivate()


@pytest.fixture(scope="session", autouse=True)
def _emptied_tables_stay_empty():
    """Emptied after a test of real transactions, a database is given the permissions of each model
    anew, by Django: nobody here asks for one, and it takes twenty times as long as the emptying."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_, **__: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def _static_files_listed_once():
    """Every client makes its own chain of middleware, and WhiteNoise looks at each file for each."""
    plain, listed = WhiteNoise.update_files_dictionary, {}

    def update(self, root, prefix):
        key = (root, prefix, self.max_age)
        if key not in listed:
            plain(self, root, prefix)
            listed[key] = dict(self.files)
        self.files.update(listed[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoise, "update_files_dictionary", update)
        yield


SAME_ON_ANY_DATABASE = {
    "test_addresses.py",
    "test_attacks.py",
    "test_desktop.py",
    "test_doctor.py",
    "test_drill_templates.py",
    "test_elevation.py",
    "test_head.py",
    "test_incidents.py",
    "test_judging_once.py",
    "test_letters.py",
    "test_one_language.py",
    "test_owner_review.py",
    "test_pages.py",
    "test_places.py",
    "test_policies.py",
    "test_sample.py",
    "test_signed_answers.py",
    "test_sites.py",
    "test_steps.py",
    "test_survey_writing.py",
    "test_tenants.py",
    "test_timestamps.py",
    "test_words.py",
}
"""Files about who is let in, what a page, a paper or a signature says, what was seen outside, and how
often something is worked out. Their queries
are those of the other files; what a database itself decides (lengths, NUL, numbers, JSON, locks,
uniqueness, deletion, migrations, backups) is asked in the others. Of single tests the mark
``any_database`` says the same."""

SAME_QUERIES = {
    "action",
    "agent",
    "attached_too",
    "data",
    "fields",
    "fold",
    "kind",
    "lang",
    "leaf",
    "model",
    "page",
    "suspicious",
    "system",
    "text",
    "who",
}
"""Parameters of tests that change what is said, judged or refused, and with which queries it is
asked hardly ever: PostgreSQL is asked with the first value of each."""

_OF_DATABASE = {"db", "transactional_db", "django_db_reset_sequences"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run again on PostgreSQL only what asks the database: the rest was the same on SQLite."""
    if os.environ.get("TOJIMARI_TEST_DATABASE") != "postgresql":
        return
    here = Path(__file__).parent
    left_out: frozenset[str] = frozenset()
    if recording():
        config.pluginmanager.register(Recorder())
    else:
        left_out = listed()
    same = {
        item
        for item in items
        if here in item.path.parents
        and (
            item.get_closest_marker("any_database")
            or _asked_with_another_value(item)
            or item.path.name in SAME_ON_ANY_DATABASE
            or name_of(item) in left_out
            or (
                not _OF_DATABASE & set(getattr(item, "fixturenames", ()))
                and item.get_closest_marker("django_db") is None
            )
        )
    }
    config.hook.pytest_deselected(items=list(same))
    items[:] = [item for item in items if item not in same]


def _asked_with_another_value(item: pytest.Item) -> bool:
    call = getattr(item, "callspec", None)
    return call is not None and any(
        call.indices[name] for name in SAME_QUERIES & call.params.keys()
    )


@pytest.fixture(autouse=True)
def _fresh_counters(monkeypatch):
    """Start every test with fresh counters; on PostgreSQL they roll back with the test itself.

    Limits are counted by windows of the clock: a whole test is within one.
    """
    from django.core.cache import cache

    from tojimari.portal import limits

    monkeypatch.setattr(limits, "time", SimpleNamespace(time=functools.cache(time.time)))
    if "locmem" in settings.CACHES["default"]["BACKEND"]:
        cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    from django.core.management import call_command
    from django.db import connection

    if connection.vendor == "postgresql":
        with django_db_blocker.unblock():
            call_command("createcachetable", verbosity=0)


@dataclass
class World:
    """One company with an owner, a member of staff, a supporter, a buyer, and a stranger."""

    company: Company
    owner: User
    staff: User
    supporter: User
    buyer: User
    stranger: User
    operator: User
    foreign: Company
    chamber: Organisation
    bank: Organisation
    grant: Grant
    sessions: dict[str, str]

    def client(self, who: str) -> Client:
        """Return a browser in which somebody is signed in; the second one gets a session of its own."""
        made = Client(HTTP_ACCEPT_LANGUAGE="ja")
        key = self.sessions.pop(who, "")
        if key and SessionStore().exists(key):  # nothing cleared it away
            made.cookies[settings.SESSION_COOKIE_NAME] = key
        else:
            made.force_login(getattr(self, who), backend=BACKEND)
        return made


BACKEND = "django.contrib.auth.backends.ModelBackend"


def _signed_in(user: User) -> str:
    """Return the key of a session in which ``user`` has signed in: made once a module, used by the
    first browser of each of its tests."""
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


@pytest.fixture
def new_world(db) -> World:
    """A world made for one test, for modules in which a test needs real transactions: what is open
    around a whole module would hide it from other connections."""
    return _populated()


@pytest.fixture
def world(world_of_module, db) -> World:
    """A copy: what a test changes in the objects or in the database is undone after it."""
    return copy.deepcopy(world_of_module)


@pytest.fixture(scope="module")
def world_of_module(django_db_setup, django_db_blocker) -> Iterator[World]:
    """The same for all tests of a module; what one of them changes is undone after it."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        yield _populated()
        transaction.set_rollback(True)


def _populated() -> World:
    translation.deactivate()  # a world of a module is older than its first test

    def person(name: str) -> User:
        user = User.objects.create_user(f"{name}@example.jp", name=name)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user

    owner, staff, stranger = person("owner"), person("staff"), person("stranger")
    supporter, buyer, operator = person("supporter"), person("buyer"), person("operator")
    User.objects.filter(pk=operator.pk).update(is_operator=True)
    operator.refresh_from_db()
    company = found_company(owner, "ひみつ商店")
    company.memberships.create(user=staff, role="staff")
    foreign = found_company(stranger, "よその会社")
    chamber = Organisation.objects.create(
        name="町の会議所", kind="supporter", approved_at=timezone.now()
    )
    bank = Organisation.objects.create(name="町の銀行", kind="buyer", approved_at=timezone.now())
    Helper.objects.create(user=supporter, organisation=chamber)
    Helper.objects.create(user=buyer, organisation=bank)
    grant = Grant.objects.of(company).create(
        company=company,
        organisation=chamber,
        scopes=("findings:read", "devices:read", "reminders:send"),
    )
    Grant.objects.of(company).create(company=company, organisation=bank)
    return World(
        company,
        owner,
        staff,
        supporter,
        buyer,
        stranger,
        operator,
        foreign,
        chamber,
        bank,
        grant,
        {
            user.name: _signed_in(user)
            for user in (owner, staff, supporter, buyer, stranger, operator)
        },
    )


@dataclass
class Machine:
    """A device with its key."""

    device: Device
    key: Ed25519PrivateKey


@pytest.fixture
def machine(world) -> Machine:
    return _machine_of(world)


def _machine_of(world: World) -> Machine:
    from tojimari.agent.client import public_hex

    key = Ed25519PrivateKey.generate()
    device = Device.objects.of(world.company).create(
        company=world.company,
        kind="computer",
        name="事務所のパソコン",
        system="linux",
        public_key=public_hex(key),
    )
    return Machine(device, key)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def web(tmp_path):
    """A real web server with the site's files, and its port."""
    root = tmp_path / "site"
    root.mkdir()
    (root / "index.html").write_text("<title>ひみつ商店</title>", encoding="utf-8")
    handler = functools.partial(Quiet, directory=str(root))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield root, server.server_port, server
    server.shutdown()
    server.server_close()


@pytest.fixture
def names(tmp_path_factory, settings, web):
    """Answer for the names of a test: call with zone lines. Loopback may be dialled."""
    stack = []

    def serve(*records: str) -> None:
        folder = tmp_path_factory.mktemp("dns")
        running = unbound(folder, [f"{SITE}. A 127.0.0.1", *records])
        settings.OUTSIDE_RESOLVER = running.__enter__()
        stack.append(running)
        settings.OUTSIDE_LAB = True
        settings.OUTSIDE_LAB_PORTS = {80: web[1], 443: 1}

    yield serve
    for running in stack:
        running.__exit__(None, None, None)


@pytest.fixture
def no_lab_proof(monkeypatch):
    """As on a public server: being on loopback proves nothing."""
    from tojimari.portal.outside import ownership

    monkeypatch.setattr(ownership, "_is_own_lab", lambda site, way: False)


@pytest.fixture
def tojimari(forker) -> PortalCommand:
    return PortalCommand(forker)


@pytest.fixture
def agent_home(tmp_path):
    return Home(tmp_path / "agent")


@pytest.fixture
def smtp(settings):
    """A real mail server that the portal sends to."""
    server = MailServer()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.MAIL_CONFIGURED = True
    yield server
    server.stop()


@pytest.fixture
def visit(world) -> ExpertVisit:
    return reported_visit(world)


@pytest.fixture
def ids(world, machine, visit):
    return _ids_of(world, machine, visit)


@pytest.fixture(scope="module")
def ids_of_module(world_of_module, django_db_blocker):
    """The same for all tests of a module whose ``world`` is; what they change is undone."""
    with django_db_blocker.unblock():
        return _ids_of(
            world_of_module, _machine_of(world_of_module), reported_visit(world_of_module)
        )


def _chain_and_loan(world: World) -> dict[str, object]:
    """Return what addresses of supply chains and lenders name, as the company and its bank have it."""
    from tojimari.catalog import load_catalog

    supply = SupplyLink.objects.of(world.company).create(company=world.company, name="ひみつ商店")
    policy = PolicyVersion.objects.create(
        organisation=world.bank,
        version=1,
        content=to_builtins(load_catalog().policies["support-loan"]),
    )
    return {
        "supply_id": supply.pk,
        "supplier_id": world.company.pk,
        "borrower_id": world.company.pk,
        "lender_id": world.bank.pk,
        "policy_id": policy.pk,
    }


def _ids_of(world: World, machine: Machine, visit: ExpertVisit) -> dict[str, object]:
    """Return a value for every part of an address: things of the company, as its owner sees them."""
    job = Job.objects.of(world.company).create(company=world.company, kind="pdf")
    token, _ = ApiToken.make(world.owner, "own", list(SCOPES), 30)
    survey = Survey.objects.create(
        organisation=world.chamber, title="ひみつ商店", questionnaire=to_builtins(questionnaire())
    )
    judged = Judged.objects.of(world.company).create(
        company=world.company, way="page", level="dangerous", trick="delivery"
    )
    member = world.company.memberships.get(user=world.staff)
    desk = asked_at_desk(world)
    drill = Drill.objects.of(world.company).create(
        company=world.company, title="ひみつ商店", level="easy", starts_on=timezone.localdate()
    )
    return {
        **desk,
        **proposed_updates(world, machine),
        "company_id": world.company.pk,
        "organisation_id": world.chamber.pk,
        "programme_id": "tokyo-cyber-grant-2026",
        **asked_and_taken(world.company, world.bank),
        **_chain_and_loan(world),
        "device_id": machine.device.pk,
        "job_id": job.pk,
        "site_id": Site.objects.of(world.company)
        .create(company=world.company, name="www.example.jp", mail_domain="example.jp")
        .pk,
        "grant_id": world.grant.pk,
        "incident_id": Incident.objects.of(world.company)
        .create(
            company=world.company,
            kind="screen",
            known_at=timezone.now(),
            opened_as="owner",
            summary="ひみつ商店",
        )
        .pk,
        "contact_id": EmergencyContact.objects.of(world.company)
        .create(company=world.company, kind="bank", name="ひみつ商店", phone="03-0000-0000")
        .pk,
        "number": 1,
        "kind": "screen",
        "which": "duties",
        "draft_id": "partners",
        "framework_id": "ipa-6",
        "proof_id": Proof.objects.of(world.company)
        .create(company=world.company, framework="ipa-6", audience="ひみつ商店", nonce="1")
        .pk,
        "paper_kind": "security-policy",
        "paper_part": "aim",
        "file_form": "csv",
        "notice_id": Notice.objects.of(world.company)
        .create(
            company=world.company,
            kind="grant.given",
            about="1",
            values={"organisation": "ひみつ商店"},
        )
        .pk,
        "hold_id": Hold.objects.of(world.company)
        .create(company=world.company, kind="grant", about="0", values={"to": "ひみつ商店"})
        .pk,
        "employee_id": Employee.objects.of(world.company)
        .create(company=world.company, name="ひみつ商店")
        .pk,
        "membership_id": member.pk,
        "token_id": token.pk,
        "invitation_id": Invitation.make("staff", company=world.company, made_by=world.owner)[0].pk,
        "link_id": world.chamber.join_links.create(
            name="ひみつ商店", at_most=5, expires_at=timezone.now() + timedelta(days=1)
        ).pk,
        "monthly_id": MonthlyReport.objects.of(world.company)
        .create(
            company=world.company,
            organisation=world.chamber,
            month=timezone.localdate().replace(day=1),
            after=Assessed.objects.of(world.company).latest("as_of"),
        )
        .pk,
        "visit_id": visit.pk,
        "expert_id": visit.expert_id,
        "helper_id": world.chamber.helpers.get().pk,
        "judged_id": judged.pk,
        "kept_id": keep_mail(world.company, judged, "ひみつ商店".encode()).pk,
        "mail_contact_id": Contact.objects.of(world.company)
        .create(company=world.company, name="ひみつ商店", address="a@himitsu.example", said="typed")
        .pk,
        "matter_id": Matter.objects.of(world.company)
        .create(
            company=world.company,
            device=machine.device,
            subject_kind="device",
            subject_id=str(machine.device.pk),
            rule="renaming",
            first=timezone.now(),
            last=timezone.now(),
            n=40,
            heard_at=timezone.now(),
        )
        .pk,
        "question_id": "updates",
        "lesson_id": "updates",
        "taken_id": LessonTaken.objects.of(world.company)
        .create(
            company=world.company,
            lesson="updates",
            person=world.company.pk,
            name="ひみつ商店",
            right=3,
        )
        .pk,
        "drill_id": drill.pk,
        "drill_template_id": OwnTemplate.objects.of(world.company)
        .create(
            company=world.company,
            content=to_builtins(msgspec.structs.replace(catalog().drills["parcel-easy"], id="own")),
        )
        .pk,
        "template_key": "parcel-easy",
        "round_id": DrillRound.objects.create(organisation=world.chamber, title="ひみつ商店").pk,
        "control_id": "security-policy",
        "form": "json",
        "survey_id": survey.pk,
        "report_id": survey.reports.create(lang="ja").pk,
    }
