"""The real agent against the real portal: everything a device may send, good and bad."""

import json
import random
import uuid
from datetime import UTC, datetime, timedelta

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.agents import fact, looker, post, refused, report, signed
from tests.support.pressing import run_tasks
from tests.support.servers import Hostile
from tojimari.agent import client as agent_client
from tojimari.agent.home import AgentError, DeviceIdentity
from tojimari.agent.loop import Agent, back_off, jittered
from tojimari.agent.wire import REFUSALS, ReportedFact
from tojimari.model.facts import plain_fact
from tojimari.model.facts.watch_day import DeviceWatchDay
from tojimari.portal.companies.observations import current
from tojimari.portal.devices.models import Device, EnrolCode, Refusal
from tojimari.portal.devices.models import Report as Arrived


def rows(machine):
    return list(
        machine.device.company.observations.order_by("observed_at").values_list(
            "observed_at", "last_confirmed_at", "fields"
        )
    )


def test_the_same_report_twice_is_stored_once(client, machine):
    body = signed(machine, report(machine))
    first, again = post(client, body).json(), post(client, body).json()
    assert (first["stored"], first["duplicate"]) == (1, False)
    assert (again["stored"], again["duplicate"]) == (0, True)
    assert Arrived.objects.of(machine.device.company).count() == 1


def test_a_report_changes_the_result_and_the_page_says_so(client, world, machine):
    post(client, signed(machine, report(machine, fact(synchronised=False, service="chrony"))))
    run_tasks()
    world.company.standing.refresh_from_db()
    assert world.company.standing.stale_since is None
    assert world.company.standing.last_seen_at is not None
    page = world.client("owner").get(f"/c/{world.company.pk}/devices/").content.decode()
    assert "事務所のパソコン" in page
    assert "直すところが1件" in page


@pytest.mark.parametrize("seed", range(6))
def test_out_of_order_reports_end_up_as_in_order(client, machine, seed):
    now = datetime.now(UTC).replace(microsecond=0)
    states = [True, True, False, False, True, False, True, True]
    reports = [
        report(
            machine, fact(synchronised=on, service="chrony"), at=now - timedelta(hours=40 - 3 * n)
        )
        for n, on in enumerate(states)
    ]
    random.Random(seed).shuffle(reports)
    for one in reports:
        assert post(client, signed(machine, one)).status_code == 200
    assert [r[2]["synchronised"] for r in rows(machine)] == [True, False, True, False, True]
    hours = [
        ((now - a).total_seconds() / 3600, (now - b).total_seconds() / 3600)
        for a, b, _ in rows(machine)
    ]
    assert hours == [(40, 37), (34, 31), (28, 28), (25, 25), (22, 19)]


def test_an_unknown_device_is_refused(client, machine):
    refused(post(client, signed(machine, report(machine), kid=uuid.uuid4())), 403, "unknown_device")


def test_a_foreign_key_is_refused_and_the_owner_is_told(client, world, machine):
    body = signed(machine, report(machine), key=Ed25519PrivateKey.generate())
    refused(post(client, body), 403, "bad_signature")
    page = world.client("owner").get(f"/c/{world.company.pk}/devices/").content.decode()
    assert REFUSALS["bad_signature"].ja in page
    assert rows(machine) == []


def test_an_altered_report_is_refused(client, machine):
    head, _, tail = signed(machine, report(machine)).split(b".")
    other = signed(machine, report(machine)).split(b".")[1]
    refused(post(client, b".".join([head, other, tail])), 403, "bad_signature")


def test_no_algorithm_but_ours_is_taken(client, machine):
    payload = msgspec.json.encode(report(machine))
    header = {"kid": str(machine.device.pk), "iat": int(datetime.now(UTC).timestamp())}
    plain = jwt.PyJWS().encode(payload, "", algorithm="none", headers=header)
    refused(post(client, plain.encode()), 403, "bad_signature")
    secret = machine.device.public_key
    hmac = jwt.PyJWS().encode(payload, secret, algorithm="HS256", headers=header)
    refused(post(client, hmac.encode()), 403, "bad_signature")


@pytest.mark.parametrize("minutes", [-11, 11, 60 * 24 * 400])
def test_a_wrong_clock_or_an_old_message_is_refused(client, machine, minutes):
    at = (datetime.now(UTC) + timedelta(minutes=minutes)).timestamp()
    refused(post(client, signed(machine, report(machine), at=at)), 409, "wrong_clock")


def test_a_report_from_the_future_or_of_last_year_is_refused(client, machine):
    now = datetime.now(UTC)
    ahead = report(machine, at=now + timedelta(minutes=20))
    refused(post(client, signed(machine, ahead)), 409, "wrong_clock")
    old = report(machine, at=now - timedelta(days=100))
    refused(post(client, signed(machine, old)), 409, "too_old")
    assert rows(machine) == []


def test_a_huge_report_is_refused(client, machine):
    refused(post(client, b"a" * 2_000_001), 413, "too_large")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not a jws",
        b"a.b.c",
        b"\xff\xfe\x00",
        b"e30.e30.e30",
        b"[" * 100_000,
        b'{"alg":"EdDSA"}..',
    ],
)
def test_what_is_no_message_is_refused(client, machine, body):
    refused(post(client, body), 400, "malformed")


BAD_PAYLOADS = {
    "no json": b"{",
    "nan": b'{"schema": NaN}',
    "deep": b"[" * 50_000,
    "other schema": msgspec.json.encode({"schema": "tojimari.report/9"}),
    "list": b"[]",
}


@pytest.mark.parametrize("name", BAD_PAYLOADS)
def test_a_signed_but_senseless_report_is_refused(client, machine, name):
    refused(post(client, signed(machine, BAD_PAYLOADS[name])), 400, "malformed")


@pytest.mark.parametrize(
    "bad",
    [
        fact("company.answer", question="updates", choices=["all"], number=None),
        fact(
            "device.phone",
            system="ios",
            tablet=False,
            version=None,
            up_to_date=None,
            screen_lock=None,
        ),
        fact("device.time_sync", synchronised="yes", service="chrony"),
        fact("device.time_sync", synchronised=True, service="a\x00b"),
        fact("device.time_sync", synchronised=True, service="chrony", more=1),
        ReportedFact("device.time_sync", 1),
    ],
)
def test_facts_that_do_not_fit_are_refused_whole(client, machine, bad):
    good = fact()
    body = report(machine, bad) if bad.kind == good.kind else report(machine, good, bad)
    refused(post(client, signed(machine, body)), 400, "malformed")
    assert rows(machine) == []
    assert not Arrived.objects.of(machine.device.company).exists()


@pytest.mark.parametrize(("kind", "version"), [("device.quantum", 1), ("device.time_sync", 9)])
def test_a_kind_or_version_from_the_future_is_kept_as_it_came_and_said(
    client, machine, kind, version
):
    body = report(machine, fact("device.boot", firmware="uefi", secure_boot=True))
    post(client, signed(machine, body))
    body = report(machine, ReportedFact(kind, version, {"a": [1, {"b": None}]}))
    answer = post(client, signed(machine, body)).json()
    assert (answer["stored"], answer["skipped"]) == (1, 1)
    row = machine.device.company.observations.get(kind=kind)
    assert (row.kind_version, row.fields, row.not_seen) == (version, {"a": [1, {"b": None}]}, None)
    (unread,) = [one for one in current(machine.device.company) if one.kind == kind]
    assert (unread.fact, unread.not_seen.reason) == (None, "newer_version")


def test_behind_an_unread_version_stands_the_last_one_that_can_be_read(client, machine):
    now = datetime.now(UTC)
    post(client, signed(machine, report(machine, fact(), at=now - timedelta(hours=1))))
    body = report(machine, ReportedFact("device.time_sync", 9, {"a": 1}), at=now)
    post(client, signed(machine, body))
    found = [one for one in current(machine.device.company) if one.kind == "device.time_sync"]
    assert {one.fact is None for one in found} == {True, False}


@pytest.mark.parametrize("kind", ["site.tls", "company.answer", "paper.new", "device.", "x"])
def test_an_agent_reports_only_about_its_own_device(client, machine, kind):
    body = report(machine, ReportedFact(kind, 9, {"a": 1}))
    refused(post(client, signed(machine, body)), 400, "malformed")


@pytest.mark.parametrize("source", ["heard", "measured", "answered"])
def test_an_agent_does_not_say_where_a_fact_comes_from(client, machine, source):
    body = msgspec.to_builtins(report(machine, fact()))
    body["facts"][0]["source"] = source
    refused(post(client, signed(machine, msgspec.json.encode(body))), 400, "malformed")
    assert rows(machine) == []


def test_what_an_agent_heard_is_kept_as_heard(client, machine):
    day = DeviceWatchDay("2026-11-29", datetime.now(UTC), (), (), (), 0)
    sent = ReportedFact(day.KIND, day.VERSION, plain_fact(day))
    assert post(client, signed(machine, report(machine, fact(), sent))).json()["stored"] == 2
    kept = machine.device.company.observations
    assert kept.get(kind=day.KIND).source == "heard"
    assert kept.get(kind="device.time_sync").source == "measured"


def test_another_devices_report_is_refused(client, machine):
    body = report(machine, device=uuid.uuid4())
    refused(post(client, signed(machine, body)), 403, "bad_signature")


def test_too_many_messages_are_refused_for_a_while(client, machine, monkeypatch):
    monkeypatch.setattr("tojimari.portal.devices.reception.MESSAGES_AN_HOUR", 3)
    ping = json.dumps({"schema": "tojimari.ping/1", "device": str(machine.device.pk)}).encode()
    for _ in range(3):
        assert post(client, signed(machine, ping), "ping").status_code == 200
    refused(post(client, signed(machine, ping), "ping"), 429, "too_many")


def test_a_removed_device_is_refused_and_its_facts_are_gone(client, world, machine):
    post(client, signed(machine, report(machine, fact(synchronised=False, service="chrony"))))
    page = f"/c/{world.company.pk}/devices/{machine.device.pk}/remove/"
    assert world.client("owner").post(page).status_code == 302
    assert rows(machine) == []
    assert not Arrived.objects.of(world.company).exists()
    kept = Device.objects.of(world.company).get(pk=machine.device.pk)
    assert kept.removed_at is not None
    assert kept.name == ""
    refused(post(client, signed(machine, report(machine))), 403, "removed_device")


def test_refusals_of_one_device_do_not_fill_the_database(client, machine):
    for _ in range(30):
        post(client, signed(machine, b"{"))
    assert Refusal.objects.of(machine.device.company).count() == 20


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(junk=st.binary(max_size=300))
def test_junk_never_breaks_the_door(client, machine, junk):
    assert post(client, junk).status_code == 400
    assert post(client, signed(machine, junk)).status_code == 400


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fields=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_any_json_in_a_fact_is_taken_or_refused_never_a_fault(client, machine, fields):
    body = {
        **json.loads(msgspec.json.encode(report(machine))),
        "facts": [{"kind": "device.time_sync", "kind_version": 1, "fields": fields}],
    }
    answer = post(client, signed(machine, json.dumps(body).encode()))
    assert answer.status_code in (200, 400)


# --- the agent ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 500 no\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 200_000,
        b'HTTP/1.1 403 no\r\nContent-Length: 14\r\n\r\n{"reason":"x"}',
    ],
)
def test_a_hostile_server_costs_the_agent_nothing(agent_home, answer):
    server = Hostile(answer)
    key = agent_home.make_key()
    agent_home.save_identity(
        key, DeviceIdentity(f"http://127.0.0.1:{server.port}", uuid.uuid4(), "会社", "a", "linux")
    )
    agent = Agent(agent_home, looker=looker())
    wait = agent.turn()
    server.stop()
    assert len(agent.queue) == 1
    assert wait.total_seconds() > 30


@pytest.mark.parametrize(
    "address",
    [
        "http://portal.example.jp",
        "ftp://x",
        "portal",
        "https://",
        "https://a:b@c",
        "https://a:99999999",
    ],
)
def test_only_https_addresses_are_taken(address):
    with pytest.raises(AgentError):
        agent_client.server_address(address)


def test_waits_are_spread_and_bounded():
    chance = random.Random(3)
    waits = [jittered(timedelta(hours=24), chance) for _ in range(500)]
    assert min(waits) < timedelta(hours=20)
    assert max(waits) > timedelta(hours=28)
    assert all(back_off(n, chance) <= timedelta(hours=7.2) for n in range(1, 60))


def test_the_queue_is_bounded_and_survives_damage(agent_home, machine):
    from tojimari.agent.queue import AT_MOST, Queue

    queue = Queue(agent_home)
    start = datetime.now(UTC) - timedelta(days=300)
    for n in range(AT_MOST + 5):
        queue.put(report(machine, at=start + timedelta(days=n)))
    assert len(queue) == AT_MOST
    oldest = min(agent_home.folder.glob("queue/*.json"))
    oldest.write_bytes(b"half a rep")
    assert len(list(queue.waiting())) == AT_MOST - 1
    assert not oldest.exists()


@pytest.mark.parametrize("system", ["linux", "macos"])
def test_the_installed_unit_is_well_formed(system, tmp_path):
    import plistlib
    import subprocess

    from tojimari.agent.startup import unit, write

    made = unit(system, tmp_path / "a folder % & <x>")
    target = msgspec.structs.replace(made, path=tmp_path / made.path.name)
    write(target)
    if system == "macos":
        loaded = plistlib.loads(target.path.read_bytes())
        assert loaded["ProgramArguments"][-2:] == ["agent", "run"]
        assert loaded["EnvironmentVariables"]["TOJIMARI_AGENT_HOME"].endswith("& <x>")
    else:
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(target.path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert "tojimari-agent.service:" not in done.stderr, done.stderr


def test_the_task_of_windows_is_its_users_own_and_shows_no_window():
    """What lets a task be registered without an administrator, and run every day."""
    from pathlib import PureWindowsPath
    from xml.etree import ElementTree

    from tojimari.agent import windows_task

    space = {"t": "http://schemas.microsoft.com/windows/2004/02/mit/task"}
    home, user = PureWindowsPath(r"C:\Users\山田 & <x>\agent"), "S-1-5-21-1-2-3-1001"
    text = windows_task.definition(home, user, r"C:\P & Q\python.exe")
    task = ElementTree.fromstring(text.encode("utf-16"))

    def said(path: str) -> list[str | None]:
        return [one.text for one in task.findall(path, space)]

    assert said("t:Triggers/t:LogonTrigger/t:UserId") == [user]
    assert said("t:Triggers/t:CalendarTrigger/t:ScheduleByDay/t:DaysInterval") == ["1"]
    assert said("t:Principals/t:Principal/t:UserId") == [user]
    assert said("t:Principals/t:Principal/t:LogonType") == ["InteractiveToken"]
    assert said("t:Principals/t:Principal/t:RunLevel") == ["LeastPrivilege"]
    assert said("t:Settings/t:StartWhenAvailable") == ["true"]
    assert said("t:Settings/t:MultipleInstancesPolicy") == ["IgnoreNew"]
    assert said("t:Actions/t:Exec/t:Command") == [r"C:\P & Q\pythonw.exe"]
    assert said("t:Actions/t:Exec/t:Arguments") == [
        r'-m tojimari.cli.windowed agent "C:\Users\山田 & <x>\agent"'
    ]
    assert windows_task.name_for(user) != windows_task.name_for(f"{user}0")


def test_elsewhere_than_on_windows_a_task_is_refused_in_one_sentence(agent_home):
    from tojimari.agent import startup

    with pytest.raises(AgentError, match="Windows"):
        startup.install(agent_home.folder)
    assert not startup.uninstall(agent_home.folder)


# --- phones ---------------------------------------------------------------------------------------


def test_a_phone_answers_without_an_account(client, world):
    from tojimari.assess.phones import versions

    _, letters = EnrolCode.make(world.company, "phone", world.owner)
    page = f"/phone/{letters}/"
    assert "設定" in client.get(page, headers={"user-agent": "x iPhone"}).content.decode()
    old = versions("android")[-1]
    answer = client.post(
        page,
        {
            "system": "android",
            "version": old,
            "up_to_date": "yes",
            "screen_lock": "no",
            "name": "社長",
        },
    )
    shown = answer.content.decode()
    assert "メーカーの更新が終わっています" in shown
    assert "画面ロックがありません" in shown
    assert client.get(page).status_code == 404
    run_tasks()
    owner = world.client("owner").get(f"/c/{world.company.pk}/devices/").content.decode()
    assert "社長" in owner
    assert "見たものではありません" in owner
    states = {s.control: s for s in world.company.control_states.all()}
    assert states["os-updates-phone"].reason == "phone_ended"
    world.company.standing.refresh_from_db()
    assert "never_looked" in world.company.standing.why


def test_an_unsure_phone_is_never_called_fine(client, world):
    _, letters = EnrolCode.make(world.company, "phone", world.owner)
    answer = client.post(
        f"/phone/{letters}/",
        {"system": "ios", "version": "", "up_to_date": "", "screen_lock": "yes"},
    )
    assert "大丈夫とは言えません" in answer.content.decode()


def test_phone_pages_refuse_junk(client, world):
    _, letters = EnrolCode.make(world.company, "phone", world.owner)
    page = f"/phone/{letters}/"
    assert client.post(page, {"system": "symbian"}).status_code == 400
    assert client.post(page, {"system": "ios", "version": "999"}).status_code == 400
    assert client.get("/phone/ABCDEFGH/").status_code == 404
    for _ in range(30):
        client.get("/phone/ABCDEFGH/")
    assert client.get(page).status_code == 429
