"""A question at the desk in a real browser: asked on a phone, answered at a desktop, settled."""

from playwright.sync_api import expect

FILL = """
from datetime import time, timedelta
from django.utils import timezone
from tojimari.portal.companies.start import found_company
from tojimari.portal.desk.models import AsideMail, Attachment, Desk, Handover, Message, Referral
from tojimari.portal.desk.tickets import File, add_message, open_ticket
from tojimari.portal.devices.models import Device
from tojimari.portal.experts.models import Expert, ExpertVisit
from tojimari.portal.incidents.chain import append, erase
from tojimari.portal.incidents.heads import sign_and_tell
from tojimari.portal.incidents.incident import open_incident
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
# An incident with all that a record can hold, shown to the expert with one of its two files.
incident = open_incident(company, "screen", {"shows": "ransom"}, known_at=timezone.now() - timedelta(hours=20), opened_as="owner", by=owner, summary="「払え」と出た")
append(incident, "device", "受付のPC", by=owner)
append(incident, "person", "佐藤（経理）", by=owner)
photo, _ = (append(incident, "file", name, by=owner, file=(name, b"x")) for name in ("画面.jpg", "給与.xlsx"))
wrong = append(incident, "note", "2台", at=timezone.now() - timedelta(hours=1), said_by="山田", by=owner)
append(incident, "note", "正しくは3台", by=owner, about=wrong.number)
erase(append(incident, "note", "090", by=owner), ("text",), by=owner)
sign_and_tell(incident)
visit.scopes, visit.files = ("incidents:read",), [str(photo.file.pk)]
visit.save()
out = User.objects.create_user("out@example.jp", name="まちの人")
Helper.objects.create(user=out, organisation=expert)
given = open_ticket(company, organisation, subject="共有フォルダ", way="web", asker=owner, urgent=True, shared="事故")
add_message(given, Message.COMPANY, "どうしますか", way="web", author=owner, files=[File(name, b"x") for name in ("表.xlsx", "名簿.csv")])
Handover.objects.of(company).create(company=company, ticket=given, to=expert, days=14, until=timezone.now() + timedelta(days=14),
    files=[str(Attachment.objects.of(company).get(name="表.xlsx").pk)])
AsideMail.objects.create(organisation=organisation, sender="a@home.example", subject="Re: [#1] 件", text="教えてください", why="unknown", guess=1, sealed=b"x")
print(company.pk, organisation.pk, ticket.pk, session_of(owner), session_of(helper), session_of(sent), visit.pk, incident.pk, given.pk, expert.pk, session_of(out))
"""


def test_a_question_goes_there_and_back(server, opened, held):
    company, organisation, ticket, owner, helper, sent, visit, *more = server.make(FILL)
    incident, given, outside, out = more
    mine = opened(server, owner)
    mine.goto(f"/c/{company}/odd/")
    held(mine, "door")
    mine.locator(f"a[href='/c/{company}/desk/']").first.click()
    held(mine, "desk")
    mine.goto(f"/c/{company}/control/backup-exists/")
    mine.locator("a[href*='about=control']").click()
    held(mine, "ask")
    mine.locator("#text").fill("控えはどう取ればよいですか。")
    # A form of that size the server ends unread: it is said before anything is sent.
    mine.locator("form.next").evaluate("form => { form.dataset.most = 10 }")
    large = {"name": "動画.mp4", "mimeType": "video/mp4", "buffer": b"x" * 11}
    mine.locator("#files").set_input_files(large)
    mine.locator("main form button").click()
    expect(mine.locator("form.next [role=alert]")).to_be_focused()
    assert mine.locator("#text").input_value()
    mine.locator("#files").set_input_files([])
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
    theirs.goto(f"/visits/{visit}/incidents/{incident}/")
    held(theirs, "shown incident")
    with theirs.expect_download() as file:
        theirs.locator("a[href$='/file/']").click()
    assert file.value.suggested_filename == "画面.jpg"
    theirs = opened(server, out)
    theirs.goto(f"/s/{outside}/desk/{given}/")
    held(theirs, "handed over")
    assert theirs.locator("a[download]").all_inner_texts() == ["表.xlsx"]
    mine.goto(f"/c/{company}/incidents/{incident}/")
    held(mine, "incident")
