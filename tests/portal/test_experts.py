"""An expert is sent: from the company's wish to a report that counts as evidence, and who sees what."""

import html
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from tests.support.pressing import run_tasks
from tojimari.catalog.read import parse_yaml
from tojimari.model import Subject, seen
from tojimari.model.facts import DeviceFirewall
from tojimari.plan import lesson_observation
from tojimari.portal.companies.assessments import result_of
from tojimari.portal.companies.observations import keep
from tojimari.portal.core.deletion import delete_company
from tojimari.portal.core.models import AuditEvent, Notice
from tojimari.portal.core.permissions import Actor, companies_where, may, rights
from tojimari.portal.core.retention import throw_away
from tojimari.portal.experts import mails, visits
from tojimari.portal.experts.mails import ORGANISATION, write
from tojimari.portal.experts.models import SEES_AFTER, Expert, ExpertVisit, VisitMail, VisitReport
from tojimari.portal.experts.periodic import end_visits
from tojimari.portal.incidents.chain import append, erase
from tojimari.portal.incidents.models import Incident, IncidentEntry, IncidentFile
from tojimari.portal.people.models import Membership, User
from tojimari.portal.supporters.models import Grant, Helper, Organisation
from tojimari.portal.words import FOLDER, catalog, say

pytestmark = pytest.mark.django_db


def text_of(response) -> str:
    return html.unescape(response.content.decode())


@pytest.fixture
def outside(world) -> Expert:
    """An expert who belongs to no organisation, can be asked, and is signed in."""
    user = User.objects.create_user("outside@example.jp", name="外の人")
    world.outside = user
    return Expert.objects.create(
        organisation=world.chamber,
        outside=True,
        user=user,
        name="佐藤専門家",
        fields=["network", "incident"],
        prefectures=["13"],
        is_on=True,
        lang="en",
    )


def of(visit) -> ExpertVisit:
    return ExpertVisit.objects.of(visit.company_id).get(pk=visit.pk)


def in_days(days: int) -> str:
    return timezone.localtime(timezone.now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")


def asked(world, **more) -> ExpertVisit:
    sent = {
        "organisation": str(world.chamber.pk),
        "field": "network",
        "wish": "Wi-Fi が心配です",
        **more,
    }
    answer = world.client("owner").post(f"/c/{world.company.pk}/experts/ask/", sent)
    assert answer.status_code == 302, text_of(answer)
    return ExpertVisit.objects.of(world.company).latest("asked_at")


def arranged(world, visit, what: str = "") -> str:
    return f"/s/{world.chamber.pk}/c/{world.company.pk}/experts/{visit.pk}/{what}"


def proposed(world, expert, **more) -> ExpertVisit:
    visit = asked(world, **more)
    sent = {"expert": str(expert.pk), "at1": in_days(5), "at2": in_days(6), "minutes": "90"}
    answer = world.client("supporter").post(arranged(world, visit, "propose/"), sent)
    assert answer.status_code == 302, text_of(answer)
    return of(visit)


def agreed(world, expert, **more) -> ExpertVisit:
    visit = proposed(world, expert, **more)
    world.client("outside").post(f"/visits/{visit.pk}/answer/", {"time": "1"})
    assert says_yes(world, visit).status_code == 302
    found = of(visit)
    assert found.state == ExpertVisit.AGREED
    return found


def shown_button(world, visit, what: str = "answer") -> dict[str, str]:
    """What the owner's page would send by its yes, as it is now."""
    page = text_of(world.client("owner").get(f"/c/{world.company.pk}/experts/{visit.pk}/"))
    form = page.split(f'{visit.pk}/{what}/">', 1)[1].split("</form>", 1)[0]
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', form)
    return {"yes": "yes", "seen": seen[1]}


def says_yes(world, visit, what: str = "answer"):
    page = f"/c/{world.company.pk}/experts/{visit.pk}/{what}/"
    return world.client("owner").post(page, shown_button(world, visit, what))


def begun(visit, *, days: int = 0) -> ExpertVisit:
    """Let the time of the appointment have come."""
    at = timezone.now() - timedelta(days=days, hours=1)
    ExpertVisit.objects.of(visit.company_id).filter(pk=visit.pk).update(
        at=at, sees_until=at + SEES_AFTER
    )
    return of(visit)


def test_from_the_wish_to_the_evidence(world, outside, smtp):
    visit = proposed(world, outside, sees_findings="yes")
    own = world.client("outside")
    shown = text_of(own.get(f"/visits/{visit.pk}/"))
    assert "Wi-Fi が心配です" in shown
    assert own.get(f"/visits/{visit.pk}/company/").status_code == 404, "seen before anybody agreed"
    assert own.post(f"/visits/{visit.pk}/answer/", {"time": "1"}).status_code == 302
    assert of(visit).state == ExpertVisit.ACCEPTED
    assert own.get(f"/visits/{visit.pk}/company/").status_code == 404, "the company has to say yes"
    owner, page = world.client("owner"), f"/c/{world.company.pk}/experts/{visit.pk}/"
    assert say("visit.company_yes", "ja") in text_of(owner.get(page))
    assert "佐藤専門家" in text_of(owner.get(f"/c/{world.company.pk}/"))  # the notice
    run_tasks()
    says_yes(world, visit)
    shown = text_of(own.get(f"/visits/{visit.pk}/company/"))
    assert "すべての対策" in shown
    visit = begun(of(visit))
    report = {
        "seen": "ルーターは新しい",
        "next": "管理者の一覧をつくる",
        "controls": ["security-policy", "device-firewall", "nonsense"],
    }
    assert own.post(f"/visits/{visit.pk}/report/", report).status_code == 302
    assert VisitReport.objects.of(world.company).get().controls == ["security-policy"]
    assert result_of(world.company).assessment.controls["security-policy"].state == "unknown"
    assert "ルーターは新しい" in text_of(owner.get(page))
    says_yes(world, visit, "report")
    assert of(visit).state == ExpertVisit.DONE
    standing = result_of(world.company).assessment.controls["security-policy"]
    assert (standing.state, standing.basis) == ("met", "document")
    assert own.get(f"/visits/{visit.pk}/").status_code == 404
    run_tasks()
    told = set(smtp.to)
    assert {"outside@example.jp", "supporter@example.jp", "owner@example.jp"} <= told
    english = [m for m in smtp.mails if m["To"] == "outside@example.jp"]
    assert all("Visit of an expert" in str(m["Subject"]) for m in english)
    done = set(AuditEvent.objects.of(world.company).values_list("action", "actor_as"))
    assert {
        ("visit.asked", "owner"),
        ("visit.proposed", "supporter"),
        ("visit.accepted", "expert"),
        ("visit.agreed", "owner"),
        ("result.seen", "expert"),
        ("visit.reported", "expert"),
        ("visit.confirmed", "owner"),
    } <= done
    assert not Notice.objects.of(world.company).filter(kind__startswith="visit.", ended_at=None)


def test_a_review_never_makes_fine_what_a_look_found_open(world, visit, machine):
    """Wherever a paper counts and a look can see too, the look speaks first."""
    both = [
        one
        for one in catalog().controls.values()
        if one.evidence is not None and set(one.seen_by) - {"paper", "record"}
    ]
    assert both
    fact = DeviceFirewall("ufw", active=False, default_inbound="accept", inbound_rules=0)
    at = timezone.now()
    subject = Subject("device", str(machine.device.pk))
    keep(world.company, [seen(fact, subject=subject, source="measured", at=at)])
    before = result_of(world.company).assessment.controls["device-firewall"]
    assert before.state == "not_met"
    report = VisitReport.objects.of(world.company)
    # Even where somebody writes into the row what no page lets through.
    report.update(controls=[one.id for one in both] + ["device-firewall", "gone-control"])
    assert visits.confirm(visit, world.owner, of(visit).report.version)
    after = result_of(world.company).assessment
    assert after.controls["device-firewall"].state == "not_met"
    for control in both:
        measured = [f for f in after.controls[control.id].measured if f.state == "not_met"]
        assert not measured or after.controls[control.id].state != "met"


def test_measured_open_stays_open_beside_a_review(world, visit):
    """The same, where one control has both: made by hand, since few controls are seen both ways."""
    from tojimari.assess.evidence import evidence_findings, evidence_observation
    from tojimari.assess.roll_up import roll_up
    from tojimari.model import Finding

    control, now = catalog().controls["security-policy"], timezone.now()
    paper = evidence_observation(control, done_on=now.date(), note="x", at=now)
    evidence = evidence_findings([paper], catalog=catalog(), as_of=now)[control.id]
    device = Subject("device", "one")
    open_one = Finding(
        control=control.id,
        subject=device,
        state="not_met",
        source="measured",
        reason="not_in_place",
        as_of=now,
        numbers={},
        rests_on=(),
    )
    standing = roll_up(
        control.id,
        said=None,
        measured=(open_one,),
        evidence=evidence,
        expected=1,
        company=Subject("company", "c"),
        as_of=now,
    )
    assert standing.state == "not_met"


def test_what_an_expert_sees_is_what_was_ticked_and_ends(world, outside, machine):
    visit = agreed(world, outside)
    own, actor = world.client("outside"), Actor(world.outside, expert=outside)
    page = f"/visits/{visit.pk}/company/"
    shown = text_of(own.get(page))
    assert "すべての対策" not in shown
    assert "事務所のパソコン" not in shown
    held = {name for name, one in rights().items() if not one.portal}
    assert {name for name in held if may(actor, name, world.company)} == {"basics:read"}
    show = f"/c/{world.company.pk}/experts/{visit.pk}/show/"
    owner = world.client("owner")
    owner.post(show, {"sees_findings": "yes", "sees_devices": "yes"})
    shown = text_of(own.get(page))
    assert "すべての対策" in shown
    assert "事務所のパソコン" in shown
    assert not may(Actor(world.outside), "findings:read", world.company), "only as the expert"
    assert not may(Actor(world.stranger, expert=outside), "findings:read", world.company)
    assert not may(actor, "findings:read", world.foreign)
    assert [row["company"] for row in companies_where(actor, "findings:read")] == [world.company.pk]
    # It ends by itself.
    ExpertVisit.objects.of(world.company).update(sees_until=timezone.now())
    assert own.get(page).status_code == 404
    assert own.get(f"/visits/{visit.pk}/").status_code == 200, "the report can still be written"
    # The company ends it before its time.
    ExpertVisit.objects.of(world.company).update(sees_until=timezone.now() + timedelta(days=3))
    assert own.get(page).status_code == 200
    owner.post(show, {"end": "yes"})
    assert own.get(page).status_code == 404
    assert of(visit).scopes == ()


@pytest.mark.parametrize(
    "cut",
    ["grant", "organisation", "cancelled", "removed", "other_time"],
)
def test_whatever_ends_the_visit_ends_the_sight(world, outside, cut):
    visit = agreed(world, outside)
    own, page = world.client("outside"), f"/visits/{visit.pk}/"
    assert own.get(f"{page}company/").status_code == 200
    match cut:
        case "grant":
            Grant.objects.of(world.company).filter(organisation=world.chamber).update(
                withdrawn_at=timezone.now()
            )
        case "organisation":
            Organisation.objects.filter(pk=world.chamber.pk).update(approved_at=None)
        case "cancelled":
            sent = {"reason": "急用"}
            where = f"/c/{world.company.pk}/experts/{visit.pk}/cancel/"
            assert world.client("owner").post(where, sent).status_code == 302
        case "removed":
            where = f"/s/{world.chamber.pk}/experts/{outside.pk}/remove/"
            assert world.client("supporter").post(where).status_code == 302
        case "other_time":
            where = f"/c/{world.company.pk}/experts/{visit.pk}/answer/"
            world.client("owner").post(where, {"words": "来月がよい"})
    for part in ("", "company/", "report/", "visit.ics"):
        assert own.get(page + part).status_code == 404, part
    for part in ("answer/", "move/", "cancel/", "report/"):
        assert own.post(page + part, {"reason": "x"}).status_code == 404, part
    assert not may(Actor(world.outside, expert=outside), "basics:read", world.company)


def test_a_helper_who_left_the_organisation_is_no_expert_any_more(world, visit):
    own = world.client("supporter")
    assert own.get(f"/visits/{visit.pk}/company/").status_code == 200
    Helper.objects.filter(user=world.supporter).delete()
    assert own.get(f"/visits/{visit.pk}/company/").status_code == 404
    assert own.get("/visits/").status_code == 404


OWN = ("", "company/", "report/", "visit.ics")


@pytest.mark.parametrize("who", ["stranger", "staff", "owner", "buyer", "operator"])
def test_nobody_else_opens_the_experts_pages(world, visit, ids, who):
    client = world.client(who)
    for part in (*OWN, f"incidents/{ids['incident_id']}/"):
        assert client.get(f"/visits/{visit.pk}/{part}").status_code == 404, part


def test_another_supporter_sees_nothing_of_the_request(world, visit):
    other = Organisation.objects.create(
        name="別の会議所", kind="supporter", approved_at=timezone.now()
    )
    Helper.objects.create(user=world.stranger, organisation=other)
    Grant.objects.of(world.company).create(company=world.company, organisation=other)
    client = world.client("stranger")
    base = f"/s/{other.pk}/c/{world.company.pk}/experts/{visit.pk}/"
    assert client.get(base).status_code == 404
    assert client.get(arranged(world, visit)).status_code == 404
    for part in ("propose/", "move/", "cancel/"):
        assert client.post(base + part, {"reason": "x"}).status_code == 404
    listed = client.get(f"/s/{other.pk}/experts/")
    assert listed.status_code == 200
    assert "ひみつ商店" not in text_of(listed)
    assert client.get(f"/s/{other.pk}/experts/{visit.expert_id}/").status_code == 404
    assert client.post(f"/s/{other.pk}/experts/{visit.expert_id}/remove/").status_code == 404


def test_a_buyer_sends_nobody(world, visit):
    client = world.client("buyer")
    assert client.get(f"/s/{world.bank.pk}/experts/").status_code == 404
    base = f"/s/{world.bank.pk}/c/{world.company.pk}/experts/{visit.pk}/"
    assert client.get(base).status_code == 404
    page = f"/c/{world.company.pk}/experts/ask/"
    sent = {"organisation": str(world.bank.pk), "field": "network", "wish": "x"}
    assert world.client("owner").post(page, sent).status_code == 404


def test_after_a_withdrawn_grant_the_organisation_sees_nothing(world, visit):
    client = world.client("supporter")
    assert client.get(arranged(world, visit)).status_code == 200
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(withdrawn_at=timezone.now())
    assert client.get(arranged(world, visit)).status_code == 404
    assert "ひみつ商店" not in text_of(client.get(f"/s/{world.chamber.pk}/experts/"))
    assert client.post(arranged(world, visit, "cancel/"), {"reason": "x"}).status_code == 404
    assert of(visit).state == ExpertVisit.REPORTED


def test_who_declined_is_told_of_and_cannot_come_back(world, outside):
    visit = proposed(world, outside)
    own, page = world.client("outside"), f"/visits/{visit.pk}/"
    assert own.post(f"{page}answer/", {"no": "yes"}).status_code == 400, "a no needs a reason"
    assert own.post(f"{page}answer/", {"no": "yes", "reason": "出張中"}).status_code == 302
    assert of(visit).state == ExpertVisit.ASKED
    for part in OWN:
        assert own.get(page + part).status_code == 404
    assert own.post(f"{page}answer/", {"time": "0"}).status_code == 404
    assert "出張中" in text_of(world.client("supporter").get(arranged(world, visit)))
    assert "出張中" in text_of(
        world.client("owner").get(f"/c/{world.company.pk}/experts/{visit.pk}/")
    )


def test_moving_needs_the_companys_yes_again_and_the_calendar_follows(world, outside):
    visit = agreed(world, outside)
    own, page = world.client("outside"), f"/visits/{visit.pk}/"

    def event(client, address):
        answer = client.get(address)
        assert answer["Content-Type"].startswith("text/calendar")
        made = Calendar.from_ical(answer.content)
        return str(made["METHOD"]), made.walk("VEVENT")[0]

    method, first = event(own, f"{page}visit.ics")
    assert (method, int(first["SEQUENCE"])) == ("REQUEST", 0)
    assert first["DTSTART"].dt == visit.at
    assert b"example.jp" not in own.get(f"{page}visit.ics").content, "no mail address of anybody"
    assert own.post(f"{page}move/", {"at": "2020-01-01T10:00"}).status_code == 400
    assert own.post(f"{page}move/", {"at": in_days(9)}).status_code == 302
    assert of(visit).state == ExpertVisit.ACCEPTED
    assert own.get(f"{page}company/").status_code == 404, "nothing is seen until the new yes"
    owner, company = world.client("owner"), f"/c/{world.company.pk}/experts/{visit.pk}/"
    says_yes(world, visit)
    assert own.get(f"{page}company/").status_code == 200
    method, second = event(world.client("supporter"), arranged(world, visit, "visit.ics"))
    assert (str(second["UID"]), int(second["SEQUENCE"])) == (str(first["UID"]), 1)
    world.client("supporter").post(arranged(world, visit, "cancel/"), {"reason": "病気"})
    method, last = event(owner, f"{company}visit.ics")
    assert (method, str(last["STATUS"]), int(last["SEQUENCE"])) == ("CANCEL", "CANCELLED", 2)
    assert "病気" in text_of(owner.get(company))
    assert "取りやめになりました" in text_of(owner.get(f"/c/{world.company.pk}/"))


def test_one_visit_opens_no_page_of_another(world, outside):
    """Two visits of one expert to one company: each shows by itself, and only while it lasts."""
    first = agreed(world, outside)
    second = proposed(world, outside)
    own = world.client("outside")
    assert own.get(f"/visits/{first.pk}/company/").status_code == 200
    assert own.get(f"/visits/{second.pk}/company/").status_code == 404
    assert f"/visits/{second.pk}/company/" not in text_of(own.get(f"/visits/{second.pk}/"))


def test_without_the_library_there_is_no_calendar_file_and_no_fault(world, outside, monkeypatch):
    from tojimari.portal.experts import appointment

    visit = agreed(world, outside)
    own, page = world.client("outside"), f"/visits/{visit.pk}/"
    assert "visit.ics" in text_of(own.get(page))
    monkeypatch.setattr(appointment, "find_spec", lambda name: None)
    assert "visit.ics" not in text_of(own.get(page))
    assert own.get(f"{page}visit.ics").status_code == 404


def test_two_at_once_and_old_buttons_change_nothing(world, outside):
    visit = agreed(world, outside)
    stale = of(visit)
    assert visits.cancel(visit, "x", world.owner, visits.COMPANY)
    for step in (
        lambda: visits.agree(stale, world.owner, stale.version),
        lambda: visits.move(stale, timezone.now() + timedelta(days=3), "", world.owner, "expert"),
        lambda: visits.report(stale, world.outside, seen="x", did="", next="", controls=[]),
        lambda: visits.confirm(stale, world.owner, ""),
        lambda: visits.not_right(stale, "x", world.owner),
        lambda: visits.other_time(stale, "x", world.owner),
        lambda: visits.come(stale, 0, world.outside),
        lambda: visits.decline(stale, "x", world.outside),
        lambda: visits.show(stale, (), [], end=False),
        lambda: visits.lapse(stale),
        lambda: visits.cancel(stale, "x", world.owner, visits.COMPANY),
    ):
        assert step() is False
    assert of(visit).state == ExpertVisit.CANCELLED
    page = f"/c/{world.company.pk}/experts/{visit.pk}/answer/"
    answer = world.client("owner").post(page, {"yes": "yes"})
    assert answer.status_code == 409
    assert say("visit.too_late", "ja") in text_of(answer)


def test_a_report_waits_for_the_visit_and_can_be_sent_back(world, outside):
    visit = agreed(world, outside)
    own, page = world.client("outside"), f"/visits/{visit.pk}/report/"
    assert own.get(page).status_code == 409
    assert own.post(page, {"seen": "もう見た"}).status_code == 409
    assert not VisitReport.objects.of(world.company)
    visit = begun(visit)
    empty = own.post(page, {"next": "だけ"})
    assert empty.status_code == 400
    assert "だけ</textarea>" in text_of(empty), "what was typed stays"
    own.post(page, {"seen": "一回目", "controls": ["security-policy"]})
    where = f"/c/{world.company.pk}/experts/{visit.pk}/report/"
    owner = world.client("owner")
    assert owner.post(where, {}).status_code == 400, "a no needs words"
    owner.post(where, {"words": "方針はまだありません"})
    assert of(visit).state == ExpertVisit.AGREED
    assert result_of(world.company).assessment.controls["security-policy"].state == "unknown"
    assert "方針はまだありません" in text_of(own.get(f"/visits/{visit.pk}/"))
    assert "一回目" in text_of(own.get(page))
    own.post(page, {"seen": "二回目"})
    says_yes(world, visit, "report")
    assert result_of(world.company).assessment.controls["security-policy"].state == "unknown"
    assert VisitReport.objects.of(world.company).get().seen == "二回目"


def test_time_ends_a_visit_and_nothing_becomes_evidence(world, outside):
    visit = begun(agreed(world, outside), days=31)
    own = world.client("outside")
    assert own.get(f"/visits/{visit.pk}/").status_code == 404
    waiting = asked(world)
    ExpertVisit.objects.of(world.company).filter(pk=waiting.pk).update(
        changed_at=timezone.now() - timedelta(days=91)
    )
    young = asked(world)
    end_visits.func()
    assert [of(one).state for one in (visit, waiting, young)] == ["lapsed", "lapsed", "asked"]
    assert not world.company.observations.exists()


def test_who_could_come_is_filtered_by_what_is_needed(world, outside):
    page = f"/c/{world.company.pk}/experts/"
    client = world.client("staff")
    assert "佐藤専門家" in text_of(client.get(page, {"field": "network"}))
    assert "佐藤専門家" not in text_of(client.get(page, {"field": "training"}))
    assert "outside@example.jp" not in text_of(client.get(page))
    type(world.company).objects.filter(pk=world.company.pk).update(prefecture="27")
    assert "佐藤専門家" not in text_of(client.get(page, {"field": "network"}))
    Expert.objects.filter(pk=outside.pk).update(online=True)
    assert "佐藤専門家" in text_of(client.get(page, {"field": "network"}))
    Expert.objects.filter(pk=outside.pk).update(is_on=False)
    assert "佐藤専門家" not in text_of(client.get(page, {"field": "network"}))
    assert "佐藤専門家" not in text_of(
        world.client("stranger").get(f"/c/{world.foreign.pk}/experts/")
    ), "only from those who look after it"


@pytest.mark.parametrize("kind", [p.id for p in catalog().incidents.playbooks.values() if p.opens])
def test_an_open_incident_suggests_the_field(world, kind):
    Incident.objects.of(world.company).create(
        company=world.company, kind=kind, known_at=timezone.now(), opened_as="owner"
    )
    near = world.client("owner").get(f"/c/{world.company.pk}/experts/").context["field"]
    assert kind in catalog().expertise.fields[near].kinds
    hidden = catalog().incidents.playbooks[kind].owners_only
    staff = world.client("staff").get(f"/c/{world.company.pk}/experts/").context["field"]
    assert (staff == near) or hidden


def test_the_expert_reads_an_incident_only_where_ticked_and_never_an_inside_one(world, outside):
    made = {
        kind: Incident.objects.of(world.company).create(
            company=world.company, kind=kind, known_at=timezone.now(), opened_as="owner"
        )
        for kind in ("screen", "insider")
    }
    visit = agreed(world, outside)
    own, page = world.client("outside"), f"/visits/{visit.pk}/incidents/"
    assert own.get(f"{page}{made['screen'].pk}/").status_code == 404
    show = f"/c/{world.company.pk}/experts/{visit.pk}/show/"
    world.client("owner").post(show, {"sees_incidents": "yes"})
    assert own.get(f"{page}{made['screen'].pk}/").status_code == 200
    assert own.get(f"{page}{made['insider'].pk}/").status_code == 404
    shown = text_of(own.get(f"/visits/{visit.pk}/company/"))
    assert catalog().incidents.playbooks["screen"].title.ja in shown
    assert catalog().incidents.playbooks["insider"].title.ja not in shown


def test_the_expert_opens_the_evidence_that_the_company_ticks_and_no_other(world, outside):
    def line(kind: str, name: str) -> IncidentFile:
        found = Incident.objects.of(world.company).filter(kind=kind).first()
        found = found or Incident.objects.of(world.company).create(
            company=world.company, kind=kind, known_at=timezone.now(), opened_as="owner"
        )
        row = append(found, IncidentEntry.FILE, name, by=world.owner, file=(name, name.encode()))
        return IncidentFile.objects.of(world.company).get(entry=row)

    files = {
        name: line(kind, name)
        for kind, name in (("screen", "note.jpg"), ("screen", "給与.xlsx"), ("insider", "人.pdf"))
    }
    visit = agreed(world, outside)
    owner, own = world.client("owner"), world.client("outside")
    show = f"/c/{world.company.pk}/experts/{visit.pk}/show/"

    def opened(name: str, client=own) -> int:
        entry = files[name].entry
        address = f"/visits/{visit.pk}/incidents/{entry.incident_id}/line/{entry.number}/file/"
        return client.get(address).status_code

    page = text_of(owner.get(f"/c/{world.company.pk}/experts/{visit.pk}/"))
    assert f'value="{files["note.jpg"].pk}"' in page
    assert str(files["人.pdf"].pk) not in page, "what no expert opens is not offered"
    picked = [str(files[name].pk) for name in ("note.jpg", "人.pdf")]
    owner.post(show, {"evidence": picked})
    assert opened("note.jpg") == 404  # incidents are not shown
    owner.post(show, {"evidence": picked, "sees_incidents": "yes"})
    assert [opened(name) for name in files] == [200, 404, 404]
    assert [opened("note.jpg", world.client(who)) for who in ("stranger", "buyer", "owner")] == [
        404
    ] * 3
    page = f"/visits/{visit.pk}/incidents/{files['note.jpg'].entry.incident_id}/"
    assert "/line/" in text_of(own.get(page))
    log = text_of(owner.get(f"/c/{world.company.pk}/log/"))
    number = files["note.jpg"].entry.number
    assert f"{say('event.proof.opened', 'ja')} (#{number} note.jpg)" in log
    erase(files["note.jpg"].entry, ("file",), by=world.owner)
    assert opened("note.jpg") == 404
    owner.post(show, {"evidence": [str(files["給与.xlsx"].pk)], "sees_incidents": "yes"})
    assert opened("給与.xlsx") == 200
    owner.post(show, {"end": "yes"})
    assert opened("給与.xlsx") == 404


def test_an_expert_from_outside_joins_by_a_link_that_works_once(world, smtp):
    supporter = world.client("supporter")
    base = f"/s/{world.chamber.pk}/experts/"
    shown = text_of(supporter.post(f"{base}invite/", {"name": "鈴木", "email": "s@example.com"}))
    link = re.search(r"/visits/join/[\w-]+/", shown)[0]
    [mail] = smtp.wait_for(1)
    assert link in mail.get_content()
    secret = link.split("/")[3]
    assert secret not in str(list(Expert.objects.values()))
    assert say("join.sign_in_first", "ja") in text_of(Client().get(link))
    person = world.client("stranger")
    assert person.get(link).status_code == 200
    assert not Expert.objects.filter(user=world.stranger)
    joined = person.post(f"{link}accept/")
    expert = Expert.objects.get(user=world.stranger)
    assert joined["Location"] == f"/visits/profile/{expert.pk}/"
    assert (expert.link, expert.email, expert.invited_until) == ("", "", None)
    assert Client().get(link).status_code == 404
    assert world.client("buyer").post(f"{link}accept/").status_code == 404
    profile = {"name": "鈴木", "fields_": ["rules"], "online": "yes", "is_on": "yes"}
    assert person.post(joined["Location"], {"name": "鈴木"}).status_code == 400
    assert person.post(joined["Location"], profile).status_code == 302
    assert person.get(f"/s/{world.chamber.pk}/").status_code == 404, "an expert is no helper"
    assert "鈴木" in text_of(
        world.client("owner").get(f"/c/{world.company.pk}/experts/", {"field": "rules"})
    )
    assert say("expert.home", "ja") in text_of(person.get("/visits/"))
    assert say("expert.home", "ja") in text_of(person.get("/home/"))
    assert person.get("/account/my-data/").json()["expert"][0]["name"] == "鈴木"
    person.post(f"/visits/profile/{expert.pk}/leave/")
    assert not Expert.objects.filter(pk=expert.pk)
    assert person.get("/visits/").status_code == 404


def test_a_link_ends_and_a_new_one_ends_the_one_before(world):
    supporter, base = world.client("supporter"), f"/s/{world.chamber.pk}/experts/"

    def link_in(answer):
        return re.search(r"/visits/join/[\w-]+/", text_of(answer))[0]

    first = link_in(supporter.post(f"{base}invite/", {"name": "鈴木", "email": "s@example.com"}))
    expert = Expert.objects.get(name="鈴木")
    second = link_in(supporter.post(f"{base}{expert.pk}/link/"))
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    Expert.objects.filter(pk=expert.pk).update(invited_until=timezone.now())
    assert Client().get(second).status_code == 404
    throw_away(timezone.now() + timedelta(days=31))
    assert not Expert.objects.filter(pk=expert.pk), "name and address of who never came are kept"


@pytest.mark.parametrize("way", ["removed", "leaves", "account"])
def test_what_an_expert_who_goes_had_promised_is_arranged_anew(world, outside, way):
    visit = agreed(world, outside)
    reported = begun(agreed(world, outside))
    world.client("outside").post(f"/visits/{reported.pk}/report/", {"seen": "見た"})
    match way:
        case "removed":
            world.client("supporter").post(f"/s/{world.chamber.pk}/experts/{outside.pk}/remove/")
        case "leaves":
            world.client("outside").post(f"/visits/profile/{outside.pk}/leave/")
        case "account":
            world.outside.delete()
    found = of(visit)
    assert (found.state, found.at, found.sees_until) == (ExpertVisit.ASKED, None, None)
    owner = world.client("owner")
    page = f"/c/{world.company.pk}/experts/{visit.pk}/"
    assert say("visit.words_gone", "ja") in text_of(owner.get(page))
    assert say("notice.visit.expert_gone", "ja") in text_of(owner.get(f"/c/{world.company.pk}/"))
    assert VisitMail.objects.of(world.company).filter(kind="gone").count() == 1
    assert of(reported).state == ExpertVisit.REPORTED, "what was written is still there"


def test_a_withdrawn_grant_calls_the_visit_off_and_the_expert_is_told(world, outside):
    visit = agreed(world, outside)
    Grant.objects.of(world.company).filter(organisation=world.chamber).update(
        withdrawn_at=timezone.now()
    )
    end_visits.func()
    assert of(visit).state == ExpertVisit.CANCELLED
    mails = VisitMail.objects.of(world.company).filter(kind="cancelled", as_expert=True)
    assert mails.get().to == world.outside
    page = f"/c/{world.company.pk}/experts/{visit.pk}/"
    assert say("visit.words_grant", "ja") in text_of(world.client("owner").get(page))


def test_a_closed_organisation_and_a_helper_who_left_leave_nothing_standing(world, outside):
    first = agreed(world, outside)
    own = Expert.objects.create(
        organisation=world.chamber,
        user=world.supporter,
        name="所員",
        fields=["network"],
        is_on=True,
    )
    Helper.objects.create(user=world.buyer, organisation=world.chamber)
    second = agreed(world, outside)
    ExpertVisit.objects.of(world.company).filter(pk=second.pk).update(expert=own)
    Helper.objects.filter(user=world.supporter).delete()
    end_visits.func()
    assert [of(one).state for one in (first, second)] == ["agreed", "asked"]
    Organisation.objects.filter(pk=world.chamber.pk).update(approved_at=None)
    end_visits.func()
    assert [of(one).state for one in (first, second)] == ["cancelled", "cancelled"]
    page = f"/c/{world.company.pk}/experts/{first.pk}/"
    assert say("visit.words_closed", "ja") in text_of(world.client("owner").get(page))


def test_an_organisation_can_be_deleted_with_everything(world, outside, visit):
    agreed(world, outside)
    world.chamber.delete()
    assert not ExpertVisit.objects.of(world.company).exists()
    assert not VisitMail.objects.of(world.company).exists()


def test_nobody_is_mailed_by_moving_again_and_again(world, outside):
    visit = agreed(world, outside)
    own = world.client("outside")
    codes = [
        own.post(f"/visits/{visit.pk}/move/", {"at": in_days(3 + n % 5)}).status_code
        for n in range(22)
    ]
    assert codes[0] == 302
    assert codes[-1] == 429


def test_whoever_leaves_takes_the_profile_along_and_the_company_keeps_its_record(world, outside):
    visit = begun(agreed(world, outside))
    world.client("outside").post(f"/visits/{visit.pk}/report/", {"seen": "見た"})
    world.outside.delete()
    found = of(visit)
    assert (found.expert, found.expert_name) == (None, "佐藤専門家")
    assert not VisitMail.objects.of(world.company).filter(as_expert=True)
    page = text_of(world.client("owner").get(f"/c/{world.company.pk}/experts/{visit.pk}/"))
    assert "佐藤専門家" in page


def test_what_is_over_goes_after_three_years_and_with_the_company(world, visit):
    assert visits.confirm(visit, world.owner, of(visit).report.version)
    write(visit, "confirmed", ORGANISATION)
    throw_away(timezone.now() + timedelta(days=1094))
    assert VisitReport.objects.of(world.company).exists()
    assert not VisitMail.objects.of(world.company).exists()
    throw_away(timezone.now() + timedelta(days=1096))
    assert not ExpertVisit.objects.of(world.company).exists()
    assert not VisitReport.objects.of(world.company).exists()
    made = asked(world)
    delete_company(world.company)
    assert not ExpertVisit.objects.across("test").filter(pk=made.pk).exists()


def test_the_companys_export_holds_visits_and_reports(world, visit):
    tables = world.client("owner").get(f"/c/{world.company.pk}/export/").json()
    assert tables["experts.expertvisit"][0]["expert_name"] == "専門家の山田"
    assert tables["experts.visitreport"][0]["controls"] == ["security-policy"]


def test_requests_are_limited_and_refused_in_one_sentence(world):
    page = f"/c/{world.company.pk}/experts/ask/"
    owner = world.client("owner")
    good = {"organisation": str(world.chamber.pk), "field": "network", "wish": "x"}
    for bad in ({"wish": ""}, {"field": "nonsense"}, {"organisation": "x"}):
        assert owner.post(page, good | bad).status_code == 400
    for _ in range(5):
        assert owner.post(page, good).status_code == 302
    assert owner.post(page, good).status_code == 429
    assert world.client("staff").post(page, good).status_code == 404


def test_an_expert_of_another_organisation_is_never_sent(world, outside, visit):
    other = Organisation.objects.create(
        name="別の会議所", kind="supporter", approved_at=timezone.now()
    )
    alien = Expert.objects.create(
        organisation=other, outside=True, user=world.buyer, name="よその専門家", is_on=True
    )
    made = asked(world, expert=str(alien.pk))
    assert made.wished is None
    sent = {"expert": str(alien.pk), "at1": in_days(3), "minutes": "90"}
    answer = world.client("supporter").post(arranged(world, made, "propose/"), sent)
    assert answer.status_code == 400
    assert of(made).state == ExpertVisit.ASKED


def test_lists_do_not_ask_once_a_row(world, outside, django_assert_max_num_queries):
    for n in range(4):
        Expert.objects.create(
            organisation=world.chamber,
            outside=True,
            user=User.objects.create_user(f"e{n}@example.jp"),
            name=f"専門家{n}",
            fields=["network"],
            online=True,
            is_on=True,
        )
        asked(world)
    pages = (
        ("owner", f"/c/{world.company.pk}/experts/"),
        ("supporter", f"/s/{world.chamber.pk}/experts/"),
    )
    for who, page in pages:
        client = world.client(who)
        with django_assert_max_num_queries(30):
            assert client.get(page).status_code == 200


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_programme_says_what_is_known_since_when_and_what_is_not(world, lang):
    type(world.company).objects.filter(pk=world.company.pk).update(prefecture="27")
    client = world.client("owner")
    client.cookies["django_language"] = lang
    shown = text_of(client.get(f"/c/{world.company.pk}/experts/"))
    known = catalog().money.programmes
    assert known["tokyo-support"].name.say(lang) not in shown, "another prefecture's"
    ipa = known["ipa-experts"]
    assert ipa.name.say(lang) in shown
    assert str(ipa.seen) in shown
    assert say("programme.check", lang) in shown
    assert set(ipa.open_points) == {"period", "apply"}
    assert say("programme.apply", lang) in shown


def test_whatever_is_written_is_shown_as_text(world, outside):
    evil = "<script>alert(1)</script>"
    visit = proposed(world, outside, wish=evil)
    for client, page in (
        (world.client("owner"), f"/c/{world.company.pk}/experts/{visit.pk}/"),
        (world.client("supporter"), arranged(world, visit)),
        (world.client("outside"), f"/visits/{visit.pk}/"),
    ):
        assert "<script>alert" not in client.get(page).content.decode()


def test_a_single_computers_portal_offers_no_experts(world, settings):
    settings.LOCAL = True
    assert world.client("owner").get(f"/c/{world.company.pk}/experts/").status_code == 404


def accepted(world, expert) -> ExpertVisit:
    visit = proposed(world, expert)
    world.client("outside").post(f"/visits/{visit.pk}/answer/", {"time": "1"})
    found = of(visit)
    assert found.state == ExpertVisit.ACCEPTED
    return found


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_time_that_has_passed_takes_no_yes_and_asks_for_another(world, outside, lang):
    visit = accepted(world, outside)
    owner, page = world.client("owner"), f"/c/{world.company.pk}/experts/{visit.pk}/"
    owner.cookies["django_language"] = lang
    assert say("visit.yes", lang) in text_of(owner.get(page))
    begun(visit)
    shown = text_of(owner.get(page))
    assert say("visit.yes", lang) not in shown
    assert say("visit.passed", lang) in shown
    assert f'<details class="fold" open><summary>{say("visit.other_time", lang)}' in shown
    pressed = owner.post(f"{page}answer/", {"yes": "yes"})  # on a page opened before
    assert pressed.status_code == 409
    assert say("visit.passed", lang) in text_of(pressed)
    assert of(visit).state == ExpertVisit.ACCEPTED
    for client, address in (
        (world.client("supporter"), arranged(world, visit)),
        (world.client("outside"), f"/visits/{visit.pk}/"),
    ):
        client.cookies["django_language"] = lang
        shown = text_of(client.get(address))
        assert say("visit.passed_move", lang) in shown
        assert say("visit.wait_for_yes", lang) not in shown
    assert owner.post(f"{page}answer/", {"words": "来週"}).status_code == 302
    assert of(visit).state == ExpertVisit.ASKED


def test_an_expert_is_asked_only_for_times_to_come(world, outside):
    visit = proposed(world, outside)
    gone = (timezone.now() - timedelta(days=1)).isoformat()
    rows = ExpertVisit.objects.of(world.company).filter(pk=visit.pk)
    rows.update(times=[gone, *visit.times[1:]])
    own, page = world.client("outside"), f"/visits/{visit.pk}/"
    shown = text_of(own.get(page))
    assert 'name="time" value="0"' not in shown
    assert 'name="time" value="1" checked' in shown
    rows.update(times=[gone])
    shown = text_of(own.get(page))
    assert 'name="time"' not in shown
    assert say("visit.times_passed", "ja") in shown
    assert own.post(f"{page}answer/", {"no": "yes", "reason": "過ぎた"}).status_code == 302


def test_both_sides_are_told_once_when_time_ends_a_visit(world, outside, smtp):
    visit, waiting = begun(agreed(world, outside), days=31), asked(world)
    rows = ExpertVisit.objects.of(world.company)
    rows.filter(pk=waiting.pk).update(changed_at=timezone.now() - timedelta(days=91))
    run_tasks()
    before = len(smtp.mails)
    for _ in range(2):
        end_visits.func()
        run_tasks()
    told = VisitMail.objects.of(world.company).filter(kind="lapsed")
    assert sorted(told.values_list("visit", "to__email")) == sorted(
        [
            (visit.pk, "outside@example.jp"),
            (visit.pk, "supporter@example.jp"),
            (waiting.pk, "supporter@example.jp"),
        ]
    )
    notices = Notice.objects.of(world.company).filter(kind="visit.lapsed")
    assert {one.about for one in notices} == {str(visit.pk), str(waiting.pk)}
    mailed = [mail["To"] for mail in smtp.mails[before:]]
    assert mailed.count("owner@example.jp") == 2
    assert mailed.count("supporter@example.jp") == 2
    shown = text_of(world.client("owner").get(f"/c/{world.company.pk}/"))
    assert say("notice.visit.lapsed", "ja", organisation=world.chamber) in shown


def test_a_report_counts_from_when_it_was_written(world, outside):
    visit = begun(agreed(world, outside), days=29)
    own, page = world.client("outside"), f"/visits/{visit.pk}/"
    assert own.post(f"{page}report/", {"seen": "見た"}).status_code == 302
    begun(visit, days=40)
    end_visits.func()
    assert of(visit).state == ExpertVisit.REPORTED, "the company has its time to read it"
    assert own.get(page).status_code == 200
    owner = world.client("owner")
    owner.post(f"/c/{world.company.pk}/experts/{visit.pk}/report/", {"words": "違う"})
    end_visits.func()
    assert of(visit).state == ExpertVisit.AGREED, "the expert has time to change it"
    assert own.post(f"{page}report/", {"seen": "直した"}).status_code == 302
    VisitReport.objects.of(world.company).update(written_at=timezone.now() - timedelta(days=31))
    assert own.get(page).status_code == 404
    end_visits.func()
    assert of(visit).state == ExpertVisit.LAPSED


def test_what_is_not_right_and_never_changed_ends_too(world, outside):
    visit = begun(agreed(world, outside), days=2)
    world.client("outside").post(f"/visits/{visit.pk}/report/", {"seen": "見た"})
    page = f"/c/{world.company.pk}/experts/{visit.pk}/report/"
    world.client("owner").post(page, {"words": "違う"})
    begun(visit, days=31)
    long_ago = timezone.now() - timedelta(days=31)
    ExpertVisit.objects.of(world.company).filter(pk=visit.pk).update(changed_at=long_ago)
    end_visits.func()
    assert of(visit).state == ExpertVisit.LAPSED


def test_what_was_typed_stays_when_a_request_is_refused(world, outside):
    owner, page = world.client("owner"), f"/c/{world.company.pk}/experts/ask/"
    sent = {
        "organisation": str(world.chamber.pk),
        "field": "nonsense",
        "expert": str(outside.pk),
        "wish": "長い話<b>",
        "sees_devices": "yes",
    }
    answer = owner.post(page, sent)
    shown = text_of(answer)
    assert answer.status_code == 400
    assert say("visit.bad_wish", "ja") in shown
    assert ">長い話<b></textarea>" in shown
    assert "長い話&lt;b&gt;</textarea>" in answer.content.decode()
    assert 'name="sees_devices" value="yes" checked' in shown
    assert 'name="sees_findings" value="yes" checked' not in shown
    assert f'value="{outside.pk}" selected' in shown
    for _ in range(5):
        asked(world)
    answer = owner.post(page, sent | {"field": "network"})
    assert answer.status_code == 429
    assert say("visit.too_many", "ja", n=5) in text_of(answer)
    assert ">長い話<b></textarea>" in text_of(answer)
    assert 'value="network" selected' in text_of(answer)


def test_a_no_without_words_shows_the_form_again(world, outside):
    visit = accepted(world, outside)
    owner, page = world.client("owner"), f"/c/{world.company.pk}/experts/{visit.pk}/"
    for where, opened in (("answer/", "visit.other_time"), ("cancel/", "visit.cancel")):
        answer = owner.post(page + where, {"words": " ", "reason": " "})
        assert answer.status_code == 400
        shown = text_of(answer)
        assert say("visit.bad_reason", "ja") in shown
        assert f'<details class="fold" open><summary>{say(opened, "ja")}' in shown
    says_yes(world, visit)
    begun(visit)
    world.client("outside").post(f"/visits/{visit.pk}/report/", {"seen": "見た"})
    answer = owner.post(f"{page}report/", {"words": ""})
    assert answer.status_code == 400
    assert f"<details open><summary>{say('visit.not_right', 'ja')}" in text_of(answer)


def test_words_for_what_changed_meanwhile_are_shown(world, outside):
    visit = agreed(world, outside)
    page = f"/c/{world.company.pk}/experts/{visit.pk}/"
    own, supporter = world.client("outside"), world.client("supporter")
    owner = world.client("owner")
    owner.post(f"{page}cancel/", {"reason": "急用"})
    for client, address, sent in (
        (owner, f"{page}answer/", {"words": "長い返事<i>"}),
        (owner, f"{page}report/", {"words": "長い返事<i>"}),
        (supporter, arranged(world, visit, "cancel/"), {"reason": "長い返事<i>"}),
        (supporter, arranged(world, visit, "move/"), {"at": in_days(3), "words": "長い返事<i>"}),
    ):
        answer = client.post(address, sent)
        assert answer.status_code == 409, address
        assert say("visit.too_late", "ja") in text_of(answer)
        assert say("visit.you_wrote", "ja") in text_of(answer)
        assert "長い返事&lt;i&gt;" in answer.content.decode()
    again = agreed(world, outside)
    answer = own.post(f"/visits/{again.pk}/answer/", {"no": "yes", "reason": "長い返事<i>"})
    assert answer.status_code == 409
    assert "長い返事&lt;i&gt;" in answer.content.decode()


def test_a_proposal_and_a_move_keep_what_was_typed(world, outside):
    visit = asked(world)
    supporter = world.client("supporter")
    sent = {
        "expert": str(outside.pk),
        "at1": "2020-01-01T10:00",
        "at2": in_days(3),
        "minutes": "180",
        "place": "本店二階",
        "words": "駅から歩けます",
    }
    answer = supporter.post(arranged(world, visit, "propose/"), sent)
    shown = text_of(answer)
    assert answer.status_code == 400
    assert f'value="{outside.pk}" selected' in shown
    assert '<option value="180" selected' in shown
    for typed in ("2020-01-01T10:00", sent["at2"], "本店二階"):
        assert f'value="{typed}"' in shown
    assert ">駅から歩けます</textarea>" in shown
    assert f'value="{sent["at2"]}"' not in text_of(supporter.get(arranged(world, visit)))
    supporter.post(arranged(world, visit, "cancel/"), {"reason": "x"})
    made, moved = agreed(world, outside), {"at": "2020-01-01T10:00", "words": "雪のため"}
    for client, address in (
        (supporter, arranged(world, made, "move/")),
        (world.client("outside"), f"/visits/{made.pk}/move/"),
    ):
        answer = client.post(address, moved)
        shown = text_of(answer)
        assert answer.status_code == 400
        assert say("visit.bad_proposal", "ja") not in shown
        assert 'value="2020-01-01T10:00"' in shown
        assert 'value="雪のため"' in shown
        assert f'<details class="fold" open><summary>{say("visit.move", "ja")}' in shown


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_who_is_not_sent_any_more_sounds_like_no_accident(lang):
    keys = ("visit.words_gone", "notice.visit.expert_gone", "mail.visit_gone", "visitmail.gone")
    words = {"link": "x", "expert": "佐藤", "company": "店", "organisation": "会議所"}
    for key in (*keys, "mail.visit_gone_subject"):
        said = say(key, lang, **words)
        assert "いなくなり" not in said, key
        assert ("外れました" if lang == "ja" else "is no longer sent") in said, key


@pytest.mark.parametrize("change", ["expert", "moved", "scopes", "nothing sent"])
def test_a_yes_counts_only_for_what_was_shown(world, outside, change):
    """The organisation, the expert or a colleague changes it while the owner's page is open."""
    visit = accepted(world, outside)
    sent = shown_button(world, visit)
    page = f"/c/{world.company.pk}/experts/{visit.pk}/"
    match change:
        case "expert":
            world.other = User.objects.create_user("other@example.jp", name="別")
            second = Expert.objects.create(
                organisation=world.chamber,
                outside=True,
                user=world.other,
                name="別の専門家",
                fields=["network"],
                prefectures=["13"],
                is_on=True,
            )
            far = {"expert": str(second.pk), "at1": in_days(300), "minutes": "90"}
            world.client("supporter").post(arranged(world, visit, "propose/"), far)
            world.client("other").post(f"/visits/{visit.pk}/answer/", {"time": "0"})
        case "moved":
            world.client("outside").post(f"/visits/{visit.pk}/move/", {"at": in_days(300)})
        case "scopes":
            world.client("owner").post(f"{page}show/", {"sees_findings": "yes"})
        case _:
            sent.pop("seen")
    answer = world.client("owner").post(f"{page}answer/", sent)
    assert answer.status_code == 409
    assert say("visit.too_late", "ja") in text_of(answer)
    found = of(visit)
    assert (found.state, found.sees_until) == (ExpertVisit.ACCEPTED, None)
    assert not found.is_shown
    assert says_yes(world, visit).status_code == 302, "the page anew, and its yes counts"
    assert of(visit).state == ExpertVisit.AGREED


def test_only_the_report_that_was_read_becomes_evidence(world, outside):
    visit = begun(agreed(world, outside))
    own, page = world.client("outside"), f"/visits/{visit.pk}/report/"
    own.post(page, {"seen": "見た"})
    sent = shown_button(world, visit, "report")
    own.post(page, {"seen": "見た", "controls": ["security-policy"]})
    where = f"/c/{world.company.pk}/experts/{visit.pk}/report/"
    owner = world.client("owner")
    for stale in (sent, {"yes": "yes"}, {"yes": "yes", "seen": "0" * 64}):
        assert owner.post(where, stale).status_code == 409
        assert of(visit).state == ExpertVisit.REPORTED
    assert result_of(world.company).assessment.controls["security-policy"].state == "unknown"
    assert says_yes(world, visit, "report").status_code == 302
    assert result_of(world.company).assessment.controls["security-policy"].state == "met"


def test_an_expert_who_may_not_know_of_incidents_does_not_learn_of_them_by_a_lesson(world, outside):
    company = Subject("company", str(world.company.pk))
    day, at = timezone.localdate() - timedelta(days=26), timezone.now()
    every = [
        lesson_observation(control, day, chosen=True, company=company, at=at)
        for control in catalog().controls
    ]
    keep(world.company, every)
    visit = agreed(world, outside, sees_findings="yes")
    own, page = world.client("outside"), f"/visits/{visit.pk}/company/"
    because = catalog().ui("why.lesson").say("ja", day=day.isoformat())
    assert because not in text_of(own.get(page))
    show = f"/c/{world.company.pk}/experts/{visit.pk}/show/"
    world.client("owner").post(show, {"sees_findings": "yes", "sees_incidents": "yes"})
    assert because in text_of(own.get(page))


def test_a_mail_in_the_hands_of_a_worker_that_dies_is_not_lost(world, outside, smtp, monkeypatch):
    visit = proposed(world, outside)

    def killed(*_: object) -> None:
        raise SystemExit

    VisitMail.objects.of(world.company).exclude(kind="proposed").delete()
    rows = VisitMail.objects.of(world.company)
    with monkeypatch.context() as patched:
        patched.setattr(mails, "send", killed)
        with pytest.raises(SystemExit):
            mails.mail_visits.func(str(world.company.pk))
    taken = rows.get()
    assert taken.claimed_at is not None
    assert taken.sent_at is None
    mails.mail_visits.func(str(world.company.pk))
    assert "outside@example.jp" not in smtp.to, "a second worker sends none that is being sent"
    assert not list(mails.waiting())
    rows.update(claimed_at=timezone.now() - timedelta(minutes=6))
    assert list(mails.waiting()) == [str(world.company.pk)]
    for _ in range(2):
        mails.mail_visits.func(str(world.company.pk))
    assert smtp.to.count("outside@example.jp") == 1
    sent = rows.get()
    assert sent.sent_at is not None
    assert sent.expert == "", "whom it was about is needed no longer"
    assert of(visit).state == ExpertVisit.PROPOSED


def test_one_mail_that_cannot_be_written_holds_no_other_up(world, outside, smtp, monkeypatch):
    proposed(world, outside)
    VisitMail.objects.of(world.company).filter(kind="asked").update(kind="no such kind")
    mails.mail_visits.func(str(world.company.pk))
    assert "outside@example.jp" in smtp.to
    assert not list(mails.waiting())


def test_name_and_words_of_who_declined_go_with_their_account(world, outside):
    visit = proposed(world, outside)
    world.client("outside").post(f"/visits/{visit.pk}/answer/", {"no": "yes", "reason": "入院"})
    own = Expert.objects.create(
        organisation=world.chamber,
        user=world.supporter,
        name="所員",
        fields=["network"],
        is_on=True,
    )
    said = [*of(visit).declined, {"expert": str(own.pk), "name": "所員", "reason": "休み"}]
    ExpertVisit.objects.of(world.company).filter(pk=visit.pk).update(declined=said)
    world.outside.delete()
    assert of(visit).declined == said[1:], "what another one said stays"
    page = text_of(world.client("owner").get(f"/c/{world.company.pk}/experts/{visit.pk}/"))
    assert "入院" not in page


def test_each_helper_is_written_to_in_the_language_kept_of_them(world, smtp):
    """A profile says it, else a membership; where neither does, both languages come."""
    people = {}
    for name in ("profile", "member", "nothing"):
        people[name] = User.objects.create_user(f"{name}@example.jp")
        Helper.objects.create(user=people[name], organisation=world.chamber)
    for name, lang in (("profile", "ja"), ("member", "en")):
        Membership.objects.of(world.foreign).create(
            user=people[name], company=world.foreign, role="staff", remind_lang=lang
        )
    Expert.objects.create(
        organisation=world.chamber, user=people["profile"], name="所員", lang="en"
    )
    asked(world)
    run_tasks()
    got = {mail["To"]: mail for mail in smtp.mails}
    words = {"company": world.company}
    ja, en = (say("visitmail.asked", lang, **words) for lang in ("ja", "en"))
    for name in ("profile", "member"):
        mail = got[f"{name}@example.jp"]
        assert str(mail["Subject"]) == say("mail.visit_subject", "en", **words)
        assert en in mail.get_content()
        assert ja not in mail.get_content()
    both = got["nothing@example.jp"]
    assert both.get_content().index(ja) < both.get_content().index(en)
    assert both.get_content().count("http") == 2
    subjects = [say("mail.visit_subject", lang, **words) for lang in ("ja", "en")]
    assert str(both["Subject"]).strip() == " / ".join(subjects)


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_company_without_a_supporter_is_sent_to_no_supporter_it_has_not(world, lang):
    Grant.objects.of(world.company).update(withdrawn_at=timezone.now())
    client = world.client("owner")
    client.cookies["django_language"] = lang
    shown = text_of(client.get(f"/c/{world.company.pk}/experts/"))
    assert say("experts.no_sender", lang) in shown
    assert say("programme.elsewhere", lang) in shown
    place = "よろず支援拠点" if lang == "ja" else "Yorozu support base"
    assert place in say("programme.elsewhere", lang)
    nobody = "見守っている" if lang == "ja" else "looks after"
    assert nobody not in say("programme.elsewhere", lang)
    assert f'<details class="fold" open><summary>{say("programme.title", lang)}</summary>' in shown


def test_the_texts_call_a_supporter_a_supporter():
    for key, text in parse_yaml((FOLDER / "experts.yaml").read_bytes()).items():
        said = {lang: re.sub(r"{[^}]*}", "", one) for lang, one in text.items()}
        assert not re.search("団体|組織|オーナー", said["ja"]), key
        assert not re.search("[Oo]rganisation", said["en"]), key
