"""The page of what watches, in a real browser: nothing heard, something urgent, "that was us"."""

from tests.e2e.browser import is_readable

MADE = """
from tojimari.portal.companies.start import found_company
from tojimari.portal.people.models import User
from tests.support.sessions import session_of

owner = User.objects.create_user("a@example.jp", name="a")
print(found_company(owner, "例のパン屋").pk, session_of(owner))
"""
HEARD = """
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


def test_from_nothing_heard_to_that_was_us(server, opened, held):
    company, session = server.make(MADE)
    owner = opened(server, session)
    owner.goto(f"/c/{company}/watch/")
    held(owner)
    assert owner.locator("svg.line").count() == 0
    server.make(HEARD)
    owner.reload()
    assert owner.locator("svg.line").count() == 1
    urgent = owner.locator("section.card.warn")
    assert urgent.count() == 1
    other = held(owner, "watch")
    assert other.locator("section.card.warn").count() == 1
    urgent.locator("summary").click()
    is_readable(owner)
    urgent.locator("form button").click()
    owner.locator("#quiet").wait_for()
    assert urgent.count() == 0
    held(owner)
    owner.goto(f"/c/{company}/weekly/")
    # The page looks anew by itself, and is another one then.
    owner.locator(f'main a[href="/c/{company}/watch/"]').wait_for()
    held(owner)
