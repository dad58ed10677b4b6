"""Names that a gateway box keeps away, changed from afar: in place, or as it was."""

import argparse

import msgspec
import pytest

from tests.support.boxes import ALIVE, DEAD, box_in, text_of
from tests.support.tasks import Bench, Giver
from tojimari.agent.actor.engines import chooser
from tojimari.agent.actor.gateway import GatewayEngine
from tojimari.box.change import SETTINGS, save_settings
from tojimari.box.settings_file import parse_settings
from tojimari.box.store import Good
from tojimari.catalog import load_catalog
from tojimari.cli import box as command

NAME = "bad.example"
DNS = {"block": ["old.example"], "allow": ["shop.example"]}


@pytest.fixture
def root(tmp_path):
    return tmp_path / "root"


def bench_of(tmp_path, box):
    text = text_of(dns=DNS)
    box.setup(parse_settings(text.encode(), "s"), text)
    save_settings(box.root / SETTINGS, text.encode())
    bench = Bench(tmp_path, Giver(), lambda kind: None)
    engine = GatewayEngine(box, bench.store)
    bench.choose = lambda kind: engine
    return bench


def in_place(box):
    """Return which names are allowed and blocked in the generation, and that the file says so too."""
    good = box.store.last_good()
    assert (box.root / SETTINGS).read_text() == good.settings
    dns = parse_settings(good.settings.encode(), "s").dns
    return set(dns.allow), set(dns.block)


def test_a_name_is_blocked_and_allowed_again(tmp_path, root):
    box = box_in(root)
    bench = bench_of(tmp_path, box)
    said = bench.do("box_block", parameters={"name": NAME})
    assert (said.state, [(one.name, one.after) for one in said.changes]) == (
        "done",
        [(NAME, "block")],
    )
    assert in_place(box) == ({"shop.example"}, {"old.example", NAME})
    assert bench.do("box_block", parameters={"name": NAME}).notes == ["nothing_to_do"]
    said = bench.do("box_allow", parameters={"name": NAME})
    assert [(one.before, one.after) for one in said.changes] == [("block", "allow")]
    assert in_place(box) == ({"shop.example", NAME}, {"old.example"})


def test_what_kills_the_line_is_taken_back(tmp_path, root):
    box = box_in(root, ALIVE, *[DEAD] * 10)
    box.seconds = iter(range(0, 1000, 3)).__next__
    bench = bench_of(tmp_path, box)
    said = bench.do("box_block", parameters={"name": NAME})
    assert (said.state, said.reason, said.changes) == ("failed", "box_taken_back", [])
    assert in_place(box) == ({"shop.example"}, {"old.example"})


def test_a_dry_run_says_what_would_change_and_changes_nothing(tmp_path, root):
    box = box_in(root)
    bench = bench_of(tmp_path, box)
    said = bench.do("box_block", parameters={"name": "shop.example"}, dry_run=True)
    assert [(one.name, one.before, one.after) for one in said.plan] == [
        ("shop.example", "allow", "block")
    ]
    assert box.store.last_good().number == 1


@pytest.mark.parametrize("name", ["portal.example", "example", "site.example"])
def test_what_the_box_itself_needs_is_never_blocked(tmp_path, root, name):
    bench = bench_of(tmp_path, box_in(root))
    assert GatewayEngine(box_in(root), bench.store).plan("box_block", {"name": name}).failure == (
        "box_needs_it"
    )


@pytest.mark.parametrize("name", ["lists.example", "ntp.example", "deb.example", "mirror.example"])
def test_its_lists_its_clock_and_its_updates_are_never_blocked(tmp_path, root, name):
    box = box_in(root)
    text = text_of(
        dns=DNS | {"lists": [{"name": "bad", "url": "https://lists.example/bad.rpz"}]},
        time={"servers": ["0.ntp.example"]},
    )
    bench_of(tmp_path, box)
    box.setup(parse_settings(text.encode(), "s"), text)
    save_settings(root / SETTINGS, text.encode())
    apt = root / "etc/apt"
    (apt / "sources.list.d").mkdir(parents=True, exist_ok=True)
    (apt / "sources.list").write_text("deb [signed-by=/k] http://Deb.example/debian trixie main\n")
    (apt / "sources.list.d/more.sources").write_text("URIs: https://user:pass@mirror.example/d\n")
    engine = GatewayEngine(box)
    assert engine.plan("box_block", {"name": name}).failure == "box_needs_it"
    assert engine.plan("box_block", {"name": f"other-{name}"}).failure is None


def test_what_somebody_has_begun_at_the_box_is_left_to_them(tmp_path, root):
    box = box_in(root)
    bench = bench_of(tmp_path, box)
    place = root / SETTINGS
    place.write_text(place.read_text() + "# I am not done yet\n")
    said = bench.do("box_block", parameters={"name": NAME})
    assert (said.state, said.reason) == ("failed", "box_edited")


def test_a_change_that_was_cut_off_is_brought_to_an_end(tmp_path, root):
    box = box_in(root)
    bench = bench_of(tmp_path, box)
    engine = bench.choose("")
    plan = engine.plan("box_block", {"name": NAME})
    # The power went before the generation was found good ...
    box.store.begin_trial(2)
    assert engine.busy()
    assert engine.recover("box_block", plan.changes).state == "interrupted"
    assert in_place(box) == ({"shop.example"}, {"old.example"})
    # ... and after it, before the file of the settings followed.
    before = (root / SETTINGS).read_text()
    assert engine.run("box_block", {"name": NAME}, plan).state == "done"
    (root / SETTINGS).write_text(before)
    assert engine.recover("box_block", plan.changes).state == "done"
    assert in_place(box) == ({"shop.example"}, {"old.example", NAME})


def test_a_computer_that_is_no_box_has_no_engine(root):
    assert not GatewayEngine(box_in(root)).present()
    kinds = load_catalog().task_kinds
    choose = chooser(kinds, "linux", engines={"box": lambda: GatewayEngine(box_in(root))})
    assert choose("box_block") is None


def test_from_afar_the_units_start_what_they_did_at_the_box():
    """The guard of a box that was installed into a folder of its own goes on running."""
    settings = parse_settings(text_of(dns=DNS).encode(), "s")
    box = GatewayEngine().box
    own = command._box(argparse.Namespace(root=box.root))
    assert own.rendered(settings) == box.rendered(settings)


@pytest.mark.parametrize("kind", ["box_block", "box_allow"])
def test_settings_that_an_older_version_wrote_are_a_failure_and_no_fault(tmp_path, root, kind):
    box = box_in(root)
    bench = bench_of(tmp_path, box)
    good = box.store.last_good()
    assert good
    old = msgspec.structs.replace(good, number=2, settings=f"{good.settings}gone: yes\n")
    box.store.add(old)
    box.store.accept(2, Good(box.now(), proven=True))
    save_settings(root / SETTINGS, old.settings.encode())
    said = bench.do(kind, parameters={"name": NAME})
    assert (said.state, said.reason) == ("failed", "box_settings")
