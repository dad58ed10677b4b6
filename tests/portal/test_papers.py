"""Papers in the portal: from questions to an approved paper that is evidence, and who may what."""

import hashlib
import html
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from msgspec.structs import replace

from tests.support.papers import answers as all_answers
from tests.support.records import text_of
from tojimari.papers.blocks import Paragraph
from tojimari.portal.companies.assessments import result_of
from tojimari.portal.core.models import AuditEvent, Employee, Notice
from tojimari.portal.papers.drafting import draft_of, form_of_draft
from tojimari.portal.papers.gathering import papers_in_force
from tojimari.portal.papers.models import Paper, PaperReminder, PaperVersion
from tojimari.portal.papers.notices import PAPER_ENDS, PAPER_PREPARED
from tojimari.portal.papers.showing import GRANTED_PAGES as GRANTED
from tojimari.portal.papers.showing import OWN_PAGES as NAMES
from tojimari.portal.supporters.models import Grant
from tojimari.portal.words import catalog, say
from tojimari.report.papers.opendocument import odt_file
from tojimari.report.papers.word import word_file

pytestmark = pytest.mark.django_db

POLICY = "security-policy"
NAME = "<株>戸締&まり 髙﨑 ①㈱ 𠮷"


def page(world, name="paper", *rest, kind=POLICY):
    return reverse(NAMES[name], args=[world.company.pk, kind, *rest])


def shown(client, address) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def hidden(text: str, action: str, name: str = "seen") -> str:
    """Return a hidden value of the form that goes to ``action``."""
    form = text.split(f'action="{action}"', 1)[1].split("</form>", 1)[0]
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', form)[1])


def answer(client, world, given, kind=POLICY, prefix=None):
    here = prefix or page(world, kind=kind)
    action = f"{here}answers/"
    sent = {f"q_{id_}": text for id_, text in given.items()}
    return client.post(action, {**sent, "seen": hidden(shown(client, here), action)})


def filled(client, world, kind=POLICY, **more):
    given = {**all_answers(catalog().papers[kind]), **more}
    response = answer(client, world, given, kind)
    assert response.status_code == 302
    return given


def approve(client, world, kind=POLICY, name="代表取締役 髙﨑", **more):
    action = page(world, "approve", kind=kind)
    seen = hidden(shown(client, page(world, kind=kind)), action)
    return client.post(action, {"name": name, "seen": seen, **more})


def test_from_questions_to_evidence_and_back(world):
    client = world.client("owner")
    assert say("papers.not_begun") in shown(
        client, reverse("papers:papers", args=[world.company.pk])
    )
    filled(client, world)
    assert approve(client, world).status_code == 302
    standing = result_of(world.company).assessment.controls[POLICY]
    assert (standing.state, standing.basis) == ("met", "document")
    version = PaperVersion.objects.of(world.company).get()
    assert version.until == timezone.localdate() + timedelta(days=365)
    assert papers_in_force(world.company, timezone.localdate()) == {POLICY: version.until}
    assert "1-3-1-1" in shown(client, page(world))
    data = client.get(page(world, "file", "docx") + "?version=1").content
    assert hashlib.sha256(data).hexdigest() == version.sha256
    assert client.get(page(world, "file", "docx") + "?version=1").content == data
    client.post(page(world, "withdraw"))
    assert result_of(world.company).assessment.controls[POLICY].state == "unknown"
    assert papers_in_force(world.company, timezone.localdate()) == {}


def test_a_page_is_folded_but_for_what_is_to_be_done(world):
    client = world.client("owner")

    def opened(text: str) -> list[str]:
        parts = re.findall(r'<details class="fold part" id="part-([\w-]+)"( open)?>', text)
        assert len(parts) > 3
        return [id_ for id_, is_open in parts if is_open]

    asked = f'<details class="fold" open><summary>{say("papers.questions_fold")}'
    first = catalog().papers[POLICY].sections[0].id
    before = shown(client, page(world))
    assert opened(before) == [first]
    assert asked in before
    filled(client, world)
    assert edit(client, world, "手で直した文", part="telling").status_code == 302
    after = shown(client, page(world))
    assert opened(after) == [first, "telling"]
    assert asked not in after


def test_taking_back_the_second_version_brings_the_first_back(world):
    client = world.client("owner")
    filled(client, world)
    approve(client, world)
    filled(client, world, aim="図面")
    assert say("papers.changed", n=1) in shown(client, page(world))
    approve(client, world, note="守るものを図面にした")
    assert [v.number for v in PaperVersion.objects.of(world.company).order_by("number")] == [1, 2]
    client.post(page(world, "withdraw"))
    assert result_of(world.company).assessment.controls[POLICY].state == "met"
    made = [o for o in result_of(world.company).observations if o.kind == "paper.made"]
    assert max(made, key=lambda o: o.last_confirmed_at).fact.version == 1


def test_what_was_denied_is_planned_in_the_paper_and_stays_open(world):
    client = world.client("owner")
    client.post(f"/c/{world.company.pk}/ask/policy/?of=all", {"choice": "no"})
    client.post(f"/c/{world.company.pk}/ask/backup-when/?of=all", {"choice": "never"})
    filled(client, world)
    draft = draft_of(world.company, catalog().papers[POLICY], "ja")
    text = "\n".join(one.text for one in draft.shown.sections)
    assert catalog().controls["backup-exists"].do.ja in text
    approve(client, world)
    states = result_of(world.company).assessment.states
    assert states["backup-exists"] != "met"
    assert states[POLICY] == "met"


def test_who_approves_approves_what_they_saw(world):
    client = world.client("owner")
    filled(client, world)
    action = page(world, "approve")
    seen = hidden(shown(client, page(world)), action)
    filled(client, world, aim="別のもの")
    response = client.post(action, {"name": "社長", "seen": seen})
    assert response.status_code == 409
    assert not PaperVersion.objects.of(world.company).exists()
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    assert approve(client, world, on=tomorrow).status_code == 400
    assert approve(client, world, name="").status_code == 400


def test_what_was_typed_stays_when_an_approval_is_refused(world):
    client = world.client("owner")
    filled(client, world)
    answer = approve(client, world, on="2999-01-01", note="ひとこと")
    assert answer.status_code == 400
    text = answer.content.decode()
    for kept in ("代表取締役 髙﨑", "2999-01-01", "ひとこと"):
        assert f'value="{kept}"' in text
    sent = {"owner": "担当 花子", "prepared_by": "作成 太郎", "plan_by": "1999-01-01"}
    answer = client.post(page(world, "answers"), sent)
    assert answer.status_code == 400
    for kept in sent.values():
        assert f'value="{kept}"' in answer.content.decode()


def test_no_paper_is_approved_that_plans_for_a_day_that_has_passed(world):
    client = world.client("owner")
    filled(client, world)
    yesterday = timezone.localdate() - timedelta(days=1)
    Paper.objects.of(world.company).update(plan_by=yesterday)
    assert approve(client, world).status_code == 400
    Paper.objects.of(world.company).update(plan_by=timezone.localdate())
    assert approve(client, world).status_code == 302


def test_the_list_says_which_paper_comes_first(world):
    client = world.client("owner")
    address = reverse(NAMES["papers"], args=[world.company.pk])

    def first() -> str:
        text = shown(client, address).split('aria-labelledby="first"', 1)[1].split("</section>")[0]
        return re.search(r'href="[^"]*/papers/([a-z0-9-]+)/"', text)[1]

    assert first() == next(iter(catalog().papers))
    filled(client, world, kind="backup-plan")
    assert first() == "backup-plan", "what was begun"
    assert approve(client, world, kind="backup-plan").status_code == 302
    assert first() == next(iter(catalog().papers))
    PaperVersion.objects.of(world.company).update(until=timezone.localdate() - timedelta(days=1))
    assert first() == "backup-plan", "what is over"


def test_two_people_at_once_overwrite_nothing(world):
    client = world.client("owner")
    action = page(world, "answers")
    seen = hidden(shown(client, page(world)), action)
    assert client.post(action, {"q_aim": "一人目", "seen": seen}).status_code == 302
    late = client.post(action, {"q_aim": "二人目", "seen": seen})
    assert late.status_code == 409
    assert "二人目" in late.content.decode()
    assert Paper.objects.of(world.company).get().answers == {"aim": "一人目"}


def edit(client, world, text, part="telling", what="keep", seen=None):
    action = page(world, "section", part)
    seen = seen or hidden(shown(client, page(world)), action)
    return client.post(action, {"what": what, "text": text, "seen": seen})


def test_words_by_hand_survive_and_a_conflict_is_shown(world):
    client = world.client("owner")
    filled(client, world)
    stale = hidden(shown(client, page(world)), page(world, "section", "telling"))
    assert edit(client, world, "手で書いた文").status_code == 302
    late = edit(client, world, "遅れて来た文", seen=stale)
    assert late.status_code == 409
    assert "遅れて来た文" in late.content.decode()
    filled(client, world, aim="別のもの")
    text = shown(client, page(world))
    assert "手で書いた文" in text
    assert "conflict-1" not in text
    filled(client, world, place="web")
    text = shown(client, page(world))
    assert "conflict-1" in text
    assert approve(client, world).status_code == 400  # decide first
    assert edit(client, world, "", what="mine").status_code == 302
    assert "conflict-1" not in shown(client, page(world))
    assert approve(client, world).status_code == 302
    assert "手で書いた文" in str(PaperVersion.objects.of(world.company).get().written["edited"])
    edit(client, world, "", what="again")
    assert "手で書いた文" not in shown(client, page(world)).split(say("papers.changed", n=1))[0]


@pytest.mark.parametrize("write", [word_file, odt_file])
def test_a_file_that_was_changed_comes_back(world, write):
    client, kind = world.client("owner"), catalog().papers[POLICY]
    filled(client, world)
    draft = draft_of(world.company, kind, "ja")
    form = form_of_draft(draft)
    upload = page(world, "upload")

    def send(data):
        return client.post(upload, {"file": SimpleUploadedFile("p", data)})

    assert say("papers.taken_none") in text_of(send(write(form)))
    at = next(n for n, one in enumerate(form.sections) if one.mark.startswith("telling"))
    changed = list(form.sections)
    words = (Paragraph(NAME), *changed[at].blocks[1:])
    changed[at] = replace(changed[at], blocks=words)
    data = write(replace(form, sections=tuple(changed)))
    assert say("papers.taken", n=1) in text_of(send(data))
    kept = Paper.objects.of(world.company).get().edits["ja"]
    assert list(kept) == ["telling"]
    assert NAME in kept["telling"]["text"]
    # The same file again, after the answers changed: only the section of the hand is a conflict.
    filled(client, world, aim="別のもの", place="web")
    send(data)
    laid = draft_of(world.company, kind, "ja").laid
    assert [one.section for one in laid.conflicts] == ["telling"]


HOSTILE = {
    "empty": b"",
    "text": b"not a paper",
    "zip": b"PK\x03\x04" + b"\x00" * 40,
    "large": b"PK" + b"\x00" * 5_000_001,
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_what_is_no_paper_is_refused_and_nothing_changes(world, name):
    client = world.client("owner")
    filled(client, world)
    before = Paper.objects.of(world.company).get().edits
    response = client.post(
        page(world, "upload"), {"file": SimpleUploadedFile("p.docx", HOSTILE[name])}
    )
    assert response.status_code in (400, 413)
    assert Paper.objects.of(world.company).get().edits == before


def test_records_are_dated_and_the_calendar_has_them(world):
    client = world.client("owner")
    Employee.objects.of(world.company).create(company=world.company, name="髙﨑 花子")
    assert "髙﨑 花子" in shown(client, page(world, kind="training-record"))
    day = (timezone.localdate() - timedelta(days=100)).isoformat()
    filled(client, world, "training-record", day=day)
    assert approve(client, world, "training-record").status_code == 302
    standing = result_of(world.company).assessment.controls["incident-education"]
    assert standing.headline.numbers["done_on"] == day
    ics = client.get(reverse("papers:papers_calendar", args=[world.company.pk])).content.decode()
    assert f"record-incident-education-{world.company.pk}@tojimari" in ics.replace("\r\n ", "")
    assert f"DTSTART;VALUE=DATE:{timezone.localdate() + timedelta(days=265):%Y%m%d}" in ics


def test_a_declaration_is_not_taken_for_declared_without_its_id(world):
    client, kind = world.client("owner"), "security-action-declaration"
    filled(client, world, kind, number="", done="")
    assert approve(client, world, kind).status_code == 400
    filled(client, world, kind)
    assert approve(client, world, kind).status_code == 302
    assert kind in papers_in_force(world.company, timezone.localdate())


def test_a_gap_list_cannot_be_approved(world):
    client = world.client("owner")
    response = client.post(page(world, "approve", kind="isms-gap"), {"name": "社長", "seen": "x"})
    assert response.status_code == 400


def test_reminders_are_opt_in_and_come_once(world):
    from tojimari.portal.papers.periodic import remind_of_papers

    client = world.client("owner")
    filled(client, world)
    approve(client, world)
    PaperVersion.objects.of(world.company).update(until=timezone.localdate() + timedelta(days=10))
    told = Notice.objects.of(world.company).filter(kind=PAPER_ENDS, about=POLICY)
    remind_of_papers.call()
    assert not told.exists()
    client.post(reverse("papers:remind_papers", args=[world.company.pk]), {"on": "yes"})
    assert PaperReminder.objects.of(world.company).exists()
    remind_of_papers.call()
    remind_of_papers.call()
    assert told.count() == 1
    client.post(reverse("papers:remind_papers", args=[world.company.pk]))
    assert not PaperReminder.objects.of(world.company).exists()


# --- who helps -------------------------------------------------------------------------------------


def granted(world, *scopes):
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(scopes=scopes)


def granted_page(world, name="paper", *rest):
    ids = [world.chamber.pk, world.company.pk, POLICY, *rest]
    return reverse(GRANTED[name], args=ids)


def test_a_supporter_sees_and_prepares_only_with_leave(world):
    client, here = world.client("supporter"), granted_page(world)
    assert client.get(here).status_code == 404
    granted(world, "papers:read")
    assert client.get(here).status_code == 200
    assert client.post(granted_page(world, "answers"), {"q_aim": "x"}).status_code == 404
    assert client.post(granted_page(world, "upload")).status_code == 404
    granted(world, "papers:read", "papers:write")
    assert answer(client, world, {"aim": "支援者が書いた"}, prefix=here).status_code == 302
    assert Paper.objects.of(world.company).get().answers["aim"] == "支援者が書いた"
    assert Notice.objects.of(world.company).filter(kind=PAPER_PREPARED, about=POLICY).exists()
    assert AuditEvent.objects.of(world.company).filter(action="paper.prepared").exists()
    assert client.get(granted_page(world, "file", "pdf")).status_code == 200
    text = shown(client, here)
    assert page(world, "approve") not in text
    assert client.post(page(world, "approve"), {"name": "x"}).status_code == 404
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(withdrawn_at=timezone.now())
    assert client.get(here).status_code == 404
    assert client.get(granted_page(world, "file", "pdf")).status_code == 404


def test_the_list_for_supporters_and_its_link(world):
    client = world.client("supporter")
    link = reverse("papers:granted_papers", args=[world.chamber.pk, world.company.pk])
    company = reverse("supporters:granted", args=[world.chamber.pk, world.company.pk])
    assert link not in shown(client, company)
    granted(world, "papers:read")
    assert link in shown(client, company)
    assert catalog().papers[POLICY].title.ja in shown(client, link)


def test_staff_read_and_do_not_change(world):
    filled(world.client("owner"), world)
    client = world.client("staff")
    assert page(world, "answers") not in shown(client, page(world))
    assert client.post(page(world, "answers"), {"q_aim": "x"}).status_code == 404


@pytest.mark.parametrize("kind", sorted(catalog().papers))
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_paper_has_a_page_in_both_languages(world, kind, lang):
    client = world.client("owner")
    response = client.get(page(world, kind=kind), headers={"accept-language": lang})
    assert response.status_code == 200
    assert catalog().papers[kind].title.say(lang) in html.unescape(response.content.decode())


def test_forms_there_are_none_of_are_not_there(world):
    client = world.client("owner")
    for form in ("exe", "csv"):
        assert client.get(page(world, "file", form)).status_code == 404
    assert client.get(page(world, "file", "pdf") + "?version=9").status_code == 404
    assert client.get(page(world, "file", "pdf") + "?version=x").status_code == 404
    for form in ("csv", "xlsx"):
        data = client.get(page(world, "file", form, kind="scs-self-declaration")).content
        assert data[:2] in (b"PK", b"\xef\xbb")


def test_programs_read_the_papers_with_a_token(world):
    from tojimari.portal.people.models import ApiToken

    client = world.client("owner")
    filled(client, world)
    approve(client, world)
    _, secret = ApiToken.make(world.owner, "own", ["company:read"], 30)
    address = f"/api/v1/companies/{world.company.pk}/papers"
    found = client.get(address, headers={"authorization": f"Bearer {secret}"}).json()
    by_id = {one["paper"]: one for one in found}
    assert by_id[POLICY]["in_force"]
    assert "1-3-1-1" in by_id[POLICY]["criteria"]
    assert not by_id["asset-list"]["in_force"]
    _, other = ApiToken.make(world.stranger, "own", ["company:read"], 30)
    assert client.get(address, headers={"authorization": f"Bearer {other}"}).status_code == 404
