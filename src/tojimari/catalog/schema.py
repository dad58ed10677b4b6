"""Shapes of the catalog's files. Strict: an unknown key or a missing language is an error."""

from datetime import date
from typing import Any, Literal

import msgspec

from tojimari.catalog.chain import ChainModel
from tojimari.catalog.drill_machines import DrillMachines
from tojimari.catalog.drill_record import DrillRecord
from tojimari.catalog.drill_template import DrillCueKind, DrillTemplate
from tojimari.catalog.expertise import Expertise
from tojimari.catalog.lender_policy import LenderPolicy
from tojimari.catalog.lesson import LearningRecord, Lesson
from tojimari.catalog.money import MoneyKnowledge
from tojimari.catalog.paper import PaperKind
from tojimari.catalog.playbook import IncidentKnowledge
from tojimari.catalog.requirement import FairTrade, Requirement
from tojimari.catalog.task_kind import TaskKind
from tojimari.catalog.watch_rule import WatchKnowledge
from tojimari.model import State, SubjectKind, Text, When

Platform = Literal["windows", "macos", "ios", "android", "linux", "router", "rule"]
PLATFORMS: tuple[Platform, ...] = (
    "windows",
    "macos",
    "ios",
    "android",
    "linux",
    "router",
    "rule",
)
VERSIONS: dict[Platform, tuple[str, ...]] = {"windows": ("11", "10")}
"""The versions of a system whose screens differ, newest first."""
PLACE_ADDRESSES: dict[Platform, str] = {
    "windows": r"ms-settings:[a-z][a-z-]*|windowsdefender://[a-z]*/?",
    "macos": r"x-apple\.systempreferences:[A-Za-z][A-Za-z.-]*(\?[A-Za-z_]+)?",
}
"""What may open a place, whole: nothing else ever becomes a link."""
Theme = Literal[
    "updates",
    "malware",
    "network",
    "web_mail",
    "accounts",
    "data",
    "devices",
    "people",
    "organisation",
    "incident",
]
Mark = Literal["publisher", "secondary", "unverified", "ours"]
"""How a fact was checked: in the publisher's own page, in a secondary source, not, or it is ours."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class SourceEntry(_Strict, frozen=True):
    """Where a fact comes from. ``checked`` is the day somebody looked."""

    id: str
    title: Text
    publisher: Text
    published: str
    checked: date
    mark: Mark
    licence: str = ""


class Rank(_Strict, frozen=True):
    """Rank of a threat in one year's list, with that year's official Japanese name."""

    year: int
    rank: int
    name: str
    mark: Mark


class Threat(_Strict, frozen=True):
    """What may happen to a company. ``ranks``: the IPA lists for organisations."""

    id: str
    title: Text
    plain: Text
    ranks: tuple[Rank, ...]
    sources: tuple[str, ...]
    as_of: date


class PlacePath(_Strict, frozen=True):
    """The way to a place as the screen names it: ``Settings > System > Recovery``.

    ``version``: the only version of the system that names it so; "" for every one.
    """

    words: Text
    version: str = ""


class Place(_Strict, frozen=True):
    """A page of a system's settings, or a program of the system, where something is seen or set.

    Attributes:
        paths: one way for all versions, or one for each.
        address: what opens it, in a form of ``PLACE_ADDRESSES``; "" where none is documented.
        sources: where the words and the address were read.
    """

    id: str
    platform: Platform
    paths: tuple[PlacePath, ...]
    sources: tuple[str, ...]
    as_of: date
    address: str = ""


class Instruction(Text, frozen=True):
    """One step of a control on one system. A command in it stands between backticks.

    Attributes:
        place: id of the place that is opened first; what the text says is done there.
        version: the only version of the system that it is for; "" for every one.
    """

    place: str = ""
    version: str = ""

    @property
    def is_command(self) -> bool:
        """Whether a command has to be typed."""
        return "`" in self.ja


class Stops(_Strict, frozen=True):
    """A threat the control works against; ``main`` when it is one of the chief defences."""

    threat: str
    main: bool = False


class Evidence(_Strict, frozen=True):
    """The paper or kept record that shows a control; ``renew_days`` until it is due again."""

    kind: SubjectKind
    what: Text
    renew_days: int | None = None


TECHNICAL_PLACES = frozenset(
    [
        "backend",
        "commands",
        "doors",
        "homes",
        "match",
        "mechanism",
        "mounts",
        "places",
        "policy",
        "ports",
        "record",
        "service",
        "status",
        "target",
        "tool",
        "tools",
        "versions",
        "what",
    ]
)
"""Numbers of a finding that hold technical names ("journald", "/", "5432/tcp").

No sentence that an owner reads has a place for them; they are told to whoever looks after the
computers, one click deeper.
"""


class Reason(_Strict, frozen=True):
    """The sentence of a reason code, with sample numbers for every place in it.

    Attributes:
        urgent: somebody may be in already, or what is lost now is lost for good: the ``act`` of the
            control comes first.
        urgency: how much more such a finding counts than a gap that is merely there; 1.0 or more.
        grows_with: the number that makes it more urgent the larger it is; "" for none.
    """

    text: Text
    sample: dict[str, Any] = {}
    urgent: bool = False
    urgency: float = 1.0
    grows_with: str = ""


class Act(_Strict, frozen=True):
    """What to do at once where a reason is urgent, before anything is put in place.

    Attributes:
        why: why it comes before all else; None: because somebody may be in already.
    """

    do: Text
    how: tuple[Text, ...]
    minutes: int
    why: Text | None = None


class Control(_Strict, frozen=True):
    """Something a company should have in place.

    Attributes:
        open_door: where it is seen not to be in place, an attacker can come in as things stand;
            each such control makes a company more urgent for those who help (docs/fleet.md).
    """

    id: str
    theme: Theme
    title: Text
    do: Text
    plain: Text
    stops: tuple[Stops, ...]
    seen_by: tuple[SubjectKind, ...]
    how: dict[Platform, tuple[Instruction, ...]]
    minutes: int
    yen: int
    undo: Text
    not_applicable: Text
    sources: tuple[str, ...]
    as_of: date
    yen_note: Text | None = None
    needs: tuple[str, ...] = ()
    evidence: Evidence | None = None
    reasons: dict[str, Reason] = {}
    act: Act | None = None
    open_door: bool = False


class Option(_Strict, frozen=True):
    """One answer.

    Attributes:
        says: what choosing it means for controls.
        alone: excludes the others.
        offered: whether people are shown it. False for one that only stored answers and answers
            files still hold: it keeps its meaning.
    """

    id: str
    text: Text
    says: dict[str, State] = {}
    alone: bool = False
    offered: bool = True


class NumberRule(_Strict, frozen=True):
    """What a number means: the first rule whose ``at_least`` it reaches (highest first) speaks."""

    at_least: int
    says: dict[str, State]


class CountRule(_Strict, frozen=True):
    """For "several": this many chosen options (``of``; all when empty) or more says ``state``."""

    control: str
    at_least: int
    state: State
    below: State
    of: tuple[str, ...] = ()


class Question(_Strict, frozen=True):
    """One question. "Don't know" is always offered and never has to be written here.

    Attributes:
        stage: profile and basics are asked first (under three minutes), then items25, then more.
        order: position within the stage.
        type: single, several, upto (several, at most ``at_most``), number.
        ask_if: earlier answers the question waits for, one test each; all of them must hold,
            otherwise the question is skipped.
        otherwise: for several/upto: state of a control that no chosen option spoke about.
        skipped_says: state of controls when the question does not apply (``ask_if`` is false).
    """

    id: str
    stage: Literal["profile", "basics", "items25", "more"]
    order: int
    type: Literal["single", "several", "upto", "number"]
    text: Text
    help: Text
    sources: tuple[str, ...]
    as_of: date
    options: tuple[Option, ...] = ()
    at_most: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    unit: Text | None = None
    ask_if: tuple[When, ...] = ()
    number_says: tuple[NumberRule, ...] = ()
    counts: tuple[CountRule, ...] = ()
    otherwise: dict[str, State] = {}
    skipped_says: dict[str, State] = {}

    @property
    def when(self) -> When | None:
        """The condition under which it is asked; None: always."""
        return When(all=self.ask_if) if self.ask_if else None

    @property
    def offered(self) -> tuple[Option, ...]:
        """The options people choose from."""
        return tuple(option for option in self.options if option.offered)

    def controls(self) -> frozenset[str]:
        """Return the ids of every control an answer to this question can speak about."""
        ids: set[str] = set(self.otherwise) | set(self.skipped_says)
        for option in self.options:
            ids |= set(option.says)
        for rule in self.number_says:
            ids |= set(rule.says)
        ids |= {count.control for count in self.counts}
        return frozenset(ids)


class Field(_Strict, frozen=True):
    """What one field of a fact means, in words. Its type stands in ``tojimari.model.facts``."""

    name: str
    about: Text
    unit: str = ""
    columns: tuple["Field", ...] = ()


class FactKind(_Strict, frozen=True):
    """What a fact kind means and how long it counts; its shape stands in ``model.facts``.

    Attributes:
        max_age_days: after this many days without confirmation the fact counts as too old.
        sensitivity: public < internal < personal.
        equal_on: fields that decide whether two facts are the same; all when empty.
    """

    id: str
    title: Text
    about: Text
    max_age_days: int
    sensitivity: Literal["public", "internal", "personal"]
    fields: tuple[Field, ...]
    equal_on: tuple[str, ...] = ()


class Criterion(_Strict, frozen=True):
    """One criterion of a framework item, in our words."""

    id: str
    gist: Text
    controls: tuple[str, ...] = ()
    seen_by: SubjectKind | None = None
    repeat: Text | None = None
    repeat_days: int | None = None
    gap: Text | None = None


class Item(_Strict, frozen=True):
    """One thing a framework asks for. Without controls and criteria it is shown as a gap."""

    id: str
    title: Text
    controls: tuple[str, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    group: Text | None = None
    gap: Text | None = None
    mark: Mark = "secondary"


class Band(_Strict, frozen=True):
    """A range of points and what it means. ``at_least`` is inclusive."""

    at_least: int
    text: Text


class Framework(_Strict, frozen=True):
    """An outside scheme that asks for controls.

    Attributes:
        edition: its version in words, for readers; the version itself where there is none.
        own_ids: the ids of its items are ours and say nothing to readers.
        scoring: all_items (every item must be met) or points (see ``points`` and ``bands``).
        points: state -> points for scoring "points".
        depends_on: other framework ids that must be met as well (★4 contains ★3).
    """

    id: str
    version: str
    title: Text
    short: Text
    publisher: Text
    about: Text
    as_of: date
    sources: tuple[str, ...]
    scoring: Literal["all_items", "points"]
    items: tuple[Item, ...]
    order: int
    edition: Text | None = None
    own_ids: bool = False
    mark: Mark = "secondary"
    points: dict[State, int] = {}
    bands: tuple[Band, ...] = ()
    depends_on: tuple[str, ...] = ()
    notes: tuple[Text, ...] = ()


class PeerGroup(_Strict, frozen=True):
    """Whom a figure is about: ``by`` a profile question id, ``value`` its option id."""

    by: str
    value: str


class PeerFigure(_Strict, frozen=True):
    """One published figure. Exactly one of percent, below, above is given (all in %).

    Attributes:
        control: the control it compares with, or "" when it is background only.
        share_of: which states of the control the percentage counts.
        n: number of firms the percentage is of; None when the source does not say.
        row: id of the row in the survey's own table.
    """

    id: str
    text: Text
    base: Text
    control: str = ""
    share_of: tuple[State, ...] = ()
    percent: float | None = None
    below: float | None = None
    above: float | None = None
    n: int | None = None
    group: PeerGroup | None = None
    row: str = ""
    mark: Mark = "secondary"
    note: Text | None = None


class Survey(_Strict, frozen=True):
    """A published survey."""

    id: str
    title: Text
    publisher: Text
    year: int
    fieldwork: str
    n: int
    sources: tuple[str, ...]
    as_of: date
    figures: tuple[PeerFigure, ...]
    notes: tuple[Text, ...] = ()


class Meta(_Strict, frozen=True):
    """Version and as-of date of the whole catalog."""

    version: str
    as_of: date


class MailSignal(_Strict, frozen=True):
    """What speaks for or against a message, as its reader is told.

    Attributes:
        text: the reason, in one sentence; ``{quote}`` is what was seen in the message and
            ``{expected}`` what it pretends to be.
        trick: id of the trick it belongs to; "" for what speaks for a message.
    """

    id: str
    text: Text
    trick: str = ""


class Trick(_Strict, frozen=True):
    """A trick of those who send such messages.

    Attributes:
        title: what it is called.
        how: how it works, in two lines.
        now: what to do about it.
    """

    id: str
    title: Text
    how: Text
    now: Text


class PreparedAnswer(_Strict, frozen=True):
    """An answer that helpers at a desk give again and again; they change it before they send it.

    Attributes:
        title: what it is about, for the list they choose from.
        text: the words, without a greeting or a name.
        controls: controls that such a question is about; then it is offered first.
    """

    id: str
    title: Text
    text: Text
    controls: tuple[str, ...] = ()


class Content(_Strict, frozen=True):
    """Everything in the catalog, as loaded; keys are ids, in file order."""

    meta: Meta
    sources: dict[str, SourceEntry]
    threats: dict[str, Threat]
    places: dict[str, Place]
    controls: dict[str, Control]
    questions: dict[str, Question]
    facts: dict[str, FactKind]
    frameworks: dict[str, Framework]
    surveys: dict[str, Survey]
    reasons: dict[str, Reason]
    ui: dict[str, Text]
    signals: dict[str, MailSignal] = {}
    tricks: dict[str, Trick] = {}
    answers: dict[str, PreparedAnswer] = {}
    lessons: dict[str, Lesson] = {}
    learning: dict[str, LearningRecord] = {}
    drill_records: dict[str, DrillRecord] = {}
    incidents: IncidentKnowledge = IncidentKnowledge()
    expertise: Expertise = Expertise()
    money: MoneyKnowledge = MoneyKnowledge()
    papers: dict[str, PaperKind] = {}
    task_kinds: dict[str, TaskKind] = {}
    requirements: dict[str, Requirement] = {}
    fair_trade: FairTrade | None = None
    chain: ChainModel | None = None
    policies: dict[str, LenderPolicy] = {}
    drills: dict[str, DrillTemplate] = {}
    drill_cues: dict[str, DrillCueKind] = {}
    drill_machines: DrillMachines = DrillMachines()
    watch: WatchKnowledge = WatchKnowledge()
