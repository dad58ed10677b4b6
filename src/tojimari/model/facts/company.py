"""What a company said, and the papers and records it keeps."""

from typing import ClassVar, Literal

from tojimari.model.facts.base import Fact, Row


class CompanyAnswer(Fact, frozen=True, forbid_unknown_fields=True):
    """What the company answered.

    Attributes:
        question: question id.
        choices: ids of the options chosen (dont_know for "don't know").
        number: answer that is a number; None when it was not seen.
    """

    KIND: ClassVar[str] = "company.answer"

    question: str
    choices: tuple[str, ...]
    number: int | None


class StepPutOff(Fact, frozen=True, forbid_unknown_fields=True):
    """What the company does with a step of its plan that it does not do now.

    Attributes:
        step: id of the step: a control, or a sitting such as ask-basics.
        how: later (not now), asked (somebody else was asked to do it), now (taken up again).
    """

    KIND: ClassVar[str] = "company.put_off"

    step: str
    how: Literal["later", "asked", "now"]


class LessonLearned(Fact, frozen=True, forbid_unknown_fields=True):
    """What the company decided to change after an incident ("lessons learned" of NIST SP 800-61).

    Attributes:
        control: control id.
        day: day on which the incident became known (YYYY-MM-DD).
        chosen: whether that still holds.
    """

    KIND: ClassVar[str] = "company.lesson"

    control: str
    day: str
    chosen: bool


class PaperEvidence(Fact, frozen=True, forbid_unknown_fields=True):
    """A paper that shows a control. Only its name and fingerprint are kept, never its contents.

    Attributes:
        control: control id.
        done_on: day it was made or done (YYYY-MM-DD).
        note: note.
        file_name: file name; None when it was not seen.
        sha256: fingerprint of the file (SHA-256); None when it was not seen.
    """

    KIND: ClassVar[str] = "paper.kept"

    control: str
    done_on: str
    note: str
    file_name: str | None
    sha256: str | None


class RecordEvidence(Fact, frozen=True, forbid_unknown_fields=True):
    """A kept record that shows a control. Only its name and fingerprint are kept, never its contents.

    Attributes:
        control: control id.
        done_on: day it was made or done (YYYY-MM-DD).
        note: note.
        file_name: file name; None when it was not seen.
        sha256: fingerprint of the file (SHA-256); None when it was not seen.
    """

    KIND: ClassVar[str] = "record.kept"

    control: str
    done_on: str
    note: str
    file_name: str | None
    sha256: str | None


class PaperShows(Row, frozen=True, forbid_unknown_fields=True):
    """Something that a paper shows.

    Attributes:
        what: a control, or a criterion of SCS star 3.
        id: id of the control or criterion.
        done_on: day it was made or done (YYYY-MM-DD); it counts for a year from then at most.
    """

    what: Literal["control", "criterion"]
    id: str
    done_on: str


class PaperMade(Fact, frozen=True, forbid_unknown_fields=True):
    """A paper that was made and approved here, or taken back since. Never its contents.

    Attributes:
        paper: id of the kind of paper.
        version: number of the version, from 1.
        approved_on: day on which it was approved (YYYY-MM-DD).
        until: last day on which it counts (YYYY-MM-DD).
        shows: what it shows.
        holds: whether it still counts; False once it was taken back.
        sha256: fingerprint of what was approved (SHA-256).
    """

    KIND: ClassVar[str] = "paper.made"

    paper: str
    version: int
    approved_on: str
    until: str
    shows: tuple[PaperShows, ...]
    holds: bool
    sha256: str
