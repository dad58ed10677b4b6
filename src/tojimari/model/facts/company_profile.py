"""What a company said of itself that programmes of money and help ask for."""

from typing import ClassVar, Literal

from tojimari.model.facts.base import Fact

IndustryClass = Literal["making", "wholesale", "service", "retail"]
"""How the law on small companies (中小企業基本法) divides: making, building, transport and all
others; wholesale; services; retail."""
Gbizid = Literal["none", "entry", "prime"]
Declared = Literal["none", "one", "two"]


class CompanyProfile(Fact, frozen=True, forbid_unknown_fields=True):
    """What a company said of itself. Whatever is None was not said.

    Attributes:
        prefecture: number of the prefecture of its seat, 01 to 47.
        municipality: number of the municipality, five digits.
        branches: numbers of other prefectures in which it has a place of business.
        industry_class: how the law on small companies classes it.
        capital_yen: capital in yen; 0 for a sole owner.
        staff: people regularly employed, without owner and officers.
        founded: year, or year and month, in which it began (2019, 2019-04).
        gbizid: whether it has the account of the state for companies, and which.
        security_action: which star of SECURITY ACTION it declared.
        old_declaration: whether the number of that declaration begins with 4 (until 2026-03).
    """

    KIND: ClassVar[str] = "company.profile"

    prefecture: str | None = None
    municipality: str | None = None
    branches: tuple[str, ...] | None = None
    industry_class: IndustryClass | None = None
    capital_yen: int | None = None
    staff: int | None = None
    founded: str | None = None
    gbizid: Gbizid | None = None
    security_action: Declared | None = None
    old_declaration: bool | None = None
