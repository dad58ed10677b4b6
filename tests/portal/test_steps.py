"""The next step in the portal: the same everywhere, later and "I can't" lead on, done is seen."""

import re
from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from tojimari.model import Subject, seen
from tojimari.model.facts import DeviceAntimalware, DeviceAutoUpdates, DeviceOs
from tojimari.model.facts.device import AntimalwareProduct
from tojimari.portal.companies.assessments import refresh, result_of
from tojimari.portal.companies.models import Assessed, Standing
from tojimari.portal.companies.observations import keep
from tojimari.portal.companies.progress import lately
from tojimari.portal.devices.models import Device
from tojimari.portal.words import catalog, say

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36"
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36"


def answer(client, base, **given):
    for question, choice in given.items():
        name = question.replace("_", "-")
        response = client.post(f"{base}/ask/{name}/?then=result", {"choice": choice})
        assert response.status_code == 302, name


@pytest.fixture
def shop(world):
    """A company that said badly of itself: its client and where its pages are."""
    client, base = world.client("owner"), f"/c/{world.company.pk}"
    answer(client, base, backup_where="none", updates="none", antimalware="all")
    return client, base


def stopped(company, *, days_ago=0):
    """Keep that a computer of the company runs Windows and its security software is stopped."""
    at = timezone.now() - timedelta(days=days_ago)
    device = Device.objects.of(company).create(
        company=company, kind=Device.COMPUTER, last_report_at=at
    )
    subject = Subject("device", str(device.pk))
    product = AntimalwareProduct(
        "clamav",
        "ClamAV",
        None,
        False,
        False,
        signatures_at=at,
        last_scan_at=None,
        scan_scheduled=None,
    )
    os = DeviceOs("windows", "windows", "Windows 11 Pro", "24H2", None, None, "x86_64", None)
    facts = [DeviceAntimalware((product,)), os]
    keep(company, [seen(fact, subject=subject, at=at) for fact in facts])
    refresh(company)
    return device


def first(company):
    return result_of(company).steps[0].control


def test_one_step_in_the_whole_product(world, shop):
    client, base = shop
    control = first(world.company)
    assert control == "backup-exists"
    for page in ("/", "/weekly/"):
        assert "バックアップを始める" in client.get(base + page).content.decode()
    assert Standing.objects.of(world.company).get().step == control


@pytest.mark.parametrize(
    ("press", "words"), [("later", "あとにしました"), ("asked", "人に頼みました")]
)
def test_later_and_asked_lead_on(world, shop, press, words):
    client, base = shop
    step, second = (s.control for s in result_of(world.company).steps[:2])
    page = client.post(f"{base}/step/{step}/{press}/", follow=True).content.decode()
    assert words in page
    assert first(world.company) == second == Standing.objects.of(world.company).get().step
    # Whoever says that it is done now is asked, and it counts as any other step again.
    client.post(f"{base}/control/{step}/done/")
    assert first(world.company) == step


def test_a_step_that_is_not_there_cannot_be_put_off(shop):
    client, base = shop
    for page in ("later", "asked"):
        assert client.post(f"{base}/step/no-such/{page}/").status_code == 404
        assert client.get(f"{base}/step/mfa-cloud/{page}/").status_code == 405
    assert client.get(f"{base}/step/no-such/cannot/").status_code == 404
    assert client.get(f"{base}/step/look-here/cannot/").status_code == 404


def test_the_text_to_send_holds_the_finding_and_the_system_in_both_languages(world, shop):
    client, base = shop
    stopped(world.company)
    shown = client.get(f"{base}/step/antimalware-running/cannot/").content.decode()
    for part in (
        "Windows 11 Pro 24H2",
        "入っていますが、動いていません: ClamAV",
        "リアルタイム保護",
    ):
        assert part in shown
    for part in ("Installed but not running: ClamAV", "Real-time protection", "Hello."):
        assert part in shown


def test_where_nothing_was_looked_at_the_readers_own_system_is_named(shop):
    client, base = shop
    page = f"{base}/step/backup-exists/cannot/"
    shown = client.get(page, HTTP_USER_AGENT=WINDOWS).content.decode()
    assert re.search(r"パソコン(1台)?: Windows[^)]*まだ調べていません", shown)
    assert "ファイル履歴" in shown
    assert re.search(r"種類はまだ(分かりません|調べていません)", client.get(page).content.decode())


@pytest.mark.parametrize(
    ("agent", "words"),
    [(ANDROID, "お持ちのスマホを、3つの質問で"), (WINDOWS, "プログラムを入れるので、10分ほど")],
)
def test_the_look_is_offered_as_the_visitor_can_take_it(shop, agent, words):
    client, base = shop
    shown = client.get(f"{base}/", HTTP_USER_AGENT=agent).content.decode()
    assert words in shown
    assert "バックアップを始める" in shown


def test_after_a_look_no_look_is_offered(world, shop):
    client, base = shop
    stopped(world.company)
    assert "実際の様子も見てみませんか" not in client.get(f"{base}/").content.decode()


def test_done_is_asked_again_and_what_came_of_it_is_seen(shop):
    client, base = shop
    answer(client, base, know_tricks="not_done")
    asks = client.post(f"{base}/control/know-the-tricks/done/")
    shown = client.post(asks.url, {"choice": "done"}, follow=True).content.decode()
    assert "できるようになりました: 手口を知る" in shown
    assert "6つのうち1つから2つになりました" in shown


def test_done_that_was_refuted_offers_the_question_again(world, shop):
    client, base = shop
    stopped(world.company)
    shown = client.get(f"{base}/?done=antimalware-running").content.decode()
    assert "まだ直っていないようです" in shown
    assert f"{base}/ask/antimalware/?then=result&amp;done=antimalware-running" in shown
    assert f"{base}/step/antimalware-running/cannot/" in shown


def test_the_weekly_page_asks_for_the_same_as_the_first_page(world):
    """Where nothing but questions or a look is left, no "show me how" leads there."""
    client, base = world.client("owner"), f"/c/{world.company.pk}"
    for path in ("", "weekly/"):
        shown = client.get(f"{base}/{path}").content.decode()
        verb = re.search(r'<a class="button (?:big|second)" href="([^"]+)">([^<]+?)\s*</a>', shown)
        assert verb.group(2).strip() == "答える", path


def test_what_the_first_look_found_is_not_called_done(world, shop):
    """It was there all along: nobody did anything since the answer."""
    client, base = shop
    answer(client, base, know_tricks="not_done")
    refresh(world.company)
    now = timezone.now()
    answered = Assessed.objects.of(world.company).order_by("-as_of", "-pk").first()
    Assessed.objects.of(world.company).exclude(pk=answered.pk).delete()
    Assessed.objects.of(world.company).update(as_of=now - timedelta(hours=1))
    assert answered.states["auto-updates"] == "not_met"
    device = Device.objects.of(world.company).create(
        company=world.company, kind=Device.COMPUTER, last_report_at=now
    )
    subject = Subject("device", str(device.pk))
    on = DeviceAutoUpdates(True, "windows-update", None)
    keep(world.company, [seen(on, subject=subject, at=now)])
    refresh(world.company)
    found = result_of(world.company)
    assert found.assessment.controls["auto-updates"].state == "partly"
    assert lately(world.company, found)["begun"] == []
    for path in ("", "weekly/", "?done=auto-updates"):
        shown = client.get(f"{base}/{path}").content.decode()
        assert "できるようになりました" not in shown, path
        assert "進みました" not in shown, path
    answer(client, base, know_tricks="done")
    assert "できるようになりました: 手口を知る" in client.get(f"{base}/").content.decode()


def test_what_was_done_after_the_first_look_is_called_done(world):
    """All that is known of the only computer changed since: that is no first look."""
    now = timezone.now()
    device = Device.objects.of(world.company).create(
        company=world.company, kind=Device.COMPUTER, last_report_at=now
    )
    subject = Subject("device", str(device.pk))
    off, on = (
        DeviceAutoUpdates(False, "windows-update", None),
        DeviceAutoUpdates(True, "windows-update", None),
    )
    keep(world.company, [seen(off, subject=subject, at=now - timedelta(days=5))])
    refresh(world.company)
    own = Assessed.objects.of(world.company)
    own.exclude(pk=own.latest("as_of").pk).delete()
    own.update(as_of=now - timedelta(days=4))
    keep(world.company, [seen(on, subject=subject, at=now)])
    refresh(world.company)
    progress = lately(world.company, result_of(world.company))
    progress = lately(world.company, result_of(world.company))
    title = catalog().controls["auto-updates"].title.say("ja")
    assert title in progress["begun"] + progress["finished"]


def test_an_earlier_answer_refutes_nothing_that_was_done_since(shop):
    """No look could confirm it: the answer of before stands, which is no sign that it is not fixed."""
    client, base = shop
    answer(client, base, antimalware="none")
    shown = client.get(f"{base}/?done=antimalware-running").content.decode()
    assert say("result.still_said", "ja") in shown
    assert "まだ直っていないようです" not in shown
    again = f"{base}/ask/antimalware/?then=result&done=antimalware-running"
    shown = client.post(again, {"choice": "none"}, follow=True).content.decode()
    assert "まだ直っていないようです" in shown


def test_a_stopped_antivirus_is_not_praised_after_eight_days(world, shop):
    client, base = shop
    stopped(world.company, days_ago=9)
    client.post(f"{base}/weekly/done/")
    shown = client.get(f"{base}/weekly/").content.decode()
    assert "できるようになりました" not in shown
    states = result_of(world.company).assessment.states
    assert states["antimalware-running"] == "not_met"


def test_the_week_begins_with_a_look_by_asking_the_devices(world, shop):
    client, base = shop
    device = stopped(world.company, days_ago=2)
    assert "まず、もう一度見てから比べます" in client.get(f"{base}/weekly/").content.decode()
    shown = client.post(f"{base}/weekly/look/", follow=True).content.decode()
    assert "もう一度見るよう頼みました" in shown
    assert "まず、もう一度見て" not in shown
    device.refresh_from_db()
    assert device.look_wanted_at is not None


def test_the_week_begins_with_a_look_at_this_computer(world, shop):
    client, base = shop
    with override_settings(LOCAL=True):
        going = client.post(f"{base}/weekly/look/", HTTP_HX_REQUEST="true")
    assert "/job/" in going["HX-Redirect"]


def test_three_steps_are_open_and_the_rest_is_folded(world, shop):
    client, base = shop
    stopped(world.company)
    shown = client.get(f"{base}/").content.decode()
    after = shown[shown.index('id="after"') :]
    open_part = after[: after.index("<details")]
    assert open_part.count("<li>") == 2


def test_the_same_phone_again_is_the_same_phone(world):
    from tojimari.portal.devices.models import EnrolCode

    holder = world.client("owner")
    for updated in ("no", "yes"):
        _, letters = EnrolCode.make(world.company, Device.PHONE, world.owner)
        given = {"system": "android", "version": "", "up_to_date": updated, "screen_lock": "yes"}
        page = holder.post(f"/phone/{letters}/", {**given, "name": "社長のスマホ"})
        assert page.status_code == 200
    phones = Device.objects.of(world.company).filter(kind=Device.PHONE, removed_at=None)
    assert phones.count() == 1
    refresh(world.company)
    standing = result_of(world.company).assessment.controls["os-updates-phone"]
    assert (standing.state, standing.headline.reason) == ("partly", "phones_fine")
