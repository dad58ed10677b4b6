"""The portal's pages deal with a kind of subject that nobody wrote a page for."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.support.new_kind import CONTROL, course, employees
from tojimari.model import subject_kinds
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.observations import keep


def test_the_result_and_its_control_show_it(world):
    with employees() as shape:
        keep(world.company, [course(shape, "aoki", False, at=timezone.now())])
        refresh(world.company)
        owner = world.client("owner")
        page = owner.get(f"/c/{world.company.pk}/control/{CONTROL}/")
        assert "従業員 aoki" in page.content.decode()
        assert owner.get(f"/c/{world.company.pk}/").status_code == 200
    assert world.company.control_states.get(control=CONTROL).state == "not_met"


@pytest.mark.parametrize("page", sorted({k.page for k in subject_kinds().values()} - {""}))
def test_the_page_that_lists_a_kind_is_there(page):
    assert reverse(page, args=[uuid.uuid4()])


def test_after_a_step_that_no_page_sees_it_is_asked_again(world):
    with employees():
        answer = world.client("owner").post(f"/c/{world.company.pk}/control/{CONTROL}/done/")
    assert "/ask/" in answer.url or "/control/" in answer.url
