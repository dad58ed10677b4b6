"""Is this mail dangerous? Open to everybody; what a company asked about makes its next verdict better."""

import csv
import html
import io
import re
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.mail import made
from tests.mail.made import VERIFIED
from tests.support.pressing import run_tasks
from tojimari.mail import acquaintances
from tojimari.mail.acquaintances import Known, gather_known, remembered_as
from tojimari.mail.message import Message
from tojimari.mail.photos import UnreadablePicture, words_of
from tojimari.mail.reading import read_text
from tojimari.mail.signals.seen import Seen
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.observations import current
from tojimari.portal.core.models import Notice
from tojimari.portal.core.retention import throw_away
from tojimari.portal.core.uploads import FILE_BYTES
from tojimari.portal.mailcheck import campaigns, company_pages, turns
from tojimari.portal.mailcheck.campaigns import told, waves_of
from tojimari.portal.mailcheck.contacts import _unfolded, contact_address, contacts_in
from tojimari.portal.mailcheck.indicators import Indicator, indicators_of, written
from tojimari.portal.mailcheck.judging import judged_forwarded
from tojimari.portal.mailcheck.marks import marked
from tojimari.portal.mailcheck.memory import keep_mail, known_of
from tojimari.portal.mailcheck.models import Contact, FirstMail, Judged, KeptMail
from tojimari.portal.mailcheck.months import published
from tojimari.portal.mailcheck.periodic import count_mails
from tojimari.portal.mailcheck.traces import hosts_of, resemblance, sketch_of
from tojimari.portal.supporters.mail_waves import count_waves
from tojimari.portal.supporters.models import Grant, MailWaves
from tojimari.portal.words import catalog, say

pytestmark = pytest.mark.django_db
PLACE = "/mail/"


def handed_in(client=None, **fields):
    return (client or Client()).post(PLACE, fields)


def test_the_red_door_leads_to_it():
    assert 'href="/odd/mail/"' in Client().get("/odd/").content.decode()
    page = Client().get("/odd/mail/", follow=True)
    assert f'href="{PLACE}"' in page.content.decode()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_sample_is_dangerous_and_shown_with_its_reasons_marked(lang):
    page = handed_in(Client(headers={"accept-language": lang}), sample="yes").content.decode()
    assert f"<h1>{say('mail.level.dangerous', lang)}</h1>" in page
    assert page.count("<mark>") >= 2
    for key in ("mail.why", "mail.now", "mailcheck.in_mail", "mailcheck.already"):
        assert say(key, lang) in page
    # No link of the mail can be pressed.
    assert "mail-kakunin.example/login" in page
    assert 'href="https://amazon' not in page


@pytest.mark.parametrize(
    "text", ["sample", "来週の打ち合わせは10時でお願いします。資料を持って伺います。"]
)
def test_whoever_opened_wrote_or_paid_already_is_asked_which(text):
    link = f'href="/odd/">{say("mailcheck.already", "ja")}'
    fields = {"sample": "yes"} if text == "sample" else {"text": text}
    for page in (Client().get(PLACE), handed_in(**fields)):
        body = page.content.decode()
        assert re.sub(r'class="[^"]*" ', "", body).count(link) == 1
        assert "/odd/clicked/" not in body


@pytest.mark.parametrize("suspicious", ["", "_suspicious"])
def test_a_mail_is_reported_before_it_is_deleted(suspicious):
    assert "消す前" in say(f"mailcheck.answered_no{suspicious}", "ja")
    assert "before you delete" in say(f"mailcheck.answered_no{suspicious}", "en")


@pytest.mark.parametrize(
    ("fields", "level"),
    [
        ({"file": SimpleUploadedFile("a.eml", made.attached("請求書.pdf.exe", made.PROGRAM))}, "dangerous"),
        ({"text": "来週の打ち合わせは10時でお願いします。資料を持って伺います。"}, "ordinary"),
        ({"text": "https://evil.example/x"}, "unknown"),
        ({"file": SimpleUploadedFile("a.eml", made.attached("a.zip", made.encrypted_zip()))}, "careful"),
    ],
)  # fmt: skip
def test_files_and_texts_get_their_verdict(fields, level):
    found = handed_in(**fields)
    assert found.status_code == 200
    assert f"<h1>{say(f'mail.level.{level}', 'ja')}</h1>" in found.content.decode()


@pytest.mark.parametrize(
    "fields",
    [{}, {"text": "   "}, {"file": SimpleUploadedFile("a.eml", b"")}, {"file": SimpleUploadedFile("a.eml", b"x" * (FILE_BYTES + 300_000))}],
)  # fmt: skip
def test_nothing_to_judge_is_one_sentence(fields):
    found = handed_in(**fields)
    assert found.status_code == 400
    assert say("mailcheck.nothing", "ja") in found.content.decode()


def test_a_file_is_not_written_down(monkeypatch):
    def written(*_):
        raise AssertionError("written to disk")

    monkeypatch.setattr(
        "django.core.files.uploadhandler.TemporaryFileUploadHandler.new_file", written
    )
    large = made.mail("本文です。" * 300_000).as_bytes()
    assert len(large) > 3_000_000
    assert handed_in(file=SimpleUploadedFile("a.eml", large)).status_code == 200


def test_a_form_of_another_site_is_refused():
    assert handed_in(Client(enforce_csrf_checks=True), sample="yes").status_code == 403


def test_too_many_in_a_row_wait(monkeypatch):
    monkeypatch.setattr("tojimari.portal.mailcheck.pages.AN_HOUR", 1)
    assert handed_in(text="a").status_code == 200
    assert handed_in(text="a").status_code == 429


def test_what_a_mail_says_is_text_and_nothing_else():
    text = "差出人: x <a@evil.example>\n件名: <script>alert(1)</script>\n至急 <img src=x onerror=alert(1)> \x1b[2J"
    page = handed_in(text=text).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "\x1b" not in page


def test_marks_are_where_the_reason_stands_and_do_not_overlap():
    reasons = [Seen("urgency", "text", "至急ご本人確認を", "至急"), Seen("credentials", "text", "至急ご本人確認を", "ご本人確認"), Seen("click", "link", "x")]  # fmt: skip
    assert marked("至急ご本人確認を", reasons, frozenset(["text"])) == [
        ("至急", 1),
        ("ご本人確認", 2),
        ("を", 0),
    ]
    assert (
        "".join(piece for piece, _ in marked("abc" * 900, [], frozenset()))
        == ("abc" * 900)[:1500] + "…"
    )


def test_a_quote_is_marked_where_a_line_ends_in_it_and_a_file_by_its_name():
    reasons = [Seen("scare", "text", "至急 電話 ください…"), Seen("file_program", "attachment", "a.zip › b.exe")]  # fmt: skip
    both = frozenset(["text", "attachment"])
    assert marked("至急\n電話  ください", reasons, both) == [("至急\n電話  ください", 1)]
    assert marked("c.pdf, A.zip", reasons, both) == [("c.pdf, ", 0), ("A.zip", 2)]


def test_the_sample_says_that_it_is_one():
    import tojimari.portal.mailcheck

    sample = (Path(tojimari.portal.mailcheck.__file__).parent / "sample.eml").read_bytes()
    from tojimari.mail.reading import read_file

    assert "見本" in read_file(sample)[0].text


LURE = "お荷物のお届けについて\n至急、下記より再配達の手続きをお願いします\nhttps://haitatsu-kakunin.example/login"


def test_the_words_and_codes_of_a_photo_are_judged():
    found = handed_in(
        photo=SimpleUploadedFile("a.jpg", made.screenshot(LURE, "https://qr.example/pay"))
    )
    page = found.content.decode()
    assert "再配達の手続き" in page
    assert say("mailcheck.photo_read", "ja") in page
    assert say("mail.level.ordinary", "ja") not in page


def test_without_an_engine_a_photo_is_never_ordinary(monkeypatch):
    monkeypatch.setattr("tojimari.mail.photos.ENGINE", "no-such-program")
    page = handed_in(photo=SimpleUploadedFile("a.jpg", made.screenshot(LURE))).content.decode()
    assert f"<h1>{say('mail.level.unknown', 'ja')}</h1>" in page
    assert say("mailcheck.photo_no_engine", "ja") in page
    assert say("mailcheck.photo_unread", "ja") in Client().get(PLACE).content.decode()


@pytest.mark.parametrize("data", [b"\xff\xd8\xffnonsense", b"\x89PNG\r\n\x1a\n" + b"\0" * 500])
def test_a_broken_photo_is_said(data):
    page = handed_in(photo=SimpleUploadedFile("a.png", data)).content.decode()
    assert say("mailcheck.photo_unreadable", "ja") in page


def test_a_picture_of_too_many_points_is_not_unpacked():
    from PIL import Image

    out = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")
    with pytest.raises(UnreadablePicture):
        words_of(out.getvalue())


def test_what_a_phone_shares_is_judged_without_any_token_and_leaves_nothing(world):
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "ja"})
    client.force_login(world.owner, backend="django.contrib.auth.backends.ModelBackend")
    found = client.post("/mail/share/", {"title": "荷物", "text": LURE})
    assert found.status_code == 200
    assert "再配達の手続き" in found.content.decode()
    assert say("mailcheck.shared", "ja") in found.content.decode()
    assert not Judged.objects.of(world.company).exists()
    sample = made.attached("請求書.pdf.exe", made.PROGRAM)
    page = client.post("/mail/share/", {"file": SimpleUploadedFile("a.eml", sample)})
    assert f"<h1>{say('mail.level.dangerous', 'ja')}</h1>" in page.content.decode()
    assert client.post("/mail/share/", {}).status_code == 400
    assert client.get("/mail/share/").status_code == 302
    # The page's own form still wants its token.
    assert client.post(PLACE, {"text": LURE}).status_code == 403


def test_the_manifest_tells_a_phone_where_and_what_to_share():
    found = Client().get("/manifest.webmanifest")
    assert found["Content-Type"] == "application/manifest+json"
    told = found.json()
    target = told["share_target"]
    assert (target["action"], target["method"]) == ("/mail/share/", "POST")
    assert set(target["params"]["files"][0]["accept"]) >= {"image/jpeg", "message/rfc822"}
    from django.contrib.staticfiles import finders

    for icon in told["icons"]:
        path = finders.find(f"tojimari/icon-{icon['sizes'].partition('x')[0]}.png")
        from PIL import Image

        assert "x".join(map(str, Image.open(path).size)) == icon["sizes"]
    assert (
        '<link rel="manifest" href="/manifest.webmanifest">' in Client().get("/").content.decode()
    )


def test_a_report_is_prepared_and_its_addresses_cannot_be_pressed():
    page = html.unescape(handed_in(sample="yes").content.decode())
    address = re.search(r'href="mailto:([^?"]+)\?', page)[1]
    assert address == catalog().incidents.contacts["antiphishing"].mail
    copied = re.search(r"<textarea[^>]*readonly>(.*?)</textarea>", page, re.DOTALL)[1]
    assert "[.]example" in copied
    assert "https://" not in copied
    assert say("mailreport.brand", "ja", brand="amazon")[:10] in page or "Amazon" in page
    harmless = handed_in(text="来週の打ち合わせは10時でお願いします。資料を持って伺います。")
    assert say("mailreport.heading", "ja") not in harmless.content.decode()


def test_a_companys_verdicts_are_counted_and_its_mails_only_kept_when_asked(world):
    client = world.client("staff")
    data = made.attached("請求書.pdf.exe", made.PROGRAM)
    handed_in(client, file=SimpleUploadedFile("a.eml", data))
    (row,) = Judged.objects.of(world.company)
    assert (row.level, row.way, row.by) == ("dangerous", "page", world.staff)
    assert not KeptMail.objects.of(world.company).exists()
    handed_in(client, file=SimpleUploadedFile("a.eml", data), keep="yes")
    (kept,) = KeptMail.objects.of(world.company)
    assert data[:20] not in bytes(kept.sealed)
    assert "請求書".encode() not in bytes(kept.sealed)
    page = client.get(f"/c/{world.company.pk}/mails/kept/{kept.pk}/")
    assert page.content == data
    assert page["Content-Type"] == "application/octet-stream"
    assert throw_away(kept.delete_at + timedelta(seconds=1))["mailcheck.keptmail"] == 1
    handed_in(client, sample="yes")
    assert Judged.objects.of(world.company).count() == 2


def test_of_two_companies_the_chosen_one_remembers(world):
    world.foreign.memberships.create(user=world.owner, role="staff")
    client = world.client("owner")
    assert 'name="company"' in client.get(PLACE).content.decode()
    handed_in(client, text=LURE, company=str(world.foreign.pk))
    assert Judged.objects.of(world.foreign).count() == 1
    for wrong in ("", "11111111-1111-1111-1111-111111111111"):
        page = handed_in(client, text=LURE, company=wrong, keep="yes")
        assert page.status_code == 400
        assert say("mailcheck.which_company", "ja") in page.content.decode()
    assert not Judged.objects.of(world.company).exists()
    shared = client.post(f"{PLACE}share/", {"text": LURE}).content.decode()
    assert f'<option value="{world.foreign.pk}">' in shared


def test_while_others_are_judged_a_visitor_is_told_so_and_other_pages_are_answered(monkeypatch):
    monkeypatch.setattr(turns, "WAIT_SECONDS", 0.01)
    with ExitStack() as held:
        assert all(held.enter_context(turns.turn()) for _ in range(turns.AT_ONCE))
        for place in (PLACE, f"{PLACE}share/"):
            busy = Client().post(place, {"text": "a"})
            assert busy.status_code == 503
            assert busy["Retry-After"] == str(turns.RETRY_SECONDS)
            assert say("mailcheck.busy", "ja") in busy.content.decode()
        assert Client().get(PLACE).status_code == 200
    assert handed_in(text="a").status_code == 200


def test_an_expected_verified_sender_becomes_a_contact_and_unmasks_its_lookalike(world):
    client = world.client("owner")
    lookalike = VERIFIED.replace(b"yamada-shoji", b"yamada-shojl")
    before = handed_in(client, file=SimpleUploadedFile("a.eml", lookalike)).content.decode()
    assert f"<h1>{say('mail.level.dangerous', 'ja')}</h1>" not in before
    page = handed_in(client, file=SimpleUploadedFile("a.eml", VERIFIED)).content.decode()
    assert f"<h1>{say('mail.level.ordinary', 'ja')}</h1>" in page
    address = re.search(r'action="(/c/[^"]+/expected/)"', page)[1]
    assert client.post(address, {"expected": "maybe"}).status_code == 400
    assert (
        say("mailcheck.answered_yes", "ja")
        in client.post(
            address, {"expected": "yes", "sender": "taro@yamada-shoji.example"}
        ).content.decode()
    )
    (contact,) = Contact.objects.of(world.company)
    assert (contact.address, contact.said) == ("yamada-shoji.example", "expected")
    after = handed_in(client, file=SimpleUploadedFile("a.eml", lookalike)).content.decode()
    assert f"<h1>{say('mail.level.dangerous', 'ja')}</h1>" in after
    client.post(address, {"expected": "no", "sender": "x@yamada-shoji.example"})
    assert not Contact.objects.of(world.company).exists()


def test_of_a_free_address_only_a_digest_is_kept_until_its_reader_expected_it(world):
    client = world.client("owner")
    free = VERIFIED.replace(b"yamada-shoji.example", b"gmail.com")
    page = handed_in(client, file=SimpleUploadedFile("a.eml", free)).content.decode()
    row = Judged.objects.of(world.company).get()
    first = FirstMail.objects.of(world.company).get()
    assert (
        first.sender
        == row.sender
        == remembered_as("taro@gmail.com", known_of(world.company, []).key)
    )
    assert "taro" not in row.sender
    assert len(row.sender) == 33
    assert known_of(world.foreign, []).key != known_of(world.company, []).key
    address = re.search(r'action="(/c/[^"]+/expected/)"', page)[1]
    assert 'name="sender" value="taro@gmail.com"' in page
    for wrong in (
        "other@gmail.com",
        "",
        "gmail.com",
        row.sender,
    ):  # nobody vouches for another by it
        client.post(address, {"expected": "yes", "sender": wrong})
        assert not Contact.objects.of(world.company).exists()
    client.post(address, {"expected": "yes", "sender": "Taro@gmail.com"})
    assert Contact.objects.of(world.company).get().address == "taro@gmail.com"
    known = known_of(world.company, [])
    assert known.first_seen[remembered_as("taro@gmail.com", known.key)] == timezone.localdate()


def test_since_when_a_sender_writes_is_kept_as_long_as_verdicts(world):
    day = timezone.localdate()
    for ago in (799, 802):
        FirstMail.objects.of(world.company).create(
            company=world.company, sender=f"{ago}@gmail.com", day=day - timedelta(days=ago)
        )
    assert throw_away(timezone.now())["mailcheck.firstmail"] == 1
    assert FirstMail.objects.of(world.company).get().sender == "799@gmail.com"


def test_an_answer_about_a_mail_nobody_verified_makes_no_contact(world):
    client = world.client("owner")
    page = handed_in(
        client,
        file=SimpleUploadedFile("a.eml", made.mail("見積もりをお送りします。よろしく").as_bytes()),
    )
    address = re.search(r'action="(/c/[^"]+/expected/)"', page.content.decode())[1]
    client.post(address, {"expected": "yes"})
    assert not Contact.objects.of(world.company).exists()


OUTLOOK = "名,姓,電子メール アドレス,電子メールの種類,電子メール表示名\r\n太郎,山田,Taro@Yamada.example,SMTP,山田 太郎\r\n花子,髙﨑,hanako@gmail.com,SMTP,\r\n,,,,\r\n".encode(
    "cp932"
)
GOOGLE = b"First Name,Last Name,E-mail 1 - Label,E-mail 1 - Value\nTaro,Yamada,* Work,taro@yamada.example\n"
VCARD = (
    b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=B1=B1=E7=94=B0;=E5=A4=AA=E9=83=8E=\r\n;;;\r\n"
    b"EMAIL;INTERNET;WORK:taro@yamada.example\r\nEND:VCARD\r\n"
    b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Hanako\\, KK\r\nitem1.EMAIL;TYPE=work:hanako@\r\n gmail.com\r\nEND:VCARD\r\n"
)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (OUTLOOK, [("山田 太郎", "taro@yamada.example"), ("髙﨑 花子", "hanako@gmail.com")]),
        (GOOGLE, [("Yamada Taro", "taro@yamada.example")]),
        (VCARD, [("山田 太郎", "taro@yamada.example"), ("Hanako, KK", "hanako@gmail.com")]),
        (b"taro@yamada.example\n", [("", "taro@yamada.example")]),
        ("山田\ttaro@yamada.example\n".encode(), [("山田", "taro@yamada.example")]),
        (b"\xff\x00no list", []),
    ],
)
def test_address_books_are_read(data, found):
    assert contacts_in(data) == found


@given(
    st.binary(max_size=400)
    | st.text(alphabet='=;:,"\n\tBEGINVCARD@.a 名', max_size=200).map(str.encode)
)
def test_no_file_breaks_the_reading_of_contacts(data):
    for name, address in contacts_in(b"BEGIN:VCARD\n" + data) + contacts_in(data):
        assert contact_address(address) == address
        assert name.isprintable()


@pytest.mark.parametrize("fold", ["\r\n x", "=\r\nx"])
def test_a_picture_in_an_address_book_is_not_put_together(fold):
    """Else each of its lines would be copied with all before it."""
    card = "BEGIN:VCARD\r\nFN:Taro\r\nEMAIL:taro@yamada.example\r\nEND:VCARD\r\nPHOTO;QUOTED-PRINTABLE:x"
    long = card + fold * 30_000 + "\r\n" + card.replace("taro", "jiro")
    assert max(map(len, _unfolded(long))) <= 10_100
    addresses = [address for _, address in contacts_in(long.encode())]
    assert addresses == ["taro@yamada.example", "jiro@yamada.example"]


def test_address_books_are_taken_so_many_times_an_hour(world, monkeypatch):
    monkeypatch.setattr(company_pages, "IMPORTS_AN_HOUR", 1)
    client, place = world.client("staff"), f"/c/{world.company.pk}/mails/contacts/import/"
    codes = [
        client.post(place, {"file": SimpleUploadedFile("a.csv", OUTLOOK)}).status_code
        for _ in range(2)
    ]
    assert codes == [200, 429]


def test_contacts_are_added_imported_and_removed(world):
    client, place = world.client("staff"), f"/c/{world.company.pk}/mails/contacts/"
    assert client.post(place, {"address": "yamada.example", "name": "山田商事"}).status_code == 302
    for wrong in ("gmail.com", "nobody", "a@b@c", ""):
        assert client.post(place, {"address": wrong}).status_code == 400
    page = client.post(f"{place}import/", {"file": SimpleUploadedFile("a.csv", OUTLOOK)})
    assert say("mailcontacts.added", "ja", added=2, found=2) in page.content.decode()
    assert (
        client.post(f"{place}import/", {"file": SimpleUploadedFile("a.csv", b"x")}).status_code
        == 400
    )
    assert "山田商事" in client.get(place).content.decode()
    for one in Contact.objects.of(world.company):
        client.post(f"{place}{one.pk}/remove/")
    assert say("mailcontacts.none", "ja") in client.get(place).content.decode()


def rows_of(company, *, host="", text="", days=0, level="dangerous", asker="a", trick="delivery"):
    message = read_text(text) if text else Message("text")
    return Judged.objects.of(company).create(
        company=company,
        way="page",
        level=level,
        trick=trick,
        asker=asker,
        hosts=[host] if host else [],
        sketch=sketch_of(message),
        at=timezone.now() - timedelta(days=days),
    )


def test_the_months_that_are_over_become_a_fact_and_count(world):
    for month in (1, 2, 3):
        for asker in ("a", "b"):
            rows_of(world.company, days=30 * month, asker=asker)
    rows_of(world.company)  # this month is not over
    world.client("owner").post(
        f"/c/{world.company.pk}/ask/company-size/", {"choice": "two_to_four"}
    )
    refresh(world.company)
    count_mails.func()
    count_mails.func()
    (seen,) = current(world.company, "company.mail_checks")
    assert seen.fact.staff == 2
    months = {each.month: (each.dangerous, each.people) for each in seen.fact.months}
    assert sum(count for count, _ in months.values()) == 6
    assert f"{timezone.localdate():%Y-%m}" not in months
    refresh(world.company)
    page = world.client("owner").get(f"/c/{world.company.pk}/control/mail-attachments-care/")
    assert "開く前にたずねる習慣があります" in page.content.decode()


def test_a_month_without_mails_is_zero_and_the_chart_says_its_numbers(world):
    rows_of(world.company, days=1)
    rows_of(world.company, level="ordinary", trick="")
    page = world.client("staff").get(f"/c/{world.company.pk}/mails/").content.decode()
    assert say("mailmonths.sum", "ja", asked=2, suspicious=1) in page
    assert page.count('<rect class="fill"') == 12 + len(published().years)
    assert "2,454,297" in page or "2454297" in page


def test_the_councils_figures_have_sources_and_no_year_is_made_up():
    years = published().years
    assert [each.year for each in years] == list(range(2018, 2026))
    assert all(each.source.ja and each.source.en and each.reports > 0 for each in years)


WORDS = "お荷物のお届けにあがりましたが不在のため持ち帰りました。下記より再配達の手続きをお願いします。期限を過ぎると返送されます。"


MEETING = "来週の打ち合わせは10時からでお願いします。資料をお持ちします。会議室は二階です。"


def test_a_sketch_knows_the_same_words_and_holds_no_person():
    def sketch(text):
        return sketch_of(read_text(text))

    other = WORDS.replace("再配達の手続き", "お受け取りの手続き")
    one = sketch(f"山田太郎様\n{WORDS}\n090-1234-5678")
    assert resemblance(one, sketch(f"佐藤花子 様\n{other} https://x.example/abc")) > 0.5
    assert resemblance(one, sketch(MEETING)) < 0.1
    assert sketch(f"山田太郎様\n{WORDS}") == sketch(f"鈴木一郎様\n{WORDS}")
    assert sketch("短い") == []


OTHER = "請求書をお送りしますのでご確認ください。お支払いの期限は今月末日です。ご不明な点は経理までお問い合わせください。"


def test_one_place_alone_makes_no_wave_but_the_same_words_or_half_of_them_do(world):
    def waves(*given):
        Judged.objects.of(world.company).delete()
        rows = [rows_of(world.company, host=host, text=text) for host, text in given]
        return [wave.mails for wave in told(waves_of(rows))]

    half = WORDS.replace(
        "下記より再配達の手続きをお願いします", "配達員が玄関先で十五分お待ちしました"
    )
    assert waves(("a.example", WORDS), ("b.example", WORDS.replace("不在", "お留守"))) == [2]
    assert waves(("www.one.example", WORDS), ("two.one.example", half)) == [2]
    assert waves(("a.example", WORDS), ("b.example", OTHER)) == []
    assert waves(("service.example", WORDS), ("service.example", OTHER)) == []


def test_many_mails_are_compared_with_few_and_waves_stay_whole(world, monkeypatch):
    compared = []

    def count(one, other):
        compared.append(1)
        return resemblance(one, other)

    monkeypatch.setattr(campaigns, "resemblance", count)
    texts = (WORDS, WORDS.replace("不在", "お留守"), OTHER)
    rows = [
        rows_of(world.company, host="a.example", text=texts[number % 3]) for number in range(120)
    ]
    assert sorted(wave.mails for wave in told(waves_of(rows))) == [40, 80]
    assert len(compared) < 10 * len(rows)


def test_of_a_dangerous_mail_only_hosts_of_nobody_honest_are_kept():
    known = gather_known(["kado.example"], [acquaintances.Contact("yamada.example")])
    links = "https://evil.example/login https://www.amazon.co.jp/x https://yamada.example/ https://kado.example/ https://bit.ly/x http://192.0.2.9/y https://google.co.uk/url https://u1.ct.sendgrid.net/z https://amazon.icu/"
    assert hosts_of(read_text(links), known) == ["evil.example", "192.0.2.9", "amazon.icu"]


def exported(client, place, form):
    found = client.get(f"{place}signs.{form}")
    assert found.status_code == 200
    assert "attachment" in found["Content-Disposition"]
    return found.content


def test_where_dangerous_mails_led_is_read_back_by_other_programs(world):
    for host in ("evil.example", "192.0.2.9", "2001:db8::7"):
        rows_of(world.company, host=host)
    client, place = world.client("staff"), f"/c/{world.company.pk}/mails/"
    assert exported(client, place, "txt") == b"192.0.2.9\n2001:db8::7\nevil.example\n"
    rows = list(csv.reader(io.StringIO(exported(client, place, "csv").decode("utf-8-sig"))))
    assert [row[:2] for row in rows[1:]] == [
        ["192.0.2.9", "ip"],
        ["2001:db8::7", "ip"],
        ["evil.example", "domain"],
    ]
    import pymisp
    import stix2

    bundle = stix2.parse(exported(client, place, "stix.json").decode())
    patterns = {each.pattern for each in bundle.objects if each.type == "indicator"}
    assert "[domain-name:value = 'evil.example']" in patterns
    assert "[ipv6-addr:value = '2001:db8::7']" in patterns
    event = pymisp.MISPEvent()
    event.from_json(exported(client, place, "misp.json").decode())
    assert {(each.type, each.value) for each in event.attributes} == {
        ("hostname", "evil.example"),
        ("ip-dst", "192.0.2.9"),
        ("ip-dst", "2001:db8::7"),
    }
    assert client.get(f"{place}signs.exe").status_code == 404


def test_a_cell_that_looks_like_a_formula_is_none():
    row = Indicator("-2+3.example", timezone.now(), timezone.now(), 1, ("=cmd",))
    content = written("csv", [row], at=timezone.now(), by="x").decode("utf-8-sig")
    cells = next(iter(list(csv.reader(io.StringIO(content)))[1:]))
    assert cells[0] == "'-2+3.example"
    assert cells[-1] == "'=cmd"


# --- a supporter over companies -----------------------------------------------------------------


@pytest.fixture
def fleet(world):
    """Three companies that let the chamber count, sent one wave, and one that wants warnings."""
    made_ = []
    for number in range(4):
        company = Company.objects.create(name=f"店{number}")
        company.memberships.create(user=world.owner, role="owner")
        scopes = ("mail:figures", "mail:hosts") if number < 3 else ("mail:warned",)
        Grant.objects.of(company).create(company=company, organisation=world.chamber, scopes=scopes)
        made_.append(company)
    for company in made_[:3]:
        rows_of(company, host="www.evil.example", text=WORDS)
    count_waves.func()
    return made_


def test_waves_are_counted_by_a_task_and_no_page_compares_mails(world, fleet, monkeypatch):
    client, place = world.client("supporter"), f"/s/{world.chamber.pk}/mails/"
    before = MailWaves.objects.get(organisation=world.chamber)
    monkeypatch.setattr("tojimari.portal.supporters.mail_waves.waves_of", None)
    count_waves.func()  # nothing new: nothing is compared
    assert MailWaves.objects.get(organisation=world.chamber).at == before.at
    assert "www[.]evil[.]example" in client.get(place).content.decode()
    rows_of(fleet[0], text=WORDS)
    with pytest.raises(TypeError):
        count_waves.func()
    before.delete()
    assert say("campaign.counting", "ja") in client.get(place).content.decode()


def test_a_company_that_shows_counts_only_shows_no_host(world, fleet):
    client, place = world.client("supporter"), f"/s/{world.chamber.pk}/mails/"
    Grant.objects.of(fleet[0]).update(scopes=["mail:figures"])
    for _ in range(2):  # at once, and after the next count
        page = client.get(place).content.decode()
        assert (
            say(
                "campaign.line",
                "ja",
                companies=3,
                mails=3,
                first=f"{timezone.localdate()}",
                last=f"{timezone.localdate()}",
            )
            in page
        )
        assert "evil" not in page
        assert exported(client, place, "txt") == b""
        count_waves.func()


def test_a_wave_shows_from_three_companies_on_that_allow_it(world, fleet):
    client, place = world.client("supporter"), f"/s/{world.chamber.pk}/mails/"
    page = client.get(place).content.decode()
    assert "www[.]evil[.]example" in page
    assert "店0" in page
    assert "店3" not in page
    assert "ひみつ商店" not in page
    assert exported(client, place, "txt") == b"www.evil.example\n"
    fleet[0].grants.update(withdrawn_at=timezone.now())
    page = client.get(place).content.decode()
    assert "evil" not in page
    assert "店0" not in page
    assert exported(client, place, "txt") == b""


def test_a_host_that_fewer_companies_were_led_to_is_neither_shown_nor_mailed(world, fleet):
    for number in range(5):  # the most frequent of all
        rows_of(fleet[0], host=f"{number}.victim.example", text=WORDS)
        rows_of(fleet[0], host="only.victim.example", text=WORDS)
    count_waves.func()
    client, place = world.client("supporter"), f"/s/{world.chamber.pk}/mails/"
    page = client.get(place).content.decode()
    assert "www[.]evil[.]example" in page
    assert "victim" not in page
    warning = re.search(rf'href="({place}[0-9a-f]+/warn/)"', page)[1]
    text = client.get(warning).content.decode()
    assert "www[.]evil[.]example" in text
    assert "victim" not in text


def test_another_organisation_and_a_stranger_see_nothing_of_it(world, fleet):
    place = f"/s/{world.chamber.pk}/mails/"
    for who in ("buyer", "stranger", "owner", "staff"):
        for address in (place, f"{place}signs.txt", f"{place}x/warn/"):
            assert world.client(who).get(address).status_code == 404
    own = world.client("buyer").get(f"/s/{world.bank.pk}/mails/").content.decode()
    assert "evil" not in own
    assert "店0" not in own


def test_kept_mails_and_contacts_are_never_a_supporters(world, fleet):
    row = rows_of(fleet[0])
    kept = keep_mail(fleet[0], row, b"secret")
    for part in ("", "contacts/", f"kept/{kept.pk}/", "signs.txt"):
        address = f"/c/{fleet[0].pk}/mails/{part}"
        assert world.client("supporter").get(address).status_code == 404, part


def test_a_warning_is_read_before_it_goes_and_goes_once_to_those_who_want_it(world, fleet, smtp):
    client, place = world.client("supporter"), f"/s/{world.chamber.pk}/mails/"
    address = re.search(rf'href="({place}[0-9a-f]+/warn/)"', client.get(place).content.decode())[1]
    page = html.unescape(client.get(address).content.decode())
    assert "町の会議所" in page
    assert say("campaign.to", "ja", n=1) in page
    assert not Notice.objects.of(fleet[3]).exists()
    assert client.post(address).status_code == 302
    (told,) = Notice.objects.of(fleet[3])
    assert told.kind == "mail.campaign"
    assert not any(Notice.objects.of(each).exists() for each in fleet[:3])
    run_tasks()
    (letter,) = smtp.mails
    text = letter.get_content().replace("\r\n", "\n")
    shown = re.search(r"<pre>(.*?)</pre>", page, re.DOTALL)[1]
    assert text.strip().startswith(shown.strip())
    assert not any(each.name in text for each in fleet)
    assert client.post(address).status_code == 400
    assert (
        say("campaign.warned", "ja", n=1, day=f"{timezone.localdate()}")
        in client.get(place).content.decode()
    )


BANK_CHANGE = "いつもお世話になっております。振込先の銀行口座が変更になりました。至急、本日中に新しい口座へお振込みください。この件は内密にお願いします。\n"
HARMLESS = "来週の打ち合わせは10時でお願いします。資料を持って伺います。\n"
HEADS = "差出人: 山田 <a@yamada.example>\n送信日時: 2026年3月1日 10:00\n宛先: a@kado.example\n件名: 見積もり\n\n"
MARK = "---------- Forwarded message ---------\n" + HEADS


def carried(text, *, subject="FW: 件", attached_too=False):
    carrier = made.mail(text, From="owner@example.jp", Subject=subject)
    if attached_too:
        carrier.add_attachment(made.mail(HARMLESS, Message_ID="<h@shop.example>"))
    return bytes(carrier)


@pytest.mark.parametrize("attached_too", [False, True])
@pytest.mark.parametrize(
    ("text", "subject"),
    [
        (HEADS + BANK_CHANGE + MARK + HARMLESS, "FW: 件"),
        (BANK_CHANGE, "件"),
        (BANK_CHANGE + MARK + HARMLESS, "件"),
        (BANK_CHANGE + HEADS + HARMLESS, "FW: 件"),
        (BANK_CHANGE + HEADS + HARMLESS, "Re: 件"),
    ],
)
def test_no_mark_and_no_attached_mail_takes_a_lure_out_of_the_verdict(text, subject, attached_too):
    found = judged_forwarded(carried(text, subject=subject, attached_too=attached_too), Known())
    assert found.verdict.level == "dangerous"
    assert BANK_CHANGE.strip() in found.message.text


def test_the_askers_own_signature_makes_no_verdict_worse():
    known = gather_known(["kado.example"], [])
    comment = "これは大丈夫でしょうか。確認をお願いします。\nhttps://www.kado.example/\n"
    found = judged_forwarded(carried(comment, attached_too=True), known)
    assert (found.verdict.level, found.message.kind) == ("ordinary", "mail")
    stranger = comment.replace("kado", "evil")
    assert judged_forwarded(carried(stranger, attached_too=True), known).verdict.level == "unknown"


def test_what_is_no_host_is_in_no_list(world):
    for host in ("evil.example", "login\x0averify.example", "a b", "fe80::1%\n", ""):
        rows_of(world.company, host=host)
    [found] = indicators_of(Judged.objects.of(world.company))
    assert found.host == "evil.example"
