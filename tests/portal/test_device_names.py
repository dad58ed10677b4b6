"""Which computer a page speaks of, who may read its name, and that pages name no commands."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tojimari.model import NotSeen, Subject, seen, unseen
from tojimari.model.facts import DeviceFirewall, DeviceTimeSync
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.models import Assessed
from tojimari.portal.companies.observations import keep
from tojimari.portal.core.notices import tell
from tojimari.portal.devices.models import Device
from tojimari.portal.devices.notices import DEVICE_SILENT
from tojimari.portal.supporters.models import Grant

COMMAND = "sudo nft list ruleset"


@pytest.fixture
def two(world):
    """The world's company with two computers: one clock is off, one firewall needs rights."""
    now = timezone.now()
    for number, name in enumerate(("受付のノート", "")):
        device = Device.objects.of(world.company).create(
            company=world.company,
            kind=Device.COMPUTER,
            name=name,
            system="linux",
            public_key=f"{number:064x}",
            last_report_at=now,
        )
        subject = Subject("device", str(device.pk))
        clock = DeviceTimeSync("chrony", synchronised=bool(number))
        why = NotSeen("no_permission", COMMAND)
        facts = (
            seen(clock, subject=subject, at=now),
            unseen(DeviceFirewall, why, subject=subject, at=now),
        )
        keep(world.company, facts)
    refresh(world.company)
    return world


@pytest.mark.parametrize("scopes", [("findings:read",), ("findings:read", "devices:read")])
def test_a_supporter_reads_names_of_computers_only_where_it_may_see_devices(two, scopes):
    Grant.objects.of(two.company).filter(pk=two.grant.pk).update(scopes=scopes)
    page = two.client("supporter").get(f"/s/{two.chamber.pk}/c/{two.company.pk}/")
    shown = page.content.decode()
    assert ("受付のノート" in shown) == ("devices:read" in scopes)
    assert ("パソコン1" in shown) == ("devices:read" not in scopes)
    assert "パソコン2" in shown
    assert COMMAND not in shown
    assert "sudo" not in shown


def test_commands_stand_only_where_experts_open_them(two):
    owner = two.client("owner")
    assert "sudo" not in owner.get(f"/c/{two.company.pk}/").content.decode()
    page = owner.get(f"/c/{two.company.pk}/control/device-firewall/").content.decode()
    assert page.count(COMMAND) == 1
    assert "くわしい人へ" in page


def test_the_weekly_page_says_which_computer(two):
    Assessed.objects.of(two.company).update(states={"time-sync": "met"})
    week = timezone.localdate() - timedelta(days=14)
    two.company.visits.create(week=week, at=timezone.now())
    shown = two.client("owner").get(f"/c/{two.company.pk}/weekly/").content.decode()
    assert "調べた2台のうち1台: 受付のノート" in shown


def test_a_notice_names_a_computer_that_has_no_name_by_its_number(two):
    second = Device.objects.of(two.company).order_by("enrolled_at").last()
    values = {"name": "", "day": "2026-10-01", "days": 30}
    tell(two.company, DEVICE_SILENT, str(second.pk), values=values)
    assert "パソコン2" in two.client("owner").get(f"/c/{two.company.pk}/").content.decode()
