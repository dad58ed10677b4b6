"""``tojimari new control``: in a copy of the source tree, as the guide in CONTRIBUTING.md says it."""

import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE
from tojimari.catalog import load_catalog
from tojimari.catalog.drafts import Draft, files_of
from tojimari.cli import main
from tojimari.cli.new import platforms
from tojimari.lib.folders import add_files
from tojimari.model import Text, TojimariError

ROOT = Path(__file__).parents[2]
WORDS = ["--title-ja", "題", "--title-en", "Title", "--question-ja", "しますか。", "--question-en", "Do you?",
         "--theme", "devices", "--threat", "T-INSIDER", "--source", "ce-33", "--platforms", "windows,phones"]  # fmt: skip


@pytest.fixture
def copy(tmp_path):
    """A copy of what the command and the tests of a control need."""
    away = shutil.ignore_patterns(
        "__pycache__", "compiled.json", "static", "templates", "migrations"
    )
    for name in ("src", "tests/assess", "tests/support"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=away)
    for name in ("pyproject.toml", "CONTRIBUTING.md", "tests/__init__.py", "tests/conftest.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def run(copy, command, **more):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": f"{copy / 'src'}{os.pathsep}{copy}"}
    shell = isinstance(command, str)
    return subprocess.run(
        command,
        shell=shell,
        cwd=copy,
        env={**environment, "TOJIMARI_LANG": "en"},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        **more,
    )


def new(copy, *words):
    return run(copy, [sys.executable, "-m", "tojimari", "new", "control", *words])


def tree(copy):
    folders = ("src/tojimari/catalog", "src/tojimari/assess", "src/tojimari/model", "tests/assess")
    found = (path for folder in folders for path in (copy / folder).rglob("*"))
    return {str(path.relative_to(copy)) for path in found if "__pycache__" not in path.parts}


def marks(copy):
    texts = [p.read_text("utf-8") for p in (copy / "src/tojimari/catalog").rglob("*.yaml")]
    return sum(text.count("〔ここに書く〕") + text.count("[to write]") for text in texts)


def write_texts(copy):
    for path in (copy / "src/tojimari/catalog").rglob("*.yaml"):
        text = path.read_text("utf-8")
        text = re.sub(r'"〔ここに書く〕[^"]*"', '"書きました。"', text)
        path.write_text(re.sub(r'"\[to write\][^"]*"', '"Written."', text), "utf-8")


def write_check(path, lines):
    head, mark, _ = path.read_text("utf-8").partition("    # To write")
    assert mark
    head = head.replace("from tojimari.model import NotSeen\n", "")
    path.write_text(head + lines, "utf-8")


def test_the_guide_in_contributing_is_true(copy):
    guide = (copy / "CONTRIBUTING.md").read_text("utf-8")
    guide = guide.partition("## A control in fifteen minutes")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)
    assert [kind for kind, _ in blocks] == ["sh", "sh", "python", "sh"]
    for kind, block in blocks:
        if kind == "python":
            check = re.search(r"`(src/tojimari/assess/checks/\w+\.py)`", guide)[1]
            write_check(copy / check, block)
            write_texts(copy)
            continue
        for command in block.splitlines():
            done = run(copy, command)
            expected = "# fails" in command
            assert (done.returncode != 0) == expected, (command, done.stdout, done.stderr)
            if expected and command.startswith("pytest"):
                assert "('unknown', 'not_looked') == ('met', 'in_place')" in done.stdout
            if expected and command.startswith("tojimari"):
                assert done.stdout.count("is still to be written") == marks(copy) > 10
    for tool in (["check"], ["format", "--check"]):
        done = run(copy, [sys.executable, "-m", "ruff", *tool, "src/tojimari/assess", "src/tojimari/model", "tests/assess"])  # fmt: skip
        assert done.returncode == 0, done.stdout


def test_asked_only_and_known_facts_get_a_failing_test_too(copy):
    tests = []
    for name, fact in (
        ("paper-lock", ""),
        ("gate-care", "device.firewall"),
        ("site-care", "site.banner"),
    ):
        draft = Draft(
            name=name,
            title=Text(ja="題", en="Title"),
            question=Text(ja="しますか。", en="Do you?"),
            theme="devices",
            threat="T-INSIDER",
            source="ce-33",
            steps=dict.fromkeys(platforms("windows,phones"), ()),
            as_of=date(2026, 11, 28),
            fact=fact,
        )
        files = files_of(draft, load_catalog())
        add_files(copy, files)
        tests += [path for path in files if path.startswith("tests/")]
        steps = (copy / f"src/tojimari/catalog/controls/{name}.yaml").read_text("utf-8")
        assert re.findall(r"^  (windows|macos|ios|android|linux|router|rule):$", steps, re.M) == [
            "windows",
            "ios",
            "android",
        ]
    failed = run(copy, [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *tests])
    assert set(re.findall(r"FAILED \S+/(\w+\.py)::(\w+)", failed.stdout)) == {
        ("test_paper_lock.py", "test_every_text_is_written"),
        ("test_gate_care.py", "test_what_is_seen_decides"),
        ("test_site_care.py", "test_what_is_seen_decides"),
    }


@pytest.mark.parametrize(
    "words",
    [
        ["device-firewall", *WORDS],
        ["Bad_Name", *WORDS],
        ["../up", *WORDS],
        ["class", *WORDS],
        ["x" * 41, *WORDS],
        ["network", *WORDS, "--fact", "device.firewall"],
        ["usb-ports", *WORDS, "--fact", "printer.ports"],
        ["usb-ports", *WORDS, "--fact", "device.Ports"],
        ["usb-ports", *WORDS, "--platforms", "moon"],
        ["usb-ports", *WORDS, "--platforms", ","],
        ["usb-ports", *WORDS, "--threat", "T-NONE"],
        ["usb-ports", *WORDS, "--source", "nobody"],
        ["usb-ports", *WORDS, "--theme", "nothing"],
        ["usb-ports", *WORDS, "--title-en", " "],
        ["usb-ports", "--title-ja", "題"],
    ],
)
def test_what_cannot_be_a_control_is_one_sentence_and_writes_nothing(words, monkeypatch, capsys):
    written = []
    monkeypatch.setattr("sys.stdin", open(os.devnull))  # noqa: SIM115
    before = tree(ROOT)
    for lang in ("ja", "en"):
        assert main(["--lang", lang, "new", "control", *words]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        written.append(said)
    assert written[0] != written[1]
    assert tree(ROOT) == before


def test_a_file_in_the_way_leaves_nothing_behind(copy):
    before = tree(copy)
    in_the_way = copy / "tests/assess/checks/test_usb_ports.py"
    in_the_way.write_text("mine", "utf-8")
    done = new(copy, "usb-ports", *WORDS, "--fact", "device.usb_ports")
    assert done.returncode == 2
    assert "exists already" in done.stderr
    assert in_the_way.read_text("utf-8") == "mine"
    in_the_way.unlink()
    assert tree(copy) == before


def test_in_a_terminal_it_asks_for_what_is_left_out(copy):
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    answers = ["題", "Title", "しますか。", "Do you?", "devices", "T-INSIDER", "ce-33", "windows,macos",
               "開きます。", "Open it.", "", "", ""]  # fmt: skip
    os.write(master, ("\n".join(answers) + "\n").encode())
    done = subprocess.run(
        [sys.executable, "-m", "tojimari", "new", "control", "usb-ports"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy / "src"), "TOJIMARI_LANG": "en"},
        stdin=slave,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    os.close(slave)
    os.close(master)
    assert done.returncode == 0, done.stderr
    text = (copy / "src/tojimari/catalog/controls/usb-ports.yaml").read_text("utf-8")
    assert '{ja: "開きます。", en: "Open it."}' in text
    assert "[to write] the first step" in text  # macOS


def test_an_installed_package_says_that_a_checkout_is_needed(tmp_path, monkeypatch):
    from tojimari.cli.new import source_tree

    monkeypatch.setattr("tojimari.__file__", str(tmp_path / "lib/python/tojimari/__init__.py"))
    with pytest.raises(TojimariError) as caught:
        source_tree()
    assert "Clone the repository" in caught.value.say("en")


def test_phones_are_two_platforms():
    assert platforms("Windows、phones, ios") == ["windows", "ios", "android"]
