"""A questionnaire being answered: its questions, what they are about, what goes into its cells."""

from typing import Any

import msgspec
from django.db.models import QuerySet
from django.utils import timezone

from tojimari.attest.questionnaire import (
    ANSWER_STATES,
    AnswerState,
    Filling,
    FormAnswer,
    FormQuestion,
    Layout,
    digest_of,
    filling,
    guess_layouts,
    guess_words,
    questions_in,
    state_of,
)
from tojimari.attest.replies import from_assessment
from tojimari.attest.requirements import Ask
from tojimari.attest.workbook import Workbook, fill_workbook, read_workbook
from tojimari.model import Assessment, Text
from tojimari.portal.companies.models import Company
from tojimari.portal.requests.models import FormFile, FormMapping, plain_of
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import say


class Place(msgspec.Struct, frozen=True):
    """Where somebody works on a company's forms: as its owner, or as a supporter it lets."""

    company: Company
    organisation: Organisation | None = None

    @property
    def mappings(self) -> QuerySet[FormMapping]:
        """Return what was found of forms before: the company's own, and the supporter's."""
        rows = FormMapping.objects.across("which forms are known to who fills them in")
        own = rows.filter(company=self.company, organisation=None)
        if self.organisation is None:
            return own
        return own | rows.filter(organisation=self.organisation, company=None)

    def remember(self, digest: str, values: dict[str, Any]) -> None:
        """Keep what a form's questions are about, for the next time it comes."""
        whose: dict[str, Any] = (
            {"company": self.company, "organisation": None}
            if self.organisation is None
            else {"company": None, "organisation": self.organisation}
        )
        rows = FormMapping.objects.across("a form is known from now on")
        rows.update_or_create(**whose, digest=digest, defaults={**values, "at": timezone.now()})


class OpenForm(msgspec.Struct, frozen=True):
    """A form as its pages need it.

    Attributes:
        row: what is kept of it.
        layout: where its questions stand; None where none were found.
    """

    row: FormFile
    book: Workbook
    layout: Layout | None
    questions: tuple[FormQuestion, ...]

    @property
    def mapping(self) -> dict[int, tuple[str, ...]]:
        """Return row -> controls, where a person said so."""
        return {int(row): tuple(ids) for row, ids in self.row.mapping.items()}

    @property
    def words(self) -> dict[AnswerState, str]:
        """Return the word for each state: chosen, else guessed from the form, else ours."""
        ours = (
            {}
            if any(q.words for q in self.questions)
            else {state: say(f"form.word_{state}") for state in ANSWER_STATES}
        )
        return {**ours, **guess_words(self.questions), **self.row.words}

    @property
    def written(self) -> dict[int, FormAnswer]:
        """Return row -> what a person said is written there."""
        found = msgspec.convert(self.row.answers, dict[str, FormAnswer])
        return {int(row): answer for row, answer in found.items()}


def opened(row: FormFile) -> OpenForm:
    """Return a kept form, read. Raises BadWorkbook or BadForm."""
    book = read_workbook(bytes(row.content))
    layout = msgspec.convert(row.layout, Layout) if row.layout else None
    return OpenForm(row, book, layout, questions_in(book, layout) if layout else ())


def first_layout(book: Workbook) -> Layout | None:
    """Return where a form's questions seem to stand."""
    return next(iter(guess_layouts(book)), None)


def set_layout(place: Place, row: FormFile, book: Workbook, layout: Layout) -> int:
    """Keep a layout, and what is known of such a form; returns how many questions are known.

    Raises BadForm.
    """
    questions = questions_in(book, layout)
    known = place.mappings.filter(digest=digest_of(questions)).order_by("at").last()
    row.layout, row.mapping, row.answers, row.left = plain_of(layout), {}, {}, []
    if known is not None and len(known.controls) == len(questions):
        pairs = zip(questions, known.controls, strict=True)
        row.mapping = {str(q.row): ids for q, ids in pairs if ids is not None}
        row.words = known.words
    row.save(update_fields=["layout", "mapping", "answers", "left", "words"])
    return len(row.mapping)


def known_answer(controls: tuple[str, ...], assessment: Assessment) -> FormAnswer | None:
    """Return what the company's assessment answers to a question about ``controls``; None: unknown."""
    if not controls:
        return None
    state = state_of(controls, assessment)
    if state == "unknown":
        return None
    reply = from_assessment(Ask("", Text("", ""), controls), assessment)
    remark = ""
    if state == "met" and reply is not None and reply.state == "met":
        remark = say("evidence.on", what=say(f"evidence.{reply.evidence}"), day=f"{reply.on:%Y-%m-%d}")  # fmt: skip
    return FormAnswer(state, remark)


def answers_of(form: OpenForm, assessment: Assessment) -> dict[int, FormAnswer]:
    """Return row -> what goes in: what a person said, else what is known of what it is about."""
    found: dict[int, FormAnswer] = {}
    for row, controls in form.mapping.items():
        known = known_answer(controls, assessment)
        if known is not None:
            found[row] = known
    left = set(form.row.left)
    return {row: one for row, one in {**found, **form.written}.items() if row not in left}


def filled(form: OpenForm, assessment: Assessment) -> tuple[bytes, Filling]:
    """Return the same file with its answers written in, and what was. Raises BadWorkbook."""
    if form.layout is None:
        return bytes(form.row.content), Filling({}, ())
    made = filling(form.questions, form.layout, answers_of(form, assessment), form.words)
    return fill_workbook(bytes(form.row.content), {form.layout.sheet: made.cells}), made


def remember(place: Place, form: OpenForm) -> None:
    """Keep what this form's questions are about."""
    if form.questions and form.mapping:
        controls = [
            list(form.mapping[q.row]) if q.row in form.mapping else None for q in form.questions
        ]
        place.remember(
            digest_of(form.questions), {"controls": controls, "words": dict(form.row.words)}
        )
