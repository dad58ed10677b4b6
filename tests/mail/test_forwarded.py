"""Mails quoted whole in others: no mark that is added below a lure hides it."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.mail import made
from tests.mail.made import FORWARDS
from tojimari.mail.acquaintances import Known
from tojimari.mail.forwarded import above, forwarded_within
from tojimari.mail.reading import read_file, read_text
from tojimari.mail.verdict import judge, worst

ORDER = ("ordinary", "unknown", "careful", "dangerous")
BANK_CHANGE = "いつもお世話になっております。振込先の銀行口座が変更になりました。至急、本日中に新しい口座へお振込みください。この件は内密にお願いします。\n"
BRAND = "【重要】アカウントが停止されました。24時間以内に確認してください。\nhttps://amazon-kakunin.evil.example/login\n"
HARMLESS = "来週の打ち合わせは10時でお願いします。資料を持って伺います。\n"
PIECES = [HARMLESS, "https://www.amazon.co.jp/\n", "www.amazon.co.jp\n", "> quoted\n", "\n", *FORWARDS.values()]  # fmt: skip


def level(text: str, subject: str = "FW: 請求の件") -> int:
    found = read_file(made.mail(text, Subject=subject, Message_ID="<1@shop.example>").as_bytes())
    return ORDER.index(worst([judge(each, Known(), {}) for each in found[1:]]).level)


@pytest.mark.parametrize("lure", [BANK_CHANGE, BRAND])
@given(
    form=st.sampled_from(sorted(FORWARDS)),
    mark=st.sampled_from(sorted(FORWARDS.values())),
    below=st.lists(st.sampled_from(PIECES) | st.text(max_size=40), max_size=6).map("".join),
)
@example(form="Outlook", mark=FORWARDS["Gmail"], below=HARMLESS)
@example(form="Outlook on the web", mark=FORWARDS["Outlook, plain"], below=HARMLESS)
def test_what_a_further_mark_adds_below_a_forwarded_lure_never_speaks_for_it(
    lure, form, mark, below
):
    lured = FORWARDS[form] + lure
    assert level(f"{lured}\n{mark}{below}") >= level(lured)


def test_the_first_mark_of_any_kind_is_the_forwarded_mails():
    text = f"どう?\n\n{FORWARDS['Outlook']}{BANK_CHANGE}\n{FORWARDS['Gmail']}{HARMLESS}"
    _, whole, upper = read_file(made.mail(text, Subject="FW: 至急").as_bytes())
    assert whole.text.startswith(BANK_CHANGE)
    assert HARMLESS in whole.text
    assert upper.text.strip() == BANK_CHANGE.strip()


def test_what_stands_above_a_mark_has_its_own_links_only():
    text = f"{BRAND}hxxp://evil[.]example/x www.evil.example\n{FORWARDS['Gmail']}https://www.amazon.co.jp/"
    [found] = above(read_text(text))
    assert [each.host for each in found.links] == [
        "amazon-kakunin.evil.example",
        "evil.example",
        "www.evil.example",
    ]
    assert above(msgspec.structs.replace(found, text="FYI\n" + FORWARDS["Gmail"])) == []
    assert above(found) == forwarded_within(found) == []
