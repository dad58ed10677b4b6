"""Jobs and periodic work are found where they are declared, and each runs once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.support.pressing import run_tasks
from tojimari.model import TojimariError
from tojimari.portal.core import jobs, periodic, retention
from tojimari.portal.core.jobs import job, kinds, run_job, start_job
from tojimari.portal.core.models import Job
from tojimari.portal.core.periodic import every
from tojimari.portal.words import say


@pytest.fixture
def declared(monkeypatch):
    """A job of a test, taken back afterwards."""
    monkeypatch.setattr(jobs, "_KINDS", dict(jobs._KINDS))
    done: list[Job] = []

    @job("test", then=lambda found: "/then/")
    def work(found: Job) -> None:
        found.show_progress("a", 1, 2)
        done.append(found)

    return done


def test_every_app_declares_its_own(db):
    looks = {"elevated_look", "look", "prove", "site", "watch", "line"}
    assert set(kinds()) == looks | {"pdf", "proof", "proof_renewal"}
    assert "watch_due" in periodic.declared()


def test_a_job_runs_once_however_often_it_is_handed_out(world, declared):
    found = start_job(world.company, "test", about="x" * 253)
    run_job.enqueue(str(found.pk))
    run_job.enqueue(str(found.pk))
    run_tasks()
    found.refresh_from_db()
    assert (found.state, found.done, found.total) == (Job.DONE, 1, 2)
    assert len(declared) == 1


def test_an_unfinished_job_of_the_same_kind_and_thing_is_not_doubled(world, declared):
    first = start_job(world.company, "test", about="a")
    assert start_job(world.company, "test", about="a") == first
    assert start_job(world.company, "test", about="b") != first
    Job.objects.of(world.company).update(made_at=timezone.now() - timedelta(minutes=3))
    assert start_job(world.company, "test", about="a") != first


def test_what_the_user_can_put_right_is_shown_and_what_is_our_fault_is_not(world, monkeypatch):
    monkeypatch.setattr(jobs, "_KINDS", dict(jobs._KINDS))
    raised = {"x": TojimariError("直せます", "yours to fix"), "y": RuntimeError("secret")}

    @job("test", then=lambda found: "/")
    def work(found: Job) -> None:
        raise raised[found.about]

    first, second = (start_job(world.company, "test", about=about) for about in raised)
    run_tasks()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.say_problem("ja")) == (Job.FAILED, "直せます")
    assert second.say_problem("en") == say("job.our_fault", "en")
    assert "secret" not in str(second.problem)


def test_nobody_declares_twice_and_an_unknown_kind_is_our_mistake(world, declared):
    with pytest.raises(ValueError, match="already"):
        job("pdf", then=lambda found: "/")(lambda found: None)
    with pytest.raises(LookupError):
        start_job(world.company, "nothing")

    def watch_due() -> None:
        """Have the name of another."""

    with pytest.raises(ValueError, match="already"):
        every(timedelta(hours=1))(watch_due)


def test_rows_go_after_their_time_and_not_before(world):
    now = timezone.now()
    for age in (timedelta(hours=23), timedelta(hours=25)):
        Job.objects.of(world.company).create(company=world.company, kind="pdf", made_at=now - age)
    assert retention.throw_away(now)["core.job"] == 1
    assert Job.objects.of(world.company).count() == 1
