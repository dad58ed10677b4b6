"""The command that hears, on real files."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

from tests.support import shop
from tests.support.one_language import wrong_language
from tojimari.catalog import load_catalog
from tojimari.watch.engine import engines

CATALOG = load_catalog()


def heard(key, **numbers):
    return CATALOG.ui(f"heard.{key}").say("en", **numbers)


def begin(tojimari, folder):
    log = folder / "clam.log"
    log.write_text("before\n")
    assert tojimari("watch", "add", "clamav", str(log), "--lang", "en").returncode == 0
    return log


def write(log, line):
    with log.open("a") as file:
        file.write(f"{line[2]}\n")


def a_virus(minutes=10):
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    return shop.clam(at.astimezone(), "/home/aoki/x.exe: Trojan.Made FOUND")


def test_nothing_is_heard_yet(tojimari):
    done = tojimari("watch", "--lang", "en")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(heard("none")[:40])


def test_from_a_line_to_a_sentence_with_one_thing_to_do(tojimari, tmp_path):
    log = begin(tojimari, tmp_path)
    write(log, a_virus())
    done = tojimari("watch", "once", "--lang", "en")
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    rule = CATALOG.watch.rules["malware_open"]
    assert heard("round", lines=1, signals=1, unread=0) in said
    assert rule.what.say("en", name="Trojan.Made", engine="ClamAV") in said
    assert heard("do", do=rule.do.en) in said
    [notice] = json.loads(tojimari("watch", "--json", "--lang", "en").stdout)["notices"]
    assert notice["rule"] == "malware_open"
    assert tojimari("watch", "ours", notice["id"]).returncode == 0
    quiet = tojimari("watch", "--lang", "en")
    assert quiet.returncode == 0
    assert heard("quiet") in quiet.stdout
    # The day goes into the state file, and the diagnosis rests on it.
    shown = json.loads(tojimari("watch", "--json").stdout)
    assert [one["engine"] for one in shown["logs"]] == ["clamav"]


def test_where_nobody_listens_it_is_not_said_to_be_quiet(tojimari, tmp_path):
    log = begin(tojimari, tmp_path)
    assert heard("not_heard_yet").split("`")[0] in said(tojimari)
    tojimari("watch", "once")
    assert heard("quiet_partly", engines="ClamAV") in said(tojimari)  # it has written nothing
    write(log, shop.clam(datetime.now(UTC).astimezone(), "daily.cld database is up-to-date (made)"))
    tojimari("watch", "once")
    assert heard("quiet") in said(tojimari)
    [ledger] = tmp_path.rglob("*.heard")
    with closing(sqlite3.connect(ledger)) as db, db:
        db.execute("UPDATE listening SET last = last - ?", (3 * 86_400,))
    later = said(tojimari)
    assert heard("quiet") not in later
    assert heard("not_heard", since="20").split("20")[0] in later
    document = json.loads(tojimari("watch", "--json").stdout)
    assert [one["silent"] for one in document["logs"]] == [False]
    assert datetime.fromisoformat(document["heard_until"]) < datetime.now(UTC) - timedelta(days=2)


def said(tojimari):
    return " ".join(tojimari("watch", "--lang", "en").stdout.split())


def test_each_language_alone(tojimari, tmp_path):
    log = begin(tojimari, tmp_path)
    write(log, a_virus())
    for lang in ("ja", "en"):
        for words in (("once",), (), ("engines",)):
            said = tojimari("watch", *words, "--lang", lang).stdout
            assert not wrong_language(said, lang, ["Trojan.Made", str(tmp_path), *engines()]), said


def test_bad_input_is_one_sentence(tojimari, tmp_path):
    for words in (
        ("add", "suricata", str(tmp_path / "x")),
        ("add", "nonsense", str(tmp_path / "x")),
        ("add", "clamav", str(tmp_path)),
        ("remove", str(tmp_path / "x")),
        ("ours", "nothing"),
        ("follow", "--every", "0"),
    ):
        done = tojimari("watch", *words, "--lang", "en")
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        assert "Traceback" not in done.stderr


def test_what_engines_say_does_not_steer_the_terminal(tojimari, tmp_path):
    log = begin(tojimari, tmp_path)
    at = (datetime.now(UTC) - timedelta(minutes=9)).astimezone()
    write(log, shop.clam(at, "/x: Evil\x1b[2J\x1b]0;owned\x07 FOUND"))
    write(log, shop.clam(at, "/x: {source} FOUND"))
    done = tojimari("watch", "once", "--lang", "en")
    assert "\x1b" not in done.stdout
    assert "{source}" in done.stdout
