"""Every answer to a page goes through a form, and no form lets anything hostile become a fault."""

import ast
import contextlib
import functools
import importlib
import uuid
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.forms import FileField
from django.http import QueryDict
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tojimari.portal
from tests.support.addresses import filled, routes
from tojimari.ask import BadAnswer
from tojimari.ask.answers import parse
from tojimari.ask.diagnosis import parse_answer
from tojimari.portal.forms import PortalForm
from tojimari.portal.words import catalog
from tojimari.survey.loader import load_questionnaire

PORTAL = Path(tojimari.portal.__file__).parent
APPS = (
    "chains",
    "companies",
    "desk",
    "devices",
    "drills",
    "experts",
    "mailcheck",
    "incidents",
    "lenders",
    "lessons",
    "money",
    "operate",
    "outside",
    "papers",
    "people",
    "proofs",
    "requests",
    "sensors",
    "supporters",
    "surveys",
    "updates",
)
READS_ALL_BY_ITSELF = {"middleware.py"}  # refuses NUL before any page is asked


def forms_of_the_portal() -> list[type[PortalForm]]:
    for app in APPS:
        importlib.import_module(f"tojimari.portal.{app}.forms")
    found, waiting = [], [PortalForm]
    while waiting:
        for form in waiting.pop().__subclasses__():
            found.append(form)
            waiting.append(form)
    return sorted(set(found), key=lambda form: (form.__module__, form.__qualname__))


def of_each_type(questions) -> list:
    return list({question.type: question for question in questions}.values())


@functools.cache
def asked():
    return load_questionnaire("jfc2021")


def bound(form: type[PortalForm], sent: QueryDict) -> list[PortalForm]:
    """Return ``form`` filled in with ``sent``, once for each thing it can be made for."""
    if form.__module__.endswith("companies.forms") and form.__name__ == "AnswerForm":
        return [form(question, sent) for question in of_each_type(catalog().questions.values())]
    if form.__module__.endswith("surveys.forms") and form.__name__ == "AnswerForm":
        return [form(question, sent) for question in of_each_type(asked().questions)]
    if form.__name__ == "SurveyForm":
        return [form(asked(), sent)]
    if form.__name__ == "CompanyJoinsForm":
        return [form(sent, own=own) for own in (True, False)]
    return [form(sent)]


def test_no_page_reads_what_was_sent_without_a_form():
    bare = []
    for path in sorted(PORTAL.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        through_form = {
            id(argument)
            for call in ast.walk(tree)
            if isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and (call.func.id.endswith("Form") or call.func.id == "cls")
            for argument in call.args
        }
        bare += [
            f"{path.name}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and node.attr in ("POST", "FILES")
            and id(node) not in through_form
            and path.name not in READS_ALL_BY_ITSELF
        ]
    assert bare == []


TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "yes",
            "\x00",
            "a\x00b",
            "9" * 5000,
            "１２",
            "-1",
            "1e9",
            "²",
            "あ" * 3000,
            "2026-02-30",
            "99999-01-01",
            "2026-01-05",
            "dont_know",
            "削除",
            "'; DROP TABLE x; --",
            "<script>",
            "http://[::1",
            "xn--",
            "a@b@c",
            "a" * 300 + "@example.jp",
            str(uuid.UUID(int=5)),
            "\u202e\u200b",
            "{}",
            "[1]",
        ]
    ),
)


@pytest.mark.any_database  # a form decides before a database is asked
@pytest.mark.django_db
@pytest.mark.parametrize("form", forms_of_the_portal(), ids=lambda form: form.__qualname__)
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), lang=st.sampled_from(["ja", "en"]))
def test_whatever_is_sent_a_form_takes_it_or_says_one_sentence(form, data, lang):
    names = sorted({name for made in bound(form, QueryDict()) for name in made.fields} | {"other"})
    sent = QueryDict(mutable=True)
    for name, values in data.draw(
        st.dictionaries(st.sampled_from(names), st.lists(TEXTS, min_size=1, max_size=4), max_size=8)
    ).items():
        sent.setlist(name, values)
    with translation.override(lang):
        for made in bound(form, sent):
            if made.is_valid():
                judged(made)
            else:
                sentence = made.sentence()
                assert sentence.endswith(("。", "."))
                assert "\n" not in sentence
                assert len(sentence) < 400


def judged(form: PortalForm) -> None:
    """Let the judge of answers read what a form of answers found; it says no by itself."""
    given = getattr(form, "given", None)
    if given is None:
        return
    if form.__module__.endswith("surveys.forms"):
        with contextlib.suppress(BadAnswer):
            parse(form.question, given(), {})
        return
    for question in of_each_type(catalog().questions.values()):
        with contextlib.suppress(BadAnswer):
            parse_answer(question, given())


FORMS = [form.base_fields for form in forms_of_the_portal()]
FIELDS = sorted(
    {name for fields in FORMS for name in fields}
    | {"choice", "number", "answer", "unsure", "company", "sees_findings", "may_write"}
)
FILES = sorted(
    {name for fields in FORMS for name, field in fields.items() if isinstance(field, FileField)}
)


def hostile() -> dict[str, dict]:
    """Bodies of which none is covered by another: what is empty is nothing to every form, and letters
    are refused where digits are. Two thousand fields or a hundred files would be refused unread."""
    strange = {name: ["\u202e'\"<x>%s{0}\n\r\t\ufffd"] for name in FIELDS}
    files = {name: [SimpleUploadedFile("x.yaml", b"\xff\x00\xfe")] for name in FILES}
    return {
        "nothing": {},
        "digits": dict.fromkeys(FIELDS, "9" * 4301),  # too many for int(), too long for a column
        "many": {name: ["yes"] * 5 for name in FIELDS},
        "strange": strange | files,
    }


def written(sent: dict) -> tuple[bytes, str]:
    """Return the body of a form, and its type: in several parts where there is a file."""
    if any(not isinstance(value[0], str) for value in sent.values()):
        return encode_multipart(BOUNDARY, sent), MULTIPART_CONTENT
    return urlencode(sent, doseq=True).encode(), "application/x-www-form-urlencoded"


def post_everywhere(world, ids, sent: dict, addresses: Collection[str] = ()):
    """Send it to every address of ours (or to some), as somebody who may go there; yields what came
    back.

    What one address did is undone for the next: it may have been to leave, or to delete it all.
    """
    clients = {"c": world.client("owner"), "s": world.client("supporter")}
    clients |= {"operator": world.client("operator"), "visits": clients["s"]}
    for (
        made
    ) in clients.values():  # what the first request of a session writes is not written at each
        made.get("/health/")
    signed_in = {who: made.cookies.copy() for who, made in clients.items()}
    body, kind = written(sent)  # once: two hundred fields for four hundred addresses
    for address in addresses or sorted({filled(route, ids) for route, _ in routes()}):
        first = address.split("/")[1]
        client = clients.get(first, clients["c"])
        client.cookies = signed_in[first if first in clients else "c"].copy()
        client.raise_request_exception = False
        with transaction.atomic():
            status = client.generic("POST", address, body, kind).status_code
            transaction.set_rollback(True)
        yield address, status


def faults(answers: dict[str, int]) -> dict[str, int]:
    assert 302 in answers.values()  # somewhere it was read, and taken
    return {address: status for address, status in answers.items() if status >= 500}


def test_no_address_breaks_over_what_is_sent(world, ids, settings):
    """Of texts PostgreSQL refuses NUL alone: only digits are sent there too."""
    settings.LOCAL = False
    bodies = hostile()
    bare = dict(post_everywhere(world, ids, bodies["nothing"]))
    # What takes no form says so before it reads one, whatever is in it.
    taking = [address for address, status in bare.items() if status != 405]
    found = {"nothing": faults(bare)}
    asked = ("digits",) if connection.vendor == "postgresql" else ("digits", "many", "strange")
    for sent in asked:
        found[sent] = faults(dict(post_everywhere(world, ids, bodies[sent], taking)))
    assert found == {sent: {} for sent in ("nothing", *asked)}


@pytest.mark.any_database  # refused before a database is asked
def test_a_nul_is_refused_everywhere(world, ids):
    for address, status in post_everywhere(world, ids, {"name": "a\x00b"}):
        assert 400 <= status < 500, address
    in_a_name = world.client("owner").post(f"/c/{world.company.pk}/settings/", {"a\x00b": "x"})
    assert in_a_name.status_code == 400


def test_two_thousand_fields_and_a_body_that_is_no_form_are_refused(world):
    client = world.client("owner")
    many = "&".join(f"f{n}=1" for n in range(3000))
    address = f"/c/{world.company.pk}/settings/"
    kind = "application/x-www-form-urlencoded"
    assert client.post(address, many, content_type=kind).status_code == 400
    for body, type_ in ((b"{", "application/json"), (b"\xff\xfe", "multipart/form-data")):
        assert client.post(address, body, content_type=type_).status_code in (302, 400)


@pytest.mark.any_database  # refused before a database is asked
@pytest.mark.parametrize(
    ("address", "sent", "says"),
    [
        ("control/security-policy/evidence/", {"done_on": "2026-01-05"}, "evidence.bad"),
        ("control/security-policy/evidence/", {"done_on": "9999-01-01", "note": "x"}, None),
        ("settings/", {"name": "x", "prefecture": "99"}, "error.bad_request"),
        ("sites/line/forget/", {}, "error.bad_request"),
        ("settings/invite/", {"email": "nobody"}, "invite.bad_address"),
        ("delete/", {"word": "けす"}, "delete.wrong"),
    ],
)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_what_does_not_fit_is_said_in_the_words_of_the_page(world, address, sent, says, lang):
    from tojimari.portal.words import say

    client = world.client("owner")
    page = client.post(f"/c/{world.company.pk}/{address}", sent, headers={"accept-language": lang})
    assert page.status_code == 400
    word = say("delete.word", lang)
    numbers = {"word": word} if says == "delete.wrong" else {}
    from django.utils.html import escape

    assert escape(say(says or "evidence.bad", lang, **numbers)) in page.content.decode()


def test_a_number_of_too_many_digits_is_no_fault_of_ours(world):
    from msgspec import to_builtins

    from tojimari.portal.surveys.models import Survey

    survey = Survey.objects.create(
        organisation=world.chamber, title="x", questionnaire=to_builtins(asked())
    )
    client, base = world.client("supporter"), f"/s/{world.chamber.pk}/surveys/{survey.pk}"
    question = next(q for q in asked().questions if q.type == "single")
    digits = "9" * 5000
    line = f"{question.id} {question.options[0].id} {digits}"
    for address, sent in (
        ("invite/", {"count": digits}),
        ("change/", {"quota": digits}),
        ("change/", {"quotas": line}),
    ):
        assert client.post(f"{base}/{address}", sent).status_code == 400
