"""Inviting many companies: lists, what waits for an answer, and one link for a seminar."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tests.support.pressing import run_tasks
from tojimari.portal.companies.models import Company
from tojimari.portal.people.models import Membership, User
from tojimari.portal.supporters.models import Grant, Invitation, JoinLink, Organisation


def link_in(text: str) -> str:
    return re.search(r"/join/[\w-]+/", text).group(0)


def person(world, name: str):
    world.newcomer = User.objects.create_user(f"{name}@example.jp", name=name)
    return world.client("newcomer")


def invitations():
    return Invitation.objects.across("test")


LIST = "会社名,メール\n角の酒屋,sakaya@example.jp\n<b>花屋</b>,hana@example.jp\n壊れた,x@\n"


def test_a_list_is_shown_before_anything_is_sent_and_mailed_by_a_worker(world, smtp):
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/invitations/"
    file = SimpleUploadedFile("list.csv", LIST.encode("cp932"))
    shown = client.post(f"{page}list/", {"file": file, "sees_findings": "yes"}).content.decode()
    assert "これから招く会社: 2社" in shown
    assert "4行目:" in shown
    assert "<b>花屋" not in shown
    assert not invitations().exists()
    lines = re.search(r'name="pasted" value="([^"]*)"', shown).group(1)
    sent = {"pasted": lines.replace("&lt;", "<").replace("&gt;", ">"), "sees_findings": "yes"}
    listed = client.post(f"{page}list/", {**sent, "sure": "yes"}, follow=True)
    assert "2社への招待を送り始めました" in listed.content.decode()
    assert "これから送ります" in listed.content.decode()
    run_tasks()
    assert len(smtp.wait_for(2)) == 2
    assert set(smtp.to) == {"sakaya@example.jp", "hana@example.jp"}
    kept = client.get(page).content.decode()
    assert kept.count("に送りました") == 2
    # The owner finds the name filled in, and what is wished for ticked; both can be changed.
    first = next(m for m in smtp.mails if "sakaya" in str(m["to"]))
    link = link_in(first.get_content())
    joined = person(world, "sakaya")
    asked = joined.get(link).content.decode()
    assert 'value="角の酒屋"' in asked
    joined.post(f"{link}accept/", {"name": "角の酒屋本店", "sees_findings": "yes"})
    assert (
        Grant.objects.across("test").get(company__name="角の酒屋本店").organisation == world.chamber
    )
    assert "sakaya@example.jp" not in client.get(page).content.decode()


def test_who_waits_already_is_not_written_to_twice(world, smtp):
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/invitations/list/"
    client.post(page, {"pasted": "a@example.jp", "sure": "yes"})
    again = client.post(page, {"pasted": "a@example.jp\nb@example.jp", "sure": "yes"})
    assert again.status_code == 302
    run_tasks()
    smtp.wait_for(2)
    assert sorted(smtp.to) == ["a@example.jp", "b@example.jp"]
    nothing = client.post(page, {"pasted": "a@example.jp", "sure": "yes"}).content.decode()
    assert "すでに招待中: 1社" in nothing


@pytest.mark.parametrize("sent", [{}, {"pasted": "店だけ"}, {"pasted": '"' + "x" * 200_000}])
def test_what_is_no_list_gets_a_sentence_and_sends_nothing(world, smtp, sent):
    client = world.client("supporter")
    page = client.post(f"/s/{world.chamber.pk}/invitations/list/", {**sent, "sure": "yes"})
    assert page.status_code == 400
    assert not invitations().exists()


def test_without_a_mail_server_a_list_is_refused_and_the_shared_link_named(world, settings):
    settings.MAIL_CONFIGURED = False
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/invitations/"
    refused = client.post(f"{page}list/", {"pasted": "a@example.jp", "sure": "yes"})
    assert refused.status_code == 400
    assert "みんなで使えるリンク" in refused.content.decode()
    assert "みんなで使えるリンク" in client.get(page).content.decode()


def test_an_address_the_server_refuses_and_a_server_in_trouble(world, smtp, settings):
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/invitations/"
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    client.post(f"{page}list/", {"pasted": "a@example.jp", "sure": "yes"})
    run_tasks()
    assert invitations().get().mail == Invitation.WAITING
    settings.EMAIL_PORT = port
    from tojimari.portal.supporters.periodic import invite_again

    invite_again.enqueue()
    run_tasks()
    smtp.wait_for(1)
    assert invitations().get().mail == Invitation.TAKEN


def test_one_who_has_left_sends_no_more(world, smtp):
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/invitations/list/"
    client.post(page, {"pasted": "a@example.jp", "sure": "yes"})
    world.chamber.helpers.all().delete()
    run_tasks()
    assert smtp.mails == []


def test_an_invitation_is_sent_again_with_a_new_link_and_taken_back(world, smtp):
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/invitations/"
    client.post(f"/s/{world.chamber.pk}/people/", {"to": "company", "email": "a@example.jp"})
    old = link_in(smtp.wait_for(1)[0].get_content())
    found = invitations().get()
    invitations().update(expires_at=timezone.now())
    assert "期限が過ぎました" in client.get(page).content.decode()
    shown = client.post(f"{page}{found.pk}/resend/").content.decode()
    new = link_in(smtp.wait_for(2)[1].get_content())
    assert new in shown
    assert new != old
    stranger = world.client("stranger")
    assert stranger.get(old).status_code == 404
    assert stranger.get(new).status_code == 200
    client.post(f"{page}{found.pk}/cancel/")
    assert stranger.get(new).status_code == 404
    assert "返事を待っている招待はありません" in client.get(page).content.decode()


def test_all_without_an_answer_are_written_to_again_but_not_those_of_today(world, smtp):
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/invitations/"
    client.post(f"{page}list/", {"pasted": "a@example.jp\nb@example.jp", "sure": "yes"})
    run_tasks()
    smtp.wait_for(2)
    assert "もう一度送る</button></form></p>" not in client.get(page).content.decode()
    client.post(f"{page}again/")
    run_tasks()
    assert len(smtp.mails) == 2
    long_ago = timezone.now() - timedelta(days=4)
    invitations().filter(email="a@example.jp").update(made_at=long_ago, mailed_at=long_ago)
    assert "返事のない1社へもう一度送る" in client.get(page).content.decode()
    client.post(f"{page}again/")
    run_tasks()
    assert smtp.wait_for(3)
    assert smtp.to.count("a@example.jp") == 2


def test_another_organisation_neither_sees_nor_changes_what_waits(world, smtp):
    found, _ = Invitation.make(
        "company", organisation=world.chamber, made_by=world.supporter, email="a@example.jp"
    )
    staff, _ = Invitation.make("staff", company=world.company, made_by=world.owner)
    buyer, page = world.client("buyer"), f"/s/{world.bank.pk}/invitations/"
    assert "a@example.jp" not in buyer.get(page).content.decode()
    for one in (found, staff):
        for what in ("resend", "cancel"):
            assert buyer.post(f"{page}{one.pk}/{what}/").status_code == 404
    assert invitations().count() == 2
    assert smtp.mails == []


# --- one link for many -------------------------------------------------------------------------------


@pytest.fixture
def link(world):
    client = world.client("supporter")
    made = client.post(
        f"/s/{world.chamber.pk}/links/",
        {"name": "11月のセミナー", "days": "30", "at_most": "2", "sees_findings": "yes"},
    )
    assert made.status_code == 302
    return JoinLink.objects.get()


def test_a_link_is_shown_as_qr_and_each_who_comes_becomes_a_company_of_its_own(world, link):
    shown = world.client("supporter").get(f"/s/{world.chamber.pk}/links/{link.pk}/")
    assert "<svg" in shown.content.decode()
    address = f"/j/{link.token}/"
    assert address in shown.content.decode()
    first = person(world, "ichi")
    page = first.get(address).content.decode()
    assert "11月のセミナー" in page
    assert re.search(r'name="sees_findings" value="yes" checked', page)
    assert not re.search(r'name="may_write" value="yes" checked', page)
    assert not Company.objects.filter(name="一番の店").exists()
    first.post(f"{address}accept/", {"name": "一番の店", "may_write": "yes"})
    grant = Grant.objects.across("test").get(link=link)
    assert (grant.company.name, grant.scopes) == ("一番の店", ("reminders:send",))
    second = person(world, "ni")
    second.post(f"{address}accept/", {"name": "二番の店"})
    assert JoinLink.objects.get().used == 2
    # Neither sees the other.
    assert second.get(f"/c/{grant.company.pk}/").status_code == 404
    full = person(world, "san")
    assert "定員" in full.get(address).content.decode()
    assert full.post(f"{address}accept/", {"name": "三番の店"}).status_code == 404
    assert not Company.objects.filter(name="三番の店").exists()
    came = world.client("supporter").get(f"/s/{world.chamber.pk}/links/{link.pk}/").content.decode()
    assert "一番の店" in came
    assert "二番の店" in came


def test_the_same_person_takes_one_place_however_often_they_press(world, link):
    client = person(world, "ichi")
    for _ in range(3):
        assert client.post(f"/j/{link.token}/accept/", {"name": "一番の店"}).status_code == 302
    assert JoinLink.objects.get().used == 1
    JoinLink.objects.update(at_most=1)  # full: they are in all the same
    assert client.post(f"/j/{link.token}/accept/", {"name": "一番の店"}).status_code == 302
    assert Company.objects.filter(name="一番の店").count() == 1


def test_somebody_with_a_company_brings_that_one_and_nobody_elses(world, link):
    stranger, page = world.client("stranger"), f"/j/{link.token}/accept/"
    assert stranger.post(page, {"company": str(world.company.pk)}).status_code == 404
    assert stranger.post(page, {"name": "もう一社"}).status_code == 404
    assert JoinLink.objects.get().used == 0
    stranger.post(page, {"company": str(world.foreign.pk)})
    assert Grant.objects.of(world.foreign).get().link == link
    assert Membership.objects.of_user(world.stranger).count() == 1


def test_without_a_name_nobody_joins(world, link):
    refused = person(world, "ichi").post(f"/j/{link.token}/accept/", {"name": " \u200b"})
    assert refused.status_code == 400
    assert JoinLink.objects.get().used == 0


@pytest.mark.parametrize("end", ["revoked", "expired", "closed"])
def test_a_link_that_has_ended_lets_nobody_in(world, link, end):
    if end == "revoked":
        page = f"/s/{world.chamber.pk}/links/{link.pk}/revoke/"
        assert world.client("buyer").post(page).status_code == 404
        assert world.client("supporter").post(page).status_code == 302
    elif end == "expired":
        JoinLink.objects.update(expires_at=timezone.now())
    else:
        Organisation.objects.filter(pk=world.chamber.pk).update(approved_at=None)
    client = person(world, "ichi")
    for answer in (
        client.get(f"/j/{link.token}/"),
        client.post(f"/j/{link.token}/accept/", {"name": "店"}),
    ):
        assert answer.status_code == 404
    assert not Company.objects.filter(name="店").exists()


def test_an_address_nobody_made_is_no_link(world, link, client):
    signature = link.token.split(".")[1]
    other = JoinLink.objects.create(
        organisation=world.bank, name="x", at_most=1, expires_at=timezone.now() + timedelta(days=1)
    )
    for token in (link.pk.hex, str(link.pk), f"{other.pk.hex}.{signature}", "x.y", "あ.い", "."):
        assert client.get(f"/j/{token}/").status_code == 404


def test_who_is_not_signed_in_comes_back_to_the_link(world, link, client):
    page = client.get(f"/j/{link.token}/")
    assert page.status_code == 200
    assert f"next=/j/{link.token}/" in page.content.decode().replace("%3A", ":")
    assert client.session["invited"] == f"/j/{link.token}/"


@pytest.mark.parametrize(
    "sent",
    [
        {"name": "", "days": "3", "at_most": "3"},
        {"name": "x", "days": "0", "at_most": "3"},
        {"name": "x", "days": "181", "at_most": "3"},
        {"name": "x", "days": "3", "at_most": "1001"},
        {"name": "x", "days": "9" * 400, "at_most": "-1"},
    ],
)
def test_a_link_without_sense_is_refused_with_a_sentence(world, sent):
    answer = world.client("supporter").post(f"/s/{world.chamber.pk}/links/", sent)
    assert answer.status_code == 400
    assert not JoinLink.objects.exists()


# --- who lands where --------------------------------------------------------------------------------


def test_a_researcher_lands_at_surveys_and_is_offered_no_companies(world):
    from tojimari.portal.supporters.models import Helper

    lab = Organisation.objects.create(name="研究室", kind="researcher", approved_at=timezone.now())
    client = person(world, "kenkyu")
    Helper.objects.create(user=world.newcomer, organisation=lab)
    assert client.get("/home/")["Location"] == f"/s/{lab.pk}/surveys/"
    page = client.get(f"/s/{lab.pk}/surveys/").content.decode()
    assert f'href="/s/{lab.pk}/"' not in page
    assert client.get(f"/s/{lab.pk}/invitations/").status_code == 404
    assert world.client("supporter").get("/home/")["Location"] == f"/s/{world.chamber.pk}/"
