"""Whatever is shown is in one language: catalog, report, paper, terminal, texts to send, help."""

import argparse
import ast
import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Literal

import pytest

import tojimari
from tests.support.facts import AS_OF
from tests.support.one_language import wrong_in_page, wrong_language
from tests.support.unseen_computer import COMMAND, SYSTEMS, nothing_seen
from tojimari.ask import answer_observation
from tojimari.assess.answers import meaning
from tojimari.catalog import load_catalog
from tojimari.catalog.read import texts
from tojimari.cli.grammar import parser
from tojimari.diagnose import diagnose
from tojimari.model import LANGS, Answer, State, Subject, seen, shown_numbers, subject_kinds
from tojimari.model.facts import DevicePhone
from tojimari.report import entry, terminal
from tojimari.report.page import to_html
from tojimari.report.paper import Before, Cover, to_paper
from tojimari.report.request import request_for

CATALOG = load_catalog()
SOURCE = Path(tojimari.__file__).parent
COMPANY = Subject("company", "c")
JAPANESE = re.compile("[぀-鿿]")


@pytest.mark.parametrize(
    ("lang", "text", "wrong"),
    [
        ("ja", "`x` を実行します。", []),
        ("ja", "コントロール パネル > ファイル履歴 / Control Panel, File History", []),
        ("ja", "「設定」を開きます。Open Settings and look for updates.", ["Open Settings and look for updates."]),
        ("ja", "This user may not see it.", ["user", "may", "not", "see", "it"]),
        ("ja", "done", ["done"]),
        ("ja", "英国の Center for Internet Security の Windows Update と iPhone", []),
        ("en", "Open 「設定」.", ["「設定」"]),
        ("en", "Open Settings。", ["。"]),
        ("en", "○ done △ partly × not yet ？ unknown － does not apply", []),
        ("en", "Look at \"バックアップ\"", ["バックアップ"]),
    ],
)  # fmt: skip
def test_the_judge_of_languages_sees_what_a_reader_sees(lang, text, wrong):
    assert wrong_language(text, lang) == wrong


def test_an_elements_own_language_counts_in_a_page():
    page = '<html lang="en"><p title="設定">Settings<p lang="ja">設定 <b>Open it and see</b></html>'
    assert wrong_in_page(page) == [("en", "設定"), ("ja", "it"), ("ja", "and"), ("ja", "see")]


@pytest.mark.parametrize("lang", LANGS)
def test_every_text_of_the_catalog(lang):
    found = [
        (path, wrong)
        for path, text in texts(CATALOG.content)
        if (wrong := wrong_language(getattr(text, lang), lang))
    ]
    assert found == []


@pytest.mark.parametrize("lang", LANGS)
def test_every_reason_with_its_numbers(lang):
    every = [CATALOG.content.reasons, *(c.reasons for c in CATALOG.controls.values())]
    for reasons in every:
        for code, reason in reasons.items():
            typed = [one for one in reason.sample.values() if isinstance(one, str)]
            said = reason.text.say(lang, **shown_numbers(reason.sample))
            assert wrong_language(said, lang, typed) == [], (code, said)
    for kind in subject_kinds().values():
        assert wrong_language(kind.name.say(lang), lang) == []


def pairs_in_code():
    """Yield (where, Japanese, English) of every pair of texts that stands in the code itself."""

    def words(node):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        if isinstance(node, ast.JoinedStr):
            return "".join(
                str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values
            )
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            both = words(node.left), words(node.right)
            return None if None in both else "".join(both)
        return None

    for path in SOURCE.rglob("*.py"):
        code = path.read_text("utf-8")
        if not JAPANESE.search(code):  # no pair is in it
            continue
        for node in ast.walk(ast.parse(code)):
            if not isinstance(node, ast.Call):
                continue
            if getattr(node.func, "id", "") == "sought":  # a pattern and its literals, no texts
                continue
            named = {k.arg: k.value for k in node.keywords}
            given = (named["ja"], named["en"]) if {"ja", "en"} <= set(named) else node.args[-2:]
            said = [words(one) for one in given]
            if len(said) == 2 and None not in said and JAPANESE.search(said[0]):
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", *said


def test_every_pair_of_texts_in_the_code():
    found = list(pairs_in_code())
    assert len(found) > 200
    wrong = [
        (where, lang, parts)
        for where, *said in found
        for lang, text in zip(LANGS, said, strict=True)
        if (parts := wrong_language(text, lang))
    ]
    assert wrong == []


def parsers(lang):
    def below(one, name):
        yield name, one
        for action in one._actions:
            if isinstance(action, argparse._SubParsersAction):
                for word, inner in action.choices.items():
                    yield from below(inner, f"{name} {word}")

    return below(parser(lang), "tojimari")


@pytest.mark.parametrize("lang", LANGS)
def test_every_help(lang):
    for name, one in parsers(lang):
        # The usage line and what stands before a text are typed, not said.
        said = [one.description or "", *(a.help or "" for a in one._actions)]
        said += [group.title or "" for group in one._action_groups]
        for text in said:
            assert wrong_language(text.replace("%%", "%"), lang) == [], name


@cache
def diagnosis(system):
    """Return what is known where every question got its worst answer and nothing could be seen."""
    made = []
    for question in CATALOG.questions.values():
        answers = [Answer(question.id, (option.id,)) for option in question.offered]
        worst = [a for a in answers if "not_met" in meaning(question, a).values()]
        if worst and system == "nothing":
            made.append(
                answer_observation(worst[-1], company=COMPANY, at=AS_OF - timedelta(days=1))
            )
    if system == "phones":
        kinds: tuple[Literal["ios", "ipados", "android"], ...] = ("ios", "ipados", "android")
        for n, kind in enumerate(kinds):
            phone = DevicePhone(kind, kind == "ipados", None, False, False)
            subject = Subject("device", f"p{n}")
            made.append(seen(phone, subject=subject, source="answered", at=AS_OF))
    if system in SYSTEMS:
        made += nothing_seen(system, Subject("device", "d"), AS_OF)
    return diagnose(made, company="c", catalog=CATALOG, as_of=AS_OF)


EVERY = [*SYSTEMS, "phones", "nothing"]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("system", EVERY)
def test_the_report_on_screen_and_on_paper(system, lang):
    found = diagnosis(system)
    assert wrong_in_page(to_html(found, CATALOG, lang)) == []
    assert wrong_in_page(to_html(found, CATALOG, lang, in_portal=True)) == []
    states: dict[str, State] = dict.fromkeys(found.assessment.states, "met")
    cover = Cover("7", Before(AS_OF - timedelta(days=30), states))
    assert wrong_in_page(to_paper(found, CATALOG, lang, cover)) == []


@cache
def typed(lang):
    """Return what is to be typed in the steps of all controls, longest first."""
    said = (getattr(text, lang) for _, text in texts(CATALOG.controls))
    return sorted({code for one in said for code in re.findall("`([^`]+)`", one)}, key=len)[::-1]


def printed(capsys):
    """Return the lines that were printed, without what is to be typed: it may be broken."""
    return re.sub(r"`[^`]*`|\[[a-z0-9-]+=[^]]*\]", " ", capsys.readouterr().out).splitlines()


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("system", EVERY)
def test_the_terminal_and_the_texts_to_send(system, lang, capsys):
    found = diagnosis(system)
    terminal.show_result(found, CATALOG, lang)
    terminal.show_plan(found, CATALOG, lang)
    for id_ in found.assessment.controls:
        terminal.show_standing(id_, found, CATALOG, lang)
    for step in found.steps:
        request = request_for(step, found, CATALOG, lang)
        for text in (request.subject, request.body) if request else ():
            assert wrong_language(text, lang, (COMMAND, *typed(lang))) == [], text
    for line in printed(capsys):
        # The last column of the plan is the control's id.
        said = re.sub(r"  [a-z0-9-]+$", "", line).replace(COMMAND, "")
        assert wrong_language(said, lang) == [], line


@pytest.mark.parametrize("lang", LANGS)
def test_every_entry_of_the_catalog_in_the_terminal(lang, capsys):
    known = [*CATALOG.controls, *CATALOG.questions, *CATALOG.threats, *CATALOG.frameworks]
    for id_ in known:
        entry.show_entry(id_, CATALOG, lang)
    entry.show_list(CATALOG, lang)
    ids = {*known, *CATALOG.facts}
    for line in printed(capsys):
        line = re.sub(r"^  [\w-]+: ", "", line)
        said = " ".join(word for word in line.split() if word.strip("(),") not in ids)
        assert wrong_language(said, lang) == [], line
