"""The fact of a verdict: it is read back, and holds nothing of what the message said."""

import msgspec
import pytest

from tests.mail import made
from tojimari.mail.acquaintances import Known
from tojimari.mail.observation import verdict_fact, writing
from tojimari.mail.reading import read_file
from tojimari.mail.verdict import judge
from tojimari.model.facts import plain_fact, read_fact

[LURE] = read_file(
    made.mail(
        "至急ご本人確認をお願いします。下記のリンクをクリックしてください。",
        From="楽天 <a@evil.top>",
    ).as_bytes()
)


def test_it_holds_the_verdict_and_none_of_the_words():
    fact = verdict_fact(LURE, judge(LURE, Known(), {}), "no")
    assert (fact.level, fact.writing, fact.expected) == ("dangerous", "ja", "no")
    assert fact.signals
    stored = msgspec.json.encode(plain_fact(fact)).decode()
    assert read_fact(fact.KIND, 1, msgspec.json.decode(stored)) == fact
    for word in (LURE.sender.name, LURE.sender.address, LURE.sender.domain, LURE.text[:8]):
        assert word not in stored


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("本人確認をお願いします", "ja"),
        ("請点击下面的链接", "zh"),
        ("계정을 확인하세요", "ko"),
        ("Überprüfen Sie Ihr Konto", "latin"),
        ("Проверьте счёт", "other"),
        ("123 !!", ""),
    ],
)
def test_the_letters_tell_the_language_as_far_as_letters_do(text, language):
    assert writing(text) == language
