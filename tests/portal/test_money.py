"""Money and help on the portal: the owner's page, reminders, and a supporter's companies."""

import csv
import io
import json
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.support.pressing import run_tasks
from tojimari.catalog.load import HERE
from tojimari.model import Subject, seen
from tojimari.model.facts import CompanyAnswer
from tojimari.portal.companies.assessments import refresh, result_of
from tojimari.portal.companies.models import Company, Observation, Standing
from tojimari.portal.companies.observations import keep
from tojimari.portal.core.models import AuditEvent, Notice
from tojimari.portal.money import programmes as known_programmes
from tojimari.portal.money.models import DeadlineReminder, OwnProgramme
from tojimari.portal.money.notices import MONEY_DEADLINE
from tojimari.portal.money.periodic import remind_deadlines
from tojimari.portal.money.telling import said_of
from tojimari.portal.people.models import SCOPES, ApiToken
from tojimari.portal.supporters.models import Grant, Nudge
from tojimari.portal.words import catalog, say
from tojimari.report.money import step_line

TOKYO = "tokyo-cyber-grant-2026"
TODAY = date(2026, 11, 30)
EXAMPLE = (HERE / "money" / "example.yaml").read_text("utf-8")


@pytest.fixture(autouse=True)
def _a_day(monkeypatch, tmp_path):
    """The day on which the shipped programmes are looked at, and no folder of the machine's own."""
    monkeypatch.setenv("TOJIMARI_MONEY", str(tmp_path / "money"))
    at_that_day(monkeypatch, TODAY)


def at_that_day(monkeypatch, day: date) -> None:
    from tojimari.diagnose import Diagnosis
    from tojimari.portal.money import organisation_pages, periodic

    monkeypatch.setattr(Diagnosis, "day", property(lambda _: day))
    for module in (known_programmes, periodic, organisation_pages):
        monkeypatch.setattr(module, "today", lambda: day)


def page(world, who="owner", path="", lang="ja"):
    client = world.client(who)
    client.cookies["django_language"] = lang
    return client.get(f"/c/{world.company.pk}/money/{path}")


def tell(world, **said):
    return world.client("owner").post(f"/c/{world.company.pk}/money/tell/", said)


def hand_in(world, name="city.yaml", text=EXAMPLE):
    data = text if isinstance(text, bytes) else text.encode()
    return world.client("supporter").post(
        f"/s/{world.chamber.pk}/money/take/", {"file": SimpleUploadedFile(name, data)}
    )


WHOLE = {
    "prefecture": "13",
    "branches": ["none"],
    "industry_class": "retail",
    "capital_yen": "3,000,000",
    "staff": "4",
    "founded": "2019-04",
    "gbizid": "prime",
    "security_action": "two",
    "old_declaration": "no",
}


def test_what_is_not_known_is_said_asked_once_and_kept_as_said(world):
    shown = page(world).content.decode()
    assert catalog().money.programmes[TOKYO].name.ja in shown
    assert say("money.ask_prefecture", "ja") in shown
    answer = tell(world, **WHOLE)
    assert answer.status_code == 302
    world.company.refresh_from_db()
    assert world.company.prefecture == "13"
    said = said_of(world.company)
    assert (said.staff, said.capital_yen, said.branches) == (4, 3_000_000, ())
    row = Observation.objects.of(world.company).get(kind="company.profile")
    assert row.source == "answered"
    shown = page(world).content.decode()
    assert say("moneypage.ask", "ja") not in shown, "nobody is asked twice"
    tell(world, staff="5")
    assert said_of(world.company).capital_yen == 3_000_000
    tell(world, staff="5")
    assert Observation.objects.of(world.company).filter(kind="company.profile").count() == 2


@pytest.mark.parametrize(
    "bad",
    [
        {"staff": "たくさん"},
        {"prefecture": "48"},
        {"municipality": "1310"},
        {"founded": "昔"},
        {"capital_yen": "9" * 19},
        {"branches": ["13", "99"]},
        {"gbizid": "gold"},
    ],
)
def test_an_answer_that_cannot_be_read_changes_nothing_and_names_the_question(world, bad):
    (name,) = bad
    answer = tell(world, security_action="one", **bad)
    assert answer.status_code == 400
    assert say(f"money.field_{name}", "ja") in answer.content.decode()
    assert said_of(world.company).security_action is None


def test_what_was_typed_stays_when_one_answer_cannot_be_read(world):
    shown = tell(world, staff="12人", founded="むかし", security_action="two", branches=["13"])
    text = shown.content.decode()
    for kept in ('value="12人"', 'value="むかし"', 'value="two" selected', 'value="13" checked'):
        assert kept in text


def test_a_list_counts_nobody_as_fitting_where_no_condition_is_named(world):
    client = world.client("supporter")
    address = f"/s/{world.chamber.pk}/money/"
    text = client.get(address).content.decode()
    assert catalog().ui("money.fit_anybody").ja in text
    for number in ("あなたに", "1" * 30, "-1"):
        assert 'role="status"' not in client.get(address, {"taken": number}).content.decode()
    assert 'role="status"' in client.get(address, {"taken": "2"}).content.decode()


def test_an_insurer_is_promised_no_answers_where_nothing_is_known(world):
    text = page(world, path="insurance/").content.decode()
    assert say("moneypage.nothing_known", "ja") in text


def test_only_the_owner_opens_it_and_a_local_owner_does_too(world, settings):
    for who in ("staff", "supporter", "buyer", "stranger", "operator"):
        assert page(world, who).status_code == 404
        assert page(world, who, "insurance/").status_code == 404
    settings.LOCAL = True
    assert page(world).status_code == 200


def test_the_step_names_the_same_one_everywhere(world):
    from msgspec.structs import replace

    from tojimari.report.page import to_html
    from tojimari.report.paper import Cover, to_paper

    tell(world, **WHOLE)
    subject = Subject("company", str(world.company.pk))
    for question in catalog().questions_for("traffic-watch"):
        for option in question.options:
            if option.says.get("traffic-watch") == "not_met":
                said = CompanyAnswer(question.id, (option.id,), None)
                now = timezone.now()
                keep(world.company, [seen(said, subject=subject, source="answered", at=now)])
    result = result_of(world.company)
    step = next(s for s in result.steps if "traffic-watch" in s.controls)
    line = step_line(step, result, catalog(), "ja")
    assert catalog().money.programmes[TOKYO].name.ja in line
    assert "2027-01-15" in line
    assert "\n" not in line
    control = world.client("owner").get(f"/c/{world.company.pk}/control/traffic-watch/")
    assert line in control.content.decode()
    first = replace(result)
    first.__dict__["steps"] = (step,)
    assert line in to_html(first, catalog(), "ja")
    assert line in to_paper(first, catalog(), "ja", Cover())
    hidden = replace(result, tells_money=False)
    assert step_line(step, hidden, catalog(), "ja") == ""


def test_an_insurer_is_answered_with_what_is_known_and_by_what(world):
    subject = Subject("company", str(world.company.pk))
    question = catalog().questions_for("mfa-cloud")[0]
    option = next(o for o in question.options if o.says.get("mfa-cloud") == "met")
    fact = CompanyAnswer(question.id, (option.id,), None)
    keep(world.company, [seen(fact, subject=subject, source="answered", at=timezone.now())])
    sent = page(world, path="insurance/answers.csv").content.decode("utf-8-sig")
    rows = {row[1]: row for row in csv.reader(io.StringIO(sent))}
    mfa = rows[catalog().controls["mfa-cloud"].title.ja]
    assert mfa[3] == catalog().ui("rests_on.answered").ja
    watching = rows[catalog().controls["endpoint-monitoring"].title.ja]
    assert watching[3] == catalog().ui("money.insurance_none").ja
    assert catalog().ui("money.insurance_about").en in page(
        world, path="insurance/", lang="en"
    ).content.decode().replace("&#x27;", "'")


def remind(world, programme=TOKYO, **sent):
    return world.client("owner").post(f"/c/{world.company.pk}/money/{programme}/remind/", sent)


def test_a_deadline_is_told_twice_to_those_who_want_it_and_never_after_it(
    world, monkeypatch, settings, mailoutbox
):
    settings.MAIL_CONFIGURED = True
    assert remind(world, on="yes").status_code == 302
    assert remind(world, on="yes").status_code == 302
    assert DeadlineReminder.objects.of(world.company).count() == 1

    def told() -> int:
        remind_deadlines.call()
        run_tasks()
        return len(mailoutbox)

    assert told() == 0, "five weeks before"
    at_that_day(monkeypatch, date(2026, 12, 28))
    assert told() == 1
    assert told() == 1
    at_that_day(monkeypatch, date(2027, 1, 10))
    assert told() == 2
    assert "2027-01-15" in mailoutbox[-1].subject
    at_that_day(monkeypatch, date(2027, 1, 16))
    assert told() == 2
    assert not Notice.objects.of(world.company).filter(kind=MONEY_DEADLINE, ended_at=None).exists()
    assert remind(world).status_code == 302
    assert DeadlineReminder.objects.of(world.company).count() == 0
    assert remind(world).status_code == 404
    assert remind(world, "cyber-insurance", on="yes").status_code == 404, "it has no deadline"
    assert remind(world, "unheard-of", on="yes").status_code == 404


def test_a_supporters_own_programme_stands_on_the_pages_of_its_companies_alone(world):
    assert hand_in(world).status_code == 302
    row = OwnProgramme.objects.get()
    assert (row.organisation, row.code) == (world.chamber, "example-city-2027")
    assert "○○市 サイバーセキュリティ対策補助金" in page(world).content.decode()
    other = world.client("stranger").get(f"/c/{world.foreign.pk}/money/")
    assert "○○市 サイバーセキュリティ対策補助金" not in other.content.decode()
    assert hand_in(world, text=EXAMPLE.replace("50万円", "60万円")).status_code == 302
    assert OwnProgramme.objects.get().content["maximum"] == 600_000
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(withdrawn_at=timezone.now())
    assert "○○市 サイバーセキュリティ対策補助金" not in page(world).content.decode()
    drop = f"/s/{world.chamber.pk}/money/{row.key}/drop/"
    assert world.client("stranger").post(drop).status_code == 404
    assert world.client("supporter").post(drop).status_code == 302
    assert not OwnProgramme.objects.exists()


def test_a_file_with_mistakes_changes_nothing_and_every_mistake_is_shown(world):
    bad = (
        EXAMPLE.replace("kind: 補助金", "kind: 宝くじ")
        .replace("締切", "x")
        .replace("closes: 2027-06-30", "closes: <script>alert(1)</script>")
    )
    answer = hand_in(world, text=bad)
    assert answer.status_code == 400
    shown = answer.content.decode()
    assert "kind" in shown
    assert "rounds[0].closes" in shown
    assert "<script>alert" not in shown
    assert not OwnProgramme.objects.exists()
    evil = EXAMPLE.replace("○○市 産業振興課", "<script>alert(1)</script>")
    assert hand_in(world, text=evil).status_code == 302
    assert "<script>alert" not in page(world).content.decode()
    for name, data in (("x.exe", b"x"), ("a.yaml", b"a: &a 1\nb: *a"), ("a.json", b"{")):
        assert hand_in(world, name, data).status_code == 400
    answer = world.client("supporter").post(f"/s/{world.chamber.pk}/money/take/", {})
    assert answer.status_code == 400


def test_the_operators_folder_counts_for_everybody_and_what_is_wrong_is_left_out(world, tmp_path):
    folder = tmp_path / "money"
    folder.mkdir()
    (folder / "city.yaml").write_text(EXAMPLE, "utf-8")
    (folder / "bad.yaml").write_text("id: [", "utf-8")
    assert "○○市 サイバーセキュリティ対策補助金" in page(world).content.decode()
    (folder / "city.yaml").unlink()
    assert "○○市 サイバーセキュリティ対策補助金" not in page(world).content.decode()


def many(world, n: int) -> None:
    companies = Company.objects.bulk_create(
        [Company(name=f"会社{i:04}", prefecture=("13", "34")[i % 2]) for i in range(n)]
    )
    Standing.objects.across("made for a test").bulk_create(
        [
            Standing(
                company=one,
                judged_at=timezone.now(),
                prefecture=one.prefecture,
                size="two_to_four",
                industry="retail",
            )
            for one in companies
        ]
    )
    scopes = ("money:read", "reminders:send")
    Grant.objects.across("made for a test").bulk_create(
        [Grant(company=one, organisation=world.chamber, scopes=scopes) for one in companies]
    )
    Observation.objects.across("made for a test").bulk_create(
        [
            Observation(
                company=one,
                kind="company.profile",
                subject_kind="company",
                subject_id=str(one.pk),
                source="answered",
                observed_at=timezone.now(),
                last_confirmed_at=timezone.now(),
                fields={"founded": "2001", "security_action": "two", "branches": []},
            )
            for one in companies
        ]
    )


@pytest.mark.any_database
def test_five_hundred_companies_are_asked_for_in_a_handful_of_queries(
    world, django_assert_max_num_queries
):
    refresh(world.company)
    many(world, 500)
    client = world.client("supporter")
    base = f"/s/{world.chamber.pk}/money/"
    client.get(base)
    with django_assert_max_num_queries(14):
        shown = client.get(base).content.decode()
    assert say("moneypage.companies_n", "ja", n=250) in shown
    with django_assert_max_num_queries(14):
        assert client.get(f"{base}{TOKYO}/?group=fits").status_code == 200
    sent = client.get(f"{base}{TOKYO}/companies.csv")
    text = b"".join(sent.streaming_content).decode("utf-8-sig")
    verdicts = [row[3] for row in csv.reader(io.StringIO(text))][1:]
    assert verdicts.count(say("moneypage.group_fits", "ja")) == 250
    assert verdicts.count(say("moneypage.group_does_not", "ja")) == 250
    assert verdicts.count(say("moneypage.group_cannot_tell", "ja")) == 1


def test_a_supporter_judges_by_what_a_company_shows_and_writes_to_those_who_allow_it(world):
    tell(world, **WHOLE)
    refresh(world.company)
    base = f"/s/{world.chamber.pk}/money/{TOKYO}/"
    client = world.client("supporter")

    def groups() -> list[str]:
        sent = b"".join(client.get(f"{base}companies.csv").streaming_content)
        return [row[3] for row in csv.reader(io.StringIO(sent.decode("utf-8-sig")))][1:]

    assert groups() == [say("moneypage.group_cannot_tell", "ja")], "it does not show its answers"
    write = {"group": ["fits"], "words": "1月の募集です"}
    client.post(f"{base}write/", write)
    assert Nudge.objects.of(world.company).count() == 0
    scopes = ("money:read", "reminders:send")
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(scopes=scopes)
    assert groups() == [say("moneypage.group_fits", "ja")]
    assert client.post(f"{base}write/", write).status_code == 302
    assert client.post(f"{base}write/", write).status_code == 302
    assert Nudge.objects.of(world.company).get().words == "1月の募集です"
    assert client.post(f"{base}write/", {"words": "x"}).status_code == 400
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(
        withdrawn_at=timezone.now() - timedelta(days=1)
    )
    assert groups() == []
    for who in ("buyer", "owner", "stranger"):
        for path in ("", "companies.csv", "write/", "drop/"):
            method = "get" if path in ("", "companies.csv") else "post"
            assert getattr(world.client(who), method)(f"{base}{path}").status_code == 404
    bank = world.client("buyer").get(f"/s/{world.bank.pk}/money/")
    assert bank.status_code == 404, "a bank looks after nobody's money"


def test_jgrants_comes_in_by_the_page_too(world):
    call = {
        "id": "a0W1",
        "title": "○○県補助金",
        "target_area_search": "東京都",
        "acceptance_start_datetime": "2026-11-01T00:00:00Z",
        "acceptance_end_datetime": "2026-12-28T08:00:00Z",
        "detail": "<p onclick=x>UTM</p>",
    }
    assert hand_in(world, "j.json", json.dumps({"result": [call]})).status_code == 302
    tell(world, **WHOLE)
    shown = page(world).content.decode()
    assert "○○県補助金" in shown
    assert "onclick" not in shown


def test_programs_read_the_same_answers(world):
    def get(who, address):
        user = getattr(world, who)
        _, secret = ApiToken.make(user, "x", list(SCOPES), 30)
        headers = {"authorization": f"Bearer {secret}"}
        return Client().get(f"/api/v1{address}", headers=headers)

    tell(world, **WHOLE)
    refresh(world.company)
    address = f"/companies/{world.company.pk}/money"
    tokyo = next(one for one in get("owner", address).json() if one["id"] == TOKYO)
    assert (tokyo["window"], tokyo["verdict"], tokyo["closes"]) == ("coming", "fits", "2027-01-15")
    for who in ("staff", "supporter", "stranger"):
        assert get(who, address).status_code == 404
    fleet = f"/organisations/{world.chamber.pk}/money/{TOKYO}"
    (row,) = get("supporter", fleet).json()
    assert (row["group"], row["tells"]) == ("cannot_tell", False)
    seen = AuditEvent.objects.across("what a token saw").get(action="moneylist.seen")
    assert (seen.actor, seen.organisation) == (world.supporter, world.chamber)
    assert get("supporter", f"/organisations/{world.chamber.pk}/money/x").status_code == 404
    assert get("buyer", f"/organisations/{world.bank.pk}/money/{TOKYO}").status_code == 404
    assert get("owner", fleet).status_code == 404
