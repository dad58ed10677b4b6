"""The longest host name that there may be goes all the way: site, job, facts, log, counters."""

from tests.support.pressing import run_tasks
from tojimari.model import NotSeen, Observation, Subject, new_id
from tojimari.model.subjects import subject_kinds
from tojimari.portal.companies.models import Observation as Observation_
from tojimari.portal.companies.observations import current, keep
from tojimari.portal.core.models import Job
from tojimari.portal.core.notices import tell
from tojimari.portal.limits import too_often
from tojimari.portal.outside.models import Site
from tojimari.portal.outside.notices import SITE_UNPROVEN

NAME = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 53, "example"])


def test_a_site_with_the_longest_name_is_kept_and_looked_for(world, names):
    assert len(NAME) == 253
    names()  # which know no such name
    client = world.client("owner")
    sites = f"/c/{world.company.pk}/sites/"
    assert client.post(f"{sites}add/", {"name": NAME}).status_code == 302
    site = Site.objects.of(world.company).get()
    assert site.name == NAME
    assert client.post(f"{sites}{site.pk}/prove/").status_code == 302
    run_tasks()
    assert Job.objects.of(world.company).get().state == Job.FAILED
    assert NAME in client.get(f"/c/{world.company.pk}/log/").content.decode()


def test_facts_jobs_and_notices_about_it_are_kept(world):
    from django.utils import timezone

    now = timezone.now()
    fact = Observation(
        id=new_id(),
        kind="site.tls",
        subject=Subject("site", NAME),
        source="measured",
        observed_at=now,
        last_confirmed_at=now,
        not_seen=NotSeen("unreachable"),
    )
    assert keep(world.company, [fact]) == 1
    assert current(world.company)[0].subject.id == NAME
    Job.objects.of(world.company).create(company=world.company, kind="line", about=NAME)
    tell(world.company, SITE_UNPROVEN, NAME, values={"site": NAME, "line": "tojimari=1"})
    assert world.company.notices.get().about == NAME


def test_a_long_name_is_counted_like_any_other(db):
    assert [too_often("site", NAME, times=1, seconds=600) for _ in range(3)] == [False, True, True]
    assert not too_often("site", NAME[:-1], times=1, seconds=600)


def test_columns_hold_the_longest_id_that_a_kind_of_subject_declares():
    longest = max(kind.id_at_most for kind in subject_kinds().values())
    assert longest == len(NAME)
    for model, column in ((Observation_, "subject_id"), (Job, "about"), (Site, "name")):
        assert model._meta.get_field(column).max_length >= longest, model
    names = Observation_._meta.get_field("subject_kind").max_length
    assert max(map(len, subject_kinds())) <= names
