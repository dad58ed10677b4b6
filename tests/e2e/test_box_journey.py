"""Gateway boxes in a real browser: the owner's page, the supporter's list, a change for many of them."""

MADE = """
from datetime import UTC, datetime, timedelta
from django.utils import timezone
from tojimari.model.facts import plain_fact
from tojimari.model.facts.box import BoxEngine, NetworkBox
from tojimari.portal.companies.start import found_company
from tojimari.portal.devices.models import Device
from tojimari.portal.people.models import User
from tojimari.portal.sensors.models import GatewayBox, HeardDay
from tojimari.portal.supporters.models import Grant, Helper, LentBox, Organisation
from tojimari.portal.updates.models import Actuator
from tests.support.sessions import session_of

now, today = datetime.now(UTC), timezone.localdate()
owner = User.objects.create_user("a@example.jp", name="a")
helper = User.objects.create_user("b@example.jp", name="b")
company = found_company(owner, "例のパン屋")
chamber = Organisation.objects.create(name="例の商工会議所", kind="supporter", approved_at=now)
Helper.objects.create(organisation=chamber, user=helper)
Grant.objects.of(company).create(company=company, organisation=chamber, scopes=("findings:read", "devices:read", "updates:propose"))
for name, filtering, ago in (("mise-no-hako", True, 0), ("soko-no-hako", False, 0), ("furui-hako", True, 9)):
    device = Device.objects.of(company).create(company=company, kind="computer", name=name, system="linux", public_key="0" * 64)
    engines = (BoxEngine("firewall", True, ("nftables 1.1.3-1",)), BoxEngine("dns", True, ("unbound 1.22.0-2",)), BoxEngine("intrusion", filtering, ("suricata 7.0.10",)))
    fact = NetworkBox(3, now, True, False, 0, engines, now, True, True, False, filtering, True, 2, True)
    GatewayBox.objects.of(company).create(company=company, device=device, name=name, reported_at=now - timedelta(days=ago), state=plain_fact(fact))
    Actuator.objects.of(company).create(company=company, device=device, kinds=["box_block", "box_allow"], told_at=now)
    HeardDay.objects.of(company).create(company=company, device=device, subject_kind="network", subject_id=name, day=today - timedelta(days=ago), heard_until=now - timedelta(days=ago), signals={"knock": [412, 412], "bad_name": [3, 3]})
for label, due in (("B-7", today + timedelta(days=12)), ("B-8", today - timedelta(days=2)), ("B-9", None)):
    LentBox.objects.of(company).create(company=company, organisation=chamber, label=label, out_on=today - timedelta(days=90), due_on=due)
print(company.pk, chamber.pk, session_of(owner), session_of(helper))
"""


def test_boxes_of_an_owner_and_of_a_chamber(server, opened, held):
    company, chamber, owners, helpers = server.make(MADE)
    owner = opened(server, owners)
    owner.goto(f"/c/{company}/watch/")
    owner.locator(f'a[href="/c/{company}/boxes/"]').click()
    assert owner.locator("section.card").count() == 3
    assert owner.locator("section.card.good").count() == 1
    assert owner.locator("section.card.warn").count() == 1
    other = held(owner, "own-boxes")
    assert other.locator("#lent ~ .card").count() == 3
    helper = opened(server, helpers)
    helper.goto(f"/s/{chamber}/boxes/")
    held(helper, "boxes")
    helper.locator('a[href$="?kind=box_block"]').click()
    assert helper.locator('input[name="devices"]').count() == 3
    held(helper, "boxes-block")
    helper.locator("#package").fill("harmful.example")
    with helper.expect_navigation():
        helper.locator("form[method=post] button").last.click()
    assert "harmful.example" in helper.locator("main").inner_text()
    held(helper, "boxes-wave")
