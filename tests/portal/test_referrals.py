"""An expert about a question at the desk: suggested, asked for, seen beside it, and let in until it ends."""

import html
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.support.desk import asked, helper_of, open_desk
from tojimari.portal.desk.models import Appointment, Attachment, Handover, Message, Referral
from tojimari.portal.desk.periodic import NEWS, tell_handovers
from tojimari.portal.desk.tickets import File, add_message
from tojimari.portal.experts.models import Expert, ExpertVisit
from tojimari.portal.people.models import User
from tojimari.portal.words import say

pytestmark = pytest.mark.django_db
WHY = "ルーターに詳しい方が見るのがよさそうです"
WISH = "ルーターを見てください"


def text_of(response) -> str:
    return html.unescape(response.content.decode())


@pytest.fixture
def outside(world) -> Expert:
    world.outside = User.objects.create_user("outside@example.jp", name="外の人")
    return Expert.objects.create(
        organisation=world.chamber,
        outside=True,
        user=world.outside,
        name="佐藤専門家",
        fields=["network"],
        prefectures=["13"],
        is_on=True,
    )


@pytest.fixture
def suggested(world) -> Referral:
    open_desk(world.chamber)
    control = {"about": "control", "about_id": "security-policy", "along": "yes"}
    page = text_of(world.client("owner").get(f"/c/{world.company.pk}/desk/ask/", control))
    seen = page.split('name="seen" value="', 1)[1].split('"', 1)[0]
    ticket = asked(world, text="ルーターが赤く光ります", seen=seen, **control)
    address = f"/s/{world.chamber.pk}/desk/{ticket.pk}/experts/"
    sent = {"field": "network", "words": WHY}
    assert world.client("supporter").post(address, sent).status_code == 302
    return Referral.objects.of(world.company).get(ticket=ticket)


def own(suggested, what: str = "") -> str:
    return f"/c/{suggested.company_id}/desk/{suggested.ticket_id}/{what}"


def asks(world, suggested, **more):
    sent = {"word": "ask", "wish": WISH, **more}
    return world.client("owner").post(own(suggested, f"experts/{suggested.pk}/"), sent)


def test_the_finding_goes_along_and_the_visit_stands_beside_the_question(world, outside, suggested):
    page = text_of(world.client("owner").get(own(suggested)))
    assert suggested.ticket.shared.split("\n")[0] in page.split('name="wish"', 1)[1]
    assert WHY in page
    helper = Message.objects.of(world.company).filter(kind=Message.HELPER).latest("at")
    assert WHY in helper.text
    assert not ExpertVisit.objects.of(world.company).exists()
    for who in ("staff", "stranger"):
        address = own(suggested, f"experts/{suggested.pk}/")
        sent = {"word": "ask", "wish": WISH}
        assert world.client(who).post(address, sent).status_code == 404
    assert asks(world, suggested, conversation="yes", sees_findings="yes").status_code == 302
    assert asks(world, suggested).status_code == 404  # pressed twice
    visit = ExpertVisit.objects.of(world.company).get()
    assert (visit.wish, visit.field, visit.organisation) == (WISH, "network", world.chamber)
    state = say("visitstate.asked", "ja")
    desk = f"/s/{world.chamber.pk}/desk/{suggested.ticket_id}/"
    for page in (
        world.client("owner").get(own(suggested)),
        world.client("supporter").get(desk),
    ):
        assert state in text_of(page)


@pytest.mark.parametrize("reads", [True, False])
def test_the_expert_reads_the_conversation_only_where_ticked_and_until_the_end(
    world, outside, suggested, reads
):
    asks(world, suggested, **({"conversation": "yes"} if reads else {}))
    visit = ExpertVisit.objects.of(world.company).get()
    rows = ExpertVisit.objects.of(world.company).filter(pk=visit.pk)
    Message.objects.of(world.company).create(
        company=world.company, ticket=suggested.ticket, kind="note", way="web", text="内緒のメモ"
    )
    expert, address = world.client("outside"), f"/visits/{visit.pk}/conversation/"
    now = timezone.now()
    rows.update(expert=outside, state=ExpertVisit.ACCEPTED, at=now + timedelta(days=1))
    assert expert.get(address).status_code == 404  # the company has not said yes
    rows.update(state=ExpertVisit.AGREED, sees_until=now + timedelta(days=15))
    answer = expert.get(address)
    assert answer.status_code == (200 if reads else 404)
    shown = text_of(expert.get(f"/visits/{visit.pk}/"))
    assert (say("visit.conversation", "ja") in shown) == reads
    for who in ("stranger", "buyer", "owner"):
        assert world.client(who).get(address).status_code == 404
    if reads:
        assert "ルーターが赤く光ります" in text_of(answer)
        assert "内緒のメモ" not in text_of(answer)
        rows.update(sees_until=now - timedelta(seconds=1))
        assert expert.get(address).status_code == 404
        rows.update(sees_until=now + timedelta(days=15))
        world.grant.withdrawn_at = now
        world.grant.save()
        assert expert.get(address).status_code == 404


def test_the_expert_opens_the_files_that_the_company_ticks_and_no_others(world, outside, suggested):
    ticket = suggested.ticket
    kept = {}
    for name in ("router.jpg", "給与.xlsx"):
        file = File(name, name.encode())
        add_message(ticket, "company", name, way="web", author=world.owner, files=[file])
        kept[name] = Attachment.objects.of(world.company).get(name=name)
    page = text_of(world.client("owner").get(own(suggested)))
    assert f'name="picked" value="{kept["router.jpg"].pk}"' in page
    picked = [str(kept["router.jpg"].pk), "x", str(world.company.pk)]
    asks(world, suggested, conversation="yes", picked=picked)
    visit = ExpertVisit.objects.of(world.company).get()
    rows = ExpertVisit.objects.of(world.company).filter(pk=visit.pk)
    now = timezone.now()
    until = {"sees_until": now + timedelta(days=15)}
    rows.update(expert=outside, state=ExpertVisit.AGREED, at=now + timedelta(days=1), **until)
    expert, address = world.client("outside"), f"/visits/{visit.pk}/conversation/"
    shown = text_of(expert.get(address))
    assert f"{address}files/{kept['router.jpg'].pk}/" in shown
    assert "給与.xlsx" in shown
    assert say("desk.file_not_shown", "ja") in shown

    def opened(name: str, who: str = "outside") -> int:
        return world.client(who).get(f"{address}files/{kept[name].pk}/").status_code

    assert (opened("router.jpg"), opened("給与.xlsx")) == (200, 404)
    assert [opened("router.jpg", who) for who in ("stranger", "buyer", "owner", "supporter")] == [
        404
    ] * 4
    log = text_of(world.client("owner").get(f"/c/{world.company.pk}/log/"))
    assert f"{say('event.ticket.file_opened', 'ja')} (#{ticket.number} router.jpg)" in log
    change = own(suggested, f"experts/{suggested.pk}/")
    other = {"word": "show", "conversation": "yes", "picked": [str(kept["給与.xlsx"].pk)]}
    assert world.client("staff").post(change, other).status_code == 404
    assert world.client("owner").post(change, other).status_code == 302
    assert (opened("router.jpg"), opened("給与.xlsx")) == (404, 200)
    world.client("owner").post(change, {"word": "show", "picked": other["picked"]})
    assert opened("給与.xlsx") == 404  # the conversation is not shown any more
    world.client("owner").post(change, other)
    rows.update(sees_until=now)
    assert opened("給与.xlsx") == 404
    rows.update(**until)
    assert opened("給与.xlsx") == 200
    world.grant.withdrawn_at = now
    world.grant.save()
    assert opened("給与.xlsx") == 404


def test_a_company_does_without_and_nothing_typed_is_lost(world, outside, suggested):
    address = own(suggested, f"experts/{suggested.pk}/")
    owner = world.client("owner")
    refused = owner.post(address, {"word": "ask", "wish": "", "sees_findings": "yes"})
    assert refused.status_code == 400
    assert say("visit.bad_wish", "ja") in text_of(refused)
    world.chamber.kind = "buyer"
    world.chamber.save()
    kept = asks(world, suggested)
    assert kept.status_code in (400, 404)
    assert not ExpertVisit.objects.of(world.company).exists()
    world.chamber.kind = "supporter"
    world.chamber.save()
    assert owner.post(address, {"word": "no"}).status_code == 302
    assert asks(world, suggested).status_code == 404
    desk = f"/s/{world.chamber.pk}/desk/{suggested.ticket_id}/"
    assert say("ticket.expert_no", "ja") in text_of(world.client("supporter").get(desk))


def test_what_a_helper_typed_stays_when_it_is_refused(world, suggested):
    helper_of(world, "まちの専門家", world.stranger)
    helper, desk = (
        world.client("supporter"),
        f"/s/{world.chamber.pk}/desk/{suggested.ticket_id}/",
    )
    sent = {"starts": "2020-01-01T10:00", "minutes": "45", "place": "駅前の店", "words": "印鑑"}
    page = helper.post(f"{desk}appointments/", sent)
    assert page.status_code == 400
    for each in sent.values():
        assert each in text_of(page)
    page = helper.post(f"{desk}handovers/", {"days": "77", "words": "手に負えません"})
    assert page.status_code == 400
    assert "手に負えません" in text_of(page)
    assert 'value="77"' in text_of(page)
    page = helper.post(f"{desk}experts/", {"field": "nothing", "words": "手に余ります"})
    assert page.status_code == 400
    assert "手に余ります" in text_of(page)
    now = timezone.now() + timedelta(days=1)
    rows = Appointment.objects.of(world.company)
    one = rows.create(
        company=world.company, ticket=suggested.ticket, starts=now, ends=now, place="会議室"
    )
    page = text_of(helper.post(f"{desk}appointments/", {**sent, "appointment": str(one.pk)}))
    assert page.count("駅前の店") == 1
    assert page.count('value="60"') == 1  # the form for another one is as it was


def test_a_hand_over_that_ends_by_its_day_tells_who_asked_for_it_once(world, suggested, smtp):
    outside, now = helper_of(world, "まちの専門家", world.stranger), timezone.now()
    for days, words in ((1, "今"), (NEWS.days + 1, "昔")):
        Handover.objects.of(world.company).create(
            company=world.company,
            ticket=suggested.ticket,
            to=outside,
            days=3,
            words=words,
            asked_by=world.supporter,
            told_at=now,
            until=now - timedelta(days=days),
        )
    for _ in range(2):
        tell_handovers.func()
    ours = [
        mail for mail, to in zip(smtp.mails, smtp.to, strict=True) if to == world.supporter.email
    ]
    (mail,) = ours
    ended = Handover.objects.of(world.company).get(words="今")
    assert ended.ended_at == ended.until
    assert (
        say("deskmail.handover_over", "ja", company="", number=1, to="", until="")[-6:]
        in mail.get_content()
    )
