"""A settings page is opened by a button on the computer it belongs to, and is words elsewhere."""

import re

import pytest
from django.utils import timezone

from tojimari.model import NotSeen, Subject, seen, unseen
from tojimari.model.facts import DeviceDiskEncryption, DeviceOs
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.observations import keep
from tojimari.portal.devices.models import Device

BUILD = "10.0.26100"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
AGENTS = {
    "windows": WINDOWS,
    "macos": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)",
    "linux": "Mozilla/5.0 (X11; Linux x86_64)",
    "phone": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X)",
    "nobody": "",
}


def shown(world, agent, lang="ja", control="os-updates-pc"):
    client = world.client("owner")
    client.cookies["django_language"] = lang
    page = client.get(f"/c/{world.company.pk}/control/{control}/", headers={"user-agent": agent})
    assert page.status_code == 200
    return page.content.decode()


@pytest.mark.parametrize(
    ("lang", "button"), [("ja", "「Windows Update」を開く"), ("en", "Open Windows Update")]
)
def test_a_button_opens_the_settings_of_this_computer(world, settings, lang, button):
    settings.LOCAL = True
    page = shown(world, WINDOWS, lang)
    assert f'href="ms-settings:windowsupdate">{button}</a>' in page
    # Only the steps of this computer are open where nothing was looked at yet.
    assert re.findall(r'<details class="fold"( open)?><summary>(\w+)', page)[:3] == [
        (" open", "Windows"),
        ("", "Mac"),
        ("", "Linux"),
    ]


@pytest.mark.parametrize("agent", ["macos", "linux", "phone", "nobody"])
def test_another_systems_place_is_words(world, settings, agent):
    settings.LOCAL = True
    page = shown(world, AGENTS[agent])
    assert "ms-settings:" not in page
    assert "「設定」→「Windows Update」" in page


def test_on_a_server_every_place_is_words(world, settings):
    settings.LOCAL = False
    assert "ms-settings:" not in shown(world, WINDOWS)


def test_commands_are_folded_for_whoever_types_them(world):
    page = shown(world, WINDOWS, control="device-firewall")
    before, after = page.split("<code>sudo apt install ufw</code>")
    assert "コンピューターの面倒を見ている人へ" in before.rsplit("<details", 1)[1]
    assert "<code>" not in before
    assert "<code>" not in after.split("</details>", 1)[1]


def test_what_was_not_seen_has_the_button_too(world, settings):
    settings.LOCAL = True
    device = Device.objects.of(world.company).create(company=world.company, kind=Device.HERE)
    subject = Subject("device", str(device.pk))
    os = seen(
        DeviceOs("windows", "windows", "Windows 11", "x", None, BUILD, "AMD64", virtual=False),
        subject=subject,
        source="measured",
        at=timezone.now(),
    )
    hidden = unseen(
        DeviceDiskEncryption, NotSeen("no_permission"), subject=subject, at=timezone.now()
    )
    keep(world.company, [os, hidden])
    refresh(world.company)
    page = shown(world, WINDOWS, control="disk-encryption").split('id="how"')[0]
    assert "→「デバイスの暗号化」" in page
    assert 'href="ms-settings:deviceencryption">「デバイスの暗号化」を開く</a>' in page
