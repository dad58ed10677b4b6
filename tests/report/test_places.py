"""Places are opened, in the reader's language and version; commands are for whoever types them."""

import ast
from pathlib import Path

import pytest

import tojimari.assess.checks
import tojimari.collect.device
from tests.support.facts import AS_OF, DEVICE, fact
from tojimari.assess.check import checks_of
from tojimari.catalog import load_catalog
from tojimari.catalog.schema import VERSIONS
from tojimari.diagnose import diagnose
from tojimari.model import LANGS, PLACE, NotSeen
from tojimari.model.facts import fact_kinds
from tojimari.report.instructions import how_to, named_by, see_with, seen_versions, steps_on
from tojimari.report.page import context, to_html
from tojimari.report.request import request_for

CATALOG = load_catalog()
CHECKS = Path(tojimari.assess.checks.__path__[0])
COLLECTORS = Path(tojimari.collect.device.__path__[0])
TOLD_IN_BOTH = "システム設定 > 共有 / System Settings, Sharing"


def windows(build: str, **more):
    fields: dict[str, object] = {
        "family": "windows",
        "product": "windows",
        "name": f"Windows ({build})",
    }
    fields |= {"version": "x", "edition": "Pro", "kernel": build, "arch": "AMD64", "virtual": False}
    return fact("device.os", {**fields, **more})


def diagnosed(*observations):
    return diagnose(observations, company="c", catalog=CATALOG, as_of=AS_OF)


def steps_of(control, platform, lang, *observations):
    found = how_to(CATALOG.controls[control], diagnosed(*observations), CATALOG, lang)
    return next(steps for steps in found if steps.platform == platform)


@pytest.mark.parametrize(
    ("builds", "versions"),
    [
        (["10.0.26100"], {"11"}),
        (["10.0.22000"], {"11"}),
        (["10.0.19045"], {"10"}),
        (["10.0.19045", "10.0.26100"], {"10", "11"}),
        (["6.3.9600"], set()),  # its screens are no longer described
        ([""], set()),
        ([], set()),
    ],
)
def test_the_build_tells_which_screens_there_are(builds, versions):
    assert seen_versions(diagnosed(*(windows(build) for build in builds))) == versions


def test_only_the_way_of_the_windows_that_was_seen_is_told():
    on_11 = steps_of("os-updates-pc", "windows", "ja", windows("10.0.26100")).lines[0].text
    on_10 = steps_of("os-updates-pc", "windows", "en", windows("10.0.19045")).lines[0].text
    neither = steps_of("os-updates-pc", "windows", "ja").lines[0].text
    assert on_11.startswith("「設定」→「Windows Update」を")
    assert "Windows 10" not in on_11
    assert on_10.startswith("Open Settings > Update & Security > Windows Update. Press")
    assert neither.startswith("「設定」→「Windows Update」 (Windows 10では")
    assert "→「更新とセキュリティ」→" in neither


def test_a_step_of_one_version_is_not_told_to_the_other():
    both = [line.text for line in steps_of("screen-lock", "windows", "ja").lines]
    on_11 = [
        line.text for line in steps_of("screen-lock", "windows", "ja", windows("10.0.26100")).lines
    ]
    assert len(both) == len(on_11) + 2
    assert not any("Windows 10" in text or text.startswith("Windows 11では") for text in on_11)
    assert sum("休止状態" in text for text in both) == 1
    told = [text for text in both if text.startswith(("Windows 11では", "Windows 10では"))]
    assert len(told) == 4


def _looks(check) -> bool:
    """Whether a look finds it: what engines are heard to say is set up on Linux alone."""
    return any(fact_kinds()[kind].SOURCE == "measured" for kind in check.reads)


@pytest.mark.parametrize("version", VERSIONS["windows"])
@pytest.mark.parametrize("lang", LANGS)
def test_every_windows_has_steps_for_whatever_is_looked_at_on_it(version, lang):
    """Whatever a look can find on a computer, Windows 10, 11 and macOS have steps for it."""
    for control in CATALOG.controls.values():
        if any(check.about == "device" and _looks(check) for check in checks_of(control.id)):
            for platform in ("windows", "macos"):
                shown = steps_on(control, platform, CATALOG, lang, versions=(version,))
                assert shown.lines, (control.id, platform)
                assert not shown.commands


DOCUMENTED = """about appsfeatures autoplay dateandtime deviceencryption findmydevice network-wifi
optionalfeatures otherusers powersleep recovery remotedesktop signinoptions windowsdefender
windowsupdate windowsupdate-options"""
"""Read off Microsoft's page on ``ms-settings:`` (the source ``microsoft-settings-addresses``)."""


def test_a_place_has_an_address_only_where_its_maker_documents_it():
    with_address = [place for place in CATALOG.places.values() if place.address]
    assert {place.platform for place in with_address} == {"windows"}
    assert {place.address for place in with_address} == {
        f"ms-settings:{name}" for name in DOCUMENTED.split()
    }


def test_every_place_is_opened_by_some_step():
    used = {s.place for c in CATALOG.controls.values() for steps in c.how.values() for s in steps}
    assert used - {""} == set(CATALOG.places)


def places_that_collectors_name():
    for path in (*COLLECTORS.rglob("*.py"), *CHECKS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr) and "PLACE" in ast.dump(node.values[0]):
                yield ast.literal_eval(node.values[1])


def test_collectors_name_places_of_the_catalog_and_none_in_words():
    assert set(places_that_collectors_name()) <= set(CATALOG.places)
    assert len(list(places_that_collectors_name())) >= 4
    for path in COLLECTORS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert " / " not in node.value or node.value.isascii(), (path.name, node.value)


@pytest.mark.parametrize("lang", LANGS)
def test_what_was_not_seen_is_looked_at_in_a_place_of_that_system(lang):
    control = CATALOG.controls["disk-encryption"]
    looked = see_with("", control, ("windows",), CATALOG, lang, ("11",))
    assert looked.command == ""
    assert looked.place.address == "ms-settings:deviceencryption"
    assert see_with("manage-bde -status", control, ("windows",), CATALOG, lang).command
    assert see_with("lsblk", control, ("linux",), CATALOG, lang) == (None, "lsblk")


@pytest.mark.parametrize("named", [TOLD_IN_BOTH, f"{PLACE}no-such-place"])
@pytest.mark.parametrize("lang", LANGS)
def test_a_place_that_is_not_known_is_never_a_command(named, lang):
    control = CATALOG.controls["cyber-insurance"]
    assert see_with(named, control, ("macos",), CATALOG, lang) == (None, "")
    assert named_by(named, CATALOG, lang) == ""


@pytest.mark.parametrize("command", ["net share", "sudo nft list ruleset", "du -s / home"])
def test_a_command_stays_one(command):
    assert named_by(command, CATALOG, "ja") == command


@pytest.mark.parametrize("lang", LANGS)
def test_a_windows_owner_is_shown_places_and_no_command(lang):
    unseen = fact(
        "device.disk_encryption", not_seen=NotSeen("no_permission", see_with="manage-bde -status")
    )
    found = diagnosed(windows("10.0.26100"), unseen)
    step = next(s for s in found.steps if s.control == "disk-encryption")
    assert step.kind == "see"
    request = request_for(step, found, CATALOG, lang).body
    way = {"ja": "→「デバイスの暗号化」を開いて見ます。", "en": "> Device encryption and look."}
    assert way[lang] in request
    page = to_html(found, CATALOG, lang)
    card = page.split('<span class="id">disk-encryption</span>')[1].split("</div>\n")[0]
    assert {"ja": "→「デバイスの暗号化」", "en": "Device encryption"}[lang] in card
    assert "<details" in card.split("<code>")[0]
    assert "ms-settings:" not in page + request


def test_commands_are_folded_apart():
    linux = windows("6.1.0", family="linux", product="debian", version="12", edition=None)
    off = {"backend": "none", "active": False, "default_inbound": None, "inbound_rules": 0}
    found = diagnosed(linux, fact("device.firewall", off, subject=DEVICE))
    place = next(
        n for n, s in enumerate(found.steps) if (s.control, s.kind) == ("device-firewall", "do")
    )
    how = context(found, CATALOG, "ja")["steps"][place]["how"]
    assert [steps.platform for steps in how if steps.commands] == ["linux"]
    page = to_html(found, CATALOG, "ja")
    assert "コンピューターの面倒を見ている人へ" in page.split("sudo apt install ufw")[0][-200:]
