"""Shapes of what is done on a bad day: playbooks, their questions and tasks, duties, contacts."""

from datetime import date
from typing import Literal

import msgspec

from tojimari.model import DONT_KNOW, Answers, Text, When

Who = Literal["finder", "owner", "helper", "everyone"]
"""Who does a task: whoever noticed, the person in charge, who looks after the computers, all."""
Weight = Literal["law", "contract", "advice"]
"""Why a place is told: a law says so, a contract does, or it helps."""


PLACES = (
    "company",
    "known",
    "kind",
    "summary",
    "devices",
    "persons",
    "data",
    "count",
    "cause",
    "harm",
    "told",
    "public",
    "learned",
    "done",
    "kept",
    "policy",
    "reach",
)
"""What a draft may have places for."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Contact(_Strict, frozen=True):
    """A place that helps in an emergency.

    Attributes:
        purpose: what for, and what it does not do.
        phone: as it is dialled; "" where there is none or the company itself must know it.
        mail: an address; "" where there is none.
        hours: when it answers; None where the source does not say.
        own: its number is the company's own to know: its bank, its insurer, who helps it.
        checked: the day on which the source was read.
        mark: ``publisher`` read on its own page, ``secondary`` in a page that cites it,
            ``unverified`` general knowledge, ``ours`` our own view.
    """

    id: str
    name: Text
    purpose: Text
    source: Text
    checked: date
    mark: Literal["publisher", "secondary", "unverified", "ours"]
    phone: str = ""
    mail: str = ""
    hours: Text | None = None
    own: bool = False


class IncidentOption(_Strict, frozen=True):
    """One answer; ``alone`` excludes the others."""

    id: str
    text: Text
    alone: bool = False


class IncidentQuestion(_Strict, frozen=True):
    """A question several playbooks may ask. "Don't know" is always offered."""

    id: str
    type: Literal["single", "several"]
    text: Text
    options: tuple[IncidentOption, ...]
    help: Text | None = None


class Asked(_Strict, frozen=True):
    """A question at its place in a playbook, asked only where ``when`` holds."""

    question: str
    when: When | None = None


class Line(_Strict, frozen=True):
    """One line of the first ten minutes.

    Attributes:
        say: what to do, short enough to be read aloud in one breath.
        more: how, or why, in a sentence.
        when: for which answers; None: always.
    """

    say: Text
    more: Text | None = None
    when: When | None = None


class Call(_Strict, frozen=True):
    """Whom to call, where ``when`` holds; None: always."""

    contact: str
    when: When | None = None


class Todo(_Strict, frozen=True):
    """A task at its place in a playbook."""

    task: str
    when: When | None = None


class IncidentTask(_Strict, frozen=True):
    """Something that is done about an incident.

    Attributes:
        within_hours: by when, counted from the moment it became known; 0: at once.
        done: how one knows that it is done.
        tellable: partners and the people concerned may read that it was done.
    """

    id: str
    do: Text
    who: Who
    within_hours: int
    why: Text
    done: Text
    tellable: bool = False


class Playbook(_Strict, frozen=True):
    """What is asked and done about one kind of incident.

    Attributes:
        title: as the person in trouble would say it.
        at_once: the one thing that cannot wait for any question.
        asks: at most eight questions, in the order of asking.
        first: the first ten minutes, in order; three to five hold for any answers.
        calls: whom to call, in order.
        tasks: what follows, in order.
        assumes: answers that go without saying for this kind, by question.
        learn: ids of the controls that may be put in place after it, the likeliest first.
        told: what others are told that happened; the title is for the company's own ears.
        leads_to: a page that does more than words can: ``mail`` judges a mail.
        leads_when: for which answers it leads there; None: always.
        owners_only: only owners see such an incident, for it is about one of their people.
        opens: whether an incident can be made of it.
    """

    id: str
    order: int
    title: Text
    at_once: Text
    first: tuple[Line, ...]
    calls: tuple[Call, ...]
    sources: tuple[str, ...]
    as_of: date
    asks: tuple[Asked, ...] = ()
    tasks: tuple[Todo, ...] = ()
    assumes: dict[str, str] = {}
    learn: tuple[str, ...] = ()
    told: Text | None = None
    leads_to: Literal["", "mail"] = ""
    leads_when: When | None = None
    owners_only: bool = False
    opens: bool = True

    def known(self, answers: Answers) -> Answers:
        """Return what is known after ``answers``: what goes without saying for this kind, and
        "don't know" to every question that is open or was not asked.
        """
        open_ = {asked.question: DONT_KNOW for asked in self.asks}
        return {**open_, **self.assumes, **answers}


class Limit(_Strict, frozen=True):
    """How long a duty leaves: the first limit whose ``when`` holds.

    Attributes:
        days: the last day, the day on which it became known being the first; None: as soon as
            can be, or what a contract says.
        aim_days: the day to aim at, counted likewise.
    """

    days: int | None = None
    aim_days: int | None = None
    when: When | None = None


class Exemption(_Strict, frozen=True):
    """Where a duty does not apply, and why."""

    when: When
    because: Text


class Duty(_Strict, frozen=True):
    """Somebody to be told of an incident, by law, by contract, or because it helps.

    Attributes:
        to: id of the contact.
        basis: the law and article, or that there is none.
        starts: the fact that starts the clock, in words.
        kinds: ids of the playbooks it is looked at for; all when empty.
        applies: the answers for which it applies; None: always for these kinds.
        exempt: what takes it away again, in order.
        otherwise: why it does not apply where ``applies`` does not hold.
        limits: how long; the last one has no condition.
        since, until: from and to which day the rule holds, by the day it became known.
    """

    id: str
    order: int
    title: Text
    to: str
    weight: Weight
    basis: Text
    starts: Text
    limits: tuple[Limit, ...]
    otherwise: Text
    sources: tuple[str, ...]
    as_of: date
    kinds: tuple[str, ...] = ()
    applies: When | None = None
    exempt: tuple[Exemption, ...] = ()
    note: Text | None = None
    since: date | None = None
    until: date | None = None


class Draft(_Strict, frozen=True):
    """What is told to somebody, with places of ``PLACES`` in it.

    What only somebody of the company knows stands in it as a mark to be filled in.

    Attributes:
        duties: ids of the duties that it is written for.
        affected: it goes to partners or the people concerned, who read of no task but those that
            are tellable: the others speak of suspicions, lawyers and insurers.
    """

    id: str
    title: Text
    subject: Text
    body: Text
    duties: tuple[str, ...]
    affected: bool = False


class IncidentKnowledge(_Strict, frozen=True):
    """All of it, by id.

    Attributes:
        always: what holds whatever has happened.
        asks: the questions on which the duties hang, in the order of asking.
        sheet: the lines of the sheet that hangs beside the computer.
    """

    always: tuple[Text, ...] = ()
    sheet: tuple[Text, ...] = ()
    asks: tuple[Asked, ...] = ()
    contacts: dict[str, Contact] = {}
    questions: dict[str, IncidentQuestion] = {}
    tasks: dict[str, IncidentTask] = {}
    duties: dict[str, Duty] = {}
    drafts: dict[str, Draft] = {}
    playbooks: dict[str, Playbook] = {}
