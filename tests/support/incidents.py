"""Answers about an incident, drawn at random."""

from hypothesis import strategies as st

from tojimari.catalog import load_catalog


@st.composite
def incident_answers(draw):
    """Draw answers to any of the questions, "don't know" and nothing at all among them."""
    found = {}
    for question in load_catalog().incidents.questions.values():
        ids = [option.id for option in question.options]
        one = st.sampled_from([*ids, "dont_know"])
        many = st.sets(st.sampled_from(ids), min_size=1).map(lambda some: tuple(sorted(some)))
        drawn = draw(st.none() | (one if question.type == "single" else many))
        if drawn is not None:
            found[question.id] = drawn
    return found
