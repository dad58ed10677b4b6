"""Fixtures for every folder, and the mark of the pure rooms. Nothing here needs an extra."""

import gc
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.support.command import Command
from tests.support.forked import Forker
from tests.support.once import once
from tojimari.catalog import Catalog, load_catalog

HERE = Path(__file__).parent

gc.disable()
"""Until everything is collected: what is read then stays, and is looked through in vain each time."""

# How long one example takes says more about what else the machine does than about the code. In a run
# of everything each property is tried a little, every time with other examples; who works on one asks
# for more: pytest --hypothesis-profile thorough.
settings.register_profile("suite", deadline=None, max_examples=20)
settings.register_profile("core", deadline=None, max_examples=10)
settings.register_profile("thorough", deadline=None, max_examples=1000)
settings.load_profile("suite")

CORE = {
    "ask",
    "assess",
    "attest",
    "catalog",
    "chain",
    "collect",
    "diagnose",
    "drills",
    "knowledge",
    "lib",
    "model",
    "papers",
    "peers",
    "plan",
    "report",
    "store",
    "survey",
    "watch",
}
"""Folders of the pure rooms. What lies in them is marked ``core`` and runs with the extra
``dev-core`` alone: no Django, no browser, no Debian package."""

NOT_CORE = {
    "assess/headers",
    "assess/test_rpm_for_real.py",
    "attest/test_offline_page.py",
    "attest/test_peers.py",
    "attest/test_questionnaires.py",
    "attest/test_workbook.py",
    "chain",
    "collect/device/linux/test_debian.py",
    "collect/device/linux/test_net_ssh.py",
    "collect/device/linux/test_real.py",
    "collect/device/linux/test_review.py",
    "collect/device/linux/test_screen_lock.py",
    "collect/device/linux/test_shares.py",
    "collect/device/windows/test_in_wine.py",
    "collect/device/windows/test_under_wine.py",
    "collect/outside",
    "drills/test_gophish_templates.py",
    "report/test_one_language.py",
    "report/test_paper.py",
    "survey",
    "watch/test_false_alarms.py",
}
"""Below those: what asks real programs of the machine, real servers or heavier libraries (single
tests bear the mark ``programs``), or walks through all there is for seconds ..."""

CORE_AFTER_ALL = {"survey/test_flow.py", "survey/test_read.py"}
"""... and what does not, beside it."""


@cache
def _is_core(path: Path) -> bool:
    where = path.relative_to(HERE)
    places = {str(place) for place in (where, *where.parents)}
    return bool((places & CORE and not places & NOT_CORE) or places & CORE_AFTER_ALL)


def _leads_to_core(folder: Path) -> bool:
    return any((HERE / place).is_relative_to(folder) for place in CORE | CORE_AFTER_ALL)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import the others when only the pure rooms are asked for."""
    if config.option.markexpr != "core" or not collection_path.is_relative_to(HERE):
        return None
    return None if _is_core(collection_path) or _leads_to_core(collection_path) else True


def pytest_configure(config: pytest.Config) -> None:
    """Try fewer examples when only the pure rooms are asked for, and hold them to being pure."""
    if config.option.markexpr == "core":
        if not config.getoption("hypothesis_profile", None):
            settings.load_profile("core")
        sys.addaudithook(_refuse_programs)


EVERYWHERE = {"cat", "echo", "env", "grep", "sh", "true", "yes"}
"""Programs that the pure rooms may start: each system has them."""


def _refuse_programs(event: str, values: tuple[Any, ...]) -> None:
    """Raise FileNotFoundError for a program that a package of the machine has brought."""
    if event != "subprocess.Popen":
        return
    name = os.fsdecode(values[0] or values[1][0])
    of_the_machine = "/" not in name or name.startswith(("/usr/", "/bin/", "/sbin/"))
    if of_the_machine and name != sys.executable and Path(name).name not in EVERYWHERE:
        raise FileNotFoundError(f"{name}: a pure room starts none (marker: programs)")


TOGETHER = (HERE / "e2e",)
"""Folders whose tests share servers that take long to start: one worker takes all their files."""

LONGEST = [
    HERE / place
    for place in (
        "windows/test_package.py",
        "e2e",
        "collect/device/windows/test_in_wine.py",
        "collect/outside/defacement/test_wordpress.py",
        "collect/device/windows/test_under_wine.py",
        "portal/test_operate.py",
        "collect/outside/defacement/test_looking.py",
        "agent/test_apt.py",
        "cli/test_command.py",
        "portal/test_forms.py",
        "portal/test_desk_programs.py",
        "survey/test_reconstruct.py",
        "collect/outside/probes/test_mail_transport.py",
        "collect/outside/test_hostile.py",
        "portal/test_migrations.py",
        "portal/test_drills.py",
        "portal/test_fetching_advisories.py",
        "survey/test_report.py",
        "portal/test_paper_files.py",
        "collect/device/linux/test_net_firewall.py",
        "portal/test_experts.py",
        "portal/test_watch.py",
        "collect/outside/defacement/test_programs.py",
        "box/test_network.py",
        "portal/test_record.py",
        "portal/test_desk_mail.py",
        "watch/test_every_reader.py",
        "portal/test_tenants.py",
        "survey/test_tabulate.py",
        "collect/outside/defacement/test_measured.py",
        "portal/test_one_language.py",
        "portal/test_desk.py",
        "portal/test_drills_sent_once.py",
        "portal/test_head.py",
        "cli/test_site.py",
        "portal/test_mailin.py",
        "portal/test_sites.py",
        "collect/outside/test_tls.py",
        "cli/test_site_watch.py",
        "portal/test_timestamps.py",
        "portal/test_mailbox.py",
        "portal/test_incident_pages.py",
        "portal/test_attacks.py",
        "collect/outside/test_batch.py",
        "survey/test_responses.py",
        "collect/outside/probes/test_ports.py",
        "box/test_change.py",
    )
]
"""What one worker takes as a whole, by the time it takes, longest first: begun last, it would hold
that worker alone."""


@cache
def _whole(path: Path) -> Path:
    """Return what ``path`` is taken with: itself, or one of the folders of ``TOGETHER``."""
    return next((folder for folder in TOGETHER if path.is_relative_to(folder)), path)


@cache
def _turn(path: Path) -> int:
    whole = _whole(path)
    return LONGEST.index(whole) if whole in LONGEST else len(LONGEST)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give out files, as ``--dist loadfile`` does, and the folders of ``TOGETHER`` undivided."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Wholes(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return str(_whole(config.rootpath / super()._split_scope(nodeid)))

    return Wholes(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _turn(item.path))
    for item in items:
        if item.get_closest_marker("programs"):
            continue
        if item.path.is_relative_to(HERE) and _is_core(item.path):
            item.add_marker(pytest.mark.core)


def pytest_collection_finish() -> None:
    """Leave nine thousand tests and their modules out of every later search for what is unused."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Let pytest-django do what it does around each test for the portal's tests alone.

    Nine fixtures of its own are asked for by every test it sees: where most take a millisecond, that
    was a tenth of a run.
    """
    plugin = session.config.pluginmanager.get_plugin("django")
    if plugin is None:
        return
    fixtures = session._fixturemanager  # there is no public way
    of_all = fixtures._node_autousenames[session]
    its_own = [name for name in of_all if hasattr(plugin, name)]
    of_all[:] = [name for name in of_all if name not in its_own]
    fixtures._nodeid_autousenames["tests/portal"] = its_own


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="session")
def forker() -> Iterator[Forker]:
    made = Forker()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory, forker: Forker) -> Path:
    """The SQLite file of a portal in which nothing happened yet, made once a run: to be copied."""

    def make(file: Path) -> None:
        folder = tmp_path_factory.mktemp("empty")
        done = Command(folder, forker)("portal", "migrate", env={"TOJIMARI_HOME": str(folder)})
        assert done.returncode == 0, done.stderr
        # What was written last may lie in a file beside it.
        with closing(sqlite3.connect(folder / "portal.sqlite3")) as made:
            made.execute("VACUUM INTO ?", (str(file),))

    return once(tmp_path_factory, "empty.sqlite3", make)


@pytest.fixture
def tojimari(tmp_path: Path, forker: Forker) -> Command:
    return Command(tmp_path, forker)
