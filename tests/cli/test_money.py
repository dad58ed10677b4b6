"""``tojimari money`` as a user runs it."""

import json

from tests.support.command import one_sentence
from tojimari.catalog import load_catalog

TOKYO = "tokyo-cyber-grant-2026"
SAID = ("--prefecture", "13", "--staff", "4", "--class", "retail", "--founded", "2019")


def test_what_is_told_changes_what_is_missing(tojimari):
    def tokyo():
        made = json.loads(tojimari("money", "list", "--json").stdout)
        assert made["schema"] == "tojimari.money/1"
        return next(one for one in made["programmes"] if one["id"] == TOKYO)

    assert {"prefecture", "staff", "security_action"} <= set(tokyo()["missing"])
    assert tojimari("money", "tell", *SAID, "--security-action", "two").returncode == 0
    after = tokyo()
    assert (after["missing"], after["verdict"]) == ([], "fits")
    assert after["papers_held"] == ["security-action-declaration"]
    shown = tojimari("money", "show", TOKYO, "--lang", "en")
    assert load_catalog().ui("money.lower_counts").en in " ".join(shown.stdout.split())
    answers = tojimari("money", "insurance", "--csv", "answers.csv")
    assert answers.returncode == 0
    assert (tojimari.folder / "answers.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_programme_is_written_checked_and_taken_in(tojimari):
    folder = tojimari.folder / "own"
    env = {"TOJIMARI_MONEY": str(folder)}
    (tojimari.folder / "a.yaml").write_text(tojimari("money", "template").stdout, "utf-8")
    assert tojimari("money", "lint", "a.yaml").returncode == 0
    assert tojimari("money", "import", "a.yaml", env=env).returncode == 0
    assert (folder / "example-city-2027.yaml").is_file()
    assert "example-city-2027" in tojimari("money", "list", "--all", env=env).stdout
    bad = (tojimari.folder / "a.yaml").read_text("utf-8").replace("1/2", "half")
    (tojimari.folder / "b.yaml").write_text(bad, "utf-8")
    done = tojimari("money", "import", "b.yaml", "--into", "new", "--lang", "en")
    assert done.returncode == 2
    assert "rates[1].share" in done.stdout
    assert not (tojimari.folder / "new").exists(), "all or nothing"
    assert tojimari("money", "lint", "own", env=env).returncode == 0
    assert tojimari("catalog", "lint", "own").returncode == 0
    (folder / "b.yaml").write_text(bad, "utf-8")
    done = tojimari("catalog", "lint", "own", "--lang", "en")
    assert (done.returncode, "b.yaml: rates[1].share" in done.stdout) == (2, True)


def test_bad_input_is_one_sentence(tojimari):
    for words in (
        ("show", "unheard-of"),
        ("lint", "nothing.yaml"),
        ("tell", "--staff", "many"),
        ("tell", "--branches", "13,99"),
        ("import", "nothing.yaml", "--seen", "2026-02-30"),
        ("import", "nothing.yaml", "--seen", "2999-01-01"),
    ):
        done = tojimari("money", *words)
        assert done.returncode == 2, words
        one_sentence(done)


def test_what_is_missing_is_asked_in_the_terminal(tojimari):
    done = tojimari.process("money", "tell", "--lang", "en")
    # Nothing is typed: nothing is kept, and nothing waits.
    assert done.returncode == 0
    assert load_catalog().ui("money.nothing_told").en in done.stdout
    assert load_catalog().ui("money.ask_prefecture").en in done.stdout
