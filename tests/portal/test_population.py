"""Peers from the portal's own companies: only who opted in, never fewer than ten."""

from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tojimari.peers.population import CELL, shown_cells
from tojimari.portal.companies import periodic
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.models import Company, ControlState, PeerSet, Standing
from tojimari.portal.companies.population import (
    OWN,
    population,
)


def companies(count: int, state: str, size: str = "one", *, share: bool = True) -> None:
    for _ in range(count):
        company = Company.objects.create(shares_figures=share)
        Standing.objects.of(company).create(company=company, size=size, judged_at=timezone.now())
        ControlState.objects.of(company).create(company=company, control="mfa-cloud", state=state)


def test_nothing_is_counted_without_consent(world):
    companies(30, "met", share=False)
    companies(30, "not_met", share=False)
    assert population() is None


def test_a_figure_needs_ten_on_both_sides(world):
    companies(30, "met")
    companies(9, "not_met")
    assert population() is None
    companies(1, "partly")
    found = {(f.control, f.group.value if f.group else ""): f for f in population().figures}
    assert found["mfa-cloud", "one"].percent == 75.0
    assert found["mfa-cloud", ""].n == 40


def test_the_own_population_stands_beside_the_published_figures(world):
    companies(20, "met")
    companies(20, "not_met")
    periodic.count_population.enqueue()
    from tests.support.pressing import run_tasks

    run_tasks()
    assert PeerSet.objects.count() == 1
    client, base = world.client("owner"), f"/c/{world.company.pk}"
    client.post(f"{base}/ask/company-size/?then=result", {"choice": "one"})
    client.post(f"{base}/ask/mfa/?then=result", {"choice": "done"})
    page = client.get(f"{base}/").content.decode()
    assert "この戸締まりを使う会社" in page
    assert "50%" in page
    assert "n=40" in page
    assert "選ばれた標本ではありません" in page
    taken = client.get(f"{base}/report/file.json").json()
    assert OWN in str(taken)


def test_the_owner_opts_in_and_out_on_the_settings_page(world):
    client, page = world.client("owner"), f"/c/{world.company.pk}/settings/"
    client.post(page, {"name": "x", "shares_figures": "yes"})
    assert Company.objects.get(pk=world.company.pk).shares_figures
    client.post(page, {"name": "x"})
    assert not Company.objects.get(pk=world.company.pk).shares_figures
    refresh(world.company)


cell = st.tuples(st.integers(0, 40), st.integers(0, 40))


@given(st.dictionaries(st.sampled_from(["", "one", "some", "many"]), cell, min_size=1))
def test_no_small_group_follows_by_subtraction(by_size):
    shown, total = shown_cells(by_size)
    assert "" not in shown
    assert all(min(c) >= CELL for c in shown.values())
    if total is not None:
        rest = tuple(total[i] - sum(c[i] for c in shown.values()) for i in (0, 1))
        assert rest == (0, 0) or min(rest) >= CELL
