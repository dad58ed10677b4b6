"""What argparse says of itself, in the user's language, without changing argparse for others."""

import argparse

import pytest

from tojimari.cli.argument_parser import in_japanese, with_dashed_ids
from tojimari.cli.grammar import parser
from tojimari.model import TojimariError


@pytest.mark.parametrize(
    ("lang", "words"), [("ja", ("使い方: ", "引数", "オプション")), ("en", ("usage: ", "options"))]
)
def test_the_help_is_in_one_language(lang, words, capsys):
    with pytest.raises(SystemExit):
        parser(lang).parse_args(["site", "--help"])
    said = capsys.readouterr().out
    assert all(word in said for word in words)
    assert ("usage" in said) == (lang == "en")
    assert ("show this help" in said) == (lang == "en")


def test_a_second_parser_speaks_its_own_language(capsys):
    japanese, english = parser("ja"), parser("en")
    for one, words in ((japanese, "使い方"), (english, "usage")):
        with pytest.raises(SystemExit):
            one.parse_args(["check", "--help"])
        assert words in capsys.readouterr().out
    assert "usage" in argparse.ArgumentParser(prog="x").format_help()


@pytest.mark.parametrize(
    "typed",
    [["nonsense"], ["done"], ["site", "--format"], ["check", "--nope"], ["check", "--json", "--format", "oscal"], ["up", "--port", "abc"]],
)  # fmt: skip
def test_complaints_are_one_sentence_in_both_languages(typed):
    with pytest.raises(TojimariError) as caught:
        parser("ja").parse_args(typed)
    assert not any(word in caught.value.say("ja") for word in ("argument", "required", "invalid"))
    assert "--help" in caught.value.say("en")


@pytest.mark.parametrize(("lang", "part"), [("ja", "0以上の整数"), ("en", "0 or more")])
def test_a_count_is_refused_in_the_parsers_language(lang, part):
    words = ["survey", "tabulate", "x", "--questionnaire", "q", "--out", "o", "--min-cell", "many"]
    with pytest.raises(TojimariError) as caught:
        parser(lang).parse_args(words)
    assert part in caught.value.say(lang)


def test_a_complaint_nobody_translated_stays_as_it_is():
    assert in_japanese("argument X: something new") == "X: something new"


def test_a_keys_id_that_begins_with_a_dash_is_no_option():
    key = "-" + "k_0-" * 10 + "Zz"
    words = with_dashed_ids(["agent", "allow", "--fingerprint", key, "--kind", "usual"])
    assert words == ["agent", "allow", f"--fingerprint={key}", "--kind", "usual"]
    assert parser("en").parse_args(words).fingerprint == key
    assert with_dashed_ids(["check", "-v", key, "--lang=ja", key]) == [
        "check",
        "-v",
        key,
        "--lang=ja",
        key,
    ]


def _spelled(made):
    """Return what a parser says of itself, with what its verbs say of themselves."""
    nested = [one.choices for one in made._actions if isinstance(one.choices, dict)]
    return [made.format_help(), *(_spelled(below) for one in nested for below in one.values())]


def _verbs(made):
    return next(one.choices for one in made._actions if isinstance(one.choices, dict))


def test_the_verb_that_was_typed_is_spelled_out_as_among_all():
    whole = _verbs(parser("en"))
    for name, made in whole.items():
        alone = _verbs(parser("en", [name, "--json"]))
        assert len(alone) < len(whole)
        assert _spelled(alone[name]) == _spelled(made), name


@pytest.mark.parametrize("words", [["nonsense"], ["--lang", "en"], ["--help"], []])
def test_where_no_verb_was_typed_all_are_there(words):
    assert list(_verbs(parser("en", words))) == list(_verbs(parser("en")))
