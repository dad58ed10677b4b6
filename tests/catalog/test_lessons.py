"""The lessons: pictures, and what the linter refuses."""

from xml.etree import ElementTree

import msgspec
import pytest

from tojimari.catalog import load_catalog
from tojimari.catalog.lesson_consistency import RECORDS, SITUATION_LETTERS, check_lessons
from tojimari.catalog.linter import Linter
from tojimari.catalog.load import HERE
from tojimari.model import Text

CATALOG = load_catalog()
PICTURES = HERE / "lessons" / "pictures"
BASICS = ("updates", "antivirus", "passwords", "sharing", "tricks", "backup")
replace = msgspec.structs.replace


def test_the_six_basics_come_first_and_there_are_enough():
    assert tuple(CATALOG.lessons)[:3] + tuple(CATALOG.lessons)[4:7] == BASICS
    assert len(CATALOG.lessons) >= 16


@pytest.mark.parametrize("lesson", CATALOG.lessons)
def test_its_picture_is_drawn_and_does_nothing_else(lesson):
    root = ElementTree.fromstring((PICTURES / f"{lesson}.svg").read_bytes())
    names = {node.tag.rpartition("}")[2] for node in root.iter()}
    drawn = {"svg", "g", "rect", "circle", "path", "text", "clipPath"}
    assert names <= drawn
    assert not any("href" in key or key.startswith("on") for n in root.iter() for key in n.attrib)


def test_no_picture_is_left_over():
    assert {path.stem for path in PICTURES.glob("*.svg")} == set(CATALOG.lessons)


def test_the_right_answers_stand_in_no_order():
    places = [
        (len(question.options), question.right)
        for lesson in CATALOG.lessons.values()
        for question in lesson.questions
    ]
    three = [right for options, right in places if options == 3]
    assert all(three.count(place) >= 5 for place in range(3))


def found(**changes):
    """Return (file, key) of what is wrong with the first lesson once it is changed so."""
    lesson = next(iter(CATALOG.lessons.values()))
    changed = replace(lesson, **changes)
    lint = Linter(replace(CATALOG.content, lessons={**CATALOG.lessons, lesson.id: changed}))
    check_lessons(lint)
    return [(problem.file, problem.key) for problem in lint.problems]


LESSON = next(iter(CATALOG.lessons.values()))
FILE = f"lessons/{LESSON.id}.yaml"
NO_RIGHT = tuple(replace(option, right=False) for option in LESSON.questions[0].options)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"controls": ("no-such",)}, "controls"),
        ({"sources": ("no-such",)}, "sources"),
        ({"today": replace(LESSON.today, control="no-such")}, "today.control"),
        ({"audience": ()}, "audience"),
        ({"title": Text(ja="", en="x")}, "title.ja"),
        ({"situation": Text(ja="あ" * (SITUATION_LETTERS + 1), en="x")}, "situation.ja"),
        ({"questions": LESSON.questions[:2]}, "questions"),
        (
            {
                "questions": (
                    replace(LESSON.questions[0], options=NO_RIGHT),
                    *LESSON.questions[1:],
                )
            },
            "questions[0].options",
        ),
    ],
)
def test_what_does_not_fit_is_named(changes, key):
    assert found(**changes) == [(FILE, key)]


@pytest.mark.parametrize(
    "changes",
    [{"of": ("no-such",), "lessons": 0}, {"lessons": 2}, {"id": "os-updates-pc"}, {"of": ()}],
)
def test_a_record_that_cannot_come_about_is_named(changes):
    record = replace(CATALOG.learning["incident-education"], **changes)
    lint = Linter(replace(CATALOG.content, learning={record.id: record}))
    check_lessons(lint)
    assert [problem.file for problem in lint.problems] == [RECORDS]
