"""The button that looks once with more rights: offered where something was hidden, and only there."""

import subprocess

import pytest
from django.utils import timezone

from tests.support.pressing import run_tasks
from tojimari.collect import elevation
from tojimari.model import NotSeen, Subject, unseen
from tojimari.model.facts import DevicePasswords
from tojimari.portal.companies.observations import current, keep
from tojimari.portal.devices.jobs import device_here

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(new_world):
    return new_world


@pytest.fixture
def here(world, settings, monkeypatch):
    """The owner's own portal on a computer that hid something for want of rights."""
    settings.LOCAL = True
    monkeypatch.setattr(elevation, "available", lambda: True)
    subject = Subject("device", str(device_here(world.company).pk))
    denied = NotSeen("no_permission")
    keep(world.company, [unseen(DevicePasswords, denied, subject=subject, at=timezone.now())])
    return world.company


def press(client, company):
    page = client.post(f"/c/{company.pk}/look/elevated/", follow=True)
    run_tasks()
    return client.get(page.request["PATH_INFO"], follow=True).content.decode()


def test_is_offered_once_and_what_it_saw_stands(world, here, monkeypatch):
    def started(folder):
        program, arguments = elevation.command(folder)
        subprocess.run([program, *arguments.split()], check=True)

    monkeypatch.setattr(elevation, "_start_and_wait", started)
    client = world.client("owner")
    offered = client.get(f"/c/{here.pk}/").content.decode()
    assert offered.count("管理者の権限で、一度だけ調べる") == 1
    after = press(client, here)
    assert "管理者の権限で、一度だけ調べる" not in after
    assert any(one.kind == "device.passwords" and one.fact for one in current(here))


def test_who_says_no_is_told_that_nothing_changed(world, here, monkeypatch):
    def refused(folder):
        raise elevation.NotElevated("許可されませんでした", "not allowed")

    monkeypatch.setattr(elevation, "_start_and_wait", refused)
    assert "許可されませんでした" in press(world.client("owner"), here)
    assert all(one.fact is None for one in current(here, "device.passwords"))


def test_is_not_offered_elsewhere_or_where_nothing_is_hidden(world, here, monkeypatch, settings):
    client = world.client("owner")
    monkeypatch.setattr(elevation, "available", lambda: False)
    assert "一度だけ調べる" not in client.get(f"/c/{here.pk}/").content.decode()
    assert client.post(f"/c/{here.pk}/look/elevated/").status_code == 404
    monkeypatch.setattr(elevation, "available", lambda: True)
    settings.LOCAL = False
    assert client.post(f"/c/{here.pk}/look/elevated/").status_code == 404
