"""Policies: nobody refused, worse never better, saying never more than looking; and fairness."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.attest.fairness import AT_LEAST, by_group, clearly_apart, wilson
from tojimari.attest.policies import Held, judge
from tojimari.attest.policy_linter import BadPolicy, lint_policy, read_policy
from tojimari.catalog import load_catalog
from tojimari.catalog.lender_policy import PROOFS
from tojimari.catalog.load import HERE
from tojimari.model.text import LANGS
from tojimari.report.loan_letter import condition_lines, easiest_first, lack_words

CATALOG = load_catalog()
SAMPLE = CATALOG.policies["support-loan"]
CONTROLS = sorted({c for level in SAMPLE.levels for need in level.needs for c in need.controls})
TEXT = (HERE / "policies" / "support-loan.yaml").read_text("utf-8")
STATES = ("met", "partly", "not_met", "unknown", "not_applicable")
ORDER = [level.id for level in SAMPLE.levels]


def everything(by="measured"):
    return dict.fromkeys(CONTROLS, Held("met", by))


def helds():
    one = st.builds(Held, st.sampled_from(STATES), st.sampled_from(("", *PROOFS)), st.booleans())
    return st.dictionaries(st.sampled_from(CONTROLS), one)


def read(text: str):
    return read_policy("p.yaml", text.encode(), CATALOG)


def test_everybody_stands_on_some_level_and_nothing_known_on_the_lowest():
    assert judge(SAMPLE, {}).level.id == ORDER[-1]
    assert judge(SAMPLE, everything()).level.id == ORDER[0]
    assert judge(SAMPLE, everything()).next is None


@given(helds(), st.sampled_from(CONTROLS), st.sampled_from(("not_met", "unknown", "partly")))
def test_a_measure_that_gets_worse_never_lifts_a_level(known, control, state):
    before = ORDER.index(judge(SAMPLE, known).level.id)
    worse = {**known, control: Held(state, "measured")}
    assert ORDER.index(judge(SAMPLE, worse).level.id) >= before


@given(helds(), st.sampled_from(CONTROLS))
def test_a_weaker_proof_or_a_difference_never_lifts_a_level(known, control):
    before = ORDER.index(judge(SAMPLE, known).level.id)
    one = known.get(control, Held("unknown"))
    for weaker in (
        Held(one.state, ""),
        Held(one.state, "said" if one.proof else ""),
        Held(one.state, one.proof, differs=True),
    ):
        assert ORDER.index(judge(SAMPLE, {**known, control: weaker}).level.id) >= before


@given(helds())
def test_what_is_missing_earns_the_next_level(known):
    found = judge(SAMPLE, known)
    assert bool(found.next) == bool(found.missing)
    if found.next is None:
        return
    mended = {**known, **{one.control: Held("met", one.by) for one in found.missing}}
    assert ORDER.index(judge(SAMPLE, mended).level.id) <= ORDER.index(found.next.id)
    for lang in LANGS:
        assert all(lack_words(one, CATALOG, lang) for one in easiest_first(found.missing, CATALOG))


def test_what_was_only_said_does_not_stand_for_a_look():
    found = judge(SAMPLE, everything("said"))
    assert found.level.id == ORDER[-1]
    assert {one.lack for one in found.missing} == {"unproven"}


def test_the_sample_is_whole_and_only_warns_that_it_is_one():
    found = read(TEXT)
    assert found.policy == SAMPLE
    assert [one.key for one in found.warnings] == ["sample"]
    for level in SAMPLE.levels:
        for lang in LANGS:
            assert condition_lines(level.conditions, CATALOG, lang)


def test_no_figure_of_the_sample_is_made_up():
    for level in SAMPLE.levels:
        for name in ("rate", "months", "guarantee_fee", "maximum"):
            assert getattr(level.conditions, name) is None


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("sample: true", "refuse_below: 3", "refuse_below"),
        ("os-updates-pc", "no-such-control", "levels[0].needs[0].controls"),
        (
            '  conditions:\n    note: {ja: "ふだん',
            '  needs: [{controls: [os-updates-pc], by: said}]\n  conditions:\n    note: {ja: "ふだん',
            "levels[2].needs",
        ),
        ("at_least: 2", "at_least: 9", "levels[1].needs[0].at_least"),
        ("by: paper", "by: hearsay", "levels[0].needs[1].by"),
        ("sources: [jfc-2022]", "sources: [nobody]", "sources"),
        ("- id: started", "- id: measured", "levels"),
        ("valid_from: 2026-12-01", "valid_from: soon", "valid_from"),
        ('en: "Everybody"', 'en: ""', "levels[2].title.en"),
    ],
)
def test_a_mistake_is_named_and_keeps_it_from_use(old, new, key):
    assert old in TEXT
    found = read(TEXT.replace(old, new, 1))
    assert found.policy is None
    assert key in [one.key for one in found.mistakes]


def test_saying_over_measuring_is_warned_of():
    said = read(TEXT.replace("by: measured", "by: said", 1))
    assert said.policy is not None
    keys = [one.key for one in said.warnings]
    assert "levels[0].needs[0].by" in keys, "an answer for what can be measured"
    assert keys.count("levels[0].needs") == 4, "a weaker proof than on the level below"
    only = read(TEXT.replace("by: measured", "by: said").replace("by: paper", "by: said"))
    assert "levels[1].needs" in [one.key for one in only.warnings]


def with_conditions(**of_levels):
    levels = tuple(
        msgspec.structs.replace(
            level,
            conditions=msgspec.structs.replace(level.conditions, **of_levels.get(level.id, {})),
        )
        for level in SAMPLE.levels
    )
    return msgspec.structs.replace(SAMPLE, levels=levels)


def test_a_surcharge_and_a_better_level_that_brings_less_are_warned_of():
    dear = with_conditions(everybody={"rate": "0.5"}, measured={"rate": "-0.2"})
    keys = [one.key for one in lint_policy(dear, CATALOG)]
    assert "levels[2].conditions.rate" in keys
    odd = with_conditions(measured={"months": 6}, started={"months": 12})
    assert "levels[0].conditions.months" in [one.key for one in lint_policy(odd, CATALOG)]


@pytest.mark.parametrize(
    "data",
    [b"a: [", b"\xff\xfe\x00", b"a: &x [1]\nb: [*x, *x]", b"[" * 40 + b"]" * 40, b"x" * 300_000],
)
def test_hostile_files_are_refused_in_one_sentence(data):
    with pytest.raises(BadPolicy):
        read_policy("p.yaml", data, CATALOG)


@given(st.binary(max_size=300))
def test_no_bytes_are_a_fault(data):
    try:
        assert read_policy("p.yaml", data, CATALOG).policy is None
    except BadPolicy:
        return  # refused, in a sentence of its own


@given(st.integers(1, 500), st.data())
def test_wilson_holds_the_share_and_stays_a_share(n, data):
    reached = data.draw(st.integers(0, n))
    low, high = wilson(reached, n)
    assert 0 <= low <= reached / n + 1e-12
    assert reached / n - 1e-12 <= high <= 1


def test_wilson_gives_the_published_figure():
    low, high = wilson(81, 263)  # Newcombe 1998, table I, method 3
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.booleans()), max_size=60))
def test_small_groups_are_kept_back_and_never_alone(rows):
    groups = by_group(rows)
    back = [one.name for one in groups if one.n is None]
    sizes = {name: sum(1 for one, _ in rows if one == name) for name in "abcde"}
    assert all(one.n is None or one.n >= AT_LEAST for one in groups)
    if back and len(back) < len(groups):
        assert len(back) > 1
        assert sum(sizes[name] for name in back) >= AT_LEAST


def test_a_clear_difference_is_named():
    rows = [("large", True)] * 40 + [("small", False)] * 38 + [("small", True)] * 2
    assert clearly_apart(by_group(rows)) == [("small", "large")]
    assert clearly_apart(by_group([("a", True)] * 5 + [("b", False)] * 4)) == []
