"""A made-up month of a shop is quiet, and every staged attack is told. See tests/support/shop.py."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.shop import OrdinaryMonth, attacks
from tojimari.catalog import load_catalog
from tojimari.watch.desk import Desk
from tojimari.watch.engine import engines
from tojimari.watch.hearing import Listener, add_log
from tojimari.watch.ledger import open_ledger

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
CATALOG = load_catalog()
SLOTS = {kind.id: kind.together for kind in CATALOG.watch.kinds.values()}


class Shop:
    """Engines that write into real files, and somebody who listens and tells."""

    def __init__(self, folder, ledger):
        self.folder, self.ledger, self.now = folder, ledger, BEGIN
        self.listener = Listener(ledger, now=lambda: self.now, zone=UTC)
        self.desk = Desk(ledger, CATALOG)
        for engine in sorted(set(engines()) - {"xprotect", "crowdsec"}):  # no Mac, and fail2ban
            (folder / engine).touch()
            add_log(ledger, engine, folder / engine, "shop", BEGIN)

    def lives(self, lines, until, every=timedelta(hours=6)):
        """Let the lines be written in their time; return what was told, with its time."""
        told, left = [], sorted(lines)
        while self.now < until:
            self.now += every
            due = [line for line in left if line[0] <= self.now]
            left = left[len(due) :]
            for engine in {line[1] for line in due}:
                with (self.folder / engine).open("a") as file:
                    file.writelines(f"{line[2]}\n" for line in due if line[1] == engine)
            self.listener.listen()
            told += [(self.now, one) for one in self.desk.tell(self.now)]
            self.ledger.forget_old(self.now)
        return told


@pytest.fixture
def shop(tmp_path):
    with open_ledger(tmp_path / "state.heard", SLOTS) as ledger:
        yield Shop(tmp_path, ledger)


def test_an_ordinary_month_has_less_than_one_false_notice(shop):
    month = OrdinaryMonth(BEGIN, 1)
    lines = [line for day in range(30) for line in month.day(day)]
    told = shop.lives(lines, BEGIN + timedelta(days=30), every=timedelta(hours=12))
    assert not [(at, one.rule, one.about) for at, one in told]
    signals = [
        shop.ledger.day(log, (BEGIN + timedelta(days=day)).date())
        for log in shop.ledger.logs()
        for day in range(31)
    ]
    # The silence is not that of nobody listening.
    assert sum(n for day in signals for n, _ in day.signals.values()) > 20_000
    assert not sum(day.unread for day in signals)


LEARNED = BEGIN + timedelta(days=8)
"""What is familiar to a line is learned for a week."""
ATTACKS = attacks(LEARNED + timedelta(hours=20))


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """A shop's folder and its files after an ordinary day, and the lines of an ordinary day later."""
    folder, month = tmp_path_factory.mktemp("learned"), OrdinaryMonth(BEGIN, 3)
    with open_ledger(folder / "state.heard", SLOTS) as ledger:
        shop = Shop(folder, ledger)
        assert not shop.lives(month.day(0), BEGIN + timedelta(days=1))
    return folder, {path: path.read_bytes() for path in folder.iterdir()}, month.day(8)


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_every_staged_attack_is_told(learned, name):
    rule, lines = ATTACKS[name]
    folder, files, ordinary = learned
    for path in folder.iterdir():
        path.unlink()
    for path, data in files.items():
        path.write_bytes(data)
    with open_ledger(folder / "state.heard", SLOTS) as ledger:
        shop = Shop(folder, ledger)
        shop.now = LEARNED
        told = shop.lives([*ordinary, *lines], LEARNED + timedelta(days=2))
    assert [one.rule for _, one in told] == [rule]


def test_every_rule_that_tells_has_a_staged_attack_or_is_about_the_watch_itself():
    staged = {rule for rule, _ in ATTACKS.values()}
    telling = {rule.id for rule in CATALOG.watch.rules.values() if rule.level != "line"}
    assert telling - staged == {"protection_stopped", "signatures_old", "engine_silent"}
