"""Walks every control: a check or a question, text in both languages, and a path to "met"."""

from datetime import timedelta

import pytest

from tests.support.facts import AS_OF
from tojimari.ask import answer_observation
from tojimari.assess.answers import answer_findings, meaning
from tojimari.assess.check import all_checks, checks_of
from tojimari.catalog import load_catalog
from tojimari.catalog.read import texts
from tojimari.collect.look import collectors
from tojimari.model import Answer, Subject

CATALOG = load_catalog()
CONTROLS = sorted(CATALOG.controls)

# What the 2022 paper measures, by the control that stands for it.
PAPER_2022 = [
    "os-updates-pc",
    "os-updates-tablet",
    "os-updates-phone",
    "app-updates",
    "supported-os",
    "supported-software",
    "antimalware-installed",
    "antimalware-running",
    "antimalware-fresh",
    "device-firewall",
    "network-firewall",
    "web-server-protection",
    "website-vulnerabilities",
    "website-defacement",
    "router-firmware",
    "remote-desktop-exposure",
    "online-meeting-safety",
    "telework-rules",
    "document-storage",
    "backup-exists",
    "backup-recent",
    "backup-places",
    "backup-detached",
    "backup-offsite",
    "backup-restore-tested",
    "owner-training",
    "staff-training",
    "know-the-tricks",
    "strong-passwords",
    "mfa-cloud",
    "sharing-settings",
    "private-devices",
    "device-loss",
    "disk-encryption",
    "screen-lock",
    "account-lifecycle",
    "mail-authentication",
    "incident-plan",
    "incident-contacts",
    "cyber-insurance",
]


def test_there_are_at_least_45_controls_and_everything_the_paper_measures():
    assert len(CONTROLS) >= 45
    assert set(PAPER_2022) <= set(CONTROLS)


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_has_a_check_or_a_question(control):
    assert checks_of(control) or CATALOG.questions_for(control)


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_says_everything_in_both_languages(control):
    found = list(texts(CATALOG.controls[control]))
    assert len(found) >= 6
    for path, text in found:
        assert text.ja.strip(), path
        assert text.en.strip(), path


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_can_be_answered_as_met(control):
    """Some one answer to some question makes the said finding "met"."""
    company = Subject("company", "c")
    reached = []
    for question in CATALOG.questions_for(control):
        answers = [Answer(question.id, (option.id,)) for option in question.options]
        answers += [Answer(question.id, (), rule.at_least) for rule in question.number_says]
        plain = [o.id for o in question.options if not o.alone]
        if question.type in ("several", "upto"):
            answers.append(Answer(question.id, tuple(plain[: question.at_most])))
        for answer in answers:
            if meaning(question, answer).get(control) == "met":
                said = answer_findings(
                    [answer_observation(answer, company=company, at=AS_OF - timedelta(days=1))],
                    company=company,
                    catalog=CATALOG,
                    as_of=AS_OF,
                )
                reached.append(said[control].state)
    assert "met" in reached or CATALOG.controls[control].evidence is not None
    assert CATALOG.questions_for(control), "no question asks it"


@pytest.mark.parametrize("control", sorted(all_checks()))
def test_every_check_belongs_to_a_control_and_reads_known_facts(control):
    check = all_checks()[control]
    assert check.control in CATALOG.controls
    by = {"device": "device", "company": "company"}.get(check.about, "network")
    assert by in CATALOG.controls[check.control].seen_by
    for kind in (*check.reads, *check.also):
        assert kind in CATALOG.facts


def test_every_reason_renders_in_both_languages():
    shared = [("reasons.yaml", code, reason) for code, reason in CATALOG.content.reasons.items()]
    own = [
        (control.id, code, reason)
        for control in CATALOG.controls.values()
        for code, reason in control.reasons.items()
    ]
    for where, code, reason in shared + own:
        for lang in ("ja", "en"):
            said = reason.text.say(lang, **reason.sample)
            assert "{" not in said, (where, code, said)


def test_a_reason_belongs_to_a_check():
    """A control with reason codes is measured; otherwise its sentences could never be shown."""
    for control in CATALOG.controls.values():
        if control.reasons:
            assert checks_of(control.id), control.id


def test_frameworks_have_the_published_number_of_items():
    counts = {id_: len(f.items) for id_, f in CATALOG.frameworks.items()}
    assert counts["ipa-6"] == 6
    assert counts["ipa-5"] == 5
    assert counts["ipa-25"] == 25
    assert counts["scs-3"] == 26
    assert counts["scs-4"] == 43
    assert counts["cyber-essentials"] == 5
    assert counts["cis-ig1"] == 56
    assert counts["csf-2"] == 22
    assert sum(len(item.criteria) for item in CATALOG.frameworks["scs-3"].items) == 81


def test_an_item_without_a_control_says_so():
    for framework in CATALOG.frameworks.values():
        for item in framework.items:
            if not item.controls and not item.criteria:
                assert item.gap, (framework.id, item.id)
            for criterion in item.criteria:
                assert criterion.controls or criterion.gap, (framework.id, criterion.id)


def test_threats_carry_ten_ranks_a_year():
    for year in range(2021, 2027):
        ranks = sorted(
            rank.rank for t in CATALOG.threats.values() for rank in t.ranks if rank.year == year
        )
        assert ranks == list(range(1, 11)), year


def test_every_figure_has_year_source_and_n_or_says_that_it_is_not_published():
    for survey in CATALOG.surveys.values():
        assert survey.year
        assert survey.sources
        for figure in survey.figures:
            assert figure.n or figure.note, (survey.id, figure.id)


def test_profile_and_basics_can_be_answered_in_three_minutes():
    """About ten seconds a question, twelve for the longer ones: fifteen questions at most."""
    first = [q for q in CATALOG.questions.values() if q.stage in ("profile", "basics")]
    assert len(first) <= 15


@pytest.mark.parametrize("system", ["windows", "macos", "linux"])
def test_what_is_measured_on_a_system_is_told_how_to_do_there(system):
    kinds = {kind for one in collectors(system) for kind in one.sees}
    met = {one.control for one in all_checks().values() if set(one.reads) & kinds}
    assert len(met) > 20
    assert [id_ for id_ in sorted(met) if system not in CATALOG.controls[id_].how] == []


def test_a_control_with_steps_for_one_phone_has_them_for_the_other():
    systems = [{"ios", "android"} & set(one.how) for one in CATALOG.controls.values()]
    assert all(len(one) in (0, 2) for one in systems)
