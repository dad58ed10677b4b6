"""What the pages of surveys take in, from those who ask and from those who answer."""

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import QueryDict

from tojimari.ask.questionnaire import AnyQuestion
from tojimari.portal.forms import PickedField, PortalForm, TypedField, YesField
from tojimari.portal.words import say
from tojimari.survey.loader import shipped
from tojimari.survey.schema import Questionnaire

LINKS_AT_MOST = 5000
MARGINS_AT_MOST = 20_000
TITLE_AT_MOST = 200
WORDS_AT_MOST = 2_000
LINES_AT_MOST = 20_000
OPTIONS_AT_MOST = 200
QUOTA_BELOW = 10**9
QUOTAS_AT_MOST = 100_000
BETWEEN = re.compile(r"[\s,;、，；]+")  # as mail programs and people write lists
_SHOWN = 80
"""How much of what does not fit is said back."""


class QuestionnaireForm(PortalForm):
    """A questionnaire: an uploaded file, else one of those that are shipped."""

    refusal = "survey.choose"

    file = forms.FileField(required=False, allow_empty_file=True)
    questionnaire = TypedField(at_most=100)

    def clean(self) -> None:
        """Refuse a name that is not on the list, when there is no file."""
        sent: dict[str, Any] = self.cleaned_data
        if sent.get("file") is None and sent.get("questionnaire") not in shipped():
            raise ValidationError(say(self.refusal))


class SurveyForm(PortalForm):
    """A survey's title, days, quotas, and whether its address is open to all."""

    refusal = "survey.bad_settings"

    title = TypedField(at_most=TITLE_AT_MOST)
    opens_on = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    closes_on = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    quota = forms.IntegerField(required=False, min_value=1, max_value=QUOTA_BELOW - 1)
    quotas = TypedField(at_most=QUOTAS_AT_MOST)
    open_link = YesField()

    def __init__(self, content: Questionnaire, sent: QueryDict) -> None:
        """Keep the questionnaire, whose options the quotas name."""
        super().__init__(sent)
        self.content = content

    def clean(self) -> None:
        """Refuse an end before the beginning; read the quotas when the rest is right."""
        sent: dict[str, Any] = self.cleaned_data
        if self.errors:
            return
        if sent["opens_on"] and sent["closes_on"] and sent["closes_on"] < sent["opens_on"]:
            raise ValidationError(say(self.refusal))
        sent["quotas"] = self._quotas(sent["quotas"])

    def _quotas(self, text: str) -> dict[str, dict[str, int]]:
        """Read lines "question option number"; refuse the first that does not fit."""
        options = {
            question.id: {option.id for option in question.options}
            for question in self.content.questions
            if question.type == "single"
        }
        quotas: dict[str, dict[str, int]] = {}
        for line in filter(str.strip, text.splitlines()):
            question, option, number = [*line.split(), "", "", ""][:3]
            fits = len(line.split()) == 3 and option in options.get(question, ())
            if not fits or not _is_count(number):
                raise ValidationError(say("survey.bad_quotas", line=line.strip()[:_SHOWN]))
            quotas.setdefault(question, {})[option] = int(number)
        return quotas


def _is_count(number: str) -> bool:
    return number.isdecimal() and len(number) < 10 and 0 < int(number) < QUOTA_BELOW


class LinksForm(PortalForm):
    """Addresses to mail a link to, else how many links to hand out."""

    addresses = forms.CharField(required=False)
    count = forms.CharField(required=False)

    def sentence(self) -> str:
        """Say how many links there may be, where nothing more exact was said."""
        if self.non_field_errors():
            return super().sentence()
        return say("survey.bad_count", n=LINKS_AT_MOST)

    def clean_addresses(self) -> list[str]:
        """Return the addresses one by one, in the order they were written."""
        return [each for each in BETWEEN.split(self.cleaned_data["addresses"]) if each]

    def clean(self) -> None:
        """Refuse too many, none, or what is no address; put the number in ``count``."""
        sent: dict[str, Any] = self.cleaned_data
        addresses, count = sent.get("addresses", []), sent.get("count", "")
        if addresses:
            self._check(addresses)
        elif not _is_count(count) or int(count) > LINKS_AT_MOST:
            raise ValidationError(say("survey.bad_count", n=LINKS_AT_MOST))
        else:
            sent["count"] = int(count)

    def _check(self, addresses: list[str]) -> None:
        if not settings.MAIL_CONFIGURED:
            raise ValidationError(say("survey.no_mail"))
        if len(addresses) > LINKS_AT_MOST:
            raise ValidationError(say("survey.bad_count", n=LINKS_AT_MOST))
        for address in addresses:
            try:
                validate_email(address)
            except ValidationError as error:
                shown = address[:_SHOWN]
                raise ValidationError(say("survey.bad_address", address=shown)) from error


class ReportForm(PortalForm):
    """What a report is broken down by, and the margins it is weighted to."""

    by = PickedField()
    margins = TypedField(at_most=MARGINS_AT_MOST)


class AnswerForm(PortalForm):
    """The answer to one question, with the fields the question needs; ``check_answer`` judges."""

    def __init__(self, question: AnyQuestion, sent: QueryDict) -> None:
        """Take the fields from the question."""
        super().__init__(sent)
        self.question = question
        several = question.type in ("several", "upto")
        self.fields["answer"] = PickedField() if several else forms.Field(required=False)
        self.fields["unsure"] = forms.Field(required=False)
        for row in question.rows:
            self.fields[f"row-{row.id}"] = forms.Field(required=False)

    def given(self) -> object:
        """Return what was sent, for ``check_answer``; None when nothing was."""
        sent: dict[str, Any] = self.cleaned_data
        match self.question.type:
            case "single" | "several" | "upto":
                return sent["answer"]
            case "matrix":
                rows = {row.id: sent[f"row-{row.id}"] for row in self.question.rows}
                return {id_: chosen for id_, chosen in rows.items() if chosen}
            case _:
                return sent["unsure"] or sent["answer"]


class BlankForm(PortalForm):
    """The title of a questionnaire that is written on the portal."""

    refusal = "questions.no_title"

    title = TypedField(at_most=TITLE_AT_MOST, required=True)


class FrontForm(PortalForm):
    """What stands before the questions."""

    refusal = "questions.no_front"

    about = TypedField(at_most=WORDS_AT_MOST, required=True)
    consent = TypedField(at_most=WORDS_AT_MOST, required=True)
    universe = TypedField(at_most=TITLE_AT_MOST, required=True)


class WrittenQuestionForm(PortalForm):
    """One question as it is written on the portal; the other language may stay empty."""

    refusal = "questions.bad_number"

    type = forms.ChoiceField(
        choices=[(t, t) for t in ("single", "several", "upto", "number", "text", "matrix")]
    )
    text = TypedField(at_most=WORDS_AT_MOST)
    text_other = TypedField(at_most=WORDS_AT_MOST)
    help = TypedField(at_most=WORDS_AT_MOST)
    help_other = TypedField(at_most=WORDS_AT_MOST)
    options = TypedField(at_most=LINES_AT_MOST)
    options_other = TypedField(at_most=LINES_AT_MOST)
    rows = TypedField(at_most=LINES_AT_MOST)
    rows_other = TypedField(at_most=LINES_AT_MOST)
    unit = TypedField(at_most=TITLE_AT_MOST)
    at_most = forms.IntegerField(required=False, min_value=1, max_value=OPTIONS_AT_MOST)
    minimum = forms.FloatField(required=False, min_value=-(2**53), max_value=2**53)
    maximum = forms.FloatField(required=False, min_value=-(2**53), max_value=2**53)
    required = YesField()
    dont_know = YesField()
    last_alone = YesField()

    def clean(self) -> None:
        """Refuse a question that could not be asked, saying everything that it lacks."""
        if self.errors:
            return
        sent: dict[str, Any] = self.cleaned_data
        for name in ("options", "rows"):
            for each in (name, f"{name}_other"):
                sent[each] = [line.strip() for line in sent[each].splitlines() if line.strip()]
        lacks = [say(f"questions.{key}") for key in self._lacks(sent)]
        if lacks:
            raise ValidationError(" ".join(lacks))

    def _lacks(self, sent: dict[str, Any]) -> Iterator[str]:
        if not sent["text"]:
            yield "no_text"
        for name in ("options", "rows"):
            lines, others = sent[name], sent[f"{name}_other"]
            if others and len(others) != len(lines):
                yield "uneven_lines"
            if len(set(lines)) < len(lines) or len(set(others)) < len(others):
                yield "same_lines"
            if len(lines) > OPTIONS_AT_MOST:
                yield "too_many_lines"
            if any(brace in line for line in (*lines, *others) for brace in "{}"):
                yield "no_braces"
        if sent["type"] in ("single", "several", "upto", "matrix") and len(sent["options"]) < 2:
            yield "few_options"
        if sent["type"] == "matrix" and not sent["rows"]:
            yield "no_rows"
        if sent["type"] == "upto" and not 1 <= (sent["at_most"] or 0) < len(sent["options"]):
            yield "bad_at_most"
        low, high = sent["minimum"], sent["maximum"]
        if low is not None and high is not None and low > high:
            yield "bad_span"


class MoveForm(PortalForm):
    """Which way a question moves: ``way`` is "up", anything else is down."""

    way = forms.CharField(required=False, max_length=10)

    def clean(self) -> dict[str, Any]:
        """Add ``up``, whether it moves up."""
        sent = super().clean() or {}
        return {**sent, "up": sent.get("way") == "up"}


class ConditionForm(PortalForm):
    """Whom a question is asked: those who answered an earlier one so."""

    refusal = "questions.bad_condition"

    do = forms.ChoiceField(choices=[("put", "put"), ("clear", "clear")])
    question = TypedField(at_most=TITLE_AT_MOST)
    row = TypedField(at_most=TITLE_AT_MOST)
    how = TypedField(at_most=20)
    join = TypedField(at_most=20)
    options = PickedField()
    number = forms.FloatField(required=False, min_value=-(2**53), max_value=2**53)
