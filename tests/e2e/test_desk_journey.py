"""A question at the desk in a real browser: asked on a phone, answered at a desktop, settled."""

FILL = """
from datetime import time, timedelta
from django.utils import timezone
from tojimari.portal.companies.start import found_company
from tojimari.portal.desk.models import AsideMail, Desk, Handover, Message, Referral
from tojimari.portal.desk.tickets import File, add_message, open_ticket
from tojimari.portal.devices.models import Device
from tojimari.portal.experts.models import Expert, ExpertVisit
from tojimari.portal.people.models import User
from tojimari.portal.supporters.models import Grant, Helper, Organisation
from tests.support.sessions import session_of

owner = User.objects.create_user("owner@example.jp", name="山田花子")
helper = User.objects.create_user("helper@example.jp", name="佐藤")
company = found_company(owner, "角の店")
Device.objects.of(company).create(company=company, kind="computer", name="事務所のパソコン", system="windows")
organisation = Organisation.objects.create(name="町の会議所", kind="supporter", approved_at=timezone.now())
expert = Organisation.objects.create(name="まちの専門家", kind="supporter", approved_at=timezone.now())
Helper.objects.create(user=helper, organisation=organisation)
for one in (organisation, expert):
    Desk.objects.create(organisation=one, opens=time(9), closes=time(17))
Grant.objects.of(company).create(company=company, organisation=organisation, scopes=("findings:read", "devices:read"))
ticket = open_ticket(company, organisation, subject="取引先からの変なメール", way="mail", asker=owner,
    made_at=timezone.now() - timedelta(days=2), waits_since=timezone.now() - timedelta(days=2))
add_message(ticket, Message.COMPANY, "このメールは大丈夫でしょうか。", way="mail", author=owner, name="owner@example.jp",
    quoted="> 前のメール", verdict="dangerous", damaged=True, files=[File("請求書.pdf", b"x" * 3000)])
add_message(ticket, Message.NOTE, "前にも同じ相談あり", way="web", author=helper)
add_message(ticket, Message.HELPER, "開かないでください。", way="web", author=helper, mail="bounced", to="owner@example.jp")
Handover.objects.of(company).create(company=company, ticket=ticket, to=expert, days=14, words="詳しい方です", asked_by=helper)
sent = User.objects.create_user("expert@example.jp", name="外の人")
known = Expert.objects.create(organisation=organisation, outside=True, user=sent, name="外の人", fields=["network"], prefectures=["13"], is_on=True)
at = timezone.now() + timedelta(days=3)
visit = ExpertVisit.objects.of(company).create(company=company, organisation=organisation, expert=known, expert_name="外の人",
    field="network", wish="ルーターを見てください", state="agreed", at=at, agreed_at=timezone.now(), sees_until=at + timedelta(days=14))
for field, words, came in (("incident", "詳しい人が見るのがよさそうです", None), ("network", "ルーターが古いようです", visit)):
    Referral.objects.of(company).create(company=company, ticket=ticket, field=field, words=words, visit=came, reads=True, made_by=helper)
AsideMail.objects.create(organisation=organisation, sender="a@home.example", subject="Re: [#1] 件", text="教えてください", why="unknown", guess=1, sealed=b"x")
print(company.pk, organisation.pk, ticket.pk, session_of(owner), session_of(helper), session_of(sent), visit.pk)
"""


def test_a_question_goes_there_and_back(server, opened, held):
    company, organisation, ticket, owner, helper, sent, visit = server.make(FILL)
    mine = opened(server, owner)
    mine.goto(f"/c/{company}/odd/")
    held(mine, "door")
    mine.locator(f"a[href='/c/{company}/desk/']").first.click()
    held(mine, "desk")
    mine.goto(f"/c/{company}/control/backup-exists/")
    mine.locator("a[href*='about=control']").click()
    held(mine, "ask")
    mine.locator("#text").fill("控えはどう取ればよいですか。")
    mine.locator("main form button").click()
    mine.wait_for_url(f"**/c/{company}/desk/*-*/")
    held(mine, "sent")
    theirs = opened(server, helper)
    theirs.goto(f"/s/{organisation}/desk/")
    held(theirs, "queue")
    assert theirs.locator("table tbody tr").count() >= 1
    theirs.locator("table tbody a").last.click()
    theirs.locator("#prepared").select_option("backup-first")
    theirs.locator("button[value=insert]").click()
    assert theirs.locator("#text").input_value()
    theirs.locator("button[value=answer]").click()
    theirs.wait_for_load_state()
    held(theirs, "answered")
    for name, address in (
        ("ticket", f"{ticket}/"),
        ("call", "call/"),
        ("settings", "settings/"),
        ("figures", "figures/"),
        ("aside", "mails/"),
    ):
        theirs.goto(f"/s/{organisation}/desk/{address}")
        held(theirs, name)
    mine.reload()
    mine.locator("button[value=yes]").click()
    mine.wait_for_load_state()
    mine.goto(f"/c/{company}/desk/{ticket}/")
    held(mine, "own")
    theirs = opened(server, sent)
    theirs.goto(f"/visits/{visit}/")
    theirs.locator(f"a[href='/visits/{visit}/conversation/']").click()
    held(theirs, "conversation")
