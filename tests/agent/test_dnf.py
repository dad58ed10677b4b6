"""dnf itself, in a root of its own with a signed repository: what it installs, and what it must not."""

import pytest

from tests.support.dnf_repository import MISSING, RpmWorld
from tojimari.agent.actor.dnf import Dnf, fetched
from tojimari.agent.task_report import Change

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """shopapp and other in 1.0, with 2.0 in the repository; that of shopapp is about security."""
    made = RpmWorld(tmp_path_factory.mktemp("rpm"))
    made.install(made.package("shopapp", "1.0"), made.package("other", "1.0"))
    made.package("shopapp", "2.0")
    made.package("other", "2.0")
    made.publish(("shopapp", "2.0"))
    return made


@pytest.fixture
def engine(built):
    return Dnf(built.root, built.config, seconds=120.0)


def done(engine, kind, **parameters):
    return engine.run(kind, parameters, engine.plan(kind, parameters))


def test_it_does_what_it_said_and_nothing_else(built, engine):
    """One walk through a device's life: each step costs a second of dnf."""
    assert engine.present()
    plan = engine.plan("security_updates", {})
    assert plan.changes == (Change("shopapp", "1.0-1", "2.0-1"),)
    assert plan.fetch > 1_000
    assert built.installed() == ["other-1.0", "shopapp-1.0"], "asking changes nothing"
    # The owner's settings stay, and the packager's lie beside them.
    (built.root / "etc/shopapp.conf").write_text("the owner's")
    said = engine.run("security_updates", {}, plan)
    assert (said.state, said.changes) == ("done", plan.changes)
    assert [one.rpartition("/")[2] for one in said.kept] == ["shopapp.conf.rpmnew"]
    assert (built.root / "etc/shopapp.conf").read_text() == "the owner's"
    assert built.installed() == ["other-1.0", "shopapp-2.0"]
    assert engine.plan("security_updates", {}).changes == ()
    # Names that no package has: nothing is installed, removed or read as an option.
    for name in ("absent", "-y", "shopapp-1.0", "*", "@core", "/etc/passwd"):
        assert engine.plan("package", {"name": name}).refusal == "not_installed"
    # What is not signed is not installed, whatever the repository says of itself.
    built.package("other", "3.0", signed=False)
    built.publish()
    said = done(engine, "package", name="other")
    assert (said.state, said.reason, said.changes) == ("failed", "source_unsigned", ())
    # What would replace another package removes nothing.
    built.package("other", "3.0")
    built.package("successor", "1.0", "Obsoletes: shopapp < 9")
    built.publish()
    said = done(engine, "all_updates")
    assert (said.state, [one.name for one in said.changes]) == ("done", ["other"])
    # Nor by way of what needs it.
    built.package("other", "3.5", "Requires: successor")
    built.publish()
    assert engine.plan("all_updates", {}).refusal == "would_remove"
    (built.repository / "noarch/other-3.5-1.noarch.rpm").unlink()
    # What lacks something is kept back, and said to be.
    built.package("other", "4.0", "Requires: nobody-has-this")
    built.publish()
    assert engine.plan("all_updates", {}).failure == "held_back"
    assert built.installed() == ["other-3.0", "shopapp-2.0"]
    # Cut off: the new version is there beside the old one.
    cut = built.package("shopapp", "3.0")
    built.install(cut, more="--force")
    target = (Change("shopapp", "2.0-1", "3.0-1"),)
    assert engine.recover("all_updates", target).reason == "half_installed"
    built._rpm("-e", "shopapp-2.0")
    assert engine.recover("all_updates", target).state == "done"
    # The source went away.
    (built.repository / "repodata").rename(built.folder / "away")
    assert engine.plan("all_updates", {}).failure == "source_unreachable"


def test_sizes_are_read():
    assert fetched("Total download size: 1.5 M\n") == 1_572_864
    assert fetched("Total size: 5.9 k\nInstalled size: 1 G") == 6_041
    assert fetched("nothing") == 0
