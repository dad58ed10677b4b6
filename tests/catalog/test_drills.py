"""The mails of drills: enough of each level, their rating, and what the linter refuses."""

from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.catalog import load_catalog
from tojimari.catalog.drill_consistency import (
    check_drills,
    check_template,
    foreign_address_in,
    real_name_in,
)
from tojimari.catalog.drill_template import PLACEHOLDERS, DrillCue, filled
from tojimari.catalog.linter import Linter
from tojimari.catalog.phish_scale import (
    APPLIES,
    DIFFICULTIES,
    Premise,
    alignment_word,
    cues_word,
    difficulty_of,
    level_of,
)
from tojimari.model import LANGS, Text

CATALOG = load_catalog()
DRILLS = CATALOG.drills
replace = msgspec.structs.replace
HARDER = {each: number for number, each in enumerate(DIFFICULTIES)}


def test_there_are_enough_of_each_level_and_kind():
    assert len(DRILLS) >= 24
    levels = [one.level for one in DRILLS.values()]
    assert all(levels.count(level) >= 6 for level in ("easy", "medium", "hard"))
    kinds = {(one.kind, one.level) for one in DRILLS.values()}
    assert len(kinds) == 9, "each kind at each level"


def test_the_scenes_that_small_companies_meet_are_there():
    scenes = {one.scene for one in DRILLS.values()}
    assert scenes >= {
        "parcel", "bank", "tax", "card", "marketplace", "cloud_storage", "invoice", "payment_change",
        "boss", "hr", "voicemail", "qr_code", "calendar", "shared_document", "password",
    }  # fmt: skip


def test_the_name_of_a_mail_says_its_level():
    assert all(id_.endswith(f"-{one.level}") for id_, one in DRILLS.items())


def test_all_23_cues_of_the_scale_are_known_in_their_five_groups():
    groups = [cue.group for cue in CATALOG.drill_cues.values()]
    counts = {group: groups.count(group) for group in groups}
    assert counts == {"error": 2, "technical": 4, "visual": 4, "language": 7, "tactic": 6}


@pytest.mark.parametrize(
    ("cues", "rating", "word"),
    [(1, 18, "very"), (8, 11, "very"), (8, 10, "moderate"), (9, 18, "very"), (9, 17, "moderate"),
     (14, 10, "moderate_to_least"), (15, 32, "moderate"), (15, 11, "moderate"), (15, 10, "least")],
)  # fmt: skip
def test_the_table_of_the_scale(cues, rating, word):
    assert difficulty_of(cues, rating) == word


@given(st.integers(0, 40), st.integers(-8, 32))
def test_more_cues_never_make_it_harder_and_a_better_story_never_easier(cues, rating):
    here = HARDER[difficulty_of(cues, rating)]
    assert HARDER[difficulty_of(cues + 1, rating)] <= here
    assert HARDER[difficulty_of(cues, rating + 1)] >= here
    assert level_of(difficulty_of(cues, rating)) in ("easy", "medium", "hard")


@given(*[st.sampled_from(APPLIES)] * 5)
def test_what_was_taught_is_taken_off(process, relevance, events, consequences, trained):
    premise = Premise(process, relevance, events, consequences, trained)
    assert -8 <= premise.rating <= 32
    assert replace(premise, trained=0).rating - premise.rating == trained
    assert alignment_word(premise.rating) in ("weak", "medium", "strong")


def test_no_level_hangs_on_what_the_worksheets_differ_in():
    for one in DRILLS.values():
        cues, rating = cues_word(len(one.cues)), one.premise.rating
        assert (cues, alignment_word(rating)) not in {("some", "strong"), ("many", "medium")}
        if rating == 18:
            assert one.level == level_of(difficulty_of(len(one.cues), 17))


def test_warned_people_find_it_easier():
    hard = DRILLS["boss-hard"]
    assert HARDER[hard.rated_where(8)] <= HARDER[hard.difficulty]
    assert cues_word(0) == "few"
    assert not replace(hard, cues=()).is_rated


class _Addresses(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []
        self.words = ""

    def handle_starttag(self, tag, attrs):
        self.found += [(tag, name, value) for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data):
        self.words += data


VALUES = {
    "name": '<b>"&', "company": "{link}", "link": "https://d.example/a?b=1&c", "qr": "cid:qr",
    "today": "1", "deadline": "3",
}  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("id_", DRILLS)
def test_a_mail_leads_to_its_page_alone_and_nothing_is_filled_twice(id_, lang):
    template = DRILLS[id_]
    mail = filled(template.mail(lang), **VALUES)
    page = _Addresses()
    page.feed(mail.html)
    addresses = {(name, value) for _, name, value in page.found}
    wanted = {("href", VALUES["link"])} if template.kind == "link" else set()
    assert addresses == wanted | ({("src", "cid:qr")} if template.has_qr else set())
    assert "<b>" not in mail.html
    left = [place for place in PLACEHOLDERS if f"{{{place}}}" in mail.text]
    assert set(left) <= {"link"}, "only what a value itself holds"
    assert (VALUES["link"] in mail.text) == (template.kind == "link")
    assert bool(mail.attachment) == (template.kind == "attachment")
    assert "\n" not in mail.subject + mail.sender_name


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("id_", DRILLS)
def test_text_and_html_say_the_same(id_, lang):
    mail = DRILLS[id_].mail(lang)
    page = _Addresses()
    page.feed(mail.html)
    for line in mail.text.splitlines():
        if line not in ("{link}", "{qr}"):
            assert line in page.words


def test_a_line_break_in_a_value_makes_no_second_header():
    mail = filled(DRILLS["parcel-hard"].mail("ja"), company="a\r\nBcc: b@c.example")
    assert "\r" not in mail.subject
    assert "\n" not in mail.subject


def found(id_="parcel-easy", **changes):
    """Return keys of what is wrong with a mail once it is changed so."""
    lint = Linter(CATALOG.content)
    check_template(lint, "x.yaml", replace(DRILLS[id_], **changes))
    return {one.key for one in lint.problems}


def both(text):
    return Text(ja=text, en=text)


def body(more):
    old = DRILLS["parcel-easy"].body
    return Text(ja=old.ja + more, en=old.en + more)


def test_the_linter_finds_nothing_in_ours():
    lint = Linter(CATALOG.content)
    check_drills(lint)
    assert lint.problems == []


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"body": body(" {password}")}, "body.ja"),
        ({"body": body(" {")}, "body.en"),
        ({"body": body(" https://example.com/")}, "body.ja"),
        ({"body": body(" see evil-shop.com")}, "body.en"),
        ({"body": body(" mail a@b.example")}, "body.en"),
        ({"body": body(" Amazon")}, "body.en"),
        ({"body": body("x" * 3_000)}, "body.ja"),
        ({"sender": both("国税庁")}, "sender.ja"),
        ({"subject": both("e-Tax")}, "subject.en"),
        ({"subject": both("x" * 121)}, "subject.en"),
        ({"local_part": "a b"}, "local_part"),
        ({"local_part": ".a"}, "local_part"),
        ({"premise": Premise(3, 0, 0, 0)}, "premise.process"),
        ({"html": both('<a href="{link}">a</a><img src="https://t.example/x.gif">')}, "html.ja"),
        ({"html": both('<a href="{link}">a</a><script>a</script>')}, "html.ja"),
        ({"html": both('<a href="{link}">a</a><form><input name=password></form>')}, "html.en"),
        ({"html": both('<p style="background:url(//t.example)">{link}</p>')}, "html.en"),
        ({"html": both('<a href="//t.example">{link}</a>')}, "html.en"),
        ({"html": both('<a href="{link}">a</a><img/src=x>')}, "html.en"),
        ({"html": both('<a href="{link}">a</a><p onclick="a">b</p>')}, "html.en"),
        ({"html": both('<a href="{link}" style="background:u&#114;l(x)">a</a>')}, "html.en"),
        ({"html": both("<a href={link}>a</a>")}, "html.en"),
        ({"html": both("<p>no way in</p>")}, "body.ja"),
        ({"kind": "reply"}, "body.ja"),
        ({"kind": "attachment"}, "attachment.ja"),
        ({"attachment": both("a.html")}, "attachment.ja"),
        ({"cues": (DrillCue("unheard-of", "sender"),)}, "cues[0].cue"),
        ({"cues": (DrillCue("urgency", "body"),)}, "cues[0].at"),
        ({"cues": (DrillCue("urgency", "body", both("not there")),)}, "cues[0].at.ja"),
        ({"cues": (DrillCue("attachment-type", "attachment"),)}, "cues[0].place"),
        ({"cues": (DrillCue("sender-address", "sender"),) * 2}, "cues"),
    ],
)  # fmt: skip
def test_the_linter_refuses(changes, key):
    assert key in found(**changes)


@pytest.mark.parametrize("name", ["../a.html", "a.docm", "a.exe", "a\\b.html"])
def test_a_file_is_a_page_in_no_other_folder(name):
    assert "attachment.en" in found("invoice-hard", attachment=both(name))


def test_a_mail_of_the_catalog_needs_both_languages_a_source_and_cues():
    drills = {"parcel-easy": replace(DRILLS["parcel-easy"], title=Text(ja="", en="a"), cues=(), sources=("no",))}  # fmt: skip
    lint = Linter(replace(CATALOG.content, drills=drills))
    check_drills(lint)
    assert {one.key for one in lint.problems} >= {"title.ja", "cues", "sources"}


@pytest.mark.parametrize(
    "text", ["宅配の配達センター", "the deadline is online", "無料で容量を追加"]
)
def test_plain_words_are_no_real_names(text):
    assert real_name_in(text) == ""


@pytest.mark.parametrize("text", ["ＡＭＡＺＯＮ", "楽天カード", "PayPay銀行", "国税庁"])
def test_real_names_are_found_however_they_are_written(text):
    assert real_name_in(text)


@pytest.mark.parametrize(
    "text", ["a.example", "shop.example.co.jp", "bill.html", "14.7GB", "No.1187"]
)
def test_examples_and_numbers_are_no_addresses(text):
    assert foreign_address_in(text) == ""
