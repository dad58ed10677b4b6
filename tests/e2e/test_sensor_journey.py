"""The page of what watches, in a real browser: nothing heard, something urgent, "that was us"."""

import subprocess
import sys

import pytest

from tests.e2e.browser import is_readable, watch
from tests.support.servers import Portal

MADE = """
import django
django.setup()
from tojimari.portal.companies.start import found_company
from tojimari.portal.people.models import User
from tests.support.sessions import session_of

owner = User.objects.create_user("a@example.jp", name="a")
print(found_company(owner, "例のパン屋").pk, session_of(owner))
"""
HEARD = """
import django
django.setup()
from datetime import timedelta
from django.utils import timezone
from tojimari.model import Subject, seen
from tojimari.model.facts.watch_day import DeviceWatchDay, HeardEngine, HeardMatter, HeardSignals
from tojimari.portal.companies.models import Company
from tojimari.portal.devices.models import Device
from tojimari.portal.sensors.hearing import heard

company, now = Company.objects.get(), timezone.now()
device = Device.objects.of(company).create(company=company, kind="computer", name="レジの横のパソコン", system="linux", public_key="0" * 64)
for ago in reversed(range(20)):
    at = now - timedelta(days=ago)
    matters = (HeardMatter("renaming", "now", now - timedelta(hours=2), now - timedelta(hours=1), 40), HeardMatter("bad_name_again", "day", now - timedelta(hours=5), now - timedelta(hours=3), 60)) if not ago else ()
    day = DeviceWatchDay(
        day=at.date().isoformat(), heard_until=at,
        engines=(HeardEngine("clamav", "endpoint", 12, 0, at, False), HeardEngine("ulogd", "network", 0, 0, None, True)),
        signals=(HeardSignals("ulogd", "knock", 300 + 13 * ago, 300 + 13 * ago), HeardSignals("clamav", "malware", 1, 1)),
        matters=matters, urgent=len(matters),
    )
    heard(device, [seen(day, subject=Subject("device", str(device.pk)), at=at, source="heard")])
"""


@pytest.fixture
def portal(tmp_path, empty_database):
    env = {"TOJIMARI_MODE": "server"}
    started = Portal(tmp_path, "serve", env=env, worker=True, database=empty_database)
    yield started
    started.stop()


def asked(portal, script: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**portal.env, "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(("width", "lang"), [(390, "ja-JP"), (1280, "en-US")])
def test_from_nothing_heard_to_that_was_us(browser, portal, width, lang, tmp_path):
    company, session = asked(portal, MADE)
    view = {"width": width, "height": 844}
    context = browser.new_context(viewport=view, locale=lang, base_url=portal.address)
    context.add_cookies([{"name": "tojimari", "value": session, "url": portal.address}])
    owner = context.new_page()
    complaints = watch(owner)
    owner.goto(f"/c/{company}/watch/")
    is_readable(owner)
    assert owner.locator("svg.line").count() == 0
    asked(portal, HEARD)
    owner.reload()
    assert owner.locator("svg.line").count() == 1
    assert owner.locator("section.card.warn").count() == 1
    is_readable(owner)
    owner.screenshot(path=tmp_path / f"watch-{width}.png", full_page=True)
    urgent = owner.locator("section.card.warn")
    urgent.locator("summary").click()
    is_readable(owner)
    urgent.locator("form button").click()
    owner.locator("#quiet").wait_for()
    assert owner.locator("section.card.warn").count() == 0
    is_readable(owner)
    owner.goto(f"/c/{company}/weekly/")
    owner.wait_for_url("**/weekly/?asked=yes")  # the page asks for a look by itself
    assert owner.locator(f'main a[href="/c/{company}/watch/"]').count() == 1
    is_readable(owner)
    assert not complaints
