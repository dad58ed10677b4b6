"""Whom a published weakness concerns: the source package of the release, and nothing like it."""

import json

import pytest
from msgspec import structs

from tests.support.facts import AS_OF, judged, measured
from tojimari.assess.advisories import concerns
from tojimari.knowledge.advisories.index import Index, make_index
from tojimari.knowledge.advisories.place import NAME
from tojimari.model.facts import (
    DeviceListening,
    DeviceSoftware,
    DeviceUpdates,
    ListeningSocket,
    SoftwareItem,
)

USED = "CVE-2021-44228"
"""In the catalogue of those that attackers use."""


def tracker(**packages):
    """package -> {number: fixed version}; "" is open."""
    return {
        package.replace("_", "-"): {
            number: {
                "releases": {
                    "bookworm": {"status": "resolved" if fixed else "open", "fixed_version": fixed}
                }
            }
            for number, fixed in numbers.items()
        }
        for package, numbers in packages.items()
    }


@pytest.fixture
def known(tmp_path, monkeypatch):
    monkeypatch.setenv("TOJIMARI_KNOWLEDGE", str(tmp_path))

    def make(**packages):
        (tmp_path / "t.json").write_text(json.dumps(tracker(**packages)), encoding="utf-8")
        make_index([tmp_path / "t.json"], tmp_path / NAME)
        return Index(tmp_path / NAME)

    return make


def item(name, version, built_from=None, built="", kept=True, source="dpkg"):
    return SoftwareItem(name, version, source, kept, built_from or name, built or version)


def software(*items, release="debian-12"):
    return DeviceSoftware(items, (), release)


def found(known_, *items, release="debian-12"):
    return [
        (one.package, one.fixed)
        for one in concerns(software(*items, release=release), known_).found
    ]


def test_the_source_package_decides_not_the_binarys_name(known):
    index = known(openssl={"CVE-2026-0001": "3.0.13-1"})
    assert found(index, item("libssl3", "3.0.11-1", "openssl")) == [("openssl", "3.0.13-1")]
    assert found(index, item("openssl", "3.0.11-1", "openssl-of-another")) == []
    assert found(index, item("libssl3", "3.0.11-1+b2", "openssl", "3.0.13-1")) == []


def test_another_archive_or_release_is_not_compared(known):
    index = known(nginx={"CVE-2026-0001": "1.22.1-9+deb12u1"})
    assert found(index, item("nginx", "1.22.1-9")) == [("nginx", "1.22.1-9+deb12u1")]
    assert found(index, item("nginx", "1.20.0-1~bookworm", kept=False)) == []
    assert found(index, item("nginx", "1.18.0-6ubuntu14"), release="ubuntu-22.04") == []
    assert found(index, item("nginx", "1.22.1-9"), release="") == []
    # In no list although there are lists: fetched by hand from anywhere.
    by_hand = item("nginx", "1.20.0-1", kept=None)
    assert found(index, by_hand, item("bash", "5-1")) == []
    assert found(index, by_hand) == [("nginx", "1.22.1-9+deb12u1")], "no list was read at all"


def test_a_mended_package_is_not_weak_however_old_its_number(known):
    index = known(
        openssl={"CVE-2026-0001": "3.0.11-1~deb12u2", "CVE-2026-0002": "3.0.11-1~deb12u3"}
    )
    assert found(index, item("libssl3", "3.0.11-1~deb12u3", "openssl")) == []
    assert [
        one.ids for one in concerns(software(item("openssl", "3.0.11-1~deb12u2")), index).found
    ] == [("CVE-2026-0002",)]


def test_of_several_kernels_the_newest_counts_and_headers_do_not(known):
    index = known(linux={"CVE-2026-0001": "6.1.94-1"})
    old = item("linux-image-6.1.0-20-amd64", "6.1.85-1", "linux-signed-amd64", "6.1.85+1")
    new = item("linux-image-6.1.0-22-amd64", "6.1.94-1", "linux-signed-amd64", "6.1.94+1")
    headers = item("linux-libc-dev", "6.1.85-1", "linux")
    assert found(index, old) == [("linux", "6.1.94-1")]
    assert found(index, old, new) == found(index, new, old) == []
    assert found(index, headers) == []


def test_ubuntus_signed_kernel_is_the_kernel(known, tmp_path):
    (tmp_path / "o.json").write_text(
        json.dumps(
            {
                "id": "UBUNTU-CVE-2026-0001",
                "affected": [
                    {
                        "package": {"ecosystem": "Ubuntu:22.04:LTS", "name": name},
                        "ranges": [
                            {
                                "type": "ECOSYSTEM",
                                "events": [{"introduced": "0"}, {"fixed": "5.15.0-100.110"}],
                            }
                        ],
                    }
                    for name in ("linux", "linux-hwe-6.8")
                ],
            }
        )
    )
    make_index([tmp_path / "o.json"], tmp_path / "o.sqlite3")
    index = Index(tmp_path / "o.sqlite3")

    def seen(source):
        kernel = item("linux-image-5.15.0-25-generic", "5.15.0-25.25", source)
        return found(index, kernel, release="ubuntu-22.04")

    assert seen("linux-signed") == [("linux", "5.15.0-100.110")]
    assert seen("linux-signed-hwe-6.8") == [("linux-hwe-6.8", "5.15.0-100.110")]
    assert seen("linux-signed-aws") == []


def test_what_cannot_be_compared_is_counted(known):
    index = known(openssl={"CVE-2026-0001": "3.0.13-1"})
    other = SoftwareItem("Zoom", "6.1", "registry", False)
    broken = item("openssl", "no version at all")
    seen = concerns(software(item("bash", "5-1"), other, broken), index)
    assert (seen.compared, seen.not_compared, seen.found) == (1, 2, ())


UPDATES = DeviceUpdates(
    manager="apt",
    pending=0,
    pending_security=0,
    pending_security_names=(),
    lists_refreshed_at=AS_OF,
    last_update_at=AS_OF,
    reboot_required=False,
)


def verdict(*items, pending=0, listening=(), release="debian-12"):
    updates = structs.replace(UPDATES, pending=pending, pending_security=pending)
    sockets = tuple(ListeningSocket("tcp", "0.0.0.0", 22, name) for name in listening)
    return judged(
        "os-updates-pc",
        measured(updates),
        measured(software(*items, release=release)),
        measured(DeviceListening(sockets)),
    )


def test_without_advisories_nothing_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("TOJIMARI_KNOWLEDGE", str(tmp_path))
    assert verdict(item("openssh-server", "1-1", "openssh")).reason == "current"


def test_a_weakness_in_use_outranks_the_count_and_a_reached_one_more(known):
    known(openssh={USED: "2-1"}, curl={"CVE-2026-0001": "2-1"}, zlib={"CVE-2026-0002": ""})
    ssh = item("openssh-server", "1-1", "openssh")
    assert verdict(ssh, pending=40).reason == "attacked"
    assert verdict(ssh, listening=("sshd",)).reason == "attacked_and_reached"
    assert verdict(ssh, listening=("nginx",)).reason == "attacked"
    assert (
        verdict(item("openssh-server", "2-1", "openssh"), listening=("sshd",)).reason == "current"
    )


def test_other_weaknesses_only_speak_where_the_list_is_silent(known):
    known(curl={"CVE-2026-0001": "2-1"}, zlib={"CVE-2026-0002": ""})
    curl, zlib = item("curl", "1-1"), item("zlib1g", "1-1", "zlib")
    told = verdict(curl, zlib)
    assert (told.state, told.reason, told.numbers["names"]) == ("not_met", "holes_left", "curl")
    assert verdict(curl, pending=3).reason == "security_waiting"
    assert verdict(zlib).reason == "current", "what nobody has mended yet is no update to install"


def test_python_packages_are_no_updates_of_the_system(known, tmp_path):
    (tmp_path / "p.json").write_text(
        json.dumps(
            {
                "id": "GHSA-1",
                "aliases": [USED],
                "affected": [
                    {
                        "package": {"ecosystem": "PyPI", "name": "Flask"},
                        "ranges": [
                            {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3"}]}
                        ],
                    }
                ],
            }
        )
    )
    make_index([tmp_path / "p.json"], tmp_path / NAME)
    flask = SoftwareItem("flask", "2.0", "pip", False)
    assert found(Index(tmp_path / NAME), flask) == [("flask", "3")]
    assert verdict(flask).reason == "current"


def test_packages_of_rpm_are_compared_by_their_source_with_the_packages_epoch(known, tmp_path):
    def osv(name, fixed):
        events = [{"introduced": "0"}, {"fixed": fixed}]
        package = {"ecosystem": "Rocky Linux:9", "name": name}
        ranges = [{"type": "ECOSYSTEM", "events": events}]
        return {
            "id": "RLSA-2026:1",
            "upstream": ["CVE-2026-0001"],
            "affected": [{"package": package, "ranges": ranges}],
        }

    fixes = {"openssl": "1:3.0.7-27.el9", "perl": "4:5.32.1-481.el9", "php": "0:8.0-2.el9"}
    fixes["kernel"] = "0:5.14.0-427.el9_4"
    (tmp_path / "o.json").write_text(json.dumps([osv(*one) for one in fixes.items()]))
    make_index([tmp_path / "o.json"], tmp_path / NAME)
    index = Index(tmp_path / NAME)

    def rpm(name, version, source=None, built=None, kept=True):
        plain = version.split(":")[-1]
        return SoftwareItem(name, version, "rpm", kept, source or name, built or plain)

    def weak(*items, release="rocky-9.4"):
        said = concerns(software(*items, release=release), index)
        return [(one.package, one.programs) for one in said.found], said.not_compared

    old = rpm("openssl-libs", "1:3.0.7-26.el9", "openssl")
    assert weak(old) == ([("openssl", ("openssl-libs",))], 0)
    assert weak(rpm("openssl-libs", "1:3.0.7-27.el9_4", "openssl")) == ([], 0)
    assert weak(old, release="rhel-9.4") == ([], 1), "another maker's advisories"
    assert weak(old, release="rocky-8.10") == ([], 1)
    assert weak(rpm("openssl", "1:3.0.7-26.el9", kept=None)) == ([], 1), "whose it is was not seen"
    # Numbered by itself: the source's epoch is not known.
    errno = rpm("perl-Errno", "1.30-480.el9", "perl", "5.32.1-480.el9")
    assert weak(errno) == ([], 1)
    assert weak(errno, rpm("perl-libs", "4:5.32.1-480.el9", "perl")) == (
        [("perl", ("perl-libs",))],
        1,
    )
    assert weak(rpm("php", "7.4-1.module+el9.1.0+1+2")) == ([], 1), "of which stream is not seen"
    # Of several kernels the newest runs after a restart; headers run nowhere.
    kernels = [rpm("kernel-core", f"5.14.0-{n}.el9_4", "kernel") for n in (362, 427)]
    assert weak(*kernels) == weak(*reversed(kernels)) == ([], 0)
    assert weak(kernels[0]) == ([("kernel", ("kernel-core",))], 0)
    assert weak(rpm("kernel-headers", "5.14.0-362.el9_4", "kernel")) == ([], 1)
