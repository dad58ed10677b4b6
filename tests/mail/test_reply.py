"""Answers as mail programs write them: the own words above, what they quote apart, nothing lost."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.mail.reply import own_and_quoted

OWN = "直りました。ありがとうございます。"


@pytest.mark.parametrize(
    "below",
    [
        "2026年11月29日(日) 10:00 町の会議所 <desk@chamber.example>:\n\n> いかがですか。\n> 会議所",
        "On Sun, Nov 29, 2026 at 10:00 AM Desk <desk@chamber.example> wrote:\n\n> How is it?",
        "On Sun, Nov 29, 2026 at 10:00 AM\nDesk of the chamber <desk@chamber.example> wrote:\n> How?",
        "-----Original Message-----\nFrom: Desk\nSubject: x\n\nHow is it?",
        "差出人: 町の会議所 <desk@chamber.example>\n送信日時: 2026年11月29日 10:00\n宛先: x\n件名: Re: 相談\n\nいかがですか。",
        "________________________________\nFrom: Desk <d@c.example>\nSent: Sunday\nTo: x\nSubject: y\n\nHow?",
        "> いかがですか。\n>\n> 会議所",
    ],
)
def test_what_is_quoted_below_is_told_apart(below):
    own, quoted = own_and_quoted(f"{OWN}\n\n{below}\n")
    assert own.rstrip("_\n") == OWN
    assert "?" in quoted or "いかがですか" in quoted or "How" in quoted


@pytest.mark.parametrize(
    "text",
    [
        "> 動きますか\nはい、動きます。\n> 全部ですか\n一台だけです。",
        "> ただの引用",
        "",
        "3時: 電話します",
    ],
)
def test_what_is_no_quote_below_stays(text):
    assert own_and_quoted(text) == (text, "")


@given(st.text(alphabet="あa>\n: -1年wrote差出人", max_size=400))
def test_no_letter_is_lost(text):
    own, quoted = own_and_quoted(text)
    together = f"{own}\n{quoted}".replace("\n", "")
    assert together == text.replace("\n", "")


@pytest.mark.parametrize(
    "text",
    ["\n" * 200_000, "On " * 60_000 + "wrote:", "> " * 90_000, ">\n" * 90_000, "1:11" * 50_000],
)
def test_no_text_takes_long(text):
    began = time.perf_counter()
    own_and_quoted(text)
    assert time.perf_counter() - began < 5
