"""The loader names file, key and reason for anything inconsistent."""

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from tojimari.catalog import CatalogError, lint, load_catalog, load_for_words, read
from tojimari.catalog.blanks import BLANK
from tojimari.catalog.load import HERE, compile_catalog


@pytest.fixture(scope="module", autouse=True)
def _read_once() -> Iterator[None]:
    """Each test changes one file of 400: the others are parsed once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "parse_yaml", cache(read.parse_yaml))
        yield


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "catalog"
    shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__", "*.json"))
    return copy


def change(path: Path, edit) -> None:
    raw = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    edit(raw)
    text = yaml.dump(raw, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)
    path.write_text(text, "utf-8")


def problems(folder: Path) -> list[str]:
    return [problem.say("en") for problem in lint(folder)]


def test_the_shipped_catalog_is_consistent():
    assert problems(HERE) == []


def test_an_untouched_copy_is_consistent(folder):
    assert problems(folder) == []


MISTAKES = [
    (
        "controls/log-keeping.yaml",
        lambda raw: raw["reasons"]["kept"]["text"].update(en="Logs are kept by {service}."),
        "controls/log-keeping.yaml: kept.text.en: "
        "says technical names: service; leave them out, they are shown apart",
    ),
    (
        "playbooks/outage.yaml",
        lambda raw: raw["asks"].append({"question": "backup_on"}),
        "playbooks/outage.yaml: asks: nothing hangs on the answer to 'backup_on'",
    ),
    (
        "playbooks/outage.yaml",
        lambda raw: raw.pop("told"),
        "playbooks/outage.yaml: told: does not say what others are told",
    ),
    (  # while questions are asked, what is open is left to be asked
        "playbooks/clicked.yaml",
        lambda raw: raw["asks"][2]["when"].update(one_of=["dont_know"]),
        "playbooks/clicked.yaml: asks.same_password: unknown id 'dont_know'",
    ),
    (
        "controls/device-firewall.yaml",
        lambda raw: raw["stops"][0].update(threat="T-NOSUCH"),
        "controls/device-firewall.yaml: stops: unknown id 'T-NOSUCH'",
    ),
    (
        "controls/device-firewall.yaml",
        lambda raw: raw["title"].update(ja="  "),
        "controls/device-firewall.yaml: title.ja: the text is missing",
    ),
    (
        "controls/device-firewall.yaml",
        lambda raw: raw.update(needs=["device-firewall"]),
        "prerequisites run in a circle: device-firewall -> device-firewall",
    ),
    (
        "controls/backup-recent.yaml",
        lambda raw: raw["reasons"]["recent"].pop("sample"),
        "controls/backup-recent.yaml: recent.sample: no sample number for days",
    ),
    (
        "questions/device-firewall.yaml",
        lambda raw: raw.update(options=[{**o, "says": {}} for o in raw["options"]]),
        "questions/device-firewall.yaml: $: dead question",
    ),
    (
        "questions/device-firewall.yaml",
        lambda raw: raw.update(ask_if=[{"question": "nosuch", "one_of": ["a"]}]),
        "questions/device-firewall.yaml: ask_if.question: unknown id 'nosuch'",
    ),
    (
        "frameworks/ipa-6.yaml",
        lambda raw: raw["items"][0].update(controls=["nosuch"]),
        "frameworks/ipa-6.yaml: ipa6-1.controls: unknown id 'nosuch'",
    ),
    (
        "places.yaml",
        lambda raw: raw["windows-update"].update(address="javascript:alert(1)"),
        "windows-update.address: is nothing that may be opened (javascript:alert(1))",
    ),
    (
        "places.yaml",
        lambda raw: raw["macos-wifi"].update(address="ms-settings:network-wifi"),
        "macos-wifi.address: is nothing that may be opened",
    ),
    (
        "places.yaml",
        lambda raw: raw["windows-update"].update(paths=raw["windows-update"]["paths"][:1]),
        "windows-update.paths: needs one, or one for each version",
    ),
    (
        "controls/device-firewall.yaml",
        lambda raw: raw["how"]["macos"][0].update(place="windows-update"),
        "how.macos[1].place: 'windows-update' is a place of windows",
    ),
    (
        "controls/device-firewall.yaml",
        lambda raw: raw["how"]["windows"][0].update(place="nosuch"),
        "how.windows[1].place: unknown id 'nosuch'",
    ),
    (
        "controls/device-firewall.yaml",
        lambda raw: raw["how"]["windows"][0].update(version="12"),
        "how.windows[1].version: windows has no version '12'",
    ),
    (
        "controls/device-firewall.yaml",
        lambda raw: raw["how"]["windows"][0].update(en="Run `wf.msc`."),
        "how.windows[1]: shows a command to people who look at a screen",
    ),
    (
        "controls/device-firewall.yaml",
        lambda raw: raw["undo"].update(ja="`sudo ufw disable`"),
        "undo: a command belongs to the steps of its system",
    ),
    (
        "controls/device-firewall.yaml",
        lambda raw: raw["undo"].update(en="Windows keeps it in its history."),
        "undo: 'Windows' is of one system: it belongs to the steps of that system",
    ),
]
"""(file, what is changed in it, what is then said), each said beside all the others."""
ALONE = [
    (
        "controls/device-firewall.yaml",
        lambda raw: raw["title"].pop("en"),
        "controls/device-firewall.yaml: $.title: wrong shape",
    ),
    (
        "controls/device-firewall.yaml",
        lambda raw: raw.update(surprise=1),
        "unknown field `surprise`",
    ),
    (
        "controls/device-firewall.yaml",
        lambda raw: raw.update(id="other"),
        "controls/device-firewall.yaml: id: id 'other' is not the file's name",
    ),
    (
        "places.yaml",
        lambda raw: raw["windows-update"].update(address="ms-settings:about&calc.exe"),
        "windows-update.address: is nothing that may be opened",
    ),
    (
        "peers/jfc-2021.yaml",
        lambda raw: raw["figures"][0].update(percent=1.0),
        "needs exactly one of percent, below, above",
    ),
]
"""The same, where nothing else can be said of the file, or of what was changed."""


@pytest.mark.parametrize(("file", "edit", "expected"), ALONE)
def test_a_mistake_that_hides_others_names_file_key_and_reason(folder, file, edit, expected):
    change(folder / file, edit)
    found = problems(folder)
    assert any(expected in line for line in found), found


def test_every_inconsistency_names_file_key_and_reason(folder):
    for file in {file for file, _, _ in MISTAKES}:

        def edit(raw, file=file):
            for other, mistake, _ in MISTAKES:
                if other == file:
                    mistake(raw)

        change(folder / file, edit)
    found = problems(folder)
    silent = [said for _, _, said in MISTAKES if not any(said in line for line in found)]
    assert silent == [], found
    with pytest.raises(CatalogError):
        load_catalog(folder)


def test_a_key_given_twice_is_refused(folder):
    path = folder / "controls/device-firewall.yaml"
    path.write_text(path.read_text("utf-8") + "\nminutes: 1\n", "utf-8")
    assert any("given twice" in line for line in problems(folder))


def test_a_file_that_is_not_yaml_is_named(folder):
    (folder / "controls/device-firewall.yaml").write_bytes(b"\xff\xfe: [")
    assert any("controls/device-firewall.yaml: $: not valid YAML" in p for p in problems(folder))


def test_a_missing_meta_file_is_named(folder):
    (folder / "meta.yaml").unlink()
    assert problems(folder) == ["meta.yaml: $: cannot be read"]


def read_anew(folder):
    """Load past the cache, which other tests' catalogs stay in."""
    return load_catalog.__wrapped__(folder)


def test_the_compiled_form_is_used_only_while_it_fits_the_files(folder):
    compile_catalog(folder)
    assert read_anew(folder).control("device-firewall").minutes == 5
    change(folder / "controls/device-firewall.yaml", lambda raw: raw.update(minutes=7))
    assert read_anew(folder).control("device-firewall").minutes == 7


def test_the_compiled_form_stands_without_its_files_as_in_the_windows_package(folder):
    compile_catalog(folder)
    for file in folder.rglob("*.yaml"):
        file.unlink()
    assert read_anew(folder).control("device-firewall").minutes == 5


def test_a_broken_compiled_form_is_ignored(folder):
    compile_catalog(folder).write_bytes(b'{"digest": ')
    assert read_anew(folder).control("device-firewall").minutes == 5


def test_the_words_of_a_broken_catalog_can_still_be_read(folder):
    change(folder / "controls/device-firewall.yaml", lambda raw: raw.update(needs=["nosuch"]))
    assert load_for_words(folder).ui("state.met").en == "done"
    (folder / "ui.yaml").unlink()
    with pytest.raises(CatalogError):
        load_for_words(folder)


def test_a_text_still_to_be_written_is_named_and_not_packed_but_can_be_tested(folder):
    def blank(raw):
        raw["undo"]["en"] = f"{BLANK.en} how to undo it"

    change(folder / "controls/device-firewall.yaml", blank)
    assert problems(folder) == [
        "controls/device-firewall.yaml: undo.en: is still to be written ([to write] how to undo it)"
    ]
    assert read_anew(folder).control("device-firewall")
    with pytest.raises(CatalogError, match="still to be written"):
        compile_catalog(folder)
