"""The command as a user runs it, in processes of its own."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from tests.support.command import one_sentence
from tests.support.hosts import unshared
from tests.support.patience import BOUNDED
from tojimari.catalog import load_catalog
from tojimari.report.machine import json_schema

BASICS = """answers:
  company-size: two_to_four
  industry: retail
  pc-count: 1
  phones: [company_phone]
  website: none
  updates: all
  updates-phones: all
  antimalware: all
  passwords: done
  mfa: done
  sharing: done
  know-tricks: done
  backup-where: [external_disk, cloud]
  backup-when: week
  backup-detached: done
"""


def test_check_shows_the_next_step_first_and_ends_with_one(tojimari):
    done = tojimari("check")
    assert done.returncode == 1, done.stderr
    assert done.stdout.strip().startswith("■ 次の一歩")
    assert "基本の対策" in done.stdout


def test_next_says_that_the_pages_have_answers_of_their_own(tojimari, tmp_path):
    said = "ページのほうをご覧ください"
    folder = tmp_path / "pages"
    folder.mkdir()
    asked = {"TOJIMARI_HOME": str(folder)}
    assert said not in tojimari("next", env=asked).stdout.replace("\n", "").replace(" ", "")
    (folder / "portal.sqlite3").touch()
    assert said in tojimari("next", env=asked).stdout.replace("\n", "").replace(" ", "")


def test_check_in_english(tojimari):
    done = tojimari("check", "--lang", "en")
    assert done.stdout.strip().startswith("■ Your next step")
    assert not re.search(r"[ぁ-ん]", done.stdout)


def test_the_json_fits_its_schema_and_every_finding_can_be_traced(tojimari):
    document = json.loads(tojimari("check", "--json").stdout)
    jsonschema.validate(document, json_schema())
    assert document["schema"] == "tojimari.result/1"
    known = {observation["id"] for observation in document["observations"]}
    for control in document["controls"]:
        for finding in [control["headline"], *control["measured"]]:
            assert set(finding["rests_on"]) <= known
            assert (finding["state"] == "unknown") == (finding["not_seen"] is not None)
    for framework in document["frameworks"]:
        assert sum(framework["counts"].values()) == len(framework["items"])


def test_oscal_is_accepted_by_an_oscal_library_and_unknown_is_never_satisfied(tojimari):
    from trestle.oscal.assessment_results import AssessmentResults

    tojimari("ask", "--answers", answers(tojimari))
    tojimari("evidence", "add", "security-policy", "--note", "shelf")
    path = tojimari.folder / "oscal.json"
    path.write_text(tojimari("check", "--format", "oscal").stdout, "utf-8")
    [result] = AssessmentResults.oscal_read(path).results
    assert len(result.findings) == len(load_catalog().controls)
    for finding in result.findings:
        state = next(p.value for p in finding.props if p.name == "state")
        satisfied = finding.target.status.state.value == "satisfied"
        assert satisfied == (state == "met")
    text = path.read_text("utf-8")
    for document in result.observations:
        if document.title == "Accounts on this device":
            assert "stays on the device" in document.description
    assert "uid0" not in text


def answers(tojimari, text=BASICS) -> str:
    path = tojimari.folder / "answers.yaml"
    path.write_text(text, "utf-8")
    return str(path)


def test_answers_from_a_file_then_next_history_and_report(tojimari):
    assert "15" in tojimari("ask", "--answers", answers(tojimari)).stderr
    tojimari("check")
    history = json.loads(tojimari("history", "--json").stdout)
    assert len(history["looks"]) == 2
    assert "次の一歩" in tojimari("next").stdout
    plan = tojimari("next", "--all").stdout
    assert "これからの予定" in plan
    page = tojimari.folder / "report.html"
    assert tojimari("report", "--html", str(page)).returncode in (0, 1)
    text = page.read_text("utf-8")
    order = [text.index(f'id="{part}"') for part in ("next", "basics", "peers", "schemes", "all")]
    assert order == sorted(order)
    assert "<script" not in text
    assert not re.search(r'(src|href)="https?:', text)


def test_history_says_when_our_own_rules_changed(tojimari):
    import sqlite3

    tojimari("check")
    tojimari("check")
    assert [
        x["rules_changed"] for x in json.loads(tojimari("history", "--json").stdout)["looks"]
    ] == [False, False]
    with sqlite3.connect(tojimari.state) as db:
        db.execute(
            'UPDATE assessment SET content = replace(content, \'"catalog_version":"20\', \'"catalog_version":"19\')'
        )
    db.close()
    tojimari("check")
    looks = json.loads(tojimari("history", "--json").stdout)["looks"]
    assert looks[-1]["rules_changed"] is True
    assert "決まりが変わりました" in tojimari("history").stdout


def test_the_pdf_has_a4_pages_and_japanese_text(tojimari):
    from pypdf import PdfReader

    tojimari("ask", "--answers", answers(tojimari))
    path = tojimari.folder / "report.pdf"
    done = tojimari("report", "--pdf", str(path))
    assert done.returncode in (0, 1), done.stderr
    pages = PdfReader(path).pages
    assert [round(float(x)) for x in pages[0].mediabox[2:]] == [595, 842]
    assert len(pages) < 25
    assert "次の一歩" in pages[0].extract_text()


def test_done_looks_again_and_says_what_it_saw(tojimari):
    done = tojimari("done", "supported-os", "--lang", "en")
    assert "measured" in done.stdout
    assert "supported" in done.stdout or "support" in done.stdout


def test_done_without_a_check_says_how_to_answer(tojimari):
    one_sentence(tojimari("done", "mfa-cloud", "--lang", "en"), "--only mfa")


def test_evidence_is_kept_by_name_and_fingerprint_only(tojimari):
    paper = tojimari.folder / "方針.txt"
    paper.write_text("極秘の中身", "utf-8")
    done = tojimari(
        "evidence", "add", "security-policy", "--file", str(paper), "--date", "2026-01-05"
    )
    assert done.returncode in (0, 1)
    assert "極秘" not in tojimari.state.read_bytes().decode("utf-8", "replace")
    assert "2027-01-05" in tojimari("evidence", "list").stdout


def test_catalog_show_list_and_lint(tojimari):
    assert "backup-detached" in tojimari("catalog", "list").stdout
    shown = tojimari("catalog", "show", "backup-detached", "--lang", "en").stdout
    for word in ("ransomware", "Source", "As of", "To undo"):
        assert word.lower() in shown.lower()
    assert tojimari("catalog", "show", "scs-3").returncode == 0
    assert tojimari("catalog", "show", "T-RANSOM").returncode == 0
    assert tojimari("catalog", "lint").returncode == 0


def test_lint_prints_every_problem_of_a_broken_catalog(tojimari):
    import shutil

    from tojimari.catalog.load import HERE

    copy = tojimari.folder / "catalog"
    shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__", "*.json"))
    for name in ("mfa-cloud", "disk-encryption"):
        path = copy / "controls" / f"{name}.yaml"
        path.write_text(path.read_text("utf-8").replace("T-", "T-NO-"), "utf-8")
    done = tojimari("catalog", "lint", str(copy), "--lang", "en")
    assert done.returncode == 2
    assert "controls/mfa-cloud.yaml: stops: unknown id" in done.stdout
    assert "controls/disk-encryption.yaml: stops: unknown id" in done.stdout


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["done", "no-such-control"], "no-such-control"),
        (["catalog", "show", "backup-detach"], "backup-detached"),
        (["frobnicate"], "frobnicate"),
        (["check", "--format", "xml"], "xml"),
        (["report"], "tojimari check"),
        (["evidence", "add", "security-policy", "--note", "x", "--date", "soon"], "soon"),
        (["evidence", "add", "security-policy"], "--note"),
        (
            ["evidence", "add", "security-policy", "--note", "x", "--date", "2999-01-01"],
            "2999-01-01",
        ),
        (["evidence", "add", "security-policy", "--file", "/no/such"], "/no/such"),
        (["evidence", "add", "device-firewall"], "device-firewall"),
        (["ask"], "--template"),
        (["ask", "--only", "nothing"], "nothing"),
        (["ask", "--answers", "/no/such.yaml"], "/no/such.yaml"),
        (["catalog", "lint", "/no/such"], "/no/such"),
    ],
)
def test_bad_input_is_one_sentence(tojimari, words, expected, lang):
    one_sentence(tojimari(*words, "--lang", lang), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("answers:\n  mfa: sometimes\n", "mfa"),
        ("answers:\n  no-such: done\n", "no-such"),
        ("answers: [1, 2]\n", "answers:"),
        ("just words", "answers:"),
        ("answers: {mfa: done\n", "YAML"),
        ("answers:\n  mfa: done\n  mfa: partly\n", "mfa"),
        ("a: &a [*a]\n", "answers"),
        ("answers: !!python/object/apply:os.system [id]\n", "YAML"),
    ],
)
def test_a_broken_answers_file_names_the_key_and_saves_nothing(tojimari, text, expected):
    good = tojimari("ask", "--answers", answers(tojimari, "answers:\n  pc-count: 4\n"))
    assert good.returncode == 1
    one_sentence(tojimari("ask", "--answers", answers(tojimari, text)), expected)
    document = json.loads(tojimari("report", "--format", "json").stdout)
    assert document["profile"] == {"pc-count": 4}


def test_an_unreadable_state_file_is_one_sentence_and_left_alone(tojimari):
    tojimari.state.write_bytes(b"not a database at all" * 100)
    one_sentence(tojimari("check", "--lang", "en"), "state.sqlite3")
    assert tojimari.state.read_bytes().startswith(b"not a database")


def test_a_clock_set_back_is_one_sentence_and_nothing_is_lost(tojimari):
    tojimari("ask", "--answers", answers(tojimari))
    import sqlite3

    with sqlite3.connect(tojimari.state) as db:
        db.execute("UPDATE observation SET last_confirmed_at = '2199-01-01T00:00:00+00:00'")
    db.close()
    one_sentence(tojimari("check", "--lang", "en"), "clock")
    done = tojimari("next", "--clock-is-right")
    assert done.returncode in (0, 1)
    assert len(json.loads(tojimari("report", "--format", "json").stdout)["profile"]) == 5


def test_a_full_disk_is_one_sentence_and_the_earlier_report_stays(tojimari):
    """A real full file system: a 400 kB tmpfs in a mount namespace of its own."""
    tojimari("ask", "--answers", answers(tojimari))
    small = tojimari.folder / "small"
    small.mkdir()
    script = (
        f"mount -t tmpfs -o size=400k tmpfs {small} && echo old > {small}/r.html && "
        f"head -c 380k /dev/zero > {small}/filler; "
        f"{sys.executable} -m tojimari report --lang en --html {small}/r.html; "
        f"echo code $?; cat {small}/r.html; ls -A {small}"
    )
    done = subprocess.run(
        [*unshared("--mount"), "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TOJIMARI_STATE": str(tojimari.state)},
    )
    assert "code 2\nold\nfiller\nr.html" in done.stdout, done.stdout + done.stderr
    assert "cannot be written" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_look_loads_nothing_that_only_other_commands_need():
    code = "import sys, tojimari.cli.check, tojimari.cli.session; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "tojimari" in loaded
    others = {"yaml", "rich", "openpyxl", "django", "asyncio", "email"}
    assert loaded & (others | {"ssl", "_hashlib"}) == set()  # these two bring OpenSSL


def test_a_device_that_is_full_while_printing_is_no_traceback(tojimari):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tojimari", "check", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env={**os.environ, "TOJIMARI_STATE": str(tojimari.state)},
        )
    one_sentence(done)


def test_a_reader_that_goes_away_is_no_traceback(tojimari):
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m tojimari check --json | head -c 10 >/dev/null"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TOJIMARI_STATE": str(tojimari.state)},
    )
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_without_japanese_gets_english_and_one_sentence(tojimari, encoding):
    done = tojimari.process("next", env={"PYTHONIOENCODING": encoding})
    assert done.returncode == 1
    assert "English" in done.stderr
    assert "Your next step" in done.stdout


def test_japanese_on_a_euc_terminal_is_shown(tojimari):
    command = [sys.executable, "-m", "tojimari", "next"]
    env = {**os.environ, "PYTHONIOENCODING": "euc_jp", "TOJIMARI_STATE": str(tojimari.state)}
    done = subprocess.run(command, capture_output=True, env=env, check=False)
    assert "次の一歩" in done.stdout.decode("euc_jp", "replace")


def typed(tojimari, words: list[str], keys: list[str]) -> str:
    """Run the command on a real pseudo-terminal and type ``keys``, each when it asks."""
    leader, follower = pty.openpty()
    env = {**os.environ, "TOJIMARI_STATE": str(tojimari.state), "LANG": "C.UTF-8", "COLUMNS": "100"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tojimari", *words],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=env,
        close_fds=True,
    )
    os.close(follower)
    shown, waiting, until = b"", list(keys), time.monotonic() + BOUNDED
    while time.monotonic() < until:
        ready, _, _ = select.select([leader], [], [], 0.3)
        if ready:
            try:
                data = os.read(leader, 65536)
            except OSError:
                break
            if not data:
                break
            shown += data
        elif waiting and shown.rstrip(b" ").endswith((b":", b"]", b":")):
            os.write(leader, waiting.pop(0).encode() + b"\n")
            shown += b" "
        elif process.poll() is not None:
            break
    process.wait(timeout=BOUNDED)
    os.close(leader)
    return shown.decode("utf-8", "replace")


def test_asking_can_be_stopped_and_goes_on_where_it_stopped(tojimari):
    first = typed(tojimari, ["ask"], ["2", "6", "nonsense", "1", "q"])
    assert "その答えは選べません" in first
    assert "ここまでを保存しました" in first
    second = typed(tojimari, ["ask"], ["q"])
    assert "会社で働く人は何人" in first
    assert "会社で働く人は何人" not in second
    document = json.loads(tojimari("report", "--format", "json").stdout)
    assert document["profile"]["pc-count"] == 1


def test_kill_9_while_it_checks_loses_nothing_saved(tojimari):
    tojimari("ask", "--answers", answers(tojimari))
    env = {**os.environ, "TOJIMARI_STATE": str(tojimari.state)}
    for delay in (0.05, 0.2, 0.35, 0.5, 0.65, 0.8):
        process = subprocess.Popen(
            [sys.executable, "-m", "tojimari", "check", "--json"],
            stdout=subprocess.DEVNULL,
            env=env,
        )
        time.sleep(delay)
        process.kill()
        process.wait()
        document = json.loads(tojimari("report", "--format", "json").stdout)
        assert document["profile"]["pc-count"] == 1


def test_help_exists_in_both_languages(tojimari):
    for verb in ("check", "ask", "next", "done", "report", "history", "evidence", "catalog"):
        ja = tojimari.process(verb, "--help").stdout
        en = tojimari(verb, "--help", "--lang", "en").stdout
        assert re.search(r"[ぁ-ん]", ja), verb
        assert not re.search(r"[ぁ-ん]", en), verb


def test_the_readme_names_every_command():
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    for verb in ("check", "ask", "next", "done", "report", "history", "evidence", "catalog"):
        assert f"`tojimari {verb}" in readme


def test_answers_alone_are_never_all_met(tojimari):
    """Everything said, nothing looked at: the next step is to look, and the code is not 0."""
    done = tojimari("ask", "--answers", answers(tojimari))
    assert done.returncode == 1
    assert "このパソコンを調べる" in done.stdout


@pytest.mark.parametrize("before", [True, False])
def test_the_state_file_counts_wherever_it_is_named(tojimari, before):
    other = str(tojimari.folder / "other.sqlite3")
    named = ["--state", other]
    words = ["evidence", *named, "list"] if before else ["evidence", "list", *named]
    assert tojimari(*words).returncode == 0
    assert Path(other).exists()
    assert not tojimari.state.exists()


def test_history_of_nothing(tojimari):
    assert "まだ記録がありません" in tojimari("history").stdout
    assert json.loads(tojimari("history", "--json").stdout)["looks"] == []


def test_yes_and_no_need_no_quotes(tojimari):
    done = tojimari(
        "ask", "--answers", answers(tojimari, "answers:\n  cloud-use: yes\n  wifi-use: no\n")
    )
    assert done.returncode == 1, done.stderr


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_figure_in_the_terminal_has_its_origin(tojimari, lang):
    shown = tojimari("check", "--lang", lang).stdout
    assert shown.count("n=") >= 5


def test_signs_that_a_terminal_lacks_have_others_in_their_place():
    from tojimari.cli import STAND_INS

    shown = "■ → △ é 鍵".encode("cp1252", "tojimari.stand_in").decode("cp1252")
    assert shown == "# -> ! é ?"
    assert all(stand_in.isascii() for stand_in in STAND_INS.values())
