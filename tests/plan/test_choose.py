"""The rules of docs/next-step.md."""

from datetime import date, timedelta

import pytest

from tests.support.facts import AS_OF, fact, measured
from tojimari.ask import answer_observation, parse_answer
from tojimari.assess.assessment import assess
from tojimari.assess.standing import basic_controls
from tojimari.catalog import load_catalog
from tojimari.model import Subject, seen
from tojimari.model.facts import DeviceFirewall, DeviceUpdates, PaperEvidence
from tojimari.plan import (
    ASK_BASICS,
    ASK_REST,
    LOOK_HERE,
    LOOK_OUTSIDE,
    calendar,
    plan,
    put_off_observation,
    steps_put_off,
)
from tojimari.plan.choose import threat_weight, why
from tojimari.report.sentences import step_title

CATALOG = load_catalog()
BASICS = basic_controls(CATALOG)
COMPANY = Subject("company", "c")


def said(**answers):
    return [
        answer_observation(
            parse_answer(CATALOG.questions[key.replace("_", "-")], value), company=COMPANY, at=AS_OF
        )
        for key, value in answers.items()
    ]


def planned(*observations, unanswered=0, looked=True):
    assessment = assess(observations, company="c", catalog=CATALOG, as_of=AS_OF)
    steps = plan(assessment, CATALOG, basics=BASICS, unanswered_basics=unanswered, looked=looked)
    return assessment, steps


def ids(steps):
    return [step.control for step in steps]


NO_FIREWALL = measured(DeviceFirewall("none", active=False, default_inbound=None, inbound_rules=0))


def test_a_measured_gap_comes_before_the_questions():
    _, steps = planned(NO_FIREWALL, unanswered=10)
    assert steps[0].control == "device-firewall"
    assert steps[0].kind == "do"


def test_with_nothing_seen_open_the_basic_questions_come_first():
    _, steps = planned(unanswered=10)
    assert ids(steps) == [ASK_BASICS, ASK_REST, LOOK_OUTSIDE]
    assert steps[0].minutes == 3


def test_unknown_questions_never_flood_the_plan():
    _, steps = planned(NO_FIREWALL, unanswered=5)
    assert sum(step.kind == "ask" for step in steps) == 2


def test_a_dont_know_stays_a_step_of_its_own():
    _, steps = planned(*said(mfa="dont_know"))
    [step] = [step for step in steps if step.control == "mfa-cloud"]
    assert (step.kind, step.see_with) == ("ask", "mfa")


def test_a_contradiction_outweighs_the_same_gap_without_one():
    gap = measured(
        DeviceUpdates(
            manager="apt",
            pending=3,
            pending_security=3,
            pending_security_names=("a",),
            lists_refreshed_at=AS_OF,
            last_update_at=None,
            reboot_required=False,
        )
    )
    plain = {s.control: s for s in planned(gap)[1]}["os-updates-pc"]
    denied = {s.control: s for s in planned(gap, *said(updates="all"))[1]}["os-updates-pc"]
    assert denied.contradiction
    assert denied.score == pytest.approx(1.25 * plain.score, rel=1e-3)


def test_what_was_only_said_weighs_a_little_less_than_what_was_seen():
    seen = {s.control: s for s in planned(NO_FIREWALL)[1]}["device-firewall"]
    told = {s.control: s for s in planned(*said(device_firewall="none"))[1]}["device-firewall"]
    assert told.score == pytest.approx(0.9 * seen.score, rel=1e-3)


def test_a_prerequisite_to_be_done_comes_before_what_needs_it():
    _, steps = planned(
        *said(backup_where=["cloud"], backup_when="older", backup_detached="not_done"),
        *said(antimalware="none"),
    )
    order = ids(steps)
    for step in steps:
        for need in step.after:
            assert order.index(need) < order.index(step.control)
    assert "antimalware-installed" in order


def test_fine_here_means_look_at_the_others_not_do_it_again():
    good = DeviceFirewall("nftables", active=True, default_inbound="drop", inbound_rules=3)
    _, steps = planned(measured(good))
    [step] = [step for step in steps if step.control == "device-firewall"]
    assert step.kind == "look"


def test_nothing_met_or_not_applicable_is_a_step():
    assessment, steps = planned(NO_FIREWALL, *said(mfa="done", phones=["none"], pc_count=1))
    for step in steps:
        if step.control in assessment.controls:
            assert assessment.controls[step.control].state not in ("met", "not_applicable")


def test_rank_one_outweighs_rank_ten():
    weights = {id_: threat_weight(c, CATALOG) for id_, c in CATALOG.controls.items()}
    assert weights["backup-detached"][1:3] == ("T-RANSOM", 1)
    assert weights["backup-detached"][0] > weights["payment-check"][0]


def test_every_step_gives_its_reason_in_both_languages():
    assessment, steps = planned(NO_FIREWALL, *said(backup_where="none", mfa="not_done"))
    for step in steps:
        reason = why(step, assessment, CATALOG)
        for text in (reason.ja, reason.en):
            assert text.strip()
            assert "{" not in text


def kept(control, day):
    return seen(
        PaperEvidence(control, day.isoformat(), "", None, None),
        subject=Subject("paper", control),
        source="document",
        at=AS_OF,
    )


@pytest.mark.parametrize(("days", "overdue"), [(0, False), (365, False), (366, True)])
def test_a_paper_counts_until_its_last_day(days, overdue):
    day = AS_OF.date() - timedelta(days=days)
    assessment, _ = planned(kept("security-policy", day))
    assert (assessment.controls["security-policy"].state == "not_met") is overdue
    [due] = [d for d in calendar(assessment, CATALOG) if d.control == "security-policy"]
    assert due.overdue is overdue
    assert due.due_on == day + timedelta(days=365)


def test_a_paper_dated_in_the_future_proves_nothing():
    assessment, _ = planned(kept("security-policy", date(2027, 1, 1)))
    assert assessment.controls["security-policy"].state == "unknown"


def test_the_calendar_lists_overdue_first_and_never_kept_last():
    assessment, _ = planned(
        kept("security-policy", date(2024, 1, 1)), kept("security-roles", date(2026, 11, 1))
    )
    entries = calendar(assessment, CATALOG)
    assert [e.control for e in entries[:2]] == ["security-policy", "security-roles"]
    assert all(e.due_on is None for e in entries[2:])


CHANGED = {
    "baseline_at": "2026-11-01T00:00:00+00:00",
    "first": False,
    "pages": 3,
    "alarms": [
        {"kind": "defaced", "page": "https://x.example/", "evidence": "h4cked", "on_pages": 1}
    ],
    "alarms_in_all": 1,
    "notes_in_all": 0,
}


def watched(**fields):
    return fact("site.changes", CHANGED | fields, subject=Subject("site", "x.example"))


@pytest.mark.parametrize("looked", [True, False])
def test_an_intruder_at_work_comes_before_everything_else(looked):
    assessment, steps = planned(watched(), NO_FIREWALL, unanswered=10, looked=looked)
    first = steps[0]
    assert (first.control, first.kind) == ("website-defacement", "act")
    assert first.score == max(step.score for step in steps)
    assert "https://x.example/" in why(first, assessment, CATALOG).ja
    assert "電話" not in step_title("website-defacement", "do", CATALOG, "ja")
    assert "確かめる" in step_title("website-defacement", "act", CATALOG, "ja")


def test_one_of_two_sites_that_was_changed_is_enough():
    fine = watched(alarms=[], alarms_in_all=0)
    other = fact("site.changes", CHANGED, subject=Subject("site", "y.example"))
    _, steps = planned(fine, other)
    assert steps[0].kind == "act"


def test_nobody_watching_is_no_reason_to_hurry():
    _, steps = planned(watched(alarms=[], alarms_in_all=0, pages=0), NO_FIREWALL)
    assert "act" not in {step.kind for step in steps}


SAID_BADLY = {"updates": "none", "backup_where": ["none"], "antimalware": "none"}


def test_from_answers_alone_the_step_is_one_of_substance():
    for answers in (SAID_BADLY, {"backup_where": ["none"]}, {"mfa": "not_done"}):
        _, steps = planned(*said(**answers), looked=False)
        assert steps[0].kind == "do"
        assert steps[0].control in BASICS
        # The look is there, behind everything that the basics are known to lack.
        place = ids(steps).index(LOOK_HERE)
        lacking = [n for n, s in enumerate(steps) if s.kind == "do" and s.control in BASICS]
        assert place == max(lacking) + 1


def test_where_the_basics_lack_nothing_a_look_is_the_next_step():
    _, steps = planned(looked=False)
    assert ids(steps)[0] == LOOK_HERE
    _, steps = planned(looked=True)
    assert LOOK_HERE not in ids(steps)


@pytest.mark.parametrize("question", [q.id for q in CATALOG.questions.values() if q.controls()])
@pytest.mark.parametrize("how", ["dont_know", "worst"])
def test_one_question_is_one_entry(question, how):
    """Not knowing what one question asks, or one bad answer, is one thing to do."""
    asked = CATALOG.questions[question]
    if how == "worst":
        bad = [
            o.id for o in asked.options if o.says and set(o.says.values()) <= {"not_met", "partly"}
        ]
        if not bad:
            return
        given = [bad[-1]] if asked.type in ("several", "upto") else bad[-1]
    else:
        given = "dont_know"
    answer = answer_observation(parse_answer(asked, given), company=COMPANY, at=AS_OF)
    assessment, steps = planned(answer)
    about = [
        step
        for step in steps
        if set(step.controls) & asked.controls() and step.kind in ("do", "ask")
    ]
    assert len(about) <= 1
    if how == "dont_know" and assessment.controls[min(asked.controls())].said is not None:
        assert [step.see_with for step in about] in ([], [question])


def test_a_step_names_everything_that_is_settled_with_it():
    _, steps = planned(*said(backup_where=["none"]))
    assert steps[0].control == "backup-exists"
    assert {"backup-recent", "backup-detached", "backup-offsite"} <= set(steps[0].controls)


def test_what_needs_knowing_comes_before_what_needs_doing():
    # Encrypting a disk without a backup may lose everything: first find out whether there is one.
    open_disk = fact(
        "device.disk_encryption",
        {
            "volumes": [
                {
                    "mount": "/",
                    "device": "sda1",
                    "encrypted": False,
                    "removable": False,
                    "system": True,
                }
            ]
        },
    )
    _, steps = planned(open_disk, *said(backup_where="dont_know"))
    order = ids(steps)
    knowing = next(s for s in steps if "backup-exists" in s.controls)
    assert knowing.kind == "ask"
    assert order.index(knowing.control) < order.index("disk-encryption")
    # Where nobody was asked yet, the sitting that asks comes first.
    _, steps = planned(open_disk, unanswered=5)
    assert ids(steps).index(ASK_BASICS) < ids(steps).index("disk-encryption")


def updates(security: int):
    return measured(
        DeviceUpdates(
            manager="apt",
            pending=security,
            pending_security=security,
            pending_security_names=("a",),
            lists_refreshed_at=AS_OF,
            last_update_at=None,
            reboot_required=False,
        )
    )


def test_eighty_waiting_security_updates_press_more_than_one():
    def score(count: int) -> float:
        return next(s.score for s in planned(updates(count))[1] if s.control == "os-updates-pc")

    assert score(1) < score(12) < score(80)
    _, steps = planned(updates(80), NO_FIREWALL)
    assert steps[0].control == "os-updates-pc"


def site_with(name: str, version: str, kind: str):
    item = {"name": name, "kind": kind, "version": version, "seen_in": "script", "system": ""}
    return fact(
        "site.software",
        {"items": [item], "items_in_all": 1, "all_tried": True, "known_as_of": "2026-11-01"},
    )


def test_a_hole_that_is_in_use_presses_more_than_one_that_is_not():
    found = {}
    for what in (("jquery", "1.4.2", "script"), ("WordPress", "4.0.1", "cms")):
        assessment, steps = planned(site_with(*what))
        finding = assessment.controls["website-vulnerabilities"].headline
        step = next(s for s in steps if s.control == "website-vulnerabilities")
        found[finding.reason] = step.score
    assert found["attacked"] == pytest.approx(4 * found["ended"], rel=1e-2)


def test_an_open_door_that_was_seen_presses_more_than_one_that_was_said():
    row = {"protocol": "tcp", "address": "0.0.0.0", "port": 3389, "program": None}
    seen_open = fact("device.listening", {"sockets": [row]})
    found = {s.control: s for s in planned(seen_open)[1]}["remote-desktop-exposure"]
    told = {s.control: s for s in planned(*said(remote_desktop="not_done"))[1]}
    assert found.score > 2 * told["remote-desktop-exposure"].score


def put_off(step, how, days_ago=0):
    return put_off_observation(step, how, company=COMPANY, at=AS_OF - timedelta(days=days_ago))


def resting(*observations, **more):
    assessment = assess(observations, company="c", catalog=CATALOG, as_of=AS_OF)
    return plan(
        assessment,
        CATALOG,
        basics=BASICS,
        unanswered_basics=0,
        looked=True,
        put_off=steps_put_off(observations, AS_OF),
    )


@pytest.mark.parametrize(("how", "days"), [("later", 7), ("asked", 14)])
def test_what_was_put_off_leads_on_and_comes_back(how, days):
    known = said(backup_where=["none"], antimalware="none", updates="none")
    first, second = resting(*known)[:2]
    for ago in (0, days - 1):
        steps = resting(*known, put_off(first.control, how, ago))
        assert steps[0].control == second.control
        rest = next(s for s in steps if s.control == first.control)
        assert rest.asked is (how == "asked")
        assert rest.resting_until == (AS_OF + timedelta(days=days - ago)).date()
    assert resting(*known, put_off(first.control, how, days))[0].control == first.control
    again = [put_off(first.control, how, 2), put_off(first.control, "now", 1)]
    assert resting(*known, *again)[0].control == first.control


def test_what_needs_a_step_that_rests_waits_with_it():
    known = said(backup_where=["none"], supported="not_done", antimalware="none")
    for step in (steps := resting(*known)):
        held = [s.control for s in resting(*known, put_off(step.control, "later"))]
        for other in steps:
            if step.control in other.after:
                assert held.index(step.control) < held.index(other.control)


def test_somebody_who_may_be_in_already_is_put_off_for_one_day_only():
    assert resting(watched(), put_off("website-defacement", "later", 0))[0].kind != "act"
    assert resting(watched(), put_off("website-defacement", "asked", 1))[0].kind == "act"


def test_with_everything_put_off_the_first_of_it_is_still_told():
    known = said(mfa="not_done")
    steps = resting(*known)
    every = resting(*known, *(put_off(s.control, "later") for s in steps))
    assert len(every) == len(steps)
    assert all(s.resting_until for s in every)


def test_who_has_no_web_site_is_not_sent_to_look_at_one():
    _, steps = planned(*said(website="none"))
    assert LOOK_OUTSIDE not in ids(steps)
    assert "mail-authentication" not in ids(steps)
    _, steps = planned(*said(website="yes"))
    assert LOOK_OUTSIDE in ids(steps)
