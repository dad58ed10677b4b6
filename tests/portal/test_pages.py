"""Every page of a company answers for its owner, in both languages, and says what it should."""

from typing import get_args

import pytest

from tests.support.drills import drill_keys
from tests.support.requests import request_keys

EDITOR = ("questions", "forms", "preview")
PAGES = [
    "",
    "welcome/",
    "ask/updates/",
    "ask/pc-count/",
    "ask/backup-where/",
    "check/",
    "report/",
    "control/antimalware-running/",
    "control/security-policy/",
    "weekly/",
    "history/",
    "lessons/",
    "lessons/updates/",
    "drills/",
    "drills/consent/",
    "drills/new/",
    "drills/mails/",
    "drills/mails/new/",
    "drills/mails/parcel-easy/",
    "devices/",
    "watch/",
    "updates/",
    "updates/new/",
    "updates/policies/new/",
    "show/",
    "sharing/",
    "settings/",
    "log/",
    "delete/",
]


@pytest.mark.any_database
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_owner_pages_answer(world, page, lang):
    client = world.client("owner")
    client.cookies["django_language"] = lang
    response = client.get(f"/c/{world.company.pk}/{page}")
    assert response.status_code == 200
    assert f'<html lang="{lang}">' in response.content.decode()


@pytest.mark.any_database
def test_answers_lead_to_the_next_question_and_to_the_result(world):
    client, base = world.client("owner"), f"/c/{world.company.pk}"
    response = client.get(f"{base}/ask/", follow=True)
    asked = 0
    while "/ask/" in response.redirect_chain[-1][0] and asked < 40:
        question = response.context["question"]
        given = {"number": "3"} if question.type == "number" else {"choice": question.options[0].id}
        address = response.redirect_chain[-1][0]
        response = client.post(address, given, follow=True)
        asked += 1
    assert 10 <= asked <= 16
    # A look takes a program here, so nobody is led into it; where all was answered well it is the
    # next step, with the time it really takes.
    assert response.redirect_chain[-1][0] == f"{base}/"
    shown = client.get(f"{base}/").content.decode()
    assert "会社のパソコンやスマホを調べる" in shown
    assert "約10分" in shown
    assert "次の一歩" in shown
    assert "n=" in shown


@pytest.mark.any_database
def test_dont_know_is_an_answer_everywhere(world):
    from tojimari.portal.words import catalog

    client = world.client("staff")
    for question in catalog().questions.values():
        page = f"/c/{world.company.pk}/ask/{question.id}/?of=all"
        assert client.get(page).status_code == 200
        assert client.post(page, {"choice": "dont_know"}).status_code == 302


def test_a_bad_answer_gets_a_sentence_and_saves_nothing(world):
    client, page = world.client("owner"), f"/c/{world.company.pk}/ask/pc-count/"
    response = client.post(page, {"number": "多い"})
    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    assert world.company.observations.count() == 0


def test_done_asks_again_when_nothing_can_look(world):
    client = world.client("owner")
    response = client.post(f"/c/{world.company.pk}/control/mfa-cloud/done/")
    assert response.status_code == 302
    assert "/ask/mfa/" in response["Location"]


def test_a_kept_paper_counts_and_a_future_day_does_not(world):
    client, page = world.client("owner"), f"/c/{world.company.pk}/control/security-policy/evidence/"
    assert client.post(page, {"done_on": "2999-01-01", "note": "棚"}).status_code == 400
    assert client.post(page, {"done_on": "2026-01-05", "note": ""}).status_code == 400
    response = client.post(page, {"done_on": "2026-10-05", "note": "事務所の棚"}, follow=True)
    assert "できている" in response.content.decode()


def test_the_weekly_habit_counts_weeks_in_a_row_and_blames_nobody():
    from datetime import date, timedelta

    from tojimari.portal.companies.weekly import monday, streak

    today = date(2026, 11, 23)
    weeks = {monday(today) - timedelta(weeks=n) for n in range(3)}
    assert streak(weeks, today) == 3
    assert streak(weeks, today + timedelta(days=13)) == 3
    assert streak(weeks, today + timedelta(days=14)) == 0
    assert streak(set(), today) == 0


def test_the_weekly_page_is_done_by_one_press(world):
    client, page = world.client("owner"), f"/c/{world.company.pk}/weekly/"
    assert "今週はこれで終わる" in client.get(page).content.decode()
    shown = client.post(f"{page}done/", follow=True).content.decode()
    assert "今週の戸締まりは終わりました" in shown
    client.post(f"{page}done/")
    assert world.company.visits.count() == 1


def test_history_has_a_line_after_a_change(world):
    client, base = world.client("owner"), f"/c/{world.company.pk}"
    client.post(f"{base}/ask/mfa/?then=result", {"choice": "done"})
    shown = client.get(f"{base}/history/").content.decode()
    assert "<polyline" in shown
    assert "ここで初めて分かったこと" in shown
    assert "変わったこと" not in shown
    client.post(f"{base}/ask/mfa/?then=result", {"choice": "not_done"})
    assert "変わったこと" in client.get(f"{base}/history/").content.decode()


@pytest.mark.any_database
def test_reports_come_in_every_form(world):
    client, base = world.client("owner"), f"/c/{world.company.pk}/report/file."
    for form, start in (("html", b"<!doctype"), ("json", b"{"), ("oscal", b"{")):
        response = client.get(base + form)
        assert response.content.lower().startswith(start)
        assert "attachment" in response["Content-Disposition"]
    assert client.get(base + "pdf").status_code == 404
    assert client.get(base + "exe").status_code == 404


@pytest.mark.any_database
def test_a_pdf_is_made_by_a_worker(world):
    from tests.support.pressing import run_tasks

    client, base = world.client("owner"), f"/c/{world.company.pk}/report"
    job = client.post(f"{base}/pdf/")["Location"]
    assert client.get(job).status_code == 200
    run_tasks()
    assert client.get(job).status_code == 302
    assert client.get(f"{base}/file.pdf").content.startswith(b"%PDF")


def test_looking_at_the_server_is_refused_when_it_is_not_the_owners_own(world):
    assert world.client("owner").post(f"/c/{world.company.pk}/look/").status_code == 404


def test_language_switch_keeps_the_page(world):
    client, page = world.client("owner"), f"/c/{world.company.pk}/weekly/"
    response = client.post("/language/setlang/", {"language": "en", "next": page}, follow=True)
    assert response.redirect_chain[-1][0] == page
    assert "Weekly lock-up" in response.content.decode()


def desk_keys() -> set[str]:
    """The texts that the desk names by a state, a way or a column."""
    from tojimari.portal.desk.figures import COLUMNS, WAYS
    from tojimari.portal.desk.forms import RATINGS
    from tojimari.portal.desk.queue import STATES

    reasons = ("unknown", "several", "automatic", "unreadable", "too_many")
    mail = ("waiting", "sending", "taken", "refused", "bounced")
    return {
        *(f"weekday.{day}" for day in range(7)),
        *(f"deskcsv.{name}" for name in COLUMNS),
        *(f"desk.way_{way}" for way in WAYS),
        *(f"desk.rated_{one}" for one in RATINGS),
        *(f"desk.{kind}_{state}" for kind in ("state", "own_state") for state in STATES),
        *(f"desk.mail_{state}" for state in mail),
        *(f"deskaside.why_{why}" for why in reasons),
        *(f"deskmail.handover_{news}" for news in ("agree", "refuse", "end", "over")),
        *(f"desk.appointment_{what}" for what in ("set", "moved", "off")),
        *("deskmail.foot", "deskmail.foot_page", "desk.bad_handover", "desk.bad_hours"),
    }


def update_keys() -> set[str]:
    """The texts that updates from afar name by a state, a reason or a column."""
    from tojimari.portal.updates.fresh import How
    from tojimari.portal.updates.models import Wave

    proposal = ("proposed", "approved", "refused", "stopped", "lapsed", "ended")
    task = ("waiting", "approved", "signed", "handed", "started", "done", "kept_back", "failed")
    stopped = ("owner", "supporter", "grant", "wave", "key", "yes")
    csv_alone = ("reason", "restart", "finished")
    return {
        *(f"fresh.{how}" for how in get_args(How)),
        *(f"updatestate.{state}" for state in proposal),
        *(f"taskstate.{state}" for state in (*task, "refused", "stopped", "lapsed")),
        *(f"updatestop.{by}" for by in stopped),
        *(f"wavestate.{state}" for state in (Wave.RUNNING, Wave.DONE, Wave.STOPPED)),
        *(f"wavestage.{stage}" for stage in Wave.STAGES),
        *(f"wavewhy.{why}" for why in ("failures", "supporter", "over")),
        *(f"mail.wave_{why}_subject" for why in ("failures", "supporter", "over")),
        *(f"approval.{how}" for how in ("once", "two", "policy")),
        *(f"wavecolumn.{name}" for name in csv_alone),
        *("second.ended", "lessons.take_one", "mail.wave"),
    }


def test_every_text_of_the_portal_exists_in_both_languages_and_is_used():
    import re
    from pathlib import Path

    from tojimari.catalog.money import OPEN_POINTS
    from tojimari.catalog.playbook import Weight, Who
    from tojimari.model.facts.watch_day import HeardEngine
    from tojimari.portal import words
    from tojimari.portal.chains.forms import REPLACE
    from tojimari.portal.core import notices
    from tojimari.portal.core.holds import holdables
    from tojimari.portal.core.permissions import ticks
    from tojimari.portal.experts import mails, visits
    from tojimari.portal.experts.forms import LANGUAGES
    from tojimari.portal.experts.models import ExpertVisit
    from tojimari.portal.incidents.evidence import PARTS
    from tojimari.portal.incidents.models import ENTRY_KINDS
    from tojimari.portal.money.forms import GROUPS
    from tojimari.portal.money.organisation_pages import COLUMNS
    from tojimari.portal.people.models import SCOPES
    from tojimari.portal.supporters import concerns
    from tojimari.portal.supporters.show_page import WAYS
    from tojimari.portal.surveys.questions import CHOICES, KINDS
    from tojimari.portal.updates.isolation_pages import LIMITS
    from tojimari.respond.record import LEAVES
    from tojimari.survey.columns import FIELDWORK_COLUMNS

    texts = words.texts()
    folder = Path(words.__file__).parent
    used: set[str] = set()
    for path in [*folder.rglob("*.html"), *folder.rglob("*.txt")]:
        used |= set(re.findall(r'\{% say(?:_code)? "([^"]+)"', path.read_text("utf-8")))
    for path in folder.rglob("*.py"):
        found = re.findall(
            r"""(?:say\(|told\(|bad\(|"key": )\s*["']([a-z_.0-9]+)["']""", path.read_text("utf-8")
        )
        found += re.findall(r'own\["([a-z_.]+)"\]', path.read_text("utf-8"))
        found += re.findall(
            r'refusal(?:: ClassVar\[str\])? = "([a-z_.]+)"', path.read_text("utf-8")
        )
        used |= {key for key in found if "." in key} | set(
            re.findall(r'"(error\.[a-z_]+)"', path.read_text("utf-8"))
        )
    for kind in notices.kinds().values():
        used.add(f"notice.{kind.name}")
        used |= {kind.mail, f"{kind.mail}_subject"} - {"", "_subject"}
    used |= {f"right.{tick}" for tick in ticks()}
    used |= {f"scope.{scope}" for scope in SCOPES}
    used |= {f"concern.{choice}" for choice in concerns.choices()}
    used |= {f"basic.{item}" for item in concerns.basics()}
    guarded = HeardEngine.__annotations__["guards"]
    used |= {f"watched.guards.{one}" for one in get_args(guarded)}
    used |= {key for key in texts if key.startswith("wrong.")}  # test_fleet.py knows each of them
    used |= {f"list.{what}" for what in ("no_address", "bad_address", "twice")}
    used |= {"invitations.listed", "invitations.again_done"}
    used |= {f"mailcheck.photo_{what}" for what in ("read", "no_engine", "unreadable")}
    said = [f"mailcheck.answered_{answer}" for answer in ("yes", "no", "unsure")]
    used |= {"mail.gap.picture_not_read", *said, *(f"{key}_suspicious" for key in said)}
    used |= {f"who.{who}" for who in get_args(Who)} | {f"weight.{one}" for one in get_args(Weight)}
    used |= {f"entry.{kind}" for kind in ENTRY_KINDS} | {"sheet.link", "papers.make_it"}
    proof_states = ("waiting", "good", "revoked", "superseded", "held", "expired")
    used |= {f"proofs.state.{state}" for state in proof_states}
    renewed = ("notice.proof.ends_renew", "mail.proof_ends_renew", "proofs.ended_why")
    gone = ("notice.proof.ends_gone", "mail.proof_ends_gone", "proofs.ended_gone")
    used |= {*renewed, *gone}  # test_proofs.py reads each of them
    used |= {f"hold.{kind}" for kind in holdables()} | {"updatestop.restored"}
    used |= {f"isolation.limit_{one}" for one in LIMITS}
    used |= {f"proofs.what.{what}" for what in ("page", "statement", "pdf", "oscal")}
    used |= desk_keys() | update_keys() | request_keys() | drill_keys()
    used |= {f"moneypage.group_{group}" for group in GROUPS} | {f"moneycsv.{c}" for c in COLUMNS}
    used |= {key for way in WAYS for key in (way.title, way.about)} | {"show.sharing_nobody"}
    used |= {f"leaf.{leaf}" for leaf in LEAVES} | {f"erase.{part}" for part in PARTS}
    used |= {f"survey.words_{name}" for name in (*FIELDWORK_COLUMNS, "speeder", "duplicate")}
    used |= {f"chainpage.replace_{one}" for one in REPLACE}
    used |= {"lenders.by_size", "lenders.by_industry"}
    used |= {f"visitstate.{state}" for state in ExpertVisit.STATES}
    used |= {f"visitmail.{kind}" for kind in mails.KINDS}
    by = (visits.COMPANY, mails.EXPERT, mails.ORGANISATION, *visits.OF_ITSELF)
    used |= {f"visit.words_{each}" for each in by} | {f"day.{day}" for day in range(7)}
    used |= {f"speaks.{code}" for code in LANGUAGES}
    used |= {f"programme.{part}" for part in ("by", "who", "what", *OPEN_POINTS)}
    # The editor of questionnaires names its sentences by what was done, or lacks.
    editor = "".join((folder / "surveys" / f"{name}.py").read_text("utf-8") for name in EDITOR)
    named = set(re.findall(r'"(questions\.[a-z_]+)"', editor))
    named |= {f"questions.{key}" for key in re.findall(r'yield "([a-z_]+)"', editor)}
    used |= named | {f"questions.kind_{kind}" for kind in {*KINDS, *CHOICES}}
    used |= {f"questions.pick_{kind}" for kind in CHOICES}
    assert used - set(texts) - set(words.catalog().content.ui) == {"error.html"}
    for key, text in texts.items():
        places = [set(re.findall(r"\{(\w+)\}", each)) for each in (text.ja, text.en)]
        assert places[0] == places[1], key
        assert text.ja.strip(), key
        assert text.en.strip(), key
    unused = set(texts) - used
    assert {
        k
        for k in unused
        if not k.startswith(("csv.", "event.", "fleet.not_nudged_", "mail.invite_"))
    } == set()


def test_audit_sentences_exist_for_every_action():
    import re
    from pathlib import Path

    from tojimari.portal import words

    folder = Path(words.__file__).parent
    actions: set[str] = set()
    for path in folder.rglob("*.py"):
        text = path.read_text("utf-8")
        actions |= set(re.findall(r'note(?:_\w+)?\((?:\w+, )*\s*"([a-z_]+\.[a-z_.]+)"', text))
    company_events = {a for a in actions if a != "fleet.seen"}
    assert {"fleet.exported", "nudge.sent", "step.done", "company.made"} <= company_events
    assert {f"event.{action}" for action in company_events} <= set(words.texts())


def test_odd_characters_are_never_a_fault(world):
    client, base = world.client("owner"), f"/c/{world.company.pk}"
    posts = {
        f"{base}/settings/": {"name": "a\x00b"},
        "/companies/": {"name": "\x00"},
        "/account/": {"name": "\x00"},
        f"{base}/control/security-policy/evidence/": {"done_on": "2026-01-01", "note": "x\x00"},
        f"{base}/ask/updates/": {"choice": "\x00"},
        f"{base}/ask/pc-count/": {"number": "9" * 5000},
        f"{base}/sharing/invite/": {"email": "a\x00@b.jp"},
    }
    for page, given in posts.items():
        assert client.post(page, given).status_code == 400, page
    assert client.get(f"{base}/?done=%00").status_code == 400
    assert client.get(f"{base}/log/?page=99999999999999999999").status_code == 200
    for page in ("/phone/%00/", "/join/%00/", "/unsubscribe/%00/", "/start/é/"):
        assert client.get(page).status_code in (403, 404)
