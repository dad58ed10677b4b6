"""Changes by hand: kept, or shown where both sides changed; a practice taken out is not claimed."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.support.papers import PLAN_BY, all_met, answers, known
from tojimari.catalog import load_catalog
from tojimari.papers import write
from tojimari.papers.blocks import Table, blocks, normal, table_text, too_many_cells
from tojimari.papers.editing import Edit, changed_since, differences, lay_over

CATALOG = load_catalog()
KIND = CATALOG.papers["telework-rules"]


def paper(**changed):
    given_answers = answers(KIND) | changed
    return write(
        KIND,
        known(CATALOG, all_met(CATALOG)),
        given_answers,
        plan_by=PLAN_BY,
        catalog=CATALOG,
        lang="ja",
    )


def section(written, id_):
    return next(one for one in written.sections if one.id == id_)


def test_words_by_hand_stay_while_ours_do_not_change():
    before = paper()
    edit = Edit("手で書いた", section(before, "who").text)
    laid = lay_over(before, {"who": edit})
    assert laid.conflicts == ()
    assert laid.written.text_of(section(before, "who")) == "手で書いた"
    assert lay_over(paper(call="新しい相手"), {"who": edit}).conflicts == ()


def test_where_both_sides_changed_the_hands_words_are_shown_with_what_changed():
    edit = Edit("手で書いた", section(paper(), "who").text)
    now = paper(who="全員")
    (conflict,) = lay_over(now, {"who": edit}).conflicts
    assert (conflict.mine, conflict.now) == ("手で書いた", section(now, "who").text)
    assert [kind for kind, _ in conflict.changed] == ["gone", "new"]
    assert lay_over(now, {"who": edit}).written.text_of(section(now, "who")) == "手で書いた"


def test_a_section_that_is_gone_does_not_take_the_hands_words_along():
    without = replace(paper(), sections=paper().sections[1:])
    first = paper().sections[0]
    (conflict,) = lay_over(without, {first.id: Edit("大事な文", first.text)}).conflicts
    assert (conflict.mine, conflict.now) == ("大事な文", "")


def test_what_a_hand_took_out_is_not_claimed_any_more():
    before = paper()
    assert "telework-rules" in before.shows
    laid = lay_over(before, {"who": Edit("決めていません。", section(before, "who").text)})
    assert "telework-rules" not in laid.written.shows
    more = section(before, "who").text + "\n加えた一行。"
    assert "telework-rules" in lay_over(before, {"who": Edit(more, before.title)}).written.shows


def test_what_changed_since_names_the_section_and_its_lines():
    assert changed_since(paper(), paper()) == []
    ((title, lines),) = changed_since(paper(), paper(who="全員"))
    assert title == section(paper(), "who").title
    assert len(lines) == 2


CELLS = st.text(max_size=8)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=4))
def test_a_table_written_as_lines_is_the_same_table(rows):
    (table,) = blocks(table_text(rows))
    assert isinstance(table, Table)
    assert len(table.rows) == len(rows)
    assert {len(row) for row in table.rows} == {3}


@given(st.text(max_size=200))
def test_any_text_can_be_laid_out_and_compared(text):
    assert normal(normal(text)) == normal(text)
    for one in blocks(text):
        assert isinstance(one, Table) or one.text


def test_a_wide_row_does_not_make_every_row_wide():
    text = "|" * 15_000 + "x|\n" + "| a |\n" * 5_000
    (table,) = blocks(text)
    assert isinstance(table, Table)
    assert sum(map(len, table.rows)) < 100_000
    assert table.rows[0][-1] == "x"
    assert too_many_cells(text)
    assert not too_many_cells("| a | b | c |\n" * 500)


def test_texts_that_repeat_their_lines_are_compared_at_once():
    before = "\n".join("ab"[n % 2] for n in range(15_000))
    after = "\n".join([*("ab"[n % 3 % 2] for n in range(14_999)), "new"])
    assert ("new", "new") in differences(before, after)
    assert differences(before, before) == []
