"""Kinds of subject and sources are declared once; an undeclared one is refused everywhere."""

import msgspec
import pytest

from tests.support.facts import AS_OF
from tests.support.new_kind import employees
from tojimari.catalog import load_catalog
from tojimari.model import (
    FIRST_HAND,
    LANGS,
    Observation,
    StoredObservation,
    Subject,
    declared,
    seen,
    source_of,
    subject_kinds,
)
from tojimari.model.facts import DeviceTimeSync, fact_kinds


@pytest.mark.parametrize("kind", sorted(subject_kinds()))
def test_every_kind_is_named_in_both_languages_and_its_command_names_one(kind):
    about = declared(kind)
    assert all(about.name.say(lang).strip() for lang in LANGS)
    assert about.look_again.format(id="x") == about.look_again.replace("{id}", "x")
    assert about.oscal_text.format(id="x")
    assert not about.from_outside or about.listed_by == "company"
    assert (about.listed_by == "evidence") == bool(about.evidence_source)


def test_every_fact_kind_is_about_a_declared_kind_of_subject():
    for kind in fact_kinds():
        assert kind.partition(".")[0] in subject_kinds()


def test_every_question_that_counts_subjects_is_in_the_catalog():
    counted = {about.counted_by for about in subject_kinds().values()} - {""}
    assert counted <= set(load_catalog().questions)


def test_an_undeclared_kind_or_too_long_an_id_is_refused():
    with pytest.raises(ValueError, match="ghost"):
        Subject("ghost", "x")
    with pytest.raises(msgspec.ValidationError, match="ghost"):
        msgspec.json.decode(b'{"kind": "ghost", "id": "x"}', type=Subject)
    for kind, about in subject_kinds().items():
        assert Subject(kind, "x" * about.id_at_most)
        with pytest.raises(ValueError, match=kind):
            Subject(kind, "x" * (about.id_at_most + 1))


def test_a_name_of_dns_fits_whole():
    name = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
    assert len(name) == 253
    assert Subject("site", name).id == Subject("mail_domain", name).id == name


def test_an_undeclared_source_is_refused():
    fact, subject = DeviceTimeSync("chrony", True), Subject("device", "d")
    with pytest.raises(ValueError, match="rumour"):
        seen(fact, subject=subject, at=AS_OF, source="rumour")
    made = msgspec.to_builtins(seen(fact, subject=subject, at=AS_OF))
    for shape in (Observation, StoredObservation):
        row = {k: v for k, v in made.items() if k in shape.__struct_fields__}
        with pytest.raises(msgspec.ValidationError, match="rumour"):
            msgspec.convert(row | {"source": "rumour", "fact": None}, Observation)


def test_what_engines_say_counts_like_what_was_measured():
    assert set(FIRST_HAND) == {"measured", "heard"}
    assert source_of("heard").basis == source_of("measured").basis
    assert source_of("heard").rank == source_of("measured").rank < source_of("document").rank
    assert source_of("document").rank < source_of("answered").rank


def test_a_kind_is_declared_once():
    with employees():
        assert "employee" in subject_kinds()
        with pytest.raises(ValueError, match="twice"), employees():
            pass
    assert "employee" not in subject_kinds()
