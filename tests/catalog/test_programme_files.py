"""Programmes of others: YAML, tables and what Jgrants hands out, honest or hostile."""

import io
import json
import zipfile
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.catalog import load_catalog
from tojimari.catalog.load import HERE
from tojimari.catalog.programme_files.jgrants import plain_words
from tojimari.catalog.programme_files.reading import BadProgrammeFile, read_programmes, written
from tojimari.catalog.programme_files.short import HEADINGS, amount, day, whole_form
from tojimari.plan.money import KnownCompany, fit

CATALOG = load_catalog()
SEEN = date(2026, 11, 30)
EXAMPLE = (HERE / "money" / "example.yaml").read_bytes()


def read(name: str, data: bytes | str):
    raw = data.encode() if isinstance(data, str) else data
    return read_programmes(name, raw, CATALOG, seen=SEEN)


def told(found) -> list[str]:
    return [problem.say("en") for problem in found.problems]


def test_the_example_is_a_programme_and_comes_back_as_it_was_written():
    found = read("a.yaml", EXAMPLE)
    assert told(found) == []
    (one,) = found.programmes
    assert (one.kind, one.size, one.maximum) == ("grant", "sme", 500_000)
    assert one.rounds[0].opens == date(2027, 4, 1)
    assert [rate.share for rate in one.rates] == ["2/3", "1/2"]
    assert read("b.yaml", written(one)).programmes == (one,)


@pytest.mark.parametrize("one", CATALOG.money.programmes.values(), ids=lambda one: one.id)
def test_every_shipped_programme_can_be_written_out_and_read_back(one):
    assert read("a.yaml", written(one)).programmes == (one,)


def test_every_mistake_of_a_file_is_named_at_once():
    bad = (
        EXAMPLE.decode()
        .replace("id: example-city-2027", "id: Böse!")
        .replace("kind: 補助金", "kind: 宝くじ")
        .replace("closes: 2027-06-30", "closes: いつか")
        .replace("prefectures: 広島県", "prefectures: 琉球県")
        .replace("size: 中小企業", "sise: 中小企業")
    )
    lines = "\n".join(told(read("a.yaml", bad)))
    for key in ("id:", "kind:", "rounds[0].closes:", "sise:"):
        assert f"a.yaml: {key}" in lines
    assert "Did you mean size?" in lines
    ids = (
        EXAMPLE.decode()
        .replace("[security-action]", "[unheard-of]")
        .replace("quote]", "nothing]")
        .replace("opens: 2027-04-01", "opens: 2027-07-01")
        .replace("minimum: 5万円", "minimum: 60万円")
        .replace("広島県", "琉球県")
        .replace("address: https://", "address: javascript://")
    )
    found = told(read("a.yaml", ids))
    for key in ("needs", "papers", "rounds[0]", "minimum", "prefectures", "address"):
        assert any(line.startswith(f"a.yaml: {key}:") for line in found), (key, found)


HEAD = "番号,名前,種類,行っているところ,だれのため,内容,始まり,締切,確かめた日,確かめ方,都道府県,補助率,上限,対策,出どころ"
ROW = "city-{n},○○市補助金,補助金,○○市,市内の会社,費用の半分,令和9年4月1日,2027/6/30,2026-11-30,本人のページ,広島県、東京都,1/2,50万円,network-firewall,市のページ"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_table_of_a_japanese_program_is_read(encoding):
    table = "\r\n".join([HEAD, ROW.format(n=1), "", ROW.format(n=2)])
    found = read("a.csv", table.encode(encoding))
    assert told(found) == []
    assert [one.id for one in found.programmes] == ["city-1", "city-2"]
    one = found.programmes[0]
    assert one.prefectures == ("34", "13")
    assert (one.rounds[0].opens, one.rounds[0].closes) == (date(2027, 4, 1), date(2027, 6, 30))
    assert one.maximum == 500_000


def test_rows_with_mistakes_are_named_by_their_number_and_a_second_one_too():
    table = "\n".join(
        [HEAD, ROW.format(n=1), ROW.format(n=1), ROW.format(n=3).replace("1/2", "半")]
    )
    lines = told(read("a.csv", table))
    assert any(line.startswith("a.csv: 3: id:") for line in lines)
    assert any(line.startswith("a.csv: 4: rates[0].share:") for line in lines)


def test_a_workbook_is_read_and_a_bomb_is_not():
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(HEAD.split(","))
    book.active.append([*ROW.format(n=1).split(",")[:6], date(2027, 4, 1), date(2027, 6, 30)])
    for column, value in enumerate(ROW.format(n=1).split(",")[8:], 9):
        book.active.cell(2, column, value)
    made = io.BytesIO()
    book.save(made)
    found = read("a.xlsx", made.getvalue())
    assert told(found) == []
    assert found.programmes[0].rounds[0].closes == date(2027, 6, 30)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 70_000_000)
    for hostile in (bomb.getvalue(), b"PK\x03\x04rubbish", b""):
        with pytest.raises(BadProgrammeFile):
            read("a.xlsx", hostile)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.exe", b"x"),
        ("a.yaml", b"a: &x [1]\nb: *x\n"),
        ("a.yaml", b"[" * 5000),
        ("a.yaml", b"id: x\nid: y\n"),
        ("a.yaml", b"!!python/object/apply:os.system [id]"),
        ("a.yaml", b"\xff\xfe\x00"),
        ("a.yaml", b"id: 1" + b":1" * 120_000),
        ("a.yaml", b"id: 1" + b":1" * 300 + b".5"),
        ("a.yaml", b"x" * 5_000_001),
        ("a.csv", b"a\x00b"),
        ("a.json", b"{"),
        ("a.json", b"[" * 100_000),
        ("a.json", b'{"result": 3}'),
        ("a.json", b'{"result": [' + b"{}," * 600 + b"{}]}"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(name, data):
    with pytest.raises(BadProgrammeFile) as said:
        read(name, data)
    assert said.value.say("ja").startswith(name)
    assert "\n" not in said.value.say("en")


VALUES = st.one_of(
    st.none(), st.text(max_size=12), st.integers(), st.dates(), st.lists(st.text(max_size=5))
)


@given(st.dictionaries(st.sampled_from([*HEADINGS, *HEADINGS.values(), "rounds", "?"]), VALUES))
def test_whatever_is_written_is_a_programme_or_named_mistakes(raw):
    from tojimari.catalog.programme_files.reading import _checked

    found = _checked("a.yaml", [("", raw)], CATALOG)
    assert bool(found.programmes) != bool(found.problems)


@given(st.text(max_size=30))
def test_words_for_days_and_amounts_never_fail(text):
    assert isinstance(day(text), str)
    assert isinstance(amount(text), int | str)
    whole_form({text: text, "opens": text, "closes": text, "rate": text, "maximum": text})


@pytest.mark.parametrize(
    ("written_so", "meant"),
    [("５０万円", 500_000), ("1,000,000", 1_000_000), ("3億円", 300_000_000), ("300人以下", 300)],
)
def test_amounts_are_read_as_people_write_them(written_so, meant):
    assert amount(written_so) == meant


CALL = {
    "id": "a0W5h00000UaBcDEAV",
    "name": "S-00001234",
    "title": "○○県 サイバー対策補助金",
    "target_area_search": "広島県 / 東京都",
    "target_area_detail": "県内に本店",
    "industry": "製造業 / 卸売業、小売業",
    "use_purpose": "設備整備・IT導入をしたい",
    "subsidy_rate": "補助対象経費の2/3以内",
    "subsidy_max_limit": 1_000_000,
    "target_number_of_employees": "300名以下",
    "acceptance_start_datetime": "2026-11-01T00:00:00.000Z",
    "acceptance_end_datetime": "2026-12-28T08:00:00.000Z",
    "front_subsidy_detail_page_url": "https://www.jgrants-portal.go.jp/subsidy/x",
    "detail": "<p>UTMの<b>導入</b></p><script>alert(1)</script><img src=x onerror=alert(2)>",
    "application_guidelines": [{"name": "要領.pdf", "data": "JVBERi0="}],
    "unheard_of": {"a": 1},
}


def of_jgrants(**more):
    answer = {"metadata": {"type": "x"}, "result": [{**CALL, **more}]}
    return read("jgrants.json", json.dumps(answer))


def test_a_call_of_jgrants_comes_in_with_its_days_in_japan_and_never_fits_by_itself():
    found = of_jgrants()
    assert told(found) == []
    (one,) = found.programmes
    assert one.id == "jgrants-a0w5h00000uabcdeav"
    assert one.rounds[0].closes == date(2026, 12, 28)
    assert one.rounds[0].closes_at == "17:00"
    assert (one.maximum, one.staff_at_most) == (1_000_000, 300)
    assert [rate.share for rate in one.rates] == ["2/3"]
    assert one.prefectures == ("34", "13")
    assert one.gives.ja == "UTMの 導入"
    assert "JVBERi0" not in repr(one)
    company = KnownCompany(prefecture="13", staff=(3, 3))
    assert fit(one, company, CATALOG.money, SEEN).verdict == "cannot_tell"


def test_the_last_moment_of_a_day_in_japan_is_that_day():
    one = of_jgrants(acceptance_end_datetime="2026-12-28T14:59:00.000Z").programmes[0]
    assert one.rounds[0].closes == date(2026, 12, 28)
    late = of_jgrants(acceptance_end_datetime="2026-12-28T15:00:00.000Z").programmes[0]
    assert late.rounds[0].closes == date(2026, 12, 29)


@pytest.mark.parametrize("gone", ["acceptance_end_datetime", "acceptance_start_datetime"])
def test_without_its_days_a_call_is_never_open(gone):
    from tojimari.plan.money import window

    (one,) = of_jgrants(**{gone: None}).programmes
    assert not window(one, SEEN).can_be_used


def test_an_area_that_is_no_prefecture_is_not_the_whole_country():
    (one,) = of_jgrants(target_area_search="関東・甲信越地方").programmes
    assert one.needs == ("other-area", "other-conditions")
    (everywhere,) = of_jgrants(target_area_search="全国").programmes
    assert everywhere.needs == ("other-conditions",)


def test_two_shares_in_words_are_left_as_words():
    (one,) = of_jgrants(subsidy_rate="1/2（小規模は2/3）").programmes
    assert one.rates == ()
    assert any("1/2" in note.ja for note in one.notes)


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<a href='javascript:alert(1)'>x</a>",
        "<svg><script>alert(1)</script></svg>",
        "<style>@import 'x'</style>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<" * 10_000,
        "<div>" * 20_000 + "x",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<!--><script>alert(1)</script>-->",
        "<noscript><p title='</noscript><script>alert(1)</script>'>",
    ],
)
def test_no_markup_survives(html):
    words = plain_words(html)
    assert len(words) <= 1_500
    assert "href" not in words
    assert "srcdoc" not in words
    (one,) = of_jgrants(detail=html).programmes
    # What is left is text: pages escape it, so an escaped tag stays the words it was.
    assert "<script" not in one.gives.ja or html.startswith("&lt;")


@given(
    st.dictionaries(
        st.sampled_from(sorted(CALL)),
        st.one_of(st.none(), st.text(max_size=60), st.integers(), st.lists(st.text(max_size=3))),
    )
)
def test_any_answer_gives_programmes_or_named_mistakes(more):
    found = of_jgrants(**more)
    assert len(found.programmes) + bool(found.problems) >= 1
    for one in found.programmes:
        assert not one.address or one.address.startswith("https://")
        assert "other-conditions" in one.needs


def test_braces_of_others_are_no_places_to_fill():
    hostile = EXAMPLE.decode().replace("○○市 産業振興課", '"{n.__class__} {0} {n|a|b}"')
    (one,) = read("a.yaml", hostile).programmes
    assert one.runner.say("ja", n=1) == "(n.__class__) (0) (n|a|b)"
    assert one.runner.say("en") == "(n.__class__) (0) (n|a|b)"
