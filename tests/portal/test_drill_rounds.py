"""A supporter proposes a drill to many companies: each decides, and figures are all that is seen."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from tests.support import drills as made
from tests.support.drills import text_of
from tests.support.pressing import run_tasks
from tojimari.portal.companies.rights import DRILLS_PLAN
from tojimari.portal.companies.start import found_company
from tojimari.portal.core.models import Notice
from tojimari.portal.drills import planning, rounds, sending
from tojimari.portal.drills.counting import count
from tojimari.portal.drills.links import token_of
from tojimari.portal.drills.models import Drill, DrillConsent, DrillMail, DrillRound
from tojimari.portal.drills.periodic import send_drill_mails
from tojimari.portal.people.models import User
from tojimari.portal.supporters.models import Grant
from tojimari.portal.words import say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def operated(settings):
    made.operated(settings)


@pytest.fixture
def granted(world):
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(scopes=(DRILLS_PLAN,))


def proposes(world, **more):
    sent = {
        "title": "秋の訓練",
        "level": "easy",
        "lang": "ja",
        "starts_on": timezone.localdate().isoformat(),
        "days": "1",
        "companies": [str(world.company.pk), str(world.foreign.pk)],
        **more,
    }
    return world.client("supporter").post(f"/s/{world.chamber.pk}/drills/new/", sent)


def test_without_the_tick_nothing_is_proposed(world):
    assert proposes(world).status_code == 400
    assert not Drill.objects.of(world.company).exists()


def test_a_proposal_waits_for_the_companys_own_consent_and_press(world, granted, smtp):
    assert proposes(world).status_code == 302
    assert not Drill.objects.of(world.foreign).exists(), "a company that allowed nothing"
    drill = Drill.objects.of(world.company).get()
    assert Notice.objects.of(world.company).filter(kind="drill.proposed").exists()
    made.prove(world.company)
    made.people(world.company, 6)
    start = f"/c/{world.company.pk}/drills/{drill.pk}/"
    assert world.client("supporter").post(start).status_code == 404
    assert world.client("owner").post(start).status_code == 400, "no consent yet"
    made.consents(world)
    assert world.client("owner").post(start).status_code == 302
    made.due_now(drill)
    send_drill_mails.call()
    run_tasks()
    mail = DrillMail.objects.of(world.company).order_by("email").first()
    Client().post(f"/d/{token_of(mail.pk)}/step/", {"how": "pressed"})
    page = f"/s/{world.chamber.pk}/drills/{drill.round_id}/"
    shown = text_of(world.client("supporter").get(page))
    assert say("drillround.later", "ja") in shown, "nobody is watched while it runs"
    assert say("drillshare.of", "ja", count=1, of=6) not in shown
    table = world.client("supporter").get(f"{page}figures.csv").content.decode()
    assert ",running,6,0,," in table
    sending.stop(Drill.objects.of(world.company).get())
    shown = text_of(world.client("supporter").get(page))
    assert say("drillshare.of", "ja", count=1, of=6) in shown
    assert "社員" not in shown
    assert "p0@" not in shown
    table = world.client("supporter").get(f"{page}figures.csv").content.decode()
    assert ",stopped,6,0,1," in table
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(withdrawn_at=timezone.now())
    assert str(world.company) not in text_of(world.client("supporter").get(page))


def test_a_round_has_one_step_next_and_a_paper(world, granted, smtp):
    proposes(world)
    drill = Drill.objects.of(world.company).get()
    page = f"/s/{world.chamber.pk}/drills/{drill.round_id}/"

    def shown() -> str:
        return text_of(world.client("supporter").get(page))

    assert say("drillroundnext.begin", "ja", n=1) in shown()
    made.ready(world, 6)
    made.starts(world, drill)
    made.due_now(drill)
    send_drill_mails.call()
    run_tasks()
    assert say("drillroundnext.wait", "ja", n=1) in shown()
    for mail in DrillMail.objects.of(world.company)[:2]:
        count(mail, "reported", "page")
    sending.stop(drill)
    assert say("drillroundnext.harder", "ja") in shown()
    assert say("drillresult.reported", "ja", count=2, of=6) in shown()
    paper = world.client("supporter").get(f"{page}report.pdf").content
    words = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(paper)).pages)
    assert "ひみつ商店" in "".join(words.split())
    assert "社員" not in words
    assert world.client("buyer").get(f"{page}report.pdf").status_code == 404


def test_of_few_people_there_are_no_figures(world, granted, smtp):
    proposes(world)
    drill = Drill.objects.of(world.company).get()
    made.ready(world, 3)
    made.starts(world, drill)
    made.due_now(drill)
    send_drill_mails.call()
    run_tasks()
    page = text_of(world.client("supporter").get(f"/s/{world.chamber.pk}/drills/{drill.round_id}/"))
    assert say("drillround.few", "ja") in page


def test_a_buyer_proposes_nothing(world):
    Grant.objects.of(world.company).update(scopes=(DRILLS_PLAN,))
    for page in ("", "new/"):
        assert world.client("buyer").get(f"/s/{world.bank.pk}/drills/{page}").status_code == 404


def companies_in_trial(world, number: int, size: int) -> tuple[DrillRound, list[Drill]]:
    """Companies that agreed to be counted together, each with a trial that was started."""
    found = []
    together = DrillRound.objects.create(organisation=world.chamber, title="x", trial=True)
    for at in range(number):
        user = User.objects.create_user(f"o{at}@example.jp", name="x")
        company, domain = found_company(user, f"会社{at}"), f"c{at}.example"
        Grant.objects.of(company).create(
            company=company, organisation=world.chamber, scopes=(DRILLS_PLAN,)
        )
        made.prove(company, domain)
        made.people(company, size, domain)
        DrillConsent.objects.of(company).create(
            company=company, text="x", lang="ja", by=user, by_name="x", pooled=at != 0
        )
        ids = [one.id for one in planning.usable(company, "easy")]
        drill = Drill.objects.of(company).create(
            company=company,
            title="x",
            level="easy",
            templates=ids,
            starts_on=timezone.localdate(),
            days=1,
            round=together,
            organisation=world.chamber,
        )
        planning.start(drill, user)
        found.append(drill)
    return together, found


def test_a_trial_draws_halves_and_says_when_it_cannot_tell(world, smtp):
    together, drills = companies_in_trial(world, 3, 8)
    alone, *pooled = drills
    assert set(DrillMail.objects.of(alone.company).values_list("arm", "wave")) == {("", 1)}
    for drill in pooled:
        rows = DrillMail.objects.of(drill.company).filter(drill=drill)
        assert rows.filter(wave=1, arm="now").count() == 4
        assert rows.filter(wave=2).count() == 8
        assert rows.filter(wave=2, arm="later").count() == 4
        assert rows.filter(wave=2).values("template").distinct().count() == 1
        first = rows.filter(wave=1).latest("send_at").send_at
        assert rows.filter(wave=2).earliest("send_at").send_at > first + timedelta(days=20)
    assert rounds.trial_of(rounds.drills_of(together)).state == "too_few_companies"
