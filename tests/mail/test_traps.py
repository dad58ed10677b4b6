"""What misleads such verdicts, each tried: artefacts of corpora, words in words, forged trust."""

import msgspec
import pytest

from tests.mail import made
from tojimari.mail.acquaintances import Known, gather_known
from tojimari.mail.message import Message
from tojimari.mail.reading import read_file, read_text
from tojimari.mail.signals.names import as_written
from tojimari.mail.signals.wording import phrases
from tojimari.mail.verdict import judge, signals


def points(message: Message, known: Known | None = None) -> float:
    return judge(message, known or Known(), {}).points


def read(text: str = "資料をお送りします。ご確認ください。", **headers: str) -> Message:
    return read_file(made.mail(text, Message_ID="<1@shop.example>", **headers).as_bytes())[0]


@pytest.mark.parametrize(
    "headers",
    [
        {"Date": "Thu, 01 Jan 1998 00:00:00 +0000"},
        {"User_Agent": "Mutt/2.2"},
        {"Content_Language": "ja"},
        {"List_Id": "<x.lists.example>"},
        {"DKIM_Signature": "v=1; d=shop.example; s=a; b=x"},
        {"X_Spam_Status": "No, score=-9"},
        {"Authentication_Results": "mx; dmarc=pass header.from=shop.example"},
    ],
)
def test_what_anybody_can_write_and_when_buys_and_costs_nothing(headers):
    assert points(read(**headers)) == points(read())


def test_the_own_domain_as_a_sender_is_no_trust():
    known = gather_known(["kado.example"])
    assert points(read(From="x <a@kado.example>"), known) >= points(read(), known)


@pytest.mark.parametrize("text", ["Contact us about the contact form", "オンライン会議のご案内", "The prizewinner's surveyor"])  # fmt: skip
def test_words_within_words_are_none(text):
    found = judge(read(text), Known(), {})
    assert not {each.id for each in found.reasons} & set(phrases())


def test_technical_words_and_quotes_below_a_lure_take_no_signal_away():
    lure = read("至急ご本人確認をお願いします。下記のリンクをクリックしてください。", From="x <a@evil.top>")  # fmt: skip
    before = judge(lure, Known(), {})
    for more in ("\n> quoted\n" * 30, "\nkernel driver patch commit build compile" * 20):
        after = judge(msgspec.structs.replace(lure, text=lure.text + more), Known(), {})
        assert after.level == before.level
        seen = {each.id for each in after.reasons} | {"reads_like_lure"}
        assert {each.id for each in before.reasons} <= seen


def test_japanese_is_not_suspicious_by_itself():
    assert points(read()) == points(read("Please find the papers enclosed."))


def test_a_host_for_browsers_only_is_judged_by_whose_it_is():
    found = read_text("ご確認ください。 https://www.paypal.com+login.bad.example/a")
    seen = {each.id: each.expected for each in signals(found, Known())}
    assert seen["link_with_name_before"] == "www.paypal.com+login"


@pytest.mark.parametrize("text", ["café, naïve, Việt Nam (NFD: Vie\u0323\u0302t)", "مُحَمَّد (Muhammad)", "שָׁלוֹם shalom", "e.g. ‎שָׁלוֹם", "ก็ไม่ OK", "हिन्दी Hindi", "か\u3099き e\u0301"])  # fmt: skip
def test_marks_of_other_scripts_where_they_belong_are_none(text):
    found = judge(read(text), Known(), {})
    assert "mixed_letters" not in {each.id for each in found.reasons}


@pytest.mark.parametrize("text", ["Amazon の設定", "Аmazon Pay", "A\u073fm\u073fa\u073fz\u073fo\u073fn Service"])  # fmt: skip
def test_a_brand_is_told_as_it_reads_also_in_disguise(text):
    assert as_written("amazon", text) == "Amazon"
