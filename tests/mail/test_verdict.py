"""The verdict: each signal where it should be seen, ordinary mail left alone, nothing bought."""

import hashlib
import weakref
from datetime import date
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from tests.mail import made
from tojimari.catalog import load_catalog
from tojimari.knowledge.mail_names import brands, own_sites, pages_of_everybody, shorteners
from tojimari.mail.acquaintances import Contact, Known, gather_known, remembered_as
from tojimari.mail.links import link
from tojimari.mail.lures import PREFIXES, Weights, lure, shipped, tokens
from tojimari.mail.message import Address, Attachment, Gap, Link, Message, Trait, Verified
from tojimari.mail.reading import read_file, read_text
from tojimari.mail.signals.approaches import approaches
from tojimari.mail.signals.names import belongs, brand_in, looks_like
from tojimari.mail.signals.points import POINTS
from tojimari.mail.signals.seen import around
from tojimari.mail.signals.wording import phrases, wording
from tojimari.mail.verdict import (
    CAREFUL_FROM,
    DANGEROUS_FROM,
    UNSURE_FROM,
    judge,
    likelihood,
    weight,
    worst,
)

CATALOG = load_catalog()
TRICKS = {each.id: each.trick for each in CATALOG.signals.values()}
KNOWN = Known(own=frozenset(["kado.example"]), contacts=frozenset(["yamakawa-koumuten.example"]))
ORDINARY = yaml.safe_load((Path(__file__).parents[2] / "benchmarks/mail_ordinary.yaml").read_text("utf-8"))  # fmt: skip
FILL = {"n": "123456789", "day": "3/14", "yen": "12,800", "item": "椅子"}


def verdict(message: Message, known: Known = KNOWN):
    return judge(message, known, TRICKS)


def seen(message: Message) -> set[str]:
    found = verdict(message)
    return {each.id for each in (*found.reasons, *found.trust)}


def read(
    text: str = "本文です。よろしくお願いいたします。", html: str = "", **headers: str
) -> Message:
    return read_file(made.mail(text, html, Message_ID="<1@shop.example>", **headers).as_bytes())[0]


WRITTEN = st.text(alphabet="ab'’ .\nßÄⅣ㈱ｶﾞアカウント停止振込先", max_size=400)
"""Words, runs longer than any, letters that become others when they are read."""


MANY_WORDS = " ".join(
    f"{one}{two}{three}" for one in "bcdfghjkl" for two in "aeiou" for three in "mnprstvwxz"
)


@example(MANY_WORDS * 2, "", 0)
@given(WRITTEN, st.sampled_from(["", "ab'ab ", "アカウント停止", "a", "振"]), st.integers(0, 700))
def test_a_text_of_which_each_word_is_read_once_says_what_its_pieces_say(text, again, times):
    message = Message("text", subject="ab アカウント", text=text + again * times)
    pieces = [message.text[:length] for length in PREFIXES]
    if message.text.isascii() or len(message.text) < 75:
        pieces.append(message.text[:150])
        said = [shipped().score(tokens(message.subject, "", each)) for each in pieces]
        assert lure(message) == max(0.0, *said)
    else:  # the first piece ends earlier, where letters take two columns
        said = [shipped().score(tokens(message.subject, "", each)) for each in pieces]
        assert lure(message) >= max(0.0, *said)


def test_every_signal_has_its_words_and_every_trick_a_signal():
    assert {*POINTS, "reads_like_lure"} == set(CATALOG.signals)
    assert len(CATALOG.signals) <= 90
    assert {each.trick for each in CATALOG.signals.values()} - {""} == set(CATALOG.tricks)
    assert {id_ for id_, points in POINTS.items() if points < 0} == {
        id_ for id_, each in CATALOG.signals.items() if not each.trick
    }
    assert set(phrases()) <= set(POINTS)
    for each in CATALOG.signals.values():
        for lang in ("ja", "en"):
            assert each.text.say(lang, quote="x", expected="y")


@pytest.mark.parametrize(
    ("headers", "signal"),
    [
        ({"From": "Amazon.co.jp <a@evil.example>"}, "brand_in_name"),
        ({"From": "ａｍａｚｏｎ <a@evil.example>"}, "brand_in_name"),
        ({"From": "Аmazоn <a@evil.example>"}, "brand_in_name"),  # Cyrillic А and о
        ({"From": "三井住友カード <a@evil.example>"}, "brand_in_name"),
        ({"From": "info@bank.example <a@evil.example>"}, "address_in_name"),
        ({"From": "kado.example <a@evil.example>"}, "name_is_recipient"),
        ({"From": "x <a@yamakawa-koumutem.example>"}, "lookalike_sender"),
        ({"From": "x <a@yarnakawa-koumuten.example>"}, "lookalike_sender"),
        ({"From": "x <a@xn--pypal-4ve.com>"}, "lookalike_sender"),
        ({"From": "x <a@amazon-jp-login.example>"}, "brand_in_address"),
        ({"From": "x <a@shop.top>"}, "cheap_sender"),
        ({"From": "a@one.example, b@two.example"}, "several_senders"),
        ({"From": "Support"}, "sender_without_address"),
        ({"From": "事務局 <x@gmail.com>"}, "office_at_freemail"),
        ({"Reply_To": "x@gmail.com"}, "answers_to_freemail"),
        ({"Reply_To": "x@other.example"}, "answers_elsewhere"),
        ({"Subject": "a@kado.example アカウント"}, "recipient_in_subject"),
        ({"Subject": "楽天カードのお知らせ"}, "brand_in_subject"),
        ({"Subject": "【至急】本日中に"}, "urgency"),
        ({"Subject": "Re: 件"}, "false_reply"),
        ({"Subject": "Pаypal"}, "mixed_letters"),
        ({"Subject": "Aܿmܿaܿzܿoܿn"}, "mixed_letters"),
        ({"From": "Aܿmܿaܿzܿoܿn <a@evil.example>"}, "brand_in_name"),
        ({"X_Priority": "1"}, "marked_urgent"),
        ({"Return_Path": "<a@other.example>"}, "envelope_elsewhere"),
    ],
)
def test_what_the_headers_give_away(headers, signal):
    assert signal in seen(read(**headers))


@pytest.mark.parametrize(
    ("html", "signal"),
    [
        ('<a href="https://evil.example">https://bank.example/login</a>', "link_shows_other"),
        ('<a href="https://bank.example@evil.example/">x</a>', "link_with_name_before"),
        ('<a href="http://192.0.2.1/x">x</a>', "link_to_number"),
        ('<a href="http://0xc0000201/x">x</a>', "link_to_number"),
        ('<a href="https://bit.ly/x">x</a>', "link_shortened"),
        ('<a href="https://x.pages.dev/">x</a>', "link_to_free_page"),
        ('<a href="https://amazon-co-jp.example/">x</a>', "brand_in_link"),
        ('<a href="https://xn--pypal-4ve.com/">x</a>', "lookalike_link"),
        ('<a href="https://www.google.co.jp/url?q=https://evil.example">x</a>', "link_goes_on"),
        ('<a href="javascript:x()">x</a>', "link_runs"),
        ("<form action='https://evil.example'><input type=password></form>", "form_asks_secret"),
        ("<div style='display:none'>" + "かくれた文章 " * 60 + "</div>", "hidden_text"),
        ("<a href='https://evil.example'><img src=x width=600></a>", "picture_only"),
        ("ア\u200bカ\u200bウ\u200bン\u200bト\u200bの\u200b確\u200b認", "broken_words"),
    ],
)
def test_what_the_page_gives_away(html, signal):
    assert signal in seen(read("", html))


def _with(**fields) -> Message:
    return msgspec.structs.replace(read(), **fields)


@pytest.mark.parametrize(
    ("message", "level", "trick"),
    [
        (read_text("お荷物のお届けにあがりましたが不在の為持ち帰りました。本人確認はこちら https://bit.ly/x"), "dangerous", None),
        (read("アカウントの確認ができないため、利用を制限しました。24時間以内に下記のリンクから本人確認をお願いします。https://evil.top/x", From="Amazon <a@evil.top>"), "dangerous", "impersonation"),
        (read("お世話になっております。振込先が変更になりましたので、新しい口座へお願いします。"), "careful", "bank_change"),
        (read_file(made.attached("請求書.pdf.exe", made.PROGRAM))[0], "dangerous", "file"),
        (read_file(made.attached("請求書.zip", made.encrypted_zip()))[0], "careful", "file"),
        (read_file(made.attached("a.png", made.code("https://evil.example/x")))[0], "careful", "page"),
        (_with(gaps=(Gap("took_too_long"),)), "unknown", ""),
        (read_text("https://evil.example/x"), "unknown", None),
        (Message("mail", gaps=(Gap("stopped"),)), "unknown", ""),
        (read("いつもお世話になっております。来週の打ち合わせの資料をお送りします。ご確認ください。"), "ordinary", ""),
    ],
)  # fmt: skip
def test_levels(message, level, trick):
    found = verdict(message)
    assert found.level == level, found
    assert trick is None or found.trick == trick


def test_ordinary_notices_are_not_warned_of_and_hardly_any_is_left_open():
    levels = {}
    for name, subject, text in ([part.format(**FILL) for part in each] for each in ORDINARY):
        message = read(text, From=f"{name} <info@shop.example>", Subject=subject)
        levels[subject] = verdict(message).level
    assert set(levels.values()) <= {"ordinary", "unknown"}, levels
    assert list(levels.values()).count("unknown") * 20 <= len(levels)


def test_the_likelihood_follows_the_points_and_the_levels_follow_both():
    found = [likelihood(each / 2) for each in range(-10, 30)]
    assert found == sorted(found)
    assert 0 <= found[0] < 0.01
    assert 0.6 < likelihood(UNSURE_FROM) < 0.7 < 0.9 < likelihood(CAREFUL_FROM)
    assert likelihood(DANGEROUS_FROM) > 0.99
    between = verdict(read(From="x <a@y.top>", Reply_To="b@gmail.com"))
    assert UNSURE_FROM <= between.points < CAREFUL_FROM, between
    assert between.level == "unknown"


def test_only_what_was_verified_lowers_and_never_a_hard_rule():
    lure_mail = read("至急 本人確認をお願いします", From="x <a@yamakawa-koumuten.example>")
    trusted = msgspec.structs.replace(
        lure_mail, verified=(Verified("dmarc", "pass", "yamakawa-koumuten.example"),)
    )
    assert verdict(trusted).points == pytest.approx(verdict(lure_mail).points - 3.0)
    assert (
        verdict(
            _with(
                verified=(Verified("dmarc", "pass", "shop.example"),),
                attachments=(Attachment("a.exe", "", "program", 1, (), (Trait("program"),)),),
            )
        ).level
        == "dangerous"
    )
    assert "verified_fail" in seen(_with(verified=(Verified("dmarc", "fail", "shop.example"),)))
    assert "own_domain_unverified" in seen(
        msgspec.structs.replace(
            read(From="社長 <a@kado.example>"), verified=(Verified("spf", "none", ""),)
        )
    )


LURE = read("アカウントの確認ができません。至急ご本人確認をお願いします。下記のリンクをクリックしてください。", From="楽天 <a@evil.example>")  # fmt: skip
HAM = " ".join(text.format(**FILL) for _, _, text in ORDINARY)


@given(st.integers(0, len(HAM)), st.integers(0, 1500))
def test_what_is_pasted_below_buys_nothing(at, length):
    padded = msgspec.structs.replace(LURE, text=f"{LURE.text}\n\n{HAM[at : at + length]}")
    assert verdict(padded).level == verdict(LURE).level
    before = {each.id for each in verdict(LURE).reasons if each.id != "reads_like_lure"}
    assert before <= {each.id for each in verdict(padded).reasons}


@given(st.text(max_size=200), st.text(max_size=60), st.lists(st.text(max_size=40), max_size=3))
def test_any_message_gets_a_verdict(text, name, targets):
    links = tuple(Link(each, "https", each, "", "link") for each in targets)
    message = msgspec.structs.replace(read(), text=text, subject=name, links=links)
    found = verdict(message)
    assert all(len(each.quote) <= 200 for each in found.reasons)
    assert all(0 < each.degree <= 1 for each in (*found.reasons, *found.trust))
    assert found.reasons == tuple(sorted(found.reasons, key=found.reasons.index))
    assert all(weight(each) > 0 for each in found.reasons)


SINCE, TODAY = date(2026, 1, 1), date(2026, 6, 1)
MET = gather_known(
    ["kado.example"],
    [
        Contact("Suzuki@yamakawa-koumuten.example", ("鈴木 一郎", "Suzuki Ichiro")),
        Contact("hanako.private@gmail.com", ("角田花子",)),
        Contact("shacho@kado.example", ("角田社長",)),
    ],
    {"old.example": SINCE, "fresh@gmail.com": date(2026, 5, 30)},
    since=SINCE,
    today=TODAY,
)


@pytest.mark.parametrize(
    ("sender", "signal"),
    [
        ("鈴木　一郎 <x@evil.example>", "contact_elsewhere"),
        ("suzuki ICHIRO <ichiro@gmail.com>", "contact_elsewhere"),
        ("角田社長 <shacho1@gmail.com>", "contact_elsewhere"),
        ("x <a@yamakawa-koumutenn.example>", "lookalike_sender"),
        ("x <a@new.example>", "new_sender"),
        ("x <fresh@gmail.com>", "new_sender"),
        ("x <never@gmail.com>", "new_sender"),
    ],
)
def test_what_the_company_itself_knows(sender, signal):
    assert signal in {each.id for each in verdict(read(From=sender), MET).reasons}


@pytest.mark.parametrize(
    "sender",
    [
        "鈴木 一郎 <suzuki@mail.yamakawa-koumuten.example>",
        "角田花子 <hanako.private@gmail.com>",
        "角田社長 <x@kado.example>",
        "鈴木 <x@old.example>",
    ],
)
def test_who_is_known_is_not_new_and_buys_nothing_unverified(sender):
    found = verdict(read(From=sender), MET)
    ids = {each.id for each in (*found.reasons, *found.trust)}
    assert not ids & {"contact_elsewhere", "new_sender", "known_contact", "lookalike_sender"}


def test_nobody_is_new_where_nothing_was_remembered():
    for known in (
        Known(today=TODAY),
        gather_known(since=date(2026, 5, 20), today=TODAY),
        gather_known(since=SINCE),
    ):
        assert "new_sender" not in {each.id for each in verdict(read(), known).reasons}
    assert remembered_as("A@mail.kado.example") == "kado.example"
    assert remembered_as("A@Gmail.com") == "a@gmail.com"


def test_what_the_reader_expected_counts_only_with_a_verified_sender():
    plain_one = read()
    checked = _with(verified=(Verified("dmarc", "pass", "shop.example"),))
    yes, no = gather_known(expected="yes"), gather_known(expected="no")
    assert verdict(plain_one, yes).points == verdict(plain_one).points
    assert verdict(checked, yes).points == pytest.approx(verdict(checked).points - 1)
    assert verdict(plain_one, no).points == pytest.approx(verdict(plain_one).points + 1)


@given(st.sets(st.from_regex(r"[a-z]{4,12}\.example", fullmatch=True), max_size=8), st.data())
def test_one_letter_apart_is_found_among_any_contacts(domains, data):
    known = frozenset(domains | {"yamakawa-koumuten.example"})
    target = data.draw(st.sampled_from(sorted(each for each in known if len(each) >= 13)))
    label = target.partition(".")[0]
    at = data.draw(st.integers(0, len(label) - 1))
    for changed in (label[:at] + label[at + 1 :], label[:at] + "x" + label[at:]):
        if f"{changed}.example" not in known:
            assert looks_like(f"{changed}.example", known)


def test_the_worst_message_in_a_file_decides():
    good, bad = verdict(read()), verdict(LURE)
    assert worst([good, bad]) == worst([bad, good]) == bad


@pytest.mark.parametrize(
    ("owner", "brand", "its"),
    [("tepco-ep.co.jp", "東京電力", True), ("tepco-ep.example", "東京電力", False), ("paypal.it", "paypal", True), ("paypal.top", "paypal", False), ("amazon.co.jp", "amazon", True)],
)  # fmt: skip
def test_a_brand_has_more_domains_than_our_list(owner, brand, its):
    [one] = [each for each in brands() if brand in each.names]
    assert belongs(owner, one) is its


def test_names_are_compared_as_the_eye_reads_them():
    assert looks_like("yamakawa-koumuten.com", KNOWN.contacts) == "yamakawa-koumuten.example"
    assert looks_like("yamakawa-koumuten.example", KNOWN.contacts) == ""
    assert looks_like("rnicrosoft.com", frozenset()) == "microsoft.com"
    assert looks_like("microsoft.com", frozenset()) == ""


def test_whom_a_company_knows_is_not_kept_for_every_name_that_is_looked_at():
    kept = []
    for number in range(3):  # a portal gathers them anew for each mail
        known = frozenset({"yamakawa-koumuten.example", "umi.example"})
        looks_like(f"sender{number}.example", known)
        kept.append(weakref.ref(known))
    del known
    assert [one() for one in kept[1:]] == [None, None]
    assert brand_in("Contact us") is None
    for text in ("Green Line", "Your visa for Japan", "Steam cleaning", "オンライン"):
        assert brand_in(text) is None, text
    for text in (
        "LINE",
        "LINE事務局",
        "Visa Support",
        "UPS",
        "Apple Support",
        "お客様のAmazonアカウント",
    ):
        assert brand_in(text), text


def test_what_the_model_was_learned_from_is_what_is_here():
    benchmarks = Path(__file__).parents[2] / "benchmarks"
    lines = (benchmarks / "mail_lures.sha256").read_text("ascii").splitlines()
    told = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    of = {"lures.bin": benchmarks.parent / "src/tojimari/mail/lures.bin"}
    of |= {name: benchmarks / name for name in ("mail_ordinary.yaml", "mail_lures.yaml")}
    for name, file in of.items():
        assert hashlib.sha256(file.read_bytes()).hexdigest() == told.pop(name), name
    assert len(told) == 1  # the mails of the corpora, which do not come along


@pytest.mark.parametrize("below", [" ", "\n\n"])
def test_harmless_words_right_below_a_short_lure_do_not_thin_it_out(below):
    lure_text = "お客様のアカウントに不正なログインがありました。24時間以内に下記より本人確認を行わない場合、アカウントを停止いたします。https://evil.example/a"
    harmless = (
        "打ち合わせの議事録をお送りします。資料は共有フォルダに置きました。次回は木曜の午後で、会議室を取ってあります。"
        * 4
    )
    alone = lure(read(lure_text))
    assert alone > 0.5
    assert lure(read(lure_text + below + harmless)) > 0.8 * alone


def test_the_model_is_small_and_only_its_own_format_is_read():
    data = (Path(__file__).parents[2] / "src/tojimari/mail/lures.bin").read_bytes()
    assert len(data) < 100_000
    assert shipped().score(set()) == shipped().bias
    for broken in (b"", data[:-1], b"x" + data[1:], data + b"\x00"):
        with pytest.raises(ValueError, match="weights"):
            Weights(broken)
    assert lure(read()) >= 0
    assert "^本文" not in tokens("", "", "本文です")
    assert {"本文", "文で"} <= tokens("", "", "本文です")


@pytest.mark.parametrize(
    ("text", "signals"),
    [
        ("母さん、スマホを落として番号変わった。今日中に振り込まないといけないんだけど用意できない？", {"favour"}),
        ("This is my new number, my phone is broken. Can you pay a bill for me?", {"favour"}),
        ("ウイルスに感染しました。電源を切らないでサポートへ 050-1234-5678 お電話ください", {"scare", "call_back"}),
        ("Your computer is infected. Do not turn off. Call Microsoft support 1-888-555-0100", {"scare", "call_back"}),
        ("Your subscription was renewed and $399 charged. To cancel call +1 808 555 0142", {"call_back"}),
        ("ご利用の回線は本日中に停止されます。オペレーターにつなぐ方は1番を押してください", {"scare", "call_back"}),
        ("Your line will be disconnected within two hours. Press 1 to speak to an agent.", {"scare", "call_back"}),
        ("未納のため携帯が利用できなくなります。担当の者 03-5555-0188 へご連絡ください", {"call_back"}),
        ("アマゾンのギフトカードを3万円分買って、裏の番号を写真に撮って送ってください", {"favour"}),
        ("Please buy four Apple gift cards for a client, scratch the back and send me the codes.", {"favour"}),
        ("Hey mum, using a friend's phone because mine got stolen. Could you transfer 400 for the rent?", {"favour"}),
        ("私だけど、スマホの画面が割れて友達のを借りてる。急ぎで振込をお願いしたい", {"favour"}),
        ("すみません、人違いでした。これも運命ですね。お話ししませんか", {"favour"}),
        ("Hello, I came across your profile and would like to get to know you.", {"favour"}),
        ("副業のご案内です。スマホだけで日給1万円、ご希望の方は返信してください", {"reward"}),
        ("We have a part-time job for you, 200 dollars per day. Text me back if interested.", {"reward"}),
        ("投資グループのアシスタントです。昨日の銘柄で全員が利益を出しました", {"reward"}),
        ("Join our VIP channel, the mentor's stock picks made a profit of 30% this week", {"reward"}),
        ("還付金があります。ATMに着いたらこの携帯にお電話ください", {"reward"}),
        ("社長です。業務用のグループを作成してください。招待のQRコードを返信してください", {"authority"}),
    ],
)  # fmt: skip
def test_false_family_scares_and_numbers_to_call_are_warned_of(text, signals):
    found = verdict(read_text(text))
    assert signals <= {each.id for each in found.reasons}
    assert found.suspicious, found


@pytest.mark.parametrize(
    "text",
    [
        "さくら歯科です。明日15:30のご予約です。変更の場合は03-5555-0100までお電話ください。",
        "認証コード：482913 第三者に教えないでください。",
        "今日遅くなる。帰りに牛乳買ってきて。お金はあとで渡すね",
        "Your van is ready. The bill is $212.40. Call us on +1 808 555 0142 if you are late.",
        "You paid at Nordwind. Not you? Call the number on your card.",
        "電話工事のため、30日の10時から電話が使えなくなります。ご不明な点は総務（03-5555-0101）まで。",
        "お問い合わせは0120-000-111へ。音声案内に従って1番を押してください。",
        "お母さんへ。ガス料金の支払いは引き落としにしました。携帯も番号はそのままです",
        "Hi mum, I'm on a friend's phone, mine is dead. Can you pick me up at five?",
        "Your gift card order is complete. The code was sent to the address you gave.",
        "携帯の番号が変わりました。旧番号は月末で解約します。今後ともよろしくお願いします。田中商店",
        "すみません、番号を間違えました。失礼しました。",
        "はじめまして。ホームページを見ました。来週、見積もりをお願いできますか。",
        "在宅勤務の日は1日8時間です。勤怠の登録を忘れずに。",
        "町内会のグループを作成しました。招待のQRコードから入ってください。",
        "Is this Anna? Your cake is ready, we close at six.",
        "The remote work policy changed: two days a week at home. Questions? Text me.",
    ],
)
def test_appointments_codes_and_family_are_left_alone(text):
    assert verdict(read_text(text)).level == "ordinary"


def test_a_company_that_writes_from_its_own_address_is_no_stranger():
    text = "Our remote job pays $90 a day. If interested reply to this mail."
    own, free = (read(text, From=f"Jobs <a@{host}>") for host in ("agency.example", "gmail.com"))
    assert [[each.id for each in approaches(mail, Known())] for mail in (own, free)] == [
        [],
        ["reward"],
    ]


def test_how_newsletters_are_sent_bears_no_words_out():
    text = f"{LURE.text}\nhttps://tracker.example/x"
    headers = {
        "From": "x <a@y.example>",
        "Reply-To": "b@z.example",
        "Return-Path": "<c@sent.example>",
    }
    sent, plain = read(text, **headers), read(text, From="x <a@y.example>")
    reads = [
        next(weight(each) for each in verdict(mail).reasons if each.id == "reads_like_lure")
        for mail in (sent, plain)
    ]
    assert reads[0] == reads[1]


def test_what_notices_say_too_counts_half_in_a_mail():
    text = "お荷物をお届けできませんでした。こちらをクリックしてください。"
    mail, told = (
        {each.id: each.degree for each in wording(one, Known())}
        for one in (read(text), read_text(text))
    )
    for name in ("click", "delivery"):
        assert mail[name] == pytest.approx(told[name] / 2, abs=0.001)


HOME = read("お荷物の再配達の手続きは下記のリンクから24時間以内にお願いします。https://www.kuronekoyamato.co.jp/a", From="ヤマト運輸 <a@kuronekoyamato.co.jp>")  # fmt: skip


def test_words_count_half_where_every_link_goes_to_the_named_companys_own_site():
    away = msgspec.structs.replace(HOME, links=(*HOME.links, link("https://evil.example", "", "text")))  # fmt: skip
    assert verdict(HOME).points <= verdict(away).points / 2
    for changes in (
        {"reply_to": (Address("", "a@evil.example", "evil.example"),)},
        {"attachments": (Attachment("a.pdf", "", "pdf", 1),)},
        {"sender": Address("ヤマト運輸", "a@gmail.com", "gmail.com")},
        {"sender": Address("ヤマト運輸", "a@evil.example", "evil.example")},
        {"links": (link("https://www.kuronekoyamato.co.jp/?u=https://evil.example", "", "text"),)},
        {"links": (*HOME.links, link("tel:05012345678", "", "link"))},
        {"links": ()},
    ):
        assert verdict(msgspec.structs.replace(HOME, **changes)).points > verdict(HOME).points
    told = f"お荷物です。{HOME.links[0].target}"
    assert verdict(read_text(told)).level == "ordinary"
    assert not own_sites() - {domain for brand in brands() for domain in brand.domains}
    assert not own_sites() & (pages_of_everybody() | shorteners())


@given(st.text(max_size=400) | st.lists(st.sampled_from([each.strip() for each in HAM.split()]), max_size=60).map(" ".join))  # fmt: skip
def test_how_a_text_reads_never_warns_by_itself(text):
    words = msgspec.structs.replace(read(), text=text, subject="")
    alone = [each for each in verdict(words).reasons if each.id != "reads_like_lure"]
    assert alone or not verdict(words).suspicious


def test_honest_words_above_do_not_push_a_lure_out_of_sight():
    long = (HAM * 2)[:1_500]
    words = " ".join([LURE.text] * 3)
    moved = read(f"{long}\n\n{words}\nhttps://evil.example/x", From="x <a@y.example>")
    plain = read(f"{long}\n\nhttps://evil.example/x", From="x <a@y.example>")
    assert lure(moved) > lure(plain)


def _passed(domain: str, text: str, name: str = "佐藤", **headers: str) -> Message:
    head = f"mx.kado.example; dkim=pass header.d={domain}; dmarc=pass header.from={domain}"
    return read_file(
        made.mail(
            text,
            Authentication_Results=head,
            Received=f"from mail.{domain} (mail.{domain} [192.0.2.7]) by mx.kado.example; x",
            Message_ID=f"<1@{domain}>",
            **{"From": f"{name} <sato@{domain}>", **headers},
        ).as_bytes()
    )[0]


@pytest.mark.parametrize(
    ("domain", "worth"),
    [
        ("yamakawa-koumuten.example", 1.0),
        ("kado.example", 1.0),
        ("smbc-card.com", 1.0),
        ("corp-desk.biz", 0.75),
        ("gmail.com", 0.0),
        ("mail.shop", 0.0),
        ("xn--wgv71a119e.jp", 0.0),
    ],
)
def test_whoever_passes_with_a_name_that_nobody_knows_has_not_earned_trust(domain, worth):
    found = {each.id: each.degree for each in verdict(_passed(domain, "本文です。")).trust}
    assert found.get("verified_sender", 0.0) == worth


GROUP = "会社のLINEグループを作成し、招待の二次元コードをこのメールに返信で送ってください。"
MOVED = "監査のため弊社の口座が使用できなくなりました。今回は下記の口座へお振込みください。"
MOVED_EN = (
    "Our account is under review. Please make the transfer to our subsidiary's account instead."
)


@pytest.mark.parametrize(
    ("text", "signal"), [(GROUP, "authority"), (MOVED, "bank_change"), (MOVED_EN, "bank_change")]
)
def test_an_errand_of_fraud_is_seen_whoever_asks_for_it(text, signal):
    found = verdict(_passed("corp-desk.biz", text))
    assert signal in {each.id for each in found.reasons}
    assert found.suspicious


@pytest.mark.parametrize(
    "text",
    [
        "町内会のLINEグループを作りました。参加の二次元コードを回覧で送ります。",
        "取引銀行の統合により、弊社口座の支店名が変わります。ご不明な点は代表電話までご確認ください。",
        "引き落としの口座が使えなくなる前に、窓口でお手続きください。次回のお支払いは12月10日です。",
        "We have changed our office address. Please send payments as before to the account you know.",
    ],
)
def test_what_has_parts_of_an_errand_only_is_ordinary(text):
    assert verdict(_passed("marufuku.example", text)).level == "ordinary"


def test_what_an_appointment_says_is_read_and_nobody_is_billed_by_one():
    said = "Your subscription was renewed for $399.99. To cancel, call +1 (808) 555-0134"
    invitation = made.mail("You have been invited.", From="Billing <a@cal.example>")
    invitation.add_attachment(
        f"BEGIN:VCALENDAR\nORGANIZER:mailto:a@cal.example\nDESCRIPTION:{said}\nEND:VCALENDAR\n",
        subtype="calendar",
    )
    [found] = read_file(invitation.as_bytes())
    assert found.text.count(said) == 1
    assert "call_back" in seen(found)


def test_a_password_that_is_told_elsewhere_does_not_stand_beside_its_file():
    file = Attachment("a.zip", "", "zip", 10, (), (Trait("encrypted"),))
    for text, beside in (
        ("パスワードは別途ご連絡いたします。", False),
        ("パスワードは kado2026 です。", True),
        ("Password: 4711", True),
    ):
        message = Message("mail", text=text, attachments=(file,))
        assert ("password_beside_file" in seen(message)) == beside


@pytest.mark.parametrize(
    ("text", "found", "quoted"),
    [
        ("差し替えをお願いいたします。\nなお、今回から口座が変わります。よろしく", "口座が変わ", "なお、今回から口座が変わります。"),
        ("Please note that for the time being our account is under review, so pay to another one.", "account is under review", "that for the time being our account is under review, so pay to another one."),
        ("x" * 50 + "口座" + "y" * 50, "口座", "x" * 30 + "口座" + "y" * 40),
        ("口座", "口座", "口座"),
    ],
)  # fmt: skip
def test_a_reason_quotes_whole_words_of_one_sentence(text, found, quoted):
    at = text.index(found)
    assert around(text, at, at + len(found)) == quoted


def test_a_brand_is_named_as_the_mail_writes_it_and_its_other_domain_is_no_elsewhere():
    message = read(From="ETC利用照会サービス <a@evil.example>")
    [said] = [each for each in verdict(message).reasons if each.id == "brand_in_name"]
    assert said.expected == "ETC利用照会サービス"
    links = {"text": "明細は https://www.smbc-card.com/mem をご覧ください。"}
    assert "all_links_elsewhere" not in seen(read(From="カード <a@vpass.ne.jp>", **links))
    assert "all_links_elsewhere" in seen(read(From="カード <a@cardd.example>", **links))
    assert "all_links_elsewhere" in seen(read("https://www.msn.com/x", From="x <a@hotmail.com>"))
