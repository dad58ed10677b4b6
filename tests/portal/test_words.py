"""Plain and true words on the pages: what is named is there, and every computer has a name."""

import re
from datetime import UTC, datetime

import pytest
from django.core.checks import Warning as CheckWarning
from django.test import Client

from tests.support.counting import uncounted
from tojimari.collect.device.macos import macos
from tojimari.collect.look import collectors
from tojimari.model import Subject, seen
from tojimari.model.facts import DeviceScreenLock
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.observations import keep
from tojimari.portal.devices.installation import SYSTEMS, installing
from tojimari.portal.devices.models import Device
from tojimari.portal.operate.doctor import _sign
from tojimari.portal.people.templatetags.words import options
from tojimari.portal.words import texts

SYSTEM_WORDS = {
    "device.os": "サポートの期限",
    "device.firewall": "ファイアウォール",
    "device.antimalware": "ウイルス対策",
    "device.disk_encryption": "暗号化",
    "device.listening": "開いている入口",
    "device.updates": "待っている更新",
    "device.backups": "バックアップの日付",
    "device.screen_lock": "画面のロック",
    "device.remote_desktop": "遠隔操作",
}
"""What may be promised, and the word for it."""
AGENTS = {
    "windows": "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
    "macos": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)",
}


@pytest.mark.parametrize(("system", "unread"), [("windows", {}), ("macos", macos.NOT_YET)])
def test_the_landing_page_promises_what_this_system_can_show(db, system, unread):
    page = Client(headers={"user-agent": AGENTS[system]}).get("/").content.decode()
    kinds = {kind for c in collectors(system) for kind in c.sees}
    kinds -= {kind.KIND for kind in unread}
    promised = re.search(r"<li>(Windowsのパソコンでは|Macでは)(.*?)自動で見ます", page).group(2)
    assert {kind for kind, word in SYSTEM_WORDS.items() if word in promised} == kinds & set(
        SYSTEM_WORDS
    )


def test_a_phone_is_promised_questions_and_no_look(db):
    page = Client(headers={"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)"})
    assert "3つの質問に答えて" in page.get("/").content.decode()


def test_no_text_for_owners_names_a_command_or_a_file_of_ours():
    for key, text in texts().items():
        if key.startswith(("operator.", "policy.")):
            continue  # read by who runs the portal, at its terminal
        for said in (text.ja, text.en):
            assert not re.search(r"`tojimari|\btojimari (check|up|doctor|agent)\b|docs/", said), key


def test_one_is_counted_as_one():
    # What nobody can have only one of.
    many = {"employees.too_many", "questions.too_many", "contacts.too_many"}
    many |= {"mailmonths.signs_about", "campaign.waves_about", "campaign.line"}
    found = [(key, uncounted(text)) for key, text in texts().items() if key not in many]
    assert not [one for one in found if one[1]]


def test_words_that_made_a_reader_stop_are_gone_from_the_pages():
    gone = re.compile(
        r"入れ物|の暦|数を入れる$|戸締まり、終わり|まだの週だけメール|頁|緊急の番号|写しから|[一二三四五六](か月|週間|台)"
    )
    assert not [key for key, text in texts().items() if gone.search(text.ja)]


def test_a_frameworks_own_warning_is_read_in_japanese():
    for id_ in ("security.W008", "security.W018", "some_app.W999"):
        text = _sign(CheckWarning("Your SECURE_SSL_REDIRECT setting is not set", id=id_)).text
        assert text.ja.startswith(id_)
        assert "SECURE_SSL_REDIRECT setting" not in text.ja
        assert "SECURE_SSL_REDIRECT setting" in text.en


def locks(world, minutes_by_name):
    made = []
    for name, minutes in minutes_by_name:
        device = Device.objects.of(world.company).create(
            company=world.company, kind=Device.COMPUTER, name=name, last_report_at=datetime.now(UTC)
        )
        fact = DeviceScreenLock("gnome", minutes is not None, minutes and minutes * 60)
        made.append(
            seen(
                fact,
                subject=Subject("device", str(device.pk)),
                source="measured",
                at=datetime.now(UTC),
            )
        )
    keep(world.company, made)
    refresh(world.company)


def test_a_difference_says_on_which_of_the_computers_it_is(world):
    locks(world, [("受付", None), ("社長のノート", 5), ("", None)])
    page = world.client("owner").get(f"/c/{world.company.pk}/control/screen-lock/")
    shown = page.content.decode()
    assert "調べた3台のうち2台: 受付、パソコン3" in shown
    assert "実際 (社長のノート)" in shown


def test_one_computer_needs_no_name_to_be_told_apart(world):
    locks(world, [("", None)])
    page = world.client("owner").get(f"/c/{world.company.pk}/control/screen-lock/")
    assert "台のうち" not in page.content.decode()


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_computer_is_named_before_it_is_enrolled(world, system, settings):
    base = f"/c/{world.company.pk}/devices/code"
    shown = world.client("owner").post(f"{base}/computer/", {"name": "受付 1"}, follow=True)
    assert "--name &quot;受付 1&quot;" in shown.content.decode()
    assert '--name "受付 1"' in "\n".join(installing(system, "ABCD-EFGH", "受付 1"))


def test_no_name_becomes_a_command():
    made = "\n".join(installing("linux", "ABCD-EFGH", '"; rm -rf ~ $(id) `id` & %PATH% \\'))
    assert "rm -rf" not in made.replace("rm rf", "")
    assert not re.search(r"[;$`&%\\]", made.split("--name", 1)[1].split("\n")[0])


def test_the_first_look_is_not_called_another_one(world):
    page = world.client("owner").get(f"/c/{world.company.pk}/").content.decode()
    assert "もう一度調べる" not in page


def test_a_sentence_names_a_mark_only_where_a_card_bears_it(world):
    locks(world, [("受付", None)])
    page = world.client("owner").get(f"/c/{world.company.pk}/").content.decode()
    basics = page.split('id="basics"')[1].split("</section>")[0]
    for mark in ("見て確認", "答えと、見た分"):
        assert (f"「{mark}」" in basics) <= (f'<span class="small">{mark}' in basics)


def test_a_list_offers_its_values_escaped_with_the_chosen_one():
    offered = [("a", "A & B"), ('b"', "<b>"), ("", "")]
    assert options(offered, "a") == (
        '<option value="a" selected>A &amp; B</option>'
        '<option value="b&quot;">&lt;b&gt;</option><option value=""></option>'
    )
    assert "selected" not in options(offered, "c")
