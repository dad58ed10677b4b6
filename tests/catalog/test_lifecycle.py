from datetime import date

import pytest

from tojimari.catalog.lifecycle import ended, load_lifecycle
from tojimari.model import TojimariError

DATA = load_lifecycle()


def test_debian_12_is_past_its_end_and_in_lts():
    cycle = DATA.cycle("debian", "12")
    assert cycle.eol == date(2026, 7, 11)
    assert cycle.eoes == date(2028, 6, 30)


@pytest.mark.parametrize(
    ("product", "version", "cycle"),
    [
        ("ubuntu", "22.04", "22.04"),
        ("ubuntu", "22.04.3", "22.04"),
        ("debian", "12.15", "12"),
        ("debian", "99", None),
        ("no-such-product", "1", None),
        ("debian", "", None),
    ],
)
def test_the_longest_matching_cycle(product, version, cycle):
    found = DATA.cycle(product, version)
    assert (found.release_cycle if found else None) == cycle


def test_older_than_everything_supported():
    today = date(2026, 11, 23)
    assert DATA.before_supported("firefox", "100.0", today)
    assert not DATA.before_supported("firefox", "9999", today)
    assert not DATA.before_supported("no-such-product", "1", today)
    assert not DATA.before_supported("firefox", "x", today)


@pytest.mark.parametrize(
    ("end", "result"),
    [
        (date(2026, 11, 22), True),
        (date(2026, 11, 23), False),
        (True, True),
        (False, False),
        (None, None),
    ],
)
def test_the_last_day_is_still_supported(end, result):
    assert ended(end, date(2026, 11, 23)) is result


def test_it_names_origin_licence_and_date():
    assert "MIT" in DATA.source
    assert "2026-08-22" in DATA.source


def test_a_newer_copy_goes_before_ours(tmp_path, monkeypatch):
    (tmp_path / "endoflife.json").write_text(
        '{"source": "newer", "products": {"a": {"title": "A", "releases": '
        '[{"releaseCycle": "1", "eol": "2020-01-01"}]}}}'
    )
    monkeypatch.setenv("TOJIMARI_KNOWLEDGE", str(tmp_path))
    assert load_lifecycle().source == "newer"
    assert load_lifecycle().cycle("a", "1.2").eol == date(2020, 1, 1)


def test_a_broken_copy_is_refused(tmp_path, monkeypatch):
    (tmp_path / "endoflife.json").write_text('{"source": "x", "products": {"a": 1}}')
    monkeypatch.setenv("TOJIMARI_KNOWLEDGE", str(tmp_path))
    with pytest.raises(TojimariError, match=r"endoflife\.json"):
        load_lifecycle()


def test_every_shipped_product_can_be_read():
    assert len(DATA.products) > 400
    assert all(one.title and one.releases is not None for one in DATA.products.values())
    assert "nosuch" not in DATA.products
    assert DATA.cycle("nosuch", "1") is None
