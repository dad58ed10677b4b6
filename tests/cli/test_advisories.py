"""``tojimari advisories``: files go in whole, what concerns this computer comes out."""

import json

import pytest
import stix2

from tests.support.facts import measured
from tests.support.jvn import item, listed
from tojimari.cli import main
from tojimari.collect import local_device
from tojimari.model.facts import DeviceSoftware, SoftwareItem

TRACKER = {
    "curl": {
        "CVE-2021-44228": {
            "releases": {"bookworm": {"status": "resolved", "fixed_version": "2-1"}}
        },
        "CVE-2026-0002": {"releases": {"bookworm": {"status": "open"}}},
    }
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("TOJIMARI_STATE", str(tmp_path / "state.sqlite3"))
    monkeypatch.setenv("TOJIMARI_KNOWLEDGE", str(tmp_path))
    (tmp_path / "tracker.json").write_text(json.dumps(TRACKER))


def looks(monkeypatch, version):
    item = SoftwareItem("libcurl4", version, "dpkg", True, "curl", version)
    seen = measured(DeviceSoftware((item,), (), "debian-12"))
    monkeypatch.setattr(local_device, "look_here", lambda **_: [seen])


def test_before_anything_was_taken_in_it_says_how(capsys):
    assert main(["advisories", "list", "--lang", "en"]) == 2
    assert "tojimari advisories import" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lang", "attacked", "open_"),
    [
        ("ja", "攻撃に使われている弱点", "更新ではまだ直せない"),
        ("en", "Used by attackers", "No update mends"),
    ],
)
def test_what_is_used_comes_first(tmp_path, monkeypatch, capsys, lang, attacked, open_):
    assert main(["advisories", "import", str(tmp_path / "tracker.json"), "--lang", lang]) == 0
    assert "tracker.json" in capsys.readouterr().out
    looks(monkeypatch, "1-1")
    assert main(["advisories", "list", "--lang", lang]) == 1
    told = capsys.readouterr().out
    assert told.index(attacked) < told.index("CVE-2021-44228") < told.index(open_)
    looks(monkeypatch, "2-1")
    assert main(["advisories", "list", "--lang", lang]) == 0
    assert "CVE-2021-44228" not in capsys.readouterr().out


def test_json(tmp_path, monkeypatch, capsys):
    main(["advisories", "import", str(tmp_path / "tracker.json")])
    looks(monkeypatch, "1-1")
    capsys.readouterr()
    main(["advisories", "list", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "tojimari.advisories/1"
    assert [one["attacked"] for one in told["concerns"]["found"]] == [True, False]
    purls = {one["purl"] for one in told["concerns"]["found"]}
    assert purls == {"pkg:deb/debian/curl@1-1?arch=source&distro=bookworm"}, told


def test_stix(tmp_path, monkeypatch, capsys):
    main(["advisories", "import", str(tmp_path / "tracker.json")])
    looks(monkeypatch, "1-1")
    capsys.readouterr()
    assert main(["advisories", "list", "--stix"]) == 1
    text = capsys.readouterr().out
    bundle = stix2.parse(text)
    by_type: dict[str, list] = {}
    for one in bundle.objects:
        by_type.setdefault(one.type, []).append(one)
    labels = {one.name: one.get("labels") for one in by_type["vulnerability"]}
    assert labels == {"CVE-2021-44228": ["known-exploited"], "CVE-2026-0002": None}
    (mends,), (relation,) = by_type["course-of-action"], by_type["relationship"]
    assert (mends.name, relation.source_ref) == ("Update curl to 2-1", mends.id)
    assert len(by_type["note"]) == 2, "what nobody mends yet is said as well"
    ids = [one.id for one in bundle.objects]
    assert len(set(ids)) == len(ids)
    main(["advisories", "list", "--stix"])
    assert capsys.readouterr().out == text, "the same things have the same ids"
    looks(monkeypatch, "9-9")
    monkeypatch.setattr(local_device, "look_here", lambda **_: [])
    main(["advisories", "list", "--stix"])
    assert [one.type for one in stix2.parse(capsys.readouterr().out).objects] == ["identity"]


def test_a_file_that_is_something_else_changes_nothing(tmp_path, monkeypatch, capsys):
    main(["advisories", "import", str(tmp_path / "tracker.json")])
    (tmp_path / "other.json").write_text("[1, 2]")
    assert main(["advisories", "import", str(tmp_path / "other.json"), "--lang", "en"]) == 2
    assert "other.json" in capsys.readouterr().err
    looks(monkeypatch, "1-1")
    assert main(["advisories", "list"]) == 1
    assert main(["advisories", "import", str(tmp_path / "missing.json")]) == 2


def test_this_computer_for_real(tmp_path, capsys):
    """A real look at the machine's own packages: no crash, and the count of them is told."""
    main(["advisories", "import", str(tmp_path / "tracker.json")])
    assert main(["advisories", "list", "--json"]) in (0, 1)
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["concerns"]["compared"] + told["concerns"]["not_compared"] > 0


@pytest.mark.parametrize(("lang", "word"), [("ja", "読む"), ("en", "To read")])
def test_beside_a_weakness_in_use_stands_what_jvn_has_to_read(
    tmp_path, monkeypatch, capsys, lang, word
):
    jvn = tmp_path / "jvn.xml"
    jvn.write_bytes(listed(item("JVNDB-2021-005429", "log4j", "CVE-2021-44228")))
    assert main(["advisories", "import", str(jvn), "--lang", lang]) == 2
    assert "JVN" in capsys.readouterr().err
    files = [str(tmp_path / "tracker.json"), str(jvn)]
    assert main(["advisories", "import", *files, "--lang", lang]) == 0
    looks(monkeypatch, "1-1")
    capsys.readouterr()
    assert main(["advisories", "list", "--lang", lang]) == 1
    told = " ".join(capsys.readouterr().out.split())
    page = "https://jvndb.jvn.jp/ja/contents/2021/JVNDB-2021-005429.html"
    assert f"JVNDB-2021-005429 {page}" in told
    assert word in told
