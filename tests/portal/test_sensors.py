"""What watches a company, on the portal: heard from computers, shown, told, silenced, sent on."""

import hashlib
import hmac
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import msgspec
import pytest
from django.core import mail
from django.utils import timezone

from tests.support.agents import post, refused, report, signed
from tests.support.heard_days import at, day, hear, matter
from tests.support.pressing import run_tasks
from tojimari.agent.wire import MAX_LINES, ReportedFact
from tojimari.model.facts.watch_day import NetworkWatchDay
from tojimari.portal.companies.models import Observation
from tojimari.portal.core.models import Notice
from tojimari.portal.devices.models import Device
from tojimari.portal.incidents.models import Incident
from tojimari.portal.sensors import telling
from tojimari.portal.sensors.hook import SIGNATURE, call_hooks_again
from tojimari.portal.sensors.models import HeardDay, HookCall, Matter, Telling
from tojimari.portal.words import catalog, say

SECRET = "a secret of the hook, long enough 1"


def page(world, who: str = "owner", lang: str = "ja") -> str:
    client = world.client(who)
    client.cookies["django_language"] = lang
    answer = client.get(f"/c/{world.company.pk}/watch/")
    assert answer.status_code == 200
    return answer.content.decode()


def said(rule: str, part: str, n: int = 40) -> str:
    kept = dict.fromkeys(("source", "target", "name", "engine"), say("watched.kept_there", "ja"))
    return getattr(catalog().watch.rules[rule], part).say("ja", n=n, since="-", **kept)


def press_ours(world, row: Matter, who: str = "owner", **sent):
    address = f"/c/{row.company_id}/watch/{row.pk}/ours/"
    return world.client(who).post(address, {"last": row.last.isoformat(), **sent})


def open_rows(world):
    return Matter.objects.of(world.company).filter(over_at=None)


def kept_notices(world, kind: str):
    return Notice.objects.of(world.company).filter(kind=kind)


# --- the page -------------------------------------------------------------------------------------


def test_where_nothing_is_heard_the_page_says_so_and_how_to_begin(world):
    text = page(world)
    assert say("watched.none", "ja") in text
    assert say("watched.nothing_to_do", "ja") not in text
    assert f"/c/{world.company.pk}/devices/" in text


def test_a_quiet_day_is_one_line_with_its_chart(client, world, machine):
    assert hear(client, machine, day()).status_code == 200
    text = page(world)
    assert catalog().watch.kinds["knock"].line.say("ja", n=412) in text
    assert say("watched.nothing_to_do", "ja") in text
    assert '<svg class="line"' in text
    assert "ClamAV" in text
    assert say("keeps.watch", "ja") in text
    assert machine.device.name in text
    assert mail.outbox == []
    assert not Notice.objects.of(world.company).exists()
    weekly = world.client("owner").get(f"/c/{world.company.pk}/weekly/").content.decode()
    assert f"/c/{world.company.pk}/watch/" in weekly
    assert (
        say(
            "watched.week_some",
            "ja",
            n=1,
            left=6,
            line=catalog().watch.kinds["knock"].line.say("ja", n=412),
        )
        in weekly
    )


def weekly(world):
    return world.client("owner").get(f"/c/{world.company.pk}/weekly/").content.decode()


def test_a_week_is_quiet_only_where_all_of_it_was_heard(client, world, machine):
    """Whole days are told on the next: seven of them are a week, with a bar for each."""
    for ago in range(7, 0, -1):
        hear(client, machine, day(ago=ago, knocks=100 + ago), at=at(days=ago))
    counted = catalog().watch.kinds["knock"].line.say("ja", n=7 * 100 + 28)
    text = weekly(world)
    assert say("watched.week_quiet", "ja", n=7, line=counted) in text
    assert text.count('class="fill"') == 7
    assert ">?<" not in text
    HeardDay.objects.of(world.company).filter(day=at(days=3).date()).delete()
    text = weekly(world)
    assert say("watched.week_quiet", "ja", n=6, line=counted)[:9] not in text
    assert text.count(">?<") == 1


def test_a_computer_that_told_nothing_all_week_was_not_quiet(client, world, machine):
    for ago in range(7, 0, -1):
        hear(client, machine, day(ago=ago, knocks=100), at=at(days=ago))
    counted = catalog().watch.kinds["knock"].line.say("ja", n=700)
    assert say("watched.week_quiet", "ja", n=7, line=counted) in weekly(world)
    HeardDay.objects.of(world.company).create(
        company=world.company, device=machine.device, subject_kind="network", subject_id="old name",
        day=at(days=12).date(), heard_until=at(days=12),
    )  # fmt: skip
    assert say("watched.week_quiet", "ja", n=7, line=counted) in weekly(world)
    other = Device.objects.of(world.company).create(company=world.company, name="in the back")
    HeardDay.objects.of(world.company).create(
        company=world.company, device=other, subject_kind="device", subject_id=str(other.pk),
        day=at(days=12).date(), heard_until=at(days=12),
    )  # fmt: skip
    assert say("watched.week_partly", "ja", line=counted) in weekly(world)


def test_a_matter_is_said_with_what_where_danger_and_the_one_thing_to_do(client, world, machine):
    hear(client, machine, day(matter("renaming")))
    text = page(world)
    for part in ("what", "danger", "do"):
        assert said("renaming", part) in text.replace("&quot;", '"')
    assert machine.device.name in text
    assert "/odd/screen/now/?since=" in text


def test_the_guide_is_only_opened_with_the_moment_filled_in(client, world, machine):
    hear(client, machine, day(matter("renaming")))
    row = open_rows(world).get()
    since = timezone.localtime(row.first).strftime("%Y-%m-%dT%H:%M")
    owner = world.client("owner")
    text = owner.get(f"/c/{world.company.pk}/odd/screen/now/", {"since": since}).content.decode()
    assert f'name="known_at" value="{since}"' in text
    for odd in ("x", "2999-01-01T00:00", '"><script>'):
        answer = owner.get(f"/c/{world.company.pk}/odd/screen/now/", {"since": odd})
        assert answer.status_code == 200
        assert '<script>"' not in answer.content.decode()
    assert not Incident.objects.of(world.company).exists()


def test_an_engine_that_fell_silent_and_a_computer_not_heard_from_are_unknown(
    client, world, machine
):
    silent = day()
    silent.fields["engines"][0]["silent"] = True
    hear(client, machine, silent)
    text = page(world)
    assert say("watched.silent", "ja") in text
    assert say("watched.nothing_to_do", "ja") not in text
    silent.fields["signals"] = []
    hear(client, machine, silent)
    text = page(world)
    assert say("watched.nothing_heard", "ja") in text
    assert say("watched.nothing_seen", "ja") not in text
    HeardDay.objects.of(world.company).update(
        heard_until=at(days=3),
        day=at(days=3).date(),
        engines=day().fields["engines"] and [["clamav", "endpoint", 1, 0, None, False]],
    )
    text = page(world)
    assert say("watched.nothing_to_do", "ja") not in text
    assert say("watched.nothing_partly", "ja") in text


def test_a_day_nobody_listened_is_not_counted_as_zero(client, world, machine):
    hear(client, machine, day(ago=3), at=at(days=3))
    hear(client, machine, day())
    shown = page(world)
    assert say("watched.chart_note", "ja", n=2, days=28, sum=824) in shown


# --- telling ----------------------------------------------------------------------------------------


def test_what_cannot_wait_is_told_at_once_and_once(client, world, machine, settings):
    settings.MAIL_CONFIGURED = True
    began = at(hours=2)
    hear(client, machine, day(matter("renaming", began)))
    assert [one.to for one in mail.outbox] == [[world.owner.email]]
    assert said("renaming", "do") in mail.outbox[0].body
    hear(client, machine, day(matter("renaming", began)))
    assert len(mail.outbox) == 1
    hear(client, machine, day(matter("renaming", began), matter("renaming", at(minutes=90))))
    assert len(mail.outbox) == 2  # another one


def test_what_can_wait_is_told_together_once_a_day(client, world, machine, settings):
    settings.MAIL_CONFIGURED = True
    hear(client, machine, day(matter("callout_stopped")))
    hear(client, machine, day(matter("callout_stopped"), matter("bad_name_again")))
    hear(client, machine, day(matter("bad_name_again"), matter("bad_name_again", at(hours=3))))
    assert len(mail.outbox) == 1
    Telling.objects.of(world.company).update(day_told_at=at(hours=25))
    hear(client, machine, day(matter("bad_name_again"), matter("bad_name_again", at(hours=3))))
    assert len(mail.outbox) == 2
    hear(client, machine, day(matter("bad_name_again")))
    Telling.objects.of(world.company).update(day_told_at=at(hours=25))
    hear(client, machine, day(matter("bad_name_again")))
    assert len(mail.outbox) == 2  # told before, and not for long enough


def test_what_is_only_counted_rings_no_bell(client, world, machine, settings):
    settings.MAIL_CONFIGURED = True
    hear(client, machine, day(matter("malware_stopped")))
    assert mail.outbox == []
    assert not Notice.objects.of(world.company).exists()
    assert say("watched.nothing_to_do", "ja") in page(world)


def test_a_computer_that_floods_does_not_flood_mailboxes(
    client, world, machine, settings, monkeypatch
):
    settings.MAIL_CONFIGURED = True
    monkeypatch.setattr(telling, "URGENT_A_DAY", 2)
    for n in range(1, 6):
        hear(client, machine, day(*(matter("renaming", at(minutes=70 + m)) for m in range(n))))
    assert len(mail.outbox) == 2
    assert page(world).count(said("renaming", "danger")) == 5  # the page shows all of it


def test_what_is_over_is_not_told_any_more(client, world, machine):
    hear(client, machine, day(matter("renaming")))
    assert kept_notices(world, "watch.now").filter(ended_at=None, seen_at=None).count() == 1
    hear(client, machine, day())
    assert not kept_notices(world, "watch.now").filter(ended_at=None).exists()
    assert not open_rows(world).exists()


def test_an_older_report_that_comes_late_changes_no_matter(client, world, machine):
    hear(client, machine, day())
    hear(client, machine, day(matter("renaming", at(days=2)), ago=1), at=at(days=1))
    assert not open_rows(world).exists()
    assert HeardDay.objects.of(world.company).count() == 2


# --- "that was us" ----------------------------------------------------------------------------------


def test_that_was_us_silences_this_matter_and_no_other(client, world, machine, settings):
    settings.MAIL_CONFIGURED = True
    began = at(hours=2)
    hear(client, machine, day(matter("renaming", began)))
    row = open_rows(world).get()
    assert press_ours(world, row).status_code == 302
    row.refresh_from_db()
    days = catalog().watch.rules["renaming"].ours_days
    assert timedelta(days=days, hours=-1) < row.ours_until - timezone.now() <= timedelta(days=days)
    assert said("renaming", "danger") not in page(world)
    assert not kept_notices(world, "watch.now").filter(ended_at=None).exists()
    hear(client, machine, day(matter("renaming", began, n=50)))
    assert len(mail.outbox) == 1
    hear(client, machine, day(matter("renaming", began), matter("renaming", at(minutes=59))))
    assert len(mail.outbox) == 2
    assert said("renaming", "danger") in page(world)


def test_silence_ends_by_itself(client, world, machine):
    hear(client, machine, day(matter("renaming")))
    press_ours(world, open_rows(world).get())
    open_rows(world).update(ours_until=at(hours=1))
    assert said("renaming", "danger") in page(world)


def test_what_went_on_since_the_page_was_opened_is_not_silenced(client, world, machine):
    hear(client, machine, day(matter("renaming")))
    row = open_rows(world).get()
    assert press_ours(world, row, last=at(days=1).isoformat()).status_code == 409
    assert press_ours(world, row, last="x" * 500).status_code == 409
    assert open_rows(world).get().ours_until is None


def test_what_has_no_such_answer_cannot_be_silenced(client, world, machine):
    without = next(
        one.id for one in catalog().watch.rules.values() if one.level != "line" and one.ours is None
    )
    hear(client, machine, day(matter(without)))
    row = open_rows(world).get()
    assert press_ours(world, row).status_code == 400
    assert open_rows(world).get().ours_until is None


# --- who may ---------------------------------------------------------------------------------------


def test_others_see_nothing_and_staff_only_read(client, world, machine):
    hear(client, machine, day(matter("renaming")))
    row = open_rows(world).get()
    for who in ("stranger", "supporter", "buyer", "operator"):
        assert world.client(who).get(f"/c/{world.company.pk}/watch/").status_code == 404
        assert press_ours(world, row, who).status_code == 404
    assert "/ours/" not in page(world, "staff")
    assert press_ours(world, row, "staff").status_code == 404
    own = world.client("stranger").post(
        f"/c/{world.foreign.pk}/watch/{row.pk}/ours/", {"last": row.last.isoformat()}
    )
    assert own.status_code == 404
    assert open_rows(world).get().ours_until is None


@pytest.mark.parametrize("allowed", [True, False])
def test_a_supporter_is_told_only_where_the_company_shows_its_findings(
    client, world, machine, allowed
):
    scopes = ("basics:read", "findings:read") if allowed else ("basics:read",)
    type(world.grant).objects.of(world.company).filter(pk=world.grant.pk).update(scopes=scopes)
    hear(client, machine, day(matter("renaming")))
    supporter, fleet = world.client("supporter"), f"/s/{world.chamber.pk}/"
    own = f"{fleet}c/{world.company.pk}/"
    concern = say("concern.watch_urgent", "ja")
    found = supporter.get(fleet, {"wrong": "watch_urgent"})
    assert len(found.context["rows"]) == allowed
    row = next(one for one in supporter.get(fleet).context["rows"])
    assert (concern in row["wrong"]) == allowed
    text = supporter.get(own).content.decode()
    assert (say("granted.watch", "ja") in text) == allowed
    assert ("/odd/screen/now/" in text) == allowed
    assert machine.device.name not in text  # devices were not ticked
    assert not Incident.objects.of(world.company).exists()


# --- what computers send -----------------------------------------------------------------------------


def test_a_gateways_line_is_the_companys_own(client, world, machine):
    assert hear(client, machine, day(), day(line="本店の回線", knocks=7)).status_code == 200
    kept = Observation.objects.of(world.company).get(kind=NetworkWatchDay.KIND)
    assert (kept.subject_kind, kept.subject_id, kept.source) == ("network", "本店の回線", "heard")
    assert not Observation.objects.of(world.foreign).filter(kind=NetworkWatchDay.KIND).exists()
    assert say("watched.at_line", "ja", line="本店の回線", name=machine.device.name) in page(world)


@pytest.mark.parametrize(
    "fact",
    [
        ReportedFact("network.open_ports", 1, {}, line="203.0.113.5"),
        ReportedFact("device.time_sync", 1, {"synchronised": True, "service": "x"}, line="a"),
        ReportedFact("network.watch_day", 1, {}),
        day(line="x" * 65),
        day(line="a\nb"),
        day(line=" a"),
    ],
)
def test_a_device_reports_of_lines_nothing_else(client, world, machine, fact):
    refused(post(client, signed(machine, report(machine, fact))), 400, "malformed")
    assert not Observation.objects.of(world.company).filter(subject_kind="network").exists()


def test_lines_are_few_and_each_comes_once(client, machine):
    many = [day(line=f"line {n}") for n in range(MAX_LINES + 1)]
    refused(post(client, signed(machine, report(machine, *many))), 400, "malformed")
    twice = [day(line="a"), day(line="a")]
    refused(post(client, signed(machine, report(machine, *twice))), 400, "malformed")
    assert hear(client, machine, *many[:MAX_LINES]).status_code == 200


def test_hostile_values_are_bounded_and_break_nothing(client, world, machine):
    bad = "<script>alert(1)</script>\u202e\x07"
    engine = {**day().fields["engines"][0], "engine": bad, "lines": -5, "unread": 10**18}
    far = {**matter("renaming"), "first": "2999-01-01T00:00:00Z", "last": "2999-01-01T00:00:00Z"}
    fact = day(
        far,
        {**matter("renaming", at(days=1)), "n": -(10**18)},
        matter("no-such-rule"),
        matter("renaming", at(days=4000)),
        engines=[engine] * 200,
        signals=[
            {"engine": bad, "kind": bad, "n": 5, "stopped": 5},
            {"engine": "x", "kind": "knock", "n": 10**18, "stopped": -1},
        ],
    )
    assert hear(client, machine, fact).status_code == 200
    text = page(world)
    assert "<script>alert" not in text
    assert "\u202e" not in text
    kept = HeardDay.objects.of(world.company).get()
    assert len(kept.engines) == 50
    assert kept.signals["knock"] == [10**9, 0]
    assert {(one.rule, one.n) for one in open_rows(world)} == {("renaming", 40), ("renaming", 0)}
    assert all(one.last <= timezone.now() for one in open_rows(world))


@pytest.mark.parametrize("odd", ["", "yesterday", "0001-01-01", "9999-12-31", "x" * 5000])
def test_a_day_that_cannot_be_is_left_out(client, world, machine, odd):
    assert hear(client, machine, day(matter("renaming"), **{"day": odd})).status_code == 200
    assert not HeardDay.objects.of(world.company).exists()
    assert say("watched.none", "ja") in page(world)


def test_a_removed_computer_takes_what_it_heard_along(client, world, machine):
    hear(client, machine, day(matter("renaming")), day(line="a"))
    address = f"/c/{world.company.pk}/devices/{machine.device.pk}/remove/"
    assert world.client("owner").post(address).status_code == 302
    run_tasks()
    assert not HeardDay.objects.of(world.company).exists()
    assert not Matter.objects.of(world.company).exists()
    assert not Observation.objects.of(world.company).filter(kind=NetworkWatchDay.KIND).exists()
    assert not kept_notices(world, "watch.now").filter(ended_at=None).exists()
    refused(post(client, signed(machine, report(machine, day()))), 403, "removed_device")


def test_a_report_without_a_line_is_sent_as_before():
    sent = json.loads(msgspec.json.encode(day()))
    assert set(sent) == {"kind", "kind_version", "fields"}


# --- the operator's hook --------------------------------------------------------------------------------


@pytest.fixture
def hook(settings):
    """A real server that answers what a test says, and keeps what it was sent."""
    got: list[tuple[dict[str, str], bytes]] = []
    answers: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers), body))
            self.send_response(answers.pop(0) if answers else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.WATCH_HOOK_URL = f"http://127.0.0.1:{server.server_port}/watch?a=b"
    settings.WATCH_HOOK_SECRET = SECRET
    yield got, answers
    server.shutdown()
    server.server_close()


def test_the_hook_gets_signed_sentences_without_names(client, world, machine, hook):
    got, _ = hook
    hear(client, machine, day(matter("renaming")))
    ((headers, body),) = got
    made = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers[SIGNATURE] == f"sha256={made}"
    content = json.loads(body)
    assert content["urgent"] is True
    assert content["company"] == str(world.company.pk)
    assert said("renaming", "do") in content["matters"][0]["ja"]
    for private in (
        machine.device.name,
        world.company.name,
        world.owner.email,
        str(machine.device.pk),
    ):
        assert private not in body.decode()
    hear(client, machine, day(matter("renaming")))
    assert len(got) == 1 or open_rows(world).count() == 1


def test_the_hook_is_tried_again_until_it_takes_it(client, world, machine, hook):
    got, answers = hook
    answers += [500, 302]
    hear(client, machine, day(matter("renaming")))
    for _ in range(3):
        call = HookCall.objects.of(world.company)
        assert call.get().next_at is None or call.get().next_at > timezone.now()
        call.exclude(next_at=None).update(next_at=at(seconds=1))
        call_hooks_again.enqueue()
        run_tasks()
    assert len(got) == 3
    assert len({body for _, body in got}) == 1
    row = HookCall.objects.of(world.company).get()
    assert row.taken_at is not None
    assert row.tries == 3


def test_the_hook_is_given_up_and_off_by_default(client, world, machine, settings):
    hear(client, machine, day(matter("renaming")))
    assert not HookCall.objects.of(world.company).exists()
    settings.WATCH_HOOK_URL, settings.WATCH_HOOK_SECRET = "http://127.0.0.1:1/", SECRET
    hear(client, machine, day(matter("renaming"), matter("renaming", at(minutes=80))))
    call = HookCall.objects.of(world.company)
    assert call.get().tries == 1
    assert call.get().next_at > timezone.now()
    call.update(tries=11, next_at=at(seconds=1))
    call_hooks_again.enqueue()
    run_tasks()
    assert call.get().next_at is None
    assert call.get().taken_at is None
