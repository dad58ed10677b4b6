"""Packages and pending updates, beside dpkg and apt themselves."""

import lzma
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hosts import fact, seen, write
from tests.support.patience import PATIENCE
from tojimari.collect.device.linux.debian import installed, offers, parse_status
from tojimari.collect.device.linux.packages import last_update, upstream
from tojimari.collect.device.linux.versions import version_key
from tojimari.collect.host import LocalHost
from tojimari.model.facts import (
    DeviceBrowsers,
    DeviceSoftware,
    DeviceUpdates,
)

part = st.text(alphabet="0123456789abz.+~", min_size=1, max_size=6)
versions = st.builds(
    lambda epoch, up, rev: f"{epoch}{'0' + up}{rev}",
    st.sampled_from(["", "0:", "1:", "12:"]),
    part,
    st.one_of(st.just(""), part.map(lambda rev: "-" + rev)),
)


def dpkg_says(left: str, relation: str, right: str) -> bool:
    argv = ["dpkg", "--compare-versions", left, relation, right]
    return subprocess.run(argv, check=False, capture_output=True).returncode == 0


@given(versions, versions)
def test_versions_sort_as_dpkg_sorts_them(left, right):
    ours = version_key(left) < version_key(right)
    assert ours == dpkg_says(left, "lt", right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("1.0~rc1", "1.0"),
        ("1.0", "1.0a"),
        ("1.0", "1.0-1"),
        ("1.0-1", "1.0-1+deb12u1"),
        ("9", "10"),
        ("1.2.3", "1:0.1"),
        ("2.36-9+deb12u9", "2.36-9+deb12u13"),
    ],
)
def test_known_pairs(left, right):
    assert version_key(left) < version_key(right)
    assert dpkg_says(left, "lt", right)


def test_pending_updates_are_the_ones_apt_itself_would_install():
    host = LocalHost()
    have = installed(host)
    offered = offers(host, have)
    if offered.fetched_at is None:
        subprocess.run(["apt-get", "-qq", "update"], check=True, timeout=PATIENCE)
        offered = offers(host, have)
    ours = {name for name in offered.newest if not have[name].held}
    argv = ["apt-get", "-qq", "-s", "-o", "Debug::NoLocking=1", "dist-upgrade"]
    said = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout
    lines = [line for line in said.splitlines() if line.startswith("Inst ")]
    # "Inst name [old] (new ...": without an old version it is a new dependency, not an update.
    theirs = {line.split()[1] for line in lines if line.split()[2].startswith("[")}
    assert ours == theirs
    security = {line.split()[1] for line in lines if "-Security" in line or "-security" in line}
    assert {name for name in ours if offered.newest[name][1]} == security & theirs


STATUS = """Package: base
Status: install ok installed
Version: 1.0-1

Package: kept
Status: hold ok installed
Version: 1.0

Package: removed
Status: deinstall ok config-files
Version: 1.0

Package: tool
Status: install ok installed
Version: 2.0

Package: broken paragraph
"""
RELEASE = "Origin: {}\nLabel: {}\nSuite: {}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "/etc/os-release", "ID=debian\nVERSION_ID=12\n")
    write(tmp_path, "/var/lib/dpkg/status", STATUS)
    lists = "/var/lib/apt/lists"
    write(tmp_path, f"{lists}/d_InRelease", RELEASE.format("Debian", "Debian", "oldstable"))
    write(tmp_path, f"{lists}/d_main_binary-amd64_Packages", "Package: base\nVersion: 1.0-1\n")
    write(
        tmp_path,
        f"{lists}/s_InRelease",
        RELEASE.format("Debian", "Debian-Security", "oldstable-security"),
    )
    write(
        tmp_path,
        f"{lists}/s_main_binary-amd64_Packages",
        "Package: base\nVersion: 1.0-1+deb12u1\n\nPackage: kept\nVersion: 2.0\n",
    )
    write(tmp_path, f"{lists}/x_InRelease", RELEASE.format("Example Inc.", "Example", "stable"))
    write(tmp_path, f"{lists}/x_main_binary-amd64_Packages", "Package: tool\nVersion: 2.0\n")
    return tmp_path


def test_security_updates_are_told_apart_and_a_held_package_misses_them_too(root):
    found = fact(LocalHost(root), DeviceUpdates)
    assert (found.pending, found.pending_security) == (2, 2)
    assert found.pending_security_names == ("base", "kept")
    assert found.lists_refreshed_at is not None


def test_packages_of_a_third_party_are_told_apart(root):
    items = {i.name: i for i in fact(LocalHost(root), DeviceSoftware).items}
    assert items["base"].from_system is True
    assert items["tool"].from_system is False
    assert items["kept"].from_system is True  # newer in the distribution's list
    assert "removed" not in items


def test_without_any_list_nothing_is_claimed(root):
    for path in (root / "var/lib/apt/lists").iterdir():
        path.unlink()
    observation = seen(LocalHost(root), DeviceUpdates)
    assert observation.fact.pending is None
    assert observation.partly_not_seen["pending"].see_with == "sudo apt update"
    items = fact(LocalHost(root), DeviceSoftware).items
    assert {item.from_system for item in items} == {None}


def test_flatpak_snap_and_pip_are_read_from_their_folders(root):
    app = "/var/lib/flatpak/app/org.mozilla.firefox/current/active"
    write(root, f"{app}/metadata", "[Application]\n")
    write(
        root,
        f"{app}/files/share/metainfo/org.mozilla.firefox.metainfo.xml",
        '<component><releases><release version="140.2" date="x"/></releases></component>',
    )
    write(root, "/snap/core22/current/meta/snap.yaml", "name: core22\nversion: '20260101'\n")
    write(root, "/usr/local/lib/python3.11/dist-packages/django-3.2.dist-info/METADATA", "x")
    found = fact(LocalHost(root), DeviceSoftware)
    by_name = {i.name: (i.source, i.version) for i in found.items}
    assert by_name["org.mozilla.firefox"] == ("flatpak", "140.2")
    assert by_name["core22"] == ("snap", "20260101")
    assert by_name["django"] == ("pip", "3.2")
    [browser] = fact(LocalHost(root), DeviceBrowsers).browsers
    assert (browser.id, browser.version) == ("firefox", "140.2")


def test_the_last_update_comes_from_dpkgs_log(root):
    write(
        root,
        "/var/log/dpkg.log",
        "2026-11-01 10:00:00 upgrade a 1 2\n2026-11-02 10:00:00 status installed a 2\n",
    )
    assert last_update(LocalHost(root)).date().isoformat() == "2026-11-01"


@pytest.mark.parametrize(
    ("version", "plain"),
    [("1:128.3.0esr-1~deb12u1", "128.3.0"), ("140.2", "140.2"), ("abc", "abc"), ("", "")],
)
def test_the_makers_version_inside_a_package_version(version, plain):
    assert upstream(version) == plain


@given(st.text(max_size=300))
def test_any_text_as_a_status_file(text):
    parse_status(text)


@given(st.text(max_size=40))
def test_any_text_as_a_version(text):
    assert version_key(text) == version_key(text)


def test_a_missing_revision_equals_zero():
    assert version_key("00") == version_key("00-0") == version_key("0")


def test_a_list_that_cannot_be_read_is_not_a_list_without_updates(root):
    """A cut-off compressed list and one that is hidden: nothing may be counted."""
    lists = root / "var/lib/apt/lists"
    (lists / "s_main_binary-amd64_Packages").unlink()
    whole = lzma.compress(b"Package: base\nVersion: 1.0-1+deb12u1\n" * 2000)
    (lists / "s_main_binary-amd64_Packages.xz").write_bytes(whole[: len(whole) // 2])
    observation = seen(LocalHost(root), DeviceUpdates)
    assert observation.fact.pending_security is None
    assert observation.partly_not_seen["pending_security"].see_with


def test_a_whole_compressed_list_is_read(root):
    lists = root / "var/lib/apt/lists"
    (lists / "s_main_binary-amd64_Packages").unlink()
    whole = lzma.compress(b"Package: base\nVersion: 1.0-1+deb12u1\n")
    (lists / "s_main_binary-amd64_Packages.xz").write_bytes(whole)
    found = fact(LocalHost(root), DeviceUpdates)
    assert found.pending_security_names == ("base",)
    assert found.pending_security == 1


def test_a_failed_fetch_does_not_make_old_lists_fresh(root):
    lists = root / "var/lib/apt/lists"
    old = 1_700_000_000
    for path in lists.iterdir():
        os.utime(path, (old, old))
    (lists / "partial").mkdir()
    refreshed = fact(LocalHost(root), DeviceUpdates).lists_refreshed_at
    assert refreshed == datetime.fromtimestamp(old, UTC)


def test_backports_are_not_pending(root):
    lists = "/var/lib/apt/lists"
    head = RELEASE.format("Debian", "Debian Backports", "bookworm-backports")
    write(root, f"{lists}/b_InRelease", head + "NotAutomatic: yes\n")
    write(root, f"{lists}/b_main_binary-amd64_Packages", "Package: tool\nVersion: 9.0\n")
    assert fact(LocalHost(root), DeviceUpdates).pending_security_names == ("base", "kept")
    assert fact(LocalHost(root), DeviceUpdates).pending == 2


def test_a_real_database_of_rpm_without_a_package_is_no_list_of_what_is_installed(tmp_path):
    (tmp_path / "var/lib/rpm").mkdir(parents=True)
    subprocess.run(["rpm", "--root", str(tmp_path), "--initdb"], check=True, capture_output=True)
    write(tmp_path, "/etc/os-release", "ID=fedora\n")
    assert seen(LocalHost(tmp_path), DeviceSoftware).not_seen.reason == "nonsense"
    # Whether its own program is here is up to the machine; of the database alone nothing is said.
    reason = "not_looked" if shutil.which("dnf") else "tool_missing"
    assert seen(LocalHost(tmp_path), DeviceUpdates).not_seen.reason == reason


@pytest.mark.parametrize(
    ("source", "built_from", "version"),
    [
        ("", "libssl3", "3.0.15-1~deb12u1"),
        ("Source: openssl\n", "openssl", "3.0.15-1~deb12u1"),
        ("Source: openssl (3.0.14-1)\n", "openssl", "3.0.14-1"),
        ("Source: (\n", "libssl3", ""),
    ],
)
def test_what_a_package_was_built_from(source, built_from, version):
    text = f"Package: libssl3\nStatus: install ok installed\n{source}Version: 3.0.15-1~deb12u1\n"
    package = parse_status(text)["libssl3"]
    assert (package.source, package.source_version) == (built_from, version)


@pytest.mark.skipif(not Path("/var/lib/dpkg/status").exists(), reason="no dpkg here")
def test_dpkg_says_the_same_of_every_package_here():
    shown = "${Package}\t${source:Package}\t${source:Version}\t${db:Status-Status}\n"
    output = subprocess.run(["dpkg-query", "-W", "-f", shown], capture_output=True, text=True)
    rows = [line.split("\t") for line in output.stdout.splitlines()]
    theirs = {row[0]: (row[1], row[2]) for row in rows if row[3] == "installed"}
    have = installed(LocalHost(Path("/")))
    assert {name: (one.source, one.source_version) for name, one in have.items()} == theirs
