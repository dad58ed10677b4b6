"""Of several computers every form of the report says which: the step, the rows, paper, terminal."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from tests.support.facts import AS_OF
from tojimari.ask.diagnosis import answer_observation, parse_answer
from tojimari.catalog import load_catalog
from tojimari.diagnose import Diagnosis, diagnose
from tojimari.model import NotSeen, Subject, Text, seen, unseen
from tojimari.model.facts import DeviceOs, DeviceTimeSync, DeviceUpdates
from tojimari.plan import LOOK_HERE
from tojimari.report.alike import alike
from tojimari.report.instructions import how_to
from tojimari.report.page import context
from tojimari.report.paper import Cover, to_paper
from tojimari.report.phrases import NAMES_SHOWN, devices_told
from tojimari.report.request import request_for
from tojimari.report.sentences import plain_days, step_why
from tojimari.report.terminal import show_result, show_standing

CATALOG = load_catalog()
UPDATES, CLOCK = "os-updates-pc", "time-sync"
NAMES = {"a": "受付", "b": "経理", "c": "倉庫"}


def firm(waiting: dict[str, int], names: dict[str, str] = NAMES) -> Diagnosis:
    """Return the diagnosis of a firm: subject id -> security updates that wait on it."""
    company, old = Subject("company", "firm"), AS_OF - timedelta(days=60)
    said = {"company-size": "five_to_nine", "updates": "all", "antimalware": "all"}
    known = [
        answer_observation(parse_answer(CATALOG.questions[id_], given), company=company, at=AS_OF)
        for id_, given in said.items()
    ]
    for id_, count in waiting.items():
        for fact in (
            DeviceOs("windows", "windows", "Windows 11 Pro", "11-25h2-w", "Pro", None, "", None),
            DeviceUpdates("windows_update", count, count, (), AS_OF, old, False),
            DeviceTimeSync("w32time", True),
        ):
            known.append(seen(fact, subject=Subject("device", id_), at=AS_OF))
    found = diagnose(known, company="firm", catalog=CATALOG, as_of=AS_OF)
    return replace(found, device_names=names)


@pytest.mark.parametrize("order", [(3, 80, 0), (80, 3, 0)])
def test_what_presses_most_explains_it_whichever_computer_it_is(order):
    found = firm(dict(zip("abc", order, strict=True)))
    assert found.assessment.controls[UPDATES].headline.numbers["n"] == 80


@pytest.mark.parametrize(
    ("lang", "told"), [("ja", "3台のうち2台: 受付、経理"), ("en", "On 2 of 3 computers")]
)
def test_the_step_names_the_computers_in_every_form(lang, told, capsys):
    found = firm({"a": 3, "b": 80, "c": 0})
    [step] = [step for step in found.steps if step.control == UPDATES]
    assert step is found.next_step
    assert step.control != LOOK_HERE
    assert told in step_why(step, found, CATALOG, lang)
    assert told in context(found, CATALOG, lang, in_portal=True)["steps"][0]["why"]
    asked = request_for(step, found, CATALOG, lang)
    assert asked is not None
    assert told in asked.body
    assert "経理: " in asked.body
    assert "倉庫: " not in asked.body
    pages = to_paper(found, CATALOG, lang, Cover("firm"))
    assert pages.count(told) >= 3  # the basics, the step, the list of all controls
    show_result(found, CATALOG, lang)
    assert told.split(":")[0] in capsys.readouterr().out.replace("\n", "")
    show_standing(UPDATES, found, CATALOG, lang)
    assert "倉庫" in capsys.readouterr().out


def test_computers_that_say_the_same_share_a_row_and_what_is_open_stands_first():
    found = firm({"a": 0, "b": 80, "c": 0})
    standing = firm({"a": 3, "b": 0, "c": 80}).assessment.controls[UPDATES]
    [first, *_] = alike(standing, NAMES, CATALOG, "ja")
    assert [one.numbers["n"] for one in first] == [80]
    cards = [card for _, cards in context(found, CATALOG, "ja")["themes"] for card in cards]
    [updates] = [card for card in cards if card["id"] == UPDATES]
    assert [row["basis"] for row in updates["rows"]] == ["答え", "実際 (経理)", "実際 (受付、倉庫)"]
    [clock] = [card for card in cards if card["id"] == CLOCK]
    assert [row["basis"] for row in clock["rows"]] == ["実際 (受付、経理、倉庫)"]


def test_one_computer_is_not_named():
    found = firm({"a": 80}, {"a": "受付"})
    assert "受付" not in to_paper(found, CATALOG, "ja", Cover("firm"))


def test_of_many_computers_the_first_are_named_and_the_rest_counted():
    names = {f"d{n}": f"機器{n}" for n in range(50)}
    found = firm(dict.fromkeys(names, 2), names)
    told = devices_told(found.assessment.controls[UPDATES], names, CATALOG, "ja")
    assert told.startswith("調べた50台のうち50台: 機器0、")
    assert told.count("機器") == NAMES_SHOWN
    assert told.endswith(f"ほか{50 - NAMES_SHOWN}台。")


def test_what_is_fine_on_some_and_not_known_on_others_names_the_others():
    known = [
        *firm({"a": 0, "b": 0}).observations,
        unseen(DeviceTimeSync, NotSeen("no_permission"), subject=Subject("device", "c"), at=AS_OF),
    ]
    found = diagnose(known, company="firm", catalog=CATALOG, as_of=AS_OF)
    standing = found.assessment.controls[CLOCK]
    assert standing.headline.reason == "measured_here_only"
    told = devices_told(standing, NAMES, CATALOG, "ja")
    assert told.rstrip("。") == "調べた3台のうち1台は分かりません: 倉庫"


@pytest.mark.parametrize(
    ("odd", "plain"),
    [
        ("定義は0日前のものです。", "定義は今日のものです。"),
        ("最後のバックアップは10日前です。", "最後のバックアップは10日前です。"),
        ("The last backup was 0 days ago (x).", "The last backup was today (x)."),
        ("The signatures are 21 days old.", "The signatures are 21 days old."),
    ],
)
def test_days_are_counted_as_people_do(odd, plain):
    assert plain_days(odd) == plain


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_how_to_undo_names_no_commands_where_windows_or_macs_may_be(lang):
    own = {id_ for id_, one in CATALOG.controls.items() if set(one.how) & {"windows", "macos"}}
    for id_ in sorted(own):
        said = CATALOG.controls[id_].undo.say(lang)
        assert "`" not in said, (id_, said)
        assert "Linux" not in said, (id_, said)
        assert said.strip(" .。"), id_


def test_only_the_systems_it_is_open_on_are_shown_how():
    """One Windows computer waits for updates, the one with Linux does not: no commands for it."""
    linux = DeviceOs("linux", "ubuntu", "Ubuntu 24.04", "24.04", None, None, "", None)
    other = Subject("device", "l")
    fine = DeviceUpdates("apt", 0, 0, (), AS_OF, AS_OF, False)
    known = [
        *firm({"a": 80}).observations,
        *(seen(f, subject=other, at=AS_OF) for f in (linux, fine)),
    ]
    found = diagnose(known, company="firm", catalog=CATALOG, as_of=AS_OF)
    how = how_to(CATALOG.controls[UPDATES], found, CATALOG, "ja")
    assert [steps.name for steps in how if steps.shown_open] == ["Windows"]
    step = next(step for step in found.steps if step.control == UPDATES)
    asked = request_for(step, found, CATALOG, "ja")
    assert asked is not None
    assert "sudo" not in asked.body


@pytest.mark.parametrize(("lang", "told"), [("ja", "6台のうち2"), ("en", "2 of 6")])
def test_of_the_computers_that_the_company_has_some_were_looked_at(lang, told):
    company = Subject("company", "firm")
    six = parse_answer(CATALOG.questions["pc-count"], "6")
    known = [
        *firm({"a": 0, "b": 0}).observations,
        answer_observation(six, company=company, at=AS_OF),
    ]
    found = replace(
        diagnose(known, company="firm", catalog=CATALOG, as_of=AS_OF), device_names=NAMES
    )
    page = context(found, CATALOG, lang)
    assert page["devices"] == told
    cards = [card for _, cards in page["themes"] for card in cards]
    [clock] = [card for card in cards if card["id"] == CLOCK]
    assert told in clock["devices"]
    assert told in to_paper(found, CATALOG, lang, Cover("firm"))


@pytest.mark.parametrize(
    ("given", "looked", "told", "not_told"),
    [
        ("6", {}, ["この文を作ったパソコン: Windows", "ほかのパソコン5台: 種類"], "会社のパソコン"),
        ("1", {}, ["会社のパソコン1台: Windows"], "ほかのパソコン"),
        (
            "dont_know",
            {},
            ["この文を作ったパソコン: Windows", "ほかのパソコンがあれば"],
            "台: 種類",
        ),
        ("6", {"a": 80, "b": 0}, ["受付: ", "ほかのパソコン4台: 種類"], "この文を作った"),
        ("2", {"a": 80, "b": 0}, ["受付: "], "ほかのパソコン"),
    ],
)
def test_who_helps_is_told_how_many_computers_nobody_looked_at(given, looked, told, not_told):
    answer = parse_answer(CATALOG.questions["pc-count"], given)
    bad = parse_answer(CATALOG.questions["updates"], "none")
    company = Subject("company", "firm")
    said = [answer_observation(one, company=company, at=AS_OF) for one in (answer, bad)]
    known = [*(o for o in firm(looked).observations if o.subject.kind == "device"), *said]
    found = replace(
        diagnose(known, company="firm", catalog=CATALOG, as_of=AS_OF), device_names=NAMES
    )
    step = next(one for one in found.steps if UPDATES in one.controls)
    asked = request_for(step, found, CATALOG, "ja", system="windows")
    assert asked is not None
    for words in told:
        assert words in asked.body
    assert not_told not in asked.body


def test_quotes_inside_quotes_are_the_inner_kind():
    outer = Text(ja="「{title}」は後 {title}", en='"{title}" was put off. {title}')
    ja, en = "「多要素認証」の質問", 'Answer the question "Backups"'
    assert outer.say("ja", title=ja) == f"「『多要素認証』の質問」は後 {ja}"
    assert outer.say("en", title=en) == f"\"Answer the question 'Backups'\" was put off. {en}"
    for odd in ('a 5" disk', 'run `cmd "a" "b"`', "{title}", "a」b「c「"):
        assert odd in outer.say("ja", title=odd)
        assert odd in outer.say("en", title=odd)
