"""Root at the device says whom it trusts: shown before, on ground of root's own, taken back whole."""

import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from tests.support.tasks import KINDS, Bench, Giver
from tojimari import cli
from tojimari.agent.actor import consent, grounds
from tojimari.agent.actor.inbox import Inbox
from tojimari.agent.actor.store import ActorError, Store
from tojimari.agent.home import DeviceIdentity, Home
from tojimari.agent.isolation import Isolation
from tojimari.agent.taskbox import TaskBox
from tojimari.agent.tasks import KeyChange, key_id, sign_key_change, sign_task
from tojimari.cli.agent_tasks import APPROVALS

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="what is asked of root"
)


@pytest.fixture
def giver():
    return Giver()


@pytest.fixture
def home(giver):
    """A looker's folder, in a place that the looker, who is not root, can enter."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield _enrolled(Path(place) / "looker", giver)


def _enrolled(folder, giver):
    made = Home(folder)
    identity = DeviceIdentity(
        "https://portal.example", giver.device, "佐藤商店", "レジ", "linux", giver.public
    )
    made.save_identity(made.make_key(), identity)
    for path in (made.folder, made.folder / "enrolment.json"):
        os.chown(path, 1234, 1234)
    return made


@pytest.fixture
def store(tmp_path, monkeypatch):
    units = tmp_path / "units"
    units.mkdir()
    monkeypatch.setattr("tojimari.agent.actor.store.FOLDER", tmp_path / "a")
    monkeypatch.setattr("tojimari.agent.actor.units.FOLDER", units)
    monkeypatch.setattr("tojimari.agent.actor.units._systemd", lambda: False)
    monkeypatch.setattr(grounds, "require_own_ground", lambda **_: None)
    return Store()


def run(*words: str) -> int:
    return cli.main(["--lang", "en", "agent", *words])


def test_root_sees_whom_it_would_trust_and_trusts_nobody_else(home, store, giver, capsys, tmp_path):
    words = ["allow", "--home", str(home.folder)]
    assert run(*words, "--fingerprint", key_id(Giver().public)) == 2
    assert store.pin() is None
    shown = capsys.readouterr().out
    for said in ("佐藤商店", "https://portal.example", key_id(giver.public)):
        assert said in shown
    run(*words, "--fingerprint", key_id(giver.public))
    pin = store.pin()
    assert (pin.key, pin.device, pin.owner) == (giver.public, giver.device, 1234)
    assert pin.kinds == tuple(one.id for one in KINDS.values() if one.default)
    inbox = Path(pin.inbox).stat()
    assert (inbox.st_uid, inbox.st_mode & 0o777) == (1234, 0o700)
    assert len(list((tmp_path / "units").iterdir())) == 4
    capsys.readouterr()
    assert run("tasks", "--home", str(home.folder)) == 0
    assert "佐藤商店" in capsys.readouterr().out


def test_isolating_is_allowed_by_name_beside_the_rest_and_with_what_undoes_it(
    home, store, giver, capsys
):
    key = ["--fingerprint", key_id(giver.public), "--home", str(home.folder)]
    run("allow", *key)
    usual = store.pin().kinds
    assert "isolate" not in usual
    run("allow", *key, "--kind", "isolate")
    assert store.pin().kinds == (*usual, "isolate", "release")
    until = datetime.now(UTC) + timedelta(hours=2)
    kept = Isolation(until - timedelta(hours=3), until, 3, "portal.example", 443)
    store.save("isolation.json", msgspec.json.encode(kept), mode=0o644)
    box = TaskBox(home, store.folder)
    assert box.allowed().isolated_until == until
    capsys.readouterr()
    run("tasks", "--home", str(home.folder))
    assert "agent release" in capsys.readouterr().out
    assert run("release") == 0
    assert "The isolation is over" in capsys.readouterr().out
    assert box.allowed().isolated_until is None
    assert run("release") == 0
    assert "not isolated" in capsys.readouterr().out
    store.save("isolation.json", msgspec.json.encode(kept), mode=0o644)
    run("refuse", "--all")
    assert box.isolated_until() is None


def test_only_kinds_that_are_named_are_allowed_and_can_be_taken_back(home, store, giver, tmp_path):
    key = ["--fingerprint", key_id(giver.public), "--home", str(home.folder)]
    assert run("allow", *key, "--kind", "format_disk") == 2
    run("allow", *key, "--kind", "antivirus_scan", "--kind", "package")
    assert store.pin().kinds == ("antivirus_scan", "package")
    assert run("refuse", "--kind", "package") == 0
    assert store.pin().kinds == ("antivirus_scan",)
    assert run("refuse") == 0
    assert store.stop_file.exists()
    run("allow", *key)
    assert not store.stop_file.exists()
    assert run("refuse", "--all", "--kind", "package") == 2
    assert run("refuse", "--all") == 0
    assert store.pin() is None
    assert list((tmp_path / "units").iterdir()) == []


def test_nothing_is_allowed_without_an_answer(home, store, monkeypatch):
    monkeypatch.setattr("sys.stdin", open(os.devnull))  # noqa: SIM115
    assert run("allow", "--home", str(home.folder)) == 2
    assert store.pin() is None


def test_what_waits_when_everything_is_refused_is_said_to_be_stopped(home, store, giver):
    run("allow", "--fingerprint", key_id(giver.public), "--home", str(home.folder))
    now = datetime.now(UTC)
    task = giver.task(not_before=now + timedelta(hours=1), expires=now + timedelta(hours=2))
    (home.folder / "inbox").chmod(0o700)
    os.chown(home.folder / "inbox", 1234, 1234)
    (home.folder / "inbox/a.task").write_text(sign_task(task, giver.key))
    assert run("act") == 0
    box = TaskBox(home)
    assert [one.reason for one in box.unfinished()] == ["not_yet"]
    assert run("refuse", "--all") == 0
    assert box.unfinished() == []
    assert [one.report.state for one in box.results()] == ["stopped"]
    assert not store.stop_file.exists()


def test_one_task_is_stopped_by_its_number(home, store, giver):
    task = giver.task().task
    assert run("refuse", "not-a-number", "--home", str(home.folder)) == 2
    assert run("refuse", str(task), "--home", str(home.folder)) == 0
    assert (home.folder / "inbox" / f"{task}.stop").stat().st_uid == 1234


def test_what_the_looker_calls_itself_is_no_other_key(home, store, giver, capsys):
    false = f"x\nTask key: {key_id(Giver().public)}\x1b[8m"
    said = msgspec.structs.replace(home.identity(), company=false, server=false)
    home.save_identity(home.key(), said)
    run("allow", "--home", str(home.folder))
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    keys = [line for line in shown.splitlines() if line.startswith("Task key")]
    assert keys == [f"Task key: {key_id(giver.public)}"]


def test_a_folder_swapped_for_a_link_gives_the_looker_nothing_of_root(home, store, giver, tmp_path):
    pin = consent.proposed_pin(home, ("package",))
    theirs, roots = home.folder.with_name("moved"), home.folder.with_name("roots")
    (roots / "inbox").mkdir(parents=True)
    home.folder.rename(theirs)
    home.folder.symlink_to(roots)
    consent.allow(store, pin)
    assert (roots / "inbox").stat().st_uid == 0
    (roots / "inbox").rmdir()
    with pytest.raises(ActorError):
        consent.allow(store, pin)
    task = str(giver.task().task)
    os.chown(home.folder, 1234, 1234, follow_symlinks=False)
    assert run("refuse", task, "--home", str(home.folder)) == 2
    assert list(roots.iterdir()) == []
    assert os.geteuid() == 0


def test_what_root_refused_is_not_brought_back_by_the_next_key(tmp_path, giver, monkeypatch):
    bench, other = Bench(tmp_path, giver, lambda _: None), Giver()
    change = KeyChange("tojimari.task-key/1", other.public, 1)
    (bench.inbox / "a.key").write_text(sign_key_change(change, giver.key))
    read = Inbox.read

    def meanwhile(self):
        found = read(self)
        assert consent.refuse_kind(bench.store, "package")
        return found

    monkeypatch.setattr(Inbox, "read", meanwhile)
    bench.turn()
    pin = bench.store.pin()
    assert (pin.key, "package" in pin.kinds) == (other.public, False)
    (bench.inbox / "b.key").write_text(
        sign_key_change(KeyChange("tojimari.task-key/1", giver.public, 2), other.key)
    )

    def read_and_forget(self):
        found = read(self)
        bench.store.remove_pin()
        return found

    monkeypatch.setattr(Inbox, "read", read_and_forget)
    bench.turn()
    assert bench.store.pin() is None


def test_numbers_are_not_forgotten_while_work_is_done(home, store, giver):
    key = ["--fingerprint", key_id(giver.public), "--home", str(home.folder)]
    run("allow", *key)
    pin = msgspec.structs.replace(store.pin(), device=Giver().device)
    with store.alone() as alone:
        assert alone
        with pytest.raises(ActorError):
            consent.allow(store, pin)
    assert store.pin().device == giver.device


def test_allowing_again_forgets_no_number(home, store, giver):
    key = ["--fingerprint", key_id(giver.public), "--home", str(home.folder)]
    run("allow", *key)
    state = store.state()
    state.highest = 41
    store.save_state(state)
    run("allow", *key)
    assert store.state().highest == 41


def test_the_log_says_what_was_done_in_words(home, store, tmp_path, capsys):
    bench = Bench(tmp_path / "b", Giver(), lambda _: None) if not (tmp_path / "b").mkdir() else None
    bench.do()
    bench.do(approval="policy", second="佐藤 太郎")
    for line in bench.store.lines():
        store.make()
        store.note(line)
    assert run("log") == 0
    once, policy = capsys.readouterr().out.splitlines()
    assert KINDS["package"].title.en in once
    assert once.endswith(f"佐藤 花子 ({APPROVALS['once'].en})")
    assert policy.endswith(f"佐藤 花子, 佐藤 太郎 ({APPROVALS['policy'].en})")


def test_a_place_that_others_can_change_is_no_ground_for_root(tmp_path):
    ours = tmp_path / "ours"
    ours.mkdir()
    program = ours / "program"
    program.touch()
    program.chmod(0o755)
    assert grounds.open_to_others([Path("/usr/bin/env")]) is None
    for path, mode in ((program, 0o777), (program, 0o775), (ours, 0o777)):
        before = path.stat().st_mode
        path.chmod(mode)
        assert grounds.open_to_others([program]) == path
        path.chmod(before)
    os.chown(program, 1234, 1234)
    assert grounds.open_to_others([program]) == program
    link = tmp_path / "link"
    link.symlink_to(program)
    assert grounds.open_to_others([link]) == program


@pytest.mark.parametrize("verb", ["allow", "refuse", "tasks", "log", "act"])
def test_other_systems_are_told_so(monkeypatch, verb, capsys):
    monkeypatch.setattr("tojimari.collect.look.current_system", lambda: "windows")
    assert run(verb) == 2
    assert "Linux" in capsys.readouterr().err


def test_nobody_but_root_allows(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    with pytest.raises(ActorError):
        grounds.require_root()
    assert run("allow") == 2


def test_the_folder_of_whoever_called_sudo_is_found(monkeypatch, tmp_path, home):
    monkeypatch.setenv("TOJIMARI_AGENT_HOME", str(home.folder))
    assert consent.looker_home(None).folder == home.folder
    monkeypatch.setenv("TOJIMARI_AGENT_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("SUDO_USER", "nobody-of-that-name")
    assert not consent.looker_home(None).enrolled


def test_no_heap_of_files_hides_a_stop(tmp_path, giver):
    bench = Bench(tmp_path, giver, lambda _: None)
    for number in range(300):
        (bench.inbox / f"a{number}.task").write_text("x")
        (bench.inbox / f"a{number}").write_text("x")
    task = giver.task().task
    (bench.inbox / f"{task}.stop").write_text("")
    dropped, names = Inbox(str(bench.inbox), os.geteuid()).read()
    assert dropped.stops == (task,)
    assert len(names) == 200


def test_a_package_of_somebody_else_beside_ours_is_no_ground(monkeypatch, tmp_path):
    packages = tmp_path / "site-packages"
    inner = packages / "other" / "inner.so"
    inner.parent.mkdir(parents=True)
    inner.write_bytes(b"")
    monkeypatch.setattr("sys.path", [str(packages)])
    os.chown(inner, 1234, 1234)
    assert inner in grounds.own_ground(whole=True)
    assert grounds.open_to_others([one for one in grounds.own_ground(whole=True) if one == inner])
    os.chown(inner.parent, 1234, 1234)
    assert inner.parent in grounds.own_ground()
    (tmp_path / "nowhere").symlink_to("/usr/bin/nothing-of-this-name")
    assert grounds.open_to_others([tmp_path / "nowhere"]) != tmp_path / "nowhere"
