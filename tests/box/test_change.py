"""A change of a box: kept, taken back, cut off at any moment; never anything between old and new."""

import os
import re
import shutil
import sys
import tempfile
import threading
from pathlib import Path

import msgspec
import pytest

from tests.support.boxes import (
    ALIVE,
    DEAD,
    Links,
    Services,
    box_in,
    files_in,
    settings_of,
    text_of,
)
from tojimari.box.change import Box, disk_differs
from tojimari.box.engines import ENGINES
from tojimari.box.rendering.units import OWN_FILES
from tojimari.box.services import Systemd
from tojimari.box.store import StoreBusy
from tojimari.model import TojimariError

RULES = "etc/nftables.conf"


def change(box, **changed):
    return box.setup(settings_of(**changed), text_of(**changed))


@pytest.fixture
def root(tmp_path):
    """A system on which somebody had rules of their own."""
    (tmp_path / "etc").mkdir()
    (tmp_path / RULES).write_text("their own\n")
    (tmp_path / RULES).chmod(0o755)
    return tmp_path


def test_a_change_is_a_generation_that_can_be_brought_back(root):
    services = Services()
    box = box_in(root, services=services)
    assert change(box).number == 1
    first = files_in(root)
    assert change(box, dns=None).number == 2
    assert "etc/unbound/unbound.conf.d/tojimari-box.conf" not in files_in(root)
    assert services.applied[-1] >= {"dns", "firewall"}
    assert services.stopped[-1] == {"dns"}
    assert box.back(1).number == 3
    assert files_in(root) == first
    assert box.store.read(3).back_to == 1
    assert disk_differs(box, box.store.last_good()) == []
    (root / RULES).write_text("by hand")
    assert disk_differs(box, box.store.last_good()) == [f"/{RULES}"]


def test_a_dead_line_brings_the_last_good_one_back(root):
    box = box_in(root)
    change(box)
    before = files_in(root)
    looks, at = [], [100.0]

    def look(settings):
        looks.append(at[0])
        return DEAD

    def wait(seconds):
        at[0] += seconds

    services = Services()
    later = Box(root, services=services, probe=look, sleep=wait, seconds=lambda: at[0])
    outcome = change(later, dns={"only_here": False})
    assert (outcome.number, outcome.undone, outcome.line) == (1, 2, DEAD)
    assert looks == [100.0, 103.0, 106.0]  # wait_seconds is 5
    assert files_in(root) == before
    assert box.store.trial() is None
    assert box.store.numbers("undone") == [2]
    assert "firewall" in services.applied[-1]


def test_the_first_change_of_all_returns_to_what_was_there_before(root):
    before = files_in(root)
    outcome = change(box_in(root, services=Services([["unbound: no"]])))
    assert (outcome.number, outcome.undone, outcome.wrong) == (0, 1, ("unbound: no",))
    assert files_in(root) == before
    assert (root / RULES).stat().st_mode & 0o777 == 0o755


def test_reset_puts_back_what_was_there_and_forgets(root):
    before = files_in(root)
    box = box_in(root)
    change(box)
    change(box, dns=None, time={})
    assert box.reset().number == 0
    assert files_in(root) == before
    assert {path.name for path in box.store.folder.iterdir()} == {"lock"}
    assert box.store.fingerprint() is None
    assert change(box).number == 1


@pytest.mark.parametrize(
    "left", ["var/lib/unbound/tojimari-box.log", "var/lib/unbound/tojimari-box.log.3.gz",
             "var/lib/unbound/tojimari-bad.rpz"]
)  # fmt: skip
def test_reset_leaves_nothing_of_what_people_did(root, left):
    """The next company that has the box must not read who asked for what in this one."""
    box = box_in(root)
    change(box)
    theirs = root / "var/lib/unbound/root.key"
    for place in (theirs, root / left):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("192.0.2.7 bad.example\n")
    change(box, dns=None)
    assert (root / left).exists()
    box.reset()
    assert theirs.exists()
    assert not (root / left).exists()


def test_a_folder_under_the_name_of_a_trace_does_not_keep_a_reset_from_its_end(root):
    box = box_in(root)
    change(box)
    (root / "var/lib/unbound/tojimari-odd.rpz").mkdir(parents=True)
    (root / "var/lib/unbound/tojimari-z.rpz").write_text("192.0.2.7 bad.example\n")
    assert box.reset().number == 0
    assert not (root / "var/lib/unbound/tojimari-z.rpz").exists()
    assert not box.store.numbers("json")


def test_what_did_not_start_by_itself_before_does_not_afterwards(root):
    services = Services()
    box = box_in(root, services=services)
    change(box)
    assert services.enabled == {"nftables"}
    change(box, firewall=None)
    assert services.enabled == set()
    change(box)
    box.reset()
    assert services.enabled == set()
    services.enabled.add("nftables")
    change(box)
    box.reset()
    assert services.enabled == {"nftables"}


def test_what_was_enabled_is_disabled_again():
    """On a whole machine a link to the unit that puts files back was left in the start of the system."""

    class Recording(Systemd):
        def _do(self, *words):
            told.append(words)
            return []

    told: list[tuple[str, ...]] = []
    ids = [one.id for one in ENGINES]
    Recording().stand_by()
    Recording().apply(ids, ids)
    enabled = {
        word for words in told if words[0] == "enable" for word in words if "tojimari" in word
    }
    Recording().stop(ids, now=True)
    assert enabled == {words[-1] for words in told if words[0] == "disable"}
    assert "tojimari-box-restore.service" in enabled


@pytest.mark.parametrize("restored", [Box.restore, Box.guard])
def test_a_first_change_that_was_cut_off_leaves_nothing_started(root, restored):
    services = Services(wrong=[[], []])
    box = box_in(root, services=services)
    change(box)
    (box.store.folder / "000001.good").unlink()
    box.store.begin_trial(1)
    restored(box)
    assert services.enabled == set()


def test_without_a_line_yet_a_change_is_kept_as_not_proven(root):
    box = Box(root, services=Services(), probe=lambda _: DEAD)
    outcome = box.setup(settings_of(), text_of(), offline=True)
    assert (outcome.number, outcome.line) == (1, None)
    assert not box.store.good(1).proven


def test_at_boot_files_are_put_back_and_nothing_is_started(root):
    services = Services()
    box = box_in(root, services=services)
    change(box)
    good = files_in(root)
    services.applied.clear()
    assert box.restore() is None
    box.store.begin_trial(2)
    (root / RULES).write_text("half")
    assert box.restore().number == 1
    assert files_in(root) == good
    assert services.applied == []


@pytest.mark.parametrize("trial", [b"", b"\xff\0nonsense", b"2\n", b"9" * 5000])
def test_the_guard_puts_the_last_good_one_back_whatever_the_mark_holds(root, trial):
    box = box_in(root)
    change(box)
    good = files_in(root)
    (box.store.folder / "trial").write_bytes(trial)
    (root / RULES).write_text("half")
    assert box.guard().number == 1
    assert files_in(root) == good
    assert box.guard() is None


def test_the_guard_needs_no_settings_it_can_read(root):
    """Settings of an earlier form, an engine that has another name now, keys of a later version."""
    box = box_in(root)
    change(box)
    made = box.store.read(1)
    files = tuple(msgspec.structs.replace(one, engine="older") for one in made.files)
    box.store.add(
        msgspec.structs.replace(made, settings="nobody: reads this", files=files, number=2)
    )
    box.store.path(2, "good").write_bytes(b"not json")
    good = files_in(root)
    (root / RULES).write_text("half")
    box.store.begin_trial(3)
    assert box.guard().number == 2
    assert files_in(root) == good
    assert not box.store.good(2).proven


def test_what_is_damaged_or_renamed_is_passed_over(root):
    box = box_in(root)
    change(box)
    first = files_in(root)
    change(box, dns={"only_here": False})
    kept = box.store.path(2).read_bytes()
    for damage in (
        kept.replace(b"accept", b"Accept", 1),
        kept[:-40],
        b"",
        box.store.path(1).read_bytes(),
    ):
        box.store.path(2).write_bytes(damage)
        with pytest.raises(TojimariError) as caught:
            box.back(2)
        assert "000002.json" in caught.value.say("ja")
        box.store.begin_trial(3)
        assert box.guard().number == 1
        assert files_in(root) == first


def test_where_no_generation_can_be_read_that_is_said(root):
    box = box_in(root)
    change(box)
    box.store.path(1).write_bytes(b"")
    box.store.begin_trial(2)
    with pytest.raises(TojimariError, match="no generation can be read"):
        box.guard()
    with pytest.raises(TojimariError, match="no generation can be read"):
        box.reset()


def test_the_guard_stays_away_while_a_setup_looks_at_its_line(root):
    looking, go_on = threading.Event(), threading.Event()

    def probe(_):
        looking.set()
        assert go_on.wait(60)
        return ALIVE

    box = Box(root, services=Services(), probe=probe)
    running = threading.Thread(target=change, args=(box,))
    running.start()
    assert looking.wait(60)
    assert box.store.trial() == "1"
    assert box_in(root).guard() is None
    with pytest.raises(StoreBusy), box.store.lock(0.1):
        pass
    go_on.set()
    with box.store.lock(60):  # waits for the other
        assert box.store.trial() is None
    running.join()
    assert box.store.numbers("good") == [1]


def test_a_link_in_the_place_of_a_file_is_refused_before_anything_changes(root):
    (root / RULES).unlink()
    (root / RULES).symlink_to("elsewhere")
    box = box_in(root)
    with pytest.raises(TojimariError, match="symbolic link"):
        change(box)
    assert box.store.numbers("json") == []


_WRITES = {"open", "os.rename", "os.remove", "os.mkdir", "os.chmod", "os.link", "os.rmdir"}


def cut_off_at(n, act) -> bool:
    """Run ``act`` in a process that ends, as if the power were cut, before its n-th deed on the disk.

    Returns whether it came that far.
    """
    child = os.fork()
    if child == 0:
        left = [n]

        def hook(event, args):
            if event in _WRITES and not (event == "open" and args[1] in ("r", "rb")):
                left[0] -= 1
                if left[0] < 0:
                    os._exit(9)

        sys.addaudithook(hook)
        try:
            act()
        except BaseException:  # noqa: BLE001  # told by the code
            os._exit(1)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, 9)
    return code == 9


@pytest.fixture
def memory(tmp_path):
    """A folder in memory where there is one: some hundred changes wait for no disk."""
    shared = Path("/dev/shm")
    if not os.access(shared, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=shared) as made:
        yield Path(made)


def test_a_power_cut_anywhere_leaves_the_old_or_the_new(memory):
    """Before every single deed on the disk, of a change and of what puts it right afterwards."""
    start = memory / "start"
    (start / "etc").mkdir(parents=True)
    box = box_in(start)
    small: dict[str, object] = {"dns": None, "firewall": {}}
    change(box, **small)
    old = files_in(start)
    other = {"dns": None, "firewall": {"ssh_from_office": True}, "time": {}}
    whole = memory / "whole"
    shutil.copytree(start, whole)
    change(box_in(whole), **other)
    new = files_in(whole)
    assert old != new
    n, outcomes, cut = 0, [], True
    while cut:
        root = memory / "now"
        shutil.copytree(start, root)
        cut = cut_off_at(n, lambda: change(box_in(root), **other))  # noqa: B023  # run at once
        if cut:
            # The power goes a second time, somewhere in putting it right; then it stays.
            cut_off_at(n % 17, lambda: box_in(root).restore())  # noqa: B023  # run at once
        box_in(root).restore()
        left = files_in(root)
        assert left in (old, new), n
        good = box_in(root).store.last_good()
        assert disk_differs(box_in(root), good) == []
        assert (left == new) == (good.number == 2)
        outcomes.append(left == new)
        shutil.rmtree(root)
        n += 1
    assert n > 30
    assert outcomes[0] is False
    assert outcomes[-1] is True
    assert outcomes == sorted(outcomes)


def a_start_of_the_system(root: Path) -> None:
    """Do what the unit that puts back does, where the system finds it, it is switched on, and wanted."""
    links = Links(root)
    unit = root / "etc/systemd/system/tojimari-box-restore.service"
    box = box_in(root, services=links)
    if links.starts(Links.RESTORE) and unit.exists() and box.store.trial() is not None:
        box.restore()


BARE: dict[str, object] = {"dns": None, "firewall": None, "page": False}
FULL: dict[str, object] = {"dns": None, "page": True}


@pytest.mark.parametrize(
    ("before", "act"),
    [
        pytest.param([], lambda box: change(box, **FULL), id="the first of all"),
        pytest.param([FULL], lambda box: change(box, **BARE), id="without engines"),
        pytest.param([BARE], lambda box: change(box, **FULL), id="with more engines"),
        pytest.param([FULL], Box.reset, id="a reset"),
    ],
)
def test_a_power_cut_anywhere_leaves_files_and_what_starts_alike(memory, before, act):
    """Also of the first change of all, before which nothing of ours starts; and of a reset."""
    start, whole = memory / "start", memory / "whole"
    (start / "etc").mkdir(parents=True)
    (start / RULES).write_text("their own")
    box = box_in(start, services=Links(start))
    for settings in before:
        change(box, **settings)
    shutil.copytree(start, whole)
    act(box_in(whole, services=Links(whole)))
    fine = [files_in(start), files_in(whole)]
    n, seen, cut = 0, [], True
    while cut:
        root = memory / "now"
        shutil.copytree(start, root)
        cut = cut_off_at(n, lambda: act(box_in(root, services=Links(root))))  # noqa: B023  # run at once
        if cut:
            # A second time, while the system puts it right; then the power stays.
            cut_off_at(n % 23, lambda: a_start_of_the_system(root))  # noqa: B023  # run at once
            a_start_of_the_system(root)
        left = files_in(root)
        if box_in(root).store.trial() is not None:
            # Nobody puts back: then nothing but what puts back may be there. The next command does.
            left = {at: text for at, text in left.items() if not _puts_back(at)}
        assert left in fine, (n, set(left.items()) ^ set(fine[0].items()))
        seen.append(fine.index(left))
        box_in(root, services=Links(root)).guard()
        assert files_in(root) == fine[seen[-1]], n
        shutil.rmtree(root)
        n += 1
    assert n > 30
    assert seen == sorted(seen)
    assert seen[-1] == 1


def _puts_back(path: str) -> bool:
    # A writing that was cut off leaves a hidden file beside; it is swept with the next.
    whole = re.sub(r"/\.(tojimari-box-[^/]*|60-tojimari[^/]*)\.[^./]{8}$", r"/\1", f"/{path}")
    return whole in OWN_FILES or path in {
        f"links/{Links.RESTORE}",
        "links/tojimari-box-guard.timer",
    }


def test_a_start_looks_for_the_very_mark_that_a_change_leaves(tmp_path):
    """An ordinary start does not wait for Python; one after a cut is never passed over."""
    box = box_in(tmp_path)
    unit = box.rendered(settings_of())["/etc/systemd/system/tojimari-box-restore.service"].text
    [mark] = re.findall(r"^ConditionPathExists=(/\S+)$", unit, re.MULTILINE)
    place = tmp_path / mark.lstrip("/")
    assert not place.exists()
    box.store.folder.mkdir(parents=True)
    box.store.begin_trial(1)
    assert place.exists()
