"""The portal's pages deal with a kind of subject that nobody wrote a page for."""

from django.utils import timezone

from tests.support.new_kind import CONTROL, course, employees
from tojimari.portal.companies.judging import refresh
from tojimari.portal.companies.keeping import keep


def test_the_result_and_its_control_show_it(world):
    with employees() as shape:
        keep(world.company, [course(shape, "aoki", False, at=timezone.now())])
        refresh(world.company)
        owner = world.client("owner")
        page = owner.get(f"/c/{world.company.pk}/control/{CONTROL}/")
        assert "従業員 aoki" in page.content.decode()
        assert owner.get(f"/c/{world.company.pk}/").status_code == 200
    assert world.company.control_states.get(control=CONTROL).state == "not_met"
