"""The reconstruction of 2021: every figure counted again with SQL, by rules written anew here."""

import contextlib
import hashlib
import io
from decimal import ROUND_HALF_UP, Decimal

import duckdb
import msgspec
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.survey.attack import told
from tojimari.catalog import load_catalog
from tojimari.cli import main
from tojimari.cli.survey import reconstruct as command
from tojimari.survey.loader import load_questionnaire
from tojimari.survey.parquet import open_responses
from tojimari.survey.provenance import PROVENANCE_NOTES
from tojimari.survey.publication import Figure, Order, Published, load_published
from tojimari.survey.reconstruction import reconstruct
from tojimari.survey.reconstruction.comparison import compare, counted, holds_in_order
from tojimari.survey.reconstruction.margins import decide
from tojimari.survey.reconstruction.population import populate
from tojimari.survey.reconstruction.variables import Key, Variables
from tojimari.survey.responses import import_responses
from tojimari.survey.tabulation import Rules, tabulate

ID = "jfc2021"
IMPOSSIBLE = {"r034": "r029", "r106": "r104"}
"""Rows that cannot hold, and one row that each contradicts."""

TELEWORK = "not telework__none"
DERIVED = {
    "pcs": "coalesce(pcs_used, 'none')",
    "tablets": "coalesce(tablets_used, 'none')",
    "phones": "coalesce(phones_used, 'none')",
    "telework_any": f"if({TELEWORK}, 'yes', if(telework__none, 'no', null))",
    "site": "if(website = 'none', 'no', 'yes')",
    "web_server": "nullif(website, 'none')",
    "web_server_inside": "case website when 'none' then null when 'rented' then 'no' else 'yes' end",
    "backup_any": "case when backup__none then 'no' when backup__dont_know then 'unknown' "
    "when backup__none is null then null else 'yes' end",
    "staff_trained": "case when staff_training in ('done', 'partly') then 'yes' "
    "when staff_training = 'not_done' then 'no' end",
    "harm_known": "nullif(harm, 'dont_know')",
    "harm_all": "if(coalesce(harm, '') = 'yes', 'yes', 'no')",
    "standing": "case compared when 'bit_ahead' then 'ahead' else compared end",
}
SEVERAL = {"devices", "telework", "backup", "harm_kinds", "obstacles", "information"}


def in_sql(of, answers):
    """Return SQL: who is in the base, and who gave one of the answers."""
    if of == "documents_on_devices":
        return "true", " or ".join(f"coalesce(documents__{a}, false)" for a in answers)
    if of in SEVERAL:
        return f"{of}__{answers[0]} is not null", " or ".join(f"{of}__{a}" for a in answers)
    value = DERIVED.get(of, of)
    names = ", ".join(f"'{answer}'" for answer in answers) or "null"
    return f"({value}) is not null", f"({value}) in ({names})" if answers else "true"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Run the command once, as a user does: what it made, the file, its code and what it said."""
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    kept = []

    def keep(which):
        kept.append(reconstruct(which))
        return kept[0]

    said = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")  # the command asks what it can show
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        patch.setattr(command, "reconstruct", keep)
        code = main(["--lang", "ja", "survey", "reconstruct", ID, "--out", str(path)])
    said.seek(0)
    return kept[0], path, code, said.read()


@pytest.fixture(scope="module")
def made(run):
    return run[0]


@pytest.fixture(scope="module")
def file(run):
    return run[1]


@pytest.fixture(scope="module")
def sql(file):
    database = duckdb.connect()
    database.execute(f"create view firms as select * from read_parquet('{file}')")

    def count(of, answers, by="", group=""):
        base, chosen = in_sql(of, answers)
        if by:
            base += f" and ({DERIVED.get(by, by)}) = '{group}'"
        return database.execute(
            f"select count(*) filter ({chosen}), count(*) from firms where {base}"
        ).fetchone()

    return count


def share(number, base, places=1):
    exact = Decimal(number) * 100 / Decimal(base)
    return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def agrees(row, sql):
    """Say whether a published row is what SQL finds."""
    if row.kind == "order":
        for order in row.orders:
            found = [sql(order.of, (order.answer,), order.by, g) for g in order.groups]
            shares = [share(*pair) for pair in found]
            if shares != sorted(set(shares), reverse=order.falling):
                return False
        if row.rank:
            every = [
                key
                for key in Variables(load_questionnaire(ID)).options(row.rank.of)
                if key not in row.rank.apart
            ]
            numbers = {answer: sql(row.rank.of, (answer,))[0] for answer in every}
            first = [numbers.pop(answer) for answer in row.rank.first]
            if first != sorted(set(first), reverse=True):
                return False
            return max(numbers.values()) <= first[-1]
        return True
    for answers in [(a,) for a in row.answers] if row.each else [row.answers]:
        number, base = sql(row.of, answers, row.by, row.group)
        if row.percent is not None and share(number, base, row.decimals) != Decimal(
            str(row.percent)
        ).quantize(Decimal(1).scaleb(-row.decimals)):
            return False
        if row.count is not None and (number if answers else base) != row.count:
            return False
        if row.base is not None and base != row.base:
            return False
        if row.below is not None and share(number, base) >= Decimal(str(row.below)):
            return False
        if row.above is not None and share(number, base) <= Decimal(str(row.above)):
            return False
    return True


@pytest.mark.parametrize("row", load_published(ID).rows, ids=lambda row: row.id)
def test_every_published_row_is_found_by_sql_or_cannot_hold(row, sql):
    assert agrees(row, sql) is (row.id not in IMPOSSIBLE)


def test_what_cannot_hold_is_proved_and_explained(made):
    assert made.cannot.keys() == IMPOSSIBLE.keys()
    for row in load_published(ID).rows:
        assert (row.cannot is not None) is (row.id in IMPOSSIBLE)
        if row.cannot:
            assert IMPOSSIBLE[row.id] in made.cannot[row.id]


def test_the_comparison_says_the_same_as_sql(made, file, sql):
    count = counted(file, made.questionnaire)
    found = compare(load_published(ID), made.questionnaire, count, made.cannot)
    assert [row.id for row in found] == [row.id for row in load_published(ID).rows]
    for row in found:
        assert row.state == ("cannot" if row.id in IMPOSSIBLE else "reproduced")
        assert (row.why is not None) is (row.id in IMPOSSIBLE)
    assert sql("harm", ("yes",)) == count(Key("harm", answers=("yes",))) == (74, 796)


def test_a_wrong_row_is_noticed(made, file):
    """A figure that was not built in must come out as missed, not as reproduced."""
    published = load_published(ID)
    changed = msgspec.structs.replace(published.rows[15], percent=73.7, count=None)
    wrong = msgspec.structs.replace(published, rows=(changed,))
    found = compare(wrong, made.questionnaire, counted(file, made.questionnaire))
    assert [row.state for row in found] == ["missed"]


def test_the_rows_pass_the_codebook(made, file, tmp_path):
    """Skip logic, options, answers that stand alone, at most three: nothing is let through."""
    taken = import_responses(file, made.questionnaire, tmp_path / "again.parquet")
    assert taken.responses.rows == 1030
    assert taken.responses.origin == "reconstruction"
    assert not any(taken.emptied.values())


def test_the_file_says_what_it_is(file):
    assert open_responses(file).origin == "reconstruction"
    raw = pq.read_schema(file).metadata
    assert raw[b"tojimari.origin"] == b"reconstruction"
    assert raw[b"tojimari.mark.ja"].decode() == PROVENANCE_NOTES["reconstruction"].ja
    assert raw[b"tojimari.mark.en"].decode() == PROVENANCE_NOTES["reconstruction"].en


def test_bases_not_published_are_among_those_the_percentages_allow(sql):
    """Worked out by hand from the percentages alone (see the notes to the rows)."""
    candidates = {
        ("meeting_outside", "industry", "info_comm"): {45, 47, 88, 90, 92, 94},
        ("meeting_inside", "industry", "info_comm"): {31, 43, 62, 74, 86, 93},
        ("meeting_inside", "industry", "retail"): {43, 69, 86, 95, 112, 121, 129},
        ("telework_any", "industry", "construction"): {49, 59, 88, 98},
        ("telework_any", "industry", "medical_welfare"): {29, 39, 58, 68, 78, 87, 97},
        ("telework_any", "industry", "life_services"): {69, 85, 101},
        ("telework_rules", "size", "two_to_four"): {45, 73, 90, 101, 107},
        ("telework_rules", "size", "ten_or_more"): {7, 14, 21, 28, 35, 42, 49},
        ("meeting_safety", "", ""): {296, 312, 316, 332, 336, 352, 365, 372},
        ("staff_trained", "", ""): {408, 409, 410},
        ("harm_known", "", ""): set(range(585, 590)),
    }
    for (of, by, group), allowed in candidates.items():
        assert sql(of, (), by, group)[1] in allowed, (of, by, group)
    assert 430 <= sql("lan", (), "pcs", "one")[1] <= 570


def test_what_is_free_is_no_corner(sql):
    """Variables that no figure ties together come out nearly independent."""
    for of, answer, by, groups in [
        ("cloud", "yes", "size", ("one", "two_to_four")),
        ("mail", "yes", "form", ("sole", "company")),
        ("owner_training", "done", "cloud", ("yes", "no")),
        ("storage", "devices", "mail", ("yes", "no")),
    ]:
        number, base = sql(of, (answer,))
        for group in groups:
            part, whole = sql(of, (answer,), by, group)
            expected = whole * number / base
            spread = (expected * (1 - number / base)) ** 0.5
            assert abs(part - expected) < 4 * spread + 1, (of, by, group)
            assert 0 < part < whole


def test_rows_taken_for_answers_tell_no_small_count(file, tmp_path):
    """Without their mark the rows are protected like answers; an outsider works out none."""
    questionnaire = load_questionnaire(ID)
    path = tmp_path / "answers.parquet"
    pq.write_table(pq.read_table(file).replace_schema_metadata(None), path)
    published = tabulate(path, questionnaire, by=["size", "pcs"])
    everything = tabulate(path, questionnaire, by=["size", "pcs"], rules=Rules(at_least=0))
    assert sum(c.kept_back != "" for t in published.tables for g in t.columns for c in g.cells)
    assert told(published, everything, questionnaire, 3) == []


def test_peers_know_nothing_of_it():
    """Joint figures must never reach the comparison with others."""
    figures = load_catalog().surveys["jfc-2021"].figures
    published = {row.id for row in load_published(ID).rows}
    assert {figure.row for figure in figures} <= published


def test_the_same_again(made):
    """Rows hang on the seed alone. Deciding takes most of the time; a smaller survey shows it."""
    published = load_published(ID)
    few = {"r002", "r003", "r005", "r006", "r017", "r019", "r020", "r047", "r048", "r158"}
    small = Published(ID, "jfc-2022", tuple(row for row in published.rows if row.id in few))
    variables = Variables(made.questionnaire)
    results = []
    for seed in (5, 5, 6):
        decided = decide(small, variables, 1030, seed)
        rows = populate(small, decided, variables, 1030, seed)
        results.append(hashlib.sha256(msgspec.json.encode([decided.cannot, rows])).hexdigest())
    assert results[0] == results[1] != results[2]


def test_a_contradiction_is_named_with_what_it_contradicts(made):
    variables = Variables(made.questionnaire)
    rows = (
        Figure("all", "", "count", of="form", count=1030),
        Figure("two", "", "count", of="mail", answers=("yes",), count=500),
        Figure("a", "", "percent", of="mail", answers=("yes",), percent=48.5),
        Figure("b", "", "percent", of="mail", answers=("yes",), percent=51.0),
    )
    decided = decide(Published(ID, "jfc-2022", rows), variables, 1030, 1)
    assert decided.cannot.keys() == {"b"}
    assert decided.cannot["b"] in (("two",), ("a",))
    assert decided.numbers[Key("mail", answers=("yes",))] == 500


@given(st.integers(1, 2000), st.data(), st.sampled_from([0, 1]))
def test_percentages_round_half_up_exactly(base, data, decimals):
    number = data.draw(st.integers(0, base))
    printed = float(share(number, base, decimals))
    row = Figure("x", "", "percent", of="q", answers=("a",), percent=printed, decimals=decimals)
    assert row.fits(number, base)
    for other in range(max(0, number - 3), min(base, number + 3) + 1):
        assert row.fits(other, base) is (float(share(other, base, decimals)) == printed)


def test_orders_are_strict():
    order = Order("q", "a", "b", ("x", "y"))
    assert holds_in_order(["1.0", "10.0"], order)
    assert not holds_in_order(["1.0", "1.0"], order)
    assert not holds_in_order(["1.0", ""], order)
    assert holds_in_order(["9.0", "1.0"], msgspec.structs.replace(order, falling=True))


def test_the_command_makes_a_file_and_shows_every_row(run):
    _, path, code, said = run
    assert code == 0
    assert path.is_file()
    assert said.startswith(PROVENANCE_NOTES["reconstruction"].ja)
    assert all(row.id in said for row in load_published(ID).rows)
    assert "ともに成り立たない数字: r029" in said
    assert str(path) in said.replace("\n", "")


def test_the_command_compares_a_file(file, capsys, tmp_path):
    assert main(["survey", "reconstruct", ID, "--check", "--out", str(file)]) == 0
    said = capsys.readouterr().out
    assert said.startswith(PROVENANCE_NOTES["reconstruction"].ja)
    for row in load_published(ID).rows:
        assert row.id in said
    assert "169行のうち 167行を再現、2行は両立しない" in said
    assert "585〜589社" in said

    # One answer changed: some figure must be missed, and the command must say so with its code.
    table = pq.read_table(file)
    mail = table.column("mail").to_pylist()
    mail[:] = ["yes"] * len(mail)
    at = table.schema.get_field_index("mail")
    changed = tmp_path / "changed.parquet"
    pq.write_table(table.set_column(at, table.schema.field(at), [mail]), changed)
    assert (
        main(["--lang", "en", "survey", "reconstruct", ID, "--check", "--out", str(changed)]) == 1
    )
    assert "1 are missed" in capsys.readouterr().out


def test_the_command_refuses_what_it_cannot_do(capsys):
    assert main(["survey", "reconstruct", "nothing"]) == 2
    assert main(["survey", "reconstruct", ID, "--check"]) == 2
    assert main(["survey", "reconstruct", ID, "--check", "--out", "none.parquet"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_tabulator_gives_every_published_figure(run):
    """Not our own counting: the tables, figures and report are made from these numbers."""
    from tojimari.survey.coding import variables
    from tojimari.survey.tables import TOTAL
    from tojimari.survey.tabulation import Rules, tabulate

    made, path, _, _ = run
    questionnaire = load_questionnaire(ID)
    published = load_published(ID)
    breaks = {figure.by for figure in published.rows if figure.by}
    breaks |= {order.by for figure in published.rows for order in figure.orders if order.by}
    tabulation = tabulate(path, questionnaire, by=sorted(breaks), rules=Rules(0, 0))
    assert tabulation.origin == "reconstruction"
    tables = {(t.question, t.by): t for t in tabulation.tables}
    own, kinds = counted(path, questionnaire), variables(questionnaire)
    tabulated = 0

    def count(key: Key) -> tuple[int, int]:
        nonlocal tabulated
        several = kinds[key.of].kind == "several" and len(key.answers) > 1
        if several or key.asked:
            return own(key)  # a union of answers, or of those who left it out, is in no table
        table = tables[key.of, key.by]
        column = next(c for c in table.columns if c.group == (key.group or TOTAL))
        tabulated += 1
        chosen = [c.n for c in column.cells if c.answer in key.answers]
        assert column.base is not None
        return sum(n or 0 for n in chosen) if key.answers else column.base, column.base

    rows = compare(published, questionnaire, count, made.cannot)
    assert {row.id for row in rows if row.state != "reproduced"} == set(IMPOSSIBLE)
    assert tabulated > 250
