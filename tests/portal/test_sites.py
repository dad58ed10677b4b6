"""Sites on the portal: named, proven by DNS or a file, looked at, removed; and never before."""

import pytest
from django.utils import timezone

from tests.support.pressing import SITE as NAME
from tests.support.pressing import add, job_of, press, run_tasks
from tojimari.model import NotSeen, Subject, new_id
from tojimari.model import Observation as Fact
from tojimari.portal.companies.models import Observation
from tojimari.portal.companies.observations import keep
from tojimari.portal.core.models import Counter, Job
from tojimari.portal.outside.models import Site


def test_nothing_is_looked_at_before_it_is_proven(world, names, no_lab_proof):
    names()
    client = world.client("owner")
    site = add(client, world.company)
    assert press(client, world.company, site, "look").status_code == 403
    press(client, world.company, site, "prove")
    job = job_of(world.company, "prove")
    assert job.state == Job.FAILED
    assert "確かめられませんでした" in job.problem["ja"]
    assert not Observation.objects.of(world.company).filter(subject_kind="site").exists()
    page = client.get(f"/c/{world.company.pk}/sites/").content.decode()
    assert site.line in page
    assert f"https://{NAME}/.well-known/tojimari.txt" in page


def test_a_japanese_name_is_shown_as_it_is_written(world, no_lab_proof):
    client, place = world.client("owner"), f"/c/{world.company.pk}/sites/"
    assert client.post(f"{place}add/", {"name": "山田商店.jp"}).status_code == 302
    site = Site.objects.of(world.company).get()
    assert (site.name, site.mail_domain) == ("xn--czrr0ogxbdv4b.jp",) * 2
    page = client.get(place).content.decode()
    assert "山田商店.jp の「TXTレコード」" in page
    # The address of the file is to be copied, so it stays as machines write it.
    assert page.count("xn--") == page.count("https://xn--czrr0ogxbdv4b.jp/.well-known/")


def test_where_a_rented_name_is_proven_is_said(world, no_lab_proof):
    client, place = world.client("owner"), f"/c/{world.company.pk}/sites/"
    assert client.post(f"{place}add/", {"name": "yamada.lolipop.jp"}).status_code == 302
    assert Site.objects.of(world.company).get().mail_domain == ""
    assert "yamada.lolipop.jp の「TXTレコード」" in client.get(place).content.decode()


def test_a_line_in_dns_proves_it_and_a_look_follows(world, names, no_lab_proof):
    names()
    client = world.client("owner")
    site = add(client, world.company)
    names(f'himitsu-shoten.example. TXT "{site.line}"')
    press(client, world.company, site, "prove")
    site.refresh_from_db()
    assert (site.proven_by, job_of(world.company, "prove").state) == ("dns", Job.DONE)
    press(client, world.company, site, "look")
    assert job_of(world.company, "site").state == Job.DONE
    seen = Observation.objects.of(world.company).filter(subject_kind="site", subject_id=NAME)
    assert seen.exists()
    page = client.get(f"/c/{world.company.pk}/sites/").content.decode()
    assert "見えたこと" in page
    assert "メールは himitsu-shoten.example のものを見ました" in page
    assert press(client, world.company, site, "look").status_code == 429


def test_what_waits_for_a_look_is_named_where_nothing_else_was_seen(world, names):
    names()
    site = add(world.client("owner"), world.company)
    at = timezone.now()
    seen = Fact(
        id=new_id(),
        kind="site.https",
        subject=Subject("site", site.name),
        source="measured",
        observed_at=at,
        last_confirmed_at=at,
        not_seen=NotSeen("timed_out"),
    )
    keep(world.company, [seen])
    page = world.client("owner").get(f"/c/{world.company.pk}/sites/").content.decode()
    assert "まだ見ていないこと: " in page
    assert "ホームページの弱点をなくす" in page


def test_a_file_on_the_site_proves_it_but_a_redirect_does_not(world, names, web, no_lab_proof):
    names()
    client = world.client("owner")
    site = add(client, world.company)
    place = web[0] / ".well-known"
    place.mkdir()
    (place / "tojimari.txt").write_text(f"{site.line}x")
    press(client, world.company, site, "prove")
    assert job_of(world.company, "prove").state == Job.FAILED
    (place / "tojimari.txt").write_text(f"{site.line}\n")
    press(client, world.company, site, "prove")
    site.refresh_from_db()
    assert site.proven_by == "file"
    # A folder of that name answers with a redirect to itself: that is not the file.
    (place / "tojimari.txt").unlink()
    (place / "tojimari.txt").mkdir()
    (place / "tojimari.txt" / "index.html").write_text(site.line)
    press(client, world.company, site, "prove")
    site.refresh_from_db()
    assert site.proven_at is None


def test_a_proof_that_is_gone_ends_the_looking(world, names, web, no_lab_proof):
    names()
    client = world.client("owner")
    site = add(client, world.company)
    (web[0] / ".well-known").mkdir()
    proof = web[0] / ".well-known" / "tojimari.txt"
    proof.write_text(site.line)
    press(client, world.company, site, "prove")
    proof.unlink()
    press(client, world.company, site, "look")
    site.refresh_from_db()
    assert job_of(world.company, "site").state == Job.FAILED
    assert site.proven_at is None
    assert not Observation.objects.of(world.company).filter(subject_kind="site").exists()


def test_a_test_server_of_ones_own_needs_no_proof(world, names):
    names()
    client = world.client("owner")
    site = add(client, world.company)
    press(client, world.company, site, "prove")
    site.refresh_from_db()
    assert site.proven_by == "lab"


def test_without_a_lab_a_private_address_is_never_asked(world, names, settings, web):
    names()
    settings.OUTSIDE_LAB = False
    client = world.client("owner")
    site = add(client, world.company)
    (web[0] / ".well-known").mkdir()
    (web[0] / ".well-known" / "tojimari.txt").write_text(site.line)
    press(client, world.company, site, "prove")
    assert job_of(world.company, "prove").state == Job.FAILED


def test_removing_forgets_what_was_seen(world, names):
    names()
    client = world.client("owner")
    site = add(client, world.company)
    press(client, world.company, site, "prove")
    press(client, world.company, site, "look")
    assert Observation.objects.of(world.company).filter(subject_kind="site").exists()
    press(client, world.company, site, "remove")
    left = Observation.objects.of(world.company).filter(subject_kind__in=("site", "mail_domain"))
    assert not left.exists()
    assert not Site.objects.of(world.company).exists()


@pytest.mark.parametrize(
    "name", ["", "localhost", "http://", "a b.example", "192.0.2.1", "x" * 300]
)
def test_what_is_no_name_is_refused_in_a_sentence(world, name):
    answer = world.client("owner").post(f"/c/{world.company.pk}/sites/add/", {"name": name})
    assert answer.status_code == 400
    assert "example.co.jp のように" in answer.content.decode()


def test_an_address_bar_and_kanji_are_understood(world):
    client = world.client("owner")
    add(client, world.company, "www.example.co.jp")
    client.post(f"/c/{world.company.pk}/sites/add/", {"name": "https://日本語.example/x?y"})
    names = set(Site.objects.of(world.company).values_list("name", "mail_domain"))
    assert ("www.example.co.jp", "example.co.jp") in names
    assert any(name.startswith("xn--") for name, _ in names)


def test_staff_reads_and_only_the_owner_presses(world, names):
    names()
    site = add(world.client("owner"), world.company)
    staff = world.client("staff")
    page = staff.get(f"/c/{world.company.pk}/sites/")
    assert page.status_code == 200
    assert "<form" not in page.content.decode().split("<main", 1)[1]
    for what in ("prove", "look", "remove"):
        assert press(staff, world.company, site, what).status_code == 404


def test_looking_again_waits(world, names):
    names()
    client = world.client("owner")
    site = add(client, world.company)
    press(client, world.company, site, "prove")
    press(client, world.company, site, "look")
    assert press(client, world.company, site, "look").status_code == 429
    # Neither another language nor another row of the same site is a way around.
    assert press(client, world.company, site, "look", lang="en").status_code == 429
    press(client, world.company, site, "remove")
    site = add(client, world.company)
    press(client, world.company, site, "prove")
    assert press(client, world.company, site, "look").status_code == 429
    Counter.objects.all().delete()  # the time is over
    assert press(client, world.company, site, "look").status_code == 302


def test_a_host_that_is_not_proven_is_not_asked_without_end(world, names, no_lab_proof):
    names()
    client = world.client("owner")
    site = add(client, world.company)
    answers = [press(client, world.company, site, "prove").status_code for _ in range(12)]
    assert answers[:10] == [302] * 10
    assert answers[10:] == [429, 429]


def test_a_file_speaks_for_the_host_but_not_for_the_mail_of_others(world, names, web, no_lab_proof):
    other = "shop.platform.example"
    names(f"{other}. A 127.0.0.1", "platform.example. MX 10 mx.platform.example.")
    client = world.client("owner")
    site = add(client, world.company, other)
    place = web[0] / ".well-known"
    place.mkdir()
    (place / "tojimari.txt").write_text(f"{site.line}\n")
    press(client, world.company, site, "look")
    press(client, world.company, site, "prove")
    press(client, world.company, site, "look")
    kinds = Observation.objects.of(world.company).values_list("subject_kind", flat=True)
    assert "site" in kinds
    assert "mail_domain" not in kinds
    page = client.get(f"/c/{world.company.pk}/sites/").content.decode()
    assert "メールは見ていません" in page
    assert "platform.example のものを見ました" not in page


def line(client, company, address="127.0.0.1"):
    answer = client.post(f"/c/{company.pk}/sites/line/", REMOTE_ADDR=address)
    run_tasks()
    return answer


def test_the_own_line_is_looked_at_from_where_the_owner_sits(world, settings):
    from tests.support.ports import free_port
    from tojimari.collect.outside.probes.ports import PORTS, WEB_PORTS

    settings.OUTSIDE_LAB = True
    shut = free_port()
    settings.OUTSIDE_LAB_PORTS = dict.fromkeys([*PORTS, *WEB_PORTS], shut)
    client = world.client("owner")
    assert line(client, world.company).status_code == 302
    assert job_of(world.company, "line").state == Job.DONE
    (seen,) = Observation.objects.of(world.company).filter(subject_kind="network")
    assert seen.subject_id == "127.0.0.1"
    page = client.get(f"/c/{world.company.pk}/sites/").content.decode()
    assert "インターネットからの入口を閉じる" in page
    assert line(client, world.company).status_code == 429
    client.post(f"/c/{world.company.pk}/sites/line/forget/", {"address": "127.0.0.1"})
    assert not Observation.objects.of(world.company).filter(subject_kind="network").exists()


def test_a_private_line_cannot_be_looked_at_and_only_owners_may(world, settings):
    settings.OUTSIDE_LAB = False
    client = world.client("owner")
    for address in ("127.0.0.1", "192.168.1.5", "169.254.169.254"):
        assert line(client, world.company, address).status_code == 403
    assert not Job.objects.of(world.company).filter(kind="line").exists()
    page = client.get(f"/c/{world.company.pk}/sites/").content.decode()
    assert "社内のアドレスで開いている" in page
    settings.OUTSIDE_LAB = True
    assert line(world.client("staff"), world.company).status_code in (403, 404)
