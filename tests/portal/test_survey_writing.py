"""Odd and hostile input to the pages on which a questionnaire is written."""

import csv
import io

import msgspec
import pytest

from tests.support.made_surveys import page_of, small
from tests.survey.made import choice, number, several, text
from tojimari.model import When
from tojimari.portal.surveys.models import Survey, SurveyInvitation, SurveyResponse
from tojimari.survey.schema import Option, Question

GOOD = {"type": "single", "text": "聞くこと", "options": "一\n二", "required": "yes"}


@pytest.fixture
def draft(world) -> Survey:
    made = small(world, choice("q1", ["a", "b"]), number("q2", when=When("q1", one_of=("a",))))
    made.draft = True
    made.save()
    made.refresh_from_db()  # as the database gives it back
    return made


@pytest.fixture
def base(world, draft) -> str:
    return f"/s/{world.chamber.pk}/surveys/{draft.pk}/"


@pytest.mark.parametrize(
    "odd",
    [
        {"text": "\0"},
        {"text": ""},
        {"options": "一\n一"},
        {"options": "一\n二{三}"},
        {"options": "\n".join(map(str, range(201)))},
        {"options_other": "one"},
        {"type": "sql"},
        {"type": "number"},
        {"type": "upto", "at_most": "2"},
        {"type": "upto", "at_most": "abc"},
        {"type": "upto", "at_most": "-1"},
        {"minimum": "nan"},
        {"minimum": "1e400"},
        {"minimum": "5", "maximum": "4"},
    ],
)
def test_odd_input_is_one_sentence_and_changes_nothing(world, draft, base, odd):
    client, before = world.client("supporter"), draft.questionnaire
    for address in (f"{base}add/single/", f"{base}questions/q1/"):
        answer = client.post(address, {**GOOD, **odd})
        assert answer.status_code == 400, odd
        shown = page_of(answer)
        assert shown.count('role="alert"') == 1
        assert GOOD["text"] in shown or "text" in odd  # what was typed stays on the page
    assert Survey.objects.get(pk=draft.pk).questionnaire == before


def test_what_is_not_there_is_not_found(world, base):
    client = world.client("supporter")
    for address in ("add/sql/", "questions/none/", "questions/none/when/"):
        assert client.get(f"{base}{address}").status_code == 404
    for address in ("move/", "copy/", "out/"):
        assert client.post(f"{base}questions/none/{address}").status_code == 404
    assert client.get(f"{base}preview/none/").status_code == 302


def test_words_with_marks_of_html_and_braces_stay_words(world, draft, base):
    client = world.client("supporter")
    odd = {**GOOD, "options": '<b>"一"\n&amp;', "text": "<script>alert(1)</script>"}
    assert client.post(f"{base}add/single/", odd).status_code == 302
    listed = page_of(client.get(f"{base}questions/"))
    assert "&lt;script&gt;alert(1)" in listed
    assert "<script>alert" not in listed
    # A brace quotes an earlier answer; one that quotes nothing is named with its place.
    client.post(f"{base}add/single/", {**GOOD, "text": "{nothing} {"})
    assert "直すところ" in page_of(client.get(f"{base}questions/"))
    assert client.get(f"{base}preview/").status_code == 302


def test_a_long_text_is_cut_and_a_thousand_questions_are_refused(world, draft, base):
    client = world.client("supporter")
    client.post(f"{base}add/text/", {"type": "text", "text": "長" * 5000})
    last = Survey.objects.get(pk=draft.pk).content().in_order()[-1]
    assert len(last.text.ja) == 2000
    assert not last.required
    content = Survey.objects.get(pk=draft.pk).questionnaire
    one = content["questions"][0]
    many = [{**one, "id": f"z{n}"} for n in range(300 - len(content["questions"]))]
    content["questions"] += many
    content["sections"][0]["questions"] += [each["id"] for each in many]
    Survey.objects.filter(pk=draft.pk).update(questionnaire=content)
    answer = client.post(f"{base}add/single/", GOOD)
    assert answer.status_code == 400
    assert "300問まで" in page_of(answer)


def test_deleting_what_a_condition_names_is_told_and_can_be_mended(world, draft, base):
    client = world.client("supporter")
    client.post(f"{base}questions/q1/out/")
    listed = page_of(client.get(f"{base}questions/"))
    assert "直すところ (1)" in listed
    assert client.get(f"{base}questions/q2/when/").status_code == 200
    client.post(f"{base}questions/q2/when/", {"do": "clear"})
    assert "直すところ" not in page_of(client.get(f"{base}questions/"))


def test_nobody_is_invited_to_a_draft(world, draft, base):
    client = world.client("supporter")
    answer = client.post(f"{base}invite/", {"count": "3"})
    assert answer.status_code == 409
    assert "まだ下書き" in page_of(answer)
    assert not SurveyInvitation.objects.exists()
    assert 'id="inv"' not in page_of(client.get(base))
    client.post(f"{base}open/")
    assert 'id="inv"' in page_of(client.get(base))
    assert client.post(f"{base}invite/", {"count": "3"}).status_code == 200


def test_answers_close_every_way_to_change_the_questions(world, draft, base):
    client = world.client("supporter")
    draft.draft = False
    draft.save()
    SurveyResponse.objects.create(survey=draft, hash="x")
    for address, sent in (
        ("front/", {"about": "a", "consent": "b", "universe": "c"}),
        ("add/single/", GOOD),
        ("questions/q1/", GOOD),
        ("questions/q1/out/", {}),
        ("questions/q1/copy/", {}),
        ("questions/q1/move/", {"way": "down"}),
        ("questions/q2/when/", {"do": "clear"}),
    ):
        assert client.post(f"{base}{address}", sent).status_code == 409, address
    found = Survey.objects.get(pk=draft.pk)
    assert (found.questionnaire, found.draft) == (draft.questionnaire, False)
    assert client.get(f"{base}preview/").status_code == 200  # looking is always possible


def test_every_page_of_writing_answers_head(world, base):
    client = world.client("supporter")
    for address in (
        "questions/", "front/", "add/single/", "add/matrix/", "questions/q1/",
        "questions/q2/when/", "preview/", "preview/q1/",
    ):  # fmt: skip
        assert client.get(f"{base}{address}").status_code == 200, address
        assert client.head(f"{base}{address}").status_code == 200, address


def test_what_goes_with_no_other_stays_so_wherever_it_stands(world):
    options = (Option("no", text("ない"), alone=True), Option("a", text("甲")))
    made = several("q1", ["x"])
    made = small(world, msgspec.structs.replace(made, options=(*options, Option("b", text("乙")))))
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/surveys/{made.pk}/"
    sent = {"type": "several", "text": "どれ", "options": "ない\n甲\n丙", "required": "yes"}
    assert client.post(f"{page}questions/q1/", sent).status_code == 302
    changed = Survey.objects.get().content().questions[0]
    assert [(o.id, o.alone) for o in changed.options] == [("no", True), ("a", False), ("b", False)]
    assert client.post(f"{page}questions/q1/", {**sent, "type": "single"}).status_code == 302
    assert not any(o.alone for o in Survey.objects.get().content().questions[0].options)
    assert "直すところ" not in page_of(client.get(f"{page}questions/"))


def test_conditions_can_be_combined_on_their_page(world):
    made = small(
        world, choice("q1", ["a", "b"]), number("q2"), choice("q3", ["a", "b"]), number("q4")
    )
    client = world.client("supporter")
    page = f"/s/{world.chamber.pk}/surveys/{made.pk}/questions/q4/when/"
    first = {"do": "put", "question": "q1", "how": "one_of", "options": "a"}
    second = {"do": "put", "question": "q2", "how": "at_least", "number": "5"}
    third = {"do": "put", "question": "q3", "how": "none_of", "options": "b"}

    def now() -> When | None:
        return Survey.objects.get(pk=made.pk).content().questions[3].when

    # Without a rule there is nothing to join to.
    assert "join" not in page_of(client.get(f"{page}?question=q1"))
    assert client.post(page, {**first, "join": "and"}).status_code == 400
    client.post(page, first)
    assert 'value="or"' in page_of(client.get(f"{page}?question=q2"))
    client.post(page, {**second, "join": "and"})
    one, two = When("q1", one_of=("a",)), When("q2", at_least=5)
    assert now() == When(all=(one, two))
    client.post(page, {**second, "join": "and"})  # the same twice says nothing more
    assert now() == When(all=(one, two))
    client.post(page, {**third, "join": "or"})
    three = When("q3", none_of=("b",))
    assert now() == When(any=(When(all=(one, two)), three))
    shown = page_of(client.get(page))
    assert "（" in shown  # what belongs together is shown as such
    assert client.post(page, {**third, "join": "xor"}).status_code == 400
    for number_ in range(20):
        answer = client.post(page, {**second, "number": str(number_), "join": "and"})
    assert answer.status_code == 400  # ten tests are enough
    client.post(page, {**first, "join": "instead"})
    assert now() == one


def test_answers_can_be_taken_in_words(world):
    made = small(
        world,
        choice("q1", ["a", "b"]),
        several("q2", ["a", "b"]),
        number("q3"),
        Question("q4", "text", text("q4"), required=False),
    )
    content = made.content()
    SurveyResponse.objects.create(
        survey=made,
        state="done",
        lang="ja",
        answers={"q1": "b", "q2": ["a"], "q3": 7, "q4": "=1+1"},
        flags=["speeder"],
        finished_on="2026-11-20",
        seconds=3,
    )
    page = f"/s/{world.chamber.pk}/surveys/{made.pk}/"
    assert f"{page}words.csv" in page_of(world.client("supporter").get(page))
    taken = world.client("supporter").get(f"{page}words.csv").content.decode("utf-8-sig")
    head, row = list(csv.reader(io.StringIO(taken)))
    assert len(head) == len(row) == len(set(head))
    assert all(question.text.ja in " ".join(head) for question in content.questions)
    chosen = content.questions[0].options[1].text.ja
    assert row[1:6] == [chosen, "はい", "いいえ", "7", "'=1+1"]
    assert "速すぎる" in row[-1]
    assert "q1" in world.client("supporter").get(f"{page}data.csv").content.decode("utf-8-sig")
    assert world.client("owner").get(f"{page}words.csv").status_code in (403, 404)
