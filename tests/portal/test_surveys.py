"""A survey on the web: from the organisation that asks to the respondent, and back to tables."""

import io
import json
import re
import zipfile
from datetime import timedelta

import msgspec
import pytest
from django.test import Client
from django.utils import timezone

from tests.support.made_surveys import page_of, small
from tests.support.pressing import run_tasks
from tests.survey.made import choice, number, questionnaire, several, text
from tojimari.ask.questionnaire import Row, Screen
from tojimari.model import When
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.surveys.models import Survey, SurveyInvitation, SurveyResponse
from tojimari.portal.surveys.tasks import published_before
from tojimari.portal.words import say
from tojimari.survey.loader import load_questionnaire
from tojimari.survey.schema import Option, Question


@pytest.fixture
def jfc(world) -> Survey:
    content = load_questionnaire("jfc2021")
    return Survey.objects.create(
        organisation=world.chamber, title="調査", questionnaire=msgspec.to_builtins(content)
    )


def begin(survey: Survey) -> tuple[Client, str, str]:
    """Return a respondent's browser, the secret and the address of the first question."""
    secret = SurveyInvitation.make(survey, 1)[0]
    client = Client(HTTP_ACCEPT_LANGUAGE="ja")
    assert "同意して始める" in page_of(client.get(f"/q/{secret}/"))
    return client, secret, client.post(f"/q/{secret}/begin/").get("Location", "")


def answer_all(client: Client, address: str, *, like=lambda options: options[0]):
    """Answer every question with what ``like`` chooses; returns the thanks page and how many."""
    for count in range(200):
        shown = client.get(address)
        question = shown.context["question"]
        ids = [option.id for option in shown.context["options"]]
        match question.type:
            case "number":
                given = {"answer": "3"}
            case "matrix":
                given = {f"row-{row.id}": ids[0] for row in shown.context["rows"]}
            case "text":
                given = {"answer": "とくにありません"}
            case _:
                given = {"answer": like(ids)}
        response = client.post(address, given)
        if response.status_code == 200:
            return response, count + 1
        assert response.status_code == 302, page_of(response)
        address = response["Location"]
    raise AssertionError("the questionnaire never ends")


def test_a_respondent_answers_the_papers_questionnaire_and_gets_an_own_result(world, jfc):
    client, secret, address = begin(jfc)
    thanks, count = answer_all(client, address)
    assert count >= 15
    shown = page_of(thanks)
    assert "あなたの会社の様子" in shown
    assert "ほかの会社と比べる" in shown
    assert "English" not in shown  # another page would be without the result
    assert re.search(r"n=\d", shown)
    response = jfc.responses.get()
    assert response.state == SurveyResponse.DONE
    # Nothing leads from the link to the answers, and the link is used up.
    assert response.hash == ""
    assert response.begun_at is None
    again = client.get(f"/q/{secret}/")
    assert "もう届いています" in page_of(again)
    assert "あなたの会社の様子" not in page_of(again)
    assert jfc.invitations.get().used_on == timezone.localdate()
    fields = {f.name for f in SurveyResponse._meta.get_fields()}
    assert not fields & {"invitation", "email", "address", "user"}


def test_one_stops_and_goes_on_where_one_stopped(world, jfc):
    client, secret, address = begin(jfc)
    moved = client.post(address, {"answer": "sole"})["Location"]
    other_browser = Client(HTTP_ACCEPT_LANGUAGE="en")
    assert other_browser.get(f"/q/{secret}/")["Location"] == moved
    # Back, and a changed answer forgets what no longer applies.
    size = moved
    staff = client.post(size, {"answer": "two_to_four"})["Location"]
    assert staff.endswith("/staff/")
    client.post(staff, {"answer": "yes"})
    assert "staff" in jfc.responses.get().answers
    client.post(size, {"answer": "one"})
    assert "staff" not in jfc.responses.get().answers


def test_a_wrong_answer_is_asked_again(world):
    upto = msgspec.structs.replace(several("m", ["a", "b", "c"]), type="upto", at_most=2)
    survey = small(world, upto, number("x"))
    client, _, address = begin(survey)
    refused = client.post(address, {"answer": ["a", "b", "c"]})
    assert refused.status_code == 400
    assert 'role="alert"' in page_of(refused)
    following = client.post(address, {"answer": ["a", "b"]})["Location"]
    assert client.post(following, {"answer": "many"}).status_code == 400
    assert client.post(following, {"answer": "１２"}).status_code == 200
    assert survey.responses.get().answers == {"m": ["a", "b"], "x": 12}


def test_who_is_not_in_the_universe_is_let_go(world):
    survey = small(
        world,
        choice("firm", ["yes", "no"]),
        choice("q", ["a", "b"]),
        screens=(Screen(When(question="firm", one_of=("no",)), text("会社の方だけが対象です")),),
    )
    client, _, address = begin(survey)
    assert "会社の方だけが対象です" in page_of(client.post(address, {"answer": "no"}))
    assert survey.responses.get().state == SurveyResponse.SCREENED


def test_every_kind_of_question_has_a_page(world):
    rows = (Row("pc", text("PC")), Row("phone", text("Phone")))
    options = (Option("yes", text("はい")), Option("no", text("いいえ")))
    survey = small(
        world,
        choice("s", ["a", "b"], dont_know=True),
        several("m", ["a", "b"]),
        number("x", dont_know=True),
        Question("t", "text", text("ひとこと"), required=False),
        Question("g", "matrix", text("表"), rows=rows, options=options),
    )
    client, _, address = begin(survey)
    answer_all(client, address)
    assert survey.responses.get().answers == {
        "s": "a",
        "m": ["a"],
        "x": 3,
        "t": "とくにありません",
        "g": {"pc": "yes", "phone": "yes"},
    }


def test_dont_know_is_an_answer_and_optional_questions_may_be_left_out(world):
    survey = small(
        world,
        number("x", dont_know=True),
        Question("t", "text", text("ひとこと"), required=False),
        choice("s", ["a"], required=False),
    )
    client, _, address = begin(survey)
    following = client.post(address, {"unsure": "dont_know"})["Location"]
    last = client.post(following, {"answer": ""})["Location"]
    client.post(last, {"answer": ""})
    response = survey.responses.get()
    assert response.answers == {"x": "dont_know"}
    assert sorted(response.passed) == ["s", "t"]
    assert response.state == SurveyResponse.DONE


def test_quotas_days_and_expiry_end_a_survey(world):
    survey = small(world, choice("size", ["one", "some"]), choice("q", ["a", "b"]))
    survey.quotas = {"size": {"one": 1}}
    survey.save()
    for state in (SurveyResponse.DONE, SurveyResponse.OVER):
        client, _, address = begin(survey)
        answer_all(client, address)
        assert sorted(survey.responses.values_list("state", flat=True))[-1] == state
    survey.quota, survey.quotas = 2, {}
    survey.save()
    client, _, address = begin(survey)
    late, _, early = begin(survey)
    answer_all(late, early)
    thanks, count = answer_all(client, address, like=lambda ids: ids[-1])
    assert "予定の数に達した" in page_of(thanks)
    assert count == 1  # nobody is asked on for nothing
    secret = SurveyInvitation.make(survey, 1)[0]
    ready = Client(HTTP_ACCEPT_LANGUAGE="ja")
    for full in (ready.get(f"/q/{secret}/"), ready.post(f"/q/{secret}/begin/")):
        assert full.status_code == 403
        assert "予定の数の回答が集まった" in page_of(full)
    Survey.objects.update(quota=None)
    secret = SurveyInvitation.make(survey, 1)[0]
    Survey.objects.update(closes_on=timezone.localdate() - timedelta(days=1))
    assert "終わりました" in page_of(Client(HTTP_ACCEPT_LANGUAGE="ja").get(f"/q/{secret}/"))
    Survey.objects.update(closes_on=None, opens_on=timezone.localdate() + timedelta(days=1))
    assert "まだ始まっていません" in page_of(Client(HTTP_ACCEPT_LANGUAGE="ja").get(f"/q/{secret}/"))
    Survey.objects.update(opens_on=None)
    SurveyInvitation.objects.update(expires_at=timezone.now())
    expired = Client(HTTP_ACCEPT_LANGUAGE="ja").get(f"/q/{secret}/")
    assert expired.status_code == 404
    assert f"「{world.chamber.name}」に新しいアドレス" in page_of(expired)
    wrong = Client(HTTP_ACCEPT_LANGUAGE="ja").get(f"/q/{secret[:-3]}/")
    assert "途中で切れていないか" in page_of(wrong)


def test_no_question_is_jumped_over_by_its_address_or_the_browsers_back_button(world):
    survey = small(world, *(choice(f"q{n}", ["a", "b"]) for n in range(3)))
    client, secret, first = begin(survey)
    jumped = client.post(f"/q/{secret}/q2/", {"answer": "a"})
    assert jumped["Location"] == first
    assert survey.responses.get().state == SurveyResponse.OPEN
    thanks, count = answer_all(client, first)
    assert (thanks.status_code, count) == (200, 2)
    assert set(survey.responses.get().answers) == {"q0", "q1", "q2"}


def test_a_question_that_no_longer_applies_leads_on(world, jfc):
    client, secret, _ = begin(jfc)
    assert client.get(f"/q/{secret}/staff/")["Location"] == f"/q/{secret}/"
    assert client.post(f"/q/{secret}/nonsense/", {"answer": "x"})["Location"] == f"/q/{secret}/"


def test_a_refused_answer_stays_on_the_page(world):
    rows = (Row("pc", text("PC")), Row("phone", text("Phone")))
    options = (Option("yes", text("はい")), Option("no", text("いいえ")))
    matrix = Question(id="m", type="matrix", text=text("どちらも"), rows=rows, options=options)
    upto = msgspec.structs.replace(several("u", ["a", "b", "c"]), type="upto", at_most=2)
    survey = small(world, matrix, upto, number("x"))
    client, secret, address = begin(survey)
    half = page_of(client.post(address, {"row-pc": "no"}))
    assert re.search(r'name="row-pc" value="no" checked', half)
    assert re.search(r'role="alert"[^>]*autofocus', half)  # read out, wherever the page opens
    client.post(address, {"row-pc": "no", "row-phone": "no"})
    many = page_of(client.post(f"/q/{secret}/u/", {"answer": ["a", "b", "c"]}))
    assert many.count(" checked") == 3
    client.post(f"/q/{secret}/u/", {"answer": "a"})
    assert 'value="3にん"' in page_of(client.post(f"/q/{secret}/x/", {"answer": "3にん"}))


def test_the_consent_names_the_survey_as_the_mail_does_and_says_how_long_it_is(world, jfc):
    secret = SurveyInvitation.make(jfc, 1)[0]
    shown = page_of(Client(HTTP_ACCEPT_LANGUAGE="ja").get(f"/q/{secret}/"))
    assert "<h1>調査</h1>" in shown
    assert "質問は多くて44問、9分ほど" in shown
    Survey.objects.update(title=jfc.content().title.ja)
    english = page_of(Client(HTTP_ACCEPT_LANGUAGE="en").get(f"/q/{secret}/"))
    assert f"<h1>{jfc.content().title.en}</h1>" in english


def test_speeders_and_twins_are_marked_not_removed(world):
    questions = [choice(f"q{n}", ["a", "b"]) for n in range(7)]
    survey = small(world, *questions)
    for _ in range(2):
        client, _, address = begin(survey)
        answer_all(client, address)
    flags = sorted(map(sorted, survey.responses.values_list("flags", flat=True)))
    assert flags == [["duplicate", "speeder"], ["speeder"]]
    assert survey.responses.filter(state=SurveyResponse.DONE).count() == 2


def test_the_open_address_gives_everybody_a_link_of_their_own(world, jfc):
    client = Client(HTTP_ACCEPT_LANGUAGE="ja")
    assert client.get(f"/q/open/{jfc.pk}/").status_code == 404
    Survey.objects.update(open_link=True)
    assert "同意して始める" in page_of(client.get(f"/q/open/{jfc.pk}/"))
    first = client.post(f"/q/open/{jfc.pk}/")["Location"]
    assert re.fullmatch(r"/q/[\w-]{20,}/form/", first)  # one press, and the first question is there
    assert client.get(first).status_code == 200
    client.post(first, {"answer": "sole"})
    again = page_of(client.get(f"/q/open/{jfc.pk}/"))
    assert "続きから答える" in again
    assert first.removesuffix("form/") in again
    assert "続きから答える" not in page_of(Client().get(f"/q/open/{jfc.pk}/"))


def test_the_consent_says_who_asks_and_promises_only_what_is_given(world, jfc):
    def consent(survey):
        secret = SurveyInvitation.make(survey, 1)[0]
        return page_of(Client(HTTP_ACCEPT_LANGUAGE="ja").get(f"/q/{secret}/"))

    assert f"調査をする団体: {world.chamber.name}" in consent(jfc)
    assert "あなたの会社の様子が見られます" in consent(jfc)
    assert "あなたの会社の様子" not in consent(small(world, choice("tea", ["green", "black"])))
    speaking = (Option("y", text("はい"), says={"backup": "met"}), Option("n", text("いいえ")))
    half = Question("b", "single", text("控え"), options=speaking)  # "no" says nothing
    assert "あなたの会社の様子" not in consent(small(world, half))


def test_a_researcher_makes_invites_and_takes_everything_along(world, smtp, tmp_path):
    client, base = world.client("supporter"), f"/s/{world.chamber.pk}/surveys/"
    assert "調査票" in page_of(client.get(base))
    made = client.post(base, {"questionnaire": "jfc2021"})["Location"]
    survey = Survey.objects.get()
    sent = client.post(f"{made}invite/", {"addresses": "a@example.jp; b@example.jp、"})
    assert "2通を送りました" in page_of(sent)
    link = re.search(r"/q/[\w-]+/", smtp.wait_for(2)[0].get_content()).group()
    respondent = Client(HTTP_ACCEPT_LANGUAGE="ja")
    first = respondent.post(f"{link}begin/")["Location"]
    answer_all(respondent, first)
    links = client.post(f"{made}invite/", {"count": "3"}).content.decode().split()
    assert len(links) == 4
    for address in links[1:]:
        path = re.search(r"/q/[\w-]+/", address).group()
        answer_all(respondent, respondent.post(f"{path}begin/")["Location"])
    assert survey.responses.filter(state="done").count() == 4
    taken = client.get(f"{made}data.csv").content
    # What was taken along passes the codebook check like any other file.
    from tojimari.survey.responses import import_responses

    (tmp_path / "taken.csv").write_bytes(taken)
    content = survey.content()
    taken_in = import_responses(tmp_path / "taken.csv", content, tmp_path / "out.parquet")
    assert taken_in.responses.rows == 4


def test_addresses_the_mail_server_refused_are_given_back(world, jfc, smtp, monkeypatch):
    from tojimari.portal.surveys import tasks

    really = tasks.send  # type: ignore[attr-defined]

    def failing(subject, body, to, **more):
        if to == "b@example.jp":
            raise ConnectionResetError
        return really(subject, body, to, **more)

    monkeypatch.setattr(tasks, "send", failing)
    page = f"/s/{world.chamber.pk}/surveys/{jfc.pk}/invite/"
    given = {"addresses": "a@example.jp b@example.jp c@example.jp"}
    shown = page_of(world.client("supporter").post(page, given))
    assert "1通を送りました" in shown
    assert "2通は送れませんでした" in shown
    assert "b@example.jp\nc@example.jp" in shown
    assert jfc.invitations.count() == 1  # links that reached nobody do not count as made


def test_the_page_lists_ids_and_counts_what_the_csv_holds(world, jfc):
    page = f"/s/{world.chamber.pk}/surveys/{jfc.pk}/"
    jfc.responses.create(state=SurveyResponse.SCREENED, flags=["speeder"])
    jfc.responses.create(state=SurveyResponse.DONE, flags=["speeder"])
    shown = page_of(world.client("supporter").get(page))
    assert "早すぎる回答 1件" in shown
    assert "<code>ten_or_more</code> 10人以上" in shown
    assert "回答を受け付けています" in shown
    Survey.objects.update(quota=1)
    assert "今は受け付けていません" in page_of(world.client("supporter").get(page))


def test_an_own_questionnaire_is_taken_or_refused_with_its_line(world):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client, base = world.client("supporter"), f"/s/{world.chamber.pk}/surveys/"
    bad = SimpleUploadedFile("mine.yaml", b"id: mine\nquestions: 3\n")
    refused = client.post(base, {"file": bad})
    assert refused.status_code == 400
    assert "mine.yaml" in page_of(refused)
    assert page_of(refused).count("<li>mine.yaml:") > 5  # all at once, each with its line
    assert not Survey.objects.exists()
    good = SimpleUploadedFile(
        "good.yaml",
        msgspec.yaml.encode(msgspec.to_builtins(questionnaire(choice("q", ["a", "b"])))),
    )
    assert client.post(base, {"file": good}).status_code == 302


def test_other_programs_forms_are_taken_and_what_is_left_out_is_shown(world):
    from django.core.files.uploadedfile import SimpleUploadedFile

    client, base = world.client("supporter"), f"/s/{world.chamber.pk}/surveys/"
    form = (
        b'{"title": "Tea", "elements": [{"type": "boolean", "name": "Q-1"},'
        b' {"type": "signaturepad", "name": "s"}]}'
    )
    shown = page_of(client.post(base, {"file": SimpleUploadedFile("tea.json", form)}))
    assert "「Tea」として、質問1問" in shown
    assert "「s」: 種類「signaturepad」" in shown
    assert Survey.objects.get().content().questions[0].names == ("Q-1",)
    data = b"Shop;Size\n" + b"a;big\nb;small\n" * 8
    assert "調査票を読み込みました" in page_of(
        client.post(base, {"file": SimpleUploadedFile("d.csv", data)})
    )
    refused = client.post(base, {"file": SimpleUploadedFile("no.json", b"[]")})
    assert refused.status_code == 400
    assert "no.json: SurveyJSの形ではありません" in page_of(refused)
    assert "/tmp" not in page_of(refused)


@pytest.mark.any_database
def test_a_report_without_answers_says_so(world, jfc):
    client = world.client("supporter")
    client.post(f"/s/{world.chamber.pk}/surveys/{jfc.pk}/report/")
    run_tasks()
    assert "まだ回答がありません" in page_of(client.get(f"/s/{world.chamber.pk}/surveys/{jfc.pk}/"))


@pytest.mark.any_database
def test_no_report_of_one_or_two_answers(world, jfc):
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/surveys/{jfc.pk}/"
    for _ in range(2):
        respondent, _, address = begin(jfc)
        answer_all(respondent, address)
        client.post(f"{page}report/")
        run_tasks()
        report = jfc.reports.latest("pk")
        assert "3件に満たない" in report.problem["ja"]
        assert report.file is None


def test_a_report_that_fails_says_so_instead_of_being_made_for_ever(world, jfc, monkeypatch):
    from tojimari.portal.surveys import tasks

    monkeypatch.setattr(tasks, "_zip", lambda made: 1 / 0)
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/surveys/{jfc.pk}/"
    client.post(f"{page}report/")
    run_tasks()
    assert "報告書を作れませんでした" in page_of(client.get(page))


def test_bad_settings_change_nothing(world, jfc):
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/surveys/{jfc.pk}/change/"
    for given in (
        {"opens_on": "yesterday"},
        {"quota": "-3"},
        {"quota": "x"},
        {"opens_on": "2026-12-31", "closes_on": "2026-12-01"},
        {"quotas": "size"},
        {"quotas": "size nobody 3"},
        {"quotas": "size one many"},
        {"quotas": "devices pc 3"},
    ):
        refused = client.post(page, given)
        assert refused.status_code == 400
        assert given.get("quotas", "") in page_of(refused)  # the line at fault is named
    jfc.refresh_from_db()
    assert (jfc.opens_on, jfc.quota) == (None, None)
    good = {"opens_on": "2026-12-01", "closes_on": "2026-12-31", "quota": "50"}
    client.post(page, {**good, "quotas": "size one 30\nsize ten_or_more 5"})
    jfc.refresh_from_db()
    assert jfc.quotas == {"size": {"one": 30, "ten_or_more": 5}}
    shown = page_of(client.get(f"/s/{world.chamber.pk}/surveys/{jfc.pk}/"))
    assert "size ten_or_more 5" in shown
    assert "保存しました" in shown
    assert (jfc.quota, str(jfc.closes_on)) == (50, "2026-12-31")


def test_deleting_a_survey_deletes_every_answer(world, jfc):
    client, _, address = begin(jfc)
    client.post(address, {"answer": "sole"})
    page = f"/s/{world.chamber.pk}/surveys/{jfc.pk}/delete/"
    assert world.client("supporter").post(page, {"word": "x"}).status_code == 400
    world.client("supporter").post(page, {"word": "消す"})
    assert not Survey.objects.exists()
    assert not SurveyResponse.objects.exists()


def test_nobody_else_opens_a_survey(world, jfc):
    for who in ("stranger", "owner", "buyer", "operator"):
        for end in ("", "data.csv"):
            page = f"/s/{world.chamber.pk}/surveys/{jfc.pk}/{end}"
            assert world.client(who).get(page).status_code == 404
    mine = f"/s/{world.bank.pk}/surveys/"
    assert world.client("buyer").get(mine).status_code == 404
    assert world.client("buyer").get(f"{mine}{jfc.pk}/").status_code == 404


@pytest.mark.any_database
def test_a_report_is_broken_down_and_weighted_as_asked(world):
    made = questionnaire(choice("size", ["small", "large"]), choice("q", ["a", "b"]))
    survey = Survey.objects.create(
        organisation=world.chamber, title="重み", questionnaire=msgspec.to_builtins(made)
    )
    for size, answer in [*[("small", "a")] * 4, *[("large", "b")] * 12]:
        survey.responses.create(state=SurveyResponse.DONE, answers={"size": size, "q": answer})
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/surveys/{survey.pk}/"
    shown = page_of(client.get(page))
    assert 'name="by" value="size"' in shown
    for wrong in ("size,small,50", "variable,group,share\nsize,huge,50", "variable,group,share"):
        assert client.post(f"{page}report/", {"margins": wrong}).status_code == 400
    assert not survey.reports.exists()
    margins = "variable,group,share\nsize,small,50\nsize,large,50"
    client.post(f"{page}report/", {"by": ["size", "respondent"], "margins": margins})
    run_tasks()
    report = survey.reports.get()
    assert (report.by, report.problem) == (["size"], {})
    archive = zipfile.ZipFile(io.BytesIO(client.get(f"{page}report/{report.pk}.zip").content))
    names = set(archive.namelist())
    assert {"report.pdf", "report.html", "tables.csv", "tables.xlsx", "tables.json"} <= names
    tables = json.loads(archive.read(next(n for n in archive.namelist() if n.endswith(".json"))))
    assert tables["weighted"]
    total = next(t for t in tables["tables"] if (t["question"], t["by"]) == ("q", ""))
    assert [round(cell["share"], 9) for cell in total["columns"][0]["cells"]] == [0.5, 0.5]
    assert any(t["by"] == "size" for t in tables["tables"])
    # Whoever holds both reports compares them: the later one knows of the earlier.
    later = survey.reports.create(lang="ja", by=["q"])
    assert published_before(later, 16) == [["size"]]
    assert published_before(later, 17) == published_before(report, 16) == []


def test_a_questionnaire_is_written_previewed_and_asked_without_a_file(world):
    client, base = world.client("supporter"), f"/s/{world.chamber.pk}/surveys/"
    assert client.post(f"{base}blank/", {"title": " "}).status_code == 400
    listed = client.post(f"{base}blank/", {"title": "会員の声"})["Location"]
    survey = Survey.objects.get()
    page = f"{base}{survey.pk}/"
    assert "まだ質問がありません" in page_of(client.get(listed))
    must = {"required": "yes"}
    choices = {"type": "single", "text": "使いますか", "options": "はい\nいいえ", **must}
    several_ = {"type": "several", "text": "どれですか", "options": "A\nB\nどれもない", **must}
    for kind, sent in (
        ("single", choices),
        ("single", {**several_, "last_alone": "yes"}),
        ("number", {"type": "number", "text": "何台ですか", "minimum": "0", "unit": "台", **must}),
        ("text", {"type": "text", "text": "ひとこと"}),
        (
            "matrix",
            {"type": "matrix", "text": "表", "rows": "朝\n夜", "options": "よい\n悪い", **must},
        ),
    ):
        assert client.get(f"{page}add/{kind}/").status_code == 200
        assert client.post(f"{page}add/{kind}/", sent).status_code == 302, kind
    assert [q.type for q in survey_content(survey).questions] == [
        "single", "several", "number", "text", "matrix",
    ]  # fmt: skip
    bad = client.post(f"{page}add/single/", {"type": "single", "text": "", "options": "一つ"})
    assert bad.status_code == 400
    assert f"{say('questions.no_text')} {say('questions.few_options')}" in page_of(
        bad
    )  # all at once
    for wrong in ({"do": "put"}, {"do": "put", "question": "q1", "how": "one_of", "options": "x"}):
        assert client.post(f"{page}questions/q3/when/", wrong).status_code == 400
    skip = {"do": "put", "question": "q1", "how": "one_of", "options": "a1"}
    client.post(f"{page}questions/q3/when/", skip)
    assert "「使いますか」が「はい」" in page_of(client.get(listed))
    # A question before the one its condition names is a mistake, shown with its place.
    for _ in range(2):
        client.post(f"{page}questions/q3/move/", {"way": "up"})
    assert "直すところ (1)" in page_of(client.get(listed))
    assert client.get(f"{page}preview/").status_code == 302
    assert client.post(f"{page}open/").status_code == 409
    for _ in range(2):
        client.post(f"{page}questions/q3/move/", {"way": "down"})
    client.post(f"{page}questions/q2/copy/")
    assert [q.id for q in survey_content(survey).in_order()][1:3] == ["q2", "q6"]
    client.post(f"{page}questions/q6/out/")
    assert "これは見本です" in page_of(client.get(f"{page}preview/"))
    first = client.post(f"{page}preview/")["Location"]
    thanks, count = answer_all(client, first, like=lambda ids: ids[-1])
    assert (count, "これは見本です" in page_of(thanks)) == (4, True)  # "no" skips the number
    assert not survey.responses.exists()
    assert Client().get(f"/q/{SurveyInvitation.make(survey, 1)[0]}/").status_code == 403
    assert client.post(f"{page}invite/", {"count": "1"}).status_code == 409
    client.post(f"{page}open/")
    survey.refresh_from_db()
    respondent, _, address = begin(survey)
    _, count = answer_all(respondent, address)
    assert count == 5
    assert client.post(f"{page}questions/q1/move/", {"way": "down"}).status_code == 409
    assert "もう答え始めた人がいる" in page_of(client.get(listed))
    again = client.post(f"{page}again/")["Location"]
    assert "もう答え始めた人がいる" not in page_of(client.get(again))
    assert "a1" in client.get(f"{page}data.csv").content.decode()


def survey_content(survey):
    return Survey.objects.get(pk=survey.pk).content()


def test_editing_keeps_what_the_page_does_not_show(world):
    speaking = (Option("y", text("はい"), says={"backup": "met"}), Option("n", text("いいえ")))
    survey = small(
        world, Question("b", "single", text("控え"), options=speaking), choice("q", ["a", "b"])
    )
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/surveys/{survey.pk}/"
    sent = {"type": "single", "text": "控えはありますか", "options": "はい\nときどき\nいいえ"}
    client.post(f"{page}questions/b/", sent)
    changed = survey_content(survey).questions[0]
    assert [o.id for o in changed.options] == ["y", "a1", "n"]
    assert changed.options[0].says == {"backup": "met"}
    assert Survey.objects.get().draft
    other = {**sent, "text_other": "Backup?", "options_other": "Yes\nNo"}
    refused = client.post(f"{page}questions/b/", other)
    assert "行の数を同じに" in page_of(refused)


def test_an_open_address_has_a_code_to_read_and_a_researcher_lands_at_surveys(world, jfc):
    client, page = world.client("supporter"), f"/s/{world.chamber.pk}/surveys/{jfc.pk}/"
    assert 'class="qr"' not in page_of(client.get(page))
    Survey.objects.update(open_link=True)
    assert 'class="qr"' in page_of(client.get(page))
    Organisation.objects.filter(pk=world.chamber.pk).update(kind=Organisation.RESEARCHER)
    landed = client.get(f"/s/{world.chamber.pk}/")
    assert landed["Location"] == f"/s/{world.chamber.pk}/surveys/"
