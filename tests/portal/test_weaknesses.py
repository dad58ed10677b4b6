"""Published weaknesses on the portal: who has them is told, and nobody else; mended is mended."""

import json
import os
import time
import xml.etree.ElementTree as ET

import msgspec
import pytest
import stix2

from tests.support.agents import post, report, signed
from tests.support.jvn import item, listed
from tests.support.pressing import run_tasks
from tojimari.agent.wire import ReportedFact
from tojimari.knowledge.advisories.index import make_index
from tojimari.knowledge.advisories.place import index_place
from tojimari.model.facts import DeviceSoftware, SoftwareItem
from tojimari.portal.core.models import Notice
from tojimari.portal.devices import matching
from tojimari.portal.devices.matching import match_all
from tojimari.portal.devices.models import Device, DevicePackages, OpenWeakness, PackageVersion
from tojimari.portal.devices.packages import forget_unused
from tojimari.portal.words import say

PURL = "pkg:deb/debian/curl@1-1?arch=source&distro=bookworm"
USED, OTHER = "CVE-2021-44228", "CVE-2026-0002"


@pytest.fixture
def world(new_world):
    return new_world


@pytest.fixture(autouse=True)
def known(tmp_path, monkeypatch):
    """Take in what a tracker says: package -> {number: the version that mends it}."""
    monkeypatch.setenv("TOJIMARI_KNOWLEDGE", str(tmp_path))

    def take(**packages):
        tracker = {
            package: {
                number: {"releases": {"bookworm": {"status": "resolved", "fixed_version": fixed}}}
                for number, fixed in numbers.items()
            }
            for package, numbers in packages.items()
        }
        (tmp_path / "tracker.json").write_text(json.dumps(tracker))
        (tmp_path / "jvn.xml").write_bytes(listed(item("JVNDB-2021-005429", "log4jの弱点", USED)))
        make_index([tmp_path / "tracker.json", tmp_path / "jvn.xml"], index_place())
        time.sleep(0.01)  # the next one has another time of making
        os.utime(index_place())

    return take


def sends(client, machine, *packages, release="debian-12", **more):
    """package, version -> a report of the device, dealt with by the worker."""
    items = tuple(
        SoftwareItem(f"lib{name}", version, "dpkg", True, name, version)
        for name, version in packages
    )
    fields = msgspec.to_builtins(DeviceSoftware(items, (), release))
    body = report(machine, ReportedFact("device.software", 2, fields), **more)
    assert post(client, signed(machine, body)).status_code == 200
    run_tasks()


def weak(world):
    return sorted(
        OpenWeakness.objects.of(world.company).values_list("package__package", "package__version")
    )


def news(world, who="supporter", organisation=None):
    page = f"/s/{(organisation or world.chamber).pk}/news/"
    return world.client(who).get(page)


def told(world):
    return sorted(
        Notice.objects.of(world.company)
        .filter(kind="device.attacked", ended_at=None)
        .values_list("about", flat=True)
    )


def test_a_weak_package_is_found_told_and_over_once_it_is_mended(client, world, machine, known):
    known(curl={USED: "2-1"}, zlib={OTHER: "3-1"})
    sends(client, machine, ("curl", "1-1"), ("zlib", "3-1"), ("bash", "5-1"))
    assert weak(world) == [("curl", "1-1")]
    assert told(world) == ["curl"]
    shown = news(world).content.decode()
    assert "curl" in shown
    assert "ひみつ商店" in shown
    assert "zlib" not in shown
    page = "https://jvndb.jvn.jp/ja/contents/2021/JVNDB-2021-005429.html"
    assert f'<a href="{page}" lang="ja">JVNDB-2021-005429 log4jの弱点</a>' in shown
    sends(client, machine, ("curl", "2-1"), ("zlib", "3-1"))
    assert weak(world) == []
    assert told(world) == []
    assert "curl" not in news(world).content.decode()


def test_the_owner_reads_one_sentence(client, world, machine, known):
    known(curl={USED: "2-1"})
    sends(client, machine, ("curl", "1-1"))
    page = world.client("owner").get(f"/c/{world.company.pk}/").content.decode()
    assert say("notice.device.attacked", "ja", n=1, package="curl") in page


def weekly(world, lang="ja"):
    page = f"/c/{world.company.pk}/weekly/"
    return world.client("owner").get(page, headers={"accept-language": lang}).content.decode()


def test_most_owners_see_none_and_nobody_more_than_three(client, world, machine, known):
    names = [f"pkg{n}" for n in range(6)]
    known(zlib={OTHER: "9-1"}, **{name: {USED: "2-1"} for name in names})
    sends(client, machine, ("zlib", "1-1"))
    title = say("devices.attacked_title", "ja")
    assert told(world) == []
    assert title not in weekly(world), "nobody uses what is open"
    sends(client, machine, *((name, "1-1") for name in names))
    assert told(world) == names[:3]
    assert "pkg0, pkg1, pkg2 (+3)" in weekly(world)
    # One is mended: the next takes its place, and the others are not told anew.
    before = dict(Notice.objects.of(world.company).values_list("about", "pk"))
    sends(client, machine, *((name, "2-1" if name == "pkg1" else "1-1") for name in names))
    assert told(world) == ["pkg0", "pkg2", "pkg3"]
    after = dict(Notice.objects.of(world.company).values_list("about", "pk"))
    assert (after["pkg0"], after["pkg2"]) == (before["pkg0"], before["pkg2"])
    sends(client, machine, *((name, "2-1") for name in names))
    assert told(world) == []
    assert title not in weekly(world)


def test_a_new_advisory_touches_only_who_has_the_package(client, world, machine, known):
    known(zlib={OTHER: "9-1"})
    sends(client, machine, ("curl", "1-1"), ("bash", "5-1"))
    run_tasks()
    assert weak(world) == []
    match_all()  # nothing is new
    known(curl={OTHER: "2-1"}, dash={OTHER: "2-1"})
    world.company.standing.refresh_from_db()
    assert world.company.standing.stale_since is None
    match_all()
    assert weak(world) == [("curl", "1-1")]
    world.company.standing.refresh_from_db()
    assert world.company.standing.stale_since is not None, "it is judged again"
    assert told(world) == [], "nobody uses it, so nobody is woken"
    known(curl={OTHER: "2-1", USED: "2-1"})
    match_all()
    run_tasks()
    assert told(world) == ["curl"]
    known(bash={OTHER: "4-1"})  # taken back
    match_all()
    run_tasks()
    assert (weak(world), told(world)) == ([], [])


def test_who_reports_after_a_new_advisory_does_not_hide_it_from_others(
    client, world, machine, known
):
    known(zlib={OTHER: "9-1"})
    sends(client, machine, ("curl", "1-1"))
    quiet = Device.objects.of(world.company).create(company=world.company, kind=Device.COMPUTER)
    DevicePackages.objects.of(world.company).create(
        device=quiet,
        company=world.company,
        versions=DevicePackages.objects.of(world.company).get(device=machine.device).versions,
    )
    known(curl={OTHER: "2-1"})
    sends(client, machine, ("curl", "1-1"), ("bash", "5-1"))
    match_all()
    on = OpenWeakness.objects.of(world.company).values_list("device", flat=True)
    assert set(on) == {machine.device.pk, quiet.pk}


def test_a_match_that_was_killed_half_way_is_done_at_the_next_time(
    client, world, machine, known, monkeypatch
):
    known(zlib={OTHER: "9-1"})
    sends(client, machine, ("curl", "1-1"))
    known(curl={OTHER: "2-1"})
    with monkeypatch.context() as killed:
        killed.setattr(matching, "_devices", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            match_all()
    assert weak(world) == []
    match_all()
    assert weak(world) == [("curl", "1-1")]


def test_many_changes_at_once_reach_the_same_devices_as_one_by_one(client, world, machine, known):
    names = [f"pkg{n}" for n in range(60)]
    known(zlib={OTHER: "9-1"})
    sends(client, machine, *((name, "1-1") for name in names))
    known(**{name: {OTHER: "2-1"} for name in names[::2]}, absent={OTHER: "2-1"})
    match_all()
    one_by_one = weak(world)
    assert [name for name, _ in one_by_one] == sorted(names[::2])
    known(**{name: {OTHER: "2-1"} for name in names})
    match_all()
    known(**{name: {OTHER: "2-1"} for name in names[::2]})
    match_all()
    assert weak(world) == one_by_one


def test_without_data_the_page_says_so(client, world, machine):
    sends(client, machine, ("curl", "1-1"))
    assert "資料がまだない" in news(world).content.decode()
    file = f"/s/{world.chamber.pk}/news/news.stix.json"
    assert world.client("supporter").get(file).status_code == 404, "not: there is nothing"
    assert DevicePackages.objects.of(world.company).count() == 1


def test_only_who_may_see_devices_sees_the_news(client, world, machine, known):
    known(curl={USED: "2-1"})
    sends(client, machine, ("curl", "1-1"))
    assert "curl" not in news(world, "buyer", world.bank).content.decode()
    assert news(world, "stranger").status_code == 404
    assert news(world, "owner").status_code == 404
    world.company.grants.filter(pk=world.grant.pk).update(scopes=("findings:read",))
    assert "curl" not in news(world).content.decode()
    world.company.grants.filter(pk=world.grant.pk).delete()
    assert "curl" not in news(world).content.decode()


def test_files_for_other_programs_name_no_company(client, world, machine, known):
    known(curl={USED: "2-1", OTHER: "2-2"})
    sends(client, machine, ("curl", "1-1"))
    page = f"/s/{world.chamber.pk}/news/news."
    supporter = world.client("supporter")
    data = supporter.get(f"{page}json")
    assert json.loads(data.content)["news"] == [
        {
            "package": "curl",
            "fixed": ["2-2"],
            "ids": [USED, OTHER],
            "attacked": True,
            "companies": 1,
            "devices": 1,
            "purls": [PURL],
        }
    ]
    feed = supporter.get(f"{page}rss").content
    assert [one.text for one in ET.fromstring(feed).iter("title")][1] == "curl"
    assert [one.text for one in ET.fromstring(feed).iter("category")] == [PURL]
    stix = supporter.get(f"{page}stix.json").content.decode()
    bundle = stix2.parse(stix)
    (note,) = [one for one in bundle.objects if one.type == "note"]
    assert [one.external_id for one in note.external_references] == [PURL]
    named = {one.name for one in bundle.objects if one.type == "vulnerability"}
    assert named == {USED, OTHER}
    assert [one.name for one in bundle.objects if one.type == "course-of-action"] == [
        "Update curl to 2-2"
    ]
    assert "ひみつ商店" not in data.content.decode() + feed.decode() + stix
    assert supporter.get(f"{page}exe").status_code == 404


def test_a_removed_device_leaves_nothing(client, world, machine, known):
    known(curl={USED: "2-1"})
    sends(client, machine, ("curl", "1-1"))
    address = f"/c/{world.company.pk}/devices/{machine.device.pk}/remove/"
    world.client("owner").post(address)
    assert (weak(world), told(world)) == ([], [])
    assert not DevicePackages.objects.of(world.company).exists()
    forget_unused()
    assert not PackageVersion.objects.exists()


def test_hostile_lists_are_kept_in_bounds(client, world, machine, known):
    known(curl={USED: "2-1"})
    sends(
        client,
        machine,
        ("x" * 5000, "1-1"),
        ("curl", "9" * 5000),
        ("../../etc", "1-1"),
        ("curl", "1-1"),
        ("Ｃurl", "1"),
        ("curl", "1-1' OR 1=1"),
    )
    assert list(PackageVersion.objects.values_list("package", "version")) == [("curl", "1-1")]
    for release in ("plan9", "debian-" + "1" * 60, "ubuntu-24.04\u0001"):
        sends(client, machine, ("curl", "1-1"), release=release)
        assert weak(world) == []


def test_versions_nobody_has_are_forgotten(client, world, machine, known):
    known(curl={USED: "2-1"})
    sends(client, machine, ("curl", "1-1"), ("bash", "5-1"))
    sends(client, machine, ("curl", "1-1"))
    forget_unused()
    assert list(PackageVersion.objects.values_list("package", flat=True)) == ["curl"]
    assert weak(world) == [("curl", "1-1")]
