"""Paragraphs in the terminal: no line too long, nothing lost, no line that begins with a comma."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tojimari.lib.lines import line_ends
from tojimari.report.paragraph import console_of_command, put

TEXTS = st.text(st.sampled_from(list("あ漢ー、。「」(a1 /ｱé")), max_size=120)


@given(text=TEXTS, width=st.integers(4, 40), hang=st.integers(0, 4))
def test_no_line_is_too_long_and_nothing_is_lost(text, width, hang):
    ends = line_ends(text, width, hang=hang)
    assert ends == sorted(set(ends))
    parts = [text[a:b] for a, b in zip([0, *ends], [*ends, len(text)], strict=True)]
    assert "".join(parts) == text
    for number, part in enumerate(parts):
        assert cell_len(part.rstrip()) <= max(2, width - (hang if number else 0))


def test_a_number_stays_with_its_sentence_which_hangs_below_itself(capsys):
    step = "12. 作った会社に、「すべて直してください」と頼みます。" * 1 + "あ" * 60
    put(console_of_command(), step, 4)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("    12. 作った会社に、「すべて")
    assert lines[1].startswith(" " * 8 + "あ")
    assert len(lines) == 2


def test_no_line_begins_with_a_comma_or_ends_with_an_open_bracket():
    for width in range(6, 60):
        text = "作った会社に、「送り先と読み込み先を、すべてhttpsに直してください」と、(表を見せて)頼みます。"
        starts = [text[end] for end in line_ends(text, width)]
        assert not set(starts) & set("、。」)")
        assert not {text[end - 1] for end in line_ends(text, width)} & set("「(")


def test_a_word_of_letters_is_not_cut_where_it_fits():
    text = "Run `tojimari done website-content` again when the maker has mended all of it"
    for end in line_ends(text, 24):
        assert text[end - 1] == " "
