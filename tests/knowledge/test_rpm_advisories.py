"""Advisories for RPM systems: the order of versions held against rpm, the files' forms, hostile ones."""

import gzip
import json
import random
import subprocess

import pytest

from tojimari.knowledge.advisories.index import Index, make_index
from tojimari.knowledge.advisories.updateinfo import updates
from tojimari.knowledge.package_versions import NoVersion, versions_of
from tojimari.model import TojimariError

PIECES = ("1", "10", "2", "09", "a", "rc1", "0", "12b", "_1", "5.14.0", "^git1", "~rc1", "~", "^")
RELEASES = ("1.el9", "2.el9_3", "10.fc39", "1.el9_3.1", "1", "2.el9")


def made_up(chance):
    version = ".".join(chance.choices(PIECES, k=chance.randrange(1, 4)))
    epoch = chance.choice(("", "", "0:", "1:", "2:"))
    return f"{epoch}{version}{chance.choice(('', '~beta', '^20'))}-{chance.choice(RELEASES)}"


@pytest.mark.programs
def test_versions_are_ordered_as_rpm_orders_them():
    chance = random.Random(20)
    pairs = [(made_up(chance), made_up(chance)) for _ in range(500)]
    pairs += [(one, one) for one, _ in pairs[:20]]
    asked = " ".join(f"%{{lua:print(rpm.vercmp('{a}', '{b}'))}}" for a, b in pairs)
    answer = subprocess.run(["rpm", "--eval", asked], capture_output=True, text=True, check=True)
    by_rpm = [int(one) for one in answer.stdout.split()]
    assert len(by_rpm) == len(pairs)
    assert set(by_rpm) == {-1, 0, 1}
    read = versions_of("rocky-9")
    assert read is not None
    ours = [(read(a) > read(b)) - (read(a) < read(b)) for a, b in pairs]
    assert [pair for pair, r, o in zip(pairs, by_rpm, ours, strict=True) if r != o] == []


@pytest.mark.parametrize(
    "text", ["", "1.0", "1:-1", "1.0-1-1", "1.0 -1", "x:1-1", "日本-1", "9" * 500]
)
def test_what_is_no_version_of_rpm_is_refused(text):
    read = versions_of("rocky-9")
    assert read is not None
    with pytest.raises(NoVersion):
        read(text)


def update(id_, *packages, kind="security", references="", collection=""):
    return (
        f'<update from="x" status="final" type="{kind}" version="2"><id>{id_}</id><title>t</title>'
        '<issued date="2026-11-20 10:00:00"/><updated date="2026-11-21"/>'
        f"<references>{references}</references><pkglist><collection short='c'><name>c</name>"
        f"{collection}{''.join(packages)}</collection></pkglist></update>"
    )


def package(name, version, release, source=None, epoch="0"):
    source = f"{name}-{version}-{release}.src.rpm" if source is None else source
    return (
        f'<package name="{name}" version="{version}" release="{release}" epoch="{epoch}" '
        f'arch="x86_64" src="{source}"><filename>f</filename><sum type="sha256">0</sum></package>'
    )


def cve(number):
    return f'<reference href="h" id="{number}" type="cve" title="{number}"/>'


def taken(tmp_path, *content, name="updateinfo.xml"):
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<updates>{"".join(content)}</updates>'
    data = text.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    (source,) = make_index([tmp_path / name], tmp_path / "index.sqlite3")
    return source, Index(tmp_path / "index.sqlite3")


OPENSSL = "openssl-3.0.7-27.el9.src.rpm"


def test_an_update_is_kept_by_its_source_with_the_epoch_of_its_packages(tmp_path):
    rocky = update(
        "RLSA-2026:1234",
        package("openssl", "3.0.7", "27.el9", OPENSSL, "1"),
        package("openssl-libs", "3.0.7", "27.el9", OPENSSL, "1"),
        references=cve("CVE-2026-0001") + cve("CVE-2026-0002"),
    )
    source, index = taken(tmp_path, rocky, name="updateinfo.xml.gz")
    assert (source.records, source.as_of.isoformat()) == (1, "2026-11-21")
    (found,) = index.of("rocky-9", "openssl")
    assert found.cves == ("CVE-2026-0001", "CVE-2026-0002")
    assert found.fixed_for("1:3.0.7-26.el9") == "1:3.0.7-27.el9"
    assert found.fixed_for("1:3.0.7-27.el9_4") is None
    assert index.of("rocky-9", "openssl-libs") == index.of("rhel-9", "openssl") == ()


@pytest.mark.parametrize(
    ("id_", "number", "release"),
    [
        ("RHSA-2026:1", "1.el8_10", "rhel-8"),
        ("ALSA-2026:1", "1.el10_2.1", "almalinux-10"),
        ("ELSA-2026-1", "1.el9", "ol-9"),
        ("FEDORA-2026-15f9382449", "1.fc43", "fedora-43"),
        ("FEDORA-EPEL-2026-15f9382449", "1.el9", ""),
        ("RHSA-2026:1", "1.el9ost", ""),  # a product beside the system
        ("RHSA-2026:1", "1.module+el8.9.0+1+2", ""),
        ("ALSA-2026:1", "1.module_el8.6.0+1+2", ""),
        ("XXSA-2026:1", "1.el9", ""),
        ("RHSA-2026:1", "1", ""),
    ],
)
def test_the_number_and_the_tag_say_which_release_an_update_is_for(tmp_path, id_, number, release):
    always = update("RLSA-2026:9", package("bash", "5", "1.el9"))
    _, index = taken(tmp_path, update(id_, package("curl", "8", number)), always)
    assert index.releases == {"rocky-9", release} - {""}


def test_what_mends_no_weakness_or_is_built_under_another_number_says_nothing(tmp_path):
    _, index = taken(
        tmp_path,
        update("RLBA-2026:1", package("curl", "8", "1.el9"), kind="bugfix"),
        update(
            "RLSA-2026:2",
            package("perl-Errno", "1.30", "481.el9", "perl-5.32.1-481.el9.src.rpm"),
            package("perl-libs", "5.32.1", "481.el9", "perl-5.32.1-481.el9.src.rpm", "4"),
            package("nosource", "1", "1.el9", ""),
            package("bad name", "1", "1.el9", "bad name-1-1.el9.src.rpm"),
            package("bad", "1 2", "1.el9"),
        ),
    )
    assert index.releases == {"rocky-9"}
    assert [one.spans[0].fixed for one in index.of("rocky-9", "perl")] == ["4:5.32.1-481.el9"]
    assert not index.of("rocky-9", "curl")
    assert not index.of("rocky-9", "bad")


def test_fedoras_numbers_stand_in_the_titles_of_reports(tmp_path):
    report = (
        '<reference href="h" id="2423183" type="bugzilla" title="CVE-2026-7 CVE-2026-26794 x"/>'
    )
    _, index = taken(
        tmp_path, update("FEDORA-2026-a", package("timg", "1", "5.fc43"), references=report)
    )
    assert index.of("fedora-43", "timg")[0].cves == ("CVE-2026-26794",)


BOMB = '<!DOCTYPE u [<!ENTITY a "{}"><!ENTITY b "&a;&a;&a;">]><updates>&b;</updates>'.format(
    "x" * 99
)
OUTSIDE = '<!DOCTYPE u [<!ENTITY a SYSTEM "file:///etc/passwd">]><updates>&a;</updates>'


@pytest.mark.parametrize(
    "content",
    [
        BOMB,
        OUTSIDE,
        "<html><body>404</body></html>",
        "<updates><update type='security'>",
        "<updates>&amp;&nosuch;</updates>",
        "<updates/>",
        "<" * 100,
    ],
)
def test_hostile_xml_is_refused_in_one_sentence(tmp_path, content):
    (tmp_path / "u.xml").write_text(content)
    with pytest.raises(TojimariError) as error:
        make_index([tmp_path / "u.xml"], tmp_path / "index.sqlite3")
    assert len(error.value.say("en").splitlines()) == 1
    assert not (tmp_path / "index.sqlite3").exists()


def test_a_deep_or_repeated_file_takes_no_more_than_its_bytes():
    deep = b"<updates>" + b"<a>" * 50_000 + b"</a>" * 50_000 + b"</updates>"
    assert list(updates(deep)) == []
    long_id = "RLSA-" + "1" * 100_000
    (one,) = updates(f"<updates>{update(long_id)}</updates>".encode())
    assert len(one.id) < 300


def osv(id_, ecosystem, name, fixed, **more):
    events = [{"introduced": "0"}, {"fixed": fixed}]
    ranges = [{"type": "ECOSYSTEM", "events": events}]
    package_ = {"ecosystem": ecosystem, "name": name}
    return {"id": id_, "affected": [{"package": package_, "ranges": ranges}], **more}


def test_rockys_and_almalinuxs_records_of_osv(tmp_path):
    records = [
        osv(
            "RLSA-2026:1",
            "Rocky Linux:9",
            "python3.12-lxml",
            "0:4.9.3-2.el9_8.1",
            upstream=["CVE-2026-10001"],
        ),
        osv(
            "ALSA-2026:2", "AlmaLinux:9", "openssl", "1:3.0.1-43.el9_0", related=["CVE-2026-10002"]
        ),
        osv("ALBA-2026:3", "AlmaLinux:9", "libteam", "1.31-2.el9"),
        osv("ALSA-2026:4", "AlmaLinux:8", "php", "7.4.19-4.module_el8.6.0+3238+624bf8b8"),
        osv("RLSA-2026:5", "Rocky Linux:8", "babel", "0:2.7.0-10.module+el8.4.0+570+c2eaf144"),
        osv("RLSA-2026:6", "Rocky Linux:9", "bad", "no version"),
    ]
    (tmp_path / "o.json").write_text(json.dumps(records))
    make_index([tmp_path / "o.json"], tmp_path / "index.sqlite3")
    index = Index(tmp_path / "index.sqlite3")
    assert index.releases == {"rocky-9", "almalinux-9"}
    (lxml,) = index.of("rocky-9", "python3.12-lxml")
    assert lxml.cves == ("CVE-2026-10001",)
    assert lxml.fixed_for("4.9.3-2.el9") == "0:4.9.3-2.el9_8.1"
    assert lxml.fixed_for("4.9.3-2.el9_8.1") is None
    (openssl,) = index.of("almalinux-9", "openssl")
    assert openssl.cves == ("CVE-2026-10002",)
    assert not index.of("almalinux-9", "libteam")
