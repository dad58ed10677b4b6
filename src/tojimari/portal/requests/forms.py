"""What the pages of requests take in."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict

from tojimari.attest.questionnaire import ANSWER_STATES, FormAnswer, FormQuestion, Layout
from tojimari.attest.replies import BY_HAND, STATES, WORDS_AT_MOST, Reply, plain, problem_of
from tojimari.attest.requirements import due_problem
from tojimari.attest.workbook import COLUMNS_AT_MOST, FILE_BYTES, ROWS_AT_MOST
from tojimari.portal.forms import NameField, PickedField, PortalForm, TypedField, YesField
from tojimari.portal.requests.models import (
    CONTACT_LETTERS,
    COST_LETTERS,
    DATA_LETTERS,
    NAME_LETTERS,
    PERSON_LETTERS,
    PURPOSE_LETTERS,
    TITLE_LETTERS,
    Inquiry,
)
from tojimari.portal.supporters.address_list import BYTES_AT_MOST
from tojimari.portal.words import say

OWN = "own"
"""What the page sends for a list of the buyer's own."""


class RequestForm(PortalForm):
    """A buyer's new request. ``sure``: it was read once more, with the rules, and is made."""

    refusal = "request.bad"

    title = NameField(at_most=TITLE_LETTERS)
    requirement = TypedField(at_most=60)
    control = PickedField()
    purpose = TypedField(at_most=PURPOSE_LETTERS)
    data = TypedField(at_most=DATA_LETTERS)
    contact = TypedField(at_most=CONTACT_LETTERS)
    due = forms.DateField()
    rules = YesField()
    sure = YesField()

    def __init__(self, sent: QueryDict, *, today: date | None = None) -> None:
        """Judge days as of ``today``; without one, no day is too early or too late."""
        super().__init__(sent)
        self.today = today

    def clean(self) -> None:
        """Refuse what is missing, naming it."""
        given = self.cleaned_data
        for name in ("title", "requirement", "purpose", "contact"):
            if not str(given.get(name) or "").strip():
                raise ValidationError(say(f"request.no_{name}"))
        if given.get("due") is None:
            raise ValidationError(say("request.no_due"))
        if self.today is not None and (wrong := due_problem(given["due"], self.today)):
            raise ValidationError(say(f"request.due_{wrong}"))
        if given["sure"] and not given["rules"]:
            raise ValidationError(say("request.no_rules"))


class SuppliersForm(PortalForm):
    """Suppliers to ask: one by one, or as a file or pasted list."""

    refusal = "suppliers.none"

    email = TypedField(at_most=254)
    name = NameField(at_most=NAME_LETTERS)
    file = forms.FileField(required=False, allow_empty_file=True)
    pasted = TypedField(at_most=BYTES_AT_MOST)
    sure = YesField()

    def clean(self) -> None:
        """Refuse when nobody is named."""
        if not any(self.cleaned_data.get(name) for name in ("email", "file", "pasted")):
            raise ValidationError(say(self.refusal))

    def content(self) -> bytes:
        """Return the list as bytes, one more than allowed at most."""
        upload = self.cleaned_data["file"]
        if isinstance(upload, UploadedFile):
            return bytes(upload.read(BYTES_AT_MOST + 1))
        if self.cleaned_data["pasted"]:
            return str(self.cleaned_data["pasted"]).encode()
        name = str(self.cleaned_data["name"]).replace("\t", " ")
        return f"{self.cleaned_data['email']}\t{name}".encode()


class FilterForm(PortalForm):
    """Which suppliers of a request are listed."""

    state = TypedField(at_most=10)
    q = TypedField(at_most=60)

    def clean_state(self) -> str:
        """Return a state, "" for all."""
        state = str(self.cleaned_data["state"])
        return state if state in Inquiry.STATES else ""


class SureForm(PortalForm):
    """A button that needs a second press."""

    sure = YesField()


class ReplyForm(PortalForm):
    """A supplier's answer to one thing asked."""

    refusal = "reply.none"

    state = forms.ChoiceField(choices=[(state, "") for state in STATES])
    evidence = TypedField(at_most=10)
    by = forms.DateField(required=False)
    words = TypedField(at_most=WORDS_AT_MOST)

    def __init__(
        self, sent: QueryDict, *, today: date | None = None, known: Reply | None = None
    ) -> None:
        """``known``: what is known already; only there something was measured."""
        super().__init__(sent)
        self.today, self.known = today or date.min, known

    def clean(self) -> None:
        """Make the answer; refuse one that lacks what it needs, naming it."""
        given = self.cleaned_data
        if "state" not in given:
            raise ValidationError(say(self.refusal))
        if "by" not in given:
            raise ValidationError(say("reply.bad_day"))
        known, evidence = self.known, str(given["evidence"])
        measured = known is not None and (known.state, known.evidence) == ("met", "measured")
        as_known = measured and evidence == "measured"
        self.reply = plain(
            Reply(
                state=given["state"],
                on=self.today,
                evidence=evidence if evidence in BY_HAND or as_known else "said",  # type: ignore[arg-type]
                by=given["by"],
                words=str(given["words"]),
                covered=known.covered if known is not None and as_known else None,
                known=known.known if known is not None and as_known else None,
            )
        )
        if wrong := problem_of(self.reply, self.today):
            raise ValidationError(say(f"reply.{wrong}"))


class SendForm(PortalForm):
    """Who sends the answer, what there is to say about the cost, and whether a proof goes with it.

    seen: digest of what the proof says, as the page showed it.
    """

    refusal = "send.no_person"

    person = NameField(at_most=PERSON_LETTERS)
    cost = TypedField(at_most=COST_LETTERS)
    proof = YesField()
    seen = TypedField(at_most=64)
    sure = YesField()

    def clean(self) -> None:
        """Refuse an answer that nobody sends, or that was not looked at."""
        if not self.cleaned_data.get("person"):
            raise ValidationError(say(self.refusal))
        if not self.cleaned_data["sure"]:
            raise ValidationError(say("send.not_sure"))


class RefuseForm(PortalForm):
    """Why a supplier does not answer a request at all."""

    refusal = "refuse.no_reason"

    why = TypedField(at_most=COST_LETTERS, required=True)


class TakeOverForm(PortalForm):
    """Which of a person's companies answers."""

    company = forms.UUIDField()


class FormFileForm(PortalForm):
    """A buyer's questionnaire as a file."""

    refusal = "form.no_file"

    file = forms.FileField(allow_empty_file=True)

    def clean_file(self) -> tuple[str, bytes]:
        """Return the file's name and content. Refuses one that is too large."""
        file = self.cleaned_data["file"]
        if not isinstance(file, UploadedFile) or (file.size or 0) > FILE_BYTES:
            raise ValidationError(say(self.refusal))
        name = "".join(c for c in str(file.name or "") if c.isprintable())
        return name.replace("/", "_").replace("\\", "_")[-100:], bytes(file.read())


class LayoutForm(PortalForm):
    """Where the questions of a form stand."""

    refusal = "form.bad_layout"

    sheet = TypedField(at_most=60, required=True)
    first = forms.IntegerField(min_value=1, max_value=ROWS_AT_MOST)
    last = forms.IntegerField(min_value=1, max_value=ROWS_AT_MOST)
    question = forms.IntegerField(min_value=1, max_value=COLUMNS_AT_MOST)
    answer = forms.IntegerField(min_value=1, max_value=COLUMNS_AT_MOST)
    remark = forms.IntegerField(min_value=0, max_value=COLUMNS_AT_MOST, required=False)

    def layout(self) -> Layout:
        """Return the layout. Call when valid."""
        given = self.cleaned_data
        return Layout(
            sheet=given["sheet"],
            first=given["first"],
            last=given["last"],
            question=given["question"],
            answer=given["answer"],
            remark=given["remark"] or 0,
        )


class WordsForm(PortalForm):
    """The word a form wants for each state."""

    def __init__(self, sent: QueryDict) -> None:
        """Ask for one word a state."""
        super().__init__(sent)
        self.fields |= {state: NameField(at_most=40) for state in ANSWER_STATES}

    def words(self) -> dict[str, str]:
        """Return state -> word, without those left empty. Call when valid."""
        return {state: word for state, word in self.cleaned_data.items() if word}


class FormRowForm(PortalForm):
    """What one question of a form is about, and what is written there.

    ``answer``: a state; ``known`` for what is known of the controls; ``leave`` to write nothing.
    """

    refusal = "form.bad_row"

    control = PickedField()
    answer = TypedField(at_most=20)
    remark = TypedField(at_most=WORDS_AT_MOST)

    def clean_answer(self) -> str:
        """Return one of the answers there are."""
        answer = str(self.cleaned_data["answer"])
        return answer if answer in (*ANSWER_STATES, "leave") else "known"

    def written(self) -> FormAnswer | None:
        """Return what a person wants written; None for what is known, or nothing."""
        answer: Any = self.cleaned_data["answer"]
        if answer in ("known", "leave"):
            return None
        return FormAnswer(answer, self.cleaned_data["remark"])


def row_of(questions: tuple[FormQuestion, ...], row: int) -> FormQuestion | None:
    """Return the question that stands in a row."""
    return next((one for one in questions if one.row == row), None)
