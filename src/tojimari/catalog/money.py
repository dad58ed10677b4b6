"""Shapes of what is known about money and help: programmes, whom they are for, what they pay."""

from datetime import date
from fractions import Fraction
from typing import Annotated, Literal

import msgspec

from tojimari.model import Text
from tojimari.model.facts.company_profile import IndustryClass

ProgrammeKind = Literal["grant", "loan", "insurance", "service", "advice", "drill", "tax"]
Status = Literal["rounds", "standing", "ended", "unknown"]
"""When it can be applied for: in its rounds, at any time, never again, or no source says."""
Order = Literal["after_award", "any", "unknown"]
"""Whether what is paid may be ordered only after the award."""
Confidence = Literal["publisher", "secondary", "unverified", "ours"]
"""How it was checked: on the runner's own page, in a page that cites it, not, or it is ours."""
OPEN_POINTS = ("cost", "period", "apply")
"""What a programme may leave open; a page names what is left out."""
Disputed = Literal["opens", "closes", "maximum", "minimum", "rate", "size", "needs", "papers"]
Yen = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
Count = Annotated[int, msgspec.Meta(ge=0, le=10**6)]
Id = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A[a-z0-9][a-z0-9-]{0,58}\Z",
        extra={
            "ja": "英小文字・数字・ハイフンだけで書きます",
            "en": "is written with small letters, digits and hyphens alone",
        },
    ),
]
Share = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A([1-9][0-9]?/[1-9][0-9]?|1)\Z",
        extra={"ja": "1/2 のような割合ではありません", "en": "is no share such as 1/2"},
    ),
]
Hour = Annotated[
    str,
    msgspec.Meta(
        pattern=r"\A(([01][0-9]|2[0-3]):[0-5][0-9])?\Z",
        extra={"ja": "17:00 のような時刻ではありません", "en": "is no hour such as 17:00"},
    ),
]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Round(_Strict, frozen=True):
    """One call for applications, by days in Japan; both are included.

    Attributes:
        name: what its runner calls it, e.g. its number.
        opens: None where no source says; then it is never shown as open.
        closes_at: the hour on the last day (17:00); "" where no source says.
    """

    closes: date
    opens: date | None = None
    name: str = ""
    closes_at: Hour = ""


class SizeBound(_Strict, frozen=True):
    """The largest company of some industry classes that a size word still means.

    With capital and staff given, one of the two is enough, as the law on small companies has it.

    Attributes:
        other_capital: what another source says of the capital: between the two nobody can tell.
    """

    classes: tuple[IndustryClass, ...]
    staff: Count
    capital: Yen | None = None
    other_capital: Yen | None = None


class SizeWord(_Strict, frozen=True):
    """What a programme means by a word for small companies."""

    id: str
    title: Text
    bounds: tuple[SizeBound, ...]
    sources: tuple[str, ...]
    as_of: date
    mark: Confidence


Knows = Literal["gbizid_prime", "gbizid_any", "declared_one", "declared_two", "new_declaration", ""]


class Condition(_Strict, frozen=True):
    """Something a programme asks of a company besides place, size and age.

    Attributes:
        title: what is asked for.
        knows: which part of what a company said answers it; "" for none.
        can_be_done: the company can still see to it, by ``how``.
        on_the_way: it is done while applying and says nothing about who may.
        days: how long seeing to it takes at most; None where no source says.
    """

    id: str
    title: Text
    knows: Knows = ""
    can_be_done: bool = False
    on_the_way: bool = False
    how: Text | None = None
    days: Count | None = None
    sources: tuple[str, ...] = ()


class Paper(_Strict, frozen=True):
    """A paper that applications ask for.

    Attributes:
        controls: evidence of one of these is this paper.
        knows: which part of what a company said tells that it has it.
    """

    id: str
    title: Text
    controls: tuple[str, ...] = ()
    knows: Knows = ""


class Rate(_Strict, frozen=True):
    """Which share of the cost is paid; ``size``: only to companies that this word means."""

    share: Share
    size: str = ""

    @property
    def fraction(self) -> Fraction:
        """Return the share as a number. Raises ZeroDivisionError never: the shape forbids it."""
        return Fraction(self.share)


class Claim(_Strict, frozen=True):
    """What one source says where sources differ; ``value``: in yen, where it is an amount."""

    says: Text
    source: Text
    value: Yen | None = None


class Conflict(_Strict, frozen=True):
    """Where sources differ. For an amount the lower one is reckoned with."""

    about: Disputed
    claims: tuple[Claim, ...]


class Programme(_Strict, frozen=True):
    """A subsidy, a loan, an insurance, a registered service, free advice or a drill.

    What no source says is left out.

    Attributes:
        name: as its runner calls it.
        runner: who runs it.
        who: whom it is for, in words.
        gives: what it pays or gives, in words.
        status: see ``Status``.
        seen: the day of the newest page that says so; None where it has no date.
        mark: how it was checked.
        sources: ids of sources, or, in entries of others, a title or address.
        year: fiscal year.
        prefectures: numbers (01 to 47) of those it is for; none for the whole country.
        municipalities: numbers (five digits); none for everywhere in the prefectures.
        branch_counts: a place of business there is enough, the seat may be elsewhere.
        size: id of a size word; "" for every size.
        staff_at_most, capital_at_most: limits of its own; both hold.
        classes: industry classes it is for; none for all.
        years_in_business: years at least.
        needs: ids of conditions.
        papers: ids of papers.
        controls: the controls whose cost it can pay, or which it helps with (our reading).
        rates: the first whose size fits holds; the one without a size is for everybody else.
        minimum, maximum: what is paid, in yen.
        cost: what the company pays for it; period: when it runs; apply: where one applies.
        address: its own page (https).
        sends_experts: it sends somebody to the company.
    """

    id: Id
    name: Text
    kind: ProgrammeKind
    runner: Text
    who: Text
    gives: Text
    status: Status
    mark: Confidence
    sources: tuple[str, ...]
    seen: date | None = None
    year: Annotated[int, msgspec.Meta(ge=2000, le=2100)] | None = None
    rounds: tuple[Round, ...] = ()
    prefectures: tuple[str, ...] = ()
    municipalities: tuple[str, ...] = ()
    size: str = ""
    staff_at_most: Count | None = None
    capital_at_most: Yen | None = None
    classes: tuple[IndustryClass, ...] = ()
    branch_counts: bool = False
    years_in_business: Annotated[int, msgspec.Meta(ge=0, le=200)] | None = None
    needs: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    rates: tuple[Rate, ...] = ()
    minimum: Yen | None = None
    maximum: Yen | None = None
    order: Order = "unknown"
    cost: Text | None = None
    period: Text | None = None
    apply: Text | None = None
    address: str = ""
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[Text, ...] = ()
    sends_experts: bool = False

    @property
    def open_points(self) -> tuple[str, ...]:
        """Return which parts no source says; a share tells the cost, and calls tell when."""
        told = {"cost": bool(self.rates), "period": bool(self.rounds)}
        return tuple(
            name for name in OPEN_POINTS if getattr(self, name) is None and not told.get(name)
        )

    @property
    def surest_maximum(self) -> int | None:
        """Return the lowest maximum that a source names; None where none does."""
        named = [
            claim.value
            for conflict in self.conflicts
            if conflict.about == "maximum"
            for claim in conflict.claims
            if claim.value is not None
        ]
        named += [self.maximum] if self.maximum is not None else []
        return min(named, default=None)


class InsuranceTopic(_Strict, frozen=True):
    """What an insurer is likely to ask about, and the controls that answer it."""

    id: str
    title: Text
    controls: tuple[str, ...]


class MoneyKnowledge(_Strict, frozen=True):
    """Everything about money and help; keys are ids."""

    programmes: dict[str, Programme] = {}
    sizes: dict[str, SizeWord] = {}
    conditions: dict[str, Condition] = {}
    papers: dict[str, Paper] = {}
    insurance: dict[str, InsuranceTopic] = {}
